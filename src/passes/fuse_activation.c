/* SPDX-License-Identifier: Apache-2.0
 * relu, relu6 and clip with constant bounds move into the float operator before them, as its fused
 * activation. Only where that operator has none yet and nobody else reads its result. Quantized
 * operators are left alone: fusing would remove a rounding. */
#include "passes/pass.h"

#include <string.h>

static const char *const takers[] = {
    "conv", "deconv", "fully_connected", "gemm",    "matmul", "add", "sub",
    "mul",  "div",    "avg_pool",        "max_pool"};

static bool takes_activation(const hn_node *node) {
    if (node->out[0] == NULL || node->out[0]->dtype != HN_DTYPE_F32) return false;
    if (hn_attr_string(node, "activation", "")[0] != 0) return false;
    for (size_t i = 0; i < sizeof takers / sizeof takers[0]; i++) {
        if (strcmp(node->op->name, takers[i]) == 0) return true;
    }
    return false;
}

static bool bound_of(const hn_graph *g, const hn_node *clip, uint32_t port, const char *attr,
                     float absent, float *out) {
    if (clip->n_in > port && clip->in[port] != NULL) {
        return clip->in[port]->constant != NULL &&
               hn_constant_read_f32(g, clip->in[port], out, 1) == HONE_OK;
    }
    *out = hn_attr_float(clip, attr, absent);
    return true;
}

/* Sets the activation attributes of `node` from the activation operator `act`. */
static hone_status move_activation(hn_graph *g, hn_node *node, const hn_node *act, bool *done) {
    const char *name = act->op->name;
    *done = false;
    if (act->op == hn_op_at(HN_OP_clip)) {
        float low = 0.0f, high = 0.0f;
        const float inf = __builtin_inff();
        if (!bound_of(g, act, 1, "clip_min", -inf, &low)) return HONE_OK;
        if (!bound_of(g, act, 2, "clip_max", inf, &high)) return HONE_OK;
        if (!hn_attr_set_float(g, node, "clip_min", low) ||
            !hn_attr_set_float(g, node, "clip_max", high)) {
            return hn_no_memory(g->env);
        }
    }
    if (!hn_attr_set_string(g, node, "activation", name)) return hn_no_memory(g->env);
    *done = true;
    return HONE_OK;
}

static bool is_activation(const hn_node *node) {
    return node->op == hn_op_at(HN_OP_relu) || node->op == hn_op_at(HN_OP_relu6) ||
           node->op == hn_op_at(HN_OP_clip);
}

hone_status hn_pass_fuse_activation(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    hn_consumers uses;
    HN_TRY(hn_consumers_make(g, &uses));
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *act = g->nodes[i];
        if (act->is_dead || !is_activation(act)) continue;
        hn_node *node = act->in[0]->producer;
        bool done = false;
        if (node == NULL || node->is_dead || !takes_activation(node)) continue;
        if (hn_single_consumer(g, &uses, act->in[0]) != act) continue;
        HN_TRY(move_activation(g, node, act, &done));
        if (done) HN_TRY(hn_fuse_into(g, node, act));
    }
    return HONE_OK;
}
