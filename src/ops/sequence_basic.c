/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's LSTM with the basic kernel: one step, x and h beside each other times one
 * matrix with the gates i g f o, no options. It becomes the same kernel as the others: the matrix
 * is parted into W and R. Outputs are h and c, then two that hold what was computed on the way,
 * which nobody may read. h and c may be variables, which then keep both. The quantized form, u8
 * with a cell of 16 bits, has fixed scales: 1/128 around 128 for x and h, 2^-11 for c. */
#include "kernels/rnn/cell16.h"
#include "kernels/rnn/rnn.h"
#include "ops/hybrid.h"
#include "ops/infer.h"
#include "ops/recurrent.h"
#include "ops/sequence_layer.h"

enum { X, H, W, B, C };               /* operands */
enum { Y_H, Y_C, Y_CONCAT, Y_GATES }; /* outputs */
enum { GATES = 4, OPERANDS = HN_BASIC_LSTM_OPERANDS, OUTPUTS = HN_BASIC_LSTM_OUTPUTS };

typedef struct basic {
    int64_t batch, in, units;
} basic;

static bool is_of(const hn_value *v, int64_t rows, int64_t columns) {
    return v->shape.rank == 2 && v->shape.dim[0] == rows && v->shape.dim[1] == columns;
}

static const char *read_basic(const hn_node *node, basic *l) {
    const hn_shape *x = &node->in[X]->shape;
    for (uint32_t i = 0; i < OPERANDS; i++) {
        if (node->in[i] == NULL) return "an operand is missing";
    }
    const hn_value *h = node->in[H], *w = node->in[W], *b = node->in[B];
    if (x->rank != 2 || h->shape.rank != 2) return "an input has not rank 2";
    *l = (basic){x->dim[0], x->dim[1], h->shape.dim[1]};
    if (!hn_shape_is_known(x) || !hn_shape_is_known(&h->shape)) return NULL;
    if (l->in > 1 << 20 || l->units > 1 << 14) return "too many cells";
    if (!is_of(h, l->batch, l->units) || !is_of(node->in[C], l->batch, l->units)) {
        return "a state of another shape";
    }
    if (w->constant == NULL || !is_of(w, GATES * l->units, l->in + l->units) ||
        b->constant == NULL || b->shape.rank != 1 || b->shape.dim[0] != GATES * l->units) {
        return "weights of another shape";
    }
    return NULL;
}

hone_status hn_basic_lstm_shape(hn_graph *g, hn_node *node) {
    basic l;
    const char *problem = read_basic(node, &l);
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (node->n_out != OUTPUTS) return hn_fail(g->env, HONE_E_SHAPE, "%u outputs", node->n_out);
    const int64_t width[OUTPUTS] = {l.units, l.units, l.in + l.units, GATES * l.units};
    for (uint32_t i = 0; i < OUTPUTS; i++) {
        const hn_shape out = hn_shape_of(2, (const int64_t[]){l.batch, width[i]});
        const hn_value *like = node->in[i == Y_C || i == Y_GATES ? C : X]; /* of their types */
        HN_TRY(hn_node_set_output(g, node, i, like->dtype, &out));
    }
    return HONE_OK;
}

/* W [gates, units, in], R [units, gates * units] and the bias beside zeros, in memory. */
static hone_status part(hn_lower *L, const hn_node *node, const basic *l, float *memory,
                        hn_operand *o) {
    static const uint64_t from[GATES] = {0, 3, 2, 1}; /* i g f o to i o f g */
    const uint64_t n = (uint64_t)l->units, in = (uint64_t)l->in, row = in + n, all = GATES * n;
    float *joined = memory, *w = joined + all * row, *r = w + all * in, *bias = r + all * n;
    float *given = bias + 2 * all;
    HN_TRY(hn_constant_read_f32(L->graph, node->in[W], joined, all * row));
    HN_TRY(hn_constant_read_f32(L->graph, node->in[B], given, all));
    for (uint64_t i = 0; i < all; i++) {
        const uint64_t at = from[i / n] * n + i % n;
        for (uint64_t k = 0; k < in; k++) w[i * in + k] = joined[at * row + k];
        for (uint64_t k = 0; k < n; k++) r[k * all + i] = joined[at * row + in + k];
        bias[i] = given[at];
    }
    HN_TRY(L->constant(L, w, all * in * sizeof *w, &o[HN_RNN_X]));
    HN_TRY(L->constant(L, r, all * n * sizeof *r, &o[HN_RNN_R]));
    return L->constant(L, bias, 2 * all * sizeof *bias, &o[HN_RNN_BIAS]);
}

static hone_status constants(hn_lower *L, const hn_node *node, const basic *l, hn_operand *o) {
    const uint64_t n = (uint64_t)l->units, all = GATES * n;
    float *memory =
        hn_alloc(L->env, (size_t)(2 * all * ((uint64_t)l->in + n) + 3 * all) * sizeof *memory);
    if (memory == NULL) return hn_no_memory(L->env);
    const hone_status status = part(L, node, l, memory, o);
    hn_free(L->env, memory);
    return status;
}

static hn_lstm_args args_of(const basic *l) {
    hn_lstm_args a = {.seq = 1, .batch = (int32_t)l->batch, .dirs = 1, .passes = 1, .x_batch = 1};
    a.hidden = a.out = (int32_t)l->units;
    a.y_batch = a.h_batch = a.c_batch = a.hidden;
    a.act[0] = HN_RNN_SIGMOID;
    a.act[1] = a.act[2] = HN_RNN_TANH;
    return a;
}

/* h and c at the end as LiteRT leaves them in the inputs, where those are variables. */
static hone_status keep(hn_lower *L, const hn_value *from, const hn_value *state, int64_t n) {
    const hn_box box = {.rank = 1, .dim = {n}, .stride = {{1}, {1}}};
    if (!state->is_state) return HONE_OK;
    return hn_lower_move(L, state->dtype, &box, hn_operand_value(from), hn_operand_value(state));
}

static hone_status lower_float(hn_lower *L, const hn_node *node, const basic *l) {
    const int64_t extent[3] = {l->batch, GATES * l->units, l->in};
    const hn_lstm_args args = args_of(l);
    hn_operand o[HN_RNN_OPERANDS], x;
    for (uint32_t i = 0; i < HN_RNN_OPERANDS; i++) o[i] = HN_NO_OPERAND;
    HN_TRY(constants(L, node, l, o));
    HN_TRY(hn_lower_operand(L, node->in[X], &x));
    HN_TRY(hn_lower_projection(L, x, o[HN_RNN_X], extent, &o[HN_RNN_X]));
    HN_TRY(hn_lower_operand(L, node->in[H], &o[HN_RNN_H0]));
    HN_TRY(hn_lower_operand(L, node->in[C], &o[HN_RNN_C0]));
    o[HN_RNN_Y] = hn_operand_value(node->out[Y_H]);
    o[HN_RNN_C] = hn_operand_value(node->out[Y_C]);
    const hn_step_request request = {HN_FAMILY_lstm, HN_TYPES_f32, &args, o, HN_RNN_OPERANDS, 3};
    return L->step(L, &request);
}

/* x and h beside each other. */
static hone_status join(hn_lower *L, const hn_node *node, const basic *l, hn_operand *out) {
    const int64_t width = l->in + l->units, n[2] = {l->in, l->units};
    HN_TRY(L->temp(L, (uint64_t)(l->batch * width), out));
    for (uint32_t i = 0; i < 2; i++) {
        const hn_box box = {.rank = 2,
                            .dim = {l->batch, n[i]},
                            .stride = {{n[i], 1}, {width, 1}},
                            .offset = {0, i == 0 ? 0 : l->in}};
        hn_operand in;
        HN_TRY(hn_lower_operand(L, node->in[X + i], &in));
        HN_TRY(hn_lower_move(L, HN_DTYPE_U8, &box, in, *out));
    }
    return HONE_OK;
}

static hone_status lower_bytes(hn_lower *L, const hn_node *node, const basic *l) {
    const int64_t extent[3] = {l->batch, GATES * l->units, l->in + l->units};
    hn_cell16_args args = {.batch = (int32_t)l->batch, .units = (int32_t)l->units};
    hn_direct_args a = hn_direct_rows(extent);
    hn_operand o[HN_DIRECT_OPERANDS], cell[HN_CELL16_OPERANDS];
    for (uint32_t i = 0; i < HN_DIRECT_OPERANDS; i++) o[i] = HN_NO_OPERAND;
    a.arith = HN_ARITH_TFLITE;
    a.in_zero = 128;
    a.w_zero = hn_quant_zero(node->in[W], 0);
    HN_TRY(join(L, node, l, &o[HN_DIRECT_IN]));
    HN_TRY(hn_lower_operand(L, node->in[W], &o[HN_DIRECT_WEIGHTS]));
    HN_TRY(hn_lower_operand(L, node->in[B], &o[HN_DIRECT_BIAS]));
    HN_TRY(hn_lower_projected(L, extent, &o[HN_DIRECT_OUT]));
    HN_TRY(hn_lower_step(L, HN_FAMILY_direct, HN_TYPES_u8_s32, &a, o, HN_DIRECT_OPERANDS));
    hn_quantize_multiplier(4096.0 * (double)hn_quant_scale(node->in[B], 0), &args.multiplier,
                           &args.shift);
    cell[HN_CELL16_SUMS] = o[HN_DIRECT_OUT];
    HN_TRY(hn_lower_operand(L, node->in[C], &cell[HN_CELL16_OLD]));
    cell[HN_CELL16_H] = hn_operand_value(node->out[Y_H]);
    cell[HN_CELL16_NEW] = hn_operand_value(node->out[Y_C]);
    const hn_step_request request = {
        HN_FAMILY_cell16, HN_TYPES_u8, &args, cell, HN_CELL16_OPERANDS, 2};
    return L->step(L, &request);
}

static bool are_floats(const hn_node *node) {
    bool is_all = true;
    for (uint32_t i = 0; i < OPERANDS; i++) is_all &= node->in[i]->dtype == HN_DTYPE_F32;
    return is_all;
}

static bool are_bytes(const hn_node *node) {
    const hn_value *w = node->in[W], *b = node->in[B], *c = node->in[C];
    return node->in[X]->dtype == HN_DTYPE_U8 && node->in[H]->dtype == HN_DTYPE_U8 &&
           w->dtype == HN_DTYPE_U8 && w->quant != NULL && hn_quant_channels(w) == 1 &&
           b->dtype == HN_DTYPE_S32 && b->quant != NULL && hn_quant_channels(b) == 1 &&
           c->dtype == HN_DTYPE_S16 && c->quant != NULL && hn_quant_channels(c) == 1 &&
           hn_quant_scale(c, 0) == 1.0f / 2048.0f;
}

hone_status hn_lower_basic_lstm(hn_lower *L, const hn_node *node) {
    bool is_empty;
    basic l;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const char *problem = read_basic(node, &l);
    for (uint32_t i = 0; i < OUTPUTS && problem == NULL; i++) {
        const bool is_made = i < Y_CONCAT;
        if (is_made && node->out[i] == NULL) problem = "an output is missing";
        if (!is_made && node->out[i] != NULL && node->out[i]->n_uses > 0) {
            problem = "its scratch is read";
        }
    }
    if (problem == NULL && !are_floats(node) && !are_bytes(node)) {
        problem = "neither floats, nor bytes with the scales of the basic kernel";
    }
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (is_empty) return HONE_OK;
    HN_TRY(are_floats(node) ? lower_float(L, node, &l) : lower_bytes(L, node, &l));
    HN_TRY(keep(L, node->out[Y_H], node->in[H], l.batch * l.units));
    return keep(L, node->out[Y_C], node->in[C], l.batch * l.units);
}
