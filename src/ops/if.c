/* SPDX-License-Identifier: Apache-2.0
 * If: two bodies with the node's captures as inputs. Both are inferred with the captures' types and
 * shapes; where their outputs differ in rank or a dimension, it is unknown outside. */
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

static hone_status infer_body(hn_graph *g, const hn_node *node, hn_graph *body) {
    if (body->n_inputs != node->n_in - 1 || body->n_outputs != node->n_out) {
        return hn_fail(g->env, HONE_E_SHAPE, "a body has other inputs or outputs than the node");
    }
    for (uint32_t i = 0; i < body->n_inputs; i++) {
        const hn_value *capture = node->in[i + 1];
        if (capture == NULL) return hn_fail(g->env, HONE_E_SHAPE, "capture %u is missing", i);
        body->inputs[i]->dtype = capture->dtype;
        body->inputs[i]->shape = capture->shape;
    }
    const hone_status status = hn_graph_infer(body);
    return hn_fail_from(g->env, body->env, status);
}

static hone_status if_shape(hn_graph *g, hn_node *node) {
    if (node->n_bodies != 2) return hn_fail(g->env, HONE_E_SHAPE, "there must be two bodies");
    const hn_value *condition = node->in[0];
    if (condition->dtype != HN_DTYPE_BOOL) {
        return hn_fail(g->env, HONE_E_SHAPE, "the condition is not a bool");
    }
    for (uint32_t b = 0; b < 2; b++) HN_TRY(infer_body(g, node, node->bodies[b]));
    for (uint32_t i = 0; i < node->n_out; i++) {
        const hn_value *yes = node->bodies[0]->outputs[i], *no = node->bodies[1]->outputs[i];
        if (node->out[i] == NULL) return hn_fail(g->env, HONE_E_SHAPE, "output %u is missing", i);
        if (yes->dtype != no->dtype || yes->kind != no->kind) {
            return hn_fail(g->env, HONE_E_SHAPE, "the bodies' outputs %u differ in type", i);
        }
        hn_shape out = yes->shape.rank == no->shape.rank ? yes->shape : hn_shape_unknown(-1);
        for (int32_t d = 0; d < out.rank; d++) {
            if (out.dim[d] == no->shape.dim[d]) continue;
            out.dim[d] = -1;
            out.sym[d] = NULL;
        }
        node->out[i]->dtype = yes->dtype;
        node->out[i]->shape = out;
    }
    return HONE_OK;
}

static hone_status if_lower(hn_lower *L, const hn_node *node) {
    return L->call(L, node);
}

const hn_op_hooks hn_hooks_if = {.shape = if_shape, .lower = if_lower};
