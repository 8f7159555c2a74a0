/* SPDX-License-Identifier: Apache-2.0
 * Element types: sizes, names, checked arithmetic. */
#include <criterion/criterion.h>

#include "base/element.h"
#include "hone/types.h"

Test(dtype, names_go_there_and_back) {
    for (int i = 1; i < HN_DTYPE_COUNT; i++) {
        const char *name = hn_dtype_name((hn_dtype)i);
        cr_assert_str_eq(name, hone_dtype_name((hone_dtype)i));
        cr_assert_eq((int)hn_dtype_of_name(name), i);
    }
    cr_assert_eq(hn_dtype_of_name("none"), HN_DTYPE_NONE);
    cr_assert_eq(hn_dtype_of_name("float"), HN_DTYPE_NONE);
    cr_assert_str_eq(hn_dtype_name((hn_dtype)1000), "none");
    cr_assert_eq(hn_dtype_bits((hn_dtype)1000), 0);
}

Test(dtype, knows_kinds) {
    cr_assert(hn_dtype_is_float(HN_DTYPE_BF16));
    cr_assert(!hn_dtype_is_float(HN_DTYPE_C64));
    cr_assert(hn_dtype_is_integer(HN_DTYPE_S8));
    cr_assert(hn_dtype_is_integer(HN_DTYPE_U64));
    cr_assert(!hn_dtype_is_integer(HN_DTYPE_S4));
    cr_assert(!hn_dtype_is_integer(HN_DTYPE_BOOL));
    cr_assert(hn_dtype_is_signed(HN_DTYPE_S4));
    cr_assert(!hn_dtype_is_signed(HN_DTYPE_U8));
    cr_assert_str_eq(hn_dtype_numpy(HN_DTYPE_F32), "<f4");
    cr_assert_str_empty(hn_dtype_numpy(HN_DTYPE_S4));
}

Test(dtype, sizes_are_packed_and_checked) {
    uint64_t n = 77;
    cr_assert(hn_type_bytes(HN_DTYPE_F32, 5, &n) && n == 20);
    cr_assert(hn_type_bytes(HN_DTYPE_S4, 5, &n) && n == 3);
    cr_assert(hn_type_bytes(HN_DTYPE_B1, 17, &n) && n == 3);
    cr_assert(hn_type_bytes(HN_DTYPE_T2, 4, &n) && n == 1);
    cr_assert(hn_type_bytes(HN_DTYPE_B1, UINT64_MAX, &n) && n == UINT64_C(1) << 61);
    cr_assert(hn_type_bytes(HN_DTYPE_U8, INT64_MAX, &n) && n == INT64_MAX);
    n = 77;
    cr_assert(!hn_type_bytes(HN_DTYPE_U8, UINT64_C(1) << 63, &n));
    cr_assert(!hn_type_bytes(HN_DTYPE_F32, UINT64_C(1) << 62, &n));
    cr_assert(!hn_type_bytes(HN_DTYPE_STRING, 1, &n));
    cr_assert(!hn_type_bytes(HN_DTYPE_NONE, 1, &n));
    cr_assert_eq(n, 77);
}

Test(dtype, arithmetic_is_checked) {
    uint64_t n = 77;
    cr_assert(!hn_mul_u64(UINT64_C(1) << 32, UINT64_C(1) << 32, &n));
    cr_assert(!hn_add_u64(UINT64_MAX, 1, &n));
    cr_assert_eq(n, 77);
    cr_assert(hn_mul_u64(0, UINT64_MAX, &n) && n == 0);
    cr_assert(hn_mul_u64(UINT64_MAX, 1, &n) && n == UINT64_MAX);
    cr_assert(hn_add_u64(UINT64_MAX - 1, 1, &n) && n == UINT64_MAX);
}
