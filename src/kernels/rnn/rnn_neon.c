/* SPDX-License-Identifier: Apache-2.0
 * Recurrent layers, four columns a vector: rnn_vec.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/rnn/rnn_vec.h"

HN_KERNEL(hn_lstm_f32_neon) {
    rnn_body((const hn_lstm_args *)args, buf, w, 4);
}

HN_KERNEL(hn_gru_f32_neon) {
    rnn_body((const hn_lstm_args *)args, buf, w, 3);
}

HN_KERNEL(hn_rnn_f32_neon) {
    rnn_body((const hn_lstm_args *)args, buf, w, 1);
}
