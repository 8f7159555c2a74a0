/* SPDX-License-Identifier: Apache-2.0
 * The walk over the steps. A frame is one activation of a plan: where its arena, inputs and outputs
 * are. Kernel steps go to the pool as jobs of units; everything else happens here, between steps.
 */
#include <string.h>

#include "base/platform.h"
#include "ops/op.h"
#include "plan/plan_dump.h"
#include "runtime/frame.h"

/* What a job of one kernel step shares among its workers. */
typedef struct kernel_job {
    hn_kernel_fn fn;
    const void *args;
    void *buf[HN_MAX_OPERANDS];
    uint8_t *scratch; /* of worker 0; NULL: none */
    uint32_t scratch_bytes;
    const hn_tile *tile;
    hn_fault *faults;
} kernel_job;

static void run_units(void *user, uint32_t worker, uint32_t begin, uint32_t end) {
    const kernel_job *job = user;
    const hn_work work = {
        begin,     end,
        worker,    job->scratch != NULL ? job->scratch + (size_t)worker * job->scratch_bytes : NULL,
        job->tile, &job->faults[worker]};
    job->fn(job->args, job->buf, &work);
}

void *hn_frame_address(const hn_frame *f, const hn_bufref *ref) {
    switch ((hn_space)ref->space) {
    case HN_SPACE_ARENA:
        return f->arena + ref->offset;
    case HN_SPACE_CONST:
        return (void *)f->plan->consts[ref->index].bytes;
    case HN_SPACE_INPUT:
        return f->inputs[ref->index];
    case HN_SPACE_OUTPUT:
        return f->outputs[ref->index];
    case HN_SPACE_STATE:
        return f->session->state + ref->offset;
    case HN_SPACE_NONE:
    case HN_SPACE_SCRATCH:
    case HN_SPACE_PROVIDER:
    case HN_SPACE_DYNAMIC:
        break;
    }
    return NULL;
}

static hone_status step_failed(const hn_frame *f, const hn_step *step, const hn_fault *fault) {
    const char *what = fault->code == HN_FAULT_INDEX    ? "an index is outside its dimension"
                       : fault->code == HN_FAULT_DIVIDE ? "division by zero"
                                                        : "a value is not allowed here";
    const hn_node *node = hn_step_node(f->plan, step);
    const char *name = node == NULL ? "" : node->name[0] != 0 ? node->name : node->op->name;
    return hn_fail(&f->session->env, HONE_E_DATA, "%s: %s (%lld)", name, what,
                   (long long)fault->value);
}

static hone_status run_kernel(const hn_frame *f, const hn_step *step, const hn_tile *tile) {
    hn_session *s = f->session;
    const hn_kernel *row = &hn_kernels[step->kernel];
    kernel_job job;
    job.fn = row->fn;
    job.args = step->args;
    job.tile = tile;
    job.faults = s->faults;
    job.scratch_bytes = s->plan->scratch_bytes;
    job.scratch = step->scratch_bytes > 0 ? s->memory + s->plan->arena_bytes : NULL;
    for (uint32_t i = 0; i < step->n_buf; i++) job.buf[i] = hn_frame_address(f, &step->buf[i]);
    const uint32_t units = tile == NULL ? step->units : row->traits->units(step->args, tile);
    const hn_job work = {run_units, &job, units, step->grain, s->threads, s->seed};
    hn_pool_run(s->pool, &work);
    for (uint32_t w = 0; w < s->threads; w++) {
        if (s->faults[w].code == HN_FAULT_NONE) continue;
        const hn_fault fault = s->faults[w];
        memset(s->faults, 0, s->threads * sizeof *s->faults);
        return step_failed(f, step, &fault);
    }
    return HONE_OK;
}

hone_status hn_session_check_cancel(hn_session *s) {
    if (!atomic_load_explicit(&s->is_cancelled, memory_order_relaxed)) return HONE_OK;
    atomic_store(&s->is_cancelled, false);
    return hn_fail(&s->env, HONE_E_CANCELLED, "the run was cancelled");
}

static hone_status run_loop(const hn_frame *f, uint32_t at) {
    const hn_step *loop = &f->plan->steps[at];
    for (uint32_t t = 0; t < loop->n_tiles; t++) {
        HN_TRY(hn_session_check_cancel(f->session));
        for (uint32_t k = 1; k <= loop->n_body; k++) {
            const hn_step *step = &f->plan->steps[at + k];
            uint32_t ring[HN_MAX_OPERANDS];
            for (uint32_t i = 0; i < step->n_buf; i++) ring[i] = step->buf[i].ring;
            const hn_tile tile = {hn_rows_begin(&step->rows, (int32_t)t),
                                  hn_rows_end(&step->rows, (int32_t)t, (int32_t)loop->n_tiles), 0,
                                  step->rows.width, ring};
            if (tile.y0 >= tile.y1) continue;
            const uint64_t begin = f->step_ns != NULL ? hn_time_ns() : 0;
            HN_TRY(run_kernel(f, step, &tile));
            if (f->step_ns != NULL) f->step_ns[at + k] += hn_time_ns() - begin;
        }
    }
    return HONE_OK;
}

static hone_status run_if(const hn_frame *f, const hn_step *step) {
    const hn_call *call = &f->plan->calls[step->call];
    const uint8_t *condition = hn_frame_address(f, &step->buf[0]);
    const uint32_t k = *condition != 0 ? 0 : 1;
    const hn_plan *body = call->bodies[k];
    if (body == NULL) {
        return hn_fail(&f->session->env, HONE_E_SHAPE, "the branch that is taken: %s",
                       call->broken);
    }
    void *ports[HN_MAX_CALL_PORTS];
    for (uint32_t i = 0; i + 1 < step->n_buf; i++)
        ports[i] = hn_frame_address(f, &step->buf[i + 1]);
    const hn_frame inner = {f->session,
                            body,
                            ports[step->n_buf - 2],
                            ports,
                            ports + body->n_inputs,
                            &f->state->calls[step->call].bodies[k],
                            NULL};
    return hn_frame_walk(&inner);
}

static hone_status submit(const hn_frame *f, const hn_step *step) {
    const hn_plan_group *group = f->plan->calls[step->call].group;
    hn_call_state *state = &f->state->calls[step->call];
    for (uint32_t i = 0; i < step->n_buf; i++) state->ports[i] = hn_frame_address(f, &step->buf[i]);
    const hone_status status =
        group->provider->submit(group->device, state->program, (const void *const *)state->ports,
                                state->ports + group->n_in, &state->token);
    if (status == HONE_OK) return HONE_OK;
    return hn_fail(&f->session->env, HONE_E_PROVIDER, "provider %s: submit failed (%s)",
                   group->provider->name, hone_status_name(status));
}

static hone_status join(const hn_frame *f, const hn_step *step) {
    const hn_plan_group *group = f->plan->calls[step->call].group;
    const hn_call_state *state = &f->state->calls[step->call];
    const hone_status status = group->provider->wait(group->device, state->program, state->token);
    if (status == HONE_OK) return HONE_OK;
    return hn_fail(&f->session->env, HONE_E_PROVIDER, "provider %s: the run failed (%s)",
                   group->provider->name, hone_status_name(status));
}

static hone_status run_call(const hn_frame *f, const hn_step *step) {
    switch (f->plan->calls[step->call].kind) {
    case HN_CALL_IF:
        return run_if(f, step);
    case HN_CALL_PROVIDER:
        return submit(f, step);
    case HN_CALL_LOOP:
        return hn_frame_loop(f, step);
    case HN_CALL_HOST:
        return hn_frame_host(f, step);
    }
    return HONE_E_INTERNAL;
}

static hone_status run_step(const hn_frame *f, uint32_t at) {
    const hn_step *step = &f->plan->steps[at];
    switch (step->kind) {
    case HN_STEP_KERNEL:
        return run_kernel(f, step, NULL);
    case HN_STEP_LOOP:
        return run_loop(f, at);
    case HN_STEP_CALL:
        return run_call(f, step);
    case HN_STEP_WAIT:
        return join(f, step);
    }
    return HONE_E_INTERNAL;
}

hone_status hn_frame_walk(const hn_frame *f) {
    for (uint32_t i = 0; i < f->plan->n_steps; i++) {
        /* never between a submit and its wait: the token would stay open */
        if (f->plan->steps[i].kind != HN_STEP_WAIT) HN_TRY(hn_session_check_cancel(f->session));
        const uint64_t begin = f->step_ns != NULL ? hn_time_ns() : 0;
        HN_TRY(run_step(f, i));
        if (f->step_ns != NULL) f->step_ns[i] = hn_time_ns() - begin;
        if (f->plan->steps[i].kind == HN_STEP_LOOP) i += f->plan->steps[i].n_body;
    }
    return HONE_OK;
}

hone_status hn_session_walk(hn_session *s) {
    const hn_frame f = {s,
                        s->plan,
                        s->memory,
                        s->inputs,
                        s->outputs,
                        &s->root,
                        s->is_profiling ? s->step_ns : NULL};
    if (s->is_profiling) memset(s->step_ns, 0, s->plan->n_steps * sizeof *s->step_ns);
    return hn_frame_walk(&f);
}
