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
    const uint64_t total = hn_plan_total_bytes(plan, workers);
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

static void count_work(hn_plan *plan) {
    const hn_graph *g = plan->graph;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_op *op = g->nodes[i]->op;
        if (op->hooks->macs != NULL) plan->macs += op->hooks->macs(g->nodes[i]);
        if (op == hn_op_at(HN_OP_transpose)) plan->n_transposes++;
    }
    for (uint32_t c = 0; c < plan->n_consts; c++) {
        plan->const_bytes[plan->consts[c].source] += plan->consts[c].n_bytes;
    }
}

static hone_status build(hn_env *env, hn_plan *plan, const hn_plan_options *options, bool is_body) {
    hn_build b;
    memset(&b, 0, sizeof b);
    b.env = env;
    b.plan = plan;
    b.options = options;
    b.graph = plan->graph;
    b.is_body = is_body;
    HN_TRY(hn_build_emit(&b));
    HN_TRY(hn_build_loops(&b));
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

hone_status hn_plan_of_graph(hn_env *env, const hn_graph *lowered, const hn_plan_options *options,
                             bool is_body, hn_plan **out) {
    hn_plan *plan = new_empty(env);
    if (plan == NULL) return hn_no_memory(env);
    plan->graph = lowered;
    return finish(env, plan, build(&plan->env, plan, options, is_body), out);
}

hone_status hn_build_try(hn_env *env, const hn_graph *lowered, const hn_plan_options *options,
                         hone_status (*refused)(void *user, const hn_node *node, const char *why),
                         void *user) {
    hn_build b;
    hn_plan *plan = new_empty(env);
    if (plan == NULL) return hn_no_memory(env);
    plan->graph = lowered;
    memset(&b, 0, sizeof b);
    b.env = env; /* that of the graph, where hooks leave their messages */
    b.plan = plan;
    b.options = options;
    b.graph = lowered;
    b.refused = refused;
    b.refused_user = user;
    hone_status status = hn_build_emit(&b);
    if (status != HONE_OK && status != HONE_E_MEMORY) status = refused(user, NULL, env->message);
    hn_plan_free(plan);
    return status;
}

static hone_status lower_and_build(const hn_graph *source, const hn_plan_options *options,
                                   hn_plan *plan) {
    hn_graph *lowered = NULL;
    hn_lower_options lower = {options->input_shapes, options->n_input_shapes, NULL, NULL};
    hn_plan_options own = *options;
    if (options->n_providers > 0) {
        lower.place = hn_place_node;
        lower.place_user = &own;
    }
    HN_TRY(hn_graph_lower(&plan->env, &plan->arena, source, &lower, &lowered));
    plan->graph = lowered;
    HN_TRY(build(&plan->env, plan, options, false));
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
    hn_env env = plan->env; /* the block that holds the allocator is itself freed */
    hn_arena_fini(&plan->arena);
    hn_free(&env, plan);
}
