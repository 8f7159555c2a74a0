/* SPDX-License-Identifier: Apache-2.0
 * Recurrent layers, sixteen columns a vector: rnn_vec.h. */
#include "kernels/vec/vec_avx512.h"

#include "kernels/rnn/rnn_vec.h"

HN_KERNEL(hn_lstm_f32_avx512) {
    rnn_body(args, buf, w, 4, false);
}

HN_KERNEL(hn_gru_f32_avx512) {
    rnn_body(args, buf, w, 3, false);
}

HN_KERNEL(hn_rnn_f32_avx512) {
    rnn_body(args, buf, w, 1, false);
}

HN_KERNEL(hn_lstm_s8_f32_avx512) {
    rnn_body(args, buf, w, 4, true);
}

HN_KERNEL(hn_rnn_s8_f32_avx512) {
    rnn_body(args, buf, w, 1, true);
}
