/* SPDX-License-Identifier: Apache-2.0
 * Asks who runs each node. The answer is the caller's (the API asks the session's providers in
 * their order); here it is only recorded. Nodes with bodies or effects stay on the CPU. */
#include "passes/pass.h"

hone_status hn_pass_place(hn_graph *g, const hn_lower_options *options) {
    if (options->place == NULL) return HONE_OK;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        if (node->op->effects != HN_EFFECT_NONE) continue;
        HN_TRY(options->place(options->place_user, g, node, &node->provider));
    }
    return HONE_OK;
}
