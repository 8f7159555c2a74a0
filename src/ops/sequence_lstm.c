/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's LSTM over a sequence, and its single step as a sequence of one. Weights come
 * gate by gate and are joined here; the two states are variables that the step reads and writes.
 * Floats (weights of any type) go the way of ONNX's LSTM; the integer form (8-bit data, 16-bit
 * cell) is LiteRT's. Projection and layer norm are refused. */
#include "ops/sequence_lstm.h"

#include <string.h>

#include "kernels/rnn/rnn.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/recurrent.h"

static bool is_state(const hn_value *v) {
    return v != NULL && v->is_state && v->constant == NULL && hn_shape_is_known(&v->shape);
}

/* False when v, a constant, is not [rows, columns] (or [rows] when columns is 0). */
static bool is_matrix(const hn_value *v, int64_t rows, int64_t columns) {
    if (v == NULL || v->constant == NULL) return false;
    if (columns == 0) return v->shape.rank == 1 && v->shape.dim[0] == rows;
    return v->shape.rank == 2 && v->shape.dim[0] == rows && v->shape.dim[1] == columns;
}

static const char *check_gate(const hn_node *node, const hn_sequence_lstm *l, uint32_t g) {
    const uint32_t peephole = g == 0 ? 0 : g == 1 ? 1 : 2;
    const hn_value *p = g == 2 ? NULL : hn_node_in(node, HN_LSTM_P + peephole);
    if (!is_matrix(hn_node_in(node, HN_LSTM_W + g), l->cells, l->in)) return "a W of another shape";
    if (!is_matrix(hn_node_in(node, HN_LSTM_R + g), l->cells, l->cells)) {
        return "an R of another shape";
    }
    if (!is_matrix(hn_node_in(node, HN_LSTM_BIAS + g), l->cells, 0)) {
        return "a bias of another shape";
    }
    if (g == 2 || (p == NULL && !l->has_peepholes)) return NULL;
    return is_matrix(p, l->cells, 0) ? NULL : "peepholes of another shape";
}

const char *hn_sequence_lstm_read(const hn_node *node, hn_sequence_lstm *l) {
    const hn_value *x = node->in[0], *f = hn_node_in(node, HN_LSTM_W + 1);
    if (node->n_in != 20 && node->n_in != 24) return "it has neither 20 nor 24 operands";
    for (uint32_t i = 20; i < node->n_in; i++) {
        if (node->in[i] != NULL) return "layer normalisation is not supported";
    }
    if (node->in[16] != NULL || node->in[17] != NULL) return "a projection is not supported";
    if (x->shape.rank != 2 && x->shape.rank != 3) return "the input has neither rank 2 nor 3";
    if (f == NULL || f->shape.rank != 2) return "weights are missing";
    const bool is_time_first = x->shape.rank == 3 && hn_attr_int(node, "time_major", 0) != 0;
    const int32_t last = x->shape.rank - 1;
    l->is_time_first = is_time_first;
    l->seq = x->shape.rank == 2 ? 1 : x->shape.dim[is_time_first ? 0 : 1];
    l->batch = x->shape.dim[is_time_first ? 1 : 0];
    l->in = x->shape.dim[last];
    l->cells = f->shape.dim[0];
    l->couples = node->in[HN_LSTM_W] == NULL;
    l->has_peepholes = node->in[HN_LSTM_P + 2] != NULL;
    if (l->seq < 0 || l->batch < 0 || l->in < 0) return NULL;
    for (uint32_t g = l->couples ? 1 : 0; g < 4; g++) {
        const char *problem = check_gate(node, l, g);
        if (problem != NULL) return problem;
    }
    const int64_t state[2] = {l->batch, l->cells};
    const hn_shape shape = hn_shape_of(2, state);
    for (uint32_t i = HN_LSTM_H; i <= HN_LSTM_C; i++) {
        if (!is_state(node->in[i])) return "a state that is no variable";
        if (!hn_shape_equal(&node->in[i]->shape, &shape)) return "a state of another shape";
    }
    return NULL;
}

static hone_status lstm_shape(hn_graph *g, hn_node *node) {
    hn_sequence_lstm l;
    const char *problem = hn_sequence_lstm_read(node, &l);
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    hn_shape out = node->in[0]->shape;
    out.dim[out.rank - 1] = l.cells;
    return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
}

/* ---- floats ---- */

/* The elements of a constant as floats, dequantized. */
static hone_status read_floats(hn_lower *L, const hn_value *v, float *out, uint64_t n) {
    HN_TRY(hn_constant_read_f32(L->graph, v, out, n));
    if (hn_dtype_is_float(v->dtype)) return HONE_OK;
    const uint32_t channels = v->quant != NULL ? hn_quant_channels(v) : 0;
    if (channels == 0 || (channels > 1 && v->quant->axis != 0) || n % channels != 0) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s weights for a float input",
                       hn_dtype_name(v->dtype));
    }
    for (uint64_t i = 0; i < n; i++) {
        const uint32_t c = (uint32_t)(i / (n / channels));
        out[i] = (out[i] - (float)hn_quant_zero(v, c)) * hn_quant_scale(v, c);
    }
    return HONE_OK;
}

/* The place of gate i, f, c, o among the kernel's i, o, f, c. */
static const uint32_t place[4] = {0, 2, 3, 1};

/* Floats of the four gates one after the other; `first` is gate i's operand. */
static hone_status joined(hn_lower *L, const hn_node *node, uint32_t first, uint64_t n,
                          float *out) {
    for (uint32_t g = 0; g < 4; g++) {
        const hn_value *v = node->in[first + g];
        if (v != NULL) HN_TRY(read_floats(L, v, out + place[g] * n, n));
    }
    return HONE_OK;
}

static void transpose(const float *from, uint64_t rows, uint64_t columns, float *to) {
    for (uint64_t i = 0; i < rows; i++) {
        for (uint64_t k = 0; k < columns; k++) to[k * rows + i] = from[i * columns + k];
    }
}

static hone_status float_weights(hn_lower *L, const hn_node *node, const hn_sequence_lstm *l,
                                 float *memory, hn_operand *o) {
    const uint64_t n = (uint64_t)l->cells, in = (uint64_t)l->in;
    float *w = memory, *r = w + 4 * n * in, *turned = r + 4 * n * n;
    float *bias = turned + 4 * n * n, *peepholes = bias + 8 * n;
    HN_TRY(joined(L, node, HN_LSTM_W, n * in, w));
    HN_TRY(joined(L, node, HN_LSTM_R, n * n, r));
    HN_TRY(joined(L, node, HN_LSTM_BIAS, n, bias));
    transpose(r, 4 * n, n, turned);
    HN_TRY(L->constant(L, w, 4 * n * in * sizeof *w, &o[HN_RNN_X]));
    HN_TRY(L->constant(L, turned, 4 * n * n * sizeof *r, &o[HN_RNN_R]));
    HN_TRY(L->constant(L, bias, 8 * n * sizeof *bias, &o[HN_RNN_BIAS]));
    if (!l->has_peepholes) return HONE_OK;
    static const uint32_t at[3] = {0, 2, 1}; /* i f o to i o f */
    for (uint32_t k = 0; k < 3; k++) {
        const hn_value *v = node->in[HN_LSTM_P + k];
        if (v != NULL) HN_TRY(read_floats(L, v, peepholes + at[k] * n, n));
    }
    return L->constant(L, peepholes, 3 * n * sizeof *bias, &o[HN_RNN_PEEPHOLES]);
}

/* All weights as constants; o[HN_RNN_X] is W. */
static hone_status join_weights(hn_lower *L, const hn_node *node, const hn_sequence_lstm *l,
                                hn_operand *o) {
    const uint64_t n = (uint64_t)l->cells, in = (uint64_t)l->in;
    if (n > 1 << 14 || in > 1 << 20) return hn_fail(L->env, HONE_E_LIMIT, "too many cells");
    float *memory = hn_alloc(L->env, (4 * n * in + 8 * n * n + 11 * n) * sizeof *memory);
    if (memory == NULL) return hn_no_memory(L->env);
    const hone_status status = float_weights(L, node, l, memory, o);
    hn_free(L->env, memory);
    return status;
}

hone_status hn_rnn_activation(hn_lower *L, const hn_node *node, int32_t *act) {
    static const struct {
        const char *name;
        hn_rnn_act act;
    } names[] = {{"", HN_RNN_IDENTITY},       {"relu", HN_RNN_RELU},
                 {"relu6", HN_RNN_RELU6},     {"tanh", HN_RNN_TANH},
                 {"sigmoid", HN_RNN_SIGMOID}, {"relu_n1_to_1", HN_RNN_RELU_N1_TO_1}};
    const char *name = hn_attr_string(node, "activation", "");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(names[i].name, name) != 0) continue;
        *act = (int32_t)names[i].act;
        return HONE_OK;
    }
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "activation %s", name);
}

void hn_sequence_strides(int64_t seq, int64_t batch, bool is_time_first, hn_lstm_args *a) {
    a->seq = (int32_t)seq;
    a->batch = (int32_t)batch;
    a->dirs = 1;
    a->x_step = is_time_first ? a->batch : 1;
    a->x_batch = is_time_first ? 1 : a->seq;
    a->y_step = a->x_step * a->hidden;
    a->y_batch = a->x_batch * a->hidden;
    a->h_batch = a->hidden;
}

static hone_status lower_float(hn_lower *L, const hn_node *node, const hn_sequence_lstm *l) {
    hn_lstm_args args = {.hidden = (int32_t)l->cells, .form = l->couples ? 2 : 0};
    hn_operand o[HN_RNN_OPERANDS], x;
    for (uint32_t i = 0; i < HN_RNN_OPERANDS; i++) o[i] = HN_NO_OPERAND;
    hn_sequence_strides(l->seq, l->batch, l->is_time_first, &args);
    args.cell_clip = hn_attr_float(node, "cell_clip", 0.0f);
    args.act[0] = HN_RNN_SIGMOID;
    HN_TRY(hn_rnn_activation(L, node, &args.act[1]));
    args.act[2] = args.act[1];
    HN_TRY(join_weights(L, node, l, o));
    HN_TRY(hn_lower_operand(L, node->in[0], &x));
    const int64_t extent[3] = {l->seq * l->batch, 4 * l->cells, l->in};
    HN_TRY(hn_lower_projection(L, x, o[HN_RNN_X], extent, &o[HN_RNN_X]));
    o[HN_RNN_H0] = o[HN_RNN_H] = hn_operand_value(node->in[HN_LSTM_H]);
    o[HN_RNN_C0] = o[HN_RNN_C] = hn_operand_value(node->in[HN_LSTM_C]);
    o[HN_RNN_Y] = hn_operand_value(node->out[0]);
    const hn_step_request request = {HN_FAMILY_lstm, HN_TYPES_f32, &args, o, HN_RNN_OPERANDS, 3};
    return L->step(L, &request);
}

static hone_status lstm_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    hn_sequence_lstm l;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const char *problem = hn_sequence_lstm_read(node, &l);
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    const hn_dtype x = node->in[0]->dtype, h = node->in[HN_LSTM_H]->dtype;
    if (x == HN_DTYPE_F32 && h == HN_DTYPE_F32 && node->in[HN_LSTM_C]->dtype == HN_DTYPE_F32) {
        return lower_float(L, node, &l);
    }
    if (x == HN_DTYPE_S8) return hn_lower_sequence_qlstm(L, node, &l);
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "inputs of type %s", hn_dtype_name(x));
}

static uint64_t lstm_macs(const hn_node *node) {
    hn_sequence_lstm l;
    uint64_t n;
    if (hn_sequence_lstm_read(node, &l) != NULL || l.seq < 0 || l.batch < 0 || l.in < 0) return 0;
    if (!hn_mul_u64((uint64_t)l.seq, (uint64_t)l.batch, &n) ||
        !hn_mul_u64(n, 4 * (uint64_t)l.cells, &n) ||
        !hn_mul_u64(n, (uint64_t)l.in + (uint64_t)l.cells, &n)) {
        return UINT64_MAX;
    }
    return n;
}

/* ---- the simple layer: x w r b h ---- */

enum { RNN_W = 1, RNN_R, RNN_B, RNN_H, RNN_OPERANDS };

static const char *read_rnn(const hn_node *node, hn_sequence_lstm *l) {
    const hn_value *x = node->in[0], *w = node->in[RNN_W];
    if (x->shape.rank != 2 && x->shape.rank != 3) return "the input has neither rank 2 nor 3";
    if (w->shape.rank != 2) return "weights of another rank";
    l->is_time_first = x->shape.rank == 3 && hn_attr_int(node, "time_major", 0) != 0;
    l->seq = x->shape.rank == 2 ? 1 : x->shape.dim[l->is_time_first ? 0 : 1];
    l->batch = x->shape.dim[l->is_time_first ? 1 : 0];
    l->in = x->shape.dim[x->shape.rank - 1];
    l->cells = w->shape.dim[0];
    if (l->seq < 0 || l->batch < 0 || l->in < 0) return NULL;
    const hn_shape state = hn_shape_of(2, (const int64_t[]){l->batch, l->cells});
    if (!is_matrix(w, l->cells, l->in) || !is_matrix(node->in[RNN_R], l->cells, l->cells) ||
        !is_matrix(node->in[RNN_B], l->cells, 0)) {
        return "weights of another shape";
    }
    if (!is_state(node->in[RNN_H])) return "a state that is no variable";
    return hn_shape_equal(&node->in[RNN_H]->shape, &state) ? NULL : "a state of another shape";
}

static hone_status rnn_shape(hn_graph *g, hn_node *node) {
    hn_sequence_lstm l;
    const char *problem = read_rnn(node, &l);
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    hn_shape out = node->in[0]->shape;
    out.dim[out.rank - 1] = l.cells;
    return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
}

/* R turned round and the bias beside zeros. */
static hone_status rnn_weights(hn_lower *L, const hn_node *node, uint64_t n, hn_operand *o) {
    if (n > 1 << 14) return hn_fail(L->env, HONE_E_LIMIT, "too many cells");
    float *memory = hn_alloc(L->env, (2 * n * n + 2 * n) * sizeof *memory);
    if (memory == NULL) return hn_no_memory(L->env);
    float *turned = memory + n * n, *bias = turned + n * n;
    hone_status status = read_floats(L, node->in[RNN_R], memory, n * n);
    if (status == HONE_OK) status = read_floats(L, node->in[RNN_B], bias, n);
    transpose(memory, n, n, turned);
    if (status == HONE_OK) status = L->constant(L, turned, n * n * sizeof *turned, &o[HN_RNN_R]);
    if (status == HONE_OK) status = L->constant(L, bias, 2 * n * sizeof *bias, &o[HN_RNN_BIAS]);
    hn_free(L->env, memory);
    return status;
}

static hone_status rnn_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    hn_sequence_lstm l;
    int32_t zero;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const char *problem = read_rnn(node, &l);
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (node->in[0]->dtype != HN_DTYPE_F32 || node->in[RNN_H]->dtype != HN_DTYPE_F32) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "inputs of type %s",
                       hn_dtype_name(node->in[0]->dtype));
    }
    hn_lstm_args args = {.hidden = (int32_t)l.cells};
    hn_operand o[HN_RNN_OPERANDS], x, w;
    for (uint32_t i = 0; i < HN_RNN_OPERANDS; i++) o[i] = HN_NO_OPERAND;
    hn_sequence_strides(l.seq, l.batch, l.is_time_first, &args);
    HN_TRY(hn_rnn_activation(L, node, &args.act[0]));
    HN_TRY(rnn_weights(L, node, (uint64_t)l.cells, o));
    const hn_weights_form form = hn_weights_as_is(HN_TYPES_f32);
    HN_TRY(hn_lower_weights(L, node->in[RNN_W], &form, &w, &zero));
    HN_TRY(hn_lower_operand(L, node->in[0], &x));
    const int64_t extent[3] = {l.seq * l.batch, l.cells, l.in};
    HN_TRY(hn_lower_projection(L, x, w, extent, &o[HN_RNN_X]));
    o[HN_RNN_H0] = o[HN_RNN_H] = hn_operand_value(node->in[RNN_H]);
    o[HN_RNN_Y] = hn_operand_value(node->out[0]);
    const hn_step_request request = {HN_FAMILY_rnn, HN_TYPES_f32, &args, o, HN_RNN_OPERANDS, 3};
    return L->step(L, &request);
}

const hn_op_hooks hn_hooks_sequence_lstm = {
    .shape = lstm_shape, .lower = lstm_lower, .macs = lstm_macs};
const hn_op_hooks hn_hooks_sequence_rnn = {.shape = rnn_shape, .lower = rnn_lower};
