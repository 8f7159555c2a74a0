/* SPDX-License-Identifier: Apache-2.0
 * Runs every node whose operands are all constant once, on the host, with the reference kernels.
 * A result is never larger than 1 MB or twice its operands, whichever is more, so that a small file
 * cannot ask for a large constant. Dequantized constants wait for fold_weights, so that fold_qdq
 * still sees the pairs. */
#include "passes/pass.h"

#include "ops/lower.h"

enum { FOLD_BYTES = 1 << 20 };

static bool is_foldable(const hn_node *node, uint64_t *in_bytes) {
    if (node->op->effects != HN_EFFECT_NONE || node->n_in == 0) return false;
    for (uint32_t k = 0; k < node->n_in; k++) {
        const hn_value *v = node->in[k];
        uint64_t n_bytes = 0;
        if (v == NULL) continue;
        if (v->constant == NULL || v->kind != HN_VALUE_TENSOR || !hn_value_bytes(v, &n_bytes)) {
            return false;
        }
        if (!hn_add_u64(*in_bytes, n_bytes, in_bytes)) return false;
    }
    for (uint32_t k = 0; k < node->n_out; k++) {
        if (node->out[k] != NULL && !hn_shape_is_known(&node->out[k]->shape)) return false;
    }
    return true;
}

static hone_status fold(hn_graph *g, bool with_dequantize) {
    bool changed = false;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        uint64_t in_bytes = 0;
        if (node->op == hn_op_at(HN_OP_dequantize) && !with_dequantize) continue;
        if (changed) HN_TRY(hn_node_infer(g, node)); /* shapes that a folded operand now tells */
        if (!is_foldable(node, &in_bytes)) continue;
        const uint64_t limit = in_bytes > FOLD_BYTES / 2 ? 2 * in_bytes : FOLD_BYTES;
        const hone_status status = hn_node_eval(g, node, limit);
        /* too large, or an operator that has no reference kernel as it stands: it runs later */
        const bool can_wait = status == HONE_E_LIMIT || status == HONE_E_UNSUPPORTED ||
                              status == HONE_E_INTERNAL;
        if (can_wait) continue;
        HN_TRY(status);
        hn_node_kill(node);
        for (uint32_t k = 0; k < node->n_out; k++) {
            if (node->out[k] != NULL) node->out[k]->producer = NULL;
        }
        changed = true;
    }
    return HONE_OK;
}

hone_status hn_pass_fold_constants(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    return fold(g, false);
}

hone_status hn_pass_fold_weights(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    return fold(g, true);
}
