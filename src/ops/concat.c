/* SPDX-License-Identifier: Apache-2.0
 * Concatenation: one move per input into its part of the output. */
#include <string.h>

#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

/* Joins the shape of one more input to `out`. */
static const char *join(hn_shape *out, const hn_shape *x, int32_t axis) {
    if (x->rank != out->rank) return "inputs have different ranks";
    for (int32_t d = 0; d < out->rank; d++) {
        const int64_t a = out->dim[d], b = x->dim[d];
        if (d == axis) {
            const bool is_known = a >= 0 && b >= 0;
            if (is_known && a > INT64_MAX - b) return "the output is too large";
            out->dim[d] = is_known ? a + b : -1;
            out->sym[d] = NULL;
        } else if (a < 0 && b >= 0) {
            hn_shape_take(out, d, x, d);
        } else if (a >= 0 && b >= 0 && a != b) {
            return "inputs differ beside the axis";
        }
    }
    return NULL;
}

static hone_status concat_shape(hn_graph *g, hn_node *node) {
    if (node->n_in == 0) return hn_fail(g->env, HONE_E_SHAPE, "has no operands");
    hn_shape out = {.rank = -1};
    int32_t axis = 0;
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *x = node->in[i];
        if (x == NULL) return hn_fail(g->env, HONE_E_SHAPE, "operand %u is missing", i);
        if (x->dtype != node->in[0]->dtype) {
            return hn_fail(g->env, HONE_E_SHAPE, "operands have different types");
        }
        if (x->shape.rank < 0) {
            return hn_node_set_shape(g, node, x->dtype, &x->shape);
        }
        if (i > 0) {
            const char *problem = join(&out, &x->shape, axis);
            if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
            continue;
        }
        out = x->shape;
        if (!hn_axis_resolve(hn_attr_int(node, "axis", 0), out.rank, &axis)) {
            return hn_fail(g->env, HONE_E_SHAPE, "the axis is not a dimension of the inputs");
        }
    }
    return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
}

static hone_status concat_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    if (hn_attr_string(node, "activation", "")[0] != '\0') {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "concat with a fused activation");
    }
    const hn_value *out = node->out[0];
    int32_t axis;
    if (!hn_axis_resolve(hn_attr_int(node, "axis", 0), out->shape.rank, &axis)) {
        return hn_fail(L->env, HONE_E_SHAPE, "the axis is not a dimension of the inputs");
    }
    int64_t stride[HN_MAX_RANK], at = 0;
    hn_shape_strides(&out->shape, stride);
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *x = node->in[i];
        const int64_t extent = x->shape.dim[axis];
        hn_box box = {.rank = x->shape.rank, .offset = {0, at * stride[axis]}};
        memcpy(box.dim, x->shape.dim, sizeof box.dim);
        hn_shape_strides(&x->shape, box.stride[0]);
        memcpy(box.stride[1], stride, sizeof stride);
        at += extent;
        if (extent == 0) continue;
        hn_operand in;
        HN_TRY(hn_lower_operand(L, x, &in));
        HN_TRY(hn_lower_move(L, out->dtype, &box, in, hn_operand_value(out)));
    }
    return HONE_OK;
}

static hone_status concat_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int32_t axis;
    if (!hn_axis_resolve(hn_attr_int(node, "axis", 0), rank, &axis)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the axis is not a dimension of the inputs");
    }
    return hn_axis_permute(g, node, axis, perm, rank);
}

const hn_op_hooks hn_hooks_concat = {.shape = concat_shape,
                                     .lower = concat_lower,
                                     .permute = concat_permute,
                                     .quantized = hn_quantized_move};
