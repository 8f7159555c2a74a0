/* SPDX-License-Identifier: Apache-2.0
 * conv, gemm, fully connected or matmul followed by the addition of a per-channel float constant:
 * the constant becomes the bias. Older exporters (CNTK, some PyTorch ones) write it apart. */
#include "passes/channel_constant.h"

/* A matmul with a constant 2-D right side is a fully connected layer: of rows, a gemm. */
static bool can_take_bias(const hn_node *node) {
    const hn_op *op = node->op;
    const hn_value *bias = node->n_in > 2 ? node->in[2] : NULL;
    if (op == hn_op_at(HN_OP_conv) || op == hn_op_at(HN_OP_deconv)) {
        return bias == NULL || (bias->constant != NULL && bias->dtype == HN_DTYPE_F32);
    }
    if (op == hn_op_at(HN_OP_fully_connected)) return bias == NULL;
    if (op == hn_op_at(HN_OP_gemm)) return bias == NULL;
    return op == hn_op_at(HN_OP_matmul) && node->in[1]->constant != NULL && bias == NULL &&
           node->in[1]->dtype == HN_DTYPE_F32 && node->in[0]->shape.rank >= 2 &&
           node->in[1]->shape.rank == 2;
}

static bool has_activation(const hn_node *node) {
    return hn_attr_string(node, "activation", "")[0] != 0;
}

/* The sum of two constants of n floats. */
static hone_status sum_of(hn_graph *g, const hn_value *a, const hn_value *b, hn_value **out) {
    const uint64_t n = (uint64_t)b->shape.dim[0];
    float *x = HN_NEW_N(g->arena, float, n), *y = HN_NEW_N(g->arena, float, n);
    if (x == NULL || y == NULL) return hn_no_memory(g->env);
    HN_TRY(hn_constant_read_f32(g, a, x, n));
    HN_TRY(hn_constant_read_f32(g, b, y, n));
    for (uint64_t i = 0; i < n; i++) x[i] += y[i];
    *out = hn_graph_constant_borrowed(g, b->name, HN_DTYPE_F32, &b->shape, x);
    if (*out == NULL) return hn_no_memory(g->env);
    (*out)->constant->is_borrowed = false;
    (*out)->origin = b->origin;
    return HONE_OK;
}

static hone_status set_bias(hn_graph *g, hn_node *node, hn_value *bias) {
    if (node->n_in > 2 && node->in[2] != NULL) HN_TRY(sum_of(g, node->in[2], bias, &bias));
    if (node->n_in < 3) {
        hn_value **in = HN_NEW_N(g->arena, hn_value *, 3);
        if (in == NULL) return hn_no_memory(g->env);
        in[0] = node->in[0];
        in[1] = node->in[1];
        node->in = in;
        node->n_in = 3;
    }
    node->in[2] = bias;
    const bool is_flat = node->in[0]->shape.rank == 2;
    if (node->op == hn_op_at(HN_OP_matmul) && is_flat) node->op = hn_op_at(HN_OP_gemm);
    return HONE_OK;
}

static hone_status try_add(hn_graph *g, const hn_consumers *uses, hn_node *add) {
    for (uint32_t side = 0; side < 2; side++) {
        hn_value *x = add->in[side], *c = add->in[1 - side];
        hn_node *node = x->producer;
        if (node == NULL || node->is_dead || x->dtype != HN_DTYPE_F32 || !can_take_bias(node) ||
            has_activation(node) || hn_single_consumer(g, uses, x) != add ||
            !hn_shape_equal(&x->shape, &add->out[0]->shape) || x->shape.rank < 2) {
            continue;
        }
        hn_value *bias = hn_channel_constant(g, c, &x->shape, hn_channel_axis(node));
        if (bias == NULL) continue;
        HN_TRY(set_bias(g, node, bias));
        if (has_activation(add)) {
            if (!hn_attr_set_string(g, node, "activation", hn_attr_string(add, "activation", ""))) {
                return hn_no_memory(g->env);
            }
        }
        return hn_fuse_into(g, node, add);
    }
    return HONE_OK;
}

hone_status hn_pass_fuse_bias(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    hn_consumers uses;
    HN_TRY(hn_consumers_make(g, &uses));
    const uint32_t n = g->n_nodes;
    for (uint32_t i = 0; i < n; i++) {
        hn_node *node = g->nodes[i];
        if (node->op == hn_op_at(HN_OP_add) && !node->is_dead) HN_TRY(try_add(g, &uses, node));
    }
    return HONE_OK;
}
