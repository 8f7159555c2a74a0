/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's recurrent layers: which operand is what, checks and shapes. LSTM and
 * UNIDIRECTIONAL_SEQUENCE_LSTM are sequence_lstm, RNN and UNIDIRECTIONAL_SEQUENCE_RNN sequence_rnn;
 * a single step is a sequence of one. States are variables that a step reads and writes. The
 * bidirectional ones run a second cell from the end; its outputs follow those of the first in the
 * same row (merge_outputs) or are a tensor of their own. Where an auxiliary input comes without
 * weights, it is the second cell's input in place of the first. The basic kernel of an LSTM stands
 * apart (sequence_basic.c). */
#include "ops/sequence_layer.h"

#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"

/* First operands of a cell's parts; 0: it has none. */
typedef struct parts {
    uint8_t w, r, peephole, bias, projection, h, c, norm, aux_w;
} parts;

typedef struct form {
    hn_op_id op;
    uint32_t n_gates, n_cells, n_in[2]; /* operands: one of two counts */
    uint32_t aux;                       /* operand; 0: none */
    parts cell[2];
} form;

static const form forms[] = {
    {HN_OP_sequence_lstm, 4, 1, {20, 24}, 0, {{1, 5, 9, 12, 16, 18, 19, 20, 0}, {0}}},
    {HN_OP_bidirectional_lstm,
     4,
     2,
     {48, 48},
     39,
     {{1, 5, 9, 12, 16, 35, 36, 0, 40}, {18, 22, 26, 29, 33, 37, 38, 0, 44}}},
    {HN_OP_sequence_rnn, 1, 1, {5, 5}, 0, {{1, 2, 0, 3, 0, 4, 0, 0, 0}, {0}}},
    {HN_OP_bidirectional_rnn,
     1,
     2,
     {12, 12},
     9,
     {{1, 2, 0, 3, 0, 4, 0, 0, 10}, {5, 6, 0, 7, 0, 8, 0, 0, 11}}},
};

static const form *form_of(const hn_node *node) {
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (node->op == hn_op_at(forms[i].op)) return &forms[i];
    }
    return NULL;
}

/* ---- operands ---- */

static const hn_value *part(const hn_node *node, uint32_t first, uint32_t i) {
    return first == 0 ? NULL : hn_node_in(node, first + i);
}

static void read_cell(const hn_node *node, const form *f, const parts *p, hn_cell *c) {
    for (uint32_t g = 0; g < f->n_gates; g++) {
        c->w[g] = part(node, p->w, g);
        c->aux_w[g] = part(node, p->aux_w, g);
        c->r[g] = part(node, p->r, g);
        c->bias[g] = part(node, p->bias, g);
        c->norm[g] = part(node, p->norm, g);
    }
    for (uint32_t k = 0; k < HN_CELL_PEEPHOLES; k++) c->peephole[k] = part(node, p->peephole, k);
    c->projection = part(node, p->projection, 0);
    c->projection_bias = part(node, p->projection, 1);
    c->h = part(node, p->h, 0);
    c->c = part(node, p->c, 0);
}

/* x, the auxiliary input and the output of each cell. LiteRT's simple bidirectional layer reads x
 * in the second cell too, unless time comes first. */
static void read_ends(const hn_node *node, const form *f, hn_layer *l) {
    const hn_value *aux = part(node, f->aux, 0);
    const bool is_input = aux != NULL && l->cell[0].aux_w[l->n_gates - 1] == NULL;
    const bool is_read = l->n_gates > 1 || l->is_time_first;
    const bool is_merged = hn_attr_int(node, "merge_outputs", 0) != 0;
    for (uint32_t i = 0; i < l->n_cells; i++) {
        hn_cell *c = &l->cell[i];
        c->is_backward = i == 1;
        c->x = i == 1 && is_input && is_read ? aux : node->in[0];
        c->aux = is_input ? NULL : aux;
        c->y = node->out[is_merged || node->n_out <= i ? 0 : i];
    }
}

/* ---- checks ---- */

static bool is_state(const hn_value *v, int64_t batch, int64_t n) {
    return v != NULL && v->is_state && v->constant == NULL && v->shape.rank == 2 &&
           v->shape.dim[0] == batch && v->shape.dim[1] == n;
}

/* False when v, a constant, is not [rows, columns] (or [rows] when columns is -1). */
static bool is_matrix(const hn_value *v, int64_t rows, int64_t columns) {
    if (v == NULL || v->constant == NULL) return false;
    if (columns < 0) return v->shape.rank == 1 && v->shape.dim[0] == rows;
    return v->shape.rank == 2 && v->shape.dim[0] == rows && v->shape.dim[1] == columns;
}

/* A square matrix of which there is the diagonal only. */
static bool is_diagonal(const hn_value *v, int64_t rows, int64_t columns) {
    return rows == columns && is_matrix(v, rows, -1);
}

static const char *check_gate(const hn_cell *c, uint32_t g) {
    static const uint32_t peephole[HN_CELL_GATES] = {0, 1, 3, 2}; /* 3: none */
    if (!is_matrix(c->w[g], c->units, c->in)) return "a W of another shape";
    if (!is_matrix(c->r[g], c->units, c->out) && !is_diagonal(c->r[g], c->units, c->out)) {
        return "an R of another shape";
    }
    if (!is_matrix(c->bias[g], c->units, -1)) return "a bias of another shape";
    if (c->aux != NULL && !is_matrix(c->aux_w[g], c->units, c->aux_in)) {
        return "auxiliary weights of another shape";
    }
    if (c->norm[3] != NULL && !is_matrix(c->norm[g], c->units, -1)) {
        return "norms of another shape";
    }
    if (c->peephole[2] == NULL || peephole[g] == 3) return NULL;
    return is_matrix(c->peephole[peephole[g]], c->units, -1) ? NULL : "peepholes of another shape";
}

static const char *check_cell(const hn_layer *l, const hn_cell *c) {
    for (uint32_t g = hn_cell_first(c); g < l->n_gates; g++) {
        const char *problem = check_gate(c, g);
        if (problem != NULL) return problem;
    }
    if (c->projection == NULL && c->out != c->units) return "h of another length than the cell";
    if (c->projection != NULL && !is_matrix(c->projection, c->out, c->units)) {
        return "a projection of another shape";
    }
    if (c->projection != NULL && c->projection_bias != NULL &&
        !is_matrix(c->projection_bias, c->out, -1)) {
        return "the projection's bias has another length";
    }
    if (!is_state(c->h, l->batch, c->out)) return "h is no variable of [batch, outputs]";
    if (l->n_gates > 1 && !is_state(c->c, l->batch, c->units)) {
        return "c is no variable of [batch, cells]";
    }
    return NULL;
}

/* Extents of an input; all inputs of a layer share time and batch. */
static const char *read_extents(const hn_layer *l, const hn_value *x, int64_t *n) {
    const int32_t rank = x->shape.rank;
    if (rank != 2 && rank != 3) return "an input has neither rank 2 nor 3";
    const int64_t seq = rank == 2 ? 1 : x->shape.dim[l->is_time_first ? 0 : 1];
    const int64_t batch = x->shape.dim[rank == 3 && l->is_time_first ? 1 : 0];
    *n = x->shape.dim[rank - 1];
    const bool is_same = (seq < 0 || seq == l->seq) && (batch < 0 || batch == l->batch);
    return is_same ? NULL : "inputs of different lengths";
}

/* Operands that the others leave without a use are taken for absent: they are not checked. */
static void drop_unused(const hn_layer *l, hn_cell *c) {
    const bool has_norms = c->norm[HN_CELL_GATES - 1] != NULL;
    const bool has_peepholes = c->peephole[HN_CELL_PEEPHOLES - 1] != NULL;
    c->couples = l->n_gates > 1 && c->w[0] == NULL;
    for (uint32_t g = 0; g < HN_CELL_GATES; g++) {
        const bool is_unused = c->couples && g == 0;
        if (is_unused) c->r[g] = c->bias[g] = NULL;
        if (is_unused || c->aux == NULL) c->aux_w[g] = NULL;
        if (is_unused || !has_norms) c->norm[g] = NULL;
    }
    for (uint32_t k = 0; k < HN_CELL_PEEPHOLES; k++) {
        if (!has_peepholes || (c->couples && k == 0)) c->peephole[k] = NULL;
    }
    if (c->projection == NULL) c->projection_bias = NULL;
}

static const char *read_sizes(hn_layer *l, hn_cell *c) {
    const hn_value *w = c->w[l->n_gates - 1], *r = c->r[l->n_gates - 1];
    if (w == NULL || r == NULL || w->shape.rank != 2 || r->shape.rank < 1 || r->shape.rank > 2) {
        return "weights are missing, or of another rank";
    }
    drop_unused(l, c);
    c->units = w->shape.dim[0];
    c->out = r->shape.dim[r->shape.rank - 1];
    const char *problem = read_extents(l, c->x, &c->in);
    if (problem == NULL && c->aux != NULL) problem = read_extents(l, c->aux, &c->aux_in);
    return problem;
}

const char *hn_layer_read(const hn_node *node, hn_layer *l) {
    const form *f = form_of(node);
    const hn_shape *x = &node->in[0]->shape;
    memset(l, 0, sizeof *l);
    if (node->n_in != f->n_in[0] && node->n_in != f->n_in[1]) return "another number of operands";
    if (x->rank != 2 && x->rank != 3) return "the input has neither rank 2 nor 3";
    l->n_gates = f->n_gates;
    l->n_cells = f->n_cells;
    l->is_time_first = x->rank == 3 && hn_attr_int(node, "time_major", 0) != 0;
    l->seq = x->rank == 2 ? 1 : x->dim[l->is_time_first ? 0 : 1];
    l->batch = x->dim[l->is_time_first ? 1 : 0];
    for (uint32_t i = 0; i < l->n_cells; i++) read_cell(node, f, &f->cell[i], &l->cell[i]);
    read_ends(node, f, l);
    int64_t width = 0;
    for (uint32_t i = 0; i < l->n_cells; i++) {
        hn_cell *c = &l->cell[i];
        const char *problem = read_sizes(l, c);
        if (problem != NULL) return problem;
        c->y_at = i > 0 && c->y == l->cell[0].y ? width : 0;
        width += c->out;
    }
    for (uint32_t i = 0; i < l->n_cells; i++) {
        hn_cell *c = &l->cell[i];
        c->y_width = l->n_cells > 1 && l->cell[0].y == l->cell[1].y ? width : c->out;
        const bool has_aux = c->aux == NULL || hn_shape_is_known(&c->aux->shape);
        if (!has_aux || !hn_shape_is_known(&c->x->shape)) continue;
        const char *problem = check_cell(l, c);
        if (problem != NULL) return problem;
    }
    return NULL;
}

/* ---- hooks ---- */

static bool is_basic(const hn_node *node) {
    return node->op == hn_op_at(HN_OP_sequence_lstm) && node->n_in == HN_BASIC_LSTM_OPERANDS;
}

static hone_status layer_shape(hn_graph *g, hn_node *node) {
    hn_layer l;
    if (is_basic(node)) return hn_basic_lstm_shape(g, node);
    const char *problem = hn_layer_read(node, &l);
    const bool is_merged = hn_attr_int(node, "merge_outputs", 0) != 0;
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (node->n_out != (is_merged ? 1 : l.n_cells)) {
        return hn_fail(g->env, HONE_E_SHAPE, "%u outputs", node->n_out);
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        hn_shape out = node->in[0]->shape;
        out.dim[out.rank - 1] = l.cell[i].y_width;
        HN_TRY(hn_node_set_output(g, node, i, node->in[0]->dtype, &out));
    }
    return HONE_OK;
}

static hone_status layer_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    hn_layer l;
    if (is_basic(node)) return hn_lower_basic_lstm(L, node);
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const char *problem = hn_layer_read(node, &l);
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (is_empty) return HONE_OK;
    const hn_dtype x = node->in[0]->dtype;
    if (x == HN_DTYPE_F32) return hn_lower_layer_float(L, node, &l);
    if (x == HN_DTYPE_S8 && l.n_gates > 1 && l.n_cells == 1) {
        return hn_lower_layer_integer(L, node, &l);
    }
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "inputs of type %s", hn_dtype_name(x));
}

static uint64_t cell_macs(const hn_layer *l, const hn_cell *c) {
    const uint64_t in = (uint64_t)c->in + (uint64_t)c->aux_in + (uint64_t)c->out;
    const uint64_t projected = c->projection != NULL ? (uint64_t)c->out : 0;
    uint64_t n;
    if (!hn_mul_u64((uint64_t)l->seq, (uint64_t)l->batch, &n) ||
        !hn_mul_u64(n, (uint64_t)c->units, &n) ||
        !hn_mul_u64(n, (l->n_gates - hn_cell_first(c)) * in + projected, &n)) {
        return UINT64_MAX;
    }
    return n;
}

static uint64_t layer_macs(const hn_node *node) {
    hn_layer l;
    uint64_t sum = 0;
    if (hn_layer_read(node, &l) != NULL || l.seq < 0 || l.batch < 0) return 0;
    for (uint32_t i = 0; i < l.n_cells; i++) {
        if (l.cell[i].in < 0) return 0;
        const uint64_t n = cell_macs(&l, &l.cell[i]);
        sum = n > UINT64_MAX - sum ? UINT64_MAX : sum + n;
    }
    return sum;
}

#define HOOKS(op, outputs)                                                                         \
    const hn_op_hooks hn_hooks_##op = {                                                            \
        .shape = layer_shape, .lower = layer_lower, .macs = layer_macs, .max_outputs = outputs};
HOOKS(sequence_lstm, HN_BASIC_LSTM_OUTPUTS)
HOOKS(bidirectional_lstm, 2)
HOOKS(sequence_rnn, 1)
HOOKS(bidirectional_rnn, 2)
