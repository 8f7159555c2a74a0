/* SPDX-License-Identifier: Apache-2.0
 * If and case: bodies with the node's captures as inputs, of which one runs: the first of two where
 * a condition holds, or the one of a number (the last where there is none of it). All are inferred
 * with the captures' types and shapes; where their outputs differ in rank or a dimension, it is
 * unknown outside. */
#include <string.h>

#include "ops/control.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

static hone_status check_body(hn_graph *g, const hn_node *node, const hn_graph *body) {
    if (body->n_inputs == node->n_in - 1 && body->n_outputs == node->n_out) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "a body has other inputs or outputs than the node");
}

static hone_status infer_body(hn_graph *g, const hn_node *node, hn_graph *body) {
    for (uint32_t i = 0; i < body->n_inputs; i++) {
        const hn_value *capture = node->in[i + 1];
        if (capture == NULL) return hn_fail(g->env, HONE_E_SHAPE, "capture %u is missing", i);
        body->inputs[i]->kind = capture->kind;
        body->inputs[i]->holds_lists = capture->holds_lists;
        body->inputs[i]->dtype = capture->dtype;
        body->inputs[i]->shape = capture->shape;
    }
    const hone_status status = hn_graph_infer(body);
    return hn_fail_from(g->env, body->env, status);
}

/* A branch that does not fit its inputs may be one that is never taken: that is no failure until
 * both do not, or it is taken. */
static hone_status infer_branch(hn_graph *g, const hn_node *node, hn_graph *body) {
    body->broken = NULL;
    const hone_status status = infer_body(g, node, body);
    if (status != HONE_E_SHAPE && status != HONE_E_UNSUPPORTED) return status;
    body->broken = hn_arena_string(g->arena, g->env->message, strlen(g->env->message));
    return body->broken != NULL ? HONE_OK : hn_no_memory(g->env);
}

/* The branch of a constant condition or number; -1: any. */
static int64_t settled_branch(const hn_node *node) {
    const hn_value *v = node->in[0];
    uint64_t n;
    int32_t number;
    if (v->constant == NULL || !hn_shape_count(&v->shape, &n) || n != 1) return -1;
    hn_constant_need(v);
    if (v->dtype == HN_DTYPE_BOOL) return v->constant->bytes[0] != 0 ? 0 : 1;
    memcpy(&number, v->constant->bytes, sizeof number);
    return number < 0 || (uint32_t)number >= node->n_bodies ? (int64_t)node->n_bodies - 1 : number;
}

/* What holds for an output of all branches but the broken ones. */
static hone_status common_output(hn_graph *g, const hn_node *node, uint32_t i, hn_value *out) {
    const hn_value *first = NULL;
    hn_shape shape = hn_shape_unknown(-1);
    for (uint32_t b = 0; b < node->n_bodies; b++) {
        const hn_value *v = node->bodies[b]->outputs[i];
        if (node->bodies[b]->broken != NULL) continue;
        if (first == NULL) {
            first = v;
            shape = v->shape;
        } else if (v->dtype != first->dtype || v->kind != first->kind) {
            return hn_fail(g->env, HONE_E_SHAPE, "the bodies' outputs %u differ in type", i);
        } else if (v->shape.rank != shape.rank) {
            shape = hn_shape_unknown(-1);
        }
        for (int32_t d = 0; d < shape.rank; d++) {
            if (shape.dim[d] == v->shape.dim[d]) continue;
            shape.dim[d] = -1;
            shape.sym[d] = NULL;
        }
    }
    if (first == NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", node->bodies[0]->broken);
    out->kind = first->kind;
    out->holds_lists = first->holds_lists;
    out->dtype = first->dtype;
    out->shape = shape;
    return HONE_OK;
}

static hone_status infer_branches(hn_graph *g, hn_node *node) {
    const int64_t settled = settled_branch(node);
    for (uint32_t b = 0; b < node->n_bodies; b++) {
        hn_graph *body = node->bodies[b];
        HN_TRY(check_body(g, node, body));
        if (settled < 0) {
            HN_TRY(infer_branch(g, node, body));
        } else if (settled == b) {
            body->broken = NULL;
            HN_TRY(infer_body(g, node, body));
        } else {
            body->broken = "the condition is constant";
        }
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] == NULL) return hn_fail(g->env, HONE_E_SHAPE, "output %u is missing", i);
        HN_TRY(common_output(g, node, i, node->out[i]));
    }
    return HONE_OK;
}

static hone_status if_shape(hn_graph *g, hn_node *node) {
    if (node->n_bodies != 2) return hn_fail(g->env, HONE_E_SHAPE, "there must be two bodies");
    HN_TRY(hn_control_number(g, node->in[0], HN_DTYPE_BOOL));
    return infer_branches(g, node);
}

static hone_status case_shape(hn_graph *g, hn_node *node) {
    if (node->n_bodies == 0) return hn_fail(g->env, HONE_E_SHAPE, "there must be a body");
    HN_TRY(hn_control_number(g, node->in[0], HN_DTYPE_S32));
    return infer_branches(g, node);
}

static hone_status branch_lower(hn_lower *L, const hn_node *node) {
    return L->call(L, node);
}

const hn_op_hooks hn_hooks_if = {.shape = if_shape, .lower = branch_lower};
const hn_op_hooks hn_hooks_case = {.shape = case_shape, .lower = branch_lower};
