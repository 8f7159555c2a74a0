/* SPDX-License-Identifier: Apache-2.0
 * Tables and places: rows of a table (embedding_lookup), which a table of 8 bits may give as
 * floats; weighted sums of rows (embedding_sums); values put at places of a tensor of one number
 * (sparse_to_dense). */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

/* ---- rows ---- */

/* The scale of each row that is looked up, as many dimensions wide as the table; NULL: a failure.
 */
static hn_value *scales_of(hn_compose *c, const hn_value *table, hn_value *ids) {
    const uint32_t n = hn_quant_channels(table);
    const int64_t n_rows = n;
    const hn_shape shape = hn_shape_of(1, &n_rows);
    int64_t dim[HN_MAX_RANK];
    if (n == 1) return hn_make_number(c, HN_DTYPE_F32, (double)hn_quant_scale(table, 0));
    if (table->quant->axis != 0 || n_rows != table->shape.dim[0]) {
        return hn_compose_fail(c, HONE_E_UNSUPPORTED, "a table scaled along another dimension");
    }
    float *v = HN_NEW_N(c->g->arena, float, n);
    for (uint32_t i = 0; v != NULL && i < n; i++) v[i] = hn_quant_scale(table, i);
    if (v == NULL) return hn_compose_fail(c, hn_no_memory(c->g->env), "memory is out");
    hn_with_int(c, "axis", 0);
    hn_value *scales = HN_MAKE(c, gather, hn_make_floats(c, &shape, v), ids);
    for (int32_t d = 0; d < table->shape.rank; d++) dim[d] = d == 0 ? ids->shape.dim[0] : 1;
    return hn_make_reshape(c, scales, dim, table->shape.rank);
}

static bool has_zero(const hn_value *table) {
    for (uint32_t i = 0; i < hn_quant_channels(table); i++) {
        if (hn_quant_zero(table, i) != 0) return true;
    }
    return false;
}

static hn_value *rows_of(hn_compose *c, hn_value *table, hn_value *ids, hn_dtype dtype) {
    hn_with_int(c, "axis", 0);
    hn_value *rows = HN_MAKE(c, gather, table, ids);
    if (dtype == table->dtype || rows == NULL) return rows;
    if (table->quant == NULL || has_zero(table)) {
        return hn_compose_fail(c, HONE_E_UNSUPPORTED, "a table without a scale, or not around 0");
    }
    rows = HN_MAKE(c, mul, hn_make_cast(c, rows, HN_DTYPE_F32), scales_of(c, table, ids));
    return hn_make_cast(c, rows, dtype);
}

static hone_status embedding_lookup_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    if (node->in[0]->shape.rank != 1 || node->in[1]->shape.rank < 2) {
        return hn_fail(g->env, HONE_E_SHAPE, "ids are no list, or the table has no rows");
    }
    const hn_dtype out = node->out[0]->dtype;
    const bool is_real = hn_dtype_is_float(out) && !hn_dtype_is_float(node->in[1]->dtype);
    const hn_dtype dtype = is_real ? out : node->in[1]->dtype;
    return hn_compose_end(&c, rows_of(&c, node->in[1], node->in[0], dtype), node);
}

/* ---- sums of rows ---- */

enum { IDS, PLACES, EXTENTS, WEIGHTS, TABLE }; /* operands of embedding_sums */

/* Rows (or weights, as rows of one) added up by the places of their lookups. */
static hn_value *sums(hn_compose *c, hn_value *rows, hn_value *at, const int64_t *dim, int32_t n) {
    hn_value *zero = hn_make_number(c, HN_DTYPE_F32, 0);
    hn_value *start = HN_MAKE(c, expand, zero, hn_make_vector(c, dim, (uint32_t)n));
    hn_with_text(c, "reduction", "add");
    return HN_MAKE(c, scatter_nd, start, at, rows);
}

/* Lookup i adds weight i times its row to the place that all but the last of its indices name; the
 * sum may be divided by that of the weights or by the root of that of their squares. */
static hone_status embedding_sums_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_shape *places = &node->in[PLACES]->shape, *table = &node->in[TABLE]->shape;
    const char *combiner = hn_attr_string(node, "combiner", "sum");
    int64_t extent[HN_MAX_RANK], dim[HN_MAX_RANK];
    for (uint32_t i = IDS; i <= EXTENTS; i++) {
        if (node->in[i]->dtype == HN_DTYPE_S32) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "operand %u is not s32", i);
    }
    if (node->in[IDS]->shape.rank != 1) {
        return hn_fail(g->env, HONE_E_SHAPE, "the ids are no list");
    }
    if (places->rank != 2 || table->rank < 2 || places->dim[1] < 2) {
        return hn_fail(g->env, HONE_E_SHAPE, "indices or table of a bad rank");
    }
    const int32_t depth =
        (int32_t)(places->dim[1] < HN_MAX_RANK ? places->dim[1] - 1 : HN_MAX_RANK);
    const int32_t rank = depth + table->rank - 1;
    if (rank > HN_MAX_RANK) return hn_fail(g->env, HONE_E_SHAPE, "too many dimensions");
    HN_TRY(hn_constant_read_s64(g, node->in[EXTENTS], extent, (uint64_t)depth + 1));
    for (int32_t d = 0; d < rank; d++) dim[d] = d < depth ? extent[d] : table->dim[d - depth + 1];
    const int64_t first[2] = {0, depth};
    hn_value *at = hn_make_slice(&c, hn_make_cast(&c, node->in[PLACES], HN_DTYPE_S64), 1, first);
    int64_t ones[HN_MAX_RANK];
    for (int32_t d = 0; d < HN_MAX_RANK; d++) ones[d] = d == 0 ? places->dim[0] : 1;
    hn_value *weight = hn_make_reshape(&c, node->in[WEIGHTS], ones, table->rank);
    hn_value *rows = rows_of(&c, node->in[TABLE], node->in[IDS], HN_DTYPE_F32);
    hn_value *out = sums(&c, HN_MAKE(&c, mul, rows, weight), at, dim, rank);
    if (strcmp(combiner, "sum") != 0) {
        const bool is_root = strcmp(combiner, "sqrtn") == 0;
        hn_value *part = is_root ? HN_MAKE(&c, mul, weight, weight) : weight;
        for (int32_t d = depth; d < rank; d++) dim[d] = 1;
        hn_value *total = sums(&c, part, at, dim, rank);
        if (is_root) total = HN_MAKE(&c, sqrt, total);
        hn_value *one = hn_make_number(&c, HN_DTYPE_F32, 1);
        hn_value *is_none = HN_MAKE(&c, equal, total, hn_make_number(&c, HN_DTYPE_F32, 0));
        out = HN_MAKE(&c, div, out, HN_MAKE(&c, where, is_none, one, total));
    }
    return hn_compose_end(&c, out, node);
}

/* ---- places ---- */

enum { INDICES, SHAPE, VALUES, DEFAULT }; /* operands of sparse_to_dense */

static hone_status sparse_to_dense_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_shape *at = &node->in[INDICES]->shape;
    const int64_t n = at->rank == 0 ? 1 : at->dim[0], depth = at->rank == 2 ? at->dim[1] : 1;
    for (uint32_t i = INDICES; i <= SHAPE; i++) {
        if (hn_dtype_is_integer(node->in[i]->dtype)) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "operand %u is not of integers", i);
    }
    if (node->in[SHAPE]->shape.rank != 1) {
        return hn_fail(g->env, HONE_E_SHAPE, "the output's shape is no list");
    }
    if (at->rank > 2) return hn_fail(g->env, HONE_E_SHAPE, "indices of rank %d", (int)at->rank);
    hn_value *to = hn_make_cast(&c, node->in[SHAPE], HN_DTYPE_S64);
    hn_value *all = HN_MAKE(&c, expand, node->in[DEFAULT], to);
    const int64_t rows[2] = {n, depth};
    hn_value *indices = hn_make_cast(&c, node->in[INDICES], HN_DTYPE_S64);
    indices = hn_make_reshape(&c, indices, rows, 2);
    hn_value *values = HN_MAKE(&c, expand, node->in[VALUES], hn_make_vector(&c, &n, 1));
    return hn_compose_end(&c, HN_MAKE(&c, scatter_nd, all, indices, values), node);
}

const hn_op_hooks hn_hooks_embedding_lookup = {.shape = hn_compose_shape,
                                               .expand = embedding_lookup_expand};
const hn_op_hooks hn_hooks_embedding_sums = {.shape = hn_compose_shape,
                                             .expand = embedding_sums_expand};
const hn_op_hooks hn_hooks_sparse_to_dense = {.shape = hn_compose_shape,
                                              .expand = sparse_to_dense_expand};
