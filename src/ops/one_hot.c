/* SPDX-License-Identifier: Apache-2.0
 * One number on where an index points along a new axis, another elsewhere. Operand `values` holds
 * both, off first, as ONNX has it, or the one for "on" where operand `off` is there (TFLite). An
 * index outside of the depth is no error; attribute `wraps` says whether negative ones count from
 * the end. */
#include "kernels/pattern/pattern.h"
#include "ops/hooks.h"
#include "ops/moves.h"

enum { DEPTH = 1, VALUES = 2, OFF = 3 }; /* operands */

static int32_t product32(const hn_shape *s, int32_t from, int32_t to) {
    return (int32_t)hn_shape_product(s, from, to);
}

static hone_status read_depth(hn_graph *g, const hn_node *node, int64_t *depth) {
    const hn_value *v = node->in[DEPTH];
    uint64_t n;
    *depth = -1;
    if (v->constant == NULL) return HONE_OK;
    if (!hn_shape_count(&v->shape, &n) || n != 1) {
        return hn_fail(g->env, HONE_E_SHAPE, "the depth is not a number");
    }
    HN_TRY(hn_constant_read_s64(g, v, depth, 1));
    if (*depth >= 0 && *depth <= INT32_MAX) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "the depth is negative or too large");
}

static hone_status one_hot_shape(hn_graph *g, hn_node *node) {
    const hn_value *indices = node->in[0], *values = node->in[VALUES];
    const hn_value *off = hn_node_in(node, OFF);
    hn_shape out = indices->shape;
    uint64_t n;
    int64_t depth;
    int32_t axis;
    if (off != NULL && off->dtype != values->dtype) {
        return hn_fail(g->env, HONE_E_SHAPE, "the values differ in type");
    }
    for (uint32_t i = VALUES; i <= OFF; i++) {
        const hn_value *v = hn_node_in(node, i);
        const uint64_t want = off == NULL ? 2 : 1;
        if (v == NULL || !hn_shape_is_known(&v->shape)) continue;
        if (!hn_shape_count(&v->shape, &n) || n != want) {
            return hn_fail(g->env, HONE_E_SHAPE, "there must be two values");
        }
    }
    HN_TRY(read_depth(g, node, &depth));
    if (out.rank < 0) return hn_node_set_shape(g, node, values->dtype, &out);
    if (out.rank == HN_MAX_RANK) {
        return hn_fail(g->env, HONE_E_LIMIT, "the output has too many dimensions");
    }
    HN_TRY(hn_node_axis(g->env, node, -1, out.rank + 1, &axis));
    for (int32_t d = out.rank++; d > axis; d--) {
        out.dim[d] = out.dim[d - 1];
        out.sym[d] = out.sym[d - 1];
    }
    out.dim[axis] = depth;
    out.sym[axis] = NULL;
    return hn_node_set_shape(g, node, values->dtype, &out);
}

static hone_status one_hot_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *values = node->in[VALUES], *off = hn_node_in(node, OFF), *out = node->out[0];
    int32_t axis;
    HN_TRY(hn_node_axis(L->env, node, -1, out->shape.rank, &axis));
    hn_one_hot_args args = {.n_outer = product32(&out->shape, 0, axis),
                            .depth = (int32_t)out->shape.dim[axis],
                            .n_inner = product32(&out->shape, axis + 1, out->shape.rank),
                            .on_at = off == NULL ? 1 : 0,
                            .wraps = hn_attr_int(node, "wraps", 1) != 0};
    hn_types types;
    hn_operand operands[HN_ONE_HOT_OPERANDS];
    HN_TRY(hn_lower_size_types(L, values->dtype, &types));
    HN_TRY(hn_lower_indices(L, node->in[0], &operands[HN_ONE_HOT_INDICES], &args.index_type));
    HN_TRY(hn_lower_operand(L, values, &operands[HN_ONE_HOT_ON]));
    HN_TRY(hn_lower_operand(L, off != NULL ? off : values, &operands[HN_ONE_HOT_OFF]));
    operands[HN_ONE_HOT_OUT] = hn_operand_value(out);
    return hn_lower_step(L, HN_FAMILY_one_hot, types, &args, operands, HN_ONE_HOT_OPERANDS);
}

const hn_op_hooks hn_hooks_one_hot = {.shape = one_hot_shape, .lower = one_hot_lower};
