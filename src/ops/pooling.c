/* SPDX-License-Identifier: Apache-2.0
 * Pooling by maximum and average over windows, channels last. The average over a whole image is a
 * reduction and lies in reduce.c. */
#include "kernels/pool/pool.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/window.h"

static const char *read_pool(const hn_node *node, hn_window *w) {
    const hn_shape *x = &node->in[0]->shape;
    if (x->rank < 3 || x->rank > 5) return "an image has 3 to 5 dimensions";
    int64_t kernel[3];
    const char *problem = hn_window_kernel(node, x->rank - 2, kernel);
    return problem != NULL ? problem : hn_window_read(node, x, kernel, w);
}

static hone_status pool_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const hn_dtype dtype = hn_node_out_dtype(node, x);
    if (x->shape.rank < 0) return hn_node_set_shape(g, node, dtype, &x->shape);
    hn_window w;
    const char *problem = read_pool(node, &w);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_shape out = x->shape;
    for (int32_t i = 0; i < w.n_spatial; i++) {
        out.dim[w.first + i] = w.axis[i].out;
        out.sym[w.first + i] = NULL;
    }
    return hn_node_set_shape(g, node, dtype, &out);
}

static void fill_geometry(const hn_node *node, const hn_window *w, hn_pool_args *a) {
    const hn_window_axis flat = {1, 1, 1, 1, 1, 0, 0};
    const hn_window_axis *y = w->n_spatial == 2 ? &w->axis[0] : &flat;
    const hn_window_axis *x = &w->axis[w->n_spatial - 1];
    a->n = (int32_t)node->in[0]->shape.dim[0];
    a->c = (int32_t)node->in[0]->shape.dim[w->channel];
    a->in_h = (int32_t)y->in;
    a->in_w = (int32_t)x->in;
    a->out_h = (int32_t)y->out;
    a->out_w = (int32_t)x->out;
    a->k_h = (int32_t)y->kernel;
    a->k_w = (int32_t)x->kernel;
    a->stride_h = (int32_t)y->stride;
    a->stride_w = (int32_t)x->stride;
    a->dilation_h = (int32_t)y->dilation;
    a->dilation_w = (int32_t)x->dilation;
    a->pad_top = (int32_t)y->pad_begin;
    a->pad_left = (int32_t)x->pad_begin;
}

static hone_status fill_integer(hn_lower *L, const hn_node *node, hn_pool_args *a) {
    const hn_value *x = node->in[0], *out = node->out[0];
    if (out->dtype != x->dtype) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "input and output of different integer types");
    }
    a->arith = (int32_t)node->arith;
    HN_TRY(hn_activation_int(L->graph, node, out, &a->act_min, &a->act_max));
    a->in_zero = hn_quant_zero(x, 0);
    a->out_zero = hn_quant_zero(out, 0);
    a->scale = hn_quant_scale(x, 0) / hn_quant_scale(out, 0);
    return HONE_OK;
}

static hone_status pool_lower(hn_lower *L, const hn_node *node, int32_t kind) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    hn_window w;
    const char *problem = read_pool(node, &w);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    if (w.n_spatial == 3) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "pooling over three spatial dimensions");
    }
    if (!hn_node_is_nhwc(node)) {
        return hn_fail(L->env, HONE_E_INTERNAL, "images must be channels last to be lowered");
    }
    hn_types types;
    HN_TRY(hn_lower_types(L, node, node->in[0], &types));
    hn_pool_args args = {.kind = kind};
    args.count_pad = hn_attr_int(node, "count_include_pad", 0) != 0 ? 1 : 0;
    fill_geometry(node, &w, &args);
    hn_activation_f32(node, &args.low, &args.high);
    if (types != HN_TYPES_f32) HN_TRY(fill_integer(L, node, &args));
    hn_operand operands[HN_POOL_OPERANDS];
    HN_TRY(hn_lower_operand(L, node->in[0], &operands[HN_POOL_IN]));
    operands[HN_POOL_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_pool, types, &args, operands, HN_POOL_OPERANDS);
}

static hone_status max_lower(hn_lower *L, const hn_node *node) {
    return pool_lower(L, node, HN_POOL_MAX);
}

static hone_status average_lower(hn_lower *L, const hn_node *node) {
    return pool_lower(L, node, HN_POOL_AVERAGE);
}

static bool average_quantized(const hn_node *node) {
    return hn_value_is_q8(node->in[0]) && hn_value_is_q8(node->out[0]) &&
           node->in[0]->dtype == node->out[0]->dtype;
}

const hn_op_hooks hn_hooks_max_pool = {
    .shape = pool_shape, .lower = max_lower, .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_avg_pool = {
    .shape = pool_shape, .lower = average_lower, .quantized = average_quantized};
