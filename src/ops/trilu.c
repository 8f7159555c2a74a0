/* SPDX-License-Identifier: Apache-2.0
 * The upper or lower triangle of each matrix, from diagonal k on; the rest becomes zero. */
#include "kernels/pattern/pattern.h"
#include "ops/hooks.h"
#include "ops/moves.h"

static hone_status trilu_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *k = hn_node_in(node, 1);
    uint64_t n;
    if (k != NULL && hn_shape_is_known(&k->shape) && (!hn_shape_count(&k->shape, &n) || n != 1)) {
        return hn_fail(g->env, HONE_E_SHAPE, "k is not a number");
    }
    if (x->shape.rank < 0 || x->shape.rank >= 2) {
        return hn_node_set_shape(g, node, x->dtype, &x->shape);
    }
    return hn_fail(g->env, HONE_E_SHAPE, "the input is not a matrix");
}

static hone_status trilu_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0];
    const int32_t rank = x->shape.rank;
    const hn_value *k = hn_node_in(node, 1);
    hn_triangle_args args = {.n = (int32_t)hn_shape_product(&x->shape, 0, rank - 2),
                             .rows = (int32_t)x->shape.dim[rank - 2],
                             .columns = (int32_t)x->shape.dim[rank - 1],
                             .upper = hn_attr_int(node, "upper", 1) != 0};
    hn_types types;
    hn_operand operands[HN_TRIANGLE_OPERANDS];
    HN_TRY(hn_lower_size_types(L, x->dtype, &types));
    HN_TRY(hn_lower_operand(L, x, &operands[HN_TRIANGLE_IN]));
    operands[HN_TRIANGLE_K] = HN_NO_OPERAND;
    if (k != NULL) HN_TRY(hn_lower_indices(L, k, &operands[HN_TRIANGLE_K], &args.index_type));
    operands[HN_TRIANGLE_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_triangle, types, &args, operands, HN_TRIANGLE_OPERANDS);
}

const hn_op_hooks hn_hooks_trilu = {.shape = trilu_shape, .lower = trilu_lower};
