/* SPDX-License-Identifier: Apache-2.0
 * The text form of a plan: see plan_dump.h. */
#include "plan/plan_dump.h"

#include <string.h>

const char *hn_step_name(const hn_plan *plan, const hn_step *step) {
    switch (step->kind) {
    case HN_STEP_KERNEL:
        return hn_kernels[step->kernel].name;
    case HN_STEP_LOOP:
        return "loop";
    case HN_STEP_CALL:
    case HN_STEP_WAIT:
        return plan->calls[step->call].name;
    }
    return "";
}

const hn_node *hn_step_node(const hn_plan *plan, const hn_step *step) {
    if (step->origin >= plan->n_origins) return NULL;
    const uint32_t *ids = plan->origins[step->origin].ids;
    for (uint32_t i = 0; ids != NULL && i < plan->graph->n_nodes; i++) {
        if (plan->graph->nodes[i]->origin.ids == ids) return plan->graph->nodes[i];
    }
    return NULL;
}

static void dump_args(const hn_step *step, hn_text *text) {
    const hn_family_info *family = hn_family_of(hn_kernels[step->kernel].family);
    for (uint32_t i = 0; i < family->n_fields; i++) {
        const hn_field *f = &family->fields[i];
        hn_text_add(text, " %s=", f->name);
        for (uint32_t k = 0; k < f->n; k++) {
            const uint8_t *at = (const uint8_t *)step->args + f->offset + 4 * (size_t)k;
            int32_t s = 0;
            uint32_t u = 0;
            float v = 0.0f;
            memcpy(&s, at, 4);
            memcpy(&u, at, 4);
            memcpy(&v, at, 4);
            if (k > 0) hn_text_add(text, ",");
            if (f->kind == 'f') hn_text_add(text, "%.9g", (double)v);
            if (f->kind == 's') hn_text_add(text, "%d", s);
            if (f->kind == 'u') hn_text_add(text, "%u", u);
        }
    }
}

static void dump_buffers(const hn_step *step, hn_text *text) {
    static const char *const spaces[] = {"-",     "arena",   "const",    "input",  "output",
                                         "state", "scratch", "provider", "dynamic"};
    for (uint32_t i = 0; i < step->n_buf; i++) {
        const hn_bufref *b = &step->buf[i];
        hn_text_add(text, " %s", spaces[b->space]);
        if (b->space == HN_SPACE_NONE) continue;
        if (b->space == HN_SPACE_ARENA || b->space == HN_SPACE_STATE) {
            hn_text_add(text, "+%llu", (unsigned long long)b->offset);
        } else {
            hn_text_add(text, "%u", b->index);
        }
        hn_text_add(text, ":%llu", (unsigned long long)b->n_bytes);
        if (b->ring != 0) hn_text_add(text, "/ring%u", b->ring);
    }
}

static void dump_plan(const hn_plan *plan, int depth, hn_text *text);

static void dump_step(const hn_plan *plan, uint32_t i, int depth, hn_text *text) {
    const hn_step *step = &plan->steps[i];
    const hn_node *node = hn_step_node(plan, step);
    hn_text_add(text, "%*s%4u  %-16s", 2 * depth, "", i, hn_step_name(plan, step));
    if (step->kind == HN_STEP_LOOP) {
        hn_text_add(text, " %u tiles, next %u steps", step->n_tiles, step->n_body);
    }
    if (step->kind == HN_STEP_WAIT) hn_text_add(text, " wait");
    dump_buffers(step, text);
    if (step->kind == HN_STEP_KERNEL) {
        hn_text_add(text, "  units=%u grain=%u", step->units, step->grain);
        if (step->rows.height > 0) {
            hn_text_add(text, " rows=%d*i%+d..%+d<%d", step->rows.stride, step->rows.low,
                        step->rows.high, step->rows.height);
        }
        dump_args(step, text);
    }
    hn_text_add(text, "  # ");
    hn_text_add_name(text, node != NULL ? node->name : "");
    hn_text_add(text, "\n");
    if (step->kind != HN_STEP_CALL) return;
    const hn_call *call = &plan->calls[step->call];
    for (uint32_t k = 0; k < 2; k++) {
        static const char *const titles[2][2] = {{"then", "else"}, {"body", "condition"}};
        const hn_plan *body = call->bodies[k];
        if (body == NULL) continue;
        hn_text_add(text, "%*s%s:\n", 2 * depth + 6, "", titles[call->kind == HN_CALL_LOOP][k]);
        dump_plan(body, depth + 4, text);
    }
}

static void dump_plan(const hn_plan *plan, int depth, hn_text *text) {
    for (uint32_t i = 0; i < plan->n_steps; i++) dump_step(plan, i, depth, text);
}

hone_status hn_plan_dump(const hn_plan *plan, hn_text *text) {
    hn_text_add(text, "plan: %u steps, arena %llu bytes, scratch %u bytes a worker, %u constants\n",
                plan->n_steps, (unsigned long long)plan->arena_bytes, plan->scratch_bytes,
                plan->n_consts);
    dump_plan(plan, 0, text);
    return hn_text_status(text);
}
