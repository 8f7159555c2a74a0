/* SPDX-License-Identifier: Apache-2.0
 * The life of a session: its memory, the providers' programs, one run. */
#include "runtime/frame.h"

#include <string.h>

#include "base/platform.h"

static hone_status compile_group(hn_session *s, const hn_plan_group *group, void **program) {
    char why[256] = "";
    const hone_status status =
        group->provider->compile(group->device, group->view, program, why, sizeof why);
    if (status == HONE_OK) return HONE_OK;
    return hn_fail(&s->env, HONE_E_PROVIDER, "provider %s: %s", group->provider->name, why);
}

static hone_status make_state(hn_session *s, const hn_plan *plan, hn_plan_state *out) {
    hn_call_state *calls = HN_NEW_N(&s->arena, hn_call_state, plan->n_calls);
    if (calls == NULL) return hn_no_memory(&s->env);
    out->calls = calls; /* before the first program is made, so that hn_session_free finds them */
    out->dynamics = HN_NEW_N(&s->arena, hn_tensor, plan->n_dynamic);
    if (out->dynamics == NULL) return hn_no_memory(&s->env);
    for (uint32_t i = 0; i < plan->n_calls; i++) {
        const hn_call *call = &plan->calls[i];
        if (call->kind == HN_CALL_PROVIDER) {
            calls[i].ports =
                HN_NEW_N(&s->arena, void *, (uint64_t)call->group->n_in + call->group->n_out);
            if (calls[i].ports == NULL) return hn_no_memory(&s->env);
            HN_TRY(compile_group(s, call->group, &calls[i].program));
        }
        for (uint32_t k = 0; k < 2; k++) {
            if (call->bodies[k] != NULL) {
                HN_TRY(make_state(s, call->bodies[k], &calls[i].bodies[k]));
            }
        }
    }
    return HONE_OK;
}

static void release_state(hn_session *s, const hn_plan *plan, hn_plan_state *state) {
    for (uint32_t i = 0; state->dynamics != NULL && i < plan->n_dynamic; i++) {
        hn_tensor_drop(&s->heap, &state->dynamics[i]);
    }
    for (uint32_t i = 0; state->calls != NULL && i < plan->n_calls; i++) {
        const hn_call *call = &plan->calls[i];
        hn_call_state *own = &state->calls[i];
        if (own->program != NULL) {
            call->group->provider->release(call->group->device, own->program);
        }
        for (uint32_t k = 0; k < 2; k++) {
            if (call->bodies[k] != NULL) release_state(s, call->bodies[k], &own->bodies[k]);
        }
    }
}

/* ---- state ---- */

static void fill_state(hn_session *s) {
    memset(s->state, 0, s->plan->state_bytes);
    for (uint32_t i = 0; i < s->plan->n_fills; i++) {
        const hn_state_fill *fill = &s->plan->fills[i];
        memset(s->state + fill->offset, fill->byte, (size_t)fill->n_bytes);
    }
}

/* One initialiser, in the arena that nobody uses yet. */
static hone_status run_init(hn_session *s, const hn_plan *init) {
    hn_plan_state state = {NULL, NULL};
    hone_status status = make_state(s, init, &state);
    const hn_frame f = {s, init, s->memory, NULL, NULL, &state, NULL};
    if (status == HONE_OK) status = hn_frame_walk(&f);
    release_state(s, init, &state);
    return status;
}

static hone_status start_state(hn_session *s) {
    fill_state(s);
    if (s->plan->n_inits == 0) return HONE_OK;
    for (uint32_t i = 0; i < s->plan->n_inits; i++) HN_TRY(run_init(s, s->plan->inits[i]));
    s->initial = hn_alloc(&s->env, s->plan->state_bytes);
    if (s->initial == NULL) return hn_no_memory(&s->env);
    memcpy(s->initial, s->state, s->plan->state_bytes);
    memset(s->memory, 0, hn_plan_total_bytes(s->plan, s->threads));
    return HONE_OK;
}

static hone_status bind_defaults(hn_session *s) {
    const hn_plan *plan = s->plan;
    s->inputs = HN_NEW_N(&s->arena, void *, plan->n_inputs);
    s->outputs = HN_NEW_N(&s->arena, void *, plan->n_outputs);
    if (s->inputs == NULL || s->outputs == NULL) return hn_no_memory(&s->env);
    for (uint32_t i = 0; i < plan->n_inputs; i++) s->inputs[i] = s->memory + plan->inputs[i].offset;
    for (uint32_t i = 0; i < plan->n_outputs; i++) {
        s->outputs[i] = s->memory + plan->outputs[i].offset;
    }
    return HONE_OK;
}

static hone_status prepare(hn_session *s) {
    s->memory = hn_alloc(&s->env, hn_plan_total_bytes(s->plan, s->threads));
    s->state = hn_alloc(&s->env, s->plan->state_bytes);
    s->faults = HN_NEW_N(&s->arena, hn_fault, s->threads);
    s->step_ns = HN_NEW_N(&s->arena, uint64_t, s->plan->n_steps);
    if (s->memory == NULL || s->state == NULL || s->faults == NULL || s->step_ns == NULL) {
        return hn_no_memory(&s->env);
    }
    HN_TRY(bind_defaults(s));
    HN_TRY(make_state(s, s->plan, &s->root));
    HN_TRY(hn_pool_reserve(&s->env, s->pool, s->threads));
    return start_state(s);
}

hone_status hn_session_new(hn_env *env, const hn_plan *plan, const hn_session_config *config,
                           hn_session **out) {
    hn_session *s = hn_alloc(env, sizeof *s);
    if (s == NULL) return hn_no_memory(env);
    hn_env_inherit(&s->env, env);
    hn_arena_init(&s->arena, &s->env, 0);
    s->plan = plan;
    s->env.limits = plan->env.limits;
    s->heap.env = &s->env;
    const uint64_t fixed = hn_plan_total_bytes(plan, config->threads);
    const uint64_t most = s->env.limits.memory_bytes;
    s->heap.limit = most > fixed ? most - fixed : 0;
    s->pool = config->pool;
    s->threads = config->threads;
    s->seed = config->seed;
    atomic_init(&s->is_cancelled, false);
    const hone_status status = prepare(s);
    if (status != HONE_OK) {
        hn_fail_from(env, &s->env, status);
        hn_session_free(s);
        return status;
    }
    *out = s;
    return HONE_OK;
}

void hn_session_free(hn_session *s) {
    if (s == NULL) return;
    hn_env env = s->env;
    release_state(s, s->plan, &s->root);
    hn_arena_fini(&s->arena);
    hn_free(&env, s->memory);
    hn_free(&env, s->state);
    hn_free(&env, s->initial);
    hn_free(&env, s);
}

hone_status hn_session_run(hn_session *s) {
    const bool is_eager = hn_pool_run_begin(s->pool, s->run_ns);
    const uint64_t begin = s->pool != NULL ? hn_time_ns() : 0;
    const hone_status status = hn_session_walk(s);
    if (s->pool != NULL) s->run_ns = hn_time_ns() - begin;
    hn_pool_run_end(s->pool, is_eager);
    return status;
}

void hn_session_reset(hn_session *s) {
    if (s->initial != NULL) {
        memcpy(s->state, s->initial, s->plan->state_bytes);
    } else {
        fill_state(s);
    }
}
