/* SPDX-License-Identifier: Apache-2.0
 * A CALL of a host segment: the segment is cloned, run node by node, and its results go to the
 * plan's buffers or, where their shapes depend on data, to the session. */
#include <string.h>

#include "runtime/host.h"

static hn_tensor tensor_of(const hn_frame *f, const hn_bufref *ref, const hn_value *v) {
    if (ref->space == HN_SPACE_DYNAMIC) return f->state->dynamics[ref->index];
    hn_tensor t = {v->dtype, v->shape, hn_frame_address(f, ref), ref->n_bytes, NULL};
    return t;
}

/* A value that the session keeps must own its bytes: those of the plan change. */
static hone_status keep_dynamic(hn_host *h, hn_tensor *t, hn_tensor *to) {
    if (t->block == NULL) {
        HN_TRY(hn_block_new(h->heap, t->n_bytes, &t->block));
        if (t->n_bytes > 0) memcpy(t->block->bytes, t->bytes, (size_t)t->n_bytes);
        t->bytes = t->block->bytes;
    }
    hn_tensor_drop(h->heap, to);
    *to = hn_tensor_keep(t);
    return HONE_OK;
}

static hone_status store(hn_host *h, const hn_frame *f, const hn_bufref *ref, hn_tensor *t) {
    if (ref->space == HN_SPACE_DYNAMIC) {
        return keep_dynamic(h, t, &f->state->dynamics[ref->index]);
    }
    if (t->n_bytes != ref->n_bytes) {
        return hn_fail(&h->session->env, HONE_E_SHAPE, "an output has %llu bytes, not %llu",
                       (unsigned long long)t->n_bytes, (unsigned long long)ref->n_bytes);
    }
    if (t->n_bytes > 0) memcpy(hn_frame_address(f, ref), t->bytes, (size_t)t->n_bytes);
    return HONE_OK;
}

static hone_status run_segment(hn_host *h, const hn_frame *f, const hn_step *step,
                               hn_tensor *ports) {
    const hn_plan_host *host = f->plan->calls[step->call].host;
    hn_graph *clone = NULL;
    hn_host_graph *graph = NULL;
    HN_TRY(hn_graph_clone(&h->session->env, &h->arena, host->graph, false, &clone));
    HN_TRY(hn_host_graph_new(h, clone, &graph));
    const uint32_t n_in = clone->n_inputs, n_out = clone->n_outputs;
    for (uint32_t i = 0; i < n_in; i++) {
        ports[i] = tensor_of(f, &step->buf[i], host->graph->inputs[i]);
        if (ports[i].bytes != NULL) continue;
        return hn_fail(&h->session->env, HONE_E_ARGUMENT, "'%.64s' was not given",
                       host->graph->inputs[i]->name);
    }
    HN_TRY(hn_host_run(h, graph, ports, ports + n_in));
    hone_status status = HONE_OK;
    for (uint32_t i = 0; i < n_out; i++) {
        hn_tensor *t = &ports[n_in + i];
        if (status == HONE_OK) status = store(h, f, &step->buf[n_in + i], t);
        hn_tensor_drop(h->heap, t);
    }
    return status;
}

hone_status hn_frame_host(const hn_frame *f, const hn_step *step) {
    hn_session *s = f->session;
    hn_host h = {.session = s, .heap = &s->heap, .isa = f->plan->calls[step->call].host->isa};
    hn_tensor *ports = hn_alloc(&s->env, (step->n_buf + 1) * sizeof *ports);
    if (ports == NULL) return hn_no_memory(&s->env);
    hn_arena_init(&h.arena, &s->env, s->env.limits.memory_bytes);
    const hone_status status = run_segment(&h, f, step, ports);
    hn_arena_fini(&h.arena);
    hn_free(&s->env, ports);
    return status;
}
