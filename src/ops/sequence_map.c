/* SPDX-License-Identifier: Apache-2.0
 * sequence_map: a body run for each item of a sequence, beside the items of others and tensors that
 * stay the same; its outputs are gathered in sequences. It always runs on the host. */
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lists.h"

static hone_status bind_body(hn_graph *g, const hn_node *node, hn_graph *body) {
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *from = node->in[i];
        if (from == NULL) return hn_fail(g->env, HONE_E_SHAPE, "operand %u is missing", i);
        hn_value *to = body->inputs[i];
        to->kind = HN_VALUE_TENSOR;
        to->dtype = from->dtype;
        to->shape = from->kind == HN_VALUE_TENSOR ? from->shape : hn_shape_unknown(-1);
    }
    return HONE_OK;
}

static hone_status map_shape(hn_graph *g, hn_node *node) {
    HN_TRY(hn_node_check_list(g, node, 0, HN_VALUE_SEQUENCE));
    hn_graph *body = node->n_bodies == 1 ? node->bodies[0] : NULL;
    if (body == NULL || body->n_inputs != node->n_in || body->n_outputs != node->n_out) {
        return hn_fail(g->env, HONE_E_SHAPE, "the body has other inputs or outputs than the node");
    }
    HN_TRY(bind_body(g, node, body));
    const hone_status status = hn_graph_infer(body);
    if (status != HONE_OK) return hn_fail_from(g->env, body->env, status);
    for (uint32_t i = 0; i < node->n_out; i++) {
        const hn_value *item = body->outputs[i];
        if (item->kind != HN_VALUE_TENSOR) {
            return hn_fail(g->env, HONE_E_SHAPE, "output %u of the body is no tensor", i);
        }
        if (node->out[i] == NULL) continue;
        node->out[i]->kind = HN_VALUE_SEQUENCE;
        node->out[i]->dtype = item->dtype;
        node->out[i]->shape = hn_shape_unknown(-1);
    }
    return HONE_OK;
}

static hone_status map_lower(hn_lower *L, const hn_node *node) {
    return L->call(L, node);
}

const hn_op_hooks hn_hooks_sequence_map = {.shape = map_shape, .lower = map_lower};
