/* SPDX-License-Identifier: Apache-2.0
 * Choosing between two tensors by a bool tensor. `where` broadcasts all three; `select` is the
 * older form, whose condition may instead choose whole rows along the first dimension. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/typed.h"

enum { C, A, B }; /* operands */

static hone_status check_operands(hn_graph *g, const hn_node *node) {
    if (node->in[C]->dtype != HN_DTYPE_BOOL) {
        return hn_fail(g->env, HONE_E_SHAPE, "the condition is not a bool");
    }
    if (node->in[A]->dtype == node->in[B]->dtype) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "operands of types %s and %s",
                   hn_dtype_name(node->in[A]->dtype), hn_dtype_name(node->in[B]->dtype));
}

static hone_status where_shape(hn_graph *g, hn_node *node) {
    hn_shape both, out;
    HN_TRY(check_operands(g, node));
    if (!hn_shape_broadcast(&node->in[A]->shape, &node->in[B]->shape, &both) ||
        !hn_shape_broadcast(&node->in[C]->shape, &both, &out)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the shapes do not broadcast");
    }
    return hn_node_set_shape(g, node, node->in[A]->dtype, &out);
}

/* The condition as it is laid over A and B: a vector of rows gets dimensions of 1 behind. */
static bool row_shape(const hn_shape *c, const hn_shape *x, hn_shape *out) {
    *out = *c;
    if (c->rank != 1 || x->rank <= 1) return true;
    if (c->dim[0] >= 0 && x->dim[0] >= 0 && c->dim[0] != x->dim[0] && c->dim[0] != 1) return false;
    out->rank = x->rank;
    for (int32_t d = 1; d < x->rank; d++) out->dim[d] = 1;
    return true;
}

static hone_status select_shape(hn_graph *g, hn_node *node) {
    const hn_shape *x = &node->in[A]->shape;
    hn_shape c, both, out;
    HN_TRY(check_operands(g, node));
    if (!row_shape(&node->in[C]->shape, x, &c) ||
        !hn_shape_broadcast(x, &node->in[B]->shape, &both) ||
        !hn_shape_broadcast(&c, &both, &out)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the condition does not fit the operands");
    }
    return hn_node_set_shape(g, node, node->in[A]->dtype, &out);
}

static hone_status choose(hn_lower *L, const hn_node *node, const hn_shape *condition) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    hn_types types;
    const hn_value *out = node->out[0];
    if (!hn_types_of_size(out->dtype, &types)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s elements cannot be moved",
                       hn_dtype_name(out->dtype));
    }
    const hn_shape *shape[3] = {condition, &node->in[A]->shape, &node->in[B]->shape};
    int64_t dim[HN_MAX_RANK], stride[3][HN_MAX_RANK];
    int32_t rank = out->shape.rank;
    hn_operand operands[HN_SELECT_OPERANDS];
    hn_select_args args = {0};
    memcpy(dim, out->shape.dim, sizeof dim);
    for (uint32_t i = 0; i < 3; i++) {
        hn_broadcast_strides(shape[i], &out->shape, stride[i]);
        HN_TRY(hn_lower_operand(L, node->in[i], &operands[i]));
    }
    hn_collapse(&rank, dim, stride, 3);
    args.n_elements = (int32_t)hn_shape_product(&out->shape, 0, out->shape.rank);
    args.rank = rank;
    for (int32_t d = 0; d < rank; d++) {
        args.dim[d] = (int32_t)dim[d];
        args.c_stride[d] = (int32_t)stride[C][d];
        args.a_stride[d] = (int32_t)stride[A][d];
        args.b_stride[d] = (int32_t)stride[B][d];
    }
    operands[HN_SELECT_OUT] = hn_operand_value(out);
    return hn_lower_step(L, HN_FAMILY_select, types, &args, operands, HN_SELECT_OPERANDS);
}

static hone_status where_lower(hn_lower *L, const hn_node *node) {
    return choose(L, node, &node->in[C]->shape);
}

static hone_status select_lower(hn_lower *L, const hn_node *node) {
    hn_shape c;
    if (!row_shape(&node->in[C]->shape, &node->in[A]->shape, &c)) {
        return hn_fail(L->env, HONE_E_SHAPE, "the condition does not fit the operands");
    }
    return choose(L, node, &c);
}

const hn_op_hooks hn_hooks_where = {.shape = where_shape, .lower = where_lower};
const hn_op_hooks hn_hooks_select = {.shape = select_shape, .lower = select_lower};
