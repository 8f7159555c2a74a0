/* SPDX-License-Identifier: Apache-2.0
 * Whether a node has kernels for the types of its operands: its lower hook is run with callbacks
 * that only look for the rows. */
#include "ops/lower.h"

static hone_status look_for_kernel(hn_lower *L, const hn_step_request *request) {
    const hn_kernel *kernel =
        hn_kernel_choose(request->family, request->types, HN_ISA_C, request->args);
    if (kernel != NULL) return HONE_OK;
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel for these types");
}

static hone_status no_constant(hn_lower *L, const void *bytes, uint64_t n_bytes, hn_operand *out) {
    (void)L;
    (void)bytes;
    (void)n_bytes;
    const hn_operand made = {HN_OPERAND_CONST, NULL, 0};
    *out = made;
    return HONE_OK;
}

static hone_status no_memory(hn_lower *L, uint64_t n_bytes, hn_operand *out) {
    (void)L;
    (void)n_bytes;
    const hn_operand made = {HN_OPERAND_TEMP, NULL, 0};
    *out = made;
    return HONE_OK;
}

static hone_status take_alias(hn_lower *L, const hn_value *in, const hn_value *out) {
    (void)L;
    (void)in;
    (void)out;
    return HONE_OK;
}

static hone_status take_call(hn_lower *L, const hn_node *node) {
    (void)L;
    (void)node;
    return HONE_OK;
}

bool hn_node_can_lower(const hn_graph *g, const hn_node *node) {
    if (node->op == NULL || node->op->hooks->lower == NULL) return false;
    hn_env env; /* of its own: a refusal is no failure */
    hn_env_inherit(&env, g->env);
    hn_lower lower = {&env,        g,         NULL,       look_for_kernel,
                      no_constant, no_memory, take_alias, take_call};
    return node->op->hooks->lower(&lower, node) == HONE_OK;
}
