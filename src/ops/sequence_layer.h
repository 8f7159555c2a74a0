/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's recurrent layers over a sequence as one family. A layer is one cell, or one
 * forwards and one backwards; a cell is its operands by what they are for. Which operand of which
 * operator that is stands in one table (sequence_layer.c); checks, shapes and both lowerings see
 * the cells only. */
#ifndef HN_OPS_SEQUENCE_LAYER_H
#define HN_OPS_SEQUENCE_LAYER_H

#include "kernels/rnn/rnn.h"
#include "ops/emit.h"

enum { HN_CELL_GATES = 4, HN_CELL_PEEPHOLES = 3 };

/* NULL: absent. Gates in the order i f c o, peepholes i f o; a simple cell has gate 0 only.
 * Extents are -1 where they are not known. */
typedef struct hn_cell {
    const hn_value *x, *aux;
    const hn_value *w[HN_CELL_GATES], *aux_w[HN_CELL_GATES], *r[HN_CELL_GATES];
    const hn_value *bias[HN_CELL_GATES], *norm[HN_CELL_GATES], *peephole[HN_CELL_PEEPHOLES];
    const hn_value *projection, *projection_bias, *h, *c;
    hn_value *y;
    int64_t in, aux_in, units, out; /* out: of h, units where nothing projects */
    int64_t y_at, y_width;          /* where its part begins in a row of y, and the row */
    bool is_backward, couples;      /* couples: no gate i, it is 1 - f */
} hn_cell;

typedef struct hn_layer {
    uint32_t n_gates, n_cells;
    int64_t seq, batch;
    bool is_time_first;
    hn_cell cell[2];
} hn_layer;

/* NULL, or the reason why the node cannot run; all operands fit when extents are known. */
const char *hn_layer_read(const hn_node *node, hn_layer *out);

/* The first gate that there is: 1 where gate i follows from f. */
static inline uint32_t hn_cell_first(const hn_cell *c) {
    return c->couples ? 1 : 0;
}

/* n constants of n_bytes each, one after the other as they lie; absent ones are zero. */
hone_status hn_lower_joined(hn_lower *L, const hn_value *const *list, uint32_t n, uint64_t n_bytes,
                            hn_operand *out);

/* A cell on floats, with weights of floats or, the hybrid form, of 8 bits
 * (ops/sequence_float.c). */
hone_status hn_lower_layer_float(hn_lower *L, const hn_node *node, const hn_layer *l);

/* The integer form of an LSTM (ops/sequence_qlstm.c), and the one with 12 intermediates, to which
 * it hands over (ops/sequence_narrow.c). */
enum { HN_NARROW_INTERMEDIATES = 12 };
hone_status hn_lower_layer_integer(hn_lower *L, const hn_node *node, const hn_layer *l);
hone_status hn_lower_layer_narrow(hn_lower *L, const hn_node *node, const hn_layer *l);

/* The node's n intermediates, all with a scale; those before `first` are not needed. NULL: fine. */
const char *hn_layer_intermediates(const hn_graph *graph, const hn_node *node, uint32_t first,
                                   uint32_t n, const hn_value **out);

/* The basic kernel (ops/sequence_basic.c): a sequence_lstm of five operands. */
enum { HN_BASIC_LSTM_OPERANDS = 5, HN_BASIC_LSTM_OUTPUTS = 4 };
hone_status hn_basic_lstm_shape(hn_graph *g, hn_node *node);
hone_status hn_lower_basic_lstm(hn_lower *L, const hn_node *node);

#endif
