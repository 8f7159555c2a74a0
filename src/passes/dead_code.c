/* SPDX-License-Identifier: Apache-2.0
 * Removes nodes whose results nobody uses and that have no effect. Walking backwards, a node's
 * operands lose a use when it goes, so one walk suffices. */
#include "ops/control.h"
#include "passes/pass.h"

hone_status hn_pass_dead_code(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    hn_graph_count_uses(g);
    for (uint32_t i = g->n_nodes; i-- > 0;) {
        hn_node *node = g->nodes[i];
        bool is_used = hn_node_has_writes(node);
        for (uint32_t k = 0; k < node->n_out; k++) {
            is_used = is_used || (node->out[k] != NULL && node->out[k]->n_uses > 0);
        }
        if (is_used) continue;
        for (uint32_t k = 0; k < node->n_in; k++) {
            if (node->in[k] != NULL) node->in[k]->n_uses--;
        }
        hn_node_kill(node);
    }
    return HONE_OK;
}
