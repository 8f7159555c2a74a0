/* SPDX-License-Identifier: Apache-2.0
 * Element types. Sub-byte types are stored flat, low bits first; rows of b1 and t2 are padded to
 * 64 bits by whoever lays them out. Sizes come from hn_type_bytes (base/element.h) alone. */
#ifndef HN_CORE_DTYPE_H
#define HN_CORE_DTYPE_H

typedef enum hn_dtype {
#define X(upper, lower, bits, kind, numpy) HN_DTYPE_##upper,
#include "core/dtype.def"
#undef X
    HN_DTYPE_COUNT
} hn_dtype;

#endif
