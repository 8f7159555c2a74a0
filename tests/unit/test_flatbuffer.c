/* SPDX-License-Identifier: Apache-2.0
 * The flatbuffer cursor: what it reads from a good buffer, and that every kind of damage is
 * noticed. */
#include <criterion/criterion.h>

#include "fb_builder.h"
#include "formats/wire_flatbuffer.h"

static fb_builder b;
static hn_fb fb;
static hn_fb_table root;
static uint32_t at_root, at_sub, at_list, at_text;

/* root { 0: number, 1: table { 0: 7 }, 2: words, 3: text, 4: absent, 5: [table], 6: [text] } */
static void build(void) {
    const int32_t words[3] = {1, -2, 3};
    fb_begin(&b, "TEST");
    at_root = fb_table(&b, 7);
    fb_point(&b, 0, at_root);
    fb_set(&b, at_root, 0, 0x80000001u);
    at_sub = fb_table(&b, 1);
    fb_set(&b, at_sub, 0, 7);
    fb_link(&b, at_root, 1, at_sub);
    at_list = fb_words(&b, 3, words);
    fb_link(&b, at_root, 2, at_list);
    at_text = fb_text(&b, "hello");
    fb_link(&b, at_root, 3, at_text);
    fb_drop(&b, at_root, 4);
    const uint32_t tables = fb_words(&b, 1, NULL), texts = fb_words(&b, 1, NULL);
    fb_link(&b, at_root, 5, tables);
    fb_link(&b, at_root, 6, texts);
    const uint32_t item = fb_table(&b, 1), text = fb_text(&b, "item");
    fb_set(&b, item, 0, 9);
    fb_point(&b, tables + 4, item);
    fb_point(&b, texts + 4, text);
}

static bool open_it(void) {
    return hn_fb_open(&fb, b.bytes, b.n, "TEST", &root);
}

TestSuite(flatbuffer, .init = build);

Test(flatbuffer, reads_fields) {
    cr_assert(open_it());
    cr_assert_eq(hn_fb_u32(&root, 0, 5), 0x80000001u);
    cr_assert_eq(hn_fb_s32(&root, 0, 5), INT32_MIN + 1);
    cr_assert_eq(hn_fb_u8(&root, 0, 5), 1);
    cr_assert_eq(hn_fb_s32(&root, 4, -5), -5, "absent");
    cr_assert_eq(hn_fb_f32(&root, 99, 0.5f), 0.5f, "beyond the field list");
    cr_assert(!hn_fb_has(&root, 4));
    const hn_fb_table sub = hn_fb_sub(&root, 1), none = hn_fb_sub(&root, 4);
    cr_assert_eq(hn_fb_s32(&sub, 0, 0), 7);
    cr_assert_eq(hn_fb_s32(&none, 0, -1), -1, "an absent table has defaults");
    const hn_fb_vector words = hn_fb_items(&root, 2, 4);
    cr_assert_eq(words.n, 3);
    cr_assert_eq(hn_fb_s32_at(&words, 1), -2);
    cr_assert_eq(hn_fb_s32_at(&words, 3), 0, "beyond the end");
    cr_assert_str_eq(hn_fb_text(&root, 3).text, "hello");
    cr_assert_str_eq(hn_fb_text(&root, 4).text, "");
    const hn_fb_vector tables = hn_fb_items(&root, 5, 4), texts = hn_fb_items(&root, 6, 4);
    const hn_fb_table item = hn_fb_table_at(&tables, 0);
    cr_assert_eq(hn_fb_s32(&item, 0, 0), 9);
    cr_assert_str_eq(hn_fb_text_at(&texts, 0).text, "item");
    cr_assert(!fb.bad);
}

Test(flatbuffer, refuses_what_is_not_one) {
    cr_assert(!hn_fb_open(&fb, b.bytes, 7, "TEST", &root));
    cr_assert(!hn_fb_open(&fb, b.bytes, 0, "TEST", &root));
    cr_assert(!hn_fb_open(&fb, b.bytes, b.n, "OTHR", &root));
    fb_put(&b, 0, 0xfffffff0u);
    cr_assert(!open_it());
    fb_put(&b, 0, 0);
    cr_assert(!open_it());
    fb_put(&b, 0, b.n - 2);
    cr_assert(!open_it());
}

Test(flatbuffer, notices_a_damaged_field_list) {
    fb_put(&b, at_root, 0x7fffffff);
    cr_assert(!open_it());
    fb_put(&b, at_root, 0x80000000u);
    cr_assert(!open_it());
    build();
    uint32_t back;
    memcpy(&back, b.bytes + at_root, 4);
    b.bytes[at_root - back] = 3;
    cr_assert(!open_it());
    build();
    b.bytes[at_root - back + 3] = 0xff;
    cr_assert(!open_it());
    build();
    b.bytes[at_root - back + 5] = 0x7f;
    cr_assert(open_it());
    cr_assert_eq(hn_fb_u32(&root, 0, 5), 5);
    cr_assert(fb.bad);
    cr_assert_str_eq(fb.why, "a field lies outside its table");
}

Test(flatbuffer, notices_bad_offsets_and_lengths) {
    fb_set(&b, at_root, 1, b.n);
    cr_assert(open_it());
    const hn_fb_table sub = hn_fb_sub(&root, 1);
    cr_assert(fb.bad && sub.fb == NULL);
    build();
    fb_put(&b, at_list, 0x40000000);
    cr_assert(open_it());
    cr_assert_eq(hn_fb_items(&root, 2, 4).n, 0);
    cr_assert(fb.bad);
    build();
    b.bytes[at_text + 4 + 5] = 'x';
    cr_assert(open_it());
    cr_assert_str_eq(hn_fb_text(&root, 3).text, "");
    cr_assert(fb.bad);
    cr_assert_eq(hn_fb_u32(&root, 0, 5), 5, "a damaged buffer gives defaults");
}

Test(flatbuffer, stops_at_every_truncation) {
    for (uint32_t n = 0; n < b.n - 3; n++) { /* the last three are padding */
        if (!hn_fb_open(&fb, b.bytes, n, "TEST", &root)) continue;
        const hn_fb_table sub = hn_fb_sub(&root, 1);
        const hn_fb_vector tables = hn_fb_items(&root, 5, 4), texts = hn_fb_items(&root, 6, 4);
        const hn_fb_table item = hn_fb_table_at(&tables, 0);
        (void)hn_fb_s32(&sub, 0, 0);
        (void)hn_fb_s32(&item, 0, 0);
        (void)hn_fb_text(&root, 3);
        (void)hn_fb_text_at(&texts, 0);
        cr_assert(fb.bad, "%u bytes", (unsigned)n);
    }
}

Test(flatbuffer, does_not_open_shared_parts_for_ever) {
    cr_assert(open_it());
    uint32_t n = 0;
    for (; n < 10000000 && !fb.bad; n++) (void)hn_fb_sub(&root, 1);
    cr_assert(fb.bad);
    cr_assert_leq((uint64_t)n * HN_FB_TABLE_COST,
                  HN_FB_FREE_BUDGET + (uint64_t)(HN_FB_BUDGET_TIMES + 1) * sizeof b.bytes);
}

Test(flatbuffer, limits_depth) {
    fb_begin(&b, "TEST");
    uint32_t table = fb_table(&b, 1);
    fb_point(&b, 0, table);
    for (int i = 0; i < 100; i++) {
        const uint32_t next = fb_table(&b, 1);
        fb_link(&b, table, 0, next);
        table = next;
    }
    cr_assert(open_it());
    hn_fb_table t = root;
    for (int i = 0; i < 64; i++) t = hn_fb_sub(&t, 0);
    cr_assert(!fb.bad);
    t = hn_fb_sub(&t, 0);
    cr_assert(fb.bad && t.fb == NULL);
}
