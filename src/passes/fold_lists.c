/* SPDX-License-Identifier: Apache-2.0
 * Sequences whose length is known while planning become the tensors that they hold: items are
 * followed from where a sequence is made to where one is taken, counted or joined, and those nodes
 * become operators on tensors. So they are planned and exported as any other. What is left of a
 * sequence nobody reads and goes with the dead code; a position or a size that depends on data, or
 * a sequence that enters a body or leaves the graph, stays as it is and runs on the host. */
#include <string.h>

#include "ops/compose.h"
#include "ops/infer.h"
#include "passes/pass.h"

enum {
    MOST_ITEMS = 1 << 20, /* of all sequences of a graph */
    MOST_PARTS = 4096,    /* of one split */
    MOST_COPIED = 4096,   /* nodes of a map's body, one body an item */
    MOST_ROUNDS = 8       /* a length that is a position, and so on */
};

typedef struct items {
    hn_value **at;
    uint32_t n;
} items;

typedef struct lists {
    hn_graph *g;
    items **of; /* by value id: what a sequence holds; NULL: not known */
    uint32_t n_values, left;
    bool has_changed;
} lists;

static const items *items_of(const lists *l, const hn_value *v) {
    return v != NULL && v->id < l->n_values ? l->of[v->id] : NULL;
}

/* A sequence of n items that the caller fills in; NULL (and no failure) where there are too many.
 */
static hone_status new_items(lists *l, const hn_value *v, uint32_t n, items **out) {
    *out = NULL;
    if (v == NULL || v->id >= l->n_values || n > l->left) return HONE_OK;
    items *made = HN_NEW(l->g->arena, items);
    hn_value **at = HN_NEW_N(l->g->arena, hn_value *, (uint64_t)n + 1);
    if (made == NULL || at == NULL) return hn_no_memory(l->g->env);
    *made = (items){at, n};
    l->left -= n;
    l->of[v->id] = *out = made;
    return HONE_OK;
}

static bool is_plain(const hn_value *v) {
    return v != NULL && v->kind == HN_VALUE_TENSOR && v->dtype != HN_DTYPE_STRING;
}

/* The place that operand `port` names among n, from the end where negative; false: not known. */
static bool read_place(const hn_node *node, uint32_t port, int64_t absent, uint32_t n,
                       uint32_t *out) {
    hn_ints list = {.v = {absent}, .n = 1};
    if (hn_node_in(node, port) != NULL &&
        (hn_node_ints(node, port, "", &list) != HN_INTS_KNOWN || list.n != 1)) {
        return false;
    }
    const int64_t at = list.v[0] < 0 ? list.v[0] + n : list.v[0];
    if (at < 0 || at > n) return false;
    *out = (uint32_t)at;
    return true;
}

/* The node becomes that operator on those operands, with its own attributes. */
static hone_status become(lists *l, hn_node *node, hn_op_id op, hn_value *const *in, uint32_t n) {
    hn_value **ports = HN_NEW_N(l->g->arena, hn_value *, (uint64_t)n + 1);
    if (ports == NULL) return hn_no_memory(l->g->env);
    for (uint32_t i = 0; i < n; i++) ports[i] = in[i];
    node->op = hn_op_at(op);
    node->in = ports;
    node->n_in = n;
    l->has_changed = true;
    return hn_node_infer(l->g, node);
}

/* ---- what makes sequences ---- */

static hone_status see_construct(lists *l, hn_node *node) {
    items *made = NULL;
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (!is_plain(node->in[i])) return HONE_OK;
    }
    HN_TRY(new_items(l, node->out[0], node->n_in, &made));
    for (uint32_t i = 0; made != NULL && i < made->n; i++) made->at[i] = node->in[i];
    return HONE_OK;
}

static hone_status see_empty(lists *l, hn_node *node) {
    items *made = NULL;
    return new_items(l, node->out[0], 0, &made);
}

static hone_status see_insert(lists *l, hn_node *node) {
    const items *from = items_of(l, node->in[0]);
    hn_value *item = hn_node_in(node, 1);
    items *made = NULL;
    uint32_t at;
    if (from == NULL || !is_plain(item) || !read_place(node, 2, from->n, from->n, &at)) {
        return HONE_OK;
    }
    HN_TRY(new_items(l, node->out[0], from->n + 1, &made));
    for (uint32_t i = 0; made != NULL && i < from->n; i++) {
        made->at[i < at ? i : i + 1] = from->at[i];
    }
    if (made != NULL) made->at[at] = item;
    return HONE_OK;
}

static hone_status see_erase(lists *l, hn_node *node) {
    const items *from = items_of(l, node->in[0]);
    items *made = NULL;
    uint32_t at;
    if (from == NULL || !read_place(node, 1, -1, from->n, &at) || at == from->n) return HONE_OK;
    HN_TRY(new_items(l, node->out[0], from->n - 1, &made));
    for (uint32_t i = 0; made != NULL && i < made->n; i++) {
        made->at[i] = from->at[i < at ? i : i + 1];
    }
    return HONE_OK;
}

static hone_status see_copy(lists *l, hn_node *node) {
    items *from = node->in[0]->id < l->n_values ? l->of[node->in[0]->id] : NULL;
    if (from != NULL && node->out[0]->id < l->n_values) l->of[node->out[0]->id] = from;
    return HONE_OK;
}

/* Sizes of the parts of an extent; 0: not known, or none. */
static uint32_t read_parts(const hn_node *node, int64_t extent, int64_t size[MOST_PARTS]) {
    hn_ints list = {.v = {1}, .n = 1};
    const hn_value *sizes = hn_node_in(node, 1);
    int64_t sum = 0;
    uint32_t n = 0;
    if (sizes != NULL && hn_node_ints(node, 1, "", &list) != HN_INTS_KNOWN) return 0;
    if (sizes == NULL || sizes->shape.rank == 0) {
        const int64_t each = list.v[0];
        if (each < 1 || extent / each >= MOST_PARTS) return 0;
        for (; sum < extent; sum += each) size[n++] = each < extent - sum ? each : extent - sum;
        return n;
    }
    for (; n < list.n; n++) {
        if (list.v[n] < 0 || list.v[n] > extent - sum) return 0;
        size[n] = list.v[n];
        sum += size[n];
    }
    return sum == extent ? n : 0;
}

static hone_status see_split(lists *l, hn_node *node) {
    hn_compose c = hn_compose_begin(l->g);
    const hn_shape *x = &node->in[0]->shape;
    const bool drops = hn_node_in(node, 1) == NULL && hn_attr_int(node, "keepdims", 1) == 0;
    int64_t size[MOST_PARTS];
    items *made = NULL;
    int32_t axis;
    if (!is_plain(node->in[0]) || x->rank < 1 ||
        !hn_axis_resolve(hn_attr_int(node, "axis", 0), x->rank, &axis) || x->dim[axis] < 0) {
        return HONE_OK;
    }
    const uint32_t n = read_parts(node, x->dim[axis], size);
    if (n == 0) return HONE_OK;
    HN_TRY(new_items(l, node->out[0], n, &made));
    if (made == NULL) return HONE_OK;
    const int64_t at = axis;
    hn_with_int(&c, "axis", axis);
    hn_with_outputs(&c, n);
    hn_value *sizes = hn_make_vector(&c, size, n);
    (void)HN_MAKE(&c, split, node->in[0], sizes);
    for (uint32_t i = 0; i < n; i++) made->at[i] = hn_make_output(&c, i);
    for (uint32_t i = 0; drops && i < n; i++) {
        made->at[i] = HN_MAKE(&c, squeeze, made->at[i], hn_make_vector(&c, &at, 1));
    }
    l->has_changed = true;
    return c.status;
}

/* Items of the first sequence where the others are known and as long, and the bodies are few. */
static const items *mapped_items(const lists *l, const hn_node *node) {
    const items *first = items_of(l, node->in[0]);
    if (first == NULL || first->n > MOST_COPIED / (node->bodies[0]->n_nodes + 1)) return NULL;
    for (uint32_t k = 0; k < node->n_out; k++) {
        if (!is_plain(node->bodies[0]->outputs[k])) return NULL;
    }
    for (uint32_t k = 0; k < node->n_in; k++) {
        const items *other = items_of(l, node->in[k]);
        const bool is_list = node->in[k] == NULL || node->in[k]->kind != HN_VALUE_TENSOR;
        if (is_list && (other == NULL || other->n != first->n)) return NULL;
    }
    return first;
}

/* The body for each item, in place. */
static hone_status see_map(lists *l, hn_node *node) {
    hn_compose c = hn_compose_begin(l->g);
    const items *first = node->n_bodies == 1 ? mapped_items(l, node) : NULL;
    items **made = HN_NEW_N(l->g->arena, items *, node->n_out);
    hn_value **in = HN_NEW_N(l->g->arena, hn_value *, node->n_in);
    if (made == NULL || in == NULL) return hn_no_memory(l->g->env);
    for (uint32_t k = 0; first != NULL && k < node->n_out; k++) {
        HN_TRY(new_items(l, node->out[k], first->n, &made[k]));
    }
    for (uint32_t i = 0; first != NULL && i < first->n; i++) {
        for (uint32_t k = 0; k < node->n_in; k++) {
            const items *list = items_of(l, node->in[k]);
            in[k] = list != NULL ? list->at[i] : node->in[k];
        }
        const hn_graph *body = hn_make_body(&c, node->bodies[0], in);
        for (uint32_t k = 0; body != NULL && k < node->n_out; k++) {
            if (made[k] != NULL) made[k]->at[i] = body->outputs[k];
        }
        l->has_changed = true;
    }
    return c.status;
}

/* ---- what reads them ---- */

static hone_status see_at(lists *l, hn_node *node) {
    const items *from = items_of(l, node->in[0]);
    uint32_t at;
    if (from == NULL || hn_node_in(node, 1) == NULL || !read_place(node, 1, 0, from->n, &at) ||
        at == from->n) {
        return HONE_OK;
    }
    return become(l, node, HN_OP_identity, &from->at[at], 1);
}

static hone_status see_length(lists *l, hn_node *node) {
    const items *from = items_of(l, node->in[0]);
    const hn_shape scalar = hn_shape_of(0, NULL);
    if (from == NULL) return HONE_OK;
    const int64_t n = from->n;
    hn_value *v = hn_graph_constant(l->g, "", HN_DTYPE_S64, &scalar, &n);
    if (v == NULL) return l->g->env->status;
    return become(l, node, HN_OP_identity, &v, 1);
}

static hone_status see_concat(lists *l, hn_node *node) {
    const items *from = items_of(l, node->in[0]);
    const bool is_new = hn_attr_int(node, "new_axis", 0) != 0;
    if (from == NULL || from->n == 0 || from->n > HN_MAX_NODE_PORTS) return HONE_OK;
    for (uint32_t i = 0; i < from->n; i++) {
        if (from->at[i]->shape.rank < 0) return HONE_OK;
    }
    return become(l, node, is_new ? HN_OP_pack : HN_OP_concat, from->at, from->n);
}

/* ---- the walk ---- */

static const struct {
    hn_op_id op;
    hone_status (*see)(lists *l, hn_node *node);
} rows[] = {{HN_OP_sequence_construct, see_construct},
            {HN_OP_sequence_empty, see_empty},
            {HN_OP_sequence_insert, see_insert},
            {HN_OP_sequence_erase, see_erase},
            {HN_OP_split_to_sequence, see_split},
            {HN_OP_identity, see_copy},
            {HN_OP_sequence_map, see_map},
            {HN_OP_sequence_at, see_at},
            {HN_OP_sequence_length, see_length},
            {HN_OP_concat_from_sequence, see_concat}};

static hone_status visit(lists *l, hn_node *node) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (node->op != hn_op_at(rows[i].op) || node->out[0] == NULL) continue;
        return rows[i].see(l, node);
    }
    return HONE_OK;
}

static bool has_lists(const hn_graph *g) {
    for (uint32_t i = 0; i < g->n_values; i++) {
        if (g->values[i]->kind == HN_VALUE_SEQUENCE) return true;
    }
    return false;
}

hone_status hn_pass_fold_lists(hn_graph *g, const hn_lower_options *options) {
    lists l = {.g = g, .left = MOST_ITEMS, .has_changed = true};
    for (int round = 0; round < MOST_ROUNDS && l.has_changed && has_lists(g); round++) {
        const uint32_t n = g->n_nodes;
        l.has_changed = false;
        l.n_values = g->n_values;
        l.of = HN_NEW_N(g->arena, items *, g->n_values);
        if (l.of == NULL) return hn_no_memory(g->env);
        for (uint32_t i = 0; i < n; i++) {
            if (g->nodes[i]->is_dead) continue;
            if (l.has_changed) HN_TRY(hn_node_infer(g, g->nodes[i]));
            HN_TRY(visit(&l, g->nodes[i]));
        }
        if (!l.has_changed) break;
        HN_TRY(hn_pass_dead_code(g, options));
        HN_TRY(hn_graph_compact(g));
        HN_TRY(hn_pass_fold_constants(g, options));
        HN_TRY(hn_graph_compact(g));
    }
    return HONE_OK;
}
