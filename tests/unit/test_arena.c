/* SPDX-License-Identifier: Apache-2.0
 * The arena: alignment, bound, growth, and an allocator that fails at every place in turn. */
#include <criterion/criterion.h>

#include <stdint.h>
#include <string.h>

#include "base/arena.h"
#include "torture.h"

Test(arena, gives_aligned_zeroed_disjoint_memory) {
    hn_env env;
    hn_env_init(&env);
    hn_arena arena;
    hn_arena_init(&arena, &env, 0);
    unsigned char *blocks[400];
    size_t sizes[400];
    for (size_t i = 0; i < 400; i++) {
        const size_t align = (size_t)1 << (i % 7);
        sizes[i] = i * i % 9000 + (i % 50 == 0 ? 300000 : 0);
        blocks[i] = hn_arena_alloc_aligned(&arena, sizes[i], align);
        cr_assert_not_null(blocks[i]);
        cr_assert_eq((uintptr_t)blocks[i] % align, 0);
        for (size_t k = 0; k < sizes[i]; k++) cr_assert_eq(blocks[i][k], 0);
        memset(blocks[i], (int)(i % 251) + 1, sizes[i]);
    }
    for (size_t i = 0; i < 400; i++) {
        for (size_t k = 0; k < sizes[i]; k++) cr_assert_eq(blocks[i][k], i % 251 + 1);
    }
    cr_assert_eq((uintptr_t)hn_arena_alloc(&arena, 3) % 16, 0);
    hn_arena_fini(&arena);
    cr_assert_eq(arena.total_bytes, 0);
}

Test(arena, keeps_its_bound) {
    hn_env env;
    hn_env_init(&env);
    hn_arena arena;
    hn_arena_init(&arena, &env, 100000);
    size_t n = 0;
    while (hn_arena_alloc(&arena, 1000) != NULL) n++;
    cr_assert_leq(arena.total_bytes, 100000);
    cr_assert_geq(n, 80);
    cr_assert_lt(n, 100);
    hn_arena_fini(&arena);
    cr_assert_null(hn_arena_alloc(&arena, 1000000));
    cr_assert_not_null(hn_arena_alloc(&arena, 90000));
    hn_arena_fini(&arena);
}

Test(arena, refuses_products_that_overflow) {
    hn_env env;
    hn_env_init(&env);
    hn_arena arena;
    hn_arena_init(&arena, &env, 0);
    cr_assert_null(hn_arena_array(&arena, UINT64_MAX / 4, 8));
    cr_assert_null(hn_arena_array(&arena, UINT64_MAX, 1));
    cr_assert_null(hn_arena_string(&arena, "", SIZE_MAX));
    cr_assert_not_null(hn_arena_array(&arena, 0, 8));
    hn_arena_fini(&arena);
}

Test(arena, copies_strings_and_bytes) {
    hn_env env;
    hn_env_init(&env);
    hn_arena arena;
    hn_arena_init(&arena, &env, 0);
    cr_assert_str_eq(hn_arena_string(&arena, "hello world", 5), "hello");
    cr_assert_str_eq(hn_arena_string(&arena, NULL, 0), "");
    const int numbers[3] = {1, 2, 3};
    const int *copy = hn_arena_copy(&arena, numbers, sizeof numbers);
    cr_assert_arr_eq(copy, numbers, sizeof numbers);
    hn_arena_fini(&arena);
}

Test(arena, grows_an_array) {
    hn_env env;
    hn_env_init(&env);
    hn_arena arena;
    hn_arena_init(&arena, &env, 0);
    uint32_t *items = NULL, capacity = 0;
    for (uint32_t i = 0; i < 10000; i++) {
        items = hn_arena_grow(&arena, items, i, &capacity, sizeof *items);
        cr_assert_not_null(items);
        cr_assert_gt(capacity, i);
        items[i] = i;
    }
    for (uint32_t i = 0; i < 10000; i++) cr_assert_eq(items[i], i);
    capacity = UINT32_MAX;
    cr_assert_null(hn_arena_grow(&arena, items, UINT32_MAX, &capacity, sizeof *items));
    hn_arena_fini(&arena);
}

Test(arena, survives_every_failing_allocation) {
    for (int fail_from = 1; fail_from < 40; fail_from++) {
        torture t = {0, 0, fail_from};
        hn_env env;
        torture_env(&env, &t);
        hn_arena arena;
        hn_arena_init(&arena, &env, 0);
        for (size_t i = 0; i < 200; i++) {
            const size_t size = i % 10 == 0 ? 400000 : i * 37;
            unsigned char *block = hn_arena_alloc(&arena, size);
            if (block != NULL) memset(block, 1, size);
        }
        hn_arena_fini(&arena);
        cr_assert_eq(t.n_blocks, 0);
    }
}
