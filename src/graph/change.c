/* SPDX-License-Identifier: Apache-2.0
 * Changing a graph: replacing values, killing nodes, and restoring the order afterwards. The order
 * is a depth-first walk from the nodes in their present order, each after the producers of its
 * operands: an ordered graph stays as it is, and a node that a pass appended lands right before its
 * first user, which keeps lifetimes short. The walk has its own stack, because a chain of a model
 * may be as long as the model. Working memory comes from the environment, not from the arena. */
#include "graph/graph.h"

#include <string.h>

void hn_graph_replace(hn_graph *g, hn_value *from, hn_value *to) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        for (uint32_t k = 0; k < node->n_in; k++) {
            if (node->in[k] == from) node->in[k] = to;
        }
    }
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        if (g->outputs[i] == from) g->outputs[i] = to;
    }
}

/* The end of the chain that starts at v. `memo` (or NULL) remembers ends, so that long chains with
 * many entries are walked once; a circle in the map ends after n steps. */
static hn_value *follow(const hn_graph *g, hn_value *const *map, hn_value **memo, hn_value *v) {
    hn_value *end = v;
    for (uint32_t n = 0; n < g->n_values; n++) {
        if (memo != NULL && memo[end->id] != NULL) {
            end = memo[end->id];
            break;
        }
        if (map[end->id] == NULL) break;
        end = map[end->id];
    }
    if (memo == NULL) return end;
    for (hn_value *at = v; at != end && memo[at->id] == NULL; at = map[at->id]) memo[at->id] = end;
    return end;
}

void hn_graph_replace_all(hn_graph *g, hn_value *const *map) {
    hn_value **memo = hn_alloc(g->env, g->n_values * sizeof *memo);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        for (uint32_t k = 0; k < node->n_in && !node->is_dead; k++) {
            if (node->in[k] != NULL) node->in[k] = follow(g, map, memo, node->in[k]);
        }
    }
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        g->outputs[i] = follow(g, map, memo, g->outputs[i]);
    }
    hn_free(g->env, memo);
}

void hn_node_kill(hn_node *node) {
    node->is_dead = true;
    for (uint32_t i = 0; i < node->n_out; i++) {
        hn_value *v = node->out[i];
        if (v != NULL && v->producer == node) v->producer = NULL;
    }
}

void hn_graph_count_uses(hn_graph *g) {
    for (uint32_t i = 0; i < g->n_values; i++) g->values[i]->n_uses = 0;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_node *node = g->nodes[i];
        for (uint32_t k = 0; k < node->n_in && !node->is_dead; k++) {
            if (node->in[k] != NULL) node->in[k]->n_uses++;
        }
    }
    for (uint32_t i = 0; i < g->n_outputs; i++) g->outputs[i]->n_uses++;
}

/* ---- topological order ---- */

enum { UNSEEN, OPEN, DONE };

typedef struct frame {
    hn_node *node;
    uint32_t next; /* operand to look at */
} frame;

typedef struct sort {
    frame *stack;    /* n_nodes */
    hn_node **order; /* n_nodes */
    uint8_t *state;  /* by node id */
    uint32_t n_stack, n_order;
} sort;

static void push(sort *s, hn_node *node) {
    const frame top = {node, 0};
    s->stack[s->n_stack++] = top;
    s->state[node->id] = OPEN;
}

/* The node and all before it; false when it waits for itself. */
static bool visit(sort *s, hn_node *start) {
    push(s, start);
    while (s->n_stack > 0) {
        frame *top = &s->stack[s->n_stack - 1];
        if (top->next == top->node->n_in) {
            s->state[top->node->id] = DONE;
            s->order[s->n_order++] = top->node;
            s->n_stack--;
            continue;
        }
        const hn_value *v = top->node->in[top->next++];
        hn_node *before = v != NULL ? v->producer : NULL;
        if (before == NULL || before->is_dead || s->state[before->id] == DONE) continue;
        if (s->state[before->id] == OPEN) return false;
        push(s, before);
    }
    return true;
}

static bool sort_nodes(hn_graph *g, sort *s) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        if (node->is_dead || s->state[node->id] == DONE) continue;
        if (!visit(s, node)) return false;
    }
    return true;
}

/* Values of dead nodes are orphans; live nodes own their outputs. */
static void set_producers(hn_graph *g) {
    for (uint32_t i = 0; i < g->n_values; i++) {
        hn_value *v = g->values[i];
        if (v->producer != NULL && v->producer->is_dead) v->producer = NULL;
    }
}

hone_status hn_graph_compact(hn_graph *g) {
    set_producers(g);
    sort s = {0};
    s.stack = hn_alloc(g->env, g->n_nodes * sizeof *s.stack);
    s.order = hn_alloc(g->env, g->n_nodes * sizeof(hn_node *));
    s.state = hn_alloc(g->env, g->next_node_id);
    hone_status status = HONE_OK;
    if (s.stack == NULL || s.order == NULL || s.state == NULL) {
        status = hn_no_memory(g->env);
    } else if (!sort_nodes(g, &s)) {
        const hn_node *node = s.stack[s.n_stack - 1].node;
        status = hn_fail(g->env, HONE_E_FORMAT, "node %u%s%s is in a cycle", (unsigned)node->id,
                         node->name[0] != '\0' ? " " : "", node->name);
    } else {
        if (s.n_order > 0) memcpy(g->nodes, s.order, s.n_order * sizeof *g->nodes);
        g->n_nodes = s.n_order;
        hn_graph_count_uses(g);
    }
    hn_free(g->env, s.stack);
    hn_free(g->env, s.order);
    hn_free(g->env, s.state);
    return status;
}

/* ---- origins ---- */

static uint32_t union_of(const hn_origin *a, const hn_origin *b, uint32_t *out) {
    uint32_t n = 0, i = 0, k = 0;
    while (i < a->n || k < b->n) {
        uint32_t id;
        if (k == b->n || (i < a->n && a->ids[i] < b->ids[k])) {
            id = a->ids[i++];
        } else if (i == a->n || b->ids[k] < a->ids[i]) {
            id = b->ids[k++];
        } else {
            id = a->ids[i++];
            k++;
        }
        if (out != NULL) out[n] = id;
        n++;
    }
    return n;
}

bool hn_origin_add(hn_graph *g, hn_origin *into, const hn_origin *from) {
    const uint32_t n = union_of(into, from, NULL);
    if (n == into->n) return true;
    if (n == from->n) {
        *into = *from;
        return true;
    }
    uint32_t *ids = HN_NEW_N(g->arena, uint32_t, n);
    if (ids == NULL) {
        (void)hn_no_memory(g->env);
        return false;
    }
    into->n = union_of(into, from, ids);
    into->ids = ids;
    return true;
}
