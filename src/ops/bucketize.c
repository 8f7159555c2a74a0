/* SPDX-License-Identifier: Apache-2.0
 * bucketize: how many of the boundaries (attribute `boundaries`, rising floats) an element has
 * reached, as s32: one comparison with all of them, and a sum. A NaN has passed them all, as in a
 * search that asks "is it less than the boundary?". Integers are compared as float32. */
#include <math.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static const char *read_boundaries(const hn_node *node, const hn_attr **out) {
    const hn_attr *a = hn_attr_find(node, "boundaries");
    if (a == NULL || a->kind != HN_ATTR_FLOATS) return "no boundaries";
    for (uint32_t i = 0; i < a->n; i++) {
        if (isnan(a->v.floats[i])) return "a boundary that is no number";
        if (i > 0 && a->v.floats[i] < a->v.floats[i - 1]) return "boundaries that fall";
    }
    *out = a;
    return NULL;
}

static hone_status bucketize_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = node->in[0];
    const hn_attr *boundaries = NULL;
    const char *problem = read_boundaries(node, &boundaries);
    if (problem != NULL) return hn_fail(g->env, HONE_E_ARGUMENT, "%s", problem);
    const hn_dtype dtype = x->dtype == HN_DTYPE_F64 ? HN_DTYPE_F64 : HN_DTYPE_F32;
    const int64_t n = boundaries->n, column[] = {-1, 1};
    const hn_shape row = hn_shape_of(1, &n);
    hn_value *limits = hn_make_floats(&c, &row, boundaries->v.floats);
    hn_value *each = hn_make_reshape(&c, hn_make_cast(&c, x, dtype), column, 2);
    hn_value *below = HN_MAKE(&c, less, each, hn_make_cast(&c, limits, dtype));
    hn_value *passed = hn_make_cast(&c, HN_MAKE(&c, logical_not, below), HN_DTYPE_S32);
    hn_with_ints(&c, "axes", (const int64_t[]){1}, 1);
    hn_value *sums = HN_MAKE(&c, reduce_sum, passed);
    return hn_compose_end(&c, hn_make_reshape(&c, sums, x->shape.dim, x->shape.rank), node);
}

const hn_op_hooks hn_hooks_bucketize = {.shape = hn_compose_shape, .expand = bucketize_expand};
