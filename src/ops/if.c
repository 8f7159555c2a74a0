/* SPDX-License-Identifier: Apache-2.0
 * If: two bodies with the node's captures as inputs. Both are inferred with the captures' types and
 * shapes; where their outputs differ in rank or a dimension, it is unknown outside. */
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

/* The branch of a constant condition; -1: any. */
static int32_t settled_branch(const hn_value *condition) {
    uint64_t n;
    if (condition->constant == NULL || !hn_shape_count(&condition->shape, &n) || n != 1) return -1;
    return condition->constant->bytes[0] != 0 ? 0 : 1;
}

/* What holds for the outputs of both branches, where one is broken for those of the other. */
static hone_status common_output(hn_graph *g, const hn_node *node, uint32_t i, hn_value *out) {
    const hn_graph *yes = node->bodies[0], *no = node->bodies[1];
    const hn_value *a = yes->broken == NULL ? yes->outputs[i] : no->outputs[i];
    const hn_value *b = no->broken == NULL ? no->outputs[i] : yes->outputs[i];
    if (a->dtype != b->dtype || a->kind != b->kind) {
        return hn_fail(g->env, HONE_E_SHAPE, "the bodies' outputs %u differ in type", i);
    }
    hn_shape shape = a->shape.rank == b->shape.rank ? a->shape : hn_shape_unknown(-1);
    for (int32_t d = 0; d < shape.rank; d++) {
        if (shape.dim[d] == b->shape.dim[d]) continue;
        shape.dim[d] = -1;
        shape.sym[d] = NULL;
    }
    out->kind = a->kind;
    out->holds_lists = a->holds_lists;
    out->dtype = a->dtype;
    out->shape = shape;
    return HONE_OK;
}

static hone_status if_shape(hn_graph *g, hn_node *node) {
    if (node->n_bodies != 2) return hn_fail(g->env, HONE_E_SHAPE, "there must be two bodies");
    const hn_value *condition = node->in[0];
    HN_TRY(hn_control_number(g, condition, HN_DTYPE_BOOL));
    const int32_t settled = settled_branch(condition);
    for (int32_t b = 0; b < 2; b++) {
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
    if (node->bodies[0]->broken != NULL && node->bodies[1]->broken != NULL) {
        return hn_fail(g->env, HONE_E_SHAPE, "%s", node->bodies[0]->broken);
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] == NULL) return hn_fail(g->env, HONE_E_SHAPE, "output %u is missing", i);
        HN_TRY(common_output(g, node, i, node->out[i]));
    }
    return HONE_OK;
}

static hone_status if_lower(hn_lower *L, const hn_node *node) {
    return L->call(L, node);
}

const hn_op_hooks hn_hooks_if = {.shape = if_shape, .lower = if_lower};
