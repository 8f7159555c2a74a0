/* SPDX-License-Identifier: Apache-2.0
 * Resource variables: a handle names a slot of the session, which is read and assigned whole.
 * call_once runs its body when a session starts. All are CALLs of the planner, which knows where
 * slots lie. A read has the type and shape that the file states for its output: what is assigned
 * must have the same. */
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

static hone_status handle_shape(hn_graph *g, hn_node *node) {
    if (node->out[0]->kind == HN_VALUE_RESOURCE) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "the output is no resource");
}

static hone_status check_handle(hn_graph *g, const hn_node *node) {
    if (node->in[0]->kind == HN_VALUE_RESOURCE) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "operand 0 is no resource");
}

static hone_status read_shape(hn_graph *g, hn_node *node) {
    HN_TRY(check_handle(g, node));
    const hn_value *out = node->out[0];
    if (out->kind == HN_VALUE_TENSOR && hn_shape_is_known(&out->shape)) {
        return hn_node_set_shape(g, node, out->dtype, &out->shape);
    }
    return hn_fail(g->env, HONE_E_UNSUPPORTED, "a variable whose shape the file leaves open");
}

static hone_status write_shape(hn_graph *g, hn_node *node) {
    HN_TRY(check_handle(g, node));
    if (node->in[1]->kind == HN_VALUE_TENSOR) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "what is assigned is no tensor");
}

static hone_status call(hn_lower *L, const hn_node *node) {
    return L->call(L, node);
}

/* A handle is a name: there is nothing to run. */
static hone_status no_step(hn_lower *L, const hn_node *node) {
    (void)L;
    (void)node;
    return HONE_OK;
}

static hone_status once_shape(hn_graph *g, hn_node *node) {
    if (node->n_bodies != 1 || node->bodies[0]->n_inputs != 0 || node->bodies[0]->n_outputs != 0) {
        return hn_fail(g->env, HONE_E_SHAPE, "the body must have no inputs and outputs");
    }
    const hone_status status = hn_graph_infer(node->bodies[0]);
    return hn_fail_from(g->env, node->bodies[0]->env, status);
}

const hn_op_hooks hn_hooks_var_handle = {.shape = handle_shape, .lower = no_step};
const hn_op_hooks hn_hooks_state_read = {.shape = read_shape, .lower = call};
const hn_op_hooks hn_hooks_state_write = {
    .shape = write_shape, .lower = call, .max_outputs = HN_NO_OUTPUT};
const hn_op_hooks hn_hooks_call_once = {
    .shape = once_shape, .lower = call, .max_outputs = HN_NO_OUTPUT};
