/* SPDX-License-Identifier: Apache-2.0
 * All problems of a model. Three looks: operators that have no canonical row; shapes, inferred node
 * by node, where a failure marks what depends on it as unknown; and the lowering of what is left.
 * For the last, nodes with a problem are cut out of a clone: values that they make become inputs
 * where their shapes are known all the same (TFLite states every shape), values that they read
 * become outputs. The planner then lowers every node and reports each that it cannot, instead of
 * stopping at the first. At the end, a model without any problem is planned as a whole. */
#include "plan/problems.h"

#include <string.h>

#include "plan/build.h"

typedef struct search {
    hn_env *env;
    hn_arena *arena;
    hn_graph *g; /* a clone of the source */
    const hn_plan_options *options;
    const hn_problem_sink *sink;
    bool *is_cut;     /* by node id */
    bool *is_unknown; /* by value id */
    uint32_t n_found;
} search;

static hone_status add(search *s, const hn_node *node, const char *why) {
    s->n_found++;
    return s->sink->add(s->sink->user, node, why);
}

/* ---- operators ---- */

/* True when the node or one in its bodies has no canonical operator; those are reported. */
static hone_status find_unsupported(search *s, const hn_graph *g, bool *has_any) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_node *node = g->nodes[i];
        bool is_bad = node->op == NULL;
        if (is_bad) HN_TRY(add(s, node, "the operator is not supported"));
        for (uint32_t b = 0; b < node->n_bodies; b++) {
            HN_TRY(find_unsupported(s, node->bodies[b], &is_bad));
        }
        if (g == s->g) s->is_cut[node->id] = is_bad;
        *has_any = *has_any || is_bad;
    }
    return HONE_OK;
}

/* ---- shapes ---- */

static bool reads_unknown(const search *s, const hn_node *node) {
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] != NULL && s->is_unknown[node->in[i]->id]) return true;
    }
    return false;
}

static bool is_known(const hn_value *v) {
    return v->kind == HN_VALUE_TENSOR && v->dtype != HN_DTYPE_NONE && hn_shape_is_known(&v->shape);
}

static hone_status infer_node(search *s, hn_node *node) {
    const bool hangs = reads_unknown(s, node);
    if (!hangs && !s->is_cut[node->id] && hn_node_infer(s->g, node) != HONE_OK) {
        if (s->env->status == HONE_E_MEMORY) return HONE_E_MEMORY;
        s->is_cut[node->id] = true;
        HN_TRY(add(s, node, s->env->message));
    }
    if (hangs) s->is_cut[node->id] = true;
    for (uint32_t i = 0; i < node->n_out && s->is_cut[node->id]; i++) {
        hn_value *out = node->out[i];
        if (out != NULL) s->is_unknown[out->id] = !is_known(out);
    }
    return HONE_OK;
}

/* Binds the inputs and infers every node that can be. *has_inputs false: the inputs do not fit. */
static hone_status infer_all(search *s, bool *has_inputs) {
    hn_graph *g = s->g;
    const hn_lower_options lower = {.input_shapes = s->options->input_shapes,
                                    .n_input_shapes = s->options->n_input_shapes};
    *has_inputs = true;
    hone_status status = hn_pass_bind_shapes(g, &lower);
    if (status == HONE_E_MEMORY) return status;
    for (uint32_t i = 0; i < g->n_inputs; i++) {
        *has_inputs = *has_inputs && hn_shape_is_known(&g->inputs[i]->shape);
    }
    if (!*has_inputs) return add(s, NULL, s->env->message);
    for (uint32_t i = 0; i < g->n_nodes && status != HONE_OK; i++) {
        HN_TRY(infer_node(s, g->nodes[i]));
    }
    return HONE_OK;
}

/* ---- cutting ---- */

typedef struct ports {
    hn_value **items;
    bool *is_there; /* by value id */
    uint32_t n;
} ports;

static void add_port(ports *p, hn_value *v) {
    if (p->is_there[v->id]) return;
    p->is_there[v->id] = true;
    p->items[p->n++] = v;
}

static hone_status ports_make(const search *s, ports *p) {
    p->n = 0;
    p->items = HN_NEW_N(s->arena, hn_value *, s->g->n_values);
    p->is_there = HN_NEW_N(s->arena, bool, s->g->n_values);
    return p->items != NULL && p->is_there != NULL ? HONE_OK : hn_no_memory(s->env);
}

static bool is_made(const search *s, const hn_value *v) {
    return v->producer == NULL || !s->is_cut[v->producer->id];
}

/* What the cut nodes make becomes inputs, what they read outputs. */
static void gather_ports(const search *s, ports *in, ports *out) {
    const hn_graph *g = s->g;
    for (uint32_t i = 0; i < g->n_inputs; i++) in->items[in->n++] = g->inputs[i];
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        if (is_made(s, g->outputs[i])) add_port(out, g->outputs[i]);
    }
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_node *node = g->nodes[i];
        for (uint32_t k = 0; k < node->n_in; k++) {
            hn_value *v = node->in[k];
            if (v == NULL) continue;
            if (s->is_cut[node->id] && v->producer != NULL && is_made(s, v)) add_port(out, v);
            if (!s->is_cut[node->id] && !is_made(s, v)) add_port(in, v);
        }
    }
}

static hone_status cut(search *s) {
    hn_graph *g = s->g;
    ports in, out;
    HN_TRY(ports_make(s, &in));
    HN_TRY(ports_make(s, &out));
    gather_ports(s, &in, &out);
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        if (s->is_cut[g->nodes[i]->id]) hn_node_kill(g->nodes[i]);
    }
    g->inputs = in.items;
    g->n_inputs = in.n;
    g->outputs = out.items;
    g->n_outputs = out.n;
    return hn_graph_compact(g);
}

/* ---- lowering ---- */

static hone_status refuse(void *user, const hn_node *node, const char *why) {
    return add(user, node, why);
}

static hone_status lower_rest(search *s) {
    const hn_lower_options lower = {.input_shapes = s->options->input_shapes,
                                    .n_input_shapes = s->options->n_input_shapes};
    hn_graph *lowered = NULL;
    hone_status status = hn_graph_lower(s->env, s->arena, s->g, &lower, &lowered);
    if (status == HONE_E_MEMORY) return status;
    if (status != HONE_OK) return add(s, NULL, s->env->message);
    return hn_build_try(s->env, lowered, s->options, refuse, s);
}

/* What only the whole plan can tell: limits, and whatever no node is to blame for. */
static hone_status plan_whole(search *s, const hn_graph *source) {
    hn_plan *plan = NULL;
    const hone_status status = hn_plan_new(s->env, source, s->options, &plan);
    if (status == HONE_OK) hn_plan_free(plan);
    return status == HONE_OK || status == HONE_E_MEMORY ? status : add(s, NULL, s->env->message);
}

hone_status hn_plan_problems(hn_env *env, hn_arena *arena, const hn_graph *source,
                             const hn_plan_options *options, const hn_problem_sink *sink) {
    search s = {env, arena, NULL, options, sink, NULL, NULL, 0};
    bool has_inputs = false, has_unsupported = false;
    HN_TRY(hn_graph_clone(env, arena, source, true, &s.g));
    s.is_cut = HN_NEW_N(arena, bool, (uint64_t)s.g->next_node_id + 1);
    s.is_unknown = HN_NEW_N(arena, bool, (uint64_t)s.g->n_values + 1);
    if (s.is_cut == NULL || s.is_unknown == NULL) return hn_no_memory(env);
    HN_TRY(find_unsupported(&s, s.g, &has_unsupported));
    HN_TRY(infer_all(&s, &has_inputs));
    if (!has_inputs) return HONE_OK;
    HN_TRY(cut(&s));
    if (s.g->n_nodes > 0) HN_TRY(lower_rest(&s));
    return s.n_found == 0 ? plan_whole(&s, source) : HONE_OK;
}
