/* SPDX-License-Identifier: Apache-2.0
 * Resampling of images along rows and columns, channels last, by tables: enlarging and shrinking by
 * the nearest pixel, linear and cubic interpolation, with any rule for coordinates and borders.
 * The operator makes the tables, so the kernel has no case for any of that.
 *
 * out[i][y][x][c] = sum over (kx, ky) of in[i][rows[y][ky]][columns[x][kx]][c] * weights of both
 *
 * Operands: 0 input [n, in_h, in_w, c]
 *           1 rows s32 [out_h, k_h]; 2 their weights
 *           3 columns s32 [out_w, k_w]; 4 their weights
 *           5 output [n, out_h, out_w, c]
 * b8 to b64: one tap on either axis, no weights: elements are copied.
 * f32: weights are f32. Taps are added in the order of kx, then ky, each times the product of its
 * weights. An output whose first row or column index is -1 lies outside and becomes `fill`.
 * u8: weights are f32, two taps an axis; the sum plus a half is truncated (LiteRT's arithmetic).
 * s8, s16: weights are s32 in units of 1 / 1024, two taps an axis; the sum in units of 2^-20 is
 * rounded half away from zero (LiteRT's arithmetic).
 * Unit: one output row of one image. */
#ifndef HN_KERNELS_RESAMPLE_H
#define HN_KERNELS_RESAMPLE_H

#include "core/args.h"
#include "core/work.h"

/* clang-format off */
#define HN_RESAMPLE_FIELDS(F, A)                                                                   \
    F(s32, n) F(s32, in_h) F(s32, in_w) F(s32, c) F(s32, out_h) F(s32, out_w) F(s32, k_h)          \
    F(s32, k_w) F(f32, fill)
/* clang-format on */

HN_ARGS(resample, HN_RESAMPLE_FIELDS);

enum {
    HN_RESAMPLE_IN,
    HN_RESAMPLE_ROWS,
    HN_RESAMPLE_ROW_WEIGHTS,
    HN_RESAMPLE_COLUMNS,
    HN_RESAMPLE_COLUMN_WEIGHTS,
    HN_RESAMPLE_OUT,
    HN_RESAMPLE_OPERANDS
};

#endif
