/* SPDX-License-Identifier: Apache-2.0
 * update_slice: a box of a tensor replaced by another tensor, from computed indices on, which are
 * moved so that the box lies inside. The box's elements scatter by their place in the whole. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, UPDATE, STARTS }; /* operands */
enum { MOST = 1 << 26 };    /* elements of a box */

/* Where each element of the box lies when the box begins at 0. */
static hn_value *places(hn_compose *c, const hn_shape *box, const int64_t *stride) {
    uint64_t n = 0;
    if (!hn_shape_count(box, &n) || n > MOST) {
        return hn_compose_fail(c, HONE_E_LIMIT, "the update is too large");
    }
    int64_t *at = HN_NEW_N(c->g->arena, int64_t, n + 1);
    const int64_t count = (int64_t)n;
    const hn_shape shape = hn_shape_of(1, &count);
    if (at == NULL || c->status != HONE_OK) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    for (uint64_t i = 0; i < n; i++) {
        uint64_t left = i;
        for (int32_t d = box->rank; d-- > 0;) {
            at[i] += (int64_t)(left % (uint64_t)box->dim[d]) * stride[d];
            left /= (uint64_t)box->dim[d];
        }
    }
    hn_value *v = hn_graph_constant_borrowed(c->g, "", HN_DTYPE_S64, &shape, at);
    if (v == NULL) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    v->constant->is_borrowed = false;
    return v;
}

static const char *check_operands(const hn_node *node) {
    const hn_shape *x = &node->in[X]->shape, *box = &node->in[UPDATE]->shape;
    const hn_shape *starts = &node->in[STARTS]->shape;
    if (x->rank != box->rank || node->in[X]->dtype != node->in[UPDATE]->dtype) {
        return "tensor and update differ in rank or type";
    }
    if (!hn_dtype_is_integer(node->in[STARTS]->dtype)) return "the indices are no integers";
    if (starts->rank != 1 || starts->dim[0] != x->rank) return "one index for each dimension";
    for (int32_t d = 0; d < x->rank; d++) {
        if (box->dim[d] > x->dim[d]) return "the update is larger than the tensor";
    }
    return NULL;
}

static hone_status update_slice_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = node->in[X], *update = node->in[UPDATE];
    const char *problem = check_operands(node);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const int32_t rank = x->shape.rank;
    if (rank == 0) return hn_compose_end(&c, update, node);
    int64_t stride[HN_MAX_RANK], room[HN_MAX_RANK];
    const int64_t n = hn_shape_product(&x->shape, 0, rank);
    const int64_t m = hn_shape_product(&update->shape, 0, rank);
    hn_shape_strides(&x->shape, stride);
    for (int32_t d = 0; d < rank; d++) room[d] = x->shape.dim[d] - update->shape.dim[d];
    hn_value *first = hn_make_cast(&c, node->in[STARTS], HN_DTYPE_S64);
    first = HN_MAKE(&c, maximum, first, hn_make_number(&c, HN_DTYPE_S64, 0));
    first = HN_MAKE(&c, minimum, first, hn_make_vector(&c, room, (uint32_t)rank));
    first = HN_MAKE(&c, mul, first, hn_make_vector(&c, stride, (uint32_t)rank));
    first = HN_MAKE(&c, reduce_sum, first);
    hn_value *at = HN_MAKE(&c, add, places(&c, &update->shape, stride), first);
    hn_with_int(&c, "axis", 0);
    hn_value *out = HN_MAKE(&c, scatter_elements, hn_make_reshape(&c, x, &n, 1), at,
                            hn_make_reshape(&c, update, &m, 1));
    return hn_compose_end(&c, hn_make_reshape(&c, out, x->shape.dim, rank), node);
}

const hn_op_hooks hn_hooks_update_slice = {.shape = hn_compose_shape,
                                           .expand = update_slice_expand};
