/* SPDX-License-Identifier: Apache-2.0
 * ONNX's LSTM, GRU and RNN: all inputs times W in one product, then a step that goes through time.
 * Operands: x, W [dirs, gates * hidden, in], R [dirs, gates * hidden, hidden], B [dirs, 2 * gates *
 * hidden], lengths, h, c, peepholes [dirs, 3 * hidden]; outputs y, h, c. GRU and RNN end with h. */
#include "ops/recurrent.h"

#include "kernels/rnn/rnn.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, W, R, B, LENGTHS, H, C, P }; /* operands */

/* Extents; -1: unknown. */
typedef struct layer {
    int64_t seq, batch, in, hidden;
    int32_t dirs, gates;
    bool is_batch_first;
} layer;

static int32_t gates_of(const hn_node *node) {
    if (node->op == hn_op_at(HN_OP_lstm)) return 4;
    return node->op == hn_op_at(HN_OP_gru) ? 3 : 1;
}

/* Equal apart from the case of ASCII letters; b is lower case. */
static bool is_same(const char *a, const char *b) {
    while (*b != 0 && (*a == *b || (*a >= 'A' && *a <= 'Z' && *a - 'A' + 'a' == *b))) {
        a++;
        b++;
    }
    return *a == *b;
}

static bool is_direction(const hn_node *node, const char *name) {
    return is_same(hn_attr_string(node, "direction", "forward"), name);
}

/* False when v has another rank or, where both are known, other dimensions than `want`. */
static bool fits(const hn_value *v, int32_t rank, const int64_t *want) {
    if (v == NULL || v->shape.rank < 0) return true;
    if (v->shape.rank != rank) return false;
    for (int32_t d = 0; d < rank; d++) {
        const int64_t dim = v->shape.dim[d];
        if (dim >= 0 && want[d] >= 0 && dim != want[d]) return false;
    }
    return true;
}

static int64_t times(int64_t factor, int64_t n) {
    return n < 0 ? -1 : factor * n;
}

static const char *read_layer(const hn_node *node, layer *l) {
    const hn_shape *x = &node->in[X]->shape, *w = &node->in[W]->shape, *r = &node->in[R]->shape;
    l->gates = gates_of(node);
    l->dirs = is_direction(node, "bidirectional") ? 2 : 1;
    l->is_batch_first = hn_attr_int(node, "layout", 0) != 0;
    if ((x->rank >= 0 && x->rank != 3) || (w->rank >= 0 && w->rank != 3) ||
        (r->rank >= 0 && r->rank != 3)) {
        return "x, W and R must have rank 3";
    }
    l->seq = x->rank < 0 ? -1 : x->dim[l->is_batch_first ? 1 : 0];
    l->batch = x->rank < 0 ? -1 : x->dim[l->is_batch_first ? 0 : 1];
    l->in = x->rank < 0 ? -1 : x->dim[2];
    l->hidden = r->rank < 0 ? hn_attr_int(node, "hidden_size", -1) : r->dim[2];
    if (l->hidden == 0 || l->hidden > 1 << 24) return "a hidden size out of range";
    const int64_t rows = times(l->gates, l->hidden), d = l->dirs;
    const int64_t state[3] = {l->is_batch_first ? l->batch : d, l->is_batch_first ? d : l->batch,
                              l->hidden};
    if (!fits(node->in[W], 3, (const int64_t[]){d, rows, l->in})) return "W has another shape";
    if (!fits(node->in[R], 3, (const int64_t[]){d, rows, l->hidden})) return "R has another shape";
    if (!fits(hn_node_in(node, B), 2, (const int64_t[]){d, times(2, rows)})) {
        return "B has another shape";
    }
    if (!fits(hn_node_in(node, LENGTHS), 1, &l->batch)) return "one length per batch is needed";
    if (!fits(hn_node_in(node, H), 3, state) || !fits(hn_node_in(node, C), 3, state)) {
        return "a state has another shape";
    }
    if (!fits(hn_node_in(node, P), 2, (const int64_t[]){d, times(3, l->hidden)})) {
        return "the peepholes have another shape";
    }
    return NULL;
}

static hone_status recurrent_shape(hn_graph *g, hn_node *node) {
    layer l;
    const char *problem = read_layer(node, &l);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const hn_dtype dtype = node->in[X]->dtype;
    const int64_t first[4] = {l.seq, l.dirs, l.batch, l.hidden};
    const int64_t batch_first[4] = {l.batch, l.seq, l.dirs, l.hidden};
    const hn_shape y = hn_shape_of(4, l.is_batch_first ? batch_first : first);
    const hn_shape h =
        hn_shape_of(3, l.is_batch_first ? (const int64_t[]){l.batch, l.dirs, l.hidden}
                                        : (const int64_t[]){l.dirs, l.batch, l.hidden});
    HN_TRY(hn_node_set_output(g, node, 0, dtype, &y));
    for (uint32_t i = 1; i < node->n_out; i++) HN_TRY(hn_node_set_output(g, node, i, dtype, &h));
    return HONE_OK;
}

/* ---- activation functions ---- */

static const struct function {
    const char *name;
    hn_rnn_act act;
    bool has_alpha, has_beta;
    float alpha, beta;
} functions[] = {
    {"sigmoid", HN_RNN_SIGMOID, false, false, 0.0f, 0.0f},
    {"tanh", HN_RNN_TANH, false, false, 0.0f, 0.0f},
    {"relu", HN_RNN_RELU, false, false, 0.0f, 0.0f},
    {"affine", HN_RNN_AFFINE, true, true, 1.0f, 0.0f},
    {"leakyrelu", HN_RNN_LEAKY_RELU, true, false, 0.01f, 0.0f},
    {"thresholdedrelu", HN_RNN_THRESHOLDED_RELU, true, false, 1.0f, 0.0f},
    {"scaledtanh", HN_RNN_SCALED_TANH, true, true, 1.0f, 1.0f},
    {"hardsigmoid", HN_RNN_HARD_SIGMOID, true, true, 0.2f, 0.5f},
    {"elu", HN_RNN_ELU, true, false, 1.0f, 0.0f},
    {"softsign", HN_RNN_SOFTSIGN, false, false, 0.0f, 0.0f},
    {"softplus", HN_RNN_SOFTPLUS, false, false, 0.0f, 0.0f},
};

static const struct function *find_function(const char *name) {
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        if (is_same(name, functions[i].name)) return &functions[i];
    }
    return NULL;
}

/* The next number of a list attribute, or `absent`. */
static float next_number(const hn_attr *list, uint32_t *at, float absent) {
    if (list == NULL || list->kind != HN_ATTR_FLOATS || *at >= list->n) return absent;
    return list->v.floats[(*at)++];
}

/* Functions that take numbers take them from the lists in order. */
static const char *read_functions(const hn_node *node, const layer *l, hn_lstm_args *a) {
    static const char *const lstm[3] = {"sigmoid", "tanh", "tanh"};
    static const char *const rnn[1] = {"tanh"};
    const hn_attr *names = hn_attr_find(node, "activations");
    const hn_attr *alpha = hn_attr_find(node, "activation_alpha");
    const hn_attr *beta = hn_attr_find(node, "activation_beta");
    const int32_t per_dir = l->gates == 4 ? 3 : l->gates == 3 ? 2 : 1;
    uint32_t at_alpha = 0, at_beta = 0;
    if (names != NULL &&
        (names->kind != HN_ATTR_STRINGS || names->n != (uint32_t)(per_dir * l->dirs))) {
        return "another number of activations";
    }
    for (int32_t i = 0; i < per_dir * l->dirs; i++) {
        const char *own = l->gates == 1 ? rnn[0] : lstm[i % per_dir];
        const struct function *f = find_function(names != NULL ? names->v.strings[i] : own);
        if (f == NULL) return "an activation that is not known";
        const int32_t to = i / per_dir * 3 + i % per_dir;
        a->act[to] = (hn_field_s32)f->act;
        a->alpha[to] = f->has_alpha ? next_number(alpha, &at_alpha, f->alpha) : 0.0f;
        a->beta[to] = f->has_beta ? next_number(beta, &at_beta, f->beta) : 0.0f;
    }
    return NULL;
}

/* ---- lowering ---- */

hone_status hn_lower_projected(hn_lower *L, const int64_t extent[2], hn_operand *out) {
    uint64_t n;
    if (!hn_mul_u64((uint64_t)extent[0], (uint64_t)extent[1], &n) || n > INT32_MAX / 4) {
        return hn_fail(L->env, HONE_E_LIMIT, "the projected inputs are too large");
    }
    return L->temp(L, n * sizeof(float), out);
}

hone_status hn_lower_projection(hn_lower *L, hn_operand x, hn_operand w, const int64_t extent[3],
                                hn_operand *out) {
    hn_gemm_args args = {
        .batch = 1, .m = (int32_t)extent[0], .n = (int32_t)extent[1], .k = (int32_t)extent[2]};
    args.high = hn_float_of_bits(0x7f800000);
    args.low = -args.high;
    hn_operand operands[HN_GEMM_OPERANDS];
    for (uint32_t i = 0; i < HN_GEMM_OPERANDS; i++) operands[i] = HN_NO_OPERAND;
    HN_TRY(hn_lower_projected(L, extent, out));
    operands[HN_GEMM_A] = x;
    operands[HN_GEMM_B] = w;
    operands[HN_GEMM_OUT] = *out;
    return hn_lower_step(L, HN_FAMILY_gemm, HN_TYPES_f32, &args, operands, HN_GEMM_OPERANDS);
}

/* R with its last two dimensions exchanged. */
static hone_status transposed_r(hn_lower *L, const hn_value *r, hn_operand *out) {
    const hn_weights_form form = {HN_TYPES_f32, {0, 2, 1}};
    int32_t zero;
    if (r->constant != NULL) return hn_lower_weights(L, r, &form, out, &zero);
    const int64_t dirs = r->shape.dim[0], rows = r->shape.dim[1], n = r->shape.dim[2];
    const hn_box box = {3, {dirs, n, rows}, {{rows * n, 1, n}, {n * rows, rows, 1}}, {0, 0}};
    uint64_t n_bytes;
    if (!hn_value_bytes(r, &n_bytes)) return hn_fail(L->env, HONE_E_LIMIT, "R is too large");
    HN_TRY(L->temp(L, n_bytes, out));
    return hn_lower_move(L, r->dtype, &box, hn_operand_value(r), *out);
}

static void fill_strides(const layer *l, hn_lstm_args *a) {
    const int32_t seq = a->seq, batch = a->batch, n = a->hidden, dirs = a->dirs;
    const bool first = l->is_batch_first;
    a->x_step = first ? 1 : batch;
    a->x_batch = first ? seq : 1;
    a->y_batch = first ? seq * dirs * n : n;
    a->y_step = first ? dirs * n : dirs * batch * n;
    a->y_dir = first ? n : batch * n;
    a->h_dir = a->c_dir = first ? n : batch * n;
    a->h_batch = a->c_batch = first ? dirs * n : n;
}

static hone_status fill_args(hn_lower *L, const hn_node *node, const layer *l, hn_lstm_args *a) {
    const bool is_reverse = is_direction(node, "reverse");
    if (l->dirs == 1 && !is_reverse && !is_direction(node, "forward")) {
        return hn_fail(L->env, HONE_E_SHAPE, "a direction that is not known");
    }
    a->seq = (int32_t)l->seq;
    a->batch = (int32_t)l->batch;
    a->hidden = a->out = (int32_t)l->hidden;
    a->passes = 1;
    a->dirs = l->dirs;
    a->reverse = l->dirs == 2 ? 2 : is_reverse ? 1 : 0;
    a->clip = hn_attr_float(node, "clip", 0.0f);
    if (l->gates == 4) a->form = hn_attr_int(node, "input_forget", 0) != 0 ? 1 : 0;
    if (l->gates == 3) a->form = hn_attr_int(node, "linear_before_reset", 0) != 0 ? 1 : 0;
    fill_strides(l, a);
    const char *problem = read_functions(node, l, a);
    return problem == NULL ? HONE_OK : hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
}

static hone_status check_types(hn_lower *L, const hn_node *node) {
    const uint32_t floats[] = {X, B, H, C, P};
    for (size_t i = 0; i < sizeof floats / sizeof floats[0]; i++) {
        const hn_value *v = hn_node_in(node, floats[i]);
        if (v != NULL && v->dtype != HN_DTYPE_F32) {
            return hn_fail(L->env, HONE_E_UNSUPPORTED, "operand %u of type %s", floats[i],
                           hn_dtype_name(v->dtype));
        }
    }
    const hn_value *lengths = hn_node_in(node, LENGTHS);
    if (lengths == NULL || lengths->dtype == HN_DTYPE_S32) return HONE_OK;
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "lengths of type %s", hn_dtype_name(lengths->dtype));
}

static hone_status recurrent_operands(hn_lower *L, const hn_node *node, const layer *l,
                                      hn_operand *o) {
    const hn_weights_form form = hn_weights_as_is(HN_TYPES_f32);
    const bool is_lstm = l->gates == 4;
    int32_t zero;
    hn_operand x, w;
    HN_TRY(hn_lower_operand(L, node->in[X], &x));
    HN_TRY(hn_lower_weights(L, node->in[W], &form, &w, &zero));
    const int64_t extent[3] = {l->seq * l->batch, l->dirs * l->gates * l->hidden, l->in};
    HN_TRY(hn_lower_projection(L, x, w, extent, &o[HN_RNN_X]));
    HN_TRY(transposed_r(L, node->in[R], &o[HN_RNN_R]));
    HN_TRY(hn_lower_operand(L, hn_node_in(node, B), &o[HN_RNN_BIAS]));
    HN_TRY(hn_lower_operand(L, hn_node_in(node, LENGTHS), &o[HN_RNN_LENGTHS]));
    HN_TRY(hn_lower_operand(L, hn_node_in(node, H), &o[HN_RNN_H0]));
    HN_TRY(hn_lower_operand(L, is_lstm ? hn_node_in(node, C) : NULL, &o[HN_RNN_C0]));
    HN_TRY(hn_lower_operand(L, is_lstm ? hn_node_in(node, P) : NULL, &o[HN_RNN_PEEPHOLES]));
    o[HN_RNN_PROJECTION] = o[HN_RNN_EXTRAS] = HN_NO_OPERAND;
    for (uint32_t i = 0; i < 3; i++) {
        o[HN_RNN_Y + i] = hn_operand_value(i < node->n_out ? node->out[i] : NULL);
    }
    return HONE_OK;
}

static hone_status recurrent_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    layer l;
    hn_lstm_args args = {0};
    hn_operand operands[HN_RNN_OPERANDS];
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const char *problem = read_layer(node, &l);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    HN_TRY(check_types(L, node));
    HN_TRY(fill_args(L, node, &l, &args));
    HN_TRY(recurrent_operands(L, node, &l, operands));
    const hn_family family = l.gates == 4   ? HN_FAMILY_lstm
                             : l.gates == 3 ? HN_FAMILY_gru
                                            : HN_FAMILY_rnn;
    const hn_step_request request = {family, HN_TYPES_f32, &args, operands, HN_RNN_OPERANDS, 3};
    return L->step(L, &request);
}

static uint64_t recurrent_macs(const hn_node *node) {
    layer l;
    uint64_t n;
    if (read_layer(node, &l) != NULL || l.seq < 0 || l.batch < 0 || l.in < 0 || l.hidden < 0) {
        return 0;
    }
    const uint64_t width = (uint64_t)l.dirs * (uint64_t)l.gates * (uint64_t)l.hidden;
    if (!hn_mul_u64((uint64_t)l.seq, (uint64_t)l.batch, &n) || !hn_mul_u64(n, width, &n) ||
        !hn_mul_u64(n, (uint64_t)l.in + (uint64_t)l.hidden, &n)) {
        return UINT64_MAX;
    }
    return n;
}

const hn_op_hooks hn_hooks_lstm = {
    .shape = recurrent_shape, .lower = recurrent_lower, .macs = recurrent_macs, .max_outputs = 3};
const hn_op_hooks hn_hooks_gru = {
    .shape = recurrent_shape, .lower = recurrent_lower, .macs = recurrent_macs, .max_outputs = 2};
const hn_op_hooks hn_hooks_rnn = {
    .shape = recurrent_shape, .lower = recurrent_lower, .macs = recurrent_macs, .max_outputs = 2};
