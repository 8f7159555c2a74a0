/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's LSTM as its lowerings see it. */
#ifndef HN_OPS_SEQUENCE_LSTM_H
#define HN_OPS_SEQUENCE_LSTM_H

#include "kernels/rnn/rnn.h"
#include "ops/emit.h"

/* Operands: four gates i f c o from each of W, R and bias, three peepholes i f o. */
enum {
    HN_LSTM_W = 1,
    HN_LSTM_R = 5,
    HN_LSTM_P = 9,
    HN_LSTM_BIAS = 12,
    HN_LSTM_H = 18,
    HN_LSTM_C = 19
};

/* Extents (-1: unknown) and forms. couples: no gate i, it is 1 - f. */
typedef struct hn_sequence_lstm {
    int64_t seq, batch, in, cells;
    bool is_time_first, couples, has_peepholes;
} hn_sequence_lstm;

/* NULL, or the reason why the node cannot run; all operands fit when extents are known. */
const char *hn_sequence_lstm_read(const hn_node *node, hn_sequence_lstm *out);

/* Extents and strides of a layer with one direction; a->hidden is set. */
void hn_sequence_strides(int64_t seq, int64_t batch, bool is_time_first, hn_lstm_args *a);

/* The kernel's number of attribute "activation". */
hone_status hn_rnn_activation(hn_lower *L, const hn_node *node, int32_t *act);

/* The integer form (ops/sequence_qlstm.c). */
hone_status hn_lower_sequence_qlstm(hn_lower *L, const hn_node *node, const hn_sequence_lstm *l);

#endif
