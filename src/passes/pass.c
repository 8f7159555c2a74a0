/* SPDX-License-Identifier: Apache-2.0
 * The pipeline of passes.def and the helpers that passes share. */
#include "passes/pass.h"

#include <string.h>

typedef struct pass_row {
    const char *name;
    hone_status (*run)(hn_graph *g, const hn_lower_options *options);
} pass_row;

static const pass_row pass_rows[] = {
#define X(name) {#name, hn_pass_##name},
#include "passes/passes.def"
#undef X
};

/* An operator without a canonical row cannot be lowered: say which and where. */
static hone_status check_supported(const hn_graph *g) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_node *node = g->nodes[i];
        if (node->op == NULL) {
            return hn_fail(g->env, HONE_E_UNSUPPORTED, "node %u '%s': operator %s is not supported",
                           node->id, node->name, node->foreign);
        }
        for (uint32_t b = 0; b < node->n_bodies; b++) HN_TRY(check_supported(node->bodies[b]));
    }
    return HONE_OK;
}

static hone_status run_passes(hn_graph *g, const hn_lower_options *options) {
    for (size_t i = 0; i < sizeof pass_rows / sizeof pass_rows[0]; i++) {
        HN_TRY(pass_rows[i].run(g, options));
        HN_TRY(hn_graph_compact(g));
    }
    return HONE_OK;
}

/* Bodies are lowered after their parent's shapes are known; their inputs have the captures' shapes
 * by inference. */
static hone_status lower_bodies(hn_graph *g, const hn_lower_options *options) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        for (uint32_t b = 0; b < g->nodes[i]->n_bodies; b++) {
            if (g->nodes[i]->bodies[b]->broken != NULL) continue;
            HN_TRY(run_passes(g->nodes[i]->bodies[b], options));
            HN_TRY(lower_bodies(g->nodes[i]->bodies[b], options));
        }
    }
    return HONE_OK;
}

hone_status hn_graph_lower(hn_env *env, hn_arena *arena, const hn_graph *source,
                           const hn_lower_options *options, hn_graph **out) {
    hn_graph *g = NULL;
    HN_TRY(hn_graph_clone(env, arena, source, true, &g));
    HN_TRY(check_supported(g));
    HN_TRY(run_passes(g, options));
    hn_lower_options inner = *options;
    inner.input_shapes = NULL;
    inner.n_input_shapes = 0;
    HN_TRY(lower_bodies(g, &inner));
    HN_TRY(hn_graph_verify(g));
    *out = g;
    return HONE_OK;
}

hn_node *hn_producer_of(const hn_value *v, hn_op_id id) {
    if (v == NULL || v->producer == NULL || v->producer->is_dead) return NULL;
    return v->producer->op == hn_op_at(id) ? v->producer : NULL;
}

hone_status hn_consumers_make(hn_graph *g, hn_consumers *out) {
    uint64_t n_uses = 0;
    uint32_t *start = HN_NEW_N(g->arena, uint32_t, (uint64_t)g->n_values + 2);
    if (start == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        for (uint32_t k = 0; k < g->nodes[i]->n_in; k++) {
            const hn_value *v = g->nodes[i]->in[k];
            if (v == NULL || g->nodes[i]->is_dead) continue;
            start[v->id + 2]++;
            n_uses++;
        }
    }
    for (uint32_t v = 1; v <= g->n_values; v++) start[v + 1] += start[v];
    hn_node **list = HN_NEW_N(g->arena, hn_node *, n_uses + 1);
    if (list == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        for (uint32_t k = 0; k < g->nodes[i]->n_in; k++) {
            const hn_value *v = g->nodes[i]->in[k];
            if (v != NULL && !g->nodes[i]->is_dead) list[start[v->id + 1]++] = g->nodes[i];
        }
    }
    out->start = start;
    out->list = list;
    return HONE_OK;
}

bool hn_is_graph_output(const hn_graph *g, const hn_value *v) {
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        if (g->outputs[i] == v) return true;
    }
    return false;
}

hn_node *hn_single_consumer(const hn_graph *g, const hn_consumers *c, const hn_value *v) {
    if (c->start[v->id + 1] - c->start[v->id] != 1 || hn_is_graph_output(g, v)) return NULL;
    hn_node *node = c->list[c->start[v->id]];
    return node->is_dead ? NULL : node;
}

hone_status hn_fuse_into(hn_graph *g, hn_node *into, hn_node *from) {
    if (!hn_origin_add(g, &into->origin, &from->origin)) return hn_no_memory(g->env);
    hn_value *out = from->out[0];
    hn_node_kill(from);
    hn_node_set_out(into, 0, out);
    return HONE_OK;
}
