/* SPDX-License-Identifier: Apache-2.0
 * Node by node on the host: see host.h. */
#include "runtime/host.h"

#include <string.h>

#include "ops/control.h"
#include "ops/lower.h"

/* ---- tables ---- */

static uint32_t count_bodies(const hn_graph *g) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_nodes; i++) n += g->nodes[i]->n_bodies;
    return n;
}

hone_status hn_host_graph_new(hn_host *h, hn_graph *g, hn_host_graph **out) {
    hn_arena *arena = &h->arena;
    hn_host_graph *graph = HN_NEW(arena, hn_host_graph);
    uint32_t n = 0;
    if (graph == NULL) return hn_no_memory(&h->session->env);
    graph->g = g;
    graph->constants = HN_NEW_N(arena, hn_constant, g->n_values);
    graph->blocks = HN_NEW_N(arena, hn_block *, g->n_values);
    graph->is_set = HN_NEW_N(arena, uint8_t, g->n_values);
    graph->left = HN_NEW_N(arena, uint32_t, g->n_values);
    graph->bodies = HN_NEW_N(arena, hn_host_graph *, count_bodies(g));
    graph->first_body = HN_NEW_N(arena, uint32_t, g->n_nodes);
    if (graph->constants == NULL || graph->blocks == NULL || graph->is_set == NULL ||
        graph->left == NULL || graph->bodies == NULL || graph->first_body == NULL) {
        return hn_no_memory(&h->session->env);
    }
    hn_graph_count_uses(g);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        graph->first_body[i] = n;
        for (uint32_t b = 0; b < g->nodes[i]->n_bodies; b++) {
            HN_TRY(hn_host_graph_new(h, g->nodes[i]->bodies[b], &graph->bodies[n++]));
        }
    }
    *out = graph;
    return HONE_OK;
}

/* ---- values ---- */

void hn_host_give(hn_host_graph *graph, hn_value *v, const hn_tensor *t) {
    hn_constant *constant = &graph->constants[v->id];
    memset(constant, 0, sizeof *constant);
    constant->bytes = t->bytes;
    constant->n_bytes = t->n_bytes;
    v->dtype = t->dtype;
    v->shape = t->shape;
    hn_shape_strides(&v->shape, constant->stride);
    v->constant = constant;
    graph->blocks[v->id] = t->block;
    graph->is_set[v->id] = 1;
}

static void forget(hn_host *h, hn_host_graph *graph, hn_value *v) {
    if (graph->is_set[v->id] == 0) return;
    hn_block_drop(h->heap, graph->blocks[v->id]);
    graph->blocks[v->id] = NULL;
    graph->is_set[v->id] = 0;
    v->constant = NULL;
}

static void used_once(hn_host *h, hn_host_graph *graph, hn_value *v) {
    if (graph->left[v->id] > 0 && --graph->left[v->id] == 0) forget(h, graph, v);
}

hone_status hn_host_take(hn_host *h, hn_host_graph *graph, const hn_value *v, hn_tensor *out) {
    hn_tensor t = {v->dtype, v->shape, NULL, 0, NULL};
    if (v->constant == NULL || !hn_value_bytes(v, &t.n_bytes)) {
        return hn_fail(&h->session->env, HONE_E_UNSUPPORTED, "'%.64s' has no value", v->name);
    }
    if (graph->is_set[v->id] != 0) {
        t.bytes = v->constant->bytes;
        t.block = graph->blocks[v->id];
        *out = hn_tensor_keep(&t);
        return HONE_OK;
    }
    if (hn_constant_is_contiguous(v)) {
        t.bytes = v->constant->bytes;
    } else {
        HN_TRY(hn_block_new(h->heap, t.n_bytes, &t.block));
        hn_constant_copy(v, t.block->bytes);
        t.bytes = t.block->bytes;
    }
    *out = t;
    return HONE_OK;
}

/* ---- one node ---- */

typedef struct making {
    hn_host *host;
    hn_host_graph *graph;
} making;

static hone_status make_output(void *user, const hn_value *v, uint64_t n_bytes, hn_constant **out) {
    const making *m = user;
    hn_block *block = NULL;
    hn_constant *constant = &m->graph->constants[v->id];
    HN_TRY(hn_block_new(m->host->heap, n_bytes, &block));
    memset(constant, 0, sizeof *constant);
    constant->bytes = block->bytes;
    constant->n_bytes = n_bytes;
    m->graph->blocks[v->id] = block;
    m->graph->is_set[v->id] = 1;
    *out = constant;
    return HONE_OK;
}

/* The same tensor under another name. */
static hone_status pass_on(hn_host *h, hn_host_graph *graph, const hn_node *node) {
    hn_tensor t;
    HN_TRY(hn_host_take(h, graph, node->in[0], &t));
    hn_host_give(graph, node->out[0], &t);
    return HONE_OK;
}

static hone_status run_node(hn_host *h, hn_host_graph *graph, uint32_t at) {
    hn_node *node = graph->g->nodes[at];
    if (hn_node_is_control(node)) {
        const hone_status status = hn_host_control(h, graph, at);
        return status == HONE_OK ? HONE_OK : hn_node_fail(graph->g->env, node, status);
    }
    if (node->op == hn_op_at(HN_OP_identity)) return pass_on(h, graph, node);
    making m = {h, graph};
    const hn_eval_target target = {h->isa, h->session->env.limits.max_macs, make_output, &m};
    HN_TRY(hn_node_infer(graph->g, node));
    return hn_node_eval_to(graph->g, node, &target);
}

static hone_status run_nodes(hn_host *h, hn_host_graph *graph) {
    hn_graph *g = graph->g;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        HN_TRY(hn_session_check_cancel(h->session));
        HN_TRY(run_node(h, graph, i));
        for (uint32_t k = 0; k < node->n_in; k++) {
            if (node->in[k] != NULL) used_once(h, graph, node->in[k]);
        }
        for (uint32_t k = 0; k < node->n_out; k++) {
            hn_value *v = node->out[k];
            if (v != NULL && graph->left[v->id] == 0) forget(h, graph, v);
        }
    }
    return HONE_OK;
}

/* ---- the whole ---- */

static void begin(hn_host *h, hn_host_graph *graph, const hn_tensor *inputs) {
    hn_graph *g = graph->g;
    (void)h;
    for (uint32_t i = 0; i < g->n_values; i++) graph->left[i] = g->values[i]->n_uses;
    for (uint32_t i = 0; i < g->n_inputs; i++) {
        const hn_tensor t = hn_tensor_keep(&inputs[i]);
        hn_host_give(graph, g->inputs[i], &t);
    }
}

static hone_status collect(hn_host *h, hn_host_graph *graph, hn_tensor *outputs) {
    hn_graph *g = graph->g;
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        const hone_status status = hn_host_take(h, graph, g->outputs[i], &outputs[i]);
        if (status == HONE_OK) continue;
        while (i-- > 0) hn_tensor_drop(h->heap, &outputs[i]);
        return status;
    }
    return HONE_OK;
}

hone_status hn_host_run(hn_host *h, hn_host_graph *graph, const hn_tensor *inputs,
                        hn_tensor *outputs) {
    begin(h, graph, inputs);
    hone_status status = run_nodes(h, graph);
    if (status == HONE_OK) status = collect(h, graph, outputs);
    for (uint32_t i = 0; i < graph->g->n_values; i++) forget(h, graph, graph->g->values[i]);
    return status;
}
