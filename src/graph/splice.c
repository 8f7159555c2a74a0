/* SPDX-License-Identifier: Apache-2.0
 * Putting a body in the place of the node that runs it. Bodies live in the arena of the graph
 * around them, so values and nodes are moved, not copied: they get new ids, and everything that
 * points to them stays right. */
#include <string.h>

#include "graph/graph.h"

static bool add_value(hn_graph *g, hn_value *v) {
    if (g->n_values >= HN_MAX_VALUES) {
        (void)hn_fail(g->env, HONE_E_LIMIT, "more than %d values", HN_MAX_VALUES);
        return false;
    }
    hn_value **grown =
        hn_arena_grow(g->arena, g->values, g->n_values, &g->capacity_values, sizeof *grown);
    if (grown == NULL) {
        (void)hn_no_memory(g->env);
        return false;
    }
    g->values = grown;
    v->id = g->n_values;
    g->values[g->n_values++] = v;
    return true;
}

/* Attribute "intermediates" holds ids of values, which have moved by `base`. */
static hone_status move_ids(hn_graph *g, hn_node *node, uint32_t base) {
    const hn_attr *list = hn_attr_find(node, "intermediates");
    if (list == NULL || list->kind != HN_ATTR_INTS) return HONE_OK;
    int64_t *ids = HN_NEW_N(g->arena, int64_t, list->n);
    if (ids == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 0; i < list->n; i++) {
        ids[i] = list->v.ints[i] < 0 ? -1 : list->v.ints[i] + base;
    }
    return hn_attr_set_ints(g, node, "intermediates", ids, list->n) ? HONE_OK : g->env->status;
}

/* Uses of the body's inputs become the operands. */
static hone_status bind_inputs(hn_graph *body, hn_value *const *operands) {
    hn_value **map = HN_NEW_N(body->arena, hn_value *, body->n_values);
    if (map == NULL) return hn_no_memory(body->env);
    for (uint32_t i = 0; i < body->n_inputs; i++) map[body->inputs[i]->id] = operands[i];
    for (uint32_t i = 0; i < body->n_nodes; i++) {
        hn_node *node = body->nodes[i];
        for (uint32_t k = 0; k < node->n_in; k++) {
            if (node->in[k] != NULL && map[node->in[k]->id] != NULL) {
                node->in[k] = map[node->in[k]->id];
            }
        }
    }
    for (uint32_t i = 0; i < body->n_outputs; i++) {
        if (map[body->outputs[i]->id] != NULL) body->outputs[i] = map[body->outputs[i]->id];
    }
    return HONE_OK;
}

hone_status hn_graph_splice(hn_graph *g, hn_graph *body, hn_value *const *operands) {
    const uint32_t base = g->n_values;
    HN_TRY(bind_inputs(body, operands));
    for (uint32_t i = 0; i < body->n_values; i++) {
        if (!add_value(g, body->values[i])) return g->env->status;
    }
    for (uint32_t i = 0; i < body->n_nodes; i++) {
        hn_node *node = body->nodes[i];
        if (g->next_node_id == UINT32_MAX) return hn_fail(g->env, HONE_E_LIMIT, "too many nodes");
        node->id = g->next_node_id++;
        for (uint32_t b = 0; b < node->n_bodies; b++) node->bodies[b]->parent = g;
        HN_TRY(move_ids(g, node, base));
    }
    return HONE_OK;
}
