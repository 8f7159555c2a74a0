/* SPDX-License-Identifier: Apache-2.0
 * LiteRT's integer LSTM over a whole sequence: 8-bit inputs, weights and hidden state, 16-bit gates
 * and cell state, to the last bit (lstm_eval.cc, "8x8_16").
 *
 * Operands: 0 input s8, in_n of them at t * x_step + b * x_batch; 1 W s8 [4, cells, in_n]; 2 R s8
 * [4, cells, out]; 3 bias s32 [4, 2, cells]: what is added to x W and to h R of each gate, zero
 * points included; 4 peepholes s16 [3 (i f o), cells] or NULL; 5 projection s8 [out, cells] or
 * NULL: out is cells; 6 its bias s32 [out], zero point included; 7 norms s16 [4, cells] or NULL; 8
 * their bias s32 [4, cells]. Outputs: 9 h s8 [batch, out] and 10 c s16 [batch, cells], both read
 * first and the state afterwards; 11 y s8, h of every time at t * y_step + b * y_batch. Gates in
 * the order i f c o. x_mult and x_shift requantise x W of each gate to Q3.12 (with norms: to a
 * scale of its own), h_mult h R, p_mult (i f o) c times a peephole, n_mult a normalised gate to
 * Q3.12; a gate whose variance is nothing takes n_guard for it. hidden_mult requantises o * tanh(c)
 * to what is projected, or to h, and projected_mult the projection to h, which proj_clip > 0
 * clamps. The cell's scale is 2^cell_shift, cell_clip > 0 clamps it. couples: i = 1 - f, and what i
 * has is not read. LiteRT walks peepholes by outputs over what it computes at once, p_batch
 * sequences: cell k of the b-th of them takes peephole (b * cells + k) % out, and none beyond
 * p_batch * out. Unit: one batch. Scratch: the gates and what is projected. */
#ifndef HN_KERNELS_QLSTM_H
#define HN_KERNELS_QLSTM_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/work.h"

/* clang-format off */
#define HN_QLSTM_FIELDS(F, A)                                                                      \
    F(s32, seq) F(s32, batch) F(s32, in_n) F(s32, cells) F(s32, out) F(s32, x_step)                \
    F(s32, x_batch) F(s32, y_step) F(s32, y_batch) F(s32, p_batch) F(s32, couples)                 \
    F(s32, cell_shift) F(s32, cell_clip) F(s32, proj_clip)                                         \
    A(s32, x_mult, 4) A(s32, x_shift, 4) A(s32, h_mult, 4) A(s32, h_shift, 4)                      \
    A(s32, p_mult, 3) A(s32, p_shift, 3) A(s32, n_mult, 4) A(s32, n_shift, 4) A(s32, n_guard, 4)   \
    F(s32, hidden_mult) F(s32, hidden_shift) F(s32, hidden_zero) F(s32, projected_mult)            \
    F(s32, projected_shift) F(s32, out_zero)
/* clang-format on */

HN_ARGS(qlstm, HN_QLSTM_FIELDS);

enum {
    HN_QLSTM_X,
    HN_QLSTM_W,
    HN_QLSTM_R,
    HN_QLSTM_BIAS,
    HN_QLSTM_PEEPHOLES,
    HN_QLSTM_PROJECTION,
    HN_QLSTM_PROJECTION_BIAS,
    HN_QLSTM_NORMS,
    HN_QLSTM_NORM_BIAS,
    HN_QLSTM_H,
    HN_QLSTM_C,
    HN_QLSTM_Y,
    HN_QLSTM_OPERANDS
};

#endif
