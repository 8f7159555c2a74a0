/* SPDX-License-Identifier: Apache-2.0
 * Building a graph: values, constants and nodes, all in the model's arena. Arrays double as they
 * grow, so adding is amortised constant; the limits of graph.h hold at every addition, because the
 * counts come from files. Names are copied; the symbols of a shape are borrowed, and are therefore
 * strings of the same arena. */
#include "graph/graph.h"

#include <string.h>

static void *no_memory(const hn_graph *g) {
    (void)hn_no_memory(g->env);
    return NULL;
}

hn_graph *hn_graph_new(hn_env *env, hn_arena *arena) {
    hn_graph *g = HN_NEW(arena, hn_graph);
    if (g == NULL) {
        (void)hn_no_memory(env);
        return NULL;
    }
    g->arena = arena;
    g->env = env;
    g->name = g->format = "";
    return g;
}

/* The graph's copy of a name; "" needs none. */
static const char *name_copy(hn_graph *g, const char *name) {
    if (name == NULL || name[0] == '\0') return "";
    return hn_arena_string(g->arena, name, strlen(name));
}

hn_value *hn_graph_value(hn_graph *g, const char *name, hn_dtype dtype, const hn_shape *shape) {
    if (g->n_values >= HN_MAX_VALUES) {
        (void)hn_fail(g->env, HONE_E_LIMIT, "more than %d values", HN_MAX_VALUES);
        return NULL;
    }
    hn_value **values =
        hn_arena_grow(g->arena, g->values, g->n_values, &g->capacity_values, sizeof *values);
    if (values == NULL) return no_memory(g);
    g->values = values;
    hn_value *v = HN_NEW(g->arena, hn_value);
    const char *copy = name_copy(g, name);
    if (v == NULL || copy == NULL) return no_memory(g);
    v->id = g->n_values;
    v->dtype = dtype;
    v->name = copy;
    if (shape != NULL) {
        v->shape = *shape;
    } else {
        v->shape.rank = -1;
    }
    values[g->n_values++] = v;
    return v;
}

/* The constant of those bytes; they are those of the file or of the arena already. */
static hn_value *constant_value(hn_graph *g, const char *name, hn_dtype dtype,
                                const hn_shape *shape, const hn_constant *constant) {
    hn_constant *copy = hn_arena_copy(g->arena, constant, sizeof *constant);
    if (copy == NULL) return no_memory(g);
    hn_shape_strides(shape, copy->stride);
    hn_value *v = hn_graph_value(g, name, dtype, shape);
    if (v != NULL) v->constant = copy;
    return v;
}

static bool constant_size(hn_graph *g, hn_dtype dtype, const hn_shape *shape, uint64_t *n_bytes) {
    uint64_t n;
    if (hn_shape_count(shape, &n) && hn_type_bytes(dtype, n, n_bytes) && *n_bytes <= SIZE_MAX) {
        return true;
    }
    (void)hn_fail(g->env, HONE_E_SHAPE, "a constant of type %s has no size", hn_dtype_name(dtype));
    return false;
}

hn_value *hn_graph_constant(hn_graph *g, const char *name, hn_dtype dtype, const hn_shape *shape,
                            const void *bytes) {
    hn_constant constant = {0};
    if (!constant_size(g, dtype, shape, &constant.n_bytes)) return NULL;
    uint8_t *copy = hn_arena_bulk(g->arena, constant.n_bytes);
    if (copy == NULL) return no_memory(g);
    if (bytes != NULL && constant.n_bytes > 0) memcpy(copy, bytes, (size_t)constant.n_bytes);
    constant.bytes = copy;
    return constant_value(g, name, dtype, shape, &constant);
}

hn_value *hn_graph_constant_borrowed(hn_graph *g, const char *name, hn_dtype dtype,
                                     const hn_shape *shape, const void *bytes) {
    hn_constant constant = {.bytes = bytes, .is_borrowed = true};
    if (!constant_size(g, dtype, shape, &constant.n_bytes)) return NULL;
    return constant_value(g, name, dtype, shape, &constant);
}

hn_value *hn_graph_scalar_f32(hn_graph *g, float v) {
    const hn_shape shape = hn_shape_of(0, NULL);
    return hn_graph_constant(g, "", HN_DTYPE_F32, &shape, &v);
}

hn_value *hn_graph_vector_s64(hn_graph *g, const int64_t *v, uint32_t n) {
    const int64_t dim = n;
    const hn_shape shape = hn_shape_of(1, &dim);
    return hn_graph_constant(g, "", HN_DTYPE_S64, &shape, v);
}

hn_node *hn_graph_node(hn_graph *g, const hn_op *op, uint32_t n_in, uint32_t n_out) {
    if (g->n_nodes >= HN_MAX_NODES || g->next_node_id == UINT32_MAX) {
        (void)hn_fail(g->env, HONE_E_LIMIT, "more than %d nodes", HN_MAX_NODES);
        return NULL;
    }
    if (n_in > HN_MAX_NODE_PORTS || n_out > HN_MAX_NODE_PORTS) {
        (void)hn_fail(g->env, HONE_E_LIMIT, "a node with more than %d operands or outputs",
                      HN_MAX_NODE_PORTS);
        return NULL;
    }
    hn_node **nodes =
        hn_arena_grow(g->arena, g->nodes, g->n_nodes, &g->capacity_nodes, sizeof *nodes);
    if (nodes == NULL) return no_memory(g);
    g->nodes = nodes;
    hn_node *node = HN_NEW(g->arena, hn_node);
    hn_value **ports = HN_NEW_N(g->arena, hn_value *, (uint64_t)n_in + n_out);
    if (node == NULL || ports == NULL) return no_memory(g);
    node->id = g->next_node_id++;
    node->op = op;
    node->name = node->foreign = "";
    node->in = ports;
    node->out = ports + n_in;
    node->n_in = n_in;
    node->n_out = n_out;
    nodes[g->n_nodes++] = node;
    return node;
}

hn_node *hn_graph_node_like(hn_graph *g, const hn_node *node) {
    hn_node *copy = hn_graph_node(g, node->op, node->n_in, node->n_out);
    if (copy == NULL) return NULL;
    copy->name = node->name;
    copy->foreign = node->foreign;
    copy->version = node->version;
    copy->arith = node->arith;
    copy->attrs = node->attrs;
    copy->n_attrs = node->n_attrs;
    copy->bodies = node->bodies;
    copy->n_bodies = node->n_bodies;
    return copy;
}

void hn_node_set_out(hn_node *node, uint32_t port, hn_value *value) {
    hn_value *before = node->out[port];
    if (before != NULL && before->producer == node) before->producer = NULL;
    node->out[port] = value;
    if (value != NULL) value->producer = node;
}
