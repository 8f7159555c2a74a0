/* SPDX-License-Identifier: Apache-2.0
 * Attributes: looked up by name, because a node has fewer than ten; set by replacing. An attribute
 * of another kind than the one asked for counts as absent. */
#include "graph/graph.h"

#include <string.h>

static hn_attr *find(const hn_node *node, const char *name) {
    for (uint32_t i = 0; i < node->n_attrs; i++) {
        if (strcmp(node->attrs[i].name, name) == 0) return &node->attrs[i];
    }
    return NULL;
}

static const hn_attr *find_kind(const hn_node *node, const char *name, hn_attr_kind kind) {
    const hn_attr *attr = find(node, name);
    return attr != NULL && attr->kind == kind ? attr : NULL;
}

const hn_attr *hn_attr_find(const hn_node *node, const char *name) {
    return find(node, name);
}

int64_t hn_attr_int(const hn_node *node, const char *name, int64_t absent) {
    const hn_attr *attr = find_kind(node, name, HN_ATTR_INT);
    return attr != NULL ? attr->v.i : absent;
}

float hn_attr_float(const hn_node *node, const char *name, float absent) {
    const hn_attr *attr = find_kind(node, name, HN_ATTR_FLOAT);
    return attr != NULL ? attr->v.f : absent;
}

const char *hn_attr_string(const hn_node *node, const char *name, const char *absent) {
    const hn_attr *attr = find_kind(node, name, HN_ATTR_STRING);
    return attr != NULL ? attr->v.s : absent;
}

bool hn_attr_ints(const hn_node *node, const char *name, int64_t *out, uint32_t n) {
    const hn_attr *attr = find_kind(node, name, HN_ATTR_INTS);
    if (attr == NULL || attr->n != n) return false;
    if (n > 0) memcpy(out, attr->v.ints, n * sizeof *out);
    return true;
}

/* The attribute of that name, made when it is not there; the caller fills kind and value. */
static hn_attr *slot(hn_graph *g, hn_node *node, const char *name) {
    hn_attr *attr = find(node, name);
    if (attr != NULL) return attr;
    hn_attr *attrs = HN_NEW_N(g->arena, hn_attr, (uint64_t)node->n_attrs + 1);
    const char *copy = hn_arena_string(g->arena, name, strlen(name));
    if (attrs == NULL || copy == NULL) {
        (void)hn_no_memory(g->env);
        return NULL;
    }
    if (node->n_attrs > 0) memcpy(attrs, node->attrs, node->n_attrs * sizeof *attrs);
    node->attrs = attrs;
    attr = &attrs[node->n_attrs++];
    attr->name = copy;
    return attr;
}

bool hn_attr_set_int(hn_graph *g, hn_node *node, const char *name, int64_t v) {
    hn_attr *attr = slot(g, node, name);
    if (attr == NULL) return false;
    attr->kind = HN_ATTR_INT;
    attr->n = 1;
    attr->v.i = v;
    return true;
}

bool hn_attr_set_float(hn_graph *g, hn_node *node, const char *name, float v) {
    hn_attr *attr = slot(g, node, name);
    if (attr == NULL) return false;
    attr->kind = HN_ATTR_FLOAT;
    attr->n = 1;
    attr->v.f = v;
    return true;
}

bool hn_attr_set_string(hn_graph *g, hn_node *node, const char *name, const char *v) {
    const size_t length = strlen(v);
    const char *copy = length <= UINT32_MAX ? hn_arena_string(g->arena, v, length) : NULL;
    hn_attr *attr = copy != NULL ? slot(g, node, name) : NULL;
    if (attr == NULL) {
        (void)hn_no_memory(g->env);
        return false;
    }
    attr->kind = HN_ATTR_STRING;
    attr->n = (uint32_t)length;
    attr->v.s = copy;
    return true;
}

bool hn_attr_set_ints(hn_graph *g, hn_node *node, const char *name, const int64_t *v, uint32_t n) {
    const int64_t *copy = hn_arena_copy(g->arena, v, n * sizeof *v);
    hn_attr *attr = copy != NULL ? slot(g, node, name) : NULL;
    if (attr == NULL) {
        (void)hn_no_memory(g->env);
        return false;
    }
    attr->kind = HN_ATTR_INTS;
    attr->n = n;
    attr->v.ints = copy;
    return true;
}
