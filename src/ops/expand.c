/* SPDX-License-Identifier: Apache-2.0
 * Repetition: expand to a shape by NumPy's broadcasting, and tile by a count per dimension. One
 * move with strides of 0. The shape of expand broadcasts with the input's, so that a 1 in it
 * changes nothing. A tile with operand axis repeats that dimension only (ONNX before version 6). */
#include "ops/hooks.h"
#include "ops/moves.h"

enum { LIST = 1, TILE_AXIS = 2 }; /* operands */

static hone_status expand_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_ints list;
    const hn_ints_state state = hn_node_ints(node, LIST, "shape", &list);
    hn_shape out = hn_shape_unknown(-1);
    if (state == HN_INTS_UNKNOWN) return hn_node_set_shape(g, node, x->dtype, &out);
    if (state != HN_INTS_KNOWN || list.n > HN_MAX_RANK) {
        return hn_fail(g->env, HONE_E_SHAPE, "the shape is not a short list of integers");
    }
    const hn_shape want = hn_shape_of((int32_t)list.n, list.v);
    for (int32_t d = 0; d < want.rank; d++) {
        if (want.dim[d] < 0) return hn_fail(g->env, HONE_E_SHAPE, "a dimension is negative");
    }
    if (!hn_shape_broadcast(&x->shape, &want, &out)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the input does not broadcast to the shape");
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static hone_status expand_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0], *out = node->out[0];
    const int64_t n_in = hn_shape_product(&x->shape, 0, x->shape.rank);
    if (n_in == hn_shape_product(&out->shape, 0, out->shape.rank)) return L->alias(L, x, out);
    hn_box box = {.rank = out->shape.rank};
    for (int32_t d = 0; d < box.rank; d++) box.dim[d] = out->shape.dim[d];
    hn_broadcast_strides(&x->shape, &out->shape, box.stride[0]);
    hn_shape_strides(&out->shape, box.stride[1]);
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    return hn_lower_move(L, x->dtype, &box, in, hn_operand_value(out));
}

/* The shape becomes that of the output, in the new order. */
static hone_status expand_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int64_t shape[HN_MAX_RANK];
    for (int32_t i = 0; i < rank; i++) shape[i] = node->out[0]->shape.dim[perm[i]];
    return hn_node_fix_ints(g, node, LIST, "shape", shape, (uint32_t)rank);
}

/* ---- tile ---- */

/* Repeats of all dimensions of x. */
static const char *read_repeats(const hn_node *node, int64_t *repeat, bool *is_known) {
    const int32_t rank = node->in[0]->shape.rank;
    hn_ints list, axis_list;
    const hn_ints_state state = hn_node_ints(node, LIST, "repeats", &list);
    const hn_ints_state axis = hn_node_ints(node, TILE_AXIS, "", &axis_list);
    *is_known = state != HN_INTS_UNKNOWN && axis != HN_INTS_UNKNOWN;
    if (!*is_known) return NULL;
    if (state != HN_INTS_KNOWN || axis == HN_INTS_BAD) return "repeats are no list of integers";
    for (int32_t d = 0; d < rank; d++) repeat[d] = 1;
    for (uint32_t i = 0; i < list.n; i++) {
        if (list.v[i] < 0 || list.v[i] > INT32_MAX) return "a repeat is negative or too large";
    }
    if (axis == HN_INTS_ABSENT) {
        if (list.n != (uint32_t)rank) return "there must be one repeat per dimension";
        for (int32_t d = 0; d < rank; d++) repeat[d] = list.v[d];
        return NULL;
    }
    int32_t d;
    if (list.n != 1 || axis_list.n != 1) return "one axis takes one repeat";
    if (!hn_axis_resolve(axis_list.v[0], rank, &d)) return "the axis is not a dimension";
    repeat[d] = list.v[0];
    return NULL;
}

static hone_status tile_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    if (x->shape.rank < 0) return hn_node_set_shape(g, node, x->dtype, &x->shape);
    int64_t repeat[HN_MAX_RANK];
    bool is_known;
    const char *problem = read_repeats(node, repeat, &is_known);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_shape out = hn_shape_unknown(x->shape.rank);
    for (int32_t d = 0; is_known && d < out.rank; d++) {
        hn_shape_take(&out, d, &x->shape, d);
        if (repeat[d] == 1 || out.dim[d] < 0) continue;
        if (out.dim[d] > INT32_MAX) {
            return hn_fail(g->env, HONE_E_LIMIT, "the output is too large");
        }
        out.dim[d] *= repeat[d];
        out.sym[d] = NULL;
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static hone_status tile_lower(hn_lower *L, const hn_node *node) {
    bool is_empty, is_known;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0], *out = node->out[0];
    int64_t repeat[HN_MAX_RANK], from[HN_MAX_RANK], to[HN_MAX_RANK];
    const char *problem = read_repeats(node, repeat, &is_known);
    if (problem == NULL && !is_known) problem = "the repeats are not constant";
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    hn_wide box = {.rank = 0};
    bool is_whole = true;
    hn_shape_strides(&x->shape, from);
    hn_shape_strides(&out->shape, to);
    for (int32_t d = 0; d < x->shape.rank; d++) {
        const int64_t dim = x->shape.dim[d];
        is_whole = is_whole && repeat[d] == 1;
        hn_wide_add(&box, repeat[d], 0, dim * to[d]);
        hn_wide_add(&box, dim, from[d], to[d]);
    }
    if (is_whole) return L->alias(L, x, out);
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    return hn_lower_wide(L, x->dtype, &box, in, hn_operand_value(out));
}

static hone_status tile_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int64_t repeat[HN_MAX_RANK], moved[HN_MAX_RANK];
    bool is_known;
    const char *problem = read_repeats(node, repeat, &is_known);
    if (problem == NULL && !is_known) problem = "the repeats are not constant";
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    for (int32_t i = 0; i < rank; i++) moved[i] = repeat[perm[i]];
    if (node->n_in > TILE_AXIS) node->in[TILE_AXIS] = NULL;
    return hn_node_fix_ints(g, node, LIST, "repeats", moved, (uint32_t)rank);
}

const hn_op_hooks hn_hooks_expand = {.shape = expand_shape,
                                     .lower = expand_lower,
                                     .permute = expand_permute,
                                     .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_tile = {.shape = tile_shape,
                                   .lower = tile_lower,
                                   .permute = tile_permute,
                                   .quantized = hn_quantized_move};
