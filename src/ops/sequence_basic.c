/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's LSTM with the basic kernel: one step, x and h beside each other times one
 * matrix with the gates i g f o, no options. It becomes the same kernel as the others: the matrix
 * is parted into W and R. Outputs are h and c, then two that hold what was computed on the way,
 * which nobody may read. h and c may be variables, which then keep both. */
#include "kernels/rnn/rnn.h"
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
        const hn_value *like = node->in[i == Y_C || i == Y_GATES ? C : X];
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

static const char *check_lower(const hn_node *node) {
    for (uint32_t i = 0; i < OPERANDS; i++) {
        if (node->in[i]->dtype != HN_DTYPE_F32) return "a basic kernel on other numbers than f32";
    }
    for (uint32_t i = Y_CONCAT; i < OUTPUTS; i++) {
        if (node->out[i] != NULL && node->out[i]->n_uses > 0) return "its scratch is read";
    }
    return NULL;
}

static hn_lstm_args args_of(const basic *l) {
    hn_lstm_args a = {.seq = 1, .batch = (int32_t)l->batch, .dirs = 1, .passes = 1, .x_batch = 1};
    a.hidden = a.out = (int32_t)l->units;
    a.y_batch = a.h_batch = a.c_batch = a.hidden;
    a.act[0] = HN_RNN_SIGMOID;
    a.act[1] = a.act[2] = HN_RNN_TANH;
    return a;
}

hone_status hn_lower_basic_lstm(hn_lower *L, const hn_node *node) {
    bool is_empty;
    basic l;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const char *problem = read_basic(node, &l);
    if (problem == NULL) problem = check_lower(node);
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (is_empty) return HONE_OK;
    const hn_value *h = node->in[H], *c = node->in[C], *out = node->out[Y_C];
    const int64_t extent[3] = {l.batch, GATES * l.units, l.in};
    const hn_lstm_args args = args_of(&l);
    hn_operand o[HN_RNN_OPERANDS], x;
    for (uint32_t i = 0; i < HN_RNN_OPERANDS; i++) o[i] = HN_NO_OPERAND;
    HN_TRY(constants(L, node, &l, o));
    HN_TRY(hn_lower_operand(L, node->in[X], &x));
    HN_TRY(hn_lower_projection(L, x, o[HN_RNN_X], extent, &o[HN_RNN_X]));
    HN_TRY(hn_lower_operand(L, h, &o[HN_RNN_H0]));
    HN_TRY(hn_lower_operand(L, c, &o[HN_RNN_C0]));
    o[HN_RNN_Y] = hn_operand_value(node->out[Y_H]);
    o[HN_RNN_H] = hn_operand_value(h->is_state ? h : NULL);
    o[HN_RNN_C] = hn_operand_value(out != NULL ? out : c->is_state ? c : NULL);
    const hn_step_request request = {HN_FAMILY_lstm, HN_TYPES_f32, &args, o, HN_RNN_OPERANDS, 3};
    HN_TRY(L->step(L, &request));
    if (out == NULL || !c->is_state) return HONE_OK;
    const hn_box box = {.rank = 1, .dim = {l.batch * l.units}, .stride = {{1}, {1}}};
    return hn_lower_move(L, HN_DTYPE_F32, &box, o[HN_RNN_C], hn_operand_value(c));
}
