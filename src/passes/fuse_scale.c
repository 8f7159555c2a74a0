/* SPDX-License-Identifier: Apache-2.0
 * conv or deconv followed by a product with a per-channel float constant: the weights and the bias
 * are scaled once, here. What batch normalisation leaves, and what some exporters write. */
#include "passes/pass.h"

#include <string.h>

#include "passes/channel_constant.h"

/* Dimension of the output channel in the weights; -1 where groups mix it with another. */
static int32_t weight_axis(const hn_node *node) {
    const char *layout = hn_attr_string(node, "kernel_layout", "oihw");
    const int32_t rank = node->in[1]->shape.rank;
    if (node->op == hn_op_at(HN_OP_conv)) return strcmp(layout, "1hwo") == 0 ? rank - 1 : 0;
    return -1;
}

static hn_value *scaled(hn_graph *g, const hn_value *v, int32_t axis, const float *factor,
                        uint64_t n_factor) {
    hn_later recipe = {.from = v, .factor = factor, .inner = 1, .n_factor = n_factor};
    uint64_t n = 0;
    if (!hn_shape_count(&v->shape, &n) || n == 0) return NULL;
    for (int32_t d = axis + 1; d < v->shape.rank; d++) recipe.inner *= (uint64_t)v->shape.dim[d];
    hn_value *out = hn_graph_later(g, v->name, &v->shape, &recipe);
    if (out != NULL) out->origin = v->origin;
    return out;
}

static bool is_constant_f32(const hn_value *v) {
    return v != NULL && v->constant != NULL && v->dtype == HN_DTYPE_F32 && v->quant == NULL;
}

static bool can_scale(const hn_node *node) {
    if (node == NULL || node->is_dead || node->out[0]->dtype != HN_DTYPE_F32) return false;
    if (node->op != hn_op_at(HN_OP_conv) || hn_attr_string(node, "activation", "")[0] != 0) {
        return false;
    }
    const bool has_bias = node->n_in > 2 && node->in[2] != NULL;
    return is_constant_f32(node->in[1]) && (!has_bias || is_constant_f32(node->in[2]));
}

static hone_status try_mul(hn_graph *g, const hn_consumers *uses, hn_node *mul) {
    for (uint32_t side = 0; side < 2; side++) {
        hn_value *x = mul->in[side];
        hn_node *node = x->producer;
        if (!can_scale(node) || hn_single_consumer(g, uses, x) != mul ||
            !hn_shape_equal(&x->shape, &mul->out[0]->shape) ||
            hn_attr_string(mul, "activation", "")[0] != 0) {
            continue;
        }
        const int32_t axis = hn_channel_axis(node);
        hn_value *c = hn_channel_constant(g, mul->in[1 - side], &x->shape, axis);
        if (c == NULL) continue;
        const uint64_t n = (uint64_t)x->shape.dim[axis];
        float *factor = HN_NEW_N(g->arena, float, n);
        if (factor == NULL) return hn_no_memory(g->env);
        HN_TRY(hn_constant_read_f32(g, c, factor, n));
        hn_value *w = scaled(g, node->in[1], weight_axis(node), factor, n);
        hn_value *b = NULL;
        if (node->n_in > 2 && node->in[2] != NULL) b = scaled(g, node->in[2], 0, factor, n);
        if (w == NULL || (b == NULL && node->n_in > 2 && node->in[2] != NULL)) {
            return hn_no_memory(g->env);
        }
        node->in[1] = w;
        if (b != NULL) node->in[2] = b;
        return hn_fuse_into(g, node, mul);
    }
    return HONE_OK;
}

hone_status hn_pass_fuse_scale(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    hn_consumers uses;
    HN_TRY(hn_consumers_make(g, &uses));
    const uint32_t n = g->n_nodes;
    for (uint32_t i = 0; i < n; i++) {
        hn_node *node = g->nodes[i];
        if (node->op == hn_op_at(HN_OP_mul) && !node->is_dead) HN_TRY(try_mul(g, &uses, node));
    }
    return HONE_OK;
}
