/* SPDX-License-Identifier: Apache-2.0
 * Label files and the best scores. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>

#include <math.h>
#include <string.h>

#include "pipeline/labels.h"
#include "pipeline/topk.h"
#include "temp_dir.h"

static hn_env env;
static hn_arena arena;

static void setup(void) {
    hn_env_init(&env);
    hn_arena_init(&arena, &env, 0);
}

static void teardown(void) {
    hn_arena_fini(&arena);
}

TestSuite(labels, .init = setup, .fini = teardown);
TestSuite(topk, .init = setup, .fini = teardown);

static uint32_t count_of(const char *text, hn_labels *labels) {
    const hone_status status = hn_labels_read(&env, &arena, text, strlen(text), labels);
    cr_assert_eq(status, HONE_OK, "%s", env.message);
    return labels->count;
}

Test(labels, are_lines) {
    hn_labels l;
    cr_assert_eq(count_of("", &l), 0);
    cr_assert_eq(count_of("\n", &l), 1);
    cr_assert_str_eq(l.names[0], "");
    cr_assert_eq(count_of("cat\ndog\n", &l), 2);
    cr_assert_eq(count_of("\xef\xbb\xbf"
                          "cat \t\r\n\n dog",
                          &l),
                 3);
    cr_assert_str_eq(l.names[0], "cat");
    cr_assert_str_eq(l.names[1], "");
    cr_assert_str_eq(l.names[2], " dog");
    cr_assert_str_eq(hn_label_of(&l, 2, "?"), " dog");
    cr_assert_str_eq(hn_label_of(&l, 3, "?"), "?");
}

Test(labels, refuse_what_is_no_text) {
    hn_labels l = {NULL, 7};
    cr_assert_eq(hn_labels_read(&env, &arena, "a\0b", 3, &l), HONE_E_FORMAT);
    cr_assert_eq(hn_labels_read(&env, &arena, "", UINT64_C(1) << 40, &l), HONE_E_LIMIT);
    char *lines = malloc(HN_LABELS_MAX_LINES + 1);
    memset(lines, '\n', HN_LABELS_MAX_LINES + 1);
    cr_assert_eq(hn_labels_read(&env, &arena, lines, HN_LABELS_MAX_LINES + 1, &l), HONE_E_LIMIT);
    free(lines);
    cr_assert_eq(hn_labels_load(&env, &arena, "/no/such/file", &l), HONE_E_FILE);
    cr_assert_eq(l.count, 7);
}

Test(labels, of_known_files) {
    hn_labels l;
    const temp_path path = shared_path("labels/imagenet_1001.txt");
    if (access(path.text, R_OK) != 0) cr_skip_test("no shared data");
    cr_assert_eq(hn_labels_load(&env, &arena, path.text, &l), HONE_OK, "%s", env.message);
    cr_assert_eq(l.count, 1001);
    cr_assert_str_eq(l.names[0], "background");
    cr_assert_str_eq(l.names[2], "goldfish, Carassius auratus");
}

static uint32_t top_of(const void *data, uint64_t n, hone_dtype dtype, uint32_t k, hn_top *out) {
    const hn_scores scores = {data, n, dtype, dtype == HONE_DTYPE_F32 ? 0.0f : 0.5f, 10};
    uint32_t n_out = 0;
    cr_assert_eq(hn_topk(&env, &scores, k, out, &n_out), HONE_OK);
    return n_out;
}

Test(topk, orders_by_score_then_index) {
    const float scores[7] = {1.0f, 3.0f, NAN, 3.0f, -1.0f, INFINITY, 0.0f};
    static const uint64_t expected[7] = {5, 1, 3, 0, 6, 4, 2};
    hn_top top[10];
    for (uint32_t k = 0; k <= 10; k++) {
        cr_assert_eq(top_of(scores, 7, HONE_DTYPE_F32, k, top), k < 7 ? k : 7);
        for (uint32_t i = 0; i < k && i < 7; i++) cr_assert_eq(top[i].index, expected[i]);
    }
}

Test(topk, takes_quantized_scores) {
    const uint8_t u8[3] = {10, 255, 12};
    const int8_t s8[3] = {-128, 127, 127};
    const int16_t s16[3] = {-5, 30000, 0};
    hn_top top[2];
    cr_assert_eq(top_of(u8, 3, HONE_DTYPE_U8, 2, top), 2);
    cr_assert(top[0].index == 1 && top[0].score == 122.5f);
    cr_assert(top[1].index == 2 && top[1].score == 1.0f);
    cr_assert_eq(top_of(s8, 3, HONE_DTYPE_S8, 2, top), 2);
    cr_assert(top[0].index == 1 && top[1].index == 2);
    cr_assert_eq(top_of(s16, 3, HONE_DTYPE_S16, 2, top), 2);
    cr_assert(top[0].index == 1 && top[0].score == 14995.0f);
    const hn_scores bad = {u8, 3, HONE_DTYPE_S64, 0.0f, 0};
    uint32_t n = 0;
    cr_assert_eq(hn_topk(&env, &bad, 1, top, &n), HONE_E_UNSUPPORTED);
    const hn_scores plain = {u8, 3, HONE_DTYPE_U8, 0.0f, 10};
    cr_assert_eq(hn_topk(&env, &plain, 1, top, &n), HONE_OK);
    cr_assert_eq(top[0].score, 255.0f);
}
