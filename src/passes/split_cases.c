/* SPDX-License-Identifier: Apache-2.0
 * A case becomes Ifs: its bodies are parted in two halves by the number, each half again, until one
 * is left. So nothing after this pass knows of more than two branches, and a constant number is
 * settled as conditions are. A negative number is made the last one first; one that is too large
 * lies in the upper half each time. */
#include "ops/infer.h"
#include "passes/pass.h"

typedef struct splitting {
    const hn_node *node; /* the case */
    uint32_t n_ports;    /* operands of the branches: the number and the captures */
} splitting;

/* A node of g in the place of the case. */
static hn_node *new_node(const splitting *s, hn_graph *g, hn_op_id op, uint32_t n_in,
                         uint32_t n_out) {
    hn_node *made = hn_graph_node(g, hn_op_at(op), n_in, n_out);
    if (made == NULL) return NULL;
    made->name = s->node->name;
    made->foreign = s->node->foreign;
    return hn_origin_add(g, &made->origin, &s->node->origin) ? made : NULL;
}

static hn_value *number_of(hn_graph *g, int32_t v) {
    const hn_shape shape = hn_shape_of(0, NULL);
    return hn_graph_constant(g, "", HN_DTYPE_S32, &shape, &v);
}

/* less(a, b), or where(a, b, c). */
static hn_value *make(const splitting *s, hn_graph *g, hn_op_id op, hn_value *const in[3]) {
    const bool is_test = op == HN_OP_less;
    const uint32_t n = is_test ? 2 : 3;
    hn_node *node = new_node(s, g, op, n, 1);
    hn_value *out = hn_graph_value(g, "", is_test ? HN_DTYPE_BOOL : HN_DTYPE_S32, NULL);
    if (node == NULL || out == NULL) return NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (in[i] == NULL) return NULL;
        node->in[i] = in[i];
    }
    hn_node_set_out(node, 0, out);
    return out;
}

/* A value of g that has the type of v. */
static hn_value *like(hn_graph *g, const hn_value *v) {
    hn_value *made = v != NULL ? hn_graph_value(g, v->name, v->dtype, &v->shape) : NULL;
    if (made == NULL) return NULL;
    made->kind = v->kind;
    made->quant = v->quant;
    return made;
}

static hone_status split(const splitting *s, hn_graph *g, uint32_t first, uint32_t n,
                         hn_value *const *ports, hn_value *const *outs);

/* A body of one branch takes the number too, and does not read it. */
static hone_status add_number(const splitting *s, hn_graph *body) {
    hn_value **inputs = HN_NEW_N(body->arena, hn_value *, s->n_ports);
    hn_value *number = like(body, s->node->in[0]);
    if (inputs == NULL || number == NULL) return hn_no_memory(body->env);
    inputs[0] = number;
    for (uint32_t i = 1; i < s->n_ports; i++) inputs[i] = body->inputs[i - 1];
    body->inputs = inputs;
    body->n_inputs = s->n_ports;
    return HONE_OK;
}

/* The body for n branches from `first` on. */
static hone_status body_of(const splitting *s, hn_graph *g, uint32_t first, uint32_t n,
                           hn_graph **out) {
    const hn_node *node = s->node;
    if (n == 1) {
        *out = node->bodies[first];
        (*out)->parent = g;
        return add_number(s, *out);
    }
    hn_graph *half = hn_graph_new(g->env, g->arena);
    if (half == NULL) return g->env->status;
    half->parent = g;
    half->format = g->format;
    half->inputs = HN_NEW_N(g->arena, hn_value *, s->n_ports);
    half->outputs = HN_NEW_N(g->arena, hn_value *, (uint64_t)node->n_out + 1);
    if (half->inputs == NULL || half->outputs == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 0; i < s->n_ports; i++) {
        half->inputs[half->n_inputs++] = like(half, node->in[i]);
        if (half->inputs[i] == NULL) return g->env->status;
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        half->outputs[half->n_outputs++] = like(half, node->out[i]);
        if (half->outputs[i] == NULL) return g->env->status;
    }
    *out = half;
    return split(s, half, first, n, half->inputs, half->outputs);
}

/* The Ifs for n branches from `first` on, in g. */
static hone_status split(const splitting *s, hn_graph *g, uint32_t first, uint32_t n,
                         hn_value *const *ports, hn_value *const *outs) {
    const uint32_t n_low = n / 2;
    hn_value *middle = number_of(g, (int32_t)(first + n_low));
    hn_value *is_low = make(s, g, HN_OP_less, (hn_value *[]){ports[0], middle, NULL});
    hn_node *node = new_node(s, g, HN_OP_if, s->n_ports + 1, s->node->n_out);
    hn_graph **bodies = HN_NEW_N(g->arena, hn_graph *, 2);
    if (is_low == NULL || node == NULL || bodies == NULL) return hn_no_memory(g->env);
    node->in[0] = is_low;
    for (uint32_t i = 0; i < s->n_ports; i++) node->in[i + 1] = ports[i];
    for (uint32_t i = 0; i < s->node->n_out; i++) hn_node_set_out(node, i, outs[i]);
    HN_TRY(body_of(s, g, first, n_low, &bodies[0]));
    HN_TRY(body_of(s, g, first + n_low, n - n_low, &bodies[1]));
    node->bodies = bodies;
    node->n_bodies = 2;
    return HONE_OK;
}

/* A case of one body runs it. */
static void become_call(hn_node *node) {
    node->op = hn_op_at(HN_OP_call);
    node->in++;
    node->n_in--;
}

static hone_status split_case(hn_graph *g, hn_node *node) {
    const splitting s = {node, node->n_in};
    HN_TRY(hn_node_infer(g, node));
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] == NULL) return hn_fail(g->env, HONE_E_SHAPE, "operand %u is missing", i);
    }
    if (node->n_bodies == 1) {
        become_call(node);
        return HONE_OK;
    }
    hn_value *number = node->in[0], *zero = number_of(g, 0);
    hn_value *last = number_of(g, (int32_t)node->n_bodies - 1);
    hn_value *is_below = make(&s, g, HN_OP_less, (hn_value *[]){number, zero, NULL});
    number = make(&s, g, HN_OP_where, (hn_value *[]){is_below, last, number});
    hn_value **ports = HN_NEW_N(g->arena, hn_value *, node->n_in);
    if (number == NULL || ports == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 1; i < node->n_in; i++) ports[i] = node->in[i];
    ports[0] = number;
    HN_TRY(split(&s, g, 0, node->n_bodies, ports, node->out));
    hn_node_kill(node);
    return HONE_OK;
}

hone_status hn_pass_split_cases(hn_graph *g, const hn_lower_options *options) {
    const uint32_t n = g->n_nodes;
    (void)options;
    for (uint32_t i = 0; i < n; i++) {
        hn_node *node = g->nodes[i];
        if (node->is_dead || node->op != hn_op_at(HN_OP_case)) continue;
        const hone_status status = split_case(g, node);
        if (status != HONE_OK) return hn_node_fail(g->env, node, status);
    }
    return HONE_OK;
}
