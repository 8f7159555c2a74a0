/* SPDX-License-Identifier: Apache-2.0
 * The shuffling of channels, which files write as a reshape that splits a dimension in two, a
 * transpose that swaps the two, and a reshape that joins them again. It becomes a gather along that
 * dimension, which any layout absorbs. */
#include "passes/pass.h"

/* The dimension of `whole` that `split` has as two; -1: they differ in another way. */
static int32_t split_dim(const hn_shape *whole, const hn_shape *split) {
    int32_t d = 0;
    if (!hn_shape_is_known(whole) || !hn_shape_is_known(split)) return -1;
    if (split->rank != whole->rank + 1 || whole->rank < 1) return -1;
    while (d + 1 < whole->rank && whole->dim[d] == split->dim[d]) d++;
    if (split->dim[d] * split->dim[d + 1] != whole->dim[d]) return -1;
    for (int32_t k = d + 1; k < whole->rank; k++) {
        if (whole->dim[k] != split->dim[k + 1]) return -1;
    }
    return d;
}

/* Does the transpose swap dimensions d and d + 1, and nothing else? */
static bool is_swap(const hn_node *transpose, int32_t d, int32_t rank) {
    int64_t perm[HN_MAX_RANK];
    if (!hn_attr_ints(transpose, "perm", perm, (uint32_t)rank)) return false;
    for (int32_t k = 0; k < rank; k++) {
        const int32_t wanted = k == d ? d + 1 : k == d + 1 ? d : k;
        if (perm[k] != wanted) return false;
    }
    return true;
}

static hone_status make_gather(hn_graph *g, hn_node *last, hn_value *x, int32_t axis,
                               const int64_t part[2]) {
    const uint32_t n = (uint32_t)(part[0] * part[1]);
    int64_t *index = HN_NEW_N(g->arena, int64_t, n);
    if (index == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 0; i < n; i++) index[i] = i % part[0] * part[1] + i / part[0];
    hn_value *indices = hn_graph_vector_s64(g, index, n);
    hn_value **in = HN_NEW_N(g->arena, hn_value *, 2);
    if (indices == NULL || in == NULL) return hn_no_memory(g->env);
    in[0] = x;
    in[1] = indices;
    last->op = hn_op_at(HN_OP_gather);
    last->in = in;
    last->n_in = 2;
    last->n_attrs = 0;
    return hn_attr_set_int(g, last, "axis", axis) ? HONE_OK : hn_no_memory(g->env);
}

static hone_status try_shuffle(hn_graph *g, const hn_consumers *uses, hn_node *last) {
    hn_node *transpose = hn_producer_of(last->in[0], HN_OP_transpose);
    if (transpose == NULL || hn_single_consumer(g, uses, last->in[0]) != last) return HONE_OK;
    hn_node *first = hn_producer_of(transpose->in[0], HN_OP_reshape);
    if (first == NULL || hn_single_consumer(g, uses, transpose->in[0]) != transpose) return HONE_OK;
    hn_value *x = first->in[0];
    const hn_shape *split = &first->out[0]->shape;
    const int32_t d = split_dim(&x->shape, split);
    if (d < 0 || !is_swap(transpose, d, split->rank)) return HONE_OK;
    if (!hn_shape_equal(&x->shape, &last->out[0]->shape)) return HONE_OK;
    if (!hn_origin_add(g, &last->origin, &first->origin) ||
        !hn_origin_add(g, &last->origin, &transpose->origin)) {
        return hn_no_memory(g->env);
    }
    const int64_t part[2] = {split->dim[d], split->dim[d + 1]};
    HN_TRY(make_gather(g, last, x, d, part));
    hn_node_kill(transpose);
    hn_node_kill(first);
    return HONE_OK;
}

hone_status hn_pass_fuse_shuffle(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    hn_consumers uses;
    HN_TRY(hn_consumers_make(g, &uses));
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        const bool is_reshape = node->op == hn_op_at(HN_OP_reshape) && !node->is_dead;
        if (is_reshape) HN_TRY(try_shuffle(g, &uses, node));
    }
    return HONE_OK;
}
