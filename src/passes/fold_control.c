/* SPDX-License-Identifier: Apache-2.0
 * Control flow that is settled before anything runs: constants go into bodies, bodies are made
 * simple in turn (they may decide their own shapes), an If whose condition is a constant becomes
 * the branch that it takes, and a Call its body. What that tells of shapes is folded again, until
 * no more nodes go. */
#include "ops/control.h"
#include "passes/pass.h"

/* What is still open after so many rounds runs as it is. */
enum { MOST_ROUNDS = 64 };

/* ---- constants into bodies ---- */

static bool is_read(const hn_graph *body, const hn_value *v) {
    for (uint32_t k = 0; k < body->n_nodes; k++) {
        for (uint32_t p = 0; p < body->nodes[k]->n_in; p++) {
            if (body->nodes[k]->in[p] == v) return true;
        }
    }
    return false;
}

/* Uses of input i become a constant of the body's own; outputs keep the input, so that a loop still
 * carries it. */
static hone_status push_constant(hn_graph *body, uint32_t i, const hn_value *from) {
    const hn_value *input = body->inputs[i];
    if (!is_read(body, input)) return HONE_OK;
    hn_value *v = hn_graph_value(body, from->name, from->dtype, &from->shape);
    if (v == NULL) return body->env->status;
    v->constant = hn_arena_copy(body->arena, from->constant, sizeof *from->constant);
    if (v->constant == NULL) return hn_no_memory(body->env);
    v->origin = from->origin;
    for (uint32_t k = 0; k < body->n_nodes; k++) {
        hn_node *node = body->nodes[k];
        for (uint32_t p = 0; p < node->n_in; p++) {
            if (node->in[p] == input) node->in[p] = v;
        }
    }
    return HONE_OK;
}

static bool can_push(const hn_value *v) {
    return v != NULL && v->constant != NULL && v->kind == HN_VALUE_TENSOR && v->quant == NULL;
}

/* True when every trip gives input i back as it was. */
static bool is_invariant(const hn_loop_ports *p, uint32_t i) {
    if (i < p->n_head) return false;
    const uint32_t at = i - p->n_head;
    if (at >= p->n_carried) return at >= p->n_carried + p->n_scan_in;
    return p->body->outputs[p->n_head / 2 + at] == p->body->inputs[i];
}

static hone_status push_into_loop(const hn_node *node) {
    hn_loop_ports p;
    if (!hn_loop_ports_read(node, &p)) return HONE_OK;
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (!can_push(node->in[i]) || !is_invariant(&p, i)) continue;
        for (uint32_t b = 0; b < node->n_bodies; b++) {
            HN_TRY(push_constant(node->bodies[b], i, node->in[i]));
        }
    }
    return HONE_OK;
}

/* The last n operands are the last inputs of every body. */
static hone_status push_captures(const hn_node *node, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        const hn_value *from = node->in[node->n_in - n + i];
        if (!can_push(from)) continue;
        for (uint32_t b = 0; b < node->n_bodies; b++) {
            hn_graph *body = node->bodies[b];
            if (body->n_inputs < n) continue;
            HN_TRY(push_constant(body, body->n_inputs - n + i, from));
        }
    }
    return HONE_OK;
}

static hone_status push_into(const hn_node *node) {
    if (node->op == hn_op_at(HN_OP_if)) return push_captures(node, node->n_in - 1);
    if (hn_node_is_control(node)) return push_into_loop(node);
    const int64_t n = hn_attr_int(node, "captures", 0);
    return n > 0 && n <= node->n_in ? push_captures(node, (uint32_t)n) : HONE_OK;
}

/* ---- bodies ---- */

static hone_status simplify(hn_graph *body, const hn_lower_options *options) {
    HN_TRY(hn_pass_bind_shapes(body, options));
    HN_TRY(hn_pass_fold_constants(body, options));
    HN_TRY(hn_graph_compact(body));
    HN_TRY(hn_pass_fold_control(body, options));
    return hn_graph_compact(body);
}

/* A branch that breaks here breaks as it does when its shapes are inferred. */
static hone_status simplify_body(hn_graph *g, const hn_node *node, hn_graph *body,
                                 const hn_lower_options *options) {
    if (body->broken != NULL) return HONE_OK;
    const hone_status status = simplify(body, options);
    if (status == HONE_OK) return HONE_OK;
    hn_fail_from(g->env, body->env, status);
    const bool can_break =
        node->op == hn_op_at(HN_OP_if) && (status == HONE_E_SHAPE || status == HONE_E_UNSUPPORTED);
    return can_break ? HONE_OK : status;
}

static hone_status simplify_bodies(hn_graph *g, const hn_lower_options *options, bool *has_any) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_node *node = g->nodes[i];
        if (node->is_dead || node->n_bodies == 0) continue;
        *has_any = true;
        HN_TRY(push_into(node));
        for (uint32_t b = 0; b < node->n_bodies; b++) {
            HN_TRY(simplify_body(g, node, node->bodies[b], options));
        }
    }
    return HONE_OK;
}

/* ---- inlining ---- */

/* The body that node always runs; NULL: it depends. */
static hn_graph *settled_body(const hn_node *node) {
    if (node->is_dead) return NULL;
    if (node->op == hn_op_at(HN_OP_call)) return node->n_bodies == 1 ? node->bodies[0] : NULL;
    if (node->op != hn_op_at(HN_OP_if) || node->n_bodies != 2) return NULL;
    const hn_value *c = node->in[0];
    uint64_t n;
    const bool is_known =
        c->constant != NULL && c->dtype == HN_DTYPE_BOOL && hn_shape_count(&c->shape, &n) && n == 1;
    return is_known ? node->bodies[c->constant->bytes[0] != 0 ? 0 : 1] : NULL;
}

/* Nodes of `body` into `nodes` at *n, in the place of `node`. */
static hone_status inline_body(hn_graph *g, hn_node *node, hn_graph *body, hn_value **map) {
    const uint32_t first = node->op == hn_op_at(HN_OP_if) ? 1 : 0;
    if (body->n_inputs != node->n_in - first || body->n_outputs != node->n_out) {
        return hn_fail(g->env, HONE_E_SHAPE, "a body has other inputs or outputs than the node");
    }
    HN_TRY(hn_graph_splice(g, body, node->in + first));
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] != NULL) map[node->out[i]->id] = body->outputs[i];
    }
    hn_node_kill(node);
    return HONE_OK;
}

/* Values that the bodies will add. */
static uint64_t count_inlined(const hn_graph *g, uint64_t *n_nodes) {
    uint64_t n_values = g->n_values;
    *n_nodes = g->n_nodes;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_graph *body = settled_body(g->nodes[i]);
        if (body == NULL) continue;
        n_values += body->n_values;
        *n_nodes += body->n_nodes;
    }
    return n_values;
}

/* Every settled node gives way to the nodes of its body, in its place of the order. */
static hone_status inline_all(hn_graph *g, bool *has_changed) {
    uint64_t n_nodes = 0;
    uint32_t n = 0;
    const uint64_t n_values = count_inlined(g, &n_nodes);
    *has_changed = n_nodes > g->n_nodes || n_values > g->n_values;
    if (!*has_changed) return HONE_OK;
    if (n_nodes > HN_MAX_NODES) {
        return hn_fail(g->env, HONE_E_LIMIT, "more than %d nodes", HN_MAX_NODES);
    }
    hn_value **map = HN_NEW_N(g->arena, hn_value *, n_values);
    hn_node **nodes = HN_NEW_N(g->arena, hn_node *, n_nodes);
    if (map == NULL || nodes == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        hn_graph *body = settled_body(node);
        if (body == NULL) {
            nodes[n++] = node;
            continue;
        }
        const hone_status status = inline_body(g, node, body, map);
        if (status != HONE_OK) return hn_node_fail(g->env, node, status);
        for (uint32_t k = 0; k < body->n_nodes; k++) nodes[n++] = body->nodes[k];
    }
    g->nodes = nodes;
    g->n_nodes = n;
    g->capacity_nodes = (uint32_t)n_nodes;
    hn_graph_replace_all(g, map);
    return hn_graph_compact(g);
}

/* Types and shapes anew, then constants. */
static hone_status fold_again(hn_graph *g, const hn_lower_options *options) {
    HN_TRY(hn_graph_infer(g));
    HN_TRY(hn_pass_fold_constants(g, options));
    return hn_graph_compact(g);
}

static hone_status inline_settled(hn_graph *g, const hn_lower_options *options, bool *has_any) {
    bool has_changed = true;
    *has_any = false;
    while (has_changed) {
        HN_TRY(inline_all(g, &has_changed));
        if (!has_changed) break;
        *has_any = true;
        HN_TRY(fold_again(g, options));
    }
    return HONE_OK;
}

hone_status hn_pass_fold_control(hn_graph *g, const hn_lower_options *options) {
    hn_lower_options inner = *options;
    inner.input_shapes = NULL;
    inner.n_input_shapes = 0;
    bool has_bodies = false, has_changed = false;
    HN_TRY(inline_settled(g, options, &has_changed));
    for (uint32_t round = 0; round < MOST_ROUNDS; round++) {
        HN_TRY(simplify_bodies(g, &inner, &has_bodies));
        if (!has_bodies) return HONE_OK;
        HN_TRY(fold_again(g, options));
        HN_TRY(inline_settled(g, options, &has_changed));
        if (!has_changed) return HONE_OK;
    }
    return HONE_OK;
}
