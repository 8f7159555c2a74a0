/* SPDX-License-Identifier: Apache-2.0
 * Operators whose result follows from the shape of their operand: its dimensions, their product,
 * their number. Folding replaces them as soon as the shape is known; where that is only at run
 * time they write the numbers then. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/moves.h"

/* The integer type that attribute out_type names. */
static hone_status number_type(hn_graph *g, const hn_node *node, const char *absent,
                               hn_dtype *dtype) {
    const char *name = hn_attr_string(node, "out_type", absent);
    *dtype = hn_dtype_of_name(name);
    if (*dtype == HN_DTYPE_S32 || *dtype == HN_DTYPE_S64) return HONE_OK;
    return hn_fail(g->env, HONE_E_UNSUPPORTED, "dimensions as %.20s", name);
}

/* n numbers as the output's s32 or s64 elements. */
static hone_status lower_numbers(hn_lower *L, const hn_node *node, const int64_t *v, uint32_t n) {
    const hn_value *out = node->out[0];
    int32_t narrow[HN_MAX_RANK + 1];
    for (uint32_t i = 0; i < n && out->dtype == HN_DTYPE_S32; i++) {
        if (v[i] > INT32_MAX) return hn_fail(L->env, HONE_E_LIMIT, "a dimension of 2^31 or more");
        narrow[i] = (int32_t)v[i];
    }
    return n == 0 ? HONE_OK
                  : hn_lower_known(L, out->dtype == HN_DTYPE_S32 ? (const void *)narrow : v, out);
}

/* ---- shape ---- */

/* The dimensions [begin, end) that attributes start and end ask for. */
static void shape_range(const hn_node *node, int32_t rank, int32_t *begin, int32_t *end) {
    int64_t from = hn_attr_int(node, "start", 0), to = hn_attr_int(node, "end", rank);
    from = from < -rank ? 0 : from < 0 ? from + rank : from > rank ? rank : from;
    to = to < -rank ? 0 : to < 0 ? to + rank : to > rank ? rank : to;
    *begin = (int32_t)from;
    *end = (int32_t)(to < from ? from : to);
}

static hone_status shape_shape(hn_graph *g, hn_node *node) {
    hn_dtype dtype;
    HN_TRY(number_type(g, node, "s64", &dtype));
    hn_shape out = hn_shape_unknown(1);
    const int32_t rank = node->in[0]->shape.rank;
    if (rank >= 0) {
        int32_t begin, end;
        shape_range(node, rank, &begin, &end);
        out.dim[0] = end - begin;
    }
    return hn_node_set_shape(g, node, dtype, &out);
}

static hone_status shape_lower(hn_lower *L, const hn_node *node) {
    const hn_shape *x = &node->in[0]->shape;
    int32_t begin, end;
    if (!hn_shape_is_known(x)) return hn_fail(L->env, HONE_E_SHAPE, "the shape is not known");
    shape_range(node, x->rank, &begin, &end);
    return lower_numbers(L, node, x->dim + begin, (uint32_t)(end - begin));
}

/* ---- size, rank ---- */

static hone_status size_shape(hn_graph *g, hn_node *node) {
    hn_dtype dtype;
    HN_TRY(number_type(g, node, "s64", &dtype));
    const hn_shape out = {.rank = 0};
    return hn_node_set_shape(g, node, dtype, &out);
}

static hone_status size_lower(hn_lower *L, const hn_node *node) {
    uint64_t n;
    if (!hn_shape_count(&node->in[0]->shape, &n)) {
        return hn_fail(L->env, HONE_E_SHAPE, "the shape is not known");
    }
    const int64_t count = (int64_t)n;
    return lower_numbers(L, node, &count, 1);
}

static hone_status rank_shape(hn_graph *g, hn_node *node) {
    hn_dtype dtype;
    HN_TRY(number_type(g, node, "s32", &dtype));
    const hn_shape out = {.rank = 0};
    return hn_node_set_shape(g, node, dtype, &out);
}

static hone_status rank_lower(hn_lower *L, const hn_node *node) {
    const int64_t rank = node->in[0]->shape.rank;
    if (rank < 0) return hn_fail(L->env, HONE_E_SHAPE, "the rank is not known");
    return lower_numbers(L, node, &rank, 1);
}

const hn_op_hooks hn_hooks_shape = {
    .shape = shape_shape, .lower = shape_lower, .is_of_shapes = true};
const hn_op_hooks hn_hooks_size = {.shape = size_shape, .lower = size_lower, .is_of_shapes = true};
const hn_op_hooks hn_hooks_rank = {.shape = rank_shape, .lower = rank_lower, .is_of_shapes = true};
