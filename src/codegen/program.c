/* SPDX-License-Identifier: Apache-2.0
 * Flattening: walks the steps as the runtime does and writes down what it would do. Sub-plans are
 * walked in place, with the buffers of their CALL as inputs and outputs. */
#include "codegen/program.h"

#include <string.h>

#include "plan/plan_dump.h"

#define NO_NUMBER UINT32_MAX

/* One plan being walked: where its arena begins, what its inputs and outputs are, and the numbers
 * that its constants have in the program. */
typedef struct scope {
    const hn_plan *plan;
    uint64_t arena;
    const hn_site *inputs, *outputs;
    uint32_t *numbers;
    uint32_t depth;
} scope;

static hone_status walk(hn_program *p, const scope *s);

static hone_status add_item(hn_program *p, const hn_item *item) {
    hn_item *grown =
        hn_arena_grow(&p->arena, p->items, p->n_items, &p->capacity_items, sizeof *grown);
    if (grown == NULL) return hn_no_memory(p->env);
    p->items = grown;
    p->items[p->n_items++] = *item;
    return HONE_OK;
}

static hone_status const_number(hn_program *p, const scope *s, uint32_t index, uint64_t *number) {
    if (s->numbers[index] == NO_NUMBER) {
        hn_named_const *grown =
            hn_arena_grow(&p->arena, p->consts, p->n_consts, &p->capacity_consts, sizeof *grown);
        if (grown == NULL) return hn_no_memory(p->env);
        p->consts = grown;
        p->consts[p->n_consts] = (hn_named_const){&s->plan->consts[index], false};
        s->numbers[index] = p->n_consts++;
    }
    *number = s->numbers[index];
    return HONE_OK;
}

static hone_status resolve(hn_program *p, const scope *s, const hn_bufref *ref, hn_site *out) {
    hn_site site = {HN_SITE_NONE, 0};
    switch ((hn_space)ref->space) {
    case HN_SPACE_NONE:
        break;
    case HN_SPACE_ARENA:
        site = (hn_site){HN_SITE_MEMORY, s->arena + ref->offset};
        break;
    case HN_SPACE_CONST:
        site.kind = HN_SITE_CONST;
        HN_TRY(const_number(p, s, ref->index, &site.at));
        break;
    case HN_SPACE_INPUT:
        site = s->inputs[ref->index];
        break;
    case HN_SPACE_OUTPUT:
        site = s->outputs[ref->index];
        break;
    case HN_SPACE_STATE:
        site = (hn_site){HN_SITE_STATE, ref->offset};
        break;
    case HN_SPACE_SCRATCH:
    case HN_SPACE_PROVIDER:
    case HN_SPACE_DYNAMIC:
        return hn_fail(p->env, HONE_E_UNSUPPORTED,
                       "a step uses memory that exported C does not have (space %u)", ref->space);
    }
    *out = site;
    return HONE_OK;
}

static hone_status resolve_all(hn_program *p, const scope *s, const hn_step *step, hn_site **out) {
    hn_site *sites = HN_NEW_N(&p->arena, hn_site, (uint64_t)step->n_buf + 1);
    if (sites == NULL) return hn_no_memory(p->env);
    for (uint32_t i = 0; i < step->n_buf; i++) HN_TRY(resolve(p, s, &step->buf[i], &sites[i]));
    *out = sites;
    return HONE_OK;
}

static void mark_used(hn_program *p, const hn_site *sites, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (sites[i].kind == HN_SITE_CONST) p->consts[sites[i].at].is_used = true;
    }
}

static hone_status add_kernel(hn_program *p, const scope *s, const hn_step *step,
                              uint32_t n_tiles) {
    hn_site *sites = NULL;
    HN_TRY(resolve_all(p, s, step, &sites));
    mark_used(p, sites, step->n_buf);
    p->uses[step->kernel]++;
    const hn_item item = {HN_ITEM_STEP, step, sites, p->n_steps++, n_tiles};
    return add_item(p, &item);
}

static hone_status add_loop(hn_program *p, const scope *s, uint32_t at) {
    const hn_step *loop = &s->plan->steps[at];
    const hn_item begin = {HN_ITEM_LOOP, loop, NULL, 0, loop->n_tiles};
    const hn_item end = {HN_ITEM_END, NULL, NULL, 0, 0};
    HN_TRY(add_item(p, &begin));
    for (uint32_t k = 1; k <= loop->n_body; k++) {
        const hn_step *step = &s->plan->steps[at + k];
        if (step->kind != HN_STEP_KERNEL) {
            return hn_fail(p->env, HONE_E_UNSUPPORTED, "a loop holds more than kernels");
        }
        HN_TRY(add_kernel(p, s, step, loop->n_tiles));
    }
    p->has_loop = true;
    return add_item(p, &end);
}

/* The sub-plan `body` of a CALL whose operands are the condition, inputs, outputs, region. */
static hone_status walk_body(hn_program *p, const scope *s, const hn_plan *body,
                             const hn_site *sites, uint32_t n_sites) {
    if (n_sites != body->n_inputs + body->n_outputs + 2 || s->depth >= HN_MAX_BODY_DEPTH) {
        return hn_fail(p->env, HONE_E_INTERNAL, "a call has other operands than its body");
    }
    const scope inner = {body,
                         sites[n_sites - 1].at,
                         sites + 1,
                         sites + 1 + body->n_inputs,
                         HN_NEW_N(&p->arena, uint32_t, (uint64_t)body->n_consts + 1),
                         s->depth + 1};
    if (inner.numbers == NULL) return hn_no_memory(p->env);
    memset(inner.numbers, 0xff, (size_t)body->n_consts * sizeof *inner.numbers);
    return walk(p, &inner);
}

static hone_status add_call(hn_program *p, const scope *s, const hn_step *step) {
    const hn_call *call = &s->plan->calls[step->call];
    if (call->kind == HN_CALL_HOST) {
        return hn_fail(p->env, HONE_E_UNSUPPORTED, "%s: its shape depends on data",
                       call->host->why);
    }
    if (call->kind == HN_CALL_LOOP) {
        const hn_node *node = hn_step_node(s->plan, step);
        return hn_fail(p->env, HONE_E_UNSUPPORTED, "%s: a %s with a body is not exported",
                       node != NULL ? node->name : "a node", call->name);
    }
    if (call->kind == HN_CALL_IF && call->broken != NULL) {
        return hn_fail(p->env, HONE_E_UNSUPPORTED, "a branch that cannot be taken: %s",
                       call->broken);
    }
    if (call->kind != HN_CALL_IF) {
        return hn_fail(p->env, HONE_E_UNSUPPORTED,
                       "%s runs on provider %s; exported C runs on the CPU alone",
                       call->name != NULL ? call->name : "a part of the model",
                       call->group != NULL ? call->group->provider->name : "?");
    }
    hn_site *sites = NULL;
    HN_TRY(resolve_all(p, s, step, &sites));
    mark_used(p, sites, 1);
    const hn_item begin = {HN_ITEM_IF, step, sites, 0, 0};
    const hn_item other = {HN_ITEM_ELSE, NULL, NULL, 0, 0};
    const hn_item end = {HN_ITEM_END, NULL, NULL, 0, 0};
    HN_TRY(add_item(p, &begin));
    HN_TRY(walk_body(p, s, call->bodies[0], sites, step->n_buf));
    HN_TRY(add_item(p, &other));
    HN_TRY(walk_body(p, s, call->bodies[1], sites, step->n_buf));
    return add_item(p, &end);
}

static hone_status walk(hn_program *p, const scope *s) {
    for (uint32_t i = 0; i < s->plan->n_steps; i++) {
        const hn_step *step = &s->plan->steps[i];
        switch (step->kind) {
        case HN_STEP_KERNEL:
            HN_TRY(add_kernel(p, s, step, 0));
            break;
        case HN_STEP_LOOP:
            HN_TRY(add_loop(p, s, i));
            i += step->n_body;
            break;
        case HN_STEP_CALL:
            HN_TRY(add_call(p, s, step));
            break;
        case HN_STEP_WAIT: /* its CALL was refused */
            return hn_fail(p->env, HONE_E_INTERNAL, "a wait without its call");
        }
    }
    return HONE_OK;
}

/* The default memory of inputs or outputs. */
static hn_site *default_sites(hn_program *p, const hn_plan_io *io, uint32_t n) {
    hn_site *sites = HN_NEW_N(&p->arena, hn_site, (uint64_t)n + 1);
    for (uint32_t i = 0; sites != NULL && i < n; i++) {
        sites[i] = (hn_site){HN_SITE_MEMORY, p->plan->scratch_bytes + io[i].offset};
    }
    return sites;
}

hone_status hn_program_gather(hn_program *p) {
    const hn_plan *plan = p->plan;
    if (plan->n_inits > 0) {
        return hn_fail(p->env, HONE_E_UNSUPPORTED,
                       "variables that a graph initialises are not in exported C");
    }
    const scope root = {plan,
                        plan->scratch_bytes,
                        default_sites(p, plan->inputs, plan->n_inputs),
                        default_sites(p, plan->outputs, plan->n_outputs),
                        HN_NEW_N(&p->arena, uint32_t, (uint64_t)plan->n_consts + 1),
                        0};
    p->uses = HN_NEW_N(&p->arena, uint32_t, hn_n_kernels);
    if (p->uses == NULL || root.inputs == NULL || root.outputs == NULL || root.numbers == NULL) {
        return hn_no_memory(p->env);
    }
    memset(root.numbers, 0xff, (size_t)plan->n_consts * sizeof *root.numbers);
    p->memory_bytes = hn_plan_total_bytes(plan, 1);
    return walk(p, &root);
}
