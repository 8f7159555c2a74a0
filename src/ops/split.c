/* SPDX-License-Identifier: Apache-2.0
 * One tensor into parts along an axis: one move per output that is there. The sizes come from
 * operand 1 or attribute `split`; without them all parts are alike, and with attribute
 * `num_outputs` the last one may be smaller. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/moves.h"

enum { SIZES = 1, AXIS = 2 }; /* operands */

/* The axis from operand 2 or the attribute; false while it is not known. */
static const char *split_axis(const hn_node *node, int32_t *axis, bool *is_known) {
    hn_ints list = {{0}, 1};
    const hn_ints_state state = hn_node_ints(node, AXIS, "axis", &list);
    *is_known = state != HN_INTS_UNKNOWN;
    if (!*is_known) return NULL;
    if (state == HN_INTS_BAD || list.n != 1) return "the axis is not a number";
    return hn_axis_resolve(list.v[0], node->in[0]->shape.rank, axis)
               ? NULL
               : "the axis is not a dimension of the input";
}

/* Element i of a list that may be long, from operand or attribute. */
static int64_t size_at(const hn_node *node, uint32_t i) {
    const hn_value *v = hn_node_in(node, SIZES);
    if (v == NULL) return hn_attr_find(node, "split")->v.ints[i];
    const uint64_t bits = hn_constant_bits(v, i);
    return v->dtype == HN_DTYPE_S32 ? (int64_t)(int32_t)(uint32_t)bits : (int64_t)bits;
}

/* How many sizes there are; 0: none given. */
static const char *count_sizes(const hn_node *node, uint64_t *n, bool *is_known) {
    const hn_value *v = hn_node_in(node, SIZES);
    const hn_attr *attr = hn_attr_find(node, "split");
    *n = 0;
    *is_known = true;
    if (v != NULL) {
        *is_known = v->constant != NULL;
        const bool is_list =
            (v->dtype == HN_DTYPE_S32 || v->dtype == HN_DTYPE_S64) &&
            (v->constant == NULL || (hn_shape_count(&v->shape, n) && hn_constant_is_contiguous(v)));
        if (!is_list) return "the sizes are not a list of integers";
    } else if (attr != NULL && attr->kind == HN_ATTR_INTS) {
        *n = attr->n;
    } else if (attr != NULL) {
        return "the sizes are not a list of integers";
    }
    return *n == 0 || *n == node->n_out ? NULL : "there must be one size per output";
}

/* The sum of the sizes without the one that is -1 (inferred; where there is one). */
static const char *sum_sizes(const hn_node *node, int64_t *sum, bool *infers) {
    *sum = 0;
    *infers = false;
    for (uint32_t i = 0; i < node->n_out; i++) {
        const int64_t size = size_at(node, i);
        if (size < -1 || size > INT64_MAX / 2 || *sum > INT64_MAX / 2)
            return "a size is not allowed";
        if (size == -1 && *infers) return "more than one size is to be inferred";
        if (size == -1) {
            *infers = true;
        } else {
            *sum += size;
        }
    }
    return NULL;
}

/* Extent of output i along the axis; -1: unknown. */
typedef struct parts {
    int32_t axis;
    bool has_sizes, infers, is_known;
    int64_t dim, sum, each;
} parts;

static int64_t part_of(const hn_node *node, const parts *p, uint32_t i) {
    if (!p->is_known) return -1;
    if (p->has_sizes) {
        const int64_t size = size_at(node, i);
        return size >= 0 ? size : p->dim < 0 ? -1 : p->dim - p->sum;
    }
    if (p->dim < 0) return -1;
    const int64_t left = p->dim - (int64_t)i * p->each;
    return left < p->each ? (left > 0 ? left : 0) : p->each;
}

static const char *read_parts(const hn_node *node, parts *p) {
    uint64_t n;
    bool is_axis_known, is_list_known;
    const char *problem = split_axis(node, &p->axis, &is_axis_known);
    if (problem == NULL) problem = count_sizes(node, &n, &is_list_known);
    if (problem != NULL) return problem;
    p->is_known = is_axis_known && is_list_known;
    p->has_sizes = n > 0;
    if (!p->is_known) return NULL;
    p->dim = node->in[0]->shape.dim[p->axis];
    if (p->has_sizes) {
        problem = sum_sizes(node, &p->sum, &p->infers);
        if (problem != NULL || p->dim < 0) return problem;
        const bool fits = p->infers ? p->sum <= p->dim : p->sum == p->dim;
        return fits ? NULL : "the sizes do not add up to the dimension";
    }
    if (p->dim < 0) return NULL;
    p->each = (p->dim + node->n_out - 1) / node->n_out;
    const bool is_even = p->dim % node->n_out == 0;
    const bool may_differ = hn_attr_find(node, "num_outputs") != NULL;
    return is_even || may_differ ? NULL : "the dimension does not split evenly";
}

static hone_status split_shape(hn_graph *g, hn_node *node) {
    if (hn_attr_int(node, "num_splits", node->n_out) != node->n_out) {
        return hn_fail(g->env, HONE_E_SHAPE, "there are not as many outputs as it says");
    }
    const hn_value *x = node->in[0];
    hn_shape out = x->shape;
    parts p = {.is_known = false};
    if (x->shape.rank >= 0) {
        const char *problem = read_parts(node, &p);
        if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
        if (!p.is_known) out = hn_shape_unknown(x->shape.rank);
        if (p.is_known) out.sym[p.axis] = NULL;
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (p.is_known) out.dim[p.axis] = part_of(node, &p, i);
        HN_TRY(hn_node_set_output(g, node, i, x->dtype, &out));
    }
    return HONE_OK;
}

/* Moves the box of `dim` that begins `at` elements into x. */
static hone_status move_out(hn_lower *L, const hn_value *x, const hn_shape *dim, int64_t at,
                            const hn_value *out) {
    hn_box box = {.rank = x->shape.rank, .offset = {at, 0}};
    memcpy(box.dim, dim->dim, sizeof box.dim);
    hn_shape_strides(&x->shape, box.stride[0]);
    hn_shape_strides(dim, box.stride[1]);
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    return hn_lower_move(L, x->dtype, &box, in, hn_operand_value(out));
}

static hone_status split_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const hn_value *x = node->in[0];
    parts p = {.is_known = false};
    const char *problem = read_parts(node, &p);
    if (problem == NULL && !p.is_known) problem = "the sizes or the axis are not constant";
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    const int64_t step = hn_shape_product(&x->shape, p.axis + 1, x->shape.rank);
    int64_t at = 0;
    for (uint32_t i = 0; i < node->n_out; i++) {
        hn_shape part = x->shape;
        part.dim[p.axis] = part_of(node, &p, i);
        if (node->out[i] != NULL && hn_shape_product(&part, 0, part.rank) > 0) {
            HN_TRY(move_out(L, x, &part, at * step, node->out[i]));
        }
        at += part.dim[p.axis];
    }
    return HONE_OK;
}

static hone_status split_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int32_t axis = 0;
    bool is_known;
    const char *problem = split_axis(node, &axis, &is_known);
    if (problem == NULL && !is_known) problem = "the axis is not constant";
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (node->n_in > AXIS) node->in[AXIS] = NULL;
    return hn_axis_permute(g, node, axis, perm, rank);
}

const hn_op_hooks hn_hooks_split = {.shape = split_shape,
                                    .lower = split_lower,
                                    .permute = split_permute,
                                    .quantized = hn_quantized_move,
                                    .max_outputs = HN_MAX_NODE_PORTS};
