/* SPDX-License-Identifier: Apache-2.0
 * Convolution in its plainest form, over up to three spatial dimensions, forward or transposed, for
 * what the tuned families conv, dwconv and gemm do not have: transposed convolution, convolution of
 * volumes, and integer convolution or products whose result is the accumulator itself. Channels
 * last; fewer dimensions have leading extents of 1. A matrix product is a forward convolution of
 * a row of m pixels.
 *
 * Operands: 0 input [n, in[0..2], in_c]
 *           1 weights [out_c, k[0..2], in_c / groups], one for every set_images images where that
 *             is not 0
 *           2 bias [out_c], f32, or s32 for integers, or s64 for s16 with HN_ARITH_WIDE or _REAL;
 *             NULL: zero
 *           3 scale [out_c]: pairs of s32 {multiplier, shift} (core/fixed.h) for s8, u8, s16, f32
 *             of the weights for s8_f32, else NULL
 *           4 images, s8_f32 only: [n] blocks {scale f32, zero point s32, ...} of the inputs, as
 *             dynquant.h has them
 *           5 output [n, out[0..2], out_c]
 * Tap t of output o reads input i, where there is one:
 *   forward      i = o * stride - pad + t * dilation
 *   transposed   i * stride = o + pad - t * dilation
 * f32: out = clamp(bias + sum x * w, low, high). s8, u8: acc = bias + sum (x - in_zero) *
 * (w - w_zero); out = clamp(requant(acc) + out_zero, act_min, act_max). s8_s32, u8_s32: out = acc.
 * s16: the same with s8 weights, in 64 bits.
 * s8_f32: out = clamp(acc * (scale of the image * scale of the channel) + bias, low, high), with
 * acc from the image's zero point and without the bias.
 * Products are added in the order of the taps, then channels. arith is HN_ARITH_NONE for f32 and
 * only then. Unit: one output row (image, plane, row). Scratch: two words for each tap and, for
 * integers, the window of one pixel in 16 bits. */
#ifndef HN_KERNELS_DIRECT_H
#define HN_KERNELS_DIRECT_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/work.h"

/* clang-format off */
#define HN_DIRECT_FIELDS(F, A)                                                                     \
    F(s32, transposed) F(s32, n) A(s32, in, 3) F(s32, in_c) A(s32, out, 3) F(s32, out_c)           \
    A(s32, k, 3) A(s32, stride, 3) A(s32, dilation, 3) A(s32, pad, 3) F(s32, groups) F(s32, arith) \
    F(s32, in_zero) F(s32, w_zero) F(s32, out_zero) F(s32, act_min) F(s32, act_max) F(f32, low)    \
    F(f32, high) F(s32, set_images)
/* clang-format on */

HN_ARGS(direct, HN_DIRECT_FIELDS);

enum {
    HN_DIRECT_IN,
    HN_DIRECT_WEIGHTS,
    HN_DIRECT_BIAS,
    HN_DIRECT_SCALE,
    HN_DIRECT_IMAGES,
    HN_DIRECT_OUT,
    HN_DIRECT_OPERANDS
};

#endif
