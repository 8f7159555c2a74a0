/* SPDX-License-Identifier: Apache-2.0
 * Whether a node has kernels for the types of its operands: its lower hook is run with callbacks
 * that only look for the rows. Those of halves must be worth their casts: where a processor
 * computes in halves, the portable rows are no choice. */
#include "ops/lower.h"

static hone_status look_for_kernel(hn_lower *L, const hn_step_request *request) {
    const hn_kernel *kernel =
        hn_kernel_choose(request->family, request->types, HN_ISA_C, request->args);
    if (kernel != NULL) return HONE_OK;
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel for these types");
}

/* Bit i: operand i can be packed, as hn_kernel_choose_packed takes them. */
static uint32_t fixed_operands(const hn_step_request *request) {
    uint32_t fixed = 0;
    for (uint32_t i = 0; i < request->n_operands; i++) {
        const hn_operand *o = &request->operands[i];
        const bool is_constant = o->value != NULL && o->value->constant != NULL;
        if (is_constant || o->kind == HN_OPERAND_CONST || o->kind == HN_OPERAND_NONE) {
            fixed |= 1u << i;
        }
    }
    return fixed;
}

static hone_status look_for_half(hn_lower *L, const hn_step_request *request) {
    if (request->types != HN_TYPES_f16) return look_for_kernel(L, request);
    const hn_isa level = *(const hn_isa *)L->user;
    const hn_kernel *kernel = hn_kernel_choose_packed(request->family, request->types, level,
                                                      request->args, fixed_operands(request));
    if (kernel != NULL && (level <= HN_ISA_C || kernel->isa > HN_ISA_C)) return HONE_OK;
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel for halves");
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

static bool can_lower(const hn_graph *g, const hn_node *node, void *user,
                      hone_status (*look)(hn_lower *L, const hn_step_request *request)) {
    if (node->op == NULL || node->op->hooks->lower == NULL) return false;
    hn_env env; /* of its own: a refusal is no failure */
    hn_env_inherit(&env, g->env);
    hn_lower lower = {&env, g, user, look, no_constant, no_memory, take_alias, take_call};
    return node->op->hooks->lower(&lower, node) == HONE_OK;
}

bool hn_node_can_lower(const hn_graph *g, const hn_node *node) {
    return can_lower(g, node, NULL, look_for_kernel);
}

bool hn_node_can_halve(const hn_graph *g, const hn_node *node, hn_isa level) {
    return can_lower(g, node, &level, look_for_half);
}
