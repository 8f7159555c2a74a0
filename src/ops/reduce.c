/* SPDX-License-Identifier: Apache-2.0
 * Reductions over any axes, and the average over a whole image. Kept and reduced dimensions become
 * two views of the input, each merged to as few dimensions as possible. */
#include "ops/reductions.h"

#include <float.h>
#include <math.h>

#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/window.h"

const char *hn_reduction_axes(const hn_node *node, hn_reduction *r) {
    if (node->op != hn_op_at(HN_OP_global_avg_pool)) return hn_reduction_read(node, r);
    const hn_reduction none = {{false}, true, true};
    const int32_t rank = node->in[0]->shape.rank;
    if (rank < 3) return "an image has at least 3 dimensions";
    *r = none;
    int32_t first, channel;
    hn_image_dims(node, rank, &first, &channel);
    for (int32_t d = first; d < first + rank - 2; d++) r->reduced[d] = true;
    return NULL;
}

hn_shape hn_reduced_shape(const hn_shape *x, const hn_reduction *r) {
    if (!r->is_known) return hn_shape_unknown(r->keepdims ? x->rank : -1);
    hn_shape out = {.rank = 0};
    for (int32_t d = 0; d < x->rank; d++) {
        if (!r->reduced[d]) {
            hn_shape_take(&out, out.rank++, x, d);
        } else if (r->keepdims) {
            out.dim[out.rank++] = 1;
        }
    }
    return out;
}

hone_status hn_reduce_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const hn_dtype dtype = hn_node_out_dtype(node, x);
    if (x->shape.rank < 0) return hn_node_set_shape(g, node, dtype, &x->shape);
    hn_reduction r;
    const char *problem = hn_reduction_axes(node, &r);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const hn_shape out = hn_reduced_shape(&x->shape, &r);
    return hn_node_set_shape(g, node, dtype, &out);
}

/* One of the two views: the dimensions of x whose `reduced` is `which`. */
static int32_t fill_view(const hn_shape *x, const hn_reduction *r, bool which, int32_t *dims,
                         int32_t *strides) {
    int64_t own[HN_MAX_RANK], dim[HN_MAX_RANK], stride[1][HN_MAX_RANK];
    hn_shape_strides(x, own);
    int32_t rank = 0;
    for (int32_t d = 0; d < x->rank; d++) {
        if (r->reduced[d] != which) continue;
        dim[rank] = x->dim[d];
        stride[0][rank++] = own[d];
    }
    hn_collapse(&rank, dim, stride, 1);
    for (int32_t d = 0; d < rank; d++) {
        dims[d] = (int32_t)dim[d];
        strides[d] = (int32_t)stride[0][d];
    }
    return rank;
}

/* LiteRT folds 1 / count into the multiplier: as many bits as count has are won by shifting left
 * before the division. */
static void fold_count(int32_t count, int32_t *multiplier, int32_t *shift) {
    int32_t bits = 0;
    while (bits < 30 && (count >> (bits + 1)) != 0) bits++;
    if (bits > 31 + *shift) bits = 31 + *shift;
    *multiplier = (int32_t)((int64_t)*multiplier * (INT64_C(1) << bits) / count);
    *shift -= bits;
}

static hone_status fill_integer(hn_lower *L, const hn_node *node, hn_reduce_args *a) {
    const hn_value *x = node->in[0], *out = node->out[0];
    if (out->dtype != x->dtype || out->quant == NULL || hn_quant_channels(out) != 1) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "an output without a scale, or of another type");
    }
    const double s_in = (double)hn_quant_scale(x, 0), s_out = (double)hn_quant_scale(out, 0);
    const bool is_mean = a->kind == HN_REDUCE_MEAN;
    a->arith = (int32_t)node->arith;
    a->in_zero = hn_quant_zero(x, 0);
    a->out_zero = hn_quant_zero(out, 0);
    double factor = s_in / s_out;
    if (a->kind == HN_REDUCE_PROD && a->n_red > 0) factor = s_in / pow(s_out, 1.0 / a->n_red);
    hn_quantize_multiplier(factor, &a->multiplier, &a->shift);
    if (is_mean && a->n_red > 0) fold_count(a->n_red, &a->multiplier, &a->shift);
    a->scale = (float)(is_mean && a->n_red > 0 ? s_in / s_out / (double)a->n_red : s_in / s_out);
    return HONE_OK;
}

static void fill_views(hn_reduce_args *args, const hn_shape *x, const hn_reduction *r) {
    args->out_rank = fill_view(x, r, false, args->out_dim, args->out_stride);
    args->red_rank = fill_view(x, r, true, args->red_dim, args->red_stride);
    args->n_out = args->n_red = 1;
    for (int32_t d = 0; d < args->out_rank; d++) args->n_out *= args->out_dim[d];
    for (int32_t d = 0; d < args->red_rank; d++) args->n_red *= args->red_dim[d];
}

hone_status hn_lower_reduction(hn_lower *L, const hn_reduction_step *s, hn_operand in,
                               hn_operand out) {
    hn_types types;
    hn_reduce_args args = {.kind = s->kind};
    fill_views(&args, s->x, s->axes);
    switch (s->dtype) {
    case HN_DTYPE_F32:
        types = HN_TYPES_f32;
        break;
    case HN_DTYPE_S32:
        types = HN_TYPES_s32;
        break;
    case HN_DTYPE_S64:
        types = HN_TYPES_s64;
        break;
    case HN_DTYPE_S16:
        types = HN_TYPES_s16;
        break;
    case HN_DTYPE_S8:
        types = HN_TYPES_s8;
        break;
    default: /* u8 and bool */
        types = HN_TYPES_u8;
        break;
    }
    const hn_operand operands[HN_REDUCE_OPERANDS] = {in, out};
    return hn_lower_step(L, HN_FAMILY_reduce, types, &args, operands, HN_REDUCE_OPERANDS);
}

const char *hn_reduction_known(const hn_node *node, hn_reduction *r) {
    const char *problem = hn_reduction_axes(node, r);
    return problem == NULL && !r->is_known ? "the axes are not constant" : problem;
}

/* 8 or 16 bits with a scale. */
static hone_status scaled_lower(hn_lower *L, const hn_node *node, const hn_reduction *r,
                                int32_t kind) {
    const hn_value *x = node->in[0];
    hn_types types;
    HN_TRY(hn_lower_types(L, node, x, &types));
    hn_reduce_args args = {.kind = kind};
    fill_views(&args, &x->shape, r);
    HN_TRY(fill_integer(L, node, &args));
    hn_operand operands[HN_REDUCE_OPERANDS];
    HN_TRY(hn_lower_operand(L, x, &operands[HN_REDUCE_IN]));
    operands[HN_REDUCE_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_reduce, types, &args, operands, HN_REDUCE_OPERANDS);
}

static bool is_choice(int32_t kind) {
    return kind == HN_REDUCE_MAX || kind == HN_REDUCE_MIN;
}

/* The type in which x is reduced, or none. Maxima of 8 and 16 bits keep their type; other integers
 * are reduced as 64 bits. */
static hn_dtype working_type(const hn_value *x, int32_t kind) {
    switch (x->dtype) {
    case HN_DTYPE_F32:
    case HN_DTYPE_S32:
    case HN_DTYPE_S64:
        return x->dtype;
    case HN_DTYPE_BOOL:
        return is_choice(kind) ? x->dtype : HN_DTYPE_NONE;
    default:
        break;
    }
    if (!hn_dtype_is_integer(x->dtype)) return HN_DTYPE_NONE;
    const bool is_own =
        x->dtype == HN_DTYPE_S8 || x->dtype == HN_DTYPE_U8 || x->dtype == HN_DTYPE_S16;
    return is_own && is_choice(kind) ? x->dtype : HN_DTYPE_S64;
}

/* Of bools TensorFlow Lite takes a sum for any of them, a product for all. */
static int32_t logic_of(int32_t kind) {
    return kind == HN_REDUCE_SUM ? HN_REDUCE_MAX : kind == HN_REDUCE_PROD ? HN_REDUCE_MIN : kind;
}

/* Every element of the output becomes v. */
static hone_status fill_output(hn_lower *L, const hn_value *out, double v) {
    hn_box box = {.rank = 1, .stride = {{0}, {1}}};
    hn_operand number;
    box.dim[0] = hn_shape_product(&out->shape, 0, out->shape.rank);
    HN_TRY(hn_lower_scalar(L, out->dtype, v, &number));
    return hn_lower_move(L, out->dtype, &box, number, hn_operand_value(out));
}

/* Where there is nothing to choose from, TensorFlow Lite gives the type's last number, not an
 * infinity (`is_finite`); of no bools all are true and none is. */
static bool is_settled(const hn_node *node, const hn_reduction *r, int32_t kind, double *v) {
    const hn_value *x = node->in[0];
    bool is_none = false;
    for (int32_t d = 0; d < x->shape.rank; d++) {
        is_none = is_none || (r->reduced[d] && x->shape.dim[d] == 0);
    }
    if (!is_none || !is_choice(kind)) return false;
    if (x->dtype == HN_DTYPE_BOOL) {
        *v = kind == HN_REDUCE_MIN ? 1.0 : 0.0;
        return true;
    }
    *v = kind == HN_REDUCE_MIN ? (double)FLT_MAX : (double)-FLT_MAX;
    return x->dtype == HN_DTYPE_F32 && hn_attr_int(node, "is_finite", 0) != 0;
}

static hone_status reduce_lower(hn_lower *L, const hn_node *node, int32_t kind) {
    bool is_empty;
    if (node->in[0]->dtype == HN_DTYPE_BOOL) kind = logic_of(kind);
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_reduction r;
    const char *problem = hn_reduction_known(node, &r);
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    double settled;
    if (is_settled(node, &r, kind, &settled)) return fill_output(L, out, settled);
    if (node->arith != HN_ARITH_NONE && x->quant != NULL && !is_choice(kind)) {
        return scaled_lower(L, node, &r, kind);
    }
    const hn_reduction_step step = {working_type(x, kind), kind, &x->shape, &r};
    if (step.dtype == HN_DTYPE_NONE) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel computes on %s",
                       hn_dtype_name(x->dtype));
    }
    hn_operand in, to = hn_operand_value(out);
    hn_conversion back = {.from = step.dtype, .to = out->dtype};
    (void)hn_shape_count(&out->shape, &back.n);
    HN_TRY(hn_lower_as(L, x, step.dtype, &in));
    if (back.from != back.to) HN_TRY(hn_lower_temp(L, back.from, &out->shape, &to));
    HN_TRY(hn_lower_reduction(L, &step, in, to));
    if (back.from == back.to) return HONE_OK;
    return hn_lower_cast(L, &back, to, hn_operand_value(out));
}

#define LOWER(name, kind)                                                                          \
    static hone_status name##_lower(hn_lower *L, const hn_node *node) {                            \
        return reduce_lower(L, node, kind);                                                        \
    }
LOWER(mean, HN_REDUCE_MEAN)
LOWER(sum, HN_REDUCE_SUM)
LOWER(max, HN_REDUCE_MAX)
LOWER(min, HN_REDUCE_MIN)
LOWER(prod, HN_REDUCE_PROD)

/* The axes become an attribute in the new order; so do the dimensions that are left, in an output
 * that has fewer than the input. */
hone_status hn_reduce_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    hn_reduction r;
    const char *problem = hn_reduction_read(node, &r);
    if (problem == NULL && !r.is_known) problem = "the axes are not constant";
    if (problem == NULL && rank != node->in[0]->shape.rank) problem = "another rank";
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    int64_t axes[HN_MAX_RANK];
    uint32_t n = 0;
    for (int32_t i = 0; i < rank; i++) {
        if (r.reduced[perm[i]]) axes[n++] = i;
    }
    if (n == 0 && !hn_attr_set_int(g, node, "noop_with_empty_axes", 1)) return hn_no_memory(g->env);
    if (!hn_attr_set_ints(g, node, "axes", axes, n)) return hn_no_memory(g->env);
    if (node->n_in > 1) node->in[1] = NULL;
    return HONE_OK;
}

static bool mean_quantized(const hn_node *node) {
    return hn_value_is_q8(node->in[0]) && hn_value_is_q8(node->out[0]) &&
           node->in[0]->dtype == node->out[0]->dtype;
}

const hn_op_hooks hn_hooks_global_avg_pool = {
    .shape = hn_reduce_shape, .lower = mean_lower, .quantized = mean_quantized};
const hn_op_hooks hn_hooks_reduce_mean = {.shape = hn_reduce_shape,
                                          .lower = mean_lower,
                                          .permute = hn_reduce_permute,
                                          .quantized = mean_quantized};
const hn_op_hooks hn_hooks_reduce_sum = {.shape = hn_reduce_shape,
                                         .lower = sum_lower,
                                         .permute = hn_reduce_permute,
                                         .quantized = mean_quantized};

#define CHOICE(name, function)                                                                     \
    const hn_op_hooks hn_hooks_##name = {.shape = hn_reduce_shape,                                 \
                                         .lower = function,                                        \
                                         .permute = hn_reduce_permute,                             \
                                         .quantized = hn_quantized_move};
CHOICE(reduce_max, max_lower)
CHOICE(reduce_min, min_lower)
CHOICE(reduce_any, max_lower)
CHOICE(reduce_all, min_lower)
const hn_op_hooks hn_hooks_reduce_prod = {
    .shape = hn_reduce_shape, .lower = prod_lower, .permute = hn_reduce_permute};
