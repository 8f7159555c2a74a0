/* SPDX-License-Identifier: Apache-2.0
 * The environment: messages, status names, the allocator. */
#include <criterion/criterion.h>

#include <stdint.h>
#include <string.h>

#include "base/env.h"

Test(env, starts_empty_with_limits) {
    hn_env env;
    hn_env_init(&env);
    cr_assert_eq(env.status, HONE_OK);
    cr_assert_str_empty(env.message);
    cr_assert_gt(env.limits.memory_bytes, 1 << 20);
    cr_assert_eq(env.limits.max_macs, UINT64_C(10000000000000));
    cr_assert_eq(env.limits.max_trips, UINT64_C(1000000));
}

Test(env, records_one_line) {
    hn_env env;
    hn_env_init(&env);
    const hone_status status = hn_fail(&env, HONE_E_FORMAT, "node %d: %s", 7, "bad");
    cr_assert_eq(status, HONE_E_FORMAT);
    cr_assert_eq(env.status, HONE_E_FORMAT);
    cr_assert_str_eq(env.message, "node 7: bad");
}

Test(env, replaces_control_characters) {
    hn_env env;
    hn_env_init(&env);
    hn_fail(&env, HONE_E_FORMAT, "a\nb\tc\033[31md\177e\302\233f \303\251");
    cr_assert_str_eq(env.message, "a?b?c?[31md?e??f \303\251");
}

Test(env, cuts_a_long_message) {
    hn_env env;
    hn_env_init(&env);
    char text[2000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    hn_fail(&env, HONE_E_FORMAT, "%s", text);
    cr_assert_eq(strlen(env.message), sizeof env.message - 1);
}

Test(env, may_format_its_own_message) {
    hn_env env;
    hn_env_init(&env);
    hn_fail(&env, HONE_E_SHAPE, "ranks differ");
    hn_fail(&env, HONE_E_SHAPE, "add: %s", env.message);
    cr_assert_str_eq(env.message, "add: ranks differ");
}

Test(env, puts_the_place_before_the_message) {
    hn_env env;
    hn_env_init(&env);
    hn_fail(&env, HONE_E_SHAPE, "ranks differ");
    cr_assert_eq(hn_fail_at(&env, HONE_E_SHAPE, "m.onnx"), HONE_E_SHAPE);
    cr_assert_str_eq(env.message, "m.onnx: ranks differ");
}

Test(env, has_a_sentence_where_no_message_was_recorded) {
    hn_env env;
    hn_env_init(&env);
    hn_fail_at(&env, HONE_E_MEMORY, "m.onnx");
    cr_assert_str_eq(env.message, "m.onnx: out of memory");
    cr_assert_eq(hn_no_memory(&env), HONE_E_MEMORY);
    cr_assert_str_eq(env.message, "out of memory");
}

Test(env, child_inherits_limits_but_no_message) {
    hn_env parent, child;
    hn_env_init(&parent);
    parent.limits.max_trips = 5;
    hn_fail(&parent, HONE_E_FILE, "x");
    hn_env_inherit(&child, &parent);
    cr_assert_eq(child.limits.max_trips, 5);
    cr_assert_eq(child.status, HONE_OK);
    cr_assert_str_empty(child.message);
    cr_assert_eq(hn_fail_from(&child, &parent, HONE_E_FILE), HONE_E_FILE);
    cr_assert_str_eq(child.message, "x");
    cr_assert_eq(hn_fail_from(&child, &child, HONE_E_FILE), HONE_E_FILE);
}

Test(env, blocks_are_aligned_and_zeroed) {
    hn_env env;
    hn_env_init(&env);
    const size_t sizes[] = {0, 1, 63, 64, 65, 100000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *block = hn_alloc(&env, sizes[i]);
        cr_assert_not_null(block);
        cr_assert_eq((uintptr_t)block % 64, 0);
        for (size_t k = 0; k < sizes[i]; k++) cr_assert_eq(block[k], 0);
        hn_free(&env, block);
    }
    cr_assert_null(hn_alloc(&env, SIZE_MAX));
    hn_free(&env, NULL);
}

Test(env, names_every_status) {
    cr_assert_str_eq(hone_status_name(HONE_OK), "OK");
    cr_assert_str_eq(hone_status_name(HONE_E_FORMAT), "E_FORMAT");
    cr_assert_str_eq(hone_status_name(HONE_E_INTERNAL), "E_INTERNAL");
    cr_assert_str_eq(hone_status_name((hone_status)99), "E_UNKNOWN");
    cr_assert_str_eq(hn_status_text(HONE_E_CANCELLED), "cancelled");
    cr_assert_not_null(hn_status_text((hone_status)99));
}
