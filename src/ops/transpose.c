/* SPDX-License-Identifier: Apache-2.0
 * Transpose: one move, or none where only dimensions of 1 change places. */
#include <string.h>

#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static hone_status transpose_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const int32_t rank = x->shape.rank;
    if (rank < 0) return hn_node_set_shape(g, node, x->dtype, &x->shape);
    int32_t perm[HN_MAX_RANK];
    bool is_known;
    const char *problem = hn_perm_read(node, rank, perm, &is_known);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_shape out = hn_shape_unknown(rank);
    for (int32_t d = 0; is_known && d < rank; d++) hn_shape_take(&out, d, &x->shape, perm[d]);
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static bool is_order_kept(const hn_shape *x, const int32_t *perm) {
    int32_t last = -1;
    for (int32_t d = 0; d < x->rank; d++) {
        if (x->dim[perm[d]] == 1) continue;
        if (perm[d] < last) return false;
        last = perm[d];
    }
    return true;
}

static hone_status transpose_lower(hn_lower *L, const hn_node *node) {
    bool is_empty, is_known;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0], *out = node->out[0];
    int32_t perm[HN_MAX_RANK];
    const char *problem = hn_perm_read(node, x->shape.rank, perm, &is_known);
    if (problem == NULL && !is_known) problem = "perm is not constant";
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (is_order_kept(&x->shape, perm)) return L->alias(L, x, out);
    int64_t stride[HN_MAX_RANK];
    hn_shape_strides(&x->shape, stride);
    hn_box box = {.rank = x->shape.rank};
    for (int32_t d = 0; d < box.rank; d++) {
        box.dim[d] = x->shape.dim[perm[d]];
        box.stride[0][d] = stride[perm[d]];
    }
    hn_shape_strides(&out->shape, box.stride[1]);
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    return hn_lower_move(L, x->dtype, &box, in, hn_operand_value(out));
}

const hn_op_hooks hn_hooks_transpose = {
    .shape = transpose_shape, .lower = transpose_lower, .quantized = hn_quantized_move};
