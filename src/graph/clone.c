/* SPDX-License-Identifier: Apache-2.0
 * Copying a graph into another arena. Values keep their ids, so the copy of a value is found by its
 * index; names, attributes and origins are copied, the bytes of constants and metadata are not.
 * Bodies are copied with their nodes, down to the depth that graph.h allows. */
#include "graph/graph.h"

#include <string.h>

typedef struct cloner {
    hn_env *env;
    hn_arena *arena;
    const hn_graph *from;
    hn_graph *to;
    bool new_origin;
    uint32_t depth;
} cloner;

static hone_status clone_graph(hn_env *env, hn_arena *arena, const hn_graph *g, bool new_origin,
                               uint32_t depth, hn_graph **out);

static const char *copy_string(const cloner *c, const char *text) {
    if (text == NULL || text[0] == '\0') return text;
    return hn_arena_string(c->arena, text, strlen(text));
}

/* The copy of a value of the source; values are made before anything that names them. */
static hn_value *mapped(const cloner *c, const hn_value *v) {
    return v != NULL ? c->to->values[v->id] : NULL;
}

static bool copy_origin(const cloner *c, uint32_t id, const hn_origin *from, hn_origin *to) {
    const hn_origin own = {&id, 1};
    const hn_origin *chosen = c->new_origin ? &own : from;
    to->n = chosen->n;
    to->ids = NULL;
    if (chosen->n == 0) return true;
    to->ids = hn_arena_copy(c->arena, chosen->ids, chosen->n * sizeof *chosen->ids);
    return to->ids != NULL;
}

static bool copy_symbols(const cloner *c, hn_shape *shape) {
    for (int32_t i = 0; i < shape->rank; i++) {
        if (shape->sym[i] == NULL) continue;
        shape->sym[i] = copy_string(c, shape->sym[i]);
        if (shape->sym[i] == NULL) return false;
    }
    return true;
}

static hone_status clone_value(cloner *c, const hn_value *v) {
    hn_value *copy = hn_graph_value(c->to, v->name, v->dtype, &v->shape);
    if (copy == NULL) return c->env->status;
    copy->kind = v->kind;
    copy->holds_lists = v->holds_lists;
    copy->n_uses = v->n_uses;
    copy->is_state = v->is_state;
    if (!copy_symbols(c, &copy->shape)) return hn_no_memory(c->env);
    if (!copy_origin(c, v->id, &v->origin, &copy->origin)) return hn_no_memory(c->env);
    if (v->constant != NULL) {
        copy->constant = hn_arena_copy(c->arena, v->constant, sizeof *v->constant);
        if (copy->constant == NULL) return hn_no_memory(c->env);
    }
    return HONE_OK;
}

static hone_status clone_values(cloner *c) {
    const hn_graph *g = c->from;
    for (uint32_t i = 0; i < g->n_values; i++) HN_TRY(clone_value(c, g->values[i]));
    for (uint32_t i = 0; i < g->n_values; i++) {
        const hn_quant *from = g->values[i]->quant;
        if (from == NULL) continue;
        hn_quant *to = hn_arena_copy(c->arena, from, sizeof *from);
        if (to == NULL) return hn_no_memory(c->env);
        to->scale = mapped(c, from->scale);
        to->zero_point = mapped(c, from->zero_point);
        c->to->values[i]->quant = to;
    }
    return HONE_OK;
}

static const char *const *copy_strings(const cloner *c, const hn_attr *attr) {
    const char **copy = HN_NEW_N(c->arena, const char *, attr->n);
    for (uint32_t i = 0; copy != NULL && i < attr->n; i++) {
        copy[i] = copy_string(c, attr->v.strings[i]);
        if (copy[i] == NULL) return NULL;
    }
    return copy;
}

static bool clone_attr(const cloner *c, hn_attr *attr) {
    attr->name = copy_string(c, attr->name);
    if (attr->name == NULL) return false;
    switch (attr->kind) {
    case HN_ATTR_INT:
    case HN_ATTR_FLOAT:
        return true;
    case HN_ATTR_STRING:
        attr->v.s = hn_arena_string(c->arena, attr->v.s, attr->n);
        return attr->v.s != NULL;
    case HN_ATTR_INTS:
        attr->v.ints = hn_arena_copy(c->arena, attr->v.ints, attr->n * sizeof *attr->v.ints);
        return attr->v.ints != NULL;
    case HN_ATTR_FLOATS:
        attr->v.floats = hn_arena_copy(c->arena, attr->v.floats, attr->n * sizeof *attr->v.floats);
        return attr->v.floats != NULL;
    case HN_ATTR_STRINGS:
        attr->v.strings = copy_strings(c, attr);
        return attr->v.strings != NULL;
    case HN_ATTR_TENSOR:
        attr->v.tensor = mapped(c, attr->v.tensor);
        return true;
    }
    return false;
}

static hone_status clone_bodies(const cloner *c, const hn_node *node, hn_node *copy) {
    if (node->n_bodies == 0) return HONE_OK;
    copy->bodies = HN_NEW_N(c->arena, hn_graph *, node->n_bodies);
    if (copy->bodies == NULL) return hn_no_memory(c->env);
    for (uint32_t i = 0; i < node->n_bodies; i++) {
        HN_TRY(clone_graph(c->env, c->arena, node->bodies[i], c->new_origin, c->depth + 1,
                           &copy->bodies[i]));
        copy->bodies[i]->parent = c->to;
        copy->n_bodies = i + 1;
    }
    return HONE_OK;
}

static hone_status clone_node(const cloner *c, const hn_node *node) {
    hn_node *copy = hn_graph_node(c->to, node->op, node->n_in, node->n_out);
    if (copy == NULL) return c->env->status;
    copy->id = node->id;
    copy->name = copy_string(c, node->name);
    copy->foreign = copy_string(c, node->foreign);
    copy->provider = copy_string(c, node->provider);
    copy->signature = node->signature;
    copy->version = node->version;
    copy->arith = node->arith;
    for (uint32_t i = 0; i < node->n_in; i++) copy->in[i] = mapped(c, node->in[i]);
    for (uint32_t i = 0; i < node->n_out; i++) hn_node_set_out(copy, i, mapped(c, node->out[i]));
    if (node->n_attrs > 0) {
        copy->attrs = hn_arena_copy(c->arena, node->attrs, node->n_attrs * sizeof *node->attrs);
    }
    const bool has_all = copy->name != NULL && (copy->foreign != NULL || node->foreign == NULL) &&
                         (copy->provider != NULL || node->provider == NULL) &&
                         (copy->attrs != NULL || node->n_attrs == 0);
    if (!has_all) return hn_no_memory(c->env);
    copy->n_attrs = node->n_attrs;
    for (uint32_t i = 0; i < copy->n_attrs; i++) {
        if (!clone_attr(c, &copy->attrs[i])) return hn_no_memory(c->env);
    }
    if (!copy_origin(c, node->id, &node->origin, &copy->origin)) return hn_no_memory(c->env);
    return clone_bodies(c, node, copy);
}

static hn_value **clone_list(const cloner *c, hn_value *const *list, uint32_t n) {
    hn_value **copy = HN_NEW_N(c->arena, hn_value *, n);
    for (uint32_t i = 0; copy != NULL && i < n; i++) copy[i] = mapped(c, list[i]);
    return copy;
}

/* Name, inputs, outputs, metadata. */
static hone_status clone_head(const cloner *c) {
    const hn_graph *g = c->from;
    hn_graph *to = c->to;
    to->name = copy_string(c, g->name);
    to->format = copy_string(c, g->format);
    to->inputs = clone_list(c, g->inputs, g->n_inputs);
    to->outputs = clone_list(c, g->outputs, g->n_outputs);
    to->metadata = HN_NEW_N(c->arena, hn_metadata, g->n_metadata);
    const bool has_names =
        (to->name != NULL || g->name == NULL) && (to->format != NULL || g->format == NULL);
    if (!has_names || to->inputs == NULL || to->outputs == NULL || to->metadata == NULL) {
        return hn_no_memory(c->env);
    }
    for (uint32_t i = 0; i < g->n_metadata; i++) {
        to->metadata[i] = g->metadata[i];
        to->metadata[i].key = copy_string(c, g->metadata[i].key);
        if (to->metadata[i].key == NULL) return hn_no_memory(c->env);
    }
    to->n_inputs = g->n_inputs;
    to->n_outputs = g->n_outputs;
    to->n_metadata = g->n_metadata;
    return HONE_OK;
}

static hone_status clone_graph(hn_env *env, hn_arena *arena, const hn_graph *g, bool new_origin,
                               uint32_t depth, hn_graph **out) {
    if (depth > HN_MAX_BODY_DEPTH) {
        return hn_fail(env, HONE_E_LIMIT, "bodies nest deeper than %d", HN_MAX_BODY_DEPTH);
    }
    cloner c = {env, arena, g, hn_graph_new(env, arena), new_origin, depth};
    if (c.to == NULL) return env->status;
    HN_TRY(clone_values(&c));
    HN_TRY(clone_head(&c));
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        if (!g->nodes[i]->is_dead) HN_TRY(clone_node(&c, g->nodes[i]));
    }
    c.to->next_node_id = g->next_node_id;
    *out = c.to;
    return HONE_OK;
}

hone_status hn_graph_clone(hn_env *env, hn_arena *arena, const hn_graph *g, bool new_origin,
                           hn_graph **out) {
    return clone_graph(env, arena, g, new_origin, 0, out);
}
