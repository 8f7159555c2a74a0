/* SPDX-License-Identifier: Apache-2.0
 * Reductions over any set of axes. The output's index runs over out_dim[0..out_rank), the reduced
 * index over red_dim[0..red_rank); an input element lies at the sum of both indices times their
 * strides. Operands: 0 input, 1 output [product of out_dim].
 * Sums and products are made in the order of the reduced index, one accumulator per output element.
 * f32 (arith HN_ARITH_NONE): a mean is the sum divided by n_red; max and min give NaN where an
 * element is NaN.
 * s32, s64 (arith HN_ARITH_NONE): sums and products wrap, a mean is the sum divided by n_red and
 *   truncated. s8, u8 with HN_ARITH_NONE know max and min only (any and all of bytes 0 and 1).
 * Integers with a scale (s8, u8, s16) know sum and mean, and max and min (copied); with
 * d = sum - n_red * in_zero in int32: HN_ARITH_TFLITE: out_zero + d scaled by multiplier and shift.
 * For sum these are the Q31 multiplier m and shift s of the double s_in / s_out. For mean LiteRT
 * folds 1 / n_red in, with k = min(floor(log2(n_red)), 32, 31 + s): multiplier = (m * 2^k) / n_red,
 * truncated, a 64-bit division; shift = s - k. (LiteRT's reference Sum reads s8 as u8; here it is
 * signed.) HN_ARITH_RNE: out_zero + round_even((float)d * scale), scale = s_in / s_out (/ n_red for
 * mean). prod, HN_ARITH_TFLITE only: the running product of x - in_zero is scaled by
 * hn_requant_wide of s_in / s_out^(1 / n_red) before each factor but the first two, and at the end.
 * Clamped to the type. Nothing to reduce: 0 for sum, NaN (integers: 0) for mean, 1 for prod, the
 * type's lowest or highest for max or min. Unit: HN_REDUCE_BLOCK output elements. */
#ifndef HN_KERNELS_REDUCE_H
#define HN_KERNELS_REDUCE_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/strided.h"
#include "core/work.h"

/* clang-format off */
#define HN_REDUCE_FIELDS(F, A)                                                                     \
    F(s32, kind) F(s32, n_out) F(s32, n_red) F(s32, out_rank) A(s32, out_dim, 8)                   \
    A(s32, out_stride, 8) F(s32, red_rank) A(s32, red_dim, 8) A(s32, red_stride, 8) F(s32, arith)  \
    F(s32, in_zero) F(s32, out_zero) F(s32, multiplier) F(s32, shift) F(f32, scale)
/* clang-format on */

HN_ARGS(reduce, HN_REDUCE_FIELDS);

enum { HN_REDUCE_IN, HN_REDUCE_OUT, HN_REDUCE_OPERANDS };
enum { HN_REDUCE_SUM, HN_REDUCE_MEAN, HN_REDUCE_MAX, HN_REDUCE_MIN, HN_REDUCE_PROD };
enum { HN_REDUCE_BLOCK = 16 };

#endif
