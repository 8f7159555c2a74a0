/* SPDX-License-Identifier: Apache-2.0
 * Texts as tokens. */
#include <criterion/criterion.h>

#include <string.h>

#include "pipeline/tokens.h"

static hn_env env;
static hn_arena arena;

static void setup(void) {
    hn_env_init(&env);
    hn_arena_init(&arena, &env, 0);
}

static void teardown(void) {
    hn_arena_fini(&arena);
}

TestSuite(tokens, .init = setup, .fini = teardown);

static hn_vocabulary vocabulary_of(const char *text) {
    hn_vocabulary v;
    cr_assert_eq(hn_vocabulary_read(&arena, text, strlen(text), &v), HONE_OK, "%s", env.message);
    return v;
}

static void check(const hn_vocabulary *v, const char *text, uint32_t n_own, const int32_t *wanted) {
    int32_t ids[8];
    cr_assert_eq(hn_tokens(v, text, strlen(text), ids, 8), n_own, "%s", text);
    cr_assert_eq(memcmp(ids, wanted, sizeof ids), 0, "%s", text);
}

Test(tokens, words_by_their_numbers) {
    const hn_vocabulary v =
        vocabulary_of("<PAD> 9\n<START> 1\r\n<UNKNOWN> 2\nthe 4\ni've 7\nNATO 5\nmovie 12\n");
    check(&v, "The movie, \xe2\x80\x9cI've seen\xe2\x80\x9d", 5,
          (int32_t[]){1, 4, 12, 7, 2, 9, 9, 9});
    check(&v, "NATO nato", 3, (int32_t[]){1, 5, 2, 9, 9, 9, 9, 9});
    check(&v, "", 1, (int32_t[]){1, 9, 9, 9, 9, 9, 9, 9});
    check(&v, "the the the the the the the the the", 8, (int32_t[]){1, 4, 4, 4, 4, 4, 4, 4});
}

Test(tokens, lines_number_words_without_numbers) {
    const hn_vocabulary v = vocabulary_of("zero\none\n\nthree\none\n");
    cr_assert_eq(v.n_words, 3);
    check(&v, "three unknown one zero", 3, (int32_t[]){3, 1, 0, 0, 0, 0, 0, 0});
}

Test(tokens, refuse_what_is_no_vocabulary) {
    hn_vocabulary v;
    cr_assert_eq(hn_vocabulary_read(&arena, "", 0, &v), HONE_E_FORMAT);
    cr_assert_eq(hn_vocabulary_read(&arena, "\n \n", 3, &v), HONE_E_FORMAT);
    cr_assert_eq(hn_vocabulary_read(&arena, "a\0b", 3, &v), HONE_E_FORMAT);
    cr_assert_eq(hn_vocabulary_read(&arena, "a", UINT64_C(1) << 40, &v), HONE_E_LIMIT);
}

static void check_bytes(hn_byte_blocks b, const char *text, const int32_t *wanted) {
    int32_t ids[8];
    hn_byte_tokens(&b, (const uint8_t *)text, strlen(text), ids);
    for (uint32_t i = 0; i < b.n_first + b.n_last; i++) {
        cr_assert_eq(ids[i], wanted[i], "%s: %u", text, (unsigned)i);
    }
}

Test(tokens, bytes_of_both_ends) {
    const hn_byte_blocks plain = {4, 0, 0, 0}, ends = {3, 3, 256, 0}, trimmed = {2, 3, 256, 4};
    check_bytes(plain, "ab", (int32_t[]){'a', 'b', 0, 0});
    check_bytes(plain, "abcdef", (int32_t[]){'a', 'b', 'c', 'd'});
    check_bytes(ends, "ab", (int32_t[]){'a', 'b', 256, 256, 'a', 'b'});
    check_bytes(ends, "abcdef", (int32_t[]){'a', 'b', 'c', 'd', 'e', 'f'});
    check_bytes(ends, "", (int32_t[]){256, 256, 256, 256, 256, 256});
    check_bytes(trimmed, "  a and z\n", (int32_t[]){'a', ' ', 'd', ' ', 'z'});
    check_bytes(trimmed, "     x     ", (int32_t[]){256, 256, 256, 256, 256});
}
