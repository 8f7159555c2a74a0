/* SPDX-License-Identifier: Apache-2.0
 * What a provider's opaque graph view is inside. */
#ifndef HN_PLAN_GROUPS_H
#define HN_PLAN_GROUPS_H

#include "graph/graph.h"
#include "hone/provider.h"

struct hone_graph_view {
    const hn_graph *graph;
    hn_node *const *nodes; /* consecutive nodes of the graph */
    hn_value **in, **out;  /* the boundary */
    uint32_t n_nodes, n_in, n_out;
};

#endif
