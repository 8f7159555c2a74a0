/* SPDX-License-Identifier: Apache-2.0
 * Softmax along one axis, and its logarithm. The 8-bit form is LiteRT's: its scaling and its fixed
 * output scale, which it does not look at where the output is u8. From 8 bits it also gives 16. */
#include <math.h>

#include "kernels/softmax/softmax.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/softmax_wide.h"
#include "ops/typed.h"

enum { INTEGER_BITS = 5 }; /* of LiteRT's scaled difference, Q5.26 */

static bool read_axis(const hn_node *node, int32_t rank, int32_t *axis) {
    return hn_axis_resolve(hn_attr_int(node, "axis", -1), rank, axis);
}

static hone_status softmax_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    int32_t axis;
    if (x->shape.rank >= 0 && !read_axis(node, x->shape.rank, &axis)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the axis is not a dimension of the input");
    }
    return hn_node_set_shape(g, node, hn_node_out_dtype(node, x), &x->shape);
}

static bool is_widening(const hn_node *node) {
    return node->in[0]->dtype == HN_DTYPE_S8 && node->out[0]->dtype == HN_DTYPE_S16;
}

/* The output's quantization that LiteRT demands: from the lowest value up, in units of 1/256. */
static bool has_fixed_scale(const hn_node *node) {
    const hn_value *out = node->out[0];
    if (is_widening(node)) return out->quant != NULL && hn_quant_channels(out) == 1;
    if (!hn_value_is_q8(out) || out->dtype != node->in[0]->dtype) return false;
    return out->dtype == HN_DTYPE_U8 ||
           (hn_quant_scale(out, 0) == 1.0f / 256.0f && hn_quant_zero(out, 0) == -128);
}

static bool softmax_quantized(const hn_node *node) {
    const hn_value *x = node->in[0];
    return node->op == hn_op_at(HN_OP_softmax) && node->arith == HN_ARITH_TFLITE &&
           hn_value_is_q8(x) && has_fixed_scale(node);
}

static void fill_integer(const hn_node *node, hn_softmax_args *a) {
    a->is_wide = is_widening(node);
    const double most = 2147483647.0;
    double real = (double)a->beta * (double)hn_quant_scale(node->in[0], 0) *
                  (double)(INT64_C(1) << (31 - INTEGER_BITS));
    if (!(real < most)) real = most;
    hn_quantize_multiplier(real, &a->multiplier, &a->shift);
    const double widest = (double)((1 << INTEGER_BITS) - 1) *
                          (double)(INT64_C(1) << (31 - INTEGER_BITS)) / ldexp(1.0, a->shift);
    a->diff_min = -(int32_t)floor(widest < most ? widest : most);
}

static hone_status softmax_step(hn_lower *L, const hn_softmax_args *args, hn_types types,
                                hn_operand in, hn_operand out) {
    const hn_operand operands[HN_SOFTMAX_OPERANDS] = {in, out};
    return hn_lower_step(L, HN_FAMILY_softmax, types, args, operands, HN_SOFTMAX_OPERANDS);
}

/* Integers for which there is no integer form: through float32. */
static hone_status through_float(hn_lower *L, const hn_node *node, const hn_softmax_args *args) {
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_operand in, result;
    HN_TRY(hn_lower_dequantized(L, x, &in));
    HN_TRY(hn_lower_temp(L, HN_DTYPE_F32, &out->shape, &result));
    HN_TRY(softmax_step(L, args, HN_TYPES_f32, in, result));
    return hn_lower_quantized(L, node->arith, result, out);
}

static hone_status softmax_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0];
    int32_t axis;
    if (!read_axis(node, x->shape.rank, &axis)) {
        return hn_fail(L->env, HONE_E_SHAPE, "the axis is not a dimension of the input");
    }
    if (hn_softmax_is_wide(node)) return hn_lower_softmax_wide(L, node);
    hn_types types;
    HN_TRY(hn_lower_types(L, node, x, &types));
    const bool is_2d = hn_attr_int(node, "coerce_2d", 0) != 0;
    const int32_t rank = x->shape.rank, end = is_2d ? rank : axis + 1;
    hn_softmax_args args = {.beta = hn_attr_float(node, "beta", 1.0f)};
    args.is_log = node->op == hn_op_at(HN_OP_log_softmax);
    args.outer = (int32_t)hn_shape_product(&x->shape, 0, axis);
    args.n = (int32_t)hn_shape_product(&x->shape, axis, end);
    args.inner = (int32_t)hn_shape_product(&x->shape, end, rank);
    if (types != HN_TYPES_f32 && !softmax_quantized(node)) return through_float(L, node, &args);
    if (types != HN_TYPES_f32) {
        fill_integer(node, &args);
        if (args.multiplier <= 0) {
            return hn_fail(L->env, HONE_E_UNSUPPORTED, "beta times the scale is too small");
        }
    }
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    return softmax_step(L, &args, types, in, hn_operand_value(node->out[0]));
}

static hone_status softmax_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int32_t axis;
    if (!read_axis(node, rank, &axis) || hn_attr_int(node, "coerce_2d", 0) != 0) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "a softmax over several dimensions");
    }
    return hn_axis_permute(g, node, axis, perm, rank);
}

const hn_op_hooks hn_hooks_softmax = {.shape = softmax_shape,
                                      .lower = softmax_lower,
                                      .permute = softmax_permute,
                                      .quantized = softmax_quantized};
const hn_op_hooks hn_hooks_log_softmax = {
    .shape = softmax_shape, .lower = softmax_lower, .permute = softmax_permute};
