/* SPDX-License-Identifier: Apache-2.0
 * MaxUnpool: elements go back to the places that max pooling took them from; the rest is zero. The
 * places count in a tensor of the inferred shape, (in - 1) * stride + kernel - pads, which lies in
 * the corner of a larger output where one is asked for. */
#include "kernels/gather/scatter.h"
#include "ops/hooks.h"
#include "ops/moves.h"

enum { X, INDICES, SHAPE }; /* operands */

static bool read_list(const hn_node *node, const char *name, uint32_t n, int64_t low,
                      int64_t *out) {
    if (hn_attr_find(node, name) == NULL) return true;
    if (!hn_attr_ints(node, name, out, n)) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (out[i] < low || out[i] > INT32_MAX) return false;
    }
    return true;
}

/* The shape that the indices count in. */
static const char *read_inner(const hn_node *node, hn_shape *out) {
    const hn_shape *x = &node->in[X]->shape;
    int64_t kernel[3] = {0}, stride[3] = {1, 1, 1}, pads[6] = {0};
    if (x->rank < 3 || x->rank > 5) return "an image has 3 to 5 dimensions";
    const uint32_t n = (uint32_t)x->rank - 2;
    if (!read_list(node, "kernel_shape", n, 1, kernel) || kernel[0] == 0 ||
        !read_list(node, "strides", n, 1, stride) || !read_list(node, "pads", 2 * n, 0, pads)) {
        return "kernel_shape, strides or pads are not possible";
    }
    *out = *x;
    for (uint32_t i = 0; i < n; i++) {
        out->sym[2 + i] = NULL;
        if (x->dim[2 + i] < 0) continue;
        if (x->dim[2 + i] > INT32_MAX) return "an extent is too large";
        out->dim[2 + i] = (x->dim[2 + i] - 1) * stride[i] + kernel[i] - pads[i] - pads[i + n];
        if (out->dim[2 + i] < 1) return "the output would be empty";
    }
    return NULL;
}

static hone_status unpool_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[X];
    hn_shape out = x->shape;
    hn_ints shape;
    if (x->shape.rank < 0) return hn_node_set_shape(g, node, x->dtype, &out);
    const char *problem = read_inner(node, &out);
    if (node->in[INDICES]->dtype != HN_DTYPE_S64) problem = "the indices are not s64";
    const hn_shape *places = &node->in[INDICES]->shape;
    const bool are_known = hn_shape_is_known(places) && hn_shape_is_known(&x->shape);
    if (are_known && !hn_shape_equal(places, &x->shape))
        problem = "an index is not for each element";
    const hn_ints_state state = hn_node_ints(node, SHAPE, "output_shape", &shape);
    if (state == HN_INTS_BAD) problem = "the output's shape is not a short list of integers";
    if (state == HN_INTS_UNKNOWN) out = hn_shape_unknown(x->shape.rank);
    const int64_t length = hn_list_length(hn_node_in(node, SHAPE));
    if (length >= 0 && length != x->shape.rank) problem = "another rank";
    for (int32_t d = 0; problem == NULL && state == HN_INTS_KNOWN && d < out.rank; d++) {
        if (shape.v[d] < out.dim[d]) problem = "the output's shape is too small";
        out.dim[d] = shape.v[d];
        out.sym[d] = NULL;
    }
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static hone_status unpool_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    hn_types types;
    hn_shape inner;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[X], *out = node->out[0];
    const char *problem = read_inner(node, &inner);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    if (!hn_types_of_size(x->dtype, &types)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s elements", hn_dtype_name(x->dtype));
    }
    const bool is_whole = hn_shape_equal(&inner, &out->shape);
    const int64_t n = hn_shape_product(&inner, 0, inner.rank);
    hn_operand to = hn_operand_value(out);
    if (!is_whole) HN_TRY(hn_lower_temp(L, x->dtype, &inner, &to));
    HN_TRY(hn_lower_fill(L, x->dtype, n, 0, to));
    hn_scatter_elements_args args = {.n_lines = 1,
                                     .n_axis = (int32_t)hn_shape_product(&x->shape, 0, inner.rank),
                                     .in_axis = 1,
                                     .out_axis = 1,
                                     .extent = (int32_t)n,
                                     .kind = HN_SCATTER_SET};
    hn_operand operands[HN_SCATTER_OPERANDS];
    HN_TRY(hn_lower_indices(L, node->in[INDICES], &operands[HN_SCATTER_INDICES], &args.index_type));
    HN_TRY(hn_lower_operand(L, x, &operands[HN_SCATTER_UPDATES]));
    operands[HN_SCATTER_OUT] = to;
    HN_TRY(
        hn_lower_step(L, HN_FAMILY_scatter_elements, types, &args, operands, HN_SCATTER_OPERANDS));
    if (is_whole) return HONE_OK;
    hn_box box = {.rank = inner.rank};
    for (int32_t d = 0; d < inner.rank; d++) box.dim[d] = inner.dim[d];
    hn_shape_strides(&inner, box.stride[0]);
    hn_shape_strides(&out->shape, box.stride[1]);
    const int64_t all = hn_shape_product(&out->shape, 0, out->shape.rank);
    HN_TRY(hn_lower_fill(L, x->dtype, all, 0, hn_operand_value(out)));
    return hn_lower_move(L, x->dtype, &box, to, hn_operand_value(out));
}

const hn_op_hooks hn_hooks_max_unpool = {.shape = unpool_shape, .lower = unpool_lower};
