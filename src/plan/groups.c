/* SPDX-License-Identifier: Apache-2.0
 * Providers' parts of a graph. Passes recorded per node who takes it; a maximal run of consecutive
 * nodes of one provider becomes a group: a view with its boundary, run by CALL (submit) and WAIT.
 * The view is read-only and opaque; providers read it through hn_graph_api. */
#include "plan/groups.h"

#include <string.h>

#include "ops/op.h"
#include "plan/build.h"

static const hn_node *node_of(const hone_graph_view *g, uint32_t node) {
    return node < g->n_nodes ? g->nodes[node] : NULL;
}

static const hn_value *value_of(const hone_graph_view *g, uint32_t value) {
    return value < g->graph->n_values ? g->graph->values[value] : NULL;
}

static uint32_t api_node_count(const hone_graph_view *g) {
    return g->n_nodes;
}

static const char *api_node_op(const hone_graph_view *g, uint32_t node) {
    const hn_node *n = node_of(g, node);
    return n != NULL ? n->op->name : "";
}

static const char *api_node_name(const hone_graph_view *g, uint32_t node) {
    const hn_node *n = node_of(g, node);
    return n != NULL ? n->name : "";
}

static uint32_t api_node_input_count(const hone_graph_view *g, uint32_t node) {
    const hn_node *n = node_of(g, node);
    return n != NULL ? n->n_in : 0;
}

static uint32_t api_node_output_count(const hone_graph_view *g, uint32_t node) {
    const hn_node *n = node_of(g, node);
    return n != NULL ? n->n_out : 0;
}

static uint32_t api_node_input(const hone_graph_view *g, uint32_t node, uint32_t i) {
    const hn_node *n = node_of(g, node);
    return n != NULL && i < n->n_in && n->in[i] != NULL ? n->in[i]->id : UINT32_MAX;
}

static uint32_t api_node_output(const hone_graph_view *g, uint32_t node, uint32_t i) {
    const hn_node *n = node_of(g, node);
    return n != NULL && i < n->n_out && n->out[i] != NULL ? n->out[i]->id : UINT32_MAX;
}

static const hn_attr *attr_of(const hone_graph_view *g, uint32_t node, const char *name,
                              hn_attr_kind kind) {
    const hn_node *n = node_of(g, node);
    const hn_attr *attr = n != NULL ? hn_attr_find(n, name) : NULL;
    return attr != NULL && attr->kind == kind ? attr : NULL;
}

static int api_node_int(const hone_graph_view *g, uint32_t node, const char *name, int64_t *v) {
    const hn_attr *attr = attr_of(g, node, name, HN_ATTR_INT);
    if (attr == NULL) return 0;
    *v = attr->v.i;
    return 1;
}

static int api_node_float(const hone_graph_view *g, uint32_t node, const char *name, float *v) {
    const hn_attr *attr = attr_of(g, node, name, HN_ATTR_FLOAT);
    if (attr == NULL) return 0;
    *v = attr->v.f;
    return 1;
}

static int api_node_string(const hone_graph_view *g, uint32_t node, const char *name,
                           const char **v) {
    const hn_attr *attr = attr_of(g, node, name, HN_ATTR_STRING);
    if (attr == NULL) return 0;
    *v = attr->v.s;
    return 1;
}

static hone_dtype api_value_dtype(const hone_graph_view *g, uint32_t value) {
    const hn_value *v = value_of(g, value);
    return v != NULL ? (hone_dtype)v->dtype : HONE_DTYPE_NONE;
}

static uint32_t api_value_shape(const hone_graph_view *g, uint32_t value,
                                int64_t dim[HONE_MAX_RANK]) {
    const hn_value *v = value_of(g, value);
    if (v == NULL || v->shape.rank < 0) return 0;
    for (int32_t d = 0; d < v->shape.rank; d++) dim[d] = v->shape.dim[d];
    return (uint32_t)v->shape.rank;
}

static int api_value_is_quantized(const hone_graph_view *g, uint32_t value) {
    const hn_value *v = value_of(g, value);
    return v != NULL && v->quant != NULL;
}

static const void *api_value_constant(const hone_graph_view *g, uint32_t value, size_t *n_bytes) {
    const hn_value *v = value_of(g, value);
    uint64_t size = 0;
    if (v == NULL || v->constant == NULL || !hn_constant_is_contiguous(v)) return NULL;
    if (!hn_value_bytes(v, &size)) return NULL;
    *n_bytes = (size_t)size;
    hn_constant_need(v);
    return v->constant->bytes;
}

static uint32_t api_input_count(const hone_graph_view *g) {
    return g->n_in;
}

static uint32_t api_output_count(const hone_graph_view *g) {
    return g->n_out;
}

static uint32_t api_input(const hone_graph_view *g, uint32_t i) {
    return i < g->n_in ? g->in[i]->id : UINT32_MAX;
}

static uint32_t api_output(const hone_graph_view *g, uint32_t i) {
    return i < g->n_out ? g->out[i]->id : UINT32_MAX;
}

const hone_graph_api hn_graph_api = {
    sizeof hn_graph_api, api_node_count,         api_node_op,
    api_node_name,       api_node_input_count,   api_node_output_count,
    api_node_input,      api_node_output,        api_node_int,
    api_node_float,      api_node_string,        api_value_dtype,
    api_value_shape,     api_value_is_quantized, api_value_constant,
    api_input_count,     api_output_count,       api_input,
    api_output};

hone_status hn_place_node(void *options, hn_graph *g, hn_node *node, const char **provider) {
    const hn_plan_options *o = options;
    hn_node *const nodes[1] = {node};
    const hone_graph_view view = {g, nodes, NULL, NULL, 1, 0, 0};
    char why[256] = "no provider given";
    for (uint32_t i = 0; i < o->n_providers; i++) {
        if (o->providers[i]->supports(o->devices[i], &view, 0, why, sizeof why)) {
            *provider = o->providers[i]->name;
            return HONE_OK;
        }
    }
    if (!o->strict) return HONE_OK;
    return hn_fail(g->env, HONE_E_PROVIDER, "node '%s' (%s): %s", node->name, node->op->name, why);
}

static bool is_in(hn_value *const *list, uint32_t n, const hn_value *v) {
    for (uint32_t i = 0; i < n; i++) {
        if (list[i] == v) return true;
    }
    return false;
}

/* The boundary: values read that the group does not make, values made that others read. */
static hone_status find_boundary(hn_build *b, hone_graph_view *view) {
    uint32_t n_ports = 0;
    for (uint32_t i = 0; i < view->n_nodes; i++) {
        n_ports += view->nodes[i]->n_in + view->nodes[i]->n_out;
    }
    view->in = HN_NEW_N(&b->plan->arena, hn_value *, n_ports);
    view->out = HN_NEW_N(&b->plan->arena, hn_value *, n_ports);
    uint32_t *inner_uses = HN_NEW_N(&b->plan->arena, uint32_t, b->graph->n_values);
    if (view->in == NULL || view->out == NULL || inner_uses == NULL) return hn_no_memory(b->env);
    for (uint32_t i = 0; i < view->n_nodes; i++) {
        for (uint32_t k = 0; k < view->nodes[i]->n_in; k++) {
            hn_value *v = view->nodes[i]->in[k];
            if (v == NULL) continue;
            inner_uses[v->id]++;
            bool is_made = false;
            for (uint32_t j = 0; j < view->n_nodes; j++) is_made |= v->producer == view->nodes[j];
            if (v->constant == NULL && !is_made && !is_in(view->in, view->n_in, v)) {
                view->in[view->n_in++] = v;
            }
        }
    }
    for (uint32_t i = 0; i < view->n_nodes; i++) {
        for (uint32_t k = 0; k < view->nodes[i]->n_out; k++) {
            hn_value *v = view->nodes[i]->out[k];
            if (v != NULL && v->n_uses > inner_uses[v->id]) view->out[view->n_out++] = v;
        }
    }
    return HONE_OK;
}

static uint32_t provider_index(const hn_plan_options *o, const char *name) {
    uint32_t i = 0;
    while (i < o->n_providers && strcmp(o->providers[i]->name, name) != 0) i++;
    return i;
}

static hone_status add_group_call(hn_build *b, const hone_graph_view *view, uint32_t *index) {
    hn_plan *plan = b->plan;
    const uint32_t p = provider_index(b->options, view->nodes[0]->provider);
    hn_plan_group *group = HN_NEW(&plan->arena, hn_plan_group);
    if (group == NULL) return hn_no_memory(b->env);
    *group = (hn_plan_group){b->options->providers[p], b->options->devices[p], view, view->n_in,
                             view->n_out};
    const hn_call call = {.kind = HN_CALL_PROVIDER, .name = group->provider->name, .group = group};
    return hn_build_call(b, &call, index);
}

static hone_status add_step(hn_build *b, hn_step_kind kind, uint32_t call, uint32_t *operands,
                            const hone_graph_view *view) {
    hn_raw_step *s = NULL;
    HN_TRY(hn_build_step(b, &s));
    s->step.kind = kind;
    s->step.call = call;
    s->step.units = 1;
    s->step.n_buf = view->n_in + view->n_out;
    s->many = operands;
    s->n_out = view->n_out;
    return HONE_OK;
}

hone_status hn_build_group(hn_build *b, uint32_t first, uint32_t *n_nodes) {
    const char *provider = b->graph->nodes[first]->provider;
    uint32_t n = 1, call = 0, at = 0;
    while (first + n < b->graph->n_nodes && b->graph->nodes[first + n]->provider == provider) n++;
    hone_graph_view *view = HN_NEW(&b->plan->arena, hone_graph_view);
    if (view == NULL) return hn_no_memory(b->env);
    view->graph = b->graph;
    view->nodes = b->graph->nodes + first;
    view->n_nodes = n;
    HN_TRY(find_boundary(b, view));
    HN_TRY(add_group_call(b, view, &call));
    uint32_t *operands = HN_NEW_N(&b->plan->arena, uint32_t, (uint64_t)view->n_in + view->n_out);
    if (operands == NULL) return hn_no_memory(b->env);
    for (uint32_t i = 0; i < view->n_in; i++) {
        HN_TRY(hn_build_value(b, view->in[i], &operands[at++]));
    }
    for (uint32_t i = 0; i < view->n_out; i++) {
        HN_TRY(hn_build_value(b, view->out[i], &operands[at++]));
    }
    HN_TRY(add_step(b, HN_STEP_CALL, call, operands, view));
    HN_TRY(add_step(b, HN_STEP_WAIT, call, operands, view));
    *n_nodes = n;
    return HONE_OK;
}
