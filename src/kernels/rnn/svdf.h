/* SPDX-License-Identifier: Apache-2.0
 * The second half of an SVDF layer: each filter keeps its last `memory` features; the newest is
 * appended, and the weighted sum over time of all `rank` filters of a unit is its output.
 * svdf f32: operands 0 features [batch, units * rank]; 1 state [batch, units * rank, memory];
 *   2 time weights [units * rank, memory]; 3 bias [units] or NULL; 4 output [batch, units]; 5 the
 *   state again. out = clamp(bias + sums, low, high).
 * qsvdf s8, as LiteRT: operands 0 input s8 [batch, in]; 1 feature weights s8 [units * rank, in];
 *   2 state s16; 3 time weights s16; 4 bias s32 or NULL; 5 output s8; 6 the state again. Features
 *   are scaled by Q31 {multiplier, shift}[0] into the state, sums by [1] into the output.
 * Unit: all; a state is read and written. */
#ifndef HN_KERNELS_SVDF_H
#define HN_KERNELS_SVDF_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/work.h"

/* clang-format off */
#define HN_SVDF_FIELDS(F, A)                                                                       \
    F(s32, batch) F(s32, units) F(s32, rank) F(s32, memory) F(f32, low) F(f32, high)
#define HN_QSVDF_FIELDS(F, A)                                                                      \
    F(s32, batch) F(s32, in) F(s32, units) F(s32, rank) F(s32, memory) F(s32, in_zero)             \
    F(s32, out_zero) A(s32, multiplier, 2) A(s32, shift, 2)
/* clang-format on */

HN_ARGS(svdf, HN_SVDF_FIELDS);
HN_ARGS(qsvdf, HN_QSVDF_FIELDS);

enum {
    HN_SVDF_FEATURES,
    HN_SVDF_OLD,
    HN_SVDF_TIME,
    HN_SVDF_BIAS,
    HN_SVDF_OUT,
    HN_SVDF_NEW,
    HN_SVDF_OPERANDS
};
enum {
    HN_QSVDF_IN,
    HN_QSVDF_WEIGHTS,
    HN_QSVDF_OLD,
    HN_QSVDF_TIME,
    HN_QSVDF_BIAS,
    HN_QSVDF_OUT,
    HN_QSVDF_NEW,
    HN_QSVDF_OPERANDS
};

#endif
