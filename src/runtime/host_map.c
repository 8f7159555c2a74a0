/* SPDX-License-Identifier: Apache-2.0
 * sequence_map on the host: items are read where they lie in the sequence's block, which lives as
 * long as one of them is held. */
#include "graph/list.h"
#include "runtime/host.h"

typedef struct mapping {
    hn_host *h;
    const hn_node *node;
    hn_host_graph *body;
    hn_tensor *operands, *inputs, *results; /* results: of output k and trip i at k * n + i */
    uint64_t n;
} mapping;

/* The body's input k in trip i; a sequence that is too short is refused. */
static hone_status input_of(const mapping *m, uint32_t k, uint64_t i, hn_tensor *out) {
    const hn_tensor *t = &m->operands[k];
    *out = *t;
    if (m->node->in[k]->kind != HN_VALUE_SEQUENCE) return HONE_OK;
    if (i >= hn_list_count(t->bytes)) {
        return hn_fail(&m->h->session->env, HONE_E_DATA, "the sequences differ in length");
    }
    const hn_item item = hn_list_item(t->bytes, i);
    *out = (hn_tensor){item.dtype, item.shape, item.bytes, item.n_bytes, t->block};
    return HONE_OK;
}

static hone_status run_trips(const mapping *m) {
    const uint32_t n_out = m->node->n_out;
    hn_tensor *outputs = m->results + m->n * n_out;
    for (uint64_t i = 0; i < m->n; i++) {
        for (uint32_t k = 0; k < m->node->n_in; k++) HN_TRY(input_of(m, k, i, &m->inputs[k]));
        HN_TRY(hn_host_run(m->h, m->body, m->inputs, outputs));
        for (uint32_t k = 0; k < n_out; k++) m->results[k * m->n + i] = outputs[k];
    }
    return HONE_OK;
}

/* The results of output k as a sequence. */
static hone_status gather(const mapping *m, hn_host_graph *graph, uint32_t k) {
    hn_env *env = &m->h->session->env;
    hn_value *v = m->node->out[k];
    hn_tensor t = {.dtype = v != NULL ? v->dtype : HN_DTYPE_NONE, .shape = {.rank = -1}};
    if (v == NULL) return HONE_OK;
    hn_item *items = hn_alloc(env, (size_t)(m->n + 1) * sizeof *items);
    if (items == NULL) return hn_no_memory(env);
    for (uint64_t i = 0; i < m->n; i++) {
        const hn_tensor *r = &m->results[k * m->n + i];
        items[i] = (hn_item){HN_VALUE_TENSOR, r->dtype, r->shape, r->bytes, r->n_bytes};
    }
    hone_status status = HONE_OK;
    if (!hn_list_bytes(items, m->n, &t.n_bytes)) {
        status = hn_fail(env, HONE_E_LIMIT, "the sequence is too large");
    } else {
        status = hn_block_new(m->h->heap, t.n_bytes, &t.block);
    }
    if (status == HONE_OK) {
        hn_list_write(items, m->n, t.block->bytes);
        t.bytes = t.block->bytes;
        hn_host_give(graph, v, &t);
    }
    hn_free(env, items);
    return status;
}

static hone_status map(mapping *m, hn_host_graph *graph) {
    hn_env *env = &m->h->session->env;
    const uint32_t n_out = m->node->n_out;
    m->n = hn_list_count(m->operands[0].bytes);
    if (m->n > SIZE_MAX / sizeof *m->results / (n_out + 1) - 1) {
        return hn_fail(env, HONE_E_LIMIT, "the sequence is too long");
    }
    const size_t n_results = (size_t)(m->n + 1) * n_out;
    m->results = hn_alloc(env, (n_results + 1) * sizeof *m->results);
    if (m->results == NULL) return hn_no_memory(env);
    hone_status status = run_trips(m);
    for (uint32_t k = 0; k < n_out && status == HONE_OK; k++) status = gather(m, graph, k);
    for (uint64_t i = 0; i < m->n * n_out; i++) hn_tensor_drop(m->h->heap, &m->results[i]);
    hn_free(env, m->results);
    return status;
}

hone_status hn_host_map(hn_host *h, hn_host_graph *graph, uint32_t at) {
    const hn_node *node = graph->g->nodes[at];
    hn_env *env = &h->session->env;
    mapping m = {.h = h, .node = node, .body = graph->bodies[graph->first_body[at]]};
    hone_status status = HONE_OK;
    uint32_t n = 0;
    m.operands = hn_alloc(env, 2 * (size_t)node->n_in * sizeof *m.operands);
    if (m.operands == NULL) return hn_no_memory(env);
    m.inputs = m.operands + node->n_in;
    while (n < node->n_in && status == HONE_OK) {
        status = hn_host_take(h, graph, node->in[n], &m.operands[n]);
        if (status == HONE_OK) n++;
    }
    if (status == HONE_OK) status = map(&m, graph);
    for (uint32_t i = 0; i < n; i++) hn_tensor_drop(h->heap, &m.operands[i]);
    hn_free(env, m.operands);
    return status;
}
