/* SPDX-License-Identifier: Apache-2.0
 * What data movement by index shares: elements as plain bits of their size (floats are moved as
 * integers, so the types may alias others), and index tensors of any number type read as 64-bit
 * integers. */
#ifndef HN_CORE_INDICES_H
#define HN_CORE_INDICES_H

#include <stdint.h>

#if defined(__GNUC__)
#define HN_MAY_ALIAS __attribute__((may_alias))
#else
#define HN_MAY_ALIAS
#endif
typedef uint8_t hn_b8;
typedef uint16_t HN_MAY_ALIAS hn_b16;
typedef uint32_t HN_MAY_ALIAS hn_b32;
typedef uint64_t HN_MAY_ALIAS hn_b64;

/* Element types of index tensors, as the arguments of kernels name them. */
enum {
    HN_INDEX_S8,
    HN_INDEX_U8,
    HN_INDEX_S16,
    HN_INDEX_U16,
    HN_INDEX_S32,
    HN_INDEX_U32,
    HN_INDEX_S64,
    HN_INDEX_F32,
    HN_INDEX_COUNT
};

/* Element i as an integer: floats are truncated, those beyond 2^62 and NaN give INT64_MIN, which is
 * inside no dimension. */
static inline int64_t hn_index_load(int32_t type, const void *indices, uint32_t i) {
    switch (type) {
    case HN_INDEX_S8:
        return ((const int8_t *)indices)[i];
    case HN_INDEX_U8:
        return ((const uint8_t *)indices)[i];
    case HN_INDEX_S16:
        return ((const int16_t *)indices)[i];
    case HN_INDEX_U16:
        return ((const uint16_t *)indices)[i];
    case HN_INDEX_S32:
        return ((const int32_t *)indices)[i];
    case HN_INDEX_U32:
        return ((const uint32_t *)indices)[i];
    case HN_INDEX_S64:
        return ((const int64_t *)indices)[i];
    default: {
        const float v = ((const float *)indices)[i];
        return v > -4e18f && v < 4e18f ? (int64_t)v : INT64_MIN;
    }
    }
}

/* An index into a dimension of `extent`, counted from the end when negative; -1: outside. */
static inline int64_t hn_index_resolve(int64_t index, int32_t extent) {
    const int64_t at = index < 0 ? index + extent : index;
    return index >= INT32_MIN && at >= 0 && at < extent ? at : -1;
}

#endif
