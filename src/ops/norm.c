/* SPDX-License-Identifier: Apache-2.0
 * Normalisations over groups of elements: layer, root mean square, instance, group, mean-variance
 * and length. Each says which dimensions belong to a group and how its parameters lie along the
 * input; both become views with as few dimensions as possible. Batch normalisation at inference is
 * none of these: its statistics are constants. */
#include "kernels/norm/norm.h"

#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/reductions.h"
#include "ops/typed.h"

enum { X, SCALE, BIAS }; /* operands */

/* The input's dimensions (or a finer cut of them), which of them make up a group, and the strides
 * of the parameters along them. */
typedef struct grouping {
    int32_t rank;
    int64_t dim[HN_MAX_RANK], stride[HN_MAX_RANK], parameter[HN_MAX_RANK];
    bool is_inside[HN_MAX_RANK];
} grouping;

static grouping grouping_of(const hn_shape *x) {
    grouping g = {.rank = x->rank};
    memcpy(g.dim, x->dim, sizeof g.dim);
    hn_shape_strides(x, g.stride);
    return g;
}

/* One view of the step: the dimensions that are inside of a group, or the others. */
static int32_t fill_view(const grouping *g, bool is_inside, int32_t *dims, int32_t *strides,
                         int32_t *parameters) {
    int64_t dim[HN_MAX_RANK], stride[2][HN_MAX_RANK];
    int32_t rank = 0;
    for (int32_t d = 0; d < g->rank; d++) {
        if (g->is_inside[d] != is_inside) continue;
        dim[rank] = g->dim[d];
        stride[0][rank] = g->stride[d];
        stride[1][rank++] = g->parameter[d];
    }
    hn_collapse(&rank, dim, stride, 2);
    for (int32_t d = 0; d < rank; d++) {
        dims[d] = (int32_t)dim[d];
        strides[d] = (int32_t)stride[0][d];
        parameters[d] = (int32_t)stride[1][d];
    }
    return rank;
}

static void fill_args(const grouping *g, hn_norm_args *a) {
    a->out_rank = fill_view(g, false, a->out_dim, a->out_stride, a->out_parameter);
    a->red_rank = fill_view(g, true, a->red_dim, a->red_stride, a->red_parameter);
    a->n_out = a->n_red = 1;
    for (int32_t d = 0; d < a->out_rank; d++) a->n_out *= a->out_dim[d];
    for (int32_t d = 0; d < a->red_rank; d++) a->n_red *= a->red_dim[d];
}

static hone_status norm_step(hn_lower *L, const hn_node *node, const grouping *g,
                             hn_norm_args *args) {
    hn_operand operands[HN_NORM_OPERANDS];
    fill_args(g, args);
    for (uint32_t i = 0; i < HN_NORM_OPERANDS; i++) operands[i] = HN_NO_OPERAND;
    HN_TRY(hn_lower_operand(L, node->in[X], &operands[HN_NORM_IN]));
    HN_TRY(hn_lower_bias(L, hn_node_in(node, SCALE), HN_TYPES_f32, &operands[HN_NORM_SCALE]));
    HN_TRY(hn_lower_bias(L, hn_node_in(node, BIAS), HN_TYPES_f32, &operands[HN_NORM_BIAS]));
    for (uint32_t i = 1; i < node->n_out; i++) {
        operands[HN_NORM_MEAN + i - 1] = hn_operand_value(node->out[i]);
    }
    operands[HN_NORM_OUT] = hn_operand_value(node->out[0]);
    const hn_step_request request = {HN_FAMILY_norm, HN_TYPES_f32,     args,
                                     operands,       HN_NORM_OPERANDS, node->n_out > 1 ? 3u : 1u};
    return L->step(L, &request);
}

static hone_status check_float(hn_lower *L, const hn_node *node) {
    if (node->in[X]->dtype == HN_DTYPE_F32) return HONE_OK;
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel computes on %s",
                   hn_dtype_name(node->in[X]->dtype));
}

static hone_status same_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[X];
    return hn_node_set_shape(g, node, hn_node_out_dtype(node, x), &x->shape);
}

/* ---- layer and root mean square: everything from an axis on ---- */

static hone_status layer_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[X];
    int32_t axis = 0;
    hn_shape kept = x->shape, out;
    HN_TRY(same_shape(g, node));
    if (x->shape.rank >= 0) {
        HN_TRY(hn_node_axis(g->env, node, -1, x->shape.rank, &axis));
        for (int32_t d = axis; d < kept.rank; d++) kept.dim[d] = 1;
    }
    for (uint32_t i = SCALE; i < node->n_in; i++) {
        if (node->in[i] == NULL) continue;
        if (!hn_shape_broadcast(&x->shape, &node->in[i]->shape, &out) ||
            out.rank != x->shape.rank) {
            return hn_fail(g->env, HONE_E_SHAPE, "operand %u does not fit the input", i);
        }
    }
    for (uint32_t i = 1; i < node->n_out; i++) {
        HN_TRY(hn_node_set_output(g, node, i, HN_DTYPE_F32, &kept));
    }
    return HONE_OK;
}

/* The bias must lie as the scale does: both are read at the same indices. */
static hone_status check_parameters(hn_lower *L, const hn_node *node) {
    const hn_value *scale = hn_node_in(node, SCALE), *bias = hn_node_in(node, BIAS);
    if (scale == NULL || bias == NULL || hn_shape_equal(&scale->shape, &bias->shape)) {
        return HONE_OK;
    }
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "a scale and a bias of different shapes");
}

static hone_status layer_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    int32_t axis;
    const hn_value *x = node->in[X], *scale = hn_node_in(node, SCALE);
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(check_float(L, node));
    HN_TRY(check_parameters(L, node));
    HN_TRY(hn_node_axis(L->env, node, -1, x->shape.rank, &axis));
    grouping g = grouping_of(&x->shape);
    for (int32_t d = axis; d < g.rank; d++) g.is_inside[d] = true;
    if (scale != NULL) hn_broadcast_strides(&scale->shape, &x->shape, g.parameter);
    const bool is_layer = node->op == hn_op_at(HN_OP_layer_norm);
    hn_norm_args args = {.kind = is_layer ? HN_NORM_VARIANCE : HN_NORM_ROOT};
    args.epsilon = hn_attr_float(node, "epsilon", 1e-5f);
    return norm_step(L, node, &g, &args);
}

/* ---- instance and group: channels along an axis, each image for itself ---- */

/* Groups of channels; 0 where the attribute does not divide them. */
static int64_t groups_of(const hn_node *node, int64_t channels) {
    if (node->op == hn_op_at(HN_OP_instance_norm)) return channels;
    const int64_t n = hn_attr_int(node, "num_groups", 0);
    return n > 0 && channels % n == 0 ? n : 0;
}

static hone_status instance_shape(hn_graph *g, hn_node *node) {
    const hn_shape *x = &node->in[X]->shape;
    int32_t axis;
    if (x->rank < 0) return same_shape(g, node);
    HN_TRY(hn_node_axis(g->env, node, 1, x->rank, &axis));
    const int64_t channels = x->dim[axis];
    if (x->rank < 2 || x->rank >= HN_MAX_RANK) {
        return hn_fail(g->env, HONE_E_SHAPE, "an input of rank %d", (int)x->rank);
    }
    if (channels >= 0 && groups_of(node, channels) == 0) {
        return hn_fail(g->env, HONE_E_SHAPE, "the groups do not divide the channels");
    }
    for (uint32_t i = SCALE; i <= BIAS; i++) {
        const hn_shape *s = &node->in[i]->shape;
        if (s->rank < 0 || channels < 0 || (s->rank == 1 && s->dim[0] < 0)) continue;
        const bool fits =
            s->rank == 1 && (s->dim[0] == channels || s->dim[0] == groups_of(node, channels));
        if (!fits) return hn_fail(g->env, HONE_E_SHAPE, "operand %u is not one per channel", i);
    }
    return same_shape(g, node);
}

/* The channels are cut in two: which group, and which channel of it. */
static hone_status instance_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    int32_t axis;
    const hn_shape *x = &node->in[X]->shape;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(check_float(L, node));
    HN_TRY(check_parameters(L, node));
    HN_TRY(hn_node_axis(L->env, node, 1, x->rank, &axis));
    const int64_t batch = hn_attr_int(node, "batch_axis", 0);
    const int64_t groups = groups_of(node, x->dim[axis]), each = x->dim[axis] / groups;
    const grouping whole = grouping_of(x);
    const bool is_by_group = node->in[SCALE]->shape.dim[0] == groups;
    grouping g = {.rank = x->rank + 1};
    for (int32_t d = 0, to = 0; d < x->rank; d++, to++) {
        g.dim[to] = whole.dim[d];
        g.stride[to] = whole.stride[d];
        g.is_inside[to] = d != batch && d != axis;
        if (d != axis) continue;
        g.dim[to] = groups;
        g.stride[to] = whole.stride[d] * each;
        g.parameter[to] = is_by_group ? 1 : each;
        g.dim[++to] = each;
        g.stride[to] = whole.stride[d];
        g.parameter[to] = is_by_group ? 0 : 1;
        g.is_inside[to] = true;
    }
    hn_norm_args args = {.kind = HN_NORM_VARIANCE};
    args.epsilon = hn_attr_float(node, "epsilon", 1e-5f);
    return norm_step(L, node, &g, &args);
}

static hone_status instance_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int32_t axis;
    HN_TRY(hn_node_axis(g->env, node, 1, rank, &axis));
    const int64_t batch = hn_attr_int(node, "batch_axis", 0);
    for (int32_t i = 0; i < rank; i++) {
        if (perm[i] == batch && !hn_attr_set_int(g, node, "batch_axis", i)) {
            return hn_no_memory(g->env);
        }
    }
    return hn_axis_permute(g, node, axis, perm, rank);
}

/* ---- mean and variance over given axes ---- */

static hone_status read_axes(hn_env *env, const hn_node *node, bool *is_inside) {
    const int32_t rank = node->in[X]->shape.rank;
    hn_ints axes = {.v = {0, 2, 3}, .n = 3};
    if (hn_node_ints(node, UINT32_MAX, "axes", &axes) == HN_INTS_BAD) axes.n = HN_INTS_MAX + 1;
    for (uint32_t i = 0; i < axes.n; i++) {
        int32_t axis;
        if (axes.n > HN_INTS_MAX || !hn_axis_resolve(axes.v[i], rank, &axis)) {
            return hn_fail(env, HONE_E_SHAPE, "an axis is not a dimension");
        }
        is_inside[axis] = true;
    }
    return HONE_OK;
}

static hone_status moments_shape(hn_graph *g, hn_node *node) {
    bool is_inside[HN_MAX_RANK];
    if (node->in[X]->shape.rank >= 0) HN_TRY(read_axes(g->env, node, is_inside));
    return same_shape(g, node);
}

static hone_status moments_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(check_float(L, node));
    grouping g = grouping_of(&node->in[X]->shape);
    HN_TRY(read_axes(L->env, node, g.is_inside));
    hn_norm_args args = {.kind = HN_NORM_VARIANCE, .epsilon = 1e-18f};
    return norm_step(L, node, &g, &args);
}

static hone_status moments_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    bool is_inside[HN_MAX_RANK] = {false};
    int64_t axes[HN_MAX_RANK];
    uint32_t n = 0;
    HN_TRY(read_axes(g->env, node, is_inside));
    for (int32_t i = 0; i < rank; i++) {
        if (is_inside[perm[i]]) axes[n++] = i;
    }
    return hn_attr_set_ints(g, node, "axes", axes, n) ? HONE_OK : hn_no_memory(g->env);
}

/* ---- length along an axis ---- */

static hone_status length_shape(hn_graph *g, hn_node *node) {
    int32_t axis;
    const int32_t rank = node->in[X]->shape.rank;
    const int64_t p = hn_attr_int(node, "p", 2);
    if (p != 1 && p != 2) return hn_fail(g->env, HONE_E_SHAPE, "p is neither 1 nor 2");
    if (rank >= 0) HN_TRY(hn_node_axis(g->env, node, -1, rank, &axis));
    return same_shape(g, node);
}

/* x / sum of |x|, 0 where that is 0. */
static hone_status sum_lower(hn_lower *L, const hn_node *node, int32_t axis) {
    const hn_value *x = node->in[X], *out = node->out[0];
    hn_reduction r = {.keepdims = true, .is_known = true};
    hn_shape kept = x->shape;
    hn_operand in, sizes, sum;
    hn_program p;
    r.reduced[axis] = true;
    kept.dim[axis] = 1;
    HN_TRY(hn_lower_operand(L, x, &in));
    HN_TRY(hn_lower_temp(L, HN_DTYPE_F32, &x->shape, &sizes));
    HN_TRY(hn_lower_temp(L, HN_DTYPE_F32, &kept, &sum));
    hn_program_begin(&p, &x->shape);
    hn_program_input(&p, in, &x->shape);
    hn_program_op(&p, HN_EXPR_abs, 0, 0);
    HN_TRY(hn_program_end(L, &p, sizes));
    const hn_reduction_step step = {HN_DTYPE_F32, HN_REDUCE_SUM, &x->shape, &r};
    HN_TRY(hn_lower_reduction(L, &step, sizes, sum));
    hn_program_begin(&p, &x->shape);
    hn_program_input(&p, in, &x->shape);
    hn_program_input(&p, sum, &kept);
    hn_program_op(&p, HN_EXPR_div, 0, 1);
    hn_program_op(&p, HN_EXPR_mask, p.last, 1);
    return hn_program_end(L, &p, hn_operand_value(out));
}

static bool length_quantized(const hn_node *node) {
    const hn_value *x = node->in[X], *out = node->out[0];
    if (node->arith != HN_ARITH_TFLITE || !hn_value_is_q8(x) || !hn_value_is_q8(out)) return false;
    return x->dtype == out->dtype && hn_quant_scale(out, 0) == 1.0f / 128.0f &&
           hn_quant_zero(out, 0) == (out->dtype == HN_DTYPE_S8 ? 0 : 128);
}

static hone_status length_q8(hn_lower *L, const hn_node *node, const grouping *g) {
    const hn_value *x = node->in[X];
    hn_norm_args args = {.kind = HN_NORM_LENGTH, .in_zero = hn_quant_zero(x, 0)};
    hn_operand operands[HN_NORM_OPERANDS];
    hn_types types;
    for (uint32_t i = 0; i < HN_NORM_OPERANDS; i++) operands[i] = HN_NO_OPERAND;
    fill_args(g, &args);
    HN_TRY(hn_lower_types(L, node, x, &types));
    HN_TRY(hn_lower_operand(L, x, &operands[HN_NORM_IN]));
    operands[HN_NORM_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_norm, types, &args, operands, HN_NORM_OPERANDS);
}

static hone_status length_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    int32_t axis;
    const hn_shape *x = &node->in[X]->shape;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(hn_node_axis(L->env, node, -1, x->rank, &axis));
    grouping g = grouping_of(x);
    g.is_inside[axis] = true;
    if (length_quantized(node)) return length_q8(L, node, &g);
    HN_TRY(check_float(L, node));
    if (hn_attr_int(node, "p", 2) == 1) return sum_lower(L, node, axis);
    hn_norm_args args = {.kind = HN_NORM_LENGTH};
    args.epsilon = hn_attr_float(node, "epsilon", 0.0f);
    return norm_step(L, node, &g, &args);
}

static hone_status length_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int32_t axis;
    HN_TRY(hn_node_axis(g->env, node, -1, rank, &axis));
    return hn_axis_permute(g, node, axis, perm, rank);
}

const hn_op_hooks hn_hooks_layer_norm = {
    .shape = layer_shape, .lower = layer_lower, .max_outputs = 3};
const hn_op_hooks hn_hooks_rms_norm = {.shape = layer_shape, .lower = layer_lower};
const hn_op_hooks hn_hooks_instance_norm = {
    .shape = instance_shape, .lower = instance_lower, .permute = instance_permute};
const hn_op_hooks hn_hooks_group_norm = {
    .shape = instance_shape, .lower = instance_lower, .permute = instance_permute};
const hn_op_hooks hn_hooks_mean_variance_norm = {
    .shape = moments_shape, .lower = moments_lower, .permute = moments_permute};
const hn_op_hooks hn_hooks_lp_norm = {.shape = length_shape,
                                      .lower = length_lower,
                                      .permute = length_permute,
                                      .quantized = length_quantized};
