/* SPDX-License-Identifier: Apache-2.0
 * Sizes and names of element types, read from core/dtype.def; the public enum of include/hone is
 * checked against the same list here. Sizes of tensors are computed in this file only. */
#include "base/element.h"

#include <stddef.h>
#include <string.h>

#include "hone/types.h"

#define X(upper, lower, bits, kind, numpy)                                                         \
    _Static_assert((int)HONE_DTYPE_##upper == (int)HN_DTYPE_##upper, "types.h and dtype.def");
#include "core/dtype.def"
#undef X
_Static_assert((int)HN_DTYPE_COUNT == (int)HONE_DTYPE_LIST + 1, "types.h and dtype.def");

typedef struct dtype_row {
    const char *name, *numpy;
    uint8_t bits;
    char kind;
} dtype_row;

static const dtype_row rows[HN_DTYPE_COUNT] = {
#define X(upper, lower, bits, kind, numpy) {#lower, numpy, bits, kind},
#include "core/dtype.def"
#undef X
};

/* A number that is no type stands for the type "none". */
static const dtype_row *row_of(hn_dtype dtype) {
    const unsigned index = (unsigned)dtype;
    return &rows[index < HN_DTYPE_COUNT ? index : (unsigned)HN_DTYPE_NONE];
}

uint32_t hn_dtype_bits(hn_dtype dtype) {
    return row_of(dtype)->bits;
}

const char *hn_dtype_name(hn_dtype dtype) {
    return row_of(dtype)->name;
}

const char *hone_dtype_name(hone_dtype dtype) {
    return row_of((hn_dtype)dtype)->name;
}

const char *hn_dtype_numpy(hn_dtype dtype) {
    return row_of(dtype)->numpy;
}

bool hn_dtype_is_float(hn_dtype dtype) {
    return row_of(dtype)->kind == 'f';
}

bool hn_dtype_is_integer(hn_dtype dtype) {
    const dtype_row *row = row_of(dtype);
    return (row->kind == 's' || row->kind == 'u') && row->bits >= 8;
}

bool hn_dtype_is_signed(hn_dtype dtype) {
    return row_of(dtype)->kind == 's';
}

hn_dtype hn_dtype_of_name(const char *name) {
    for (unsigned i = 1; i < HN_DTYPE_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0) return (hn_dtype)i;
    }
    return HN_DTYPE_NONE;
}

bool hn_small_of(hn_dtype dtype, hn_small *out) {
    static const struct {
        hn_dtype dtype;
        hn_small small;
    } small[] = {
        {HN_DTYPE_F16, {16, 5, 10, 15, HN_SMALL_IEEE}},
        {HN_DTYPE_BF16, {16, 8, 7, 127, HN_SMALL_IEEE}},
        {HN_DTYPE_F8E4M3, {8, 4, 3, 7, HN_SMALL_FN}},
        {HN_DTYPE_F8E5M2, {8, 5, 2, 15, HN_SMALL_IEEE}},
        {HN_DTYPE_F8E4M3FNUZ, {8, 4, 3, 8, HN_SMALL_FNUZ}},
        {HN_DTYPE_F8E5M2FNUZ, {8, 5, 2, 16, HN_SMALL_FNUZ}},
        {HN_DTYPE_F8E8M0, {8, 8, 0, 127, HN_SMALL_POWER}},
        {HN_DTYPE_F4E2M1, {4, 2, 1, 1, HN_SMALL_FULL}},
        {HN_DTYPE_S4, {4, 0, 3, 0, HN_SMALL_FULL}},
        {HN_DTYPE_U4, {4, 0, 4, 0, HN_SMALL_FULL}},
        {HN_DTYPE_S2, {2, 0, 1, 0, HN_SMALL_FULL}},
        {HN_DTYPE_U2, {2, 0, 2, 0, HN_SMALL_FULL}},
    };
    for (size_t i = 0; i < sizeof small / sizeof small[0]; i++) {
        if (small[i].dtype != dtype) continue;
        *out = small[i].small;
        return true;
    }
    return false;
}

bool hn_type_bytes(hn_dtype dtype, uint64_t n, uint64_t *n_bytes) {
    const uint64_t bits = row_of(dtype)->bits;
    if (bits == 0) return false;
    uint64_t size;
    if (bits >= 8) {
        if (!hn_mul_u64(n, bits / 8, &size)) return false;
    } else {
        const uint64_t per_byte = 8 / bits;
        size = n / per_byte + (n % per_byte != 0);
    }
    if (size > INT64_MAX) return false;
    *n_bytes = size;
    return true;
}

bool hn_mul_u64(uint64_t a, uint64_t b, uint64_t *out) {
    if (a != 0 && b > UINT64_MAX / a) return false;
    *out = a * b;
    return true;
}

bool hn_add_u64(uint64_t a, uint64_t b, uint64_t *out) {
    if (b > UINT64_MAX - a) return false;
    *out = a + b;
    return true;
}
