/* SPDX-License-Identifier: Apache-2.0
 * Control nodes become a CALL. The bodies of an If are plans of their own whose inputs and outputs
 * are the parent's buffers and whose arena is a region of the parent's, shared by both, since one
 * of them runs.
 *
 * Operands of the CALL: the condition, the captures, the outputs, the region. */
#include "plan/build.h"

#include <string.h>

static hone_status add_call(hn_build *b, const hn_call *call, uint32_t *index) {
    hn_plan *plan = b->plan;
    hn_call *grown =
        hn_arena_grow(&plan->arena, plan->calls, plan->n_calls, &b->capacity_calls, sizeof *grown);
    if (grown == NULL) return hn_no_memory(b->env);
    plan->calls = grown;
    plan->calls[plan->n_calls] = *call;
    *index = plan->n_calls++;
    return HONE_OK;
}

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

hone_status hn_build_control(hn_build *b, const hn_node *node) {
    hn_call call = {HN_CALL_IF, "if", {NULL, NULL}, 0, NULL};
    uint32_t index = 0, region = 0, at = 0;
    uint64_t region_bytes = 0;
    if (node->n_bodies != 2) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED, "%s is not supported", node->foreign);
    }
    HN_TRY(add_call(b, &call, &index));
    for (uint32_t k = 0; k < 2; k++) {
        hn_plan *body = NULL;
        HN_TRY(hn_plan_of_graph(b->env, node->bodies[k], b->options, true, &body));
        b->plan->calls[index].bodies[k] = body;
        HN_TRY(check_outputs(b, node, body));
        if (body->arena_bytes > region_bytes) region_bytes = body->arena_bytes;
        if (body->scratch_bytes > b->plan->scratch_bytes) {
            b->plan->scratch_bytes = body->scratch_bytes;
        }
    }
    const uint32_t n = node->n_in + node->n_out + 1;
    if (n > HN_MAX_CALL_PORTS) {
        return hn_fail(b->env, HONE_E_LIMIT, "%u operands, the limit is %d", n, HN_MAX_CALL_PORTS);
    }
    uint32_t *operands = HN_NEW_N(&b->plan->arena, uint32_t, n);
    if (operands == NULL) return hn_no_memory(b->env);
    for (uint32_t i = 0; i < node->n_in; i++)
        HN_TRY(hn_build_value(b, node->in[i], &operands[at++]));
    for (uint32_t i = 0; i < node->n_out; i++) {
        HN_TRY(hn_build_value(b, node->out[i], &operands[at++]));
    }
    HN_TRY(hn_build_storage(b, HN_SPACE_ARENA, region_bytes, &region));
    operands[at] = region;
    hn_raw_step *s = NULL;
    HN_TRY(hn_build_step(b, &s));
    s->step.kind = HN_STEP_CALL;
    s->step.call = index;
    s->step.units = 1;
    s->step.n_buf = n;
    s->many = operands;
    s->n_out = node->n_out + 1;
    return HONE_OK;
}
