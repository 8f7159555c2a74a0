/* SPDX-License-Identifier: Apache-2.0
 * Elementwise functions of 16-bit tensors without zero points, as LiteRT computes them.
 * Operands: 0 input [n]; 1 table, by kind, or NULL; 2 output [n].
 *   linear   x scaled by {multiplier, shift}, and by {below, below_shift} where it is negative; a
 *            negative `below` is applied as its absolute value
 *   abs      |x| scaled by {multiplier, shift}
 *   root     sqrt(x * in_scale) / out_scale, truncated; 0 where x is negative
 *   spline   the table has 513 entries of 16 bits, one for each 128 steps of x; between them lines
 *   sigmoid  the table has 256 entries of 16 bits unsigned: sigmoid(i / 24) * 2^16. x times
 *            `multiplier`, shifted right by `shift` and rounded, is in units of 1 / 12288
 *   tanh     the same table, at twice the place: tanh(x) = 2 sigmoid(2 x) - 1
 * All are clamped to act_min..act_max. Unit: HN_CURVE_BLOCK elements. */
#ifndef HN_KERNELS_CURVE_H
#define HN_KERNELS_CURVE_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/work.h"

/* clang-format off */
#define HN_CURVE_FIELDS(F, A)                                                                      \
    F(s32, n) F(s32, kind) F(s32, multiplier) F(s32, shift) F(s32, below) F(s32, below_shift)      \
    F(s32, act_min) F(s32, act_max) F(f32, in_scale) F(f32, out_scale)
/* clang-format on */

HN_ARGS(curve, HN_CURVE_FIELDS);

enum { HN_CURVE_IN, HN_CURVE_TABLE, HN_CURVE_OUT, HN_CURVE_OPERANDS };
enum {
    HN_CURVE_LINEAR,
    HN_CURVE_ABS,
    HN_CURVE_ROOT,
    HN_CURVE_SPLINE,
    HN_CURVE_SIGMOID,
    HN_CURVE_TANH,
    HN_CURVE_KINDS
};
enum { HN_CURVE_BLOCK = 1024, HN_CURVE_SIGMOIDS = 256 };

#endif
