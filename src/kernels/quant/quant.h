/* SPDX-License-Identifier: Apache-2.0
 * Quantize and dequantize. The tensor is viewed as [outer, channels, inner]; per-tensor has
 * channels 1. Operands: 0 input; 1 scale f32 [channels]; 2 zero points s32 [channels]; 3 output.
 * f32 -> integer: clamp(round(x / scale) + zero, act_min, act_max), rounding half away from zero in
 * HN_ARITH_TFLITE, half to even in HN_ARITH_RNE. The quotient saturates at +-2^22 and the zero
 * point at +-2^30, beyond which no 8- or 16-bit result changes; a NaN gives the zero point.
 * integer -> f32: (float)(q - zero) * scale; for s32 the difference is made in int64.
 * requant: from one integer quantization to another, operands 0 input, 1 output; the row's type is
 * the input's, out_bytes (1, 2, 4) the output's width: clamp(((x - in_zero) scaled) + out_zero),
 * scaled by the Q31 multiplier and shift of s_in / s_out in HN_ARITH_TFLITE, by the float32 `scale`
 * and rounded half to even in HN_ARITH_RNE. Sums wrap.
 * Unit: HN_QUANT_BLOCK elements. */
#ifndef HN_KERNELS_QUANT_H
#define HN_KERNELS_QUANT_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/work.h"

/* clang-format off */
#define HN_QUANT_FIELDS(F, A)                                                                      \
    F(s32, outer) F(s32, channels) F(s32, inner) F(s32, arith) F(s32, act_min) F(s32, act_max)
#define HN_REQUANT_FIELDS(F, A)                                                                    \
    F(s32, n) F(s32, arith) F(s32, in_zero) F(s32, out_zero) F(s32, multiplier) F(s32, shift)      \
    F(f32, scale) F(s32, act_min) F(s32, act_max) F(s32, out_bytes)
/* clang-format on */

HN_ARGS(quant, HN_QUANT_FIELDS);
HN_ARGS(requant, HN_REQUANT_FIELDS);

enum { HN_QUANT_IN, HN_QUANT_SCALE, HN_QUANT_ZERO, HN_QUANT_OUT, HN_QUANT_OPERANDS };
enum { HN_REQUANT_IN, HN_REQUANT_OUT, HN_REQUANT_OPERANDS };
enum { HN_QUANT_BLOCK = 1024 };

#endif
