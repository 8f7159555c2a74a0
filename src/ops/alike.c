/* SPDX-License-Identifier: Apache-2.0
 * Operators that need no more than shapes: zeros in the shape of another tensor (zeros_like), and
 * the shape that two shapes, given as vectors, broadcast to (broadcast_args). */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static hone_status zeros_like_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_value *x = node->in[0];
    hn_value *zero = hn_make_number(&c, x->dtype, 0);
    hn_value *to = hn_make_vector(&c, x->shape.dim, (uint32_t)x->shape.rank);
    return hn_compose_end(&c, HN_MAKE(&c, expand, zero, to), node);
}

/* A vector with ones before it up to a length. */
static hn_value *prepended(hn_compose *c, hn_value *v, int64_t length) {
    const int64_t missing = length - v->shape.dim[0];
    if (missing == 0) return v;
    hn_value *one = hn_make_number(c, v->dtype, 1);
    hn_value *ones = HN_MAKE(c, expand, one, hn_make_vector(c, &missing, 1));
    hn_with_int(c, "axis", 0);
    return HN_MAKE(c, concat, ones, v);
}

static hone_status broadcast_args_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *a = node->in[0], *b = node->in[1];
    if (a->shape.rank != 1 || b->shape.rank != 1 || a->dtype != b->dtype) {
        return hn_fail(g->env, HONE_E_SHAPE, "shapes are vectors of one type");
    }
    const int64_t length = a->shape.dim[0] > b->shape.dim[0] ? a->shape.dim[0] : b->shape.dim[0];
    a = prepended(&c, a, length);
    b = prepended(&c, b, length);
    hn_value *is_one = HN_MAKE(&c, equal, a, hn_make_number(&c, node->in[0]->dtype, 1));
    return hn_compose_end(&c, HN_MAKE(&c, where, is_one, b, a), node);
}

const hn_op_hooks hn_hooks_zeros_like = {.shape = hn_compose_shape, .expand = zeros_like_expand};
const hn_op_hooks hn_hooks_broadcast_args = {.shape = hn_compose_shape,
                                             .expand = broadcast_args_expand};
