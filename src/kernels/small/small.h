/* SPDX-License-Identifier: Apache-2.0
 * Small numbers (core/small_number.h) to and from float32. Those of fewer than 8 bits lie packed,
 * low bits first; the rest of the last byte is 0. unpack: operands 0 small, 1 f32. pack: operands 0
 * f32, 1 small; what is too large becomes the greatest number where `saturate` is 1, else an
 * infinity or a NaN; `rounding` is for powers. Unit: HN_SMALL_BLOCK elements. */
#ifndef HN_KERNELS_SMALL_H
#define HN_KERNELS_SMALL_H

#include "core/args.h"
#include "core/small_number.h"
#include "core/work.h"

/* clang-format off */
#define HN_SMALL_FIELDS(F, A)                                                                      \
    F(s32, n) F(s32, bits) F(s32, exponent) F(s32, mantissa) F(s32, bias) F(s32, special)          \
    F(s32, saturate) F(s32, rounding)
/* clang-format on */

HN_ARGS(unpack, HN_SMALL_FIELDS);
typedef hn_unpack_args hn_pack_args;

enum { HN_SMALL_IN, HN_SMALL_OUT, HN_SMALL_OPERANDS };
enum { HN_SMALL_BLOCK = 1024 };

#endif
