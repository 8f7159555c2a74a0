/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's SVDF: a projection of the input, then a filter over time for each number of it.
 * On floats, with weights of floats or 8 bits, the projection is a step of its own; on integers one
 * step does both. */
#include "kernels/dynquant/dynquant.h"
#include "kernels/rnn/svdf.h"

#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/hybrid.h"
#include "ops/infer.h"
#include "ops/recurrent.h"

enum { X, WEIGHTS, TIME, BIAS, STATE }; /* operands */

typedef struct layer {
    int64_t batch, in, filters, memory, rank;
} layer;

static bool is_matrix(const hn_value *v, int64_t rows, int64_t columns) {
    return v->shape.rank == 2 && v->shape.dim[0] == rows && v->shape.dim[1] == columns;
}

static const char *read_layer(const hn_node *node, layer *l) {
    const hn_value *x = node->in[X], *w = node->in[WEIGHTS], *time = node->in[TIME];
    const hn_value *bias = hn_node_in(node, BIAS), *state = hn_node_in(node, STATE);
    if (state == NULL || !state->is_state || state->constant != NULL) return "without a state";
    if (x->shape.rank != 2 || w->shape.rank != 2 || time->shape.rank != 2) return "a bad rank";
    *l = (layer){x->shape.dim[0], x->shape.dim[1], w->shape.dim[0], time->shape.dim[1],
                 hn_attr_int(node, "rank", 1)};
    if (!hn_shape_is_known(&x->shape)) return NULL;
    if (l->batch < 1 || l->in < 1 || l->filters < 1 || l->memory < 1 || l->rank < 1) {
        return "an extent is not possible";
    }
    if (l->filters % l->rank != 0) return "filters do not divide into units";
    if (!is_matrix(w, l->filters, l->in) || !is_matrix(time, l->filters, l->memory) ||
        l->filters > INT32_MAX / l->memory || !is_matrix(state, l->batch, l->filters * l->memory)) {
        return "weights or state of another shape";
    }
    const bool has_bad_bias =
        bias != NULL && (bias->shape.rank != 1 || bias->shape.dim[0] != l->filters / l->rank);
    return has_bad_bias ? "the bias has another length" : NULL;
}

static hone_status svdf_shape(hn_graph *g, hn_node *node) {
    layer l;
    const char *problem = read_layer(node, &l);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_shape out = hn_shape_unknown(2);
    out.dim[0] = l.batch;
    if (l.filters > 0) out.dim[1] = l.filters / l.rank;
    return hn_node_set_shape(g, node, node->in[X]->dtype, &out);
}

/* ---- floats ---- */

static bool is_hybrid(const hn_node *node) {
    const hn_value *w = node->in[WEIGHTS];
    const bool is_byte = w->dtype == HN_DTYPE_S8 || w->dtype == HN_DTYPE_U8;
    return is_byte && w->quant != NULL && w->constant != NULL;
}

/* The projection with weights of 8 bits: rows of the input are quantized by their own ranges. */
static hone_status hybrid_features(hn_lower *L, const hn_node *node, const layer *l, hn_operand x,
                                   hn_operand *out) {
    const int64_t extent[3] = {l->batch, l->filters, l->in};
    const bool is_asymmetric = hn_attr_int(node, "asymmetric_quantize_inputs", 0) != 0;
    const hn_direct_args a = hn_direct_rows(extent);
    hn_operand weights, scales;
    hn_dynamic rows = {HN_NO_OPERAND, HN_NO_OPERAND};
    HN_TRY(hn_lower_operand(L, node->in[WEIGHTS], &weights));
    HN_TRY(hn_lower_channel_scales(L, node->in[WEIGHTS], (uint32_t)l->filters, &scales));
    HN_TRY(hn_lower_dynamic(L, x, l->batch, l->in,
                            is_asymmetric ? HN_DYN_ASYMMETRIC : HN_DYN_SYMMETRIC, &rows));
    HN_TRY(hn_lower_projected(L, extent, out));
    return hn_lower_dynamic_product(L, &rows, &a, weights, scales, *out);
}

static hone_status features(hn_lower *L, const hn_node *node, const layer *l, hn_operand *out) {
    const hn_weights_form form = hn_weights_as_is(HN_TYPES_f32);
    const int64_t extent[3] = {l->batch, l->filters, l->in};
    hn_operand x, w;
    int32_t zero;
    HN_TRY(hn_lower_operand(L, node->in[X], &x));
    if (is_hybrid(node)) return hybrid_features(L, node, l, x, out);
    HN_TRY(hn_lower_weights(L, node->in[WEIGHTS], &form, &w, &zero));
    return hn_lower_projection(L, x, w, extent, out);
}

/* The filters' weights as floats. */
static hone_status time_weights(hn_lower *L, const hn_node *node, const layer *l, hn_operand *out) {
    const hn_value *time = node->in[TIME];
    const hn_weights_form form = hn_weights_as_is(HN_TYPES_f32);
    const uint64_t n = (uint64_t)l->filters * (uint64_t)l->memory;
    int32_t zero;
    if (time->dtype != HN_DTYPE_U8 || time->quant == NULL || time->constant == NULL) {
        return hn_lower_weights(L, time, &form, out, &zero);
    }
    float *floats = hn_alloc(L->env, (size_t)n * sizeof *floats);
    if (floats == NULL) return hn_no_memory(L->env);
    hone_status status = hn_dynamic_floats(L, time, floats, n);
    if (status == HONE_OK) status = L->constant(L, floats, n * sizeof *floats, out);
    hn_free(L->env, floats);
    return status;
}

static hone_status float_lower(hn_lower *L, const hn_node *node, const layer *l) {
    hn_svdf_args a = {(int32_t)l->batch,
                      (int32_t)(l->filters / l->rank),
                      (int32_t)l->rank,
                      (int32_t)l->memory,
                      0,
                      0};
    hn_operand o[HN_SVDF_OPERANDS];
    if (node->in[STATE]->dtype != HN_DTYPE_F32) {
        return hn_fail(L->env, HONE_E_SHAPE, "the state is not of floats, as the input is");
    }
    hn_activation_f32(node, &a.low, &a.high);
    HN_TRY(features(L, node, l, &o[HN_SVDF_FEATURES]));
    HN_TRY(time_weights(L, node, l, &o[HN_SVDF_TIME]));
    HN_TRY(hn_lower_bias(L, hn_node_in(node, BIAS), HN_TYPES_f32, &o[HN_SVDF_BIAS]));
    o[HN_SVDF_OLD] = o[HN_SVDF_NEW] = hn_operand_value(node->in[STATE]);
    o[HN_SVDF_OUT] = hn_operand_value(node->out[0]);
    const hn_step_request request = {HN_FAMILY_svdf, HN_TYPES_f32, &a, o, HN_SVDF_OPERANDS, 2};
    return L->step(L, &request);
}

/* ---- integers ---- */

static hone_status check_integers(hn_lower *L, const hn_node *node) {
    const hn_value *bias = hn_node_in(node, BIAS);
    const hn_value *w = node->in[WEIGHTS];
    const bool is_possible = hn_value_is_q8(node->in[X]) && hn_value_is_q8(node->out[0]) &&
                             hn_value_is_q8(w) && node->in[X]->dtype == HN_DTYPE_S8 &&
                             node->out[0]->dtype == HN_DTYPE_S8 && w->dtype == HN_DTYPE_S8 &&
                             hn_quant_zero(w, 0) == 0 && hn_value_is_q16(node->in[TIME]) &&
                             hn_value_is_q16(node->in[STATE]) && hn_bias_is_s32(bias);
    if (is_possible) return HONE_OK;
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel for inputs of type %s, state of %s",
                   hn_dtype_name(node->in[X]->dtype), hn_dtype_name(node->in[STATE]->dtype));
}

static hone_status integer_lower(hn_lower *L, const hn_node *node, const layer *l) {
    const hn_value *x = node->in[X], *out = node->out[0];
    HN_TRY(check_integers(L, node));
    hn_qsvdf_args a = {.batch = (int32_t)l->batch, .in = (int32_t)l->in};
    a.units = (int32_t)(l->filters / l->rank);
    a.rank = (int32_t)l->rank;
    a.memory = (int32_t)l->memory;
    a.in_zero = hn_quant_zero(x, 0);
    a.out_zero = hn_quant_zero(out, 0);
    const double state = (double)hn_quant_scale(node->in[STATE], 0);
    const double first =
        (double)hn_quant_scale(x, 0) * (double)hn_quant_scale(node->in[WEIGHTS], 0);
    const double second = state * (double)hn_quant_scale(node->in[TIME], 0);
    hn_quantize_multiplier(first / state, &a.multiplier[0], &a.shift[0]);
    hn_quantize_multiplier(second / (double)hn_quant_scale(out, 0), &a.multiplier[1], &a.shift[1]);
    hn_operand o[HN_QSVDF_OPERANDS];
    HN_TRY(hn_lower_operand(L, x, &o[HN_QSVDF_IN]));
    HN_TRY(hn_lower_operand(L, node->in[WEIGHTS], &o[HN_QSVDF_WEIGHTS]));
    HN_TRY(hn_lower_operand(L, node->in[TIME], &o[HN_QSVDF_TIME]));
    HN_TRY(hn_lower_operand(L, hn_node_in(node, BIAS), &o[HN_QSVDF_BIAS]));
    o[HN_QSVDF_OLD] = o[HN_QSVDF_NEW] = hn_operand_value(node->in[STATE]);
    o[HN_QSVDF_OUT] = hn_operand_value(out);
    const hn_step_request request = {HN_FAMILY_qsvdf, HN_TYPES_s8, &a, o, HN_QSVDF_OPERANDS, 2};
    return L->step(L, &request);
}

static hone_status svdf_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    layer l;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const char *problem = read_layer(node, &l);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    if (is_empty) return HONE_OK;
    if (node->in[X]->dtype == HN_DTYPE_F32) return float_lower(L, node, &l);
    return integer_lower(L, node, &l);
}

const hn_op_hooks hn_hooks_svdf = {.shape = svdf_shape, .lower = svdf_lower};
