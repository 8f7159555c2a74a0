/* SPDX-License-Identifier: Apache-2.0
 * Reading by index: rows along an axis (gather), single elements (gather_elements), and rows that
 * an index of several numbers names (gather_nd). Negative indices count from the end. */
#include <string.h>

#include "kernels/gather/gather.h"
#include "ops/hooks.h"
#include "ops/moves.h"

enum { INDICES = 1 }; /* operand */

static hone_status check_indices(hn_graph *g, const hn_value *indices) {
    if (hn_dtype_is_integer(indices->dtype)) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "indices of type %s", hn_dtype_name(indices->dtype));
}

/* Appends the dimensions [from, to) of `in`. */
static const char *append(hn_shape *out, const hn_shape *in, int32_t from, int32_t to) {
    for (int32_t d = from; d < to; d++) {
        if (out->rank == HN_MAX_RANK) return "the output has too many dimensions";
        hn_shape_take(out, out->rank++, in, d);
    }
    return NULL;
}

/* The leading dimensions that data and indices share. */
static const char *join_batches(const hn_shape *x, const hn_shape *indices, int32_t n) {
    for (int32_t d = 0; d < n; d++) {
        const bool differ = x->dim[d] >= 0 && indices->dim[d] >= 0 && x->dim[d] != indices->dim[d];
        if (differ) return "data and indices differ in a batch dimension";
    }
    return NULL;
}

static int32_t product32(const hn_shape *s, int32_t from, int32_t to) {
    return (int32_t)hn_shape_product(s, from, to);
}

static hone_status run_gather(hn_lower *L, const hn_node *node, hn_gather_args *args) {
    const hn_value *x = node->in[0];
    hn_operand operands[HN_GATHER_OPERANDS];
    hn_types types;
    HN_TRY(hn_lower_size_types(L, x->dtype, &types));
    HN_TRY(hn_lower_operand(L, x, &operands[HN_GATHER_X]));
    HN_TRY(hn_lower_indices(L, node->in[INDICES], &operands[HN_GATHER_INDICES], &args->index_type));
    operands[HN_GATHER_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_gather, types, args, operands, HN_GATHER_OPERANDS);
}

/* ---- gather ---- */

static const char *gather_axes(const hn_node *node, int32_t *axis, int32_t *batches) {
    const hn_shape *x = &node->in[0]->shape, *indices = &node->in[INDICES]->shape;
    const int64_t n = hn_attr_int(node, "batch_dims", 0);
    const int64_t count = n < 0 ? n + indices->rank : n;
    if (!hn_axis_resolve(hn_attr_int(node, "axis", 0), x->rank, axis)) {
        return "the axis is not a dimension of the data";
    }
    if (count < 0 || count > indices->rank || count > *axis) {
        return "batch_dims is beyond the axis or the indices";
    }
    *batches = (int32_t)count;
    return join_batches(x, indices, *batches);
}

static hone_status gather_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *indices = node->in[INDICES];
    HN_TRY(check_indices(g, indices));
    hn_shape out = hn_shape_unknown(-1);
    if (x->shape.rank < 0 || indices->shape.rank < 0) {
        return hn_node_set_shape(g, node, x->dtype, &out);
    }
    int32_t axis = 0, batches = 0;
    const char *problem = gather_axes(node, &axis, &batches);
    out.rank = 0;
    if (problem == NULL) problem = append(&out, &x->shape, 0, axis);
    if (problem == NULL) problem = append(&out, &indices->shape, batches, indices->shape.rank);
    if (problem == NULL) problem = append(&out, &x->shape, axis + 1, x->shape.rank);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    return hn_node_set_shape(g, node, x->dtype, &out);
}

/* Constant indices that two nested loops count: from first, `inner` times by step[1], and that
 * again by step[0]. Slices, rows and the shuffling of channels are such; they are moves. */
typedef struct loops {
    int64_t first, n, inner, step[2];
} loops;

enum { MOST_INDICES = 4096 };

static bool are_loops(const int64_t *index, int64_t n, int64_t extent, loops *out) {
    for (int64_t i = 0; i < n; i++) {
        if (index[i] < 0 || index[i] >= extent) return false;
    }
    loops l = {index[0], n, 1, {0, n > 1 ? index[1] - index[0] : 1}};
    while (l.inner < n && index[l.inner] == l.first + l.inner * l.step[1]) l.inner++;
    if (l.inner < n) l.step[0] = index[l.inner] - l.first;
    if (n % l.inner != 0) return false;
    for (int64_t i = 0; i < n; i++) {
        const int64_t wanted = l.first + i / l.inner * l.step[0] + i % l.inner * l.step[1];
        if (index[i] != wanted) return false;
    }
    *out = l;
    return true;
}

static hone_status read_loops(const hn_lower *L, const hn_value *indices, int64_t extent,
                              loops *out, bool *found) {
    int64_t index[MOST_INDICES];
    uint64_t n = 0;
    *found = false;
    if (indices->constant == NULL || !hn_shape_count(&indices->shape, &n)) return HONE_OK;
    if (n == 0 || n > MOST_INDICES) return HONE_OK;
    HN_TRY(hn_constant_read_s64(L->graph, indices, index, n));
    for (uint64_t i = 0; i < n; i++) index[i] += index[i] < 0 ? extent : 0;
    *found = are_loops(index, (int64_t)n, extent, out);
    return HONE_OK;
}

static hone_status move_loops(hn_lower *L, const hn_node *node, const hn_gather_args *a,
                              const loops *l) {
    const hn_value *x = node->in[0];
    const int64_t extent = a->dim[0], inner = a->inner;
    hn_wide box = {.offset = {l->first * inner, 0}};
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    hn_wide_add(&box, a->n_outer, extent * inner, l->n * inner);
    hn_wide_add(&box, l->n / l->inner, l->step[0] * inner, l->inner * inner);
    hn_wide_add(&box, l->inner, l->step[1] * inner, inner);
    hn_wide_add(&box, inner, 1, 1);
    return hn_lower_wide(L, x->dtype, &box, in, hn_operand_value(node->out[0]));
}

static hone_status gather_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_shape *x = &node->in[0]->shape, *indices = &node->in[INDICES]->shape;
    int32_t axis = 0, batches = 0;
    const char *problem = gather_axes(node, &axis, &batches);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    hn_gather_args args = {.n_batches = product32(x, 0, batches),
                           .n_outer = product32(x, batches, axis),
                           .n_index = product32(indices, batches, indices->rank),
                           .n_parts = 1,
                           .dim = {(int32_t)x->dim[axis]},
                           .inner = product32(x, axis + 1, x->rank)};
    loops l;
    bool has_loops = false;
    if (batches == 0) HN_TRY(read_loops(L, node->in[INDICES], args.dim[0], &l, &has_loops));
    if (has_loops) return move_loops(L, node, &args, &l);
    return run_gather(L, node, &args);
}

static hone_status gather_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int32_t axis;
    HN_TRY(hn_node_axis(g->env, node, 0, rank, &axis));
    return hn_axis_permute(g, node, axis, perm, rank);
}

/* ---- gather_nd ---- */

/* How many dimensions after the batches an index names; -1: unknown. */
static const char *nd_parts(const hn_node *node, int32_t *batches, int32_t *parts) {
    const hn_shape *x = &node->in[0]->shape, *indices = &node->in[INDICES]->shape;
    const int64_t n = hn_attr_int(node, "batch_dims", 0);
    if (indices->rank < 1) return "the indices have no dimension";
    if (n < 0 || n >= indices->rank || n > x->rank) return "batch_dims is beyond the dimensions";
    const int64_t last = indices->dim[indices->rank - 1];
    if (last > x->rank - n) return "an index has more numbers than the data has dimensions";
    *batches = (int32_t)n;
    *parts = last < 0 ? -1 : (int32_t)last;
    return join_batches(x, indices, *batches);
}

static hone_status gather_nd_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *indices = node->in[INDICES];
    HN_TRY(check_indices(g, indices));
    hn_shape out = hn_shape_unknown(-1);
    if (x->shape.rank < 0 || indices->shape.rank < 0) {
        return hn_node_set_shape(g, node, x->dtype, &out);
    }
    int32_t batches = 0, parts = 0;
    const char *problem = nd_parts(node, &batches, &parts);
    if (problem == NULL && parts >= 0) {
        out.rank = 0;
        problem = append(&out, &indices->shape, 0, indices->shape.rank - 1);
        if (problem == NULL) problem = append(&out, &x->shape, batches + parts, x->shape.rank);
    }
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static hone_status gather_nd_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_shape *x = &node->in[0]->shape, *indices = &node->in[INDICES]->shape;
    int32_t batches = 0, parts = 0;
    const char *problem = nd_parts(node, &batches, &parts);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    hn_gather_args args = {.n_batches = product32(x, 0, batches),
                           .n_outer = 1,
                           .n_index = product32(indices, batches, indices->rank - 1),
                           .n_parts = parts,
                           .inner = product32(x, batches + parts, x->rank)};
    for (int32_t k = 0; k < parts; k++) args.dim[k] = (int32_t)x->dim[batches + k];
    return run_gather(L, node, &args);
}

/* ---- gather_elements ---- */

static hone_status gather_elements_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *indices = node->in[INDICES];
    HN_TRY(check_indices(g, indices));
    int32_t axis;
    if (x->shape.rank >= 0 && indices->shape.rank >= 0) {
        if (x->shape.rank != indices->shape.rank) {
            return hn_fail(g->env, HONE_E_SHAPE, "data and indices differ in rank");
        }
        HN_TRY(hn_node_axis(g->env, node, 0, x->shape.rank, &axis));
        for (int32_t d = 0; d < x->shape.rank; d++) {
            const int64_t have = x->shape.dim[d], want = indices->shape.dim[d];
            if (d != axis && have >= 0 && want > have) {
                return hn_fail(g->env, HONE_E_SHAPE, "the indices are larger than the data");
            }
        }
    }
    return hn_node_set_shape(g, node, x->dtype, &indices->shape);
}

static hone_status gather_elements_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0], *indices = node->in[INDICES];
    int32_t axis;
    HN_TRY(hn_node_axis(L->env, node, 0, x->shape.rank, &axis));
    int64_t stride[HN_MAX_RANK];
    hn_shape_strides(&x->shape, stride);
    hn_gather_elements_args args = {.n = product32(&indices->shape, 0, indices->shape.rank),
                                    .rank = x->shape.rank,
                                    .axis_stride = (int32_t)stride[axis],
                                    .extent = (int32_t)x->shape.dim[axis]};
    for (int32_t d = 0; d < args.rank; d++) {
        args.dim[d] = (int32_t)indices->shape.dim[d];
        args.x_stride[d] = d == axis ? 0 : (int32_t)stride[d];
    }
    hn_operand operands[HN_GATHER_OPERANDS];
    hn_types types;
    HN_TRY(hn_lower_size_types(L, x->dtype, &types));
    HN_TRY(hn_lower_operand(L, x, &operands[HN_GATHER_X]));
    HN_TRY(hn_lower_indices(L, indices, &operands[HN_GATHER_INDICES], &args.index_type));
    operands[HN_GATHER_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_gather_elements, types, &args, operands, HN_GATHER_OPERANDS);
}

const hn_op_hooks hn_hooks_gather = {.shape = gather_shape,
                                     .lower = gather_lower,
                                     .permute = gather_permute,
                                     .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_gather_nd = {
    .shape = gather_nd_shape, .lower = gather_nd_lower, .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_gather_elements = {
    .shape = gather_elements_shape, .lower = gather_elements_lower, .quantized = hn_quantized_move};
