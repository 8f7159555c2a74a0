/* SPDX-License-Identifier: Apache-2.0
 * Rows gathered by the number of their segment: sums, products, maxima and minima. Rows scatter
 * into what the reduction begins with; TensorFlow ignores those of a negative segment, which go to
 * a row behind the last one that is cut off again. segment_count has the number of segments from
 * operand 2; segment_sum takes it from the last of its sorted, constant numbers. */
#include <float.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, IDS, COUNT }; /* operands */

/* What an empty segment holds. */
static double start_of(const char *reduction, hn_dtype dtype) {
    const double most = dtype == HN_DTYPE_F32 ? (double)FLT_MAX : 2147483647.0;
    const double least = dtype == HN_DTYPE_F32 ? -most : -2147483648.0;
    if (reduction[0] == 'm' && reduction[1] == 'u') return 1.0;
    if (reduction[0] == 'm') return reduction[1] == 'a' ? least : most;
    return 0.0;
}

static const char *check_operands(const hn_node *node) {
    const hn_shape *x = &node->in[X]->shape, *ids = &node->in[IDS]->shape;
    const hn_dtype dtype = node->in[X]->dtype;
    if (x->rank < 1 || ids->rank != 1 || ids->dim[0] != x->dim[0]) {
        return "there must be one segment for each row";
    }
    if (x->rank >= HN_MAX_RANK) return "too many dimensions";
    if (node->in[IDS]->dtype != HN_DTYPE_S32 && node->in[IDS]->dtype != HN_DTYPE_S64) {
        return "segments are no integers";
    }
    return dtype == HN_DTYPE_F32 || dtype == HN_DTYPE_S32 ? NULL : "of elements of that type";
}

static hone_status expand_to(hn_graph *g, hn_node *node, const char *reduction, int64_t n) {
    hn_compose c = hn_compose_begin(g);
    const hn_value *x = node->in[X];
    int64_t dim[HN_MAX_RANK];
    for (int32_t d = 0; d < x->shape.rank; d++) dim[d] = d == 0 ? n + 1 : x->shape.dim[d];
    hn_value *start = hn_make_number(&c, x->dtype, start_of(reduction, x->dtype));
    hn_value *rows = HN_MAKE(&c, expand, start, hn_make_vector(&c, dim, (uint32_t)x->shape.rank));
    hn_value *ids = hn_make_cast(&c, node->in[IDS], HN_DTYPE_S64);
    hn_value *last = hn_make_number(&c, HN_DTYPE_S64, (double)n);
    hn_value *is_none = HN_MAKE(&c, less, ids, hn_make_number(&c, HN_DTYPE_S64, 0));
    ids = HN_MAKE(&c, where, is_none, last, ids);
    const int64_t column[2] = {x->shape.dim[0], 1};
    ids = hn_make_reshape(&c, ids, column, 2);
    hn_with_text(&c, "reduction", reduction);
    rows = HN_MAKE(&c, scatter_nd, rows, ids, node->in[X]);
    const int64_t kept[2] = {0, n};
    return hn_compose_end(&c, hn_make_slice(&c, rows, 0, kept), node);
}

/* Constant segments are below n; others are checked where rows are put. */
static hone_status check_segments(const hn_graph *g, const hn_value *ids, int64_t n) {
    if (ids->constant == NULL) return HONE_OK;
    const uint64_t n_ids = (uint64_t)ids->shape.dim[0];
    int64_t *id = HN_NEW_N(g->arena, int64_t, n_ids + 1);
    if (id == NULL) return hn_no_memory(g->env);
    HN_TRY(hn_constant_read_s64(g, ids, id, n_ids));
    for (uint64_t i = 0; i < n_ids; i++) {
        if (id[i] >= n) return hn_fail(g->env, HONE_E_SHAPE, "a segment that there is not");
    }
    return HONE_OK;
}

static hone_status segment_count_expand(hn_graph *g, hn_node *node) {
    const char *problem = check_operands(node);
    int64_t n = 0;
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    if (!hn_dtype_is_integer(node->in[COUNT]->dtype)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the number of segments is no integer");
    }
    HN_TRY(hn_constant_read_s64(g, node->in[COUNT], &n, 1));
    if (n < 0 || n >= INT32_MAX) return hn_fail(g->env, HONE_E_SHAPE, "a bad number of segments");
    HN_TRY(check_segments(g, node->in[IDS], n));
    return expand_to(g, node, hn_attr_string(node, "reduction", "add"), n);
}

static hone_status segment_sum_expand(hn_graph *g, hn_node *node) {
    const char *problem = check_operands(node);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const int64_t n = node->in[IDS]->shape.dim[0];
    int64_t *ids = HN_NEW_N(g->arena, int64_t, n > 0 ? (uint64_t)n : 1);
    if (ids == NULL) return hn_no_memory(g->env);
    HN_TRY(hn_constant_read_s64(g, node->in[IDS], ids, (uint64_t)n));
    for (int64_t i = 0; i < n; i++) {
        const int64_t step = i > 0 ? ids[i] - ids[i - 1] : ids[i];
        if (step == 0 || step == 1) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "segments are not in order");
    }
    return expand_to(g, node, "add", n > 0 ? ids[n - 1] + 1 : 0);
}

const hn_op_hooks hn_hooks_segment_count = {.shape = hn_compose_shape,
                                            .expand = segment_count_expand};
const hn_op_hooks hn_hooks_segment_sum = {.shape = hn_compose_shape, .expand = segment_sum_expand};
