/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's recurrent layers on floats: each cell becomes one product of all inputs with W
 * and one step through time (kernels/rnn), which is ONNX's too. Weights come gate by gate and are
 * joined here in the kernel's order. The hybrid form has weights of 8 bits: inputs are quantized
 * row by row before the product, h and what is projected by the kernel. LiteRT takes the bytes of
 * u8 weights for s8 ones and knows no zero point of either, and so does this. */
#include <string.h>

#include "kernels/dynquant/dynquant.h"
#include "ops/hybrid.h"
#include "ops/infer.h"
#include "ops/recurrent.h"
#include "ops/sequence_layer.h"

/* A cell about to be lowered: its gates in the kernel's order (i o f c), and the step. */
typedef struct lowering {
    const hn_layer *l;
    const hn_cell *c;
    const hn_value *w[HN_CELL_GATES], *aux_w[HN_CELL_GATES], *r[HN_CELL_GATES];
    const hn_value *bias[HN_CELL_GATES], *norm[HN_CELL_GATES];
    bool is_hybrid;
    hn_lstm_args args;
    hn_operand o[HN_RNN_OPERANDS];
} lowering;

static void order_gates(lowering *w) {
    static const uint32_t place[HN_CELL_GATES] = {0, 2, 3, 1};
    for (uint32_t g = 0; g < w->l->n_gates; g++) {
        const uint32_t to = place[g];
        w->w[to] = w->c->w[g];
        w->aux_w[to] = w->c->aux_w[g];
        w->r[to] = w->c->r[g];
        w->bias[to] = w->c->bias[g];
        w->norm[to] = w->c->norm[g];
    }
}

/* ---- types ---- */

static bool is_byte(const hn_value *v) {
    return v->dtype == HN_DTYPE_S8 || v->dtype == HN_DTYPE_U8;
}

/* All of one kind: floats, or bytes with one scale each. */
static bool are_alike(const hn_value *const *list, uint32_t n, bool is_hybrid) {
    for (uint32_t i = 0; i < n; i++) {
        const hn_value *v = list[i];
        if (v == NULL) continue;
        const bool is_scaled = is_byte(v) && v->quant != NULL && hn_quant_channels(v) == 1;
        if (is_hybrid ? !is_scaled : !hn_dtype_is_float(v->dtype)) return false;
    }
    return true;
}

static const char *check_types(const lowering *w) {
    const hn_cell *c = w->c;
    const bool hybrid = w->is_hybrid;
    if (!are_alike(c->w, HN_CELL_GATES, hybrid) || !are_alike(c->r, HN_CELL_GATES, hybrid) ||
        (c->aux != NULL && !are_alike(c->aux_w, HN_CELL_GATES, hybrid)) ||
        !are_alike(c->peephole, HN_CELL_PEEPHOLES, hybrid) || !are_alike(&c->projection, 1, hybrid))
        return "weights that are neither all floats nor all bytes with one scale";
    if (!are_alike(c->bias, HN_CELL_GATES, false) || !are_alike(c->norm, HN_CELL_GATES, false) ||
        !are_alike(&c->projection_bias, 1, false)) {
        return "a bias or norm that is not of floats";
    }
    for (uint32_t g = hn_cell_first(c); hybrid && g < w->l->n_gates; g++) {
        if (c->r[g]->shape.rank == 1) return "a diagonal of bytes";
    }
    if (c->x->dtype != HN_DTYPE_F32 || c->h->dtype != HN_DTYPE_F32 ||
        (c->c != NULL && c->c->dtype != HN_DTYPE_F32) ||
        (c->aux != NULL && c->aux->dtype != HN_DTYPE_F32)) {
        return "an input or a state that is not f32";
    }
    return NULL;
}

/* ---- constants ---- */

hone_status hn_lower_joined(hn_lower *L, const hn_value *const *list, uint32_t n, uint64_t n_bytes,
                            hn_operand *out) {
    uint8_t *bytes = hn_alloc(L->env, (size_t)(n * n_bytes));
    if (bytes == NULL) return hn_no_memory(L->env);
    for (uint32_t i = 0; i < n; i++) {
        if (list[i] != NULL) hn_constant_copy(list[i], bytes + i * n_bytes);
    }
    const hone_status status = L->constant(L, bytes, n * n_bytes, out);
    hn_free(L->env, bytes);
    return status;
}

/* A matrix, or the diagonal of one. */
static hone_status read_matrix(hn_lower *L, const hn_value *v, const int64_t size[2], float *out) {
    const uint64_t rows = (uint64_t)size[0], columns = (uint64_t)size[1];
    if (v->shape.rank > 1) return hn_constant_read_f32(L->graph, v, out, rows * columns);
    HN_TRY(hn_constant_read_f32(L->graph, v, out, rows));
    for (uint64_t i = rows; i-- > 1;) {
        out[i * columns + i] = out[i];
        out[i] = 0.0f;
    }
    return HONE_OK;
}

/* n lists of `each` floats, one after the other; absent ones are left as they are. */
static hone_status read_all(hn_lower *L, const hn_value *const *list, uint32_t n, uint64_t each,
                            float *out) {
    for (uint32_t i = 0; i < n; i++) {
        if (list[i] != NULL) HN_TRY(hn_constant_read_f32(L->graph, list[i], out + i * each, each));
    }
    return HONE_OK;
}

/* n matrices [rows, columns] under each other: their bytes, or as floats, which may be turned. */
static hone_status matrices(hn_lower *L, const lowering *w, const hn_value *const *list,
                            const int64_t size[3], bool is_turned, hn_operand *out) {
    const uint64_t n = (uint64_t)size[0], rows = n * (uint64_t)size[1];
    const uint64_t columns = (uint64_t)size[2], each = (uint64_t)size[1] * columns;
    if (w->is_hybrid) return hn_lower_joined(L, list, (uint32_t)n, each, out);
    float *floats = hn_alloc(L->env, (size_t)(2 * n * each) * sizeof *floats);
    if (floats == NULL) return hn_no_memory(L->env);
    float *turned = floats + n * each;
    hone_status status = HONE_OK;
    for (uint64_t i = 0; status == HONE_OK && i < n; i++) {
        if (list[i] != NULL) status = read_matrix(L, list[i], size + 1, floats + i * each);
    }
    for (uint64_t i = 0; is_turned && i < rows; i++) {
        for (uint64_t k = 0; k < columns; k++) turned[k * rows + i] = floats[i * columns + k];
    }
    if (status == HONE_OK) {
        status = L->constant(L, is_turned ? turned : floats, n * each * sizeof *floats, out);
    }
    hn_free(L->env, floats);
    return status;
}

/* A constant of n floats that `fill` writes into zeros. */
static hone_status floats(hn_lower *L, const lowering *w, uint64_t n,
                          hone_status (*fill)(hn_lower *L, const lowering *w, float *out),
                          hn_operand *out) {
    float *memory = hn_alloc(L->env, (size_t)n * sizeof *memory);
    if (memory == NULL) return hn_no_memory(L->env);
    hone_status status = fill(L, w, memory);
    if (status == HONE_OK) status = L->constant(L, memory, n * sizeof *memory, out);
    hn_free(L->env, memory);
    return status;
}

static hone_status fill_bias(hn_lower *L, const lowering *w, float *out) {
    return read_all(L, w->bias, w->l->n_gates, (uint64_t)w->c->units, out);
}

static hone_status fill_peepholes(hn_lower *L, const lowering *w, float *out) {
    static const uint32_t from[HN_CELL_PEEPHOLES] = {0, 2, 1}; /* i f o to i o f */
    const uint64_t n = (uint64_t)w->c->units;
    for (uint32_t k = 0; k < HN_CELL_PEEPHOLES; k++, out += n) {
        const hn_value *v = w->c->peephole[from[k]];
        if (v == NULL) continue;
        HN_TRY(is_byte(v) ? hn_dynamic_floats(L, v, out, n)
                          : hn_constant_read_f32(L->graph, v, out, n));
    }
    return HONE_OK;
}

static float scale_of(const lowering *w, const hn_value *v) {
    return w->is_hybrid && v != NULL ? hn_quant_scale(v, 0) : 0.0f;
}

static hone_status fill_extras(hn_lower *L, const lowering *w, float *out) {
    const uint32_t gates = w->l->n_gates;
    const uint64_t n = (uint64_t)w->c->units, n_out = (uint64_t)w->c->out;
    float *scales = out + gates * n + n_out;
    HN_TRY(read_all(L, w->norm, gates, n, out));
    HN_TRY(read_all(L, &w->c->projection_bias, 1, n_out, out + gates * n));
    for (uint32_t g = 0; g < gates; g++) scales[g] = scale_of(w, w->r[g]);
    scales[gates] = scale_of(w, w->c->projection);
    return HONE_OK;
}

static hone_status constants(hn_lower *L, lowering *w) {
    const hn_cell *c = w->c;
    const uint64_t gates = w->l->n_gates, n = (uint64_t)c->units, n_out = (uint64_t)c->out;
    const bool has_norms = c->norm[HN_CELL_GATES - 1] != NULL;
    const int64_t r[3] = {(int64_t)gates, c->units, c->out}, projection[3] = {1, c->out, c->units};
    HN_TRY(matrices(L, w, w->r, r, true, &w->o[HN_RNN_R]));
    HN_TRY(floats(L, w, 2 * gates * n, fill_bias, &w->o[HN_RNN_BIAS]));
    if (c->peephole[2] != NULL) {
        HN_TRY(floats(L, w, 3 * n, fill_peepholes, &w->o[HN_RNN_PEEPHOLES]));
    }
    if (c->projection != NULL) {
        HN_TRY(matrices(L, w, &c->projection, projection, true, &w->o[HN_RNN_PROJECTION]));
    }
    w->args.has_norms = has_norms ? 1 : 0;
    if (!has_norms && c->projection == NULL && !w->is_hybrid) return HONE_OK;
    return floats(L, w, gates * n + n_out + gates + 1, fill_extras, &w->o[HN_RNN_EXTRAS]);
}

/* ---- the product of all inputs ---- */

/* A scale for each column of a product with these gates. */
static hone_status column_scales(hn_lower *L, const lowering *w, const hn_value *const *list,
                                 hn_operand *out) {
    const uint64_t n = (uint64_t)w->c->units, gates = w->l->n_gates;
    float *scales = hn_alloc(L->env, (size_t)(gates * n) * sizeof *scales);
    if (scales == NULL) return hn_no_memory(L->env);
    for (uint64_t i = 0; i < gates * n; i++) scales[i] = scale_of(w, list[i / n]);
    const hone_status status = L->constant(L, scales, gates * n * sizeof *scales, out);
    hn_free(L->env, scales);
    return status;
}

/* All rows of x times the gates' weights. */
static hone_status product(hn_lower *L, const lowering *w, const hn_value *x, int64_t in,
                           const hn_value *const *list, hn_operand *out) {
    const hn_cell *c = w->c;
    const int64_t gates = w->l->n_gates, size[3] = {gates, c->units, in};
    const int64_t extent[3] = {w->l->seq * w->l->batch, gates * c->units, in};
    hn_operand weights, rows;
    HN_TRY(matrices(L, w, list, size, false, &weights));
    HN_TRY(hn_lower_operand(L, x, &rows));
    if (!w->is_hybrid) return hn_lower_projection(L, rows, weights, extent, out);
    hn_operand scales;
    hn_dynamic quantized = {HN_NO_OPERAND, HN_NO_OPERAND};
    const hn_direct_args a = hn_direct_rows(extent);
    HN_TRY(column_scales(L, w, list, &scales));
    HN_TRY(hn_lower_dynamic(L, rows, extent[0], in, w->args.quantizes, &quantized));
    HN_TRY(hn_lower_projected(L, extent, out));
    return hn_lower_dynamic_product(L, &quantized, &a, weights, scales, *out);
}

/* The sum of two products. */
static hone_status sum_of(hn_lower *L, const lowering *w, hn_operand a, hn_operand b,
                          hn_operand *out) {
    const int64_t extent[2] = {w->l->seq * w->l->batch, w->l->n_gates * w->c->units};
    const hn_shape shape = hn_shape_of(2, extent);
    hn_program p;
    HN_TRY(hn_lower_projected(L, extent, out));
    hn_program_begin(&p, &shape);
    hn_program_input(&p, a, &shape);
    hn_program_input(&p, b, &shape);
    hn_program_op(&p, HN_EXPR_add, 0, 1);
    return hn_program_end(L, &p, *out);
}

static hone_status inputs(hn_lower *L, lowering *w) {
    hn_operand x, aux;
    HN_TRY(product(L, w, w->c->x, w->c->in, w->w, &x));
    w->o[HN_RNN_X] = x;
    if (w->c->aux == NULL) return HONE_OK;
    HN_TRY(product(L, w, w->c->aux, w->c->aux_in, w->aux_w, &aux));
    return sum_of(L, w, x, aux, &w->o[HN_RNN_X]);
}

/* ---- the step ---- */

/* The kernel's number of attribute "activation". */
static hone_status read_activation(hn_lower *L, const hn_node *node, int32_t *act) {
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

static void fill_extents(const hn_layer *l, const hn_cell *c, hn_lstm_args *a) {
    const int32_t width = (int32_t)c->y_width;
    a->seq = (int32_t)l->seq;
    a->batch = (int32_t)l->batch;
    a->hidden = (int32_t)c->units;
    a->out = (int32_t)c->out;
    a->dirs = a->passes = 1;
    a->reverse = c->is_backward ? 1 : 0;
    a->x_step = l->is_time_first ? a->batch : 1;
    a->x_batch = l->is_time_first ? 1 : a->seq;
    a->y_at = (int32_t)c->y_at;
    a->y_step = a->x_step * width;
    a->y_batch = a->x_batch * width;
    a->h_batch = a->out;
    a->c_batch = a->hidden;
}

static hone_status fill_args(hn_lower *L, const hn_node *node, lowering *w) {
    hn_lstm_args *a = &w->args;
    const bool is_asymmetric = hn_attr_int(node, "asymmetric_quantize_inputs", 0) != 0;
    fill_extents(w->l, w->c, a);
    a->quantizes = w->is_hybrid && is_asymmetric ? HN_DYN_ASYMMETRIC : HN_DYN_SYMMETRIC;
    a->form = w->c->couples ? 2 : 0;
    a->cell_clip = hn_attr_float(node, "cell_clip", 0.0f);
    a->proj_clip = hn_attr_float(node, "proj_clip", 0.0f);
    const uint32_t at = w->l->n_gates > 1 ? 1 : 0;
    HN_TRY(read_activation(L, node, &a->act[at]));
    if (at == 1) {
        a->act[0] = HN_RNN_SIGMOID;
        /* Without a function LiteRT leaves the candidate where the cell was to be. */
        a->act[2] = a->act[1] == HN_RNN_IDENTITY ? HN_RNN_CANDIDATE : a->act[1];
    }
    /* LiteRT runs this layer once for each time step. */
    const bool is_repeated = w->is_hybrid && at == 0 && w->l->n_cells == 2 && w->l->is_time_first;
    if (is_repeated) a->passes = a->seq;
    return HONE_OK;
}

static hone_status lower_cell(hn_lower *L, const hn_node *node, const hn_layer *l,
                              const hn_cell *c) {
    lowering w = {.l = l, .c = c, .is_hybrid = is_byte(c->w[l->n_gates - 1])};
    if (c->units > 1 << 14 || c->out > 1 << 14 || c->in > 1 << 20 || c->aux_in > 1 << 20) {
        return hn_fail(L->env, HONE_E_LIMIT, "too many cells");
    }
    if (l->seq * l->batch > INT32_MAX / (c->y_width + 1)) {
        return hn_fail(L->env, HONE_E_LIMIT, "the output is too large");
    }
    order_gates(&w);
    const char *problem = check_types(&w);
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    for (uint32_t i = 0; i < HN_RNN_OPERANDS; i++) w.o[i] = HN_NO_OPERAND;
    HN_TRY(fill_args(L, node, &w));
    HN_TRY(constants(L, &w));
    HN_TRY(inputs(L, &w));
    w.o[HN_RNN_H0] = w.o[HN_RNN_H] = hn_operand_value(c->h);
    w.o[HN_RNN_C0] = w.o[HN_RNN_C] = hn_operand_value(c->c);
    w.o[HN_RNN_Y] = hn_operand_value(c->y);
    const hn_family family = l->n_gates > 1 ? HN_FAMILY_lstm : HN_FAMILY_rnn;
    const hn_types types = w.is_hybrid ? HN_TYPES_s8_f32 : HN_TYPES_f32;
    const hn_step_request request = {family, types, &w.args, w.o, HN_RNN_OPERANDS, 3};
    return L->step(L, &request);
}

hone_status hn_lower_layer_float(hn_lower *L, const hn_node *node, const hn_layer *l) {
    for (uint32_t i = 0; i < l->n_cells; i++) HN_TRY(lower_cell(L, node, l, &l->cell[i]));
    return HONE_OK;
}
