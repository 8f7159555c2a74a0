/* SPDX-License-Identifier: Apache-2.0
 * Order along one axis: arg_max, arg_min, hardmax, top_k, cum_sum and cum_prod. The axis is operand
 * 1 (TFLite, cumulative sums) or attribute `axis`. */
#include <string.h>

#include "kernels/sort/sort.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/typed.h"

#define NO_OPERAND UINT32_MAX

/* ---- axes and views ---- */

/* The axis, from an operand (or NO_OPERAND) or the attribute. */
static hone_status find_axis(hn_env *env, const hn_node *node, uint32_t operand, int64_t absent,
                             int32_t *axis) {
    hn_ints list = {.v = {absent}, .n = 1};
    const hn_ints_state state = hn_node_ints(node, operand, "axis", &list);
    if (state == HN_INTS_UNKNOWN) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "the axis is not constant");
    }
    if (state == HN_INTS_BAD || list.n != 1 ||
        !hn_axis_resolve(list.v[0], node->in[0]->shape.rank, axis)) {
        return hn_fail(env, HONE_E_SHAPE, "the axis is not a dimension of the input");
    }
    return HONE_OK;
}

typedef struct view {
    int32_t outer, n, inner;
} view;

static view view_of(const hn_shape *x, int32_t axis, int32_t end) {
    const view v = {(int32_t)hn_shape_product(x, 0, axis), (int32_t)hn_shape_product(x, axis, end),
                    (int32_t)hn_shape_product(x, end, x->rank)};
    return v;
}

/* The type in which x is put in order: itself, or a wider integer. */
static hn_dtype working_type(hn_dtype dtype) {
    switch (dtype) {
    case HN_DTYPE_F32:
    case HN_DTYPE_S8:
    case HN_DTYPE_U8:
    case HN_DTYPE_S16:
    case HN_DTYPE_S32:
    case HN_DTYPE_S64:
    case HN_DTYPE_U64:
        return dtype;
    case HN_DTYPE_BOOL:
        return HN_DTYPE_U8;
    case HN_DTYPE_U16:
        return HN_DTYPE_S32;
    case HN_DTYPE_U32:
        return HN_DTYPE_S64;
    default:
        return HN_DTYPE_NONE;
    }
}

/* x in a type that kernels take, and its key. */
static hone_status ready_operand(hn_lower *L, const hn_value *x, hn_types *types, hn_operand *in) {
    const hn_dtype dtype = working_type(x->dtype);
    switch (dtype) {
    case HN_DTYPE_F32:
        *types = HN_TYPES_f32;
        break;
    case HN_DTYPE_S8:
        *types = HN_TYPES_s8;
        break;
    case HN_DTYPE_U8:
        *types = HN_TYPES_u8;
        break;
    case HN_DTYPE_S16:
        *types = HN_TYPES_s16;
        break;
    case HN_DTYPE_S32:
        *types = HN_TYPES_s32;
        break;
    case HN_DTYPE_S64:
        *types = HN_TYPES_s64;
        break;
    case HN_DTYPE_U64:
        *types = HN_TYPES_u64;
        break;
    default:
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel orders %s", hn_dtype_name(x->dtype));
    }
    return hn_lower_as(L, x, dtype, in);
}

/* ---- arg ---- */

static hn_dtype index_type(const hn_node *node) {
    const char *name = hn_attr_string(node, "output_type", "");
    if (strcmp(name, "s32") == 0) return HN_DTYPE_S32;
    return node->out[0]->dtype == HN_DTYPE_S32 && name[0] == '\0' ? HN_DTYPE_S32 : HN_DTYPE_S64;
}

static hone_status arg_shape(hn_graph *g, hn_node *node) {
    const hn_shape *x = &node->in[0]->shape;
    const bool keepdims = hn_attr_int(node, "keepdims", 1) != 0;
    int32_t axis;
    if (x->rank < 0) {
        const hn_shape unknown = hn_shape_unknown(-1);
        return hn_node_set_shape(g, node, index_type(node), &unknown);
    }
    HN_TRY(find_axis(g->env, node, 1, 0, &axis));
    if (x->dim[axis] == 0) return hn_fail(g->env, HONE_E_SHAPE, "there is nothing to choose from");
    hn_shape out = {.rank = 0};
    for (int32_t d = 0; d < x->rank; d++) {
        if (d != axis) {
            hn_shape_take(&out, out.rank++, x, d);
        } else if (keepdims) {
            out.dim[out.rank++] = 1;
        }
    }
    return hn_node_set_shape(g, node, index_type(node), &out);
}

static hone_status arg_step(hn_lower *L, const hn_node *node, const view *v, int32_t kind) {
    hn_arg_args args = {kind, v->outer, v->n, v->inner, 0, 0};
    args.is_last = hn_attr_int(node, "select_last_index", 0) != 0;
    args.is_wide = node->out[0]->dtype == HN_DTYPE_S64;
    hn_operand operands[HN_ARG_OPERANDS];
    hn_types types;
    HN_TRY(ready_operand(L, node->in[0], &types, &operands[HN_ARG_IN]));
    operands[HN_ARG_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_arg, types, &args, operands, HN_ARG_OPERANDS);
}

static hone_status arg_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    int32_t axis;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(find_axis(L->env, node, 1, 0, &axis));
    const view v = view_of(&node->in[0]->shape, axis, axis + 1);
    return arg_step(L, node, &v, node->op == hn_op_at(HN_OP_arg_max) ? HN_ARG_MAX : HN_ARG_MIN);
}

/* ---- hardmax ---- */

static hone_status hardmax_shape(hn_graph *g, hn_node *node) {
    int32_t axis;
    const hn_value *x = node->in[0];
    if (x->shape.rank >= 0) HN_TRY(find_axis(g->env, node, NO_OPERAND, -1, &axis));
    return hn_node_set_shape(g, node, x->dtype, &x->shape);
}

static hone_status hardmax_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    int32_t axis;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    if (node->in[0]->dtype != HN_DTYPE_F32) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel computes on %s",
                       hn_dtype_name(node->in[0]->dtype));
    }
    HN_TRY(find_axis(L->env, node, NO_OPERAND, -1, &axis));
    const bool is_2d = hn_attr_int(node, "coerce_2d", 0) != 0;
    const view v = view_of(&node->in[0]->shape, axis, is_2d ? node->in[0]->shape.rank : axis + 1);
    return arg_step(L, node, &v, HN_ARG_HOT);
}

/* ---- top_k ---- */

enum { X, K };

/* k: -1 where it is not known. */
static hone_status read_k(hn_env *env, const hn_node *node, int64_t *k) {
    hn_ints list;
    const hn_ints_state state = hn_node_ints(node, K, "k", &list);
    *k = -1;
    if (state == HN_INTS_UNKNOWN) return HONE_OK;
    if (state != HN_INTS_KNOWN || list.n != 1 || list.v[0] < 0) {
        return hn_fail(env, HONE_E_SHAPE, "k is no number");
    }
    *k = list.v[0];
    return HONE_OK;
}

static hone_status top_k_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[X];
    hn_shape out = x->shape;
    int64_t k;
    int32_t axis;
    HN_TRY(read_k(g->env, node, &k));
    const hn_value *indices = node->n_out > 1 ? node->out[1] : NULL;
    const bool is_narrow = indices != NULL && indices->dtype == HN_DTYPE_S32;
    if (out.rank >= 0) {
        HN_TRY(find_axis(g->env, node, NO_OPERAND, -1, &axis));
        if (k >= 0 && out.dim[axis] >= 0 && k > out.dim[axis]) {
            return hn_fail(g->env, HONE_E_SHAPE, "k is greater than the dimension");
        }
        out.dim[axis] = k;
        out.sym[axis] = NULL;
    }
    HN_TRY(hn_node_set_output(g, node, 0, x->dtype, &out));
    return hn_node_set_output(g, node, 1, is_narrow ? HN_DTYPE_S32 : HN_DTYPE_S64, &out);
}

static hone_status top_k_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    int64_t k;
    int32_t axis;
    const hn_value *x = node->in[X];
    const hn_value *out[2] = {node->out[0], node->n_out > 1 ? node->out[1] : NULL};
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(read_k(L->env, node, &k));
    HN_TRY(find_axis(L->env, node, NO_OPERAND, -1, &axis));
    if (k < 0) return hn_fail(L->env, HONE_E_UNSUPPORTED, "k is not constant");
    const view v = view_of(&x->shape, axis, axis + 1);
    hn_topk_args args = {v.outer, v.n, v.inner, (int32_t)k, 1, HN_TOPK_VALUES};
    args.is_largest = hn_attr_int(node, "largest", 1) != 0;
    if (working_type(x->dtype) != x->dtype) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel orders %s", hn_dtype_name(x->dtype));
    }
    for (uint32_t i = 0; i < 2; i++) {
        hn_operand operands[HN_TOPK_OPERANDS];
        hn_types types;
        if (out[i] == NULL) continue;
        if (i == 1) args.gives = out[1]->dtype == HN_DTYPE_S64 ? HN_TOPK_S64 : HN_TOPK_S32;
        HN_TRY(ready_operand(L, x, &types, &operands[HN_TOPK_IN]));
        operands[HN_TOPK_OUT] = hn_operand_value(out[i]);
        HN_TRY(hn_lower_step(L, HN_FAMILY_topk, types, &args, operands, HN_TOPK_OPERANDS));
    }
    return HONE_OK;
}

/* ---- cumulative ---- */

static hone_status cumulative_shape(hn_graph *g, hn_node *node) {
    return hn_node_set_shape(g, node, node->in[0]->dtype, &node->in[0]->shape);
}

static hone_status cumulative_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    int32_t axis;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(find_axis(L->env, node, 1, 0, &axis));
    const view v = view_of(&node->in[0]->shape, axis, axis + 1);
    const bool is_sum = node->op == hn_op_at(HN_OP_cum_sum);
    hn_scan_args args = {is_sum ? HN_SCAN_SUM : HN_SCAN_PROD, v.outer, v.n, v.inner, 0, 0};
    args.is_exclusive = hn_attr_int(node, "exclusive", 0) != 0;
    args.is_reverse = hn_attr_int(node, "reverse", 0) != 0;
    hn_operand operands[HN_SCAN_OPERANDS];
    hn_types types;
    HN_TRY(ready_operand(L, node->in[0], &types, &operands[HN_SCAN_IN]));
    const bool is_own = working_type(node->in[0]->dtype) == node->in[0]->dtype;
    if (!is_own || (types != HN_TYPES_f32 && types != HN_TYPES_s32 && types != HN_TYPES_s64)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel computes on %s",
                       hn_dtype_name(node->in[0]->dtype));
    }
    operands[HN_SCAN_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_scan, types, &args, operands, HN_SCAN_OPERANDS);
}

const hn_op_hooks hn_hooks_arg_max = {.shape = arg_shape, .lower = arg_lower};
const hn_op_hooks hn_hooks_arg_min = {.shape = arg_shape, .lower = arg_lower};
const hn_op_hooks hn_hooks_hardmax = {.shape = hardmax_shape, .lower = hardmax_lower};
const hn_op_hooks hn_hooks_top_k = {.shape = top_k_shape, .lower = top_k_lower, .max_outputs = 2};
const hn_op_hooks hn_hooks_cum_sum = {.shape = cumulative_shape, .lower = cumulative_lower};
const hn_op_hooks hn_hooks_cum_prod = {.shape = cumulative_shape, .lower = cumulative_lower};
