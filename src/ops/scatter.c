/* SPDX-License-Identifier: Apache-2.0
 * Writing by index into a copy of the data: single elements (scatter_elements) or rows
 * (scatter_nd), set or joined by attribute reduction ("none", "add", "mul", "min", "max").
 * scatter_new starts from zeros of a given shape and adds, as TFLite's SCATTER_ND does. */
#include <string.h>

#include "kernels/gather/scatter.h"
#include "ops/hooks.h"
#include "ops/moves.h"

static hone_status reduction_of(hn_lower *L, const hn_node *node, int32_t *kind) {
    static const char *const names[] = {"none", "add", "mul", "min", "max"};
    const char *name = hn_attr_string(node, "reduction", "none");
    for (int32_t i = 0; i < 5; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *kind = i;
        return HONE_OK;
    }
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "reduction %.20s", name);
}

/* How the kernel reads elements of that type; only setting them needs nothing but their size. */
static hone_status number_of(hn_lower *L, hn_dtype dtype, int32_t kind, int32_t *number) {
    *number = HN_NUMBER_NONE;
    if (kind == HN_SCATTER_SET) return HONE_OK;
    if (dtype == HN_DTYPE_F32 || dtype == HN_DTYPE_F64) {
        *number = HN_NUMBER_FLOAT;
    } else if (dtype == HN_DTYPE_BOOL) {
        *number = HN_NUMBER_BOOL;
    } else if (hn_dtype_is_integer(dtype)) {
        *number = hn_dtype_is_signed(dtype) ? HN_NUMBER_SIGNED : HN_NUMBER_UNSIGNED;
    } else {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "elements of type %s cannot be joined",
                       hn_dtype_name(dtype));
    }
    return HONE_OK;
}

static hone_status check_types(hn_graph *g, hn_dtype data, const hn_value *indices,
                               const hn_value *updates) {
    if (!hn_dtype_is_integer(indices->dtype)) {
        return hn_fail(g->env, HONE_E_SHAPE, "indices of type %s", hn_dtype_name(indices->dtype));
    }
    if (updates->dtype == data) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "updates of another type than the data");
}

static bool differ(int64_t a, int64_t b) {
    return a >= 0 && b >= 0 && a != b;
}

/* ---- scatter_nd ---- */

/* updates must be indices[:-1] and then what an index leaves of the data. */
static const char *check_nd(const hn_shape *data, const hn_shape *indices,
                            const hn_shape *updates) {
    if (indices->rank < 1) return "the indices have no dimension";
    const int32_t lead = indices->rank - 1;
    const int64_t parts = indices->dim[lead];
    if (parts > data->rank) return "an index has more numbers than the data has dimensions";
    if (parts < 0) return NULL;
    const int32_t rest = data->rank - (int32_t)parts;
    if (updates->rank != lead + rest) return "the updates have another rank than they should";
    for (int32_t d = 0; d < updates->rank; d++) {
        const int64_t want = d < lead ? indices->dim[d] : data->dim[parts + d - lead];
        if (differ(updates->dim[d], want)) return "the updates have another shape than they should";
    }
    return NULL;
}

/* The step that joins updates into `out`, a tensor that holds the data already. */
static hone_status join_nd(hn_lower *L, const hn_node *node, uint32_t first, int32_t kind) {
    const hn_value *indices = node->in[first], *updates = node->in[first + 1], *out = node->out[0];
    const char *problem = check_nd(&out->shape, &indices->shape, &updates->shape);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    const int32_t lead = indices->shape.rank - 1;
    const int32_t parts = (int32_t)indices->shape.dim[lead];
    hn_scatter_args args = {.n_index = (int32_t)hn_shape_product(&indices->shape, 0, lead),
                            .n_parts = parts,
                            .kind = kind};
    args.inner = (int32_t)hn_shape_product(&out->shape, parts, out->shape.rank);
    for (int32_t k = 0; k < parts; k++) args.dim[k] = (int32_t)out->shape.dim[k];
    hn_types types;
    hn_operand operands[HN_SCATTER_OPERANDS];
    HN_TRY(hn_lower_size_types(L, out->dtype, &types));
    HN_TRY(number_of(L, out->dtype, kind, &args.number));
    HN_TRY(hn_lower_indices(L, indices, &operands[HN_SCATTER_INDICES], &args.index_type));
    HN_TRY(hn_lower_operand(L, updates, &operands[HN_SCATTER_UPDATES]));
    operands[HN_SCATTER_OUT] = hn_operand_value(out);
    return hn_lower_step(L, HN_FAMILY_scatter, types, &args, operands, HN_SCATTER_OPERANDS);
}

static hone_status scatter_nd_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *indices = node->in[1], *updates = node->in[2];
    HN_TRY(check_types(g, x->dtype, indices, updates));
    const bool are_ranked =
        x->shape.rank >= 0 && indices->shape.rank >= 0 && updates->shape.rank >= 0;
    const char *problem = are_ranked ? check_nd(&x->shape, &indices->shape, &updates->shape) : NULL;
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    return hn_node_set_shape(g, node, x->dtype, &x->shape);
}

static hone_status scatter_nd_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    int32_t kind = HN_SCATTER_SET;
    HN_TRY(reduction_of(L, node, &kind));
    HN_TRY(hn_lower_copy(L, node->in[0], hn_operand_value(node->out[0])));
    return join_nd(L, node, 1, kind);
}

/* ---- scatter_new ---- */

static hone_status scatter_new_shape(hn_graph *g, hn_node *node) {
    const hn_value *indices = node->in[0], *updates = node->in[1];
    HN_TRY(check_types(g, updates->dtype, indices, updates));
    hn_ints list;
    const hn_ints_state state = hn_node_ints(node, 2, "shape", &list);
    hn_shape out = hn_shape_unknown(-1);
    if (state == HN_INTS_UNKNOWN) return hn_node_set_shape(g, node, updates->dtype, &out);
    if (state != HN_INTS_KNOWN || list.n > HN_MAX_RANK) {
        return hn_fail(g->env, HONE_E_SHAPE, "the shape is not a short list of integers");
    }
    out = hn_shape_of((int32_t)list.n, list.v);
    for (int32_t d = 0; d < out.rank; d++) {
        if (out.dim[d] < 0) return hn_fail(g->env, HONE_E_SHAPE, "a dimension is negative");
    }
    const bool are_ranked = indices->shape.rank >= 0 && updates->shape.rank >= 0;
    const char *problem = are_ranked ? check_nd(&out, &indices->shape, &updates->shape) : NULL;
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    return hn_node_set_shape(g, node, updates->dtype, &out);
}

static hone_status scatter_new_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *out = node->out[0];
    const int64_t n = hn_shape_product(&out->shape, 0, out->shape.rank);
    HN_TRY(hn_lower_fill(L, out->dtype, n, 0, hn_operand_value(out)));
    return join_nd(L, node, 0, HN_SCATTER_ADD);
}

/* ---- scatter_elements ---- */

static hone_status scatter_elements_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *indices = node->in[1], *updates = node->in[2];
    const hn_shape *i = &indices->shape, *u = &updates->shape;
    HN_TRY(check_types(g, x->dtype, indices, updates));
    if (x->shape.rank >= 0 && i->rank >= 0 && u->rank >= 0) {
        int32_t axis;
        if (x->shape.rank != i->rank || i->rank != u->rank) {
            return hn_fail(g->env, HONE_E_SHAPE, "data, indices and updates differ in rank");
        }
        HN_TRY(hn_node_axis(g->env, node, 0, i->rank, &axis));
        for (int32_t d = 0; d < i->rank; d++) {
            const int64_t have = x->shape.dim[d];
            if (differ(i->dim[d], u->dim[d]) || (d != axis && have >= 0 && i->dim[d] > have)) {
                return hn_fail(g->env, HONE_E_SHAPE, "the indices do not fit data or updates");
            }
        }
    }
    return hn_node_set_shape(g, node, x->dtype, &x->shape);
}

static hone_status scatter_elements_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0], *indices = node->in[1], *out = node->out[0];
    int32_t axis;
    HN_TRY(hn_node_axis(L->env, node, 0, x->shape.rank, &axis));
    int64_t in[HN_MAX_RANK], to[HN_MAX_RANK];
    hn_shape_strides(&indices->shape, in);
    hn_shape_strides(&x->shape, to);
    hn_scatter_elements_args args = {.n_lines = 1,
                                     .n_axis = (int32_t)indices->shape.dim[axis],
                                     .in_axis = (int32_t)in[axis],
                                     .out_axis = (int32_t)to[axis],
                                     .extent = (int32_t)x->shape.dim[axis]};
    for (int32_t d = 0; d < x->shape.rank; d++) {
        if (d == axis) continue;
        args.n_lines *= (int32_t)indices->shape.dim[d];
        args.dim[args.rank] = (int32_t)indices->shape.dim[d];
        args.in_stride[args.rank] = (int32_t)in[d];
        args.out_stride[args.rank++] = (int32_t)to[d];
    }
    hn_types types;
    hn_operand operands[HN_SCATTER_OPERANDS];
    HN_TRY(reduction_of(L, node, &args.kind));
    HN_TRY(number_of(L, x->dtype, args.kind, &args.number));
    HN_TRY(hn_lower_size_types(L, x->dtype, &types));
    HN_TRY(hn_lower_copy(L, x, hn_operand_value(out)));
    HN_TRY(hn_lower_indices(L, indices, &operands[HN_SCATTER_INDICES], &args.index_type));
    HN_TRY(hn_lower_operand(L, node->in[2], &operands[HN_SCATTER_UPDATES]));
    operands[HN_SCATTER_OUT] = hn_operand_value(out);
    return hn_lower_step(L, HN_FAMILY_scatter_elements, types, &args, operands,
                         HN_SCATTER_OPERANDS);
}

const hn_op_hooks hn_hooks_scatter_nd = {.shape = scatter_nd_shape, .lower = scatter_nd_lower};
const hn_op_hooks hn_hooks_scatter_new = {.shape = scatter_new_shape, .lower = scatter_new_lower};
const hn_op_hooks hn_hooks_scatter_elements = {.shape = scatter_elements_shape,
                                               .lower = scatter_elements_lower};
