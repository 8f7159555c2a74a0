/* SPDX-License-Identifier: Apache-2.0
 * Max and average pooling, channels last.
 * Operands: 0 input [n, in_h, in_w, c]; 1 output [n, out_h, out_w, c].
 * kind 0 is the maximum of the taps inside the image; 1 the average over the taps inside it, or,
 * when count_pad is 1, over those before row limit_h and column limit_w, where the padding ends (a
 * last window may reach beyond); 2 the sum of the taps inside, f32 only. Integers: the sum divided
 * by the count, rounded half away from zero (HN_ARITH_TFLITE: LiteRT's AveragePool) or requantised:
 * out = out_zero + round_even((sum - count * in_zero) * scale / count) (HN_ARITH_RNE, scale = s_in
 * / s_out). With count_pad, taps in the padding count as zero: as in_zero for integers. A window
 * with no tap inside averages to zero; its maximum is the type's lowest value. arith is
 * HN_ARITH_NONE for f32, HN_ARITH_HALF for f16 (computed as f32, rounded once) and only then:
 * traits tell the element size by it. Then clamped to act_min..act_max, or low..high. Unit: one
 * output row of one image. */
#ifndef HN_KERNELS_POOL_H
#define HN_KERNELS_POOL_H

#include <stddef.h>

#include "core/args.h"
#include "core/dot.h"
#include "core/fixed.h"
#include "core/taps.h"
#include "core/work.h"

/* clang-format off */
#define HN_POOL_FIELDS(F, A)                                                                       \
    F(s32, kind) F(s32, count_pad) F(s32, n) F(s32, in_h) F(s32, in_w) F(s32, c) F(s32, out_h)     \
    F(s32, out_w) F(s32, k_h) F(s32, k_w) F(s32, stride_h) F(s32, stride_w) F(s32, dilation_h)     \
    F(s32, dilation_w) F(s32, pad_top) F(s32, pad_left) F(s32, limit_h) F(s32, limit_w)            \
    F(s32, arith) F(s32, in_zero)                                                                  \
    F(s32, out_zero) F(s32, act_min) F(s32, act_max) F(f32, scale) F(f32, low) F(f32, high)
/* clang-format on */

HN_ARGS(pool, HN_POOL_FIELDS);

enum { HN_POOL_IN, HN_POOL_OUT, HN_POOL_OPERANDS };
enum { HN_POOL_MAX, HN_POOL_AVERAGE, HN_POOL_SUM };

#endif
