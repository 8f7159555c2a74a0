/* SPDX-License-Identifier: Apache-2.0
 * Making a plan: lower, emit, shape, place, check the limits. */
#include "plan/plan.h"

#include <stdio.h>
#include <string.h>

#include "plan/build.h"

/* The step whose buffers and neighbours fill the arena most, for the message of a refused limit. */
static const char *hungriest(const hn_plan *plan, uint64_t *need) {
    const char *name = "";
    *need = 0;
    for (uint32_t s = 0; s < plan->n_steps; s++) {
        uint64_t sum = 0;
        for (uint32_t i = 0; i < plan->n_buffers; i++) {
            const hn_plan_buffer *p = &plan->buffers[i];
            if (p->first <= s && s <= p->last) sum += p->n_bytes;
        }
        if (sum <= *need) continue;
        *need = sum;
        name =
            plan->steps[s].kind == HN_STEP_KERNEL ? hn_kernels[plan->steps[s].kernel].name : "call";
    }
    return name;
}

static hone_status check_limits(hn_env *env, const hn_plan *plan, uint32_t workers) {
    uint64_t total = hn_plan_total_bytes(plan, workers);
    if (!hn_add_u64(total, plan->state_bytes, &total)) total = UINT64_MAX;
    if (total > env->limits.memory_bytes) {
        uint64_t need = 0;
        const char *name = hungriest(plan, &need);
        return hn_fail(
            env, HONE_E_LIMIT,
            "the plan needs %llu bytes, the limit is %llu; the largest step is %s (%llu)",
            (unsigned long long)total, (unsigned long long)env->limits.memory_bytes, name,
            (unsigned long long)need);
    }
    if (plan->macs > env->limits.max_macs) {
        return hn_fail(env, HONE_E_LIMIT, "one run would take %llu MACs, the limit is %llu",
                       (unsigned long long)plan->macs, (unsigned long long)env->limits.max_macs);
    }
    return HONE_OK;
}

uint64_t hn_plan_total_bytes(const hn_plan *plan, uint32_t workers) {
    return plan->arena_bytes + (uint64_t)plan->scratch_bytes * workers;
}

void hn_plan_add_macs(hn_plan *plan, uint64_t macs, uint64_t trips) {
    if (!hn_mul_u64(macs, trips, &macs) || !hn_add_u64(plan->macs, macs, &plan->macs)) {
        plan->macs = UINT64_MAX;
    }
}

static void count_work(hn_plan *plan) {
    const hn_graph *g = plan->graph;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_op *op = g->nodes[i]->op;
        if (op->hooks->macs != NULL) hn_plan_add_macs(plan, op->hooks->macs(g->nodes[i]), 1);
        if (op == hn_op_at(HN_OP_transpose)) plan->n_transposes++;
    }
    for (uint32_t c = 0; c < plan->n_consts; c++) {
        plan->const_bytes[plan->consts[c].source] += plan->consts[c].n_bytes;
    }
}

static hone_status build(hn_env *env, hn_plan *plan, const hn_plan_options *options,
                         hn_state *state) {
    hn_build b;
    memset(&b, 0, sizeof b);
    b.env = env;
    b.plan = plan;
    b.options = options;
    b.graph = plan->graph;
    b.is_body = state->plan != plan;
    b.state = state;
    HN_TRY(hn_build_emit(&b));
    HN_TRY(hn_build_fuse(&b));
    HN_TRY(hn_build_loops(&b));
    hn_tuning_mark(&b);
    HN_TRY(hn_build_place(&b));
    count_work(plan);
    return HONE_OK;
}

static hn_plan *new_empty(hn_env *env) {
    hn_plan *plan = hn_alloc(env, sizeof *plan);
    if (plan == NULL) return NULL;
    hn_env_inherit(&plan->env, env);
    hn_arena_init(&plan->arena, &plan->env, 0);
    return plan;
}

/* On failure the message moves to `env` and the plan is freed. */
static hone_status finish(hn_env *env, hn_plan *plan, hone_status status, hn_plan **out) {
    if (status == HONE_OK) {
        *out = plan;
        return HONE_OK;
    }
    hn_fail_from(env, &plan->env, status);
    hn_plan_free(plan);
    return status;
}

hone_status hn_plan_of_body(hn_build *parent, const hn_graph *lowered, hn_plan **out) {
    hn_plan *plan = new_empty(parent->env);
    if (plan == NULL) return hn_no_memory(parent->env);
    plan->graph = lowered;
    const hone_status status = build(&plan->env, plan, parent->options, parent->state);
    HN_TRY(finish(parent->env, plan, status, out));
    for (uint32_t i = 0; i < HN_N_SOURCES; i++) {
        parent->plan->const_bytes[i] += (*out)->const_bytes[i];
    }
    return HONE_OK;
}

hone_status hn_build_try(hn_env *env, const hn_graph *lowered, const hn_plan_options *options,
                         hone_status (*refused)(void *user, const hn_node *node, const char *why),
                         void *user) {
    hn_build b;
    hn_plan *plan = new_empty(env);
    if (plan == NULL) return hn_no_memory(env);
    plan->graph = lowered;
    hn_state state = {.plan = plan};
    memset(&b, 0, sizeof b);
    b.env = env; /* that of the graph, where hooks leave their messages */
    b.plan = plan;
    b.options = options;
    b.graph = lowered;
    b.refused = refused;
    b.refused_user = user;
    b.state = &state;
    hone_status status = hn_build_emit(&b);
    if (status != HONE_OK && status != HONE_E_MEMORY) status = refused(user, NULL, env->message);
    hn_plan_free(plan);
    return status;
}

/* Initialisers run in the arena before anything else lies there. */
static void make_room_for_inits(hn_plan *plan) {
    for (uint32_t i = 0; i < plan->n_inits; i++) {
        const hn_plan *init = plan->inits[i];
        if (init->arena_bytes > plan->arena_bytes) plan->arena_bytes = init->arena_bytes;
        if (init->scratch_bytes > plan->scratch_bytes) plan->scratch_bytes = init->scratch_bytes;
    }
}

static hone_status lower_and_build(const hn_graph *source, const hn_plan_options *options,
                                   hn_plan *plan) {
    hn_graph *lowered = NULL;
    hn_lower_options lower = {.input_shapes = options->input_shapes,
                              .n_input_shapes = options->n_input_shapes,
                              .is_half = options->is_half,
                              .isa = options->isa};
    hn_plan_options own = *options;
    if (options->n_providers > 0) {
        lower.place = hn_place_node;
        lower.place_user = &own;
    }
    HN_TRY(hn_graph_lower(&plan->env, &plan->arena, source, &lower, &lowered));
    plan->graph = lowered;
    hn_state state = {.plan = plan};
    HN_TRY(hn_tuning_expect(&state, options->tuning));
    HN_TRY(build(&plan->env, plan, options, &state));
    hn_tuning_count(&state, options->tuning);
    plan->state_bytes = state.n_bytes;
    make_room_for_inits(plan);
    hn_plan_sweep(plan);
    return check_limits(&plan->env, plan, options->workers);
}

hone_status hn_plan_new(hn_env *env, const hn_graph *source, const hn_plan_options *options,
                        hn_plan **out) {
    hn_plan *plan = new_empty(env);
    if (plan == NULL) return hn_no_memory(env);
    return finish(env, plan, lower_and_build(source, options, plan), out);
}

void hn_plan_free(hn_plan *plan) {
    if (plan == NULL) return;
    for (uint32_t i = 0; i < plan->n_calls; i++) {
        for (uint32_t k = 0; k < 2; k++) hn_plan_free((hn_plan *)plan->calls[i].bodies[k]);
    }
    for (uint32_t i = 0; i < plan->n_inits; i++) hn_plan_free(plan->inits[i]);
    hn_env env = plan->env; /* the block that holds the allocator is itself freed */
    hn_arena_fini(&plan->arena);
    hn_free(&env, plan);
}
