/* SPDX-License-Identifier: Apache-2.0
 * tensor_scatter: new rows written into a cache along `axis`, for each batch from its own index on;
 * `mode` "circular" goes on at the beginning. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { CACHE, UPDATE, INDICES }; /* operands */

static const char *check_operands(const hn_node *node, int32_t *axis) {
    const hn_shape *cache = &node->in[CACHE]->shape, *update = &node->in[UPDATE]->shape;
    const hn_value *indices = hn_node_in(node, INDICES);
    const char *mode = hn_attr_string(node, "mode", "linear");
    if (strcmp(mode, "linear") != 0 && strcmp(mode, "circular") != 0) return "an unknown mode";
    if (cache->rank < 2 || cache->rank != update->rank) return "cache and update differ in rank";
    if (!hn_axis_resolve(hn_attr_int(node, "axis", -2), cache->rank, axis) || *axis == 0) {
        return "the axis is not a dimension behind the batch";
    }
    for (int32_t d = 0; d < cache->rank; d++) {
        const bool fits =
            d == *axis ? update->dim[d] <= cache->dim[d] : update->dim[d] == cache->dim[d];
        if (!fits) return "the update does not fit the cache";
    }
    const bool is_bad =
        indices != NULL && (indices->dtype != HN_DTYPE_S64 || indices->shape.rank != 1 ||
                            indices->shape.dim[0] != cache->dim[0]);
    return is_bad ? "there must be one index for each batch" : NULL;
}

static hone_status tensor_scatter_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *first = hn_node_in(node, INDICES);
    const hn_shape update = node->in[UPDATE]->shape;
    int64_t dim[HN_MAX_RANK];
    int32_t axis = 0;
    const char *problem = check_operands(node, &axis);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const int64_t length = node->in[CACHE]->shape.dim[axis];
    hn_value *zero = hn_make_number(&c, HN_DTYPE_S64, 0),
             *one = hn_make_number(&c, HN_DTYPE_S64, 1);
    hn_value *n = hn_make_number(&c, HN_DTYPE_S64, (double)update.dim[axis]);
    for (int32_t d = 0; d < update.rank; d++) dim[d] = d == axis ? update.dim[d] : 1;
    hn_value *at = hn_make_reshape(&c, HN_MAKE(&c, range, zero, n, one), dim, update.rank);
    for (int32_t d = 0; d < update.rank; d++) dim[d] = d == 0 ? update.dim[0] : 1;
    if (first != NULL) {
        at = HN_MAKE(&c, add, at, hn_make_reshape(&c, first, dim, update.rank));
    }
    if (strcmp(hn_attr_string(node, "mode", "linear"), "circular") == 0) {
        at = HN_MAKE(&c, floor_mod, at, hn_make_number(&c, HN_DTYPE_S64, (double)length));
    }
    at = HN_MAKE(&c, expand, at, hn_make_vector(&c, update.dim, (uint32_t)update.rank));
    hn_with_int(&c, "axis", axis);
    return hn_compose_end(&c, HN_MAKE(&c, scatter_elements, node->in[CACHE], at, node->in[UPDATE]),
                          node);
}

const hn_op_hooks hn_hooks_tensor_scatter = {.shape = hn_compose_shape,
                                             .expand = tensor_scatter_expand};
