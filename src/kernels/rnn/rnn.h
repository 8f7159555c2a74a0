/* SPDX-License-Identifier: Apache-2.0
 * Recurrent layers over a whole sequence: lstm, gru and rnn, float. A product before them has
 * multiplied all inputs with W; here the gates go through time one after the other.
 *
 * Operands: 0 projected inputs, rows of [dirs, gates, hidden]; 1 R [dirs, out, gates * hidden]:
 * row k is what h[k] adds to every gate; 2 bias [dirs, 2, gates, hidden] (of W, of R) or NULL;
 * 3 lengths s32 [batch] or NULL: all are seq; 4 h at the start or NULL: zero; 5 c at the start
 * (lstm) or NULL; 6 peepholes [dirs, 3 (i o f), hidden] (lstm) or NULL; 7 projection [dirs, hidden,
 * out] (lstm) or NULL: h has hidden elements, which are `out`; 8 extras or NULL, for each
 * direction: norms [gates, hidden], the projection's bias [out], scales [gates + 1]. Outputs, each
 * may be NULL: 9 y, 10 h at the end, 11 c at the end (lstm). 4 and 10, 5 and 11 may be the same
 * memory.
 *
 * Time t of batch b and direction d: inputs at row t * x_step + b * x_batch, y at element y_at +
 * t * y_step + d * y_dir + b * y_batch, h at d * h_dir + b * h_batch, c at d * c_dir + b * c_batch.
 * Bit d of `reverse` runs direction d from the end. Past its length a sequence gives y = 0. The
 * whole sequence is run `passes` times, each with the state that the one before has left.
 *
 * Gates as in ONNX, with s(g) = x W + bias + h R of gate g, each clamped to +-clip when clip > 0:
 *   lstm  i o f c   c' = f c + i g(s_c), h' = o act(c'); peepholes add p_i c, p_f c, p_o c'.
 *                   form 1: f = 1 - i; 2: i = 1 - f. c' is clamped to +-cell_clip when that is > 0.
 *                   h' goes through the projection and is clamped to +-proj_clip likewise.
 *   gru   z r h     h' = (1 - z) g + z h; form 0: g of (r h) R, 1: of r (h R + bias)
 *   rnn   h         h' = act(s)
 * has_norms (lstm): a gate's sum without bias is normalised to mean 0 and deviation 1, scaled by
 * its norms, and gets the bias then.
 * act, alpha, beta: three functions for each direction (lstm: gates, candidate, output; gru: gates,
 * candidate; rnn: one), numbers of hn_rnn_act.
 *
 * Types s8_f32 (lstm, rnn; LiteRT's hybrid form): R [dirs, gates * hidden, out] and the projection
 * [dirs, out, hidden] are s8, each gate's part and the projection with a scale of its own in the
 * extras. What they multiply is quantized by its own range on the way, as mode `quantizes` of
 * dynquant says, and the integer sums are scaled back.
 * Unit: one batch of one direction. Scratch: the gates, h and c, and what is quantized. */
#ifndef HN_KERNELS_RNN_H
#define HN_KERNELS_RNN_H

#include "core/args.h"
#include "core/work.h"

/* clang-format off */
#define HN_RNN_FIELDS(F, A)                                                                        \
    F(s32, seq) F(s32, batch) F(s32, hidden) F(s32, out) F(s32, dirs) F(s32, reverse)              \
    F(s32, passes) F(s32, form) F(s32, has_norms) F(s32, quantizes)                                \
    F(s32, x_step) F(s32, x_batch) F(s32, y_at) F(s32, y_step) F(s32, y_dir) F(s32, y_batch)       \
    F(s32, h_dir) F(s32, h_batch) F(s32, c_dir) F(s32, c_batch)                                    \
    F(f32, clip) F(f32, cell_clip) F(f32, proj_clip)                                               \
    A(s32, act, 6) A(f32, alpha, 6) A(f32, beta, 6)
/* clang-format on */

HN_ARGS(lstm, HN_RNN_FIELDS);
typedef hn_lstm_args hn_gru_args;
typedef hn_lstm_args hn_rnn_args;

enum {
    HN_RNN_X,
    HN_RNN_R,
    HN_RNN_BIAS,
    HN_RNN_LENGTHS,
    HN_RNN_H0,
    HN_RNN_C0,
    HN_RNN_PEEPHOLES,
    HN_RNN_PROJECTION,
    HN_RNN_EXTRAS,
    HN_RNN_Y,
    HN_RNN_H,
    HN_RNN_C,
    HN_RNN_OPERANDS
};

typedef enum hn_rnn_act {
    HN_RNN_SIGMOID,
    HN_RNN_TANH,
    HN_RNN_RELU,
    HN_RNN_AFFINE,           /* alpha x + beta */
    HN_RNN_LEAKY_RELU,       /* x < 0: alpha x */
    HN_RNN_THRESHOLDED_RELU, /* x where x >= alpha, else 0 */
    HN_RNN_SCALED_TANH,      /* alpha tanh(beta x) */
    HN_RNN_HARD_SIGMOID,     /* alpha x + beta, in 0..1 */
    HN_RNN_ELU,              /* x < 0: alpha (e^x - 1) */
    HN_RNN_SOFTSIGN,         /* x / (1 + |x|) */
    HN_RNN_SOFTPLUS,         /* log(1 + e^x) */
    HN_RNN_IDENTITY,
    HN_RNN_RELU6,
    HN_RNN_RELU_N1_TO_1,
    HN_RNN_CANDIDATE, /* as lstm's output function: h' = o g(s_c) */
    HN_RNN_ACTS
} hn_rnn_act;

#endif
