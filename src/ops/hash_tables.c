/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow Lite's hash tables. A table is filled once, by an import of constant keys and values
 * in the body of a call_once, and never changes: so each look-up becomes a label_encoder with those
 * lists, the size a number, and nothing is left of the table itself. A table that is filled in
 * another way is refused. */
#include <string.h>

#include "graph/list.h"
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { TABLE, KEYS, VALUES, ABSENT = 2 }; /* operands of the import, and of the look-up */

static hone_status table_shape(hn_graph *g, hn_node *node) {
    if (node->out[0]->kind == HN_VALUE_RESOURCE) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "the output is no resource");
}

static hone_status check_table(const hn_graph *g, const hn_node *node) {
    if (node->in[TABLE]->kind == HN_VALUE_RESOURCE) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "operand 0 is no resource");
}

static hone_status import_shape(hn_graph *g, hn_node *node) {
    uint64_t n_keys = 0, n_values = 0;
    HN_TRY(check_table(g, node));
    const hn_value *keys = node->in[KEYS], *values = node->in[VALUES];
    if (!hn_shape_count(&keys->shape, &n_keys) || !hn_shape_count(&values->shape, &n_values) ||
        n_keys != n_values) {
        return hn_fail(g->env, HONE_E_SHAPE, "keys and values are not of one length");
    }
    return HONE_OK;
}

/* The import of the table that `handle` names; the last one, as it is run last. */
static const hn_node *find_import(const hn_graph *g, const hn_value *handle) {
    const hn_node *maker = handle->producer, *found = NULL;
    if (maker == NULL || maker->op != hn_op_at(HN_OP_hash_table)) return NULL;
    const int64_t id = hn_attr_int(maker, "table_id", 0);
    while (g->parent != NULL) g = g->parent;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        const hn_node *once = g->nodes[i];
        if (once->is_dead || once->op != hn_op_at(HN_OP_call_once)) continue;
        for (uint32_t k = 0; k < once->bodies[0]->n_nodes; k++) {
            const hn_node *node = once->bodies[0]->nodes[k];
            if (node->op != hn_op_at(HN_OP_hash_table_import)) continue;
            const hn_node *other = node->in[TABLE]->producer;
            if (other == NULL || other->op != hn_op_at(HN_OP_hash_table)) continue;
            if (hn_attr_int(other, "table_id", 0) == id) found = node;
        }
    }
    const bool is_known =
        found != NULL && found->in[KEYS]->constant != NULL && found->in[VALUES]->constant != NULL;
    return is_known ? found : NULL;
}

/* A constant of a body, seen from g. */
static hn_value *here(hn_graph *g, const hn_value *v) {
    hn_value *copy = hn_graph_value(g, v->name, v->dtype, &v->shape);
    if (copy != NULL) copy->constant = v->constant;
    return copy;
}

static bool set_tensor(hn_graph *g, hn_node *node, const char *name, hn_value *v) {
    if (v == NULL || !hn_attr_set_int(g, node, name, 0)) return false;
    hn_attr *attr = &node->attrs[node->n_attrs - 1];
    attr->kind = HN_ATTR_TENSOR;
    attr->v.tensor = v;
    return true;
}

/* ---- look-up ---- */

static hone_status find_shape(hn_graph *g, hn_node *node) {
    HN_TRY(check_table(g, node));
    return hn_node_set_shape(g, node, node->in[ABSENT]->dtype, &node->in[KEYS]->shape);
}

static hone_status find_expand(hn_graph *g, hn_node *node) {
    const hn_node *import = find_import(g, node->in[TABLE]);
    hn_value *absent = node->in[ABSENT];
    if (import == NULL) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "a table that is not filled with constants");
    }
    if (absent->constant == NULL || import->in[KEYS]->dtype != node->in[KEYS]->dtype ||
        import->in[VALUES]->dtype != absent->dtype) {
        return hn_fail(g->env, HONE_E_SHAPE, "keys, values or default of another type");
    }
    hn_node *encoder = hn_graph_node(g, hn_op_at(HN_OP_label_encoder), 1, 1);
    if (encoder == NULL) return g->env->status;
    encoder->in[0] = node->in[KEYS];
    const bool is_made = set_tensor(g, encoder, "keys_tensor", here(g, import->in[KEYS])) &&
                         set_tensor(g, encoder, "values_tensor", here(g, import->in[VALUES])) &&
                         set_tensor(g, encoder, "default_tensor", absent);
    if (!is_made) return hn_no_memory(g->env);
    hn_value *out = node->out[0];
    hn_node_set_out(encoder, 0, out);
    return hn_node_infer(g, encoder);
}

/* ---- size ---- */

static hone_status size_shape(hn_graph *g, hn_node *node) {
    const int64_t one = 1;
    const hn_shape shape = hn_shape_of(1, &one);
    HN_TRY(check_table(g, node));
    return hn_node_set_shape(g, node, HN_DTYPE_S64, &shape);
}

static hone_status size_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_node *import = find_import(g, node->in[TABLE]);
    uint64_t n = 0;
    if (import == NULL || !hn_shape_count(&import->in[KEYS]->shape, &n)) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "a table that is not filled with constants");
    }
    const int64_t size = (int64_t)n;
    return hn_compose_end(&c, hn_make_vector(&c, &size, 1), node);
}

static hone_status no_step(hn_lower *L, const hn_node *node) {
    (void)L;
    (void)node;
    return HONE_OK;
}

const hn_op_hooks hn_hooks_hash_table = {.shape = table_shape, .lower = no_step};
const hn_op_hooks hn_hooks_hash_table_import = {
    .shape = import_shape, .lower = no_step, .max_outputs = HN_NO_OUTPUT};
const hn_op_hooks hn_hooks_hash_table_find = {.shape = find_shape, .expand = find_expand};
const hn_op_hooks hn_hooks_hash_table_size = {.shape = size_shape, .expand = size_expand};
