/* SPDX-License-Identifier: Apache-2.0
 * A mutant: a node of the operator is chosen, and one to four changes of the two tables are made to
 * it, half of them to the node and half to the values that it reads. */
#include "opfuzz.h"

enum { MOST_PLACES = 64, MOST_TRIES = 32 };

typedef struct place {
    hn_graph *g;
    hn_node *node;
} place;

static uint32_t find_places(hn_graph *g, const hn_op *op, place *places, uint32_t n) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        if (node->op == op && n < MOST_PLACES) {
            places[n].g = g;
            places[n++].node = node;
        }
        for (uint32_t b = 0; b < node->n_bodies; b++) {
            n = find_places(node->bodies[b], op, places, n);
        }
    }
    return n;
}

static bool change_once(mutant *m, const place *at) {
    const bool is_node = one_in(&m->dice, 2);
    const change *table = is_node ? node_changes : value_changes;
    const uint32_t n = is_node ? n_node_changes : n_value_changes;
    return table[roll(&m->dice, n)](m, at->g, at->node);
}

void mutate(mutant *m, const hn_op *op) {
    place places[MOST_PLACES];
    const uint32_t n = find_places(m->g, op, places, 0);
    const uint32_t n_changes = one_in(&m->dice, 2) ? 1 : 1 + roll(&m->dice, 4);
    if (n == 0) return;
    const place at = places[roll(&m->dice, n)];
    for (uint32_t done = 0, tries = 0; done < n_changes && tries < MOST_TRIES; tries++) {
        done += change_once(m, &at);
    }
}
