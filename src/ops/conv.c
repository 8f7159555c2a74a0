/* SPDX-License-Identifier: Apache-2.0
 * Convolution. The shape hook knows every layout of images and kernels; the lower hook wants images
 * channels last and puts constant weights in the order of the kernels: O H W I, or H W O where
 * every input channel has its own filters (depthwise). One spatial dimension is an image of
 * height 1. */
#include <string.h>

#include "kernels/conv/conv.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/hybrid.h"
#include "ops/infer.h"
#include "ops/window.h"

enum { ADDEND = 3 }; /* operand */

/* Channels of a convolution; -1: unknown. */
typedef struct channels {
    int64_t in, out, group;
} channels;

static const char *read_channels(const hn_node *node, const hn_window *w, const hn_kernel_dims *k,
                                 channels *out) {
    const hn_shape *x = &node->in[0]->shape, *weights = &node->in[1]->shape;
    channels c = {x->dim[w->channel], weights->dim[k->out], 0};
    const int64_t per_group = weights->dim[k->in];
    int64_t absent = 1;
    if (k->is_1hwo) {
        absent = c.in;
    } else if (k->first == 1 && c.in > 0 && per_group > 0 && c.in % per_group == 0) {
        absent = c.in / per_group; /* in TensorFlow Lite only the weights tell */
    }
    c.group = hn_attr_int(node, "group", absent);
    if (k->is_1hwo) {
        if (per_group != 1 && per_group != -1) return "depthwise weights must begin with 1";
        if (c.in == -1) c.in = c.group;
        if (c.group != c.in) return "depthwise weights with another number of groups";
    }
    if (c.group <= 0 && !(k->is_1hwo && c.in == -1)) return "group must be positive";
    if (c.group > INT32_MAX) return "group is too large";
    if (c.out == 0 || c.in == 0) return "there are no channels";
    if (c.group > 0 && c.out > 0 && c.out % c.group != 0) {
        return "the output channels do not divide into the groups";
    }
    if (!k->is_1hwo && c.in > 0 && per_group >= 0 &&
        (c.in % c.group != 0 || c.in / c.group != per_group)) {
        return "the input's channels do not match the weights";
    }
    const hn_value *bias = hn_node_in(node, 2);
    if (bias != NULL && bias->shape.rank >= 0) {
        const int64_t n = hn_shape_product(&bias->shape, 0, bias->shape.rank);
        if (n >= 0 && c.out >= 0 && n != c.out) return "the bias has another length";
    }
    *out = c;
    return NULL;
}

static const char *read_all(const hn_node *node, hn_window *w, hn_kernel_dims *k, channels *c) {
    const hn_shape *x = &node->in[0]->shape, *weights = &node->in[1]->shape;
    if (x->rank != weights->rank) return "input and weights have different ranks";
    if (x->rank < 3 || x->rank > 5) return "an image has 3 to 5 dimensions";
    const char *problem = hn_kernel_dims_read(node, x->rank, k);
    if (problem != NULL) return problem;
    problem = hn_window_read(node, x, &weights->dim[k->first], w);
    return problem != NULL ? problem : read_channels(node, w, k, c);
}

static hone_status conv_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const hn_dtype dtype = hn_node_out_dtype(node, x);
    if (x->shape.rank < 0 || node->in[1]->shape.rank < 0) {
        const hn_shape unknown = hn_shape_unknown(x->shape.rank);
        return hn_node_set_shape(g, node, dtype, &unknown);
    }
    hn_window w;
    hn_kernel_dims k;
    channels c;
    const char *problem = read_all(node, &w, &k, &c);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const hn_value *addend = hn_node_in(node, ADDEND);
    hn_shape out = {.rank = x->shape.rank};
    hn_shape_take(&out, 0, &x->shape, 0);
    for (int32_t i = 0; i < w.n_spatial; i++) out.dim[w.first + i] = w.axis[i].out;
    out.dim[w.channel] = c.out;
    const bool is_float = dtype == HN_DTYPE_F32 && node->in[1]->dtype == HN_DTYPE_F32;
    if (addend != NULL && (addend->dtype != HN_DTYPE_F32 || !is_float || c.group != 1 ||
                           out.rank > 4 || !hn_shape_equal(&addend->shape, &out))) {
        return hn_fail(g->env, HONE_E_SHAPE, "an addend that is not like the output");
    }
    return hn_node_set_shape(g, node, dtype, &out);
}

static void fill_geometry(const hn_node *node, const hn_window *w, const channels *c,
                          hn_conv_args *a) {
    const hn_window_axis flat = {1, 1, 1, 1, 1, 0, 0};
    const hn_window_axis *y = w->n_spatial == 2 ? &w->axis[0] : &flat;
    const hn_window_axis *x = &w->axis[w->n_spatial - 1];
    a->n = (int32_t)node->in[0]->shape.dim[0];
    a->in_h = (int32_t)y->in;
    a->in_w = (int32_t)x->in;
    a->in_c = (int32_t)c->in;
    a->out_h = (int32_t)y->out;
    a->out_w = (int32_t)x->out;
    a->out_c = (int32_t)c->out;
    a->k_h = (int32_t)y->kernel;
    a->k_w = (int32_t)x->kernel;
    a->stride_h = (int32_t)y->stride;
    a->stride_w = (int32_t)x->stride;
    a->dilation_h = (int32_t)y->dilation;
    a->dilation_w = (int32_t)x->dilation;
    a->pad_top = (int32_t)y->pad_begin;
    a->pad_left = (int32_t)x->pad_begin;
    a->groups = (int32_t)c->group;
}

/* The order of the kernels: output channels first, or last for depthwise. */
static hn_weights_form weights_form(const hn_kernel_dims *k, int32_t n_spatial, hn_types types,
                                    bool is_depthwise) {
    hn_weights_form form = {types, {0}};
    int32_t at = 0;
    if (!is_depthwise) form.perm[at++] = k->out;
    for (int32_t i = 0; i < n_spatial; i++) form.perm[at++] = k->first + i;
    form.perm[at++] = k->in;
    if (is_depthwise) form.perm[at] = k->out;
    return form;
}

/* A function and an addend that fuse_epilogue moved into the node. */
static hone_status fill_epilogue(hn_lower *L, const hn_node *node, hn_conv_args *a,
                                 hn_operand *add) {
    static const char *const names[HN_ACT_COUNT] = {
        [HN_ACT_NONE] = "",
        [HN_ACT_SIGMOID] = "sigmoid",
        [HN_ACT_SILU] = "swish",
        [HN_ACT_HARD_SWISH] = "hard_swish",
        [HN_ACT_LEAKY_RELU] = "leaky_relu",
    };
    const char *name = hn_attr_string(node, "function", "");
    *add = HN_NO_OPERAND;
    a->alpha = hn_attr_float(node, "function_alpha", 0.0f);
    a->act = HN_ACT_COUNT;
    for (int32_t i = 0; i < HN_ACT_COUNT; i++) {
        if (strcmp(names[i], name) == 0) a->act = i;
    }
    if (hn_node_in(node, ADDEND) == NULL) return HONE_OK;
    a->has_add = 1;
    return hn_lower_operand(L, node->in[ADDEND], add);
}

/* Zero points, bounds and requantising pairs of an integer convolution. */
static hone_status fill_integer(hn_lower *L, const hn_node *node, hn_types types, hn_conv_args *a,
                                hn_operand *scale) {
    const hn_value *x = node->in[0], *w = node->in[1], *out = node->out[0];
    if (out->dtype != x->dtype) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "input and output of different integer types");
    }
    a->arith = (int32_t)node->arith;
    HN_TRY(hn_activation_int(L->graph, node, out, &a->act_min, &a->act_max));
    a->in_zero = hn_quant_zero(x, 0);
    a->out_zero = hn_quant_zero(out, 0);
    const hn_product product = {x, w, out, (uint32_t)a->out_c, types == HN_TYPES_u8, false};
    return hn_lower_product(L, node, &product, scale);
}

/* Volumes, and weights of 8 bits with activations that are floats or of 16 bits: by the family
 * direct. */
static hone_status direct_lower(hn_lower *L, const hn_node *node, const hn_window *w,
                                const hn_kernel_dims *k, const channels *c) {
    const bool is_hybrid = hn_node_is_hybrid(node);
    hn_types types = HN_TYPES_s8;
    if (!is_hybrid) HN_TRY(hn_lower_types(L, node, node->in[0], &types));
    hn_direct_args args = {.n = (int32_t)node->in[0]->shape.dim[0],
                           .in_c = (int32_t)c->in,
                           .out_c = (int32_t)c->out,
                           .groups = (int32_t)c->group};
    hn_direct_geometry(w, &args);
    hn_direct_operands o = {node->in[0],   node->in[1], hn_node_in(node, 2), node->out[0], types,
                            HN_NO_OPERAND, false};
    const hn_weights_form form = weights_form(k, w->n_spatial, types, false);
    HN_TRY(hn_lower_weights(L, node->in[1], &form, &o.weights, &args.w_zero));
    if (!is_hybrid) return hn_direct_emit(L, node, &args, &o);
    const bool is_per_channel = k->is_1hwo || hn_quant_channels(node->in[1]) > 1;
    return hn_lower_hybrid(L, node, &args, o.weights, is_per_channel);
}

static hone_status conv_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    hn_window w;
    hn_kernel_dims k;
    channels c;
    const char *problem = read_all(node, &w, &k, &c);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    if (!hn_node_is_nhwc(node)) {
        return hn_fail(L->env, HONE_E_INTERNAL, "images must be channels last to be lowered");
    }
    const bool is_wide = node->in[0]->dtype == HN_DTYPE_S16;
    if (w.n_spatial == 3 || is_wide || hn_node_is_hybrid(node))
        return direct_lower(L, node, &w, &k, &c);
    hn_types types;
    HN_TRY(hn_lower_types(L, node, node->in[0], &types));
    hn_conv_args args = {0};
    fill_geometry(node, &w, &c, &args);
    hn_activation_f32(node, &args.low, &args.high);
    hn_operand operands[HN_CONV_OPERANDS];
    HN_TRY(hn_lower_operand(L, node->in[0], &operands[HN_CONV_IN]));
    const bool is_depthwise = k.is_1hwo || (c.group == c.in && c.in > 1);
    const hn_weights_form form = weights_form(&k, w.n_spatial, types, is_depthwise);
    HN_TRY(hn_lower_weights(L, node->in[1], &form, &operands[HN_CONV_WEIGHTS], &args.w_zero));
    HN_TRY(hn_lower_bias(L, hn_node_in(node, 2), types, &operands[HN_CONV_BIAS]));
    HN_TRY(fill_epilogue(L, node, &args, &operands[HN_CONV_ADD]));
    operands[HN_CONV_SCALE] = HN_NO_OPERAND;
    args.arith = hn_float_arith(types);
    if (!hn_types_are_float(types)) {
        HN_TRY(fill_integer(L, node, types, &args, &operands[HN_CONV_SCALE]));
    }
    operands[HN_CONV_OUT] = hn_operand_value(node->out[0]);
    const hn_family family = is_depthwise ? HN_FAMILY_dwconv : HN_FAMILY_conv;
    return hn_lower_step(L, family, types, &args, operands, HN_CONV_OPERANDS);
}

/* The elements of one output channel's filter, for each output element. */
static uint64_t conv_macs(const hn_node *node) {
    const hn_shape *w = &node->in[1]->shape;
    hn_kernel_dims k;
    uint64_t n_out, n_weights, macs;
    if (!hn_shape_count(&node->out[0]->shape, &n_out) || !hn_shape_count(w, &n_weights)) return 0;
    if (hn_kernel_dims_read(node, w->rank, &k) != NULL || w->dim[k.out] <= 0) return 0;
    return hn_mul_u64(n_out, n_weights / (uint64_t)w->dim[k.out], &macs) ? macs : UINT64_MAX;
}

static bool conv_quantized(const hn_node *node) {
    const hn_value *x = node->in[0], *w = node->in[1];
    hn_kernel_dims k;
    if (w->shape.rank < 3 || hn_kernel_dims_read(node, w->shape.rank, &k) != NULL) return false;
    return hn_value_is_q8(x) && hn_value_is_q8(node->out[0]) && x->dtype == node->out[0]->dtype &&
           hn_weights_are_q8(w, k.out) && hn_bias_is_s32(hn_node_in(node, 2));
}

const hn_op_hooks hn_hooks_conv = {
    .shape = conv_shape, .lower = conv_lower, .macs = conv_macs, .quantized = conv_quantized};
