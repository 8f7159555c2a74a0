/* SPDX-License-Identifier: Apache-2.0
 * conv, gemm, fully connected or matmul followed by the addition of a per-channel float constant:
 * the constant becomes the bias. Older exporters (CNTK, some PyTorch ones) write it apart. */
#include "passes/pass.h"

/* The constant as [channels], when its only dimension that is not 1 is the channel's. */
static hn_value *channel_vector(hn_graph *g, hn_value *c, const hn_shape *out, int32_t axis) {
    const int64_t channels = out->dim[axis];
    int64_t stride = 0;
    if (c->constant == NULL || c->dtype != HN_DTYPE_F32 || c->shape.rank > out->rank) return NULL;
    for (int32_t d = 0; d < c->shape.rank; d++) {
        const int32_t at = out->rank - c->shape.rank + d;
        if (c->shape.dim[d] == 1) continue;
        if (at != axis || c->shape.dim[d] != channels) return NULL;
        stride = c->constant->stride[d];
    }
    if (stride == 0 && channels != 1) return NULL; /* a scalar for all channels: not a bias */
    const hn_shape shape = hn_shape_of(1, &channels);
    hn_value *v = hn_graph_constant_borrowed(g, c->name, c->dtype, &shape, c->constant->bytes);
    if (v == NULL) return NULL;
    *v->constant = *c->constant;
    v->constant->stride[0] = stride != 0 ? stride : 1;
    v->origin = c->origin;
    return v;
}

static int32_t channel_axis(const hn_node *node) {
    const int32_t rank = node->out[0]->shape.rank;
    if (node->op == hn_op_at(HN_OP_conv) || node->op == hn_op_at(HN_OP_deconv)) {
        return hn_attr_string(node, "layout", "nchw")[1] == 'c' ? 1 : rank - 1;
    }
    return rank - 1;
}

/* matmul has no bias operand: with a constant 2-D right side it is a fully connected gemm. */
static bool can_take_bias(const hn_node *node) {
    const hn_op *op = node->op;
    if (op == hn_op_at(HN_OP_conv) || op == hn_op_at(HN_OP_deconv) ||
        op == hn_op_at(HN_OP_fully_connected)) {
        return node->n_in < 3 || node->in[2] == NULL;
    }
    if (op == hn_op_at(HN_OP_gemm)) return node->n_in < 3 || node->in[2] == NULL;
    return op == hn_op_at(HN_OP_matmul) && node->in[1]->constant != NULL &&
           node->in[0]->shape.rank == 2 && node->in[1]->shape.rank == 2;
}

static bool has_activation(const hn_node *node) {
    return hn_attr_string(node, "activation", "")[0] != 0;
}

static hone_status set_bias(hn_graph *g, hn_node *node, hn_value *bias) {
    if (node->n_in < 3) {
        hn_value **in = HN_NEW_N(g->arena, hn_value *, 3);
        if (in == NULL) return hn_no_memory(g->env);
        in[0] = node->in[0];
        in[1] = node->in[1];
        node->in = in;
        node->n_in = 3;
    }
    node->in[2] = bias;
    if (node->op == hn_op_at(HN_OP_matmul)) node->op = hn_op_at(HN_OP_gemm);
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
        hn_value *bias = channel_vector(g, c, &x->shape, channel_axis(node));
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
