/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's fully connected layer: rows times weights [n, k], with bias and activation. */
#include "kernels/gemm/gemm.h"
#include "ops/direct_step.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/hybrid.h"
#include "ops/infer.h"

/* Rows of the input, -1 when unknown; a reason when k does not divide it. */
static const char *count_rows(const hn_shape *x, int64_t k, int64_t *rows) {
    const int64_t n = hn_shape_product(x, 0, x->rank);
    *rows = -1;
    if (k == 0) return "the weights have no columns";
    if (n < 0 || k < 0) return NULL;
    if (n % k != 0) return "the input does not divide into rows of the weights' length";
    *rows = n / k;
    return NULL;
}

static hone_status fc_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *w = node->in[1], *bias = hn_node_in(node, 2);
    const hn_dtype dtype = hn_node_out_dtype(node, x);
    hn_shape out = hn_shape_unknown(-1);
    if (x->shape.rank < 0 || w->shape.rank < 0) return hn_node_set_shape(g, node, dtype, &out);
    if (w->shape.rank != 2) return hn_fail(g->env, HONE_E_SHAPE, "the weights must have rank 2");
    const int64_t n = w->shape.dim[0], k = w->shape.dim[1];
    int64_t rows;
    const char *problem = count_rows(&x->shape, k, &rows);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    if (bias != NULL && bias->shape.rank >= 0) {
        const int64_t length = hn_shape_product(&bias->shape, 0, bias->shape.rank);
        if (length >= 0 && n >= 0 && length != n) {
            return hn_fail(g->env, HONE_E_SHAPE, "the bias has another length");
        }
    }
    if (hn_attr_int(node, "keep_num_dims", 0) != 0) {
        const int32_t last = x->shape.rank - 1;
        if (last < 0 || (k >= 0 && x->shape.dim[last] >= 0 && x->shape.dim[last] != k)) {
            return hn_fail(g->env, HONE_E_SHAPE, "the last dimension is not the weights' length");
        }
        out = x->shape;
        out.dim[last] = n;
        out.sym[last] = NULL;
    } else {
        out = hn_shape_unknown(2);
        out.dim[0] = rows;
        out.dim[1] = n;
    }
    return hn_node_set_shape(g, node, dtype, &out);
}

/* By the family direct: each row is an image of one pixel. Weights of 8 bits with activations that
 * are floats or of 16 bits. */
static hone_status direct_lower(hn_lower *L, const hn_node *node, int64_t rows) {
    const hn_value *x = node->in[0], *w = node->in[1];
    const int64_t extent[3] = {rows, w->shape.dim[0], w->shape.dim[1]};
    hn_direct_args args = hn_direct_rows(extent);
    hn_types types = HN_TYPES_s8;
    if (x->dtype == HN_DTYPE_S16) HN_TRY(hn_lower_types(L, node, x, &types));
    hn_operand weights;
    const hn_weights_form form = hn_weights_as_is(types);
    HN_TRY(hn_lower_weights(L, w, &form, &weights, &args.w_zero));
    if (types == HN_TYPES_s16) {
        const hn_direct_operands o = {x,       w,   hn_node_in(node, 2), node->out[0], types,
                                      weights, true};
        return hn_direct_emit(L, node, &args, &o);
    }
    const bool is_asymmetric = hn_attr_int(node, "asymmetric_quantize_inputs", 0) != 0;
    return hn_lower_hybrid(L, node, &args, weights, is_asymmetric);
}

static hone_status fc_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0], *w = node->in[1];
    int64_t rows;
    const char *problem = count_rows(&x->shape, w->shape.dim[1], &rows);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    if (hn_node_is_hybrid(node) || x->dtype == HN_DTYPE_S16) return direct_lower(L, node, rows);
    hn_types types;
    HN_TRY(hn_lower_types(L, node, x, &types));
    hn_gemm_args args = {.batch = 1, .m = (int32_t)rows};
    args.n = (int32_t)w->shape.dim[0];
    args.k = (int32_t)w->shape.dim[1];
    hn_activation_f32(node, &args.low, &args.high);
    hn_operand operands[HN_GEMM_OPERANDS];
    const hn_weights_form form = hn_weights_as_is(types);
    HN_TRY(hn_lower_operand(L, x, &operands[HN_GEMM_A]));
    HN_TRY(hn_lower_weights(L, w, &form, &operands[HN_GEMM_B], &args.b_zero));
    HN_TRY(hn_lower_bias(L, hn_node_in(node, 2), types, &operands[HN_GEMM_BIAS]));
    operands[HN_GEMM_SCALE] = HN_NO_OPERAND;
    args.arith = hn_float_arith(types);
    if (!hn_types_are_float(types)) {
        HN_TRY(hn_lower_gemm_integer(L, node, &args, &operands[HN_GEMM_SCALE]));
    }
    operands[HN_GEMM_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_gemm, types, &args, operands, HN_GEMM_OPERANDS);
}

static uint64_t fc_macs(const hn_node *node) {
    const hn_shape *w = &node->in[1]->shape;
    uint64_t n_out, macs;
    if (!hn_shape_count(&node->out[0]->shape, &n_out) || w->rank != 2 || w->dim[1] < 0) return 0;
    return hn_mul_u64(n_out, (uint64_t)w->dim[1], &macs) ? macs : UINT64_MAX;
}

static bool fc_quantized(const hn_node *node) {
    const hn_value *x = node->in[0], *w = node->in[1], *out = node->out[0];
    return hn_value_is_q8(x) && hn_value_is_q8(out) && x->dtype == out->dtype &&
           w->shape.rank == 2 && hn_weights_are_q8(w, 0) && hn_bias_is_s32(hn_node_in(node, 2));
}

const hn_op_hooks hn_hooks_fully_connected = {
    .shape = fc_shape, .lower = fc_lower, .macs = fc_macs, .quantized = fc_quantized};
