/* SPDX-License-Identifier: Apache-2.0
 * Runs every node whose operands are all constant once, on the host, with the reference kernels;
 * likewise every node whose result follows from the shapes of its operands (hn_op_hooks).
 * A result is never larger than 1 MB or twice its operands, whichever is more, so that a small file
 * cannot ask for a large constant, and all results together take a few times the graph's constants,
 * so that a chain of doublings ends; the work of all is bounded too. Dequantized constants wait for
 * fold_weights, so that fold_qdq still sees the pairs. */
#include "passes/pass.h"

#include "ops/lower.h"

enum {
    FOLD_BYTES = 1 << 20,        /* of one result, whatever its operands have */
    FOLD_ALL_BYTES = 16 << 20,   /* of all results, besides FOLD_FACTOR times the constants */
    FOLD_BODY_BYTES = 256 << 10, /* the same for a body: a file may hold thousands */
    FOLD_FACTOR = 8,             /* dequantized weights, and a copy or two */
    FOLD_ALL_WORK = 1 << 30      /* operand bytes and multiply-accumulates: seconds */
};

/* What may still be spent on a graph. */
typedef struct budget {
    uint64_t bytes, work;
} budget;

static budget budget_of(const hn_graph *g) {
    budget b = {g->parent != NULL ? FOLD_BODY_BYTES : FOLD_ALL_BYTES, FOLD_ALL_WORK};
    uint64_t sum = 0;
    for (uint32_t i = 0; i < g->n_values; i++) {
        uint64_t n_bytes = 0;
        if (g->values[i]->constant == NULL || !hn_value_bytes(g->values[i], &n_bytes)) continue;
        if (!hn_add_u64(sum, n_bytes, &sum)) return b;
    }
    if (hn_mul_u64(sum, FOLD_FACTOR, &sum)) hn_add_u64(b.bytes, sum, &b.bytes);
    if (hn_mul_u64(sum, FOLD_FACTOR, &sum)) hn_add_u64(b.work, sum, &b.work);
    return b;
}

/* Takes the node's work from the budget; false when there is not enough. */
static bool spend_work(budget *b, const hn_node *node, uint64_t in_bytes) {
    uint64_t work = node->op->hooks->macs != NULL ? node->op->hooks->macs(node) : 0;
    if (!hn_add_u64(work, in_bytes, &work) || work > b->work) return false;
    b->work -= work;
    return true;
}

static void spend_bytes(budget *b, const hn_node *node) {
    for (uint32_t k = 0; k < node->n_out; k++) {
        uint64_t n_bytes = 0;
        if (node->out[k] == NULL || !hn_value_bytes(node->out[k], &n_bytes)) continue;
        b->bytes -= n_bytes < b->bytes ? n_bytes : b->bytes;
    }
}

static bool is_foldable(const hn_node *node, uint64_t *in_bytes) {
    if (node->op->effects != HN_EFFECT_NONE || node->n_in == 0) return false;
    for (uint32_t k = 0; k < node->n_in; k++) {
        const hn_value *v = node->in[k];
        uint64_t n_bytes = 0;
        if (v == NULL) continue;
        if (node->op->hooks->is_of_shapes) {
            if (!hn_shape_is_known(&v->shape)) return false;
            continue;
        }
        if (v->constant == NULL || v->kind != HN_VALUE_TENSOR || !hn_value_bytes(v, &n_bytes)) {
            return false;
        }
        if (!hn_add_u64(*in_bytes, n_bytes, in_bytes)) return false;
    }
    for (uint32_t k = 0; k < node->n_out; k++) {
        if (node->out[k] != NULL && node->out[k]->kind != HN_VALUE_TENSOR) return false;
    }
    if (node->op->hooks->host != NULL) return true; /* finds its shapes itself */
    for (uint32_t k = 0; k < node->n_out; k++) {
        if (node->out[k] != NULL && !hn_shape_is_known(&node->out[k]->shape)) return false;
    }
    return true;
}

static uint64_t most_bytes(const budget *b, uint64_t in_bytes) {
    const uint64_t most = in_bytes > FOLD_BYTES / 2 ? 2 * in_bytes : FOLD_BYTES;
    return most < b->bytes ? most : b->bytes;
}

/* A float constant of another width, or its cast: large ones are widened when they are read. */
static bool is_widened(const hn_node *node) {
    const hn_value *x = node->in[0], *out = node->out[0];
    const bool is_dequantize = node->op == hn_op_at(HN_OP_dequantize);
    if (!is_dequantize && node->op != hn_op_at(HN_OP_cast)) return false;
    for (uint32_t k = 1; k < node->n_in; k++) {
        if (node->in[k] != NULL) return false;
    }
    if (x == NULL || out == NULL || x->constant == NULL) return false;
    const bool is_half = x->dtype == HN_DTYPE_F16 || x->dtype == HN_DTYPE_BF16;
    return is_half && out->dtype == HN_DTYPE_F32 && hn_shape_equal(&x->shape, &out->shape);
}

static hone_status widen_later(hn_graph *g, hn_node *node, uint64_t max_bytes) {
    const hn_later recipe = {.from = node->in[0]};
    hn_value *out = node->out[0];
    uint64_t n_bytes = 0;
    if (!hn_value_bytes(out, &n_bytes) || n_bytes > max_bytes) return HONE_E_LIMIT;
    const hn_value *made = hn_graph_later(g, "", &out->shape, &recipe);
    if (made == NULL) return g->env->status;
    out->constant = made->constant;
    return HONE_OK;
}

static hone_status fold(hn_graph *g, bool with_dequantize) {
    bool changed = false;
    budget left = budget_of(g);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        uint64_t in_bytes = 0;
        if (node->is_dead) continue;
        if (node->op == hn_op_at(HN_OP_dequantize) && !with_dequantize) continue;
        if (changed) HN_TRY(hn_node_infer(g, node)); /* shapes that a folded operand now tells */
        if (!is_foldable(node, &in_bytes) || !spend_work(&left, node, in_bytes)) continue;
        const uint64_t most = most_bytes(&left, in_bytes);
        const hone_status status =
            is_widened(node) ? widen_later(g, node, most) : hn_node_eval(g, node, most);
        /* too large, or an operator that has no reference kernel as it stands: it runs later */
        const bool can_wait =
            status == HONE_E_LIMIT || status == HONE_E_UNSUPPORTED || status == HONE_E_INTERNAL;
        if (can_wait) continue;
        HN_TRY(status);
        spend_bytes(&left, node);
        hn_node_kill(node);
        for (uint32_t k = 0; k < node->n_out; k++) {
            if (node->out[k] != NULL) node->out[k]->producer = NULL;
        }
        changed = true;
    }
    return HONE_OK;
}

hone_status hn_pass_fold_constants(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    return fold(g, false);
}

/* What fold_qdq found a use for is dead by now, and not dequantized for nothing. */
hone_status hn_pass_fold_weights(hn_graph *g, const hn_lower_options *options) {
    HN_TRY(hn_pass_dead_code(g, options));
    return fold(g, true);
}
