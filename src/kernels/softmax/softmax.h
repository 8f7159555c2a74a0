/* SPDX-License-Identifier: Apache-2.0
 * Softmax along one axis: input viewed as [outer, n, inner], soft maximum over n.
 * Operands: 0 input, 1 output. f32: exp(beta * (x - max)) / sum. is_log 1: its logarithm, as
 * beta * (x - max) - log(sum). multiplier is 0 for f32 and not 0 for integers.
 * s8, u8: LiteRT's reference fixed-point softmax (gemmlowp exp on Q5.26, sum in Q12.19), the same
 * in both arithmetics; no logarithm. multiplier and shift (0..31) hold min(beta * s_in * 2^26,
 * 2^31 - 1), a product in double; diff_min = -floor(31 * 2^26 / 2^shift): smaller differences to
 * the maximum give the lowest value. The output's scale is 1/256, zero point the lowest value.
 * is_wide (s8 only): the output is s16, in units of 1/65536 from the lowest value up.
 * Unit: one (outer, inner) row. Scratch of integers: 256 words for the exponentials of all
 * differences, used where a call has at least as many elements. */
#ifndef HN_KERNELS_SOFTMAX_H
#define HN_KERNELS_SOFTMAX_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/work.h"

/* clang-format off */
#define HN_SOFTMAX_FIELDS(F, A)                                                                    \
    F(s32, outer) F(s32, n) F(s32, inner) F(s32, is_log) F(f32, beta) F(s32, multiplier)           \
    F(s32, shift) F(s32, diff_min) F(s32, is_wide)
/* clang-format on */

HN_ARGS(softmax, HN_SOFTMAX_FIELDS);

enum { HN_SOFTMAX_TABLE = 256 };
enum { HN_SOFTMAX_IN, HN_SOFTMAX_OUT, HN_SOFTMAX_OPERANDS };

#endif
