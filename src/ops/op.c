/* SPDX-License-Identifier: Apache-2.0
 * The table of operators and inference over a graph. Operand counts are read off the rows' operand
 * texts by the compiler, so that the text is the only place where they stand. */
#include "ops/op.h"

#include <stdio.h>
#include <string.h>

#include "ops/hooks.h"

/* How often character c is in a literal of at most 32 characters. */
#define AT(s, i, c)     ((i) < sizeof(s) && (s)[(i) < sizeof(s) ? (i) : 0] == (c))
#define COUNT4(s, i, c) (AT(s, (i), c) + AT(s, (i) + 1, c) + AT(s, (i) + 2, c) + AT(s, (i) + 3, c))
#define COUNT16(s, i, c)                                                                           \
    (COUNT4(s, (i), c) + COUNT4(s, (i) + 4, c) + COUNT4(s, (i) + 8, c) + COUNT4(s, (i) + 12, c))
#define COUNT(s, c) (COUNT16(s, 0, c) + COUNT16(s, 16, c))

#define N_NAMES(s) (1 + COUNT(s, ' '))
#define N_MIN(s)   (N_NAMES(s) - COUNT(s, '?') - COUNT(s, '*'))
#define N_MAX(s)   (COUNT(s, '*') > 0 ? HN_MAX_NODE_PORTS : N_NAMES(s))

const hn_op hn_ops[] = {
#define X(name, operands, access, quant, effects)                                                  \
    {#name, operands, (uint32_t)N_MIN(operands), (uint32_t)N_MAX(operands), access,                \
     quant, effects,  &hn_hooks_##name},
#include "ops/ops.def"
#undef X
};
const uint32_t hn_n_ops = HN_OP_COUNT;

#define X(name, operands, access, quant, effects)                                                  \
    _Static_assert(sizeof(operands) <= 33, "operand texts have at most 32 characters");
#include "ops/ops.def"
#undef X

const hn_op *hn_op_find(const char *name) {
    for (uint32_t i = 0; i < hn_n_ops; i++) {
        if (strcmp(hn_ops[i].name, name) == 0) return &hn_ops[i];
    }
    return NULL;
}

bool hn_op_needs_elements(const hn_op *op, uint32_t k) {
    const char *at = op->operands;
    for (uint32_t i = 0; i < k && *at != 0; at++) {
        if (*at == ' ') i++;
    }
    while (*at != 0 && *at != ' ' && *at != '#') at++;
    return *at == '#';
}

static hone_status check_ports(hn_graph *g, const hn_node *node) {
    const hn_op *op = node->op;
    if (node->n_in < op->n_min || node->n_in > op->n_max) {
        return hn_fail(g->env, HONE_E_SHAPE, "has %u operands, allowed are %u to %u", node->n_in,
                       op->n_min, op->n_max);
    }
    for (uint32_t i = 0; i < op->n_min; i++) {
        if (node->in[i] == NULL) {
            return hn_fail(g->env, HONE_E_SHAPE, "operand %u is missing", i);
        }
    }
    if ((op->effects & HN_EFFECT_CONTROL) != 0) return HONE_OK;
    const bool has_none = op->hooks->max_outputs == HN_NO_OUTPUT;
    if (!has_none && (node->n_out == 0 || node->out[0] == NULL)) {
        return hn_fail(g->env, HONE_E_SHAPE, "has no output");
    }
    const uint32_t stated = op->hooks->max_outputs > 0 ? op->hooks->max_outputs : 1;
    for (uint32_t i = has_none ? 0 : stated; i < node->n_out; i++) {
        if (node->out[i] == NULL) continue;
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "output %u is not supported", i);
    }
    return HONE_OK;
}

static hone_status infer(hn_graph *g, hn_node *node) {
    HN_TRY(check_ports(g, node));
    return node->op->hooks->shape(g, node);
}

hone_status hn_node_fail(hn_env *env, const hn_node *node, hone_status status) {
    char what[160];
    const char *op = node->op != NULL ? node->op->name : node->foreign;
    if (node->name != NULL && node->name[0] != '\0') {
        snprintf(what, sizeof what, "%.96s (%.40s)", node->name, op != NULL ? op : "?");
    } else {
        snprintf(what, sizeof what, "#%u (%.40s)", node->id, op != NULL ? op : "?");
    }
    return hn_fail_at(env, status, what);
}

hone_status hn_node_infer(hn_graph *g, hn_node *node) {
    if (node->op == NULL) {
        const hone_status none = hn_fail(g->env, HONE_E_UNSUPPORTED, "no such operator");
        return hn_node_fail(g->env, node, none);
    }
    const hone_status status = infer(g, node);
    return status == HONE_OK ? HONE_OK : hn_node_fail(g->env, node, status);
}

hone_status hn_graph_infer(hn_graph *g) {
    int depth = 0;
    for (const hn_graph *up = g->parent; up != NULL; up = up->parent) {
        if (++depth > HN_MAX_BODY_DEPTH) {
            return hn_fail(g->env, HONE_E_LIMIT, "bodies are nested more than %d deep",
                           HN_MAX_BODY_DEPTH);
        }
    }
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        if (!g->nodes[i]->is_dead) HN_TRY(hn_node_infer(g, g->nodes[i]));
    }
    return HONE_OK;
}

bool hn_node_is_quantized(const hn_node *node) {
    if (node->op == NULL || node->arith == HN_ARITH_NONE || node->n_out == 0) return false;
    if (node->n_in < node->op->n_min || node->out[0] == NULL) return false;
    for (uint32_t i = 0; i < node->op->n_min; i++) {
        if (node->in[i] == NULL) return false;
    }
    return node->op->hooks->quantized != NULL && node->op->hooks->quantized(node);
}
