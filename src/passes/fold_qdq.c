/* SPDX-License-Identifier: Apache-2.0
 * dequantize -> operator -> quantize becomes the operator on integers, in the arithmetic
 * HN_ARITH_RNE. Only where scales and zero points are constant, every operand comes from a
 * dequantize of the same 8-bit type (constant weights: of either; a bias: s32 with the product of
 * the scales), the result has one reader, a quantize, and the operator's quantization rule allows
 * the scales. Elsewhere Q and DQ run as written. */
#include "passes/pass.h"

#include "ops/lower.h"

static bool has_constant_scale(const hn_node *q) {
    if (q->n_in < 2 || q->in[1] == NULL) return q->n_in >= 1;
    if (hn_attr_int(q, "block_size", 0) != 0) return false;
    if (q->in[1]->constant == NULL || q->in[1]->dtype != HN_DTYPE_F32) return false;
    return q->n_in < 3 || q->in[2] == NULL || q->in[2]->constant != NULL;
}

/* The scales as quantization keeps them; NULL with a message. Most lie so already. */
static hn_value *scales_of(hn_graph *g, hn_value *given, const hn_shape *shape) {
    if (given->shape.rank <= 1 && hn_constant_is_contiguous(given)) {
        hn_constant_need(given);
        return given;
    }
    hn_value *made = hn_graph_constant(g, "", HN_DTYPE_F32, shape, NULL);
    if (made != NULL)
        hn_constant_read_floats(given, (float *)(uintptr_t)made->constant->bytes,
                                (uint64_t)shape->dim[0]);
    return made;
}

/* The zero points (NULL: all 0) as 32-bit numbers. */
static hone_status zeros_of(hn_graph *g, const hn_value *given, const hn_shape *shape,
                            hn_value **out) {
    const uint64_t n = (uint64_t)shape->dim[0];
    *out = hn_graph_constant(g, "", HN_DTYPE_S32, shape, NULL);
    if (*out == NULL) return g->env->status;
    if (given == NULL) return HONE_OK;
    int64_t *wide = hn_alloc(g->env, (size_t)n * sizeof *wide);
    if (wide == NULL) return hn_no_memory(g->env);
    const hone_status status = hn_constant_read_s64(g, given, wide, n);
    int32_t *zero = (int32_t *)(uintptr_t)(*out)->constant->bytes;
    for (uint64_t i = 0; status == HONE_OK && i < n; i++) zero[i] = (int32_t)wide[i];
    hn_free(g->env, wide);
    return status;
}

/* Gives the integer value `v` the quantization of the Q or DQ node beside it. */
static hone_status attach_quant(hn_graph *g, hn_value *v, const hn_node *q) {
    if (v->quant != NULL || q->n_in < 2 || q->in[1] == NULL) return HONE_OK;
    uint64_t n = 0;
    if (!hn_shape_count(&q->in[1]->shape, &n)) return hn_fail(g->env, HONE_E_SHAPE, "open scale");
    const int64_t dim = (int64_t)n, axis = hn_attr_int(q, "axis", 1);
    const hn_shape shape = hn_shape_of(1, &dim);
    hn_quant *quant = HN_NEW(g->arena, hn_quant);
    if (quant == NULL) return hn_no_memory(g->env);
    quant->scale = scales_of(g, q->in[1], &shape);
    if (quant->scale == NULL) return g->env->status;
    HN_TRY(zeros_of(g, q->n_in > 2 ? q->in[2] : NULL, &shape, &quant->zero_point));
    quant->axis = n == 1 ? -1 : (int32_t)(axis < 0 ? axis + v->shape.rank : axis);
    if (quant->axis >= v->shape.rank) return hn_fail(g->env, HONE_E_SHAPE, "axis out of range");
    v->quant = quant;
    return HONE_OK;
}

static bool is_same_quant(const hn_value *a, const hn_value *b) {
    return a->quant->axis < 0 && b->quant->axis < 0 &&
           hn_quant_scale(a, 0) == hn_quant_scale(b, 0) &&
           hn_quant_zero(a, 0) == hn_quant_zero(b, 0);
}

static bool is_bias(const hn_node *node, uint32_t k) {
    return node->op->quant == HN_QUANT_PRODUCT && k == 2;
}

static bool is_weight(const hn_node *node, uint32_t k) {
    return node->op->quant == HN_QUANT_PRODUCT && k == 1;
}

/* Operand k may become the integer value that its dequantize reads. */
static bool operand_fits(const hn_node *node, uint32_t k, hn_dtype dtype) {
    if (node->in[k] == NULL) return true;
    if (node->in[k]->dtype != HN_DTYPE_F32) {
        return node->in[k]->constant != NULL && !is_weight(node, k) && k > 0;
    }
    const hn_node *dq = hn_producer_of(node->in[k], HN_OP_dequantize);
    if (dq == NULL || !has_constant_scale(dq)) return false;
    const hn_value *q = dq->in[0];
    if (is_bias(node, k)) return q->dtype == HN_DTYPE_S32 && q->constant != NULL;
    /* weights may be of the other sign: hn_lower_weights shifts them */
    const bool is_8_bit = q->dtype == HN_DTYPE_S8 || q->dtype == HN_DTYPE_U8;
    return q->dtype == dtype || (is_weight(node, k) && is_8_bit && q->constant != NULL);
}

/* The zero points and scales fit the integer kernels: symmetric s8 weights, a bias in the product
 * of the scales (to float32's precision), equal scales where the rule says so. */
static bool quant_fits(const hn_node *node, hn_value *const *in, const hn_value *out) {
    if (out->quant->axis >= 0 || in[0]->quant->axis >= 0) return false;
    if (node->op->quant == HN_QUANT_SAME) {
        for (uint32_t k = 0; k < node->n_in; k++) {
            if (in[k] != NULL && in[k]->quant != NULL && !is_same_quant(in[k], out)) return false;
        }
    }
    if (node->op->quant != HN_QUANT_PRODUCT) return true;
    const uint32_t n = hn_quant_channels(in[1]);
    for (uint32_t c = 0; c < n; c++) {
        if (in[1]->dtype == HN_DTYPE_S8 && hn_quant_zero(in[1], c) != 0) return false;
        if (node->n_in < 3 || in[2] == NULL) continue;
        const double want = (double)hn_quant_scale(in[0], 0) * (double)hn_quant_scale(in[1], c);
        const double have = (double)hn_quant_scale(in[2], hn_quant_channels(in[2]) == n ? c : 0);
        if (have < want * (1.0 - 1e-6) || have > want * (1.0 + 1e-6)) return false;
        if (hn_quant_zero(in[2], hn_quant_channels(in[2]) == n ? c : 0) != 0) return false;
    }
    return true;
}

static bool is_candidate(const hn_node *node) {
    if (node->is_dead || node->op->quant == HN_QUANT_NONE || node->op->quant == HN_QUANT_FIXED) {
        return false;
    }
    return node->n_in > 0 && node->in[0] != NULL && node->out[0] != NULL &&
           node->out[0]->dtype == HN_DTYPE_F32 && node->arith == HN_ARITH_NONE &&
           hn_attr_float(node, "alpha", 1.0f) == 1.0f &&
           hn_attr_float(node, "beta", 1.0f) == 1.0f && hn_attr_int(node, "trans_a", 0) == 0;
}

/* Takes the place of a dequantize in the node's origin, and its life if nobody else reads it. */
static hone_status absorb(hn_graph *g, const hn_consumers *uses, hn_node *node, hn_node *dq) {
    if (!hn_origin_add(g, &node->origin, &dq->origin)) return hn_no_memory(g->env);
    if (hn_single_consumer(g, uses, dq->out[0]) == node) hn_node_kill(dq);
    return HONE_OK;
}

static hone_status fold(hn_graph *g, const hn_consumers *uses, hn_node *node, hn_node *quantize) {
    hn_value **in = HN_NEW_N(g->arena, hn_value *, node->n_in);
    if (in == NULL) return hn_no_memory(g->env);
    for (uint32_t k = 0; k < node->n_in; k++) {
        hn_node *dq = hn_producer_of(node->in[k], HN_OP_dequantize);
        in[k] = dq != NULL ? dq->in[0] : node->in[k];
        if (dq != NULL) HN_TRY(attach_quant(g, in[k], dq));
        if (dq != NULL && in[k]->quant == NULL) return HONE_OK;
    }
    HN_TRY(attach_quant(g, quantize->out[0], quantize));
    if (quantize->out[0]->quant == NULL || !quant_fits(node, in, quantize->out[0])) return HONE_OK;
    hn_value **float_in = node->in;
    hn_value *float_out = node->out[0];
    node->in = in;
    node->arith = HN_ARITH_RNE;
    node->out[0] = quantize->out[0];
    const bool has_kernel = hn_node_is_quantized(node);
    node->out[0] = float_out;
    if (!has_kernel) {
        node->in = float_in;
        node->arith = HN_ARITH_NONE;
        return HONE_OK;
    }
    for (uint32_t k = 0; k < node->n_in; k++) {
        hn_node *dq = hn_producer_of(float_in[k], HN_OP_dequantize);
        if (dq != NULL) HN_TRY(absorb(g, uses, node, dq));
    }
    return hn_fuse_into(g, node, quantize);
}

/* The quantize that alone reads a value, if it is one to 8 bits; else NULL. */
static hn_node *quantize_of(hn_graph *g, const hn_consumers *uses, const hn_value *v) {
    hn_node *quantize = v != NULL ? hn_single_consumer(g, uses, v) : NULL;
    if (quantize == NULL || quantize->op != hn_op_at(HN_OP_quantize)) return NULL;
    const hn_dtype dtype = quantize->out[0]->dtype;
    const bool is_8_bit = dtype == HN_DTYPE_S8 || dtype == HN_DTYPE_U8;
    return is_8_bit && has_constant_scale(quantize) ? quantize : NULL;
}

/* An operator that only moves elements, to several outputs: all are quantized as the input was. */
static hone_status fold_parts(hn_graph *g, const hn_consumers *uses, hn_node *node) {
    hn_node *dq = hn_producer_of(node->in[0], HN_OP_dequantize);
    if (dq == NULL || node->op->quant != HN_QUANT_SAME) return HONE_OK;
    hn_value *x = dq->in[0];
    HN_TRY(attach_quant(g, x, dq));
    for (uint32_t i = 0; i < node->n_out; i++) {
        hn_node *quantize = quantize_of(g, uses, node->out[i]);
        if (x->quant == NULL || quantize == NULL) return HONE_OK;
        hn_value *y = quantize->out[0];
        HN_TRY(attach_quant(g, y, quantize));
        if (y->quant == NULL || y->dtype != x->dtype || !is_same_quant(x, y)) return HONE_OK;
    }
    node->in[0] = x;
    HN_TRY(absorb(g, uses, node, dq));
    node->arith = HN_ARITH_RNE;
    for (uint32_t i = 0; i < node->n_out; i++) {
        hn_node *quantize = quantize_of(g, uses, node->out[i]);
        if (!hn_origin_add(g, &node->origin, &quantize->origin)) return hn_no_memory(g->env);
        hn_value *y = quantize->out[0];
        hn_node_kill(quantize);
        hn_node_set_out(node, i, y);
    }
    return HONE_OK;
}

static hone_status try_fold(hn_graph *g, const hn_consumers *uses, hn_node *node) {
    if (!is_candidate(node)) return HONE_OK;
    hn_node *quantize = quantize_of(g, uses, node->out[0]);
    if (quantize == NULL) return HONE_OK;
    for (uint32_t k = 0; k < node->n_in; k++) {
        if (!operand_fits(node, k, quantize->out[0]->dtype)) return HONE_OK;
    }
    return node->n_out > 1 ? fold_parts(g, uses, node) : fold(g, uses, node, quantize);
}

hone_status hn_pass_fold_qdq(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    hn_consumers uses;
    HN_TRY(hn_consumers_make(g, &uses));
    for (uint32_t i = 0; i < g->n_nodes; i++) HN_TRY(try_fold(g, &uses, g->nodes[i]));
    return HONE_OK;
}
