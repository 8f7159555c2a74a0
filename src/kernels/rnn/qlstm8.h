/* SPDX-License-Identifier: Apache-2.0
 * LiteRT's other integer LSTM ("8x8_8" of lstm_eval.cc), one step: 8-bit inputs, weights and hidden
 * state, 16-bit cell state in Q0.15. The parts of a gate are requantised to 8 bits each; norms,
 * logistic function and tanh are computed in float32, whose results are cut to Q0.15. Gates are
 * f c o: i is 1 - f.
 *
 * Operands: 0 input s8 [batch, in_n]; 1 W s8 [3, cells, in_n]; 2 R s8 [3, cells, out]; 3 norms s16
 * [3, cells]; 4 their bias s32 [3, cells], in units of norm_scale / 1024; 5 projection s8 [out,
 * cells]; 6 its bias s32 [out]. Outputs: 7 h s8 [batch, out] and 8 c s16 [batch, cells], both read
 * first and the state afterwards; 9 y s8 [batch, out], the new h. Of each gate, x_mult and x_shift
 * take (x - x_zero) W to 8 bits around x_middle, sum_x_mult and sum_x_shift those to the sum; h_
 * and sum_h_ do the same to h R (LiteRT reads beyond its table for gate o, where h adds nothing:
 * sum_h_mult is 0). projected_mult, for 64 bits (hn_requant_wide), takes o * tanh(c) projected to h
 * around h_zero. cell_clip, proj_clip > 0 clamp. Unit: one batch. Scratch: the gates. */
#ifndef HN_KERNELS_QLSTM8_H
#define HN_KERNELS_QLSTM8_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/work.h"

/* clang-format off */
#define HN_QLSTM8_FIELDS(F, A)                                                                     \
    F(s32, batch) F(s32, in_n) F(s32, cells) F(s32, out) F(s32, x_zero) F(s32, h_zero)             \
    A(s32, x_mult, 3) A(s32, x_shift, 3) A(s32, x_middle, 3) A(s32, sum_x_mult, 3)                 \
    A(s32, sum_x_shift, 3) A(s32, h_mult, 3) A(s32, h_shift, 3) A(s32, h_middle, 3)                \
    A(s32, sum_h_mult, 3) A(s32, sum_h_shift, 3) A(f32, norm_scale, 3) F(s32, projected_mult)      \
    F(s32, projected_shift) F(s32, cell_clip) F(s32, proj_clip)
/* clang-format on */

HN_ARGS(qlstm8, HN_QLSTM8_FIELDS);

enum { HN_QLSTM8_GATES = 3 };
enum {
    HN_QLSTM8_X,
    HN_QLSTM8_W,
    HN_QLSTM8_R,
    HN_QLSTM8_NORMS,
    HN_QLSTM8_NORM_BIAS,
    HN_QLSTM8_PROJECTION,
    HN_QLSTM8_PROJECTION_BIAS,
    HN_QLSTM8_H,
    HN_QLSTM8_C,
    HN_QLSTM8_Y,
    HN_QLSTM8_OPERANDS
};

#endif
