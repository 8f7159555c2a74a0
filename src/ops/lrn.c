/* SPDX-License-Identifier: Apache-2.0
 * Local response normalisation: every element by the squares of its neighbours along the channels.
 * The window is `size` channels with alpha divided by it (ONNX), or `radius` before and one less
 * behind, which is what LiteRT computes. */
#include "kernels/norm/norm.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static hone_status lrn_shape(hn_graph *g, hn_node *node) {
    int32_t axis;
    const hn_value *x = node->in[0];
    const int64_t size = hn_attr_int(node, "size", 1), radius = hn_attr_int(node, "radius", 0);
    if (size < 1 || size > INT32_MAX || radius < 0 || radius > INT32_MAX) {
        return hn_fail(g->env, HONE_E_SHAPE, "a window that is no number of channels");
    }
    if (x->shape.rank >= 0) HN_TRY(hn_node_axis(g->env, node, 1, x->shape.rank, &axis));
    return hn_node_set_shape(g, node, x->dtype, &x->shape);
}

static hone_status lrn_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    int32_t axis;
    const hn_value *x = node->in[0];
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    if (x->dtype != HN_DTYPE_F32) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel computes on %s",
                       hn_dtype_name(x->dtype));
    }
    HN_TRY(hn_node_axis(L->env, node, 1, x->shape.rank, &axis));
    const bool has_radius = hn_attr_find(node, "radius") != NULL;
    const int32_t size = (int32_t)hn_attr_int(node, "size", 1);
    const int32_t radius = (int32_t)hn_attr_int(node, "radius", 0);
    hn_lrn_args args = {.before = has_radius ? radius : (size - 1) / 2,
                        .after = has_radius ? radius - 1 : size / 2};
    args.outer = (int32_t)hn_shape_product(&x->shape, 0, axis);
    args.n = (int32_t)x->shape.dim[axis];
    args.inner = (int32_t)hn_shape_product(&x->shape, axis + 1, x->shape.rank);
    args.alpha = hn_attr_float(node, "alpha", 1e-4f) / (has_radius ? 1.0f : (float)size);
    args.beta = hn_attr_float(node, "beta", 0.75f);
    args.bias = hn_attr_float(node, "bias", 1.0f);
    hn_operand operands[HN_LRN_OPERANDS];
    HN_TRY(hn_lower_operand(L, x, &operands[HN_LRN_IN]));
    operands[HN_LRN_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_lrn, HN_TYPES_f32, &args, operands, HN_LRN_OPERANDS);
}

static hone_status lrn_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int32_t axis;
    HN_TRY(hn_node_axis(g->env, node, 1, rank, &axis));
    return hn_axis_permute(g, node, axis, perm, rank);
}

const hn_op_hooks hn_hooks_lrn = {.shape = lrn_shape, .lower = lrn_lower, .permute = lrn_permute};
