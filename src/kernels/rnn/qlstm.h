/* SPDX-License-Identifier: Apache-2.0
 * LiteRT's integer LSTM over a whole sequence: 8-bit inputs, weights and hidden state, 16-bit gates
 * and cell state, to the last bit (lstm_eval.cc, "8x8_16", without projection and layer norm).
 *
 * Operands: 0 inputs s8, in_n of them at t * x_step + b * x_batch; 1 W s8 [4, cells, in_n]; 2 R s8
 * [4, cells, cells]; 3 bias s32 [4, 2, cells]: what is added to x W and to h R of each gate, zero
 * points included; 4 peepholes s16 [3 (i f o), cells] or NULL. Outputs: 5 h s8 [batch, cells] and
 * 6 c s16 [batch, cells], both read first and the state afterwards; 7 y s8, h of every time at
 * t * y_step + b * y_batch.
 * Gates in the order i f c o. x_mult and x_shift requantise x W of each gate to Q3.12, h_mult h R,
 * p_mult (i f o) c times a peephole; hidden_mult o * tanh(c) to h. The cell's scale is
 * 2^cell_shift, cell_clip > 0 clamps it. couples: i = 1 - f, and W, R, bias of i are not read.
 * Unit: one batch. Scratch: the gates. */
#ifndef HN_KERNELS_QLSTM_H
#define HN_KERNELS_QLSTM_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/work.h"

/* clang-format off */
#define HN_QLSTM_FIELDS(F, A)                                                                      \
    F(s32, seq) F(s32, batch) F(s32, in_n) F(s32, cells) F(s32, x_step) F(s32, x_batch)            \
    F(s32, y_step) F(s32, y_batch) F(s32, couples) F(s32, cell_shift) F(s32, cell_clip)            \
    A(s32, x_mult, 4) A(s32, x_shift, 4) A(s32, h_mult, 4) A(s32, h_shift, 4)                      \
    A(s32, p_mult, 3) A(s32, p_shift, 3) F(s32, hidden_mult) F(s32, hidden_shift)                  \
    F(s32, hidden_zero)
/* clang-format on */

HN_ARGS(qlstm, HN_QLSTM_FIELDS);

enum {
    HN_QLSTM_X,
    HN_QLSTM_W,
    HN_QLSTM_R,
    HN_QLSTM_BIAS,
    HN_QLSTM_PEEPHOLES,
    HN_QLSTM_H,
    HN_QLSTM_C,
    HN_QLSTM_Y,
    HN_QLSTM_OPERANDS
};

#endif
