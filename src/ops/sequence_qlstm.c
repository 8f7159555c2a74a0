/* SPDX-License-Identifier: Apache-2.0
 * The integer form of TensorFlow Lite's LSTM: scales become multipliers as LiteRT computes them (in
 * float32, then from a double), zero points go into the biases. The node's intermediates are the
 * scales of the four gates before their norms, and that of h before it is projected or stored. */
#include <math.h>

#include "kernels/rnn/qlstm.h"
#include "ops/infer.h"
#include "ops/sequence_layer.h"

enum { HIDDEN = 4, INTERMEDIATES = 5 };

static const float gate_scale = 1.0f / 4096.0f; /* Q3.12, what the activations take */

typedef struct lowering {
    const hn_layer *l;
    const hn_cell *c;
    const hn_value *between[INTERMEDIATES];
    hn_qlstm_args args;
    hn_operand o[HN_QLSTM_OPERANDS];
} lowering;

/* ---- types ---- */

static bool is_q(const hn_value *v, hn_dtype dtype) {
    return v != NULL && v->dtype == dtype && v->quant != NULL && hn_quant_channels(v) == 1;
}

static bool has_norms(const hn_cell *c) {
    return c->norm[HN_CELL_GATES - 1] != NULL;
}

const char *hn_layer_intermediates(const hn_graph *graph, const hn_node *node, uint32_t first,
                                   uint32_t n, const hn_value **out) {
    const hn_attr *list = hn_attr_find(node, "intermediates");
    if (list == NULL || list->kind != HN_ATTR_INTS || list->n != n) {
        return "it has another number of intermediates";
    }
    for (uint32_t i = first; i < n; i++) {
        const int64_t id = list->v.ints[i];
        if (id < 0 || id >= graph->n_values) return "an intermediate is missing";
        const hn_value *v = graph->values[id];
        if (v->quant == NULL || hn_quant_channels(v) != 1) return "an intermediate has no scale";
        out[i] = v;
    }
    return NULL;
}

static const char *check_gate(const hn_cell *c, uint32_t g) {
    if (!is_q(c->w[g], HN_DTYPE_S8) || !is_q(c->r[g], HN_DTYPE_S8)) {
        return "weights that are not 8-bit with one scale";
    }
    if (c->r[g]->shape.rank == 1) return "a diagonal of bytes";
    if (c->bias[g]->dtype != HN_DTYPE_S32) return "a bias that is not s32";
    return has_norms(c) && !is_q(c->norm[g], HN_DTYPE_S16) ? "norms that are not 16-bit" : NULL;
}

static const char *check_types(const hn_cell *c) {
    if (!is_q(c->x, HN_DTYPE_S8) || !is_q(c->h, HN_DTYPE_S8) || !is_q(c->y, HN_DTYPE_S8)) {
        return "data without an 8-bit scale";
    }
    if (!is_q(c->c, HN_DTYPE_S16)) return "a cell state without a 16-bit scale";
    for (uint32_t g = hn_cell_first(c); g < HN_CELL_GATES; g++) {
        const char *problem = check_gate(c, g);
        if (problem != NULL) return problem;
    }
    for (uint32_t k = 0; k < HN_CELL_PEEPHOLES; k++) {
        const hn_value *p = c->peephole[k];
        if (p != NULL && !is_q(p, HN_DTYPE_S16)) return "peepholes that are not 16-bit";
    }
    if (c->projection == NULL) return NULL;
    if (!is_q(c->projection, HN_DTYPE_S8)) return "a projection that is not 8-bit with one scale";
    return hn_bias_is_s32(c->projection_bias) ? NULL : "a projection's bias that is not s32";
}

/* ---- scales ---- */

static void set_pair(float scale, int32_t *multiplier, int32_t *shift) {
    hn_quantize_multiplier((double)scale, multiplier, shift);
}

static float scale_of(const hn_value *v) {
    return hn_quant_scale(v, 0);
}

/* limit / scale where there is a limit, within its type. */
static int32_t quantized_clip(float limit, float scale, float most) {
    const float clip = limit / scale;
    if (!(limit > 0.0f)) return 0;
    return (int32_t)(clip < most ? clip : most);
}

static void gate_scales(lowering *w, uint32_t g) {
    static const uint32_t peephole[HN_CELL_GATES] = {0, 1, HN_CELL_PEEPHOLES, 2};
    const hn_cell *c = w->c;
    hn_qlstm_args *a = &w->args;
    const float sum = w->between[g] != NULL ? scale_of(w->between[g]) : gate_scale;
    set_pair(scale_of(c->w[g]) * scale_of(c->x) / sum, &a->x_mult[g], &a->x_shift[g]);
    set_pair(scale_of(c->r[g]) * scale_of(c->h) / sum, &a->h_mult[g], &a->h_shift[g]);
    const uint32_t k = peephole[g];
    if (k < HN_CELL_PEEPHOLES && c->peephole[k] != NULL) {
        const float p = scale_of(c->c) * scale_of(c->peephole[k]) / sum;
        set_pair(p, &a->p_mult[k], &a->p_shift[k]);
    }
    if (!has_norms(c)) return;
    const float guard = 10000.0f * scale_of(c->norm[g]);
    set_pair(scale_of(c->norm[g]), &a->n_mult[g], &a->n_shift[g]);
    a->n_shift[g] += 12;
    a->n_guard[g] = guard < 1.0f ? 1 : guard < 1e9f ? (int32_t)guard : 1000000000;
}

static hone_status fill_scales(hn_lower *L, const hn_node *node, lowering *w) {
    const hn_cell *c = w->c;
    hn_qlstm_args *a = &w->args;
    const float hidden = scale_of(w->between[HIDDEN]), half = 1.0f / 32768.0f;
    int exponent;
    if (frexpf(scale_of(c->c), &exponent) != 0.5f) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "a cell scale that is no power of two");
    }
    a->cell_shift = exponent - 1;
    for (uint32_t g = hn_cell_first(c); g < HN_CELL_GATES; g++) gate_scales(w, g);
    set_pair(half / hidden * half, &a->hidden_mult, &a->hidden_shift);
    a->hidden_zero = hn_quant_zero(w->between[HIDDEN], 0);
    a->out_zero = hn_quant_zero(c->h, 0);
    if (c->projection != NULL) {
        const float projected = scale_of(c->projection) * hidden / scale_of(c->h);
        set_pair(projected, &a->projected_mult, &a->projected_shift);
    }
    a->cell_clip = quantized_clip(hn_attr_float(node, "cell_clip", 0.0f), scale_of(c->c), 32767.0f);
    a->proj_clip = quantized_clip(hn_attr_float(node, "proj_clip", 0.0f), scale_of(c->y), 127.0f);
    return HONE_OK;
}

/* ---- constants ---- */

/* bias[i] = given[i] + factor * (sum of row i). */
static hone_status effective_bias(hn_lower *L, const hn_value *w, const hn_value *given,
                                  int32_t factor, int32_t *bias) {
    const uint64_t rows = (uint64_t)w->shape.dim[0], columns = (uint64_t)w->shape.dim[1];
    int8_t *bytes = hn_alloc(L->env, (size_t)(rows * columns));
    int64_t *wide = hn_alloc(L->env, (size_t)rows * sizeof *wide);
    hone_status status = bytes == NULL || wide == NULL ? hn_no_memory(L->env) : HONE_OK;
    if (status == HONE_OK && given != NULL)
        status = hn_constant_read_s64(L->graph, given, wide, rows);
    if (status == HONE_OK) hn_constant_copy(w, bytes);
    for (uint64_t i = 0; status == HONE_OK && i < rows; i++) {
        int32_t sum = 0;
        for (uint64_t k = 0; k < columns; k++) sum += bytes[i * columns + k];
        bias[i] = (int32_t)((uint32_t)wide[i] + (uint32_t)factor * (uint32_t)sum);
    }
    hn_free(L->env, bytes);
    hn_free(L->env, wide);
    return status;
}

/* Biases of all gates; with norms they come after those. */
static hone_status gate_biases(hn_lower *L, lowering *w) {
    const hn_cell *c = w->c;
    const uint64_t n = (uint64_t)c->units;
    const int32_t x_zero = hn_quant_zero(c->x, 0), h_zero = hn_quant_zero(c->h, 0);
    int32_t *bias = hn_alloc(L->env, (size_t)(2 * HN_CELL_GATES * n) * sizeof *bias);
    hone_status status = bias == NULL ? hn_no_memory(L->env) : HONE_OK;
    for (uint32_t g = hn_cell_first(c); status == HONE_OK && g < HN_CELL_GATES; g++) {
        int32_t *at = bias + 2 * n * g;
        const hn_value *given = has_norms(c) ? NULL : c->bias[g];
        status = effective_bias(L, c->w[g], given, -x_zero, at);
        if (status == HONE_OK) status = effective_bias(L, c->r[g], NULL, -h_zero, at + n);
    }
    const uint64_t n_bytes = 2 * HN_CELL_GATES * n * sizeof *bias;
    if (status == HONE_OK) status = L->constant(L, bias, n_bytes, &w->o[HN_QLSTM_BIAS]);
    hn_free(L->env, bias);
    return status;
}

static hone_status projection(hn_lower *L, lowering *w) {
    const hn_cell *c = w->c;
    const uint64_t n = (uint64_t)c->out;
    if (c->projection == NULL) return HONE_OK;
    int32_t *bias = hn_alloc(L->env, (size_t)n * sizeof *bias);
    if (bias == NULL) return hn_no_memory(L->env);
    hone_status status =
        effective_bias(L, c->projection, c->projection_bias, w->args.hidden_zero, bias);
    if (status == HONE_OK)
        status = L->constant(L, bias, n * sizeof *bias, &w->o[HN_QLSTM_PROJECTION_BIAS]);
    hn_free(L->env, bias);
    if (status != HONE_OK) return status;
    return hn_lower_joined(L, &c->projection, 1, n * (uint64_t)c->units,
                           &w->o[HN_QLSTM_PROJECTION]);
}

static hone_status constants(hn_lower *L, lowering *w) {
    const hn_cell *c = w->c;
    const uint64_t n = (uint64_t)c->units, in = (uint64_t)c->in, out = (uint64_t)c->out;
    HN_TRY(hn_lower_joined(L, c->w, HN_CELL_GATES, n * in, &w->o[HN_QLSTM_W]));
    HN_TRY(hn_lower_joined(L, c->r, HN_CELL_GATES, n * out, &w->o[HN_QLSTM_R]));
    HN_TRY(gate_biases(L, w));
    HN_TRY(projection(L, w));
    if (c->peephole[2] != NULL) {
        HN_TRY(
            hn_lower_joined(L, c->peephole, HN_CELL_PEEPHOLES, 2 * n, &w->o[HN_QLSTM_PEEPHOLES]));
    }
    if (!has_norms(c)) return HONE_OK;
    HN_TRY(hn_lower_joined(L, c->norm, HN_CELL_GATES, 2 * n, &w->o[HN_QLSTM_NORMS]));
    return hn_lower_joined(L, c->bias, HN_CELL_GATES, 4 * n, &w->o[HN_QLSTM_NORM_BIAS]);
}

static void fill_extents(lowering *w) {
    hn_qlstm_args *a = &w->args;
    const hn_layer *l = w->l;
    const bool is_step = w->c->x->shape.rank == 2;
    a->seq = (int32_t)l->seq;
    a->batch = (int32_t)l->batch;
    a->in_n = (int32_t)w->c->in;
    a->cells = (int32_t)w->c->units;
    a->out = (int32_t)w->c->out;
    a->couples = w->c->couples ? 1 : 0;
    a->x_step = (l->is_time_first ? a->batch : 1) * a->in_n;
    a->x_batch = (l->is_time_first ? 1 : a->seq) * a->in_n;
    a->y_step = (l->is_time_first ? a->batch : 1) * a->out;
    a->y_batch = (l->is_time_first ? 1 : a->seq) * a->out;
    a->p_batch = (l->is_time_first || is_step) && a->batch > 0 ? a->batch : 1;
}

hone_status hn_lower_layer_integer(hn_lower *L, const hn_node *node, const hn_layer *l) {
    lowering w = {.l = l, .c = &l->cell[0]};
    const hn_attr *list = hn_attr_find(node, "intermediates");
    if (list != NULL && list->n == HN_NARROW_INTERMEDIATES) {
        return hn_lower_layer_narrow(L, node, l);
    }
    const char *problem = hn_layer_intermediates(L->graph, node, has_norms(w.c) ? 0 : HIDDEN,
                                                 INTERMEDIATES, w.between);
    if (problem == NULL) problem = check_types(w.c);
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (w.c->units > 1 << 14 || w.c->in > 1 << 16 || w.c->out > 1 << 14) {
        return hn_fail(L->env, HONE_E_LIMIT, "too many cells");
    }
    for (uint32_t i = 0; i < HN_QLSTM_OPERANDS; i++) w.o[i] = HN_NO_OPERAND;
    fill_extents(&w);
    HN_TRY(fill_scales(L, node, &w));
    HN_TRY(constants(L, &w));
    HN_TRY(hn_lower_operand(L, w.c->x, &w.o[HN_QLSTM_X]));
    w.o[HN_QLSTM_H] = hn_operand_value(w.c->h);
    w.o[HN_QLSTM_C] = hn_operand_value(w.c->c);
    w.o[HN_QLSTM_Y] = hn_operand_value(w.c->y);
    const hn_step_request request = {
        HN_FAMILY_qlstm, HN_TYPES_s8, &w.args, w.o, HN_QLSTM_OPERANDS, 3};
    return L->step(L, &request);
}
