/* SPDX-License-Identifier: Apache-2.0
 * Tensors of one shape stacked along a new axis (pack), and the slices at each index of an axis
 * that goes (unpack): one move per operand or output. */
#include "ops/hooks.h"
#include "ops/moves.h"

/* ---- unpack ---- */

static hone_status unpack_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_shape out = hn_shape_unknown(-1);
    if (x->shape.rank >= 0) {
        int32_t axis;
        HN_TRY(hn_node_axis(g->env, node, 0, x->shape.rank, &axis));
        if (x->shape.dim[axis] >= 0 && x->shape.dim[axis] != node->n_out) {
            return hn_fail(g->env, HONE_E_SHAPE, "the axis has another extent than outputs");
        }
        out.rank = 0;
        for (int32_t d = 0; d < x->shape.rank; d++) {
            if (d != axis) hn_shape_take(&out, out.rank++, &x->shape, d);
        }
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        HN_TRY(hn_node_set_output(g, node, i, x->dtype, &out));
    }
    return HONE_OK;
}

static hone_status unpack_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const hn_value *x = node->in[0];
    int32_t axis;
    HN_TRY(hn_node_axis(L->env, node, 0, x->shape.rank, &axis));
    const int64_t outer = hn_shape_product(&x->shape, 0, axis);
    const int64_t inner = hn_shape_product(&x->shape, axis + 1, x->shape.rank);
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    for (uint32_t i = 0; i < node->n_out && outer * inner > 0; i++) {
        const hn_box box = {.rank = 2,
                            .dim = {outer, inner},
                            .stride = {{inner * node->n_out, 1}, {inner, 1}},
                            .offset = {(int64_t)i * inner, 0}};
        if (node->out[i] == NULL) continue;
        HN_TRY(hn_lower_move(L, x->dtype, &box, in, hn_operand_value(node->out[i])));
    }
    return HONE_OK;
}

/* ---- pack ---- */

static hone_status pack_shape(hn_graph *g, hn_node *node) {
    hn_shape out = {.rank = -1};
    if (node->n_in == 0) return hn_fail(g->env, HONE_E_SHAPE, "has no operands");
    if (hn_attr_int(node, "values_count", node->n_in) != node->n_in) {
        return hn_fail(g->env, HONE_E_SHAPE, "there are not as many operands as it says");
    }
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *x = node->in[i];
        if (x == NULL) return hn_fail(g->env, HONE_E_SHAPE, "operand %u is missing", i);
        if (x->dtype != node->in[0]->dtype) {
            return hn_fail(g->env, HONE_E_SHAPE, "operands have different types");
        }
        if (x->shape.rank < 0) continue;
        if (out.rank >= 0 && out.rank != x->shape.rank) {
            return hn_fail(g->env, HONE_E_SHAPE, "operands have different ranks");
        }
        for (int32_t d = 0; d < x->shape.rank; d++) {
            const int64_t dim = x->shape.dim[d];
            if (out.rank >= 0 && dim >= 0 && out.dim[d] >= 0 && dim != out.dim[d]) {
                return hn_fail(g->env, HONE_E_SHAPE, "operands have different shapes");
            }
            if (out.rank < 0 || out.dim[d] < 0) hn_shape_take(&out, d, &x->shape, d);
        }
        out.rank = x->shape.rank;
    }
    if (out.rank < 0) return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
    if (out.rank == HN_MAX_RANK) {
        return hn_fail(g->env, HONE_E_LIMIT, "the output has too many dimensions");
    }
    int32_t axis;
    HN_TRY(hn_node_axis(g->env, node, 0, out.rank + 1, &axis));
    for (int32_t d = out.rank++; d > axis; d--) {
        out.dim[d] = out.dim[d - 1];
        out.sym[d] = out.sym[d - 1];
    }
    out.dim[axis] = node->n_in;
    out.sym[axis] = NULL;
    return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
}

static hone_status pack_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *out = node->out[0];
    int32_t axis;
    HN_TRY(hn_node_axis(L->env, node, 0, out->shape.rank, &axis));
    const int64_t outer = hn_shape_product(&out->shape, 0, axis);
    const int64_t inner = hn_shape_product(&out->shape, axis + 1, out->shape.rank);
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_box box = {.rank = 2,
                            .dim = {outer, inner},
                            .stride = {{inner, 1}, {inner * node->n_in, 1}},
                            .offset = {0, (int64_t)i * inner}};
        hn_operand in;
        HN_TRY(hn_lower_operand(L, node->in[i], &in));
        HN_TRY(hn_lower_move(L, out->dtype, &box, in, hn_operand_value(out)));
    }
    return HONE_OK;
}

/* ---- layout ---- */

static hone_status unpack_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int32_t axis;
    HN_TRY(hn_node_axis(g->env, node, 0, rank, &axis));
    return hn_axis_permute(g, node, axis, perm, rank);
}

/* The new dimension comes first, as the layout pass puts new ones. */
static hone_status pack_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    (void)perm;
    (void)rank;
    return hn_attr_set_int(g, node, "axis", 0) ? HONE_OK : hn_no_memory(g->env);
}

const hn_op_hooks hn_hooks_unpack = {.shape = unpack_shape,
                                     .lower = unpack_lower,
                                     .permute = unpack_permute,
                                     .quantized = hn_quantized_move,
                                     .max_outputs = HN_MAX_NODE_PORTS};
const hn_op_hooks hn_hooks_pack = {.shape = pack_shape,
                                   .lower = pack_lower,
                                   .permute = pack_permute,
                                   .quantized = hn_quantized_move};
