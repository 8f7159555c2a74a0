/* SPDX-License-Identifier: Apache-2.0
 * Operators that have no steps of their own are replaced by the simpler ones that their `expand`
 * hook makes. Those may be composites again: they stand behind all others and are reached later.
 * Where a shape depends on data they stay, and are expanded as they run (ops/compose.h). */
#include "ops/compose.h"
#include "passes/pass.h"

enum { ROUNDS = 8 }; /* how deep composites of composites may go */

static hone_status expand_node(hn_graph *g, hn_node *node) {
    const uint32_t first = g->n_nodes;
    hn_value *const *outs = node->out;
    const uint32_t n_out = node->n_out;
    const hone_status status = node->op->hooks->expand(g, node);
    if (status != HONE_OK) return hn_node_fail(g->env, node, status);
    for (uint32_t i = first; i < g->n_nodes; i++) {
        hn_node *made = g->nodes[i];
        made->name = node->name;
        made->foreign = node->foreign;
        if (!hn_origin_add(g, &made->origin, &node->origin)) return hn_no_memory(g->env);
        HN_TRY(hn_node_infer(g, made));
    }
    hn_node_kill(node);
    for (uint32_t i = 0; i < n_out; i++) {
        if (outs[i] == NULL || (outs[i]->producer != NULL && outs[i]->producer != node)) continue;
        return hn_fail(g->env, HONE_E_INTERNAL, "%s: output %u was lost", node->op->name, i);
    }
    return HONE_OK;
}

hone_status hn_pass_expand_composites(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    uint32_t begin = 0;
    for (int round = 0; round < ROUNDS && begin < g->n_nodes; round++) {
        const uint32_t end = g->n_nodes;
        for (uint32_t i = begin; i < end; i++) {
            hn_node *node = g->nodes[i];
            const hn_op_hooks *hooks = node->op->hooks;
            if (node->is_dead || hooks->expand == NULL || hooks->lower != NULL) continue;
            if (!hn_compose_is_ready(node)) continue;
            HN_TRY(expand_node(g, node));
        }
        begin = end;
    }
    return HONE_OK;
}
