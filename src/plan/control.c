/* SPDX-License-Identifier: Apache-2.0
 * Control nodes become a CALL. Bodies are plans of their own whose inputs and outputs are the
 * parent's buffers and whose arena is a region of the parent's. The two bodies of an If share it,
 * since one of them runs; for loops see hn_plan_loop.
 *
 * Operands of the CALL: those of the node, its outputs, the region. */
#include <string.h>

#include "ops/control.h"
#include "plan/build.h"

hone_status hn_build_call(hn_build *b, const hn_call *call, uint32_t *index) {
    hn_plan *plan = b->plan;
    hn_call *grown =
        hn_arena_grow(&plan->arena, plan->calls, plan->n_calls, &b->capacity_calls, sizeof *grown);
    if (grown == NULL) return hn_no_memory(b->env);
    plan->calls = grown;
    plan->calls[plan->n_calls] = *call;
    *index = plan->n_calls++;
    return HONE_OK;
}

/* Plan number k of the call; region_bytes becomes the most that one of them needs. */
static hone_status add_body(hn_build *b, uint32_t call, uint32_t k, const hn_graph *graph,
                            uint64_t *region_bytes) {
    hn_plan *body = NULL;
    HN_TRY(hn_plan_of_body(b, graph, &body));
    b->plan->calls[call].bodies[k] = body;
    if (body->arena_bytes > *region_bytes) *region_bytes = body->arena_bytes;
    if (body->scratch_bytes > b->plan->scratch_bytes) {
        b->plan->scratch_bytes = body->scratch_bytes;
    }
    return HONE_OK;
}

static hone_status add_step(hn_build *b, const hn_node *node, uint32_t call,
                            uint64_t region_bytes) {
    const uint32_t n = node->n_in + node->n_out + 1;
    uint32_t at = 0;
    if (n > HN_MAX_CALL_PORTS) {
        return hn_fail(b->env, HONE_E_LIMIT, "%u operands, the limit is %d", n, HN_MAX_CALL_PORTS);
    }
    uint32_t *operands = HN_NEW_N(&b->plan->arena, uint32_t, n);
    if (operands == NULL) return hn_no_memory(b->env);
    for (uint32_t i = 0; i < node->n_in; i++) {
        operands[at++] = HN_NO_STORAGE;
        if (node->in[i] != NULL) HN_TRY(hn_build_value(b, node->in[i], &operands[at - 1]));
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] == NULL) {
            return hn_fail(b->env, HONE_E_UNSUPPORTED, "output %u is absent", i);
        }
        HN_TRY(hn_build_value(b, node->out[i], &operands[at++]));
    }
    HN_TRY(hn_build_storage(b, HN_SPACE_ARENA, region_bytes, &operands[at]));
    hn_raw_step *s = NULL;
    HN_TRY(hn_build_step(b, &s));
    s->step.kind = HN_STEP_CALL;
    s->step.call = call;
    s->step.units = 1;
    s->step.n_buf = n;
    s->many = operands;
    s->n_out = node->n_out + 1;
    return HONE_OK;
}

/* ---- if ---- */

/* The outputs of both bodies must be the node's, byte for byte of shape. */
static hone_status check_outputs(hn_build *b, const hn_node *node, const hn_plan *body) {
    if (body->n_outputs != node->n_out || body->n_inputs != node->n_in - 1) {
        return hn_fail(b->env, HONE_E_SHAPE, "a body has other operands than its node");
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        uint64_t n_bytes = 0;
        if (!hn_value_bytes(node->out[i], &n_bytes) || n_bytes != body->outputs[i].n_bytes) {
            return hn_fail(b->env, HONE_E_UNSUPPORTED,
                           "the branches give output %u different shapes", i);
        }
    }
    return HONE_OK;
}

static hone_status build_if(hn_build *b, const hn_node *node) {
    const hn_call call = {.kind = HN_CALL_IF, .name = "if"};
    uint32_t index = 0;
    uint64_t region_bytes = 0, macs = 0;
    if (node->n_bodies != 2) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED, "%s is not supported", node->foreign);
    }
    HN_TRY(hn_build_call(b, &call, &index));
    for (uint32_t k = 0; k < 2; k++) {
        if (node->bodies[k]->broken != NULL) {
            b->plan->calls[index].broken = node->bodies[k]->broken;
            continue;
        }
        HN_TRY(add_body(b, index, k, node->bodies[k], &region_bytes));
        const hn_plan *body = b->plan->calls[index].bodies[k];
        HN_TRY(check_outputs(b, node, body));
        if (body->macs > macs) macs = body->macs;
    }
    hn_plan_add_macs(b->plan, macs, 1);
    return add_step(b, node, index, region_bytes);
}

/* ---- loops ---- */

typedef struct region {
    uint64_t n_bytes;
    bool is_too_large;
} region;

static uint64_t take(region *r, uint64_t n_bytes) {
    const uint64_t at = r->n_bytes;
    uint64_t end = 0;
    if (!hn_add_u64(at, n_bytes, &end) || end > INT64_MAX) {
        r->is_too_large = true;
        return at;
    }
    r->n_bytes = (end + HN_KERNEL_ALIGN - 1) / HN_KERNEL_ALIGN * HN_KERNEL_ALIGN;
    return at;
}

/* Both sides of every value that passes the body's border must have the same bytes. */
static hone_status check_ports(hn_build *b, const hn_node *node, const hn_loop_ports *p,
                               uint64_t *n_bytes) {
    const hn_graph *body = p->body;
    const uint32_t n_flags = p->n_head / 2;
    for (uint32_t i = 0; i < p->n_carried + p->n_scan_in; i++) {
        uint64_t given = 0, back = 0;
        const hn_value *in = body->inputs[p->n_head + i];
        bool fits = hn_value_bytes(in, &n_bytes[i]);
        if (i < p->n_carried) {
            fits = fits && hn_value_bytes(node->in[p->n_head + i], &given) &&
                   hn_value_bytes(body->outputs[n_flags + i], &back) && given == n_bytes[i] &&
                   back == given;
        }
        if (!fits) return hn_fail(b->env, HONE_E_SHAPE, "carried value %u changes its shape", i);
    }
    for (uint32_t i = 0; i < p->n_scan_out; i++) {
        uint64_t *size = &n_bytes[p->n_carried + p->n_scan_in + i];
        if (hn_value_bytes(body->outputs[n_flags + p->n_carried + i], size)) continue;
        return hn_fail(b->env, HONE_E_SHAPE, "scanned output %u has no shape", i);
    }
    return HONE_OK;
}

static hone_status describe(hn_build *b, const hn_node *node, const hn_loop_ports *p,
                            hn_plan_loop *loop, region *r) {
    hn_arena *arena = &b->plan->arena;
    uint64_t *n_bytes =
        HN_NEW_N(arena, uint64_t, (uint64_t)p->n_carried + p->n_scan_in + p->n_scan_out);
    uint64_t *first = HN_NEW_N(arena, uint64_t, p->n_carried);
    uint64_t *second = HN_NEW_N(arena, uint64_t, p->n_carried);
    if (n_bytes == NULL || first == NULL || second == NULL) return hn_no_memory(b->env);
    HN_TRY(check_ports(b, node, p, n_bytes));
    for (uint32_t i = 0; i < p->n_carried; i++) first[i] = take(r, n_bytes[i]);
    for (uint32_t i = 0; i < p->n_carried; i++) second[i] = take(r, n_bytes[i]);
    *loop = (hn_plan_loop){.n_head = p->n_head,
                           .n_carried = p->n_carried,
                           .n_scan_in = p->n_scan_in,
                           .n_captures = p->n_captures,
                           .n_scan_out = p->n_scan_out,
                           .trips = hn_loop_trips(node, p),
                           .n_bytes = n_bytes,
                           .offset = {first, second}};
    loop->counter = take(r, sizeof(int64_t));
    loop->condition = take(r, 2);
    loop->arena = r->n_bytes;
    return HONE_OK;
}

static hone_status build_loop(hn_build *b, const hn_node *node) {
    hn_loop_ports p;
    hn_plan_loop *loop = HN_NEW(&b->plan->arena, hn_plan_loop);
    hn_call call = {.kind = HN_CALL_LOOP, .name = node->op->name, .loop = loop};
    region r = {0, false};
    uint32_t index = 0;
    uint64_t arena_bytes = 0;
    if (loop == NULL) return hn_no_memory(b->env);
    if (!hn_loop_ports_read(node, &p)) {
        return hn_fail(b->env, HONE_E_SHAPE, "a body has other operands than its node");
    }
    if (!hn_scan_is_plain(node)) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED, "a scan along another axis or backwards");
    }
    HN_TRY(describe(b, node, &p, loop, &r));
    HN_TRY(hn_build_call(b, &call, &index));
    HN_TRY(add_body(b, index, 0, p.body, &arena_bytes));
    if (p.condition != NULL) HN_TRY(add_body(b, index, 1, p.condition, &arena_bytes));
    (void)take(&r, arena_bytes);
    if (r.is_too_large) return hn_fail(b->env, HONE_E_LIMIT, "the loop's memory is too large");
    const uint64_t trips = loop->trips > 0 ? (uint64_t)loop->trips : 1;
    hn_plan_add_macs(b->plan, b->plan->calls[index].bodies[0]->macs, trips);
    return add_step(b, node, index, r.n_bytes);
}

hone_status hn_build_control(hn_build *b, const hn_node *node) {
    if ((node->op->effects & (HN_EFFECT_STATE_READ | HN_EFFECT_STATE_WRITE)) != 0) {
        return hn_build_state(b, node);
    }
    return node->op == hn_op_at(HN_OP_if) ? build_if(b, node) : build_loop(b, node);
}
