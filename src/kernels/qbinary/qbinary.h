/* SPDX-License-Identifier: Apache-2.0
 * Quantized arithmetic and comparison of two tensors with broadcasting.
 * Operands: 0 A, 1 B, 2 output (row-major over dim[0..rank)); strides as in expr.h.
 * HN_ARITH_TFLITE: add and sub shift both inputs left by left_shift, scale each by its Q31
 *   multiplier and shift, add, scale by the output's (LiteRT's reference Add and Sub); mul scales
 *   the product of the zero-free inputs by the output's multiplier and shift.
 *   LiteRT makes the numbers so (scales are float32, Q(x) the nearest Q31 multiplier and shift of a
 *   double): add, sub: left_shift 20, twice = 2 * max(s_a, s_b), a Q(s_a / twice), b Q(s_b /
 * twice), output Q(twice / (2^20 * s_out)), the quotients in double and the product in float32;
 * mul: Q(s_a
 *   * s_b / s_out), all in float32.
 *   squared_difference: as add with left_shift 7, the difference squared and scaled by Q(twice^2 /
 *   (2^14 * s_out)). div: the quotient through a Q0.31 reciprocal, scaled by Q(s_a / (s_b *
 * s_out)); a divisor of 0 is reported. prelu: A scaled by Q(s_a / s_out) where it is not negative,
 * else A * B scaled by Q(s_a * s_b / s_out). Comparisons: inputs scaled by Q(s_a), Q(s_b) with
 *   left_shift 8; the result is a byte 0 or 1. s16 shifts by 15 where 8 bits shift by 20; shift_add
 *   and shift_sub are its form for scales that are powers of two: each input shifted right by
 *   -a_shift or -b_shift, rounded, then added or subtracted.
 * HN_ARITH_RNE: a_scale * (a - a_zero) op b_scale * (b - b_zero) in float32, divided by the
 *   output's scale (a float32 division by out_scale), rounded half to even: ONNX QLinearAdd,
 *   QLinearMul and folded Q/DQ.
 * Then + out_zero, clamped to act_min..act_max. Unit: HN_QBINARY_BLOCK output elements.
 * Scratch: two tables of 256 words, what each byte of A and of B is worth, used by calls on at
 * least HN_QBINARY_TABLED elements; none where there are fewer in all. */
#ifndef HN_KERNELS_QBINARY_H
#define HN_KERNELS_QBINARY_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/strided.h"
#include "core/work.h"

/* clang-format off */
#define HN_QBINARY_FIELDS(F, A)                                                                    \
    F(s32, kind) F(s32, n_elements) F(s32, rank) A(s32, dim, 8) A(s32, a_stride, 8)                \
    A(s32, b_stride, 8) F(s32, arith) F(s32, a_zero) F(s32, b_zero) F(s32, out_zero)               \
    F(s32, left_shift) F(s32, a_multiplier) F(s32, a_shift) F(s32, b_multiplier) F(s32, b_shift)   \
    F(s32, out_multiplier) F(s32, out_shift) F(s32, act_min) F(s32, act_max) F(f32, a_scale)       \
    F(f32, b_scale) F(f32, out_scale)
/* clang-format on */

HN_ARGS(qbinary, HN_QBINARY_FIELDS);

enum { HN_QBINARY_A, HN_QBINARY_B, HN_QBINARY_OUT, HN_QBINARY_OPERANDS };
enum {
    HN_QBINARY_ADD,
    HN_QBINARY_SUB,
    HN_QBINARY_MUL,
    HN_QBINARY_DIV,
    HN_QBINARY_SQUARED_DIFFERENCE,
    HN_QBINARY_PRELU,
    HN_QBINARY_SHIFT_ADD,
    HN_QBINARY_SHIFT_SUB,
    HN_QBINARY_EQUAL,
    HN_QBINARY_NOT_EQUAL,
    HN_QBINARY_LESS,
    HN_QBINARY_LESS_EQUAL,
    HN_QBINARY_GREATER,
    HN_QBINARY_GREATER_EQUAL,
    HN_QBINARY_KINDS
};
enum { HN_QBINARY_BLOCK = 1024, HN_QBINARY_TABLED = 512, HN_QBINARY_TABLE = 256 };

#endif
