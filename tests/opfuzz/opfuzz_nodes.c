/* SPDX-License-Identifier: Apache-2.0
 * Changes to a node: its attributes (value, length, kind, absence), its operands (absent, fewer,
 * more, exchanged, others) and its outputs. Lists are copied before they change, because a reader
 * may share them. */
#include <string.h>

#include "opfuzz.h"

enum { MOST_LIST = 24 };

/* ---- attributes ---- */

static hn_attr *any_attr(mutant *m, hn_node *node) {
    return node->n_attrs > 0 ? &node->attrs[roll(&m->dice, node->n_attrs)] : NULL;
}

static bool set_ints(hn_graph *g, hn_attr *attr, const int64_t *v, uint32_t n) {
    attr->v.ints = hn_arena_copy(g->arena, v, n * sizeof *v);
    attr->n = n;
    attr->kind = HN_ATTR_INTS;
    return true;
}

static bool set_floats(hn_graph *g, hn_attr *attr, const float *v, uint32_t n) {
    attr->v.floats = hn_arena_copy(g->arena, v, n * sizeof *v);
    attr->n = n;
    attr->kind = HN_ATTR_FLOATS;
    return true;
}

static bool set_text(mutant *m, hn_attr *attr) {
    static const char *const texts[] = {"",      "relu", "tanh",   "SAME_UPPER", "VALID",
                                        "edge",  "wrap", "linear", "cubic",      "bidirectional",
                                        "zeros", "DCR",  "x",      "sum",        "reflect"};
    attr->v.s = texts[roll(&m->dice, sizeof texts / sizeof texts[0])];
    attr->n = (uint32_t)strlen(attr->v.s);
    attr->kind = HN_ATTR_STRING;
    return true;
}

static bool change_ints(mutant *m, hn_graph *g, hn_attr *attr) {
    int64_t v[MOST_LIST];
    if (attr->n == 0 || attr->n > MOST_LIST) return false;
    memcpy(v, attr->v.ints, attr->n * sizeof *v);
    const uint32_t i = roll(&m->dice, attr->n);
    v[i] = roll_int(&m->dice, v[i]);
    return set_ints(g, attr, v, attr->n);
}

static bool change_floats(mutant *m, hn_graph *g, hn_attr *attr) {
    float v[MOST_LIST];
    if (attr->n == 0 || attr->n > MOST_LIST) return false;
    memcpy(v, attr->v.floats, attr->n * sizeof *v);
    v[roll(&m->dice, attr->n)] = roll_float(&m->dice);
    return set_floats(g, attr, v, attr->n);
}

static bool attr_value(mutant *m, hn_graph *g, hn_node *node) {
    hn_attr *attr = any_attr(m, node);
    if (attr == NULL) return false;
    switch (attr->kind) {
    case HN_ATTR_INT:
        attr->v.i = roll_int(&m->dice, attr->v.i);
        return true;
    case HN_ATTR_FLOAT:
        attr->v.f = roll_float(&m->dice);
        return true;
    case HN_ATTR_STRING:
        return set_text(m, attr);
    case HN_ATTR_INTS:
        return change_ints(m, g, attr);
    case HN_ATTR_FLOATS:
        return change_floats(m, g, attr);
    default:
        return false;
    }
}

static bool attr_length(mutant *m, hn_graph *g, hn_node *node) {
    hn_attr *attr = any_attr(m, node);
    if (attr == NULL) return false;
    const uint32_t n = one_in(&m->dice, 2) ? attr->n + 1 : roll(&m->dice, attr->n + 1);
    if (n > MOST_LIST) return false;
    if (attr->kind == HN_ATTR_INTS) {
        int64_t v[MOST_LIST] = {0};
        for (uint32_t i = 0; i < n; i++) v[i] = attr->n > 0 ? attr->v.ints[i % attr->n] : 1;
        return set_ints(g, attr, v, n);
    }
    if (attr->kind == HN_ATTR_FLOATS) {
        float v[MOST_LIST] = {0};
        for (uint32_t i = 0; i < n; i++) v[i] = attr->n > 0 ? attr->v.floats[i % attr->n] : 1;
        return set_floats(g, attr, v, n);
    }
    if (attr->kind == HN_ATTR_STRINGS && n < attr->n) {
        attr->n = n;
        return true;
    }
    return false;
}

static bool attr_kind(mutant *m, hn_graph *g, hn_node *node) {
    hn_attr *attr = any_attr(m, node);
    const int64_t number = roll_int(&m->dice, 0);
    const float real = roll_float(&m->dice);
    if (attr == NULL) return false;
    switch (roll(&m->dice, 5)) {
    case 0:
        attr->kind = HN_ATTR_INT;
        attr->v.i = number;
        return true;
    case 1:
        attr->kind = HN_ATTR_FLOAT;
        attr->v.f = real;
        return true;
    case 2:
        return set_text(m, attr);
    case 3:
        return set_ints(g, attr, &number, 1);
    default:
        return set_floats(g, attr, &real, 1);
    }
}

static bool attr_gone(mutant *m, hn_graph *g, hn_node *node) {
    hn_attr *attr = any_attr(m, node);
    (void)g;
    if (attr == NULL) return false;
    *attr = node->attrs[--node->n_attrs];
    return true;
}

/* ---- operands ---- */

/* The operands become a list of n in the arena, the old ones first. */
static bool resize_operands(hn_graph *g, hn_node *node, uint32_t n) {
    hn_value **in = HN_NEW_N(g->arena, hn_value *, (uint64_t)n + 1);
    if (in == NULL) return false;
    for (uint32_t i = 0; i < n && i < node->n_in; i++) in[i] = node->in[i];
    node->in = in;
    node->n_in = n;
    return true;
}

static bool operand_absent(mutant *m, hn_graph *g, hn_node *node) {
    if (node->n_in == 0 || !resize_operands(g, node, node->n_in)) return false;
    node->in[roll(&m->dice, node->n_in)] = NULL;
    return true;
}

static bool operand_fewer(mutant *m, hn_graph *g, hn_node *node) {
    return node->n_in > 0 && resize_operands(g, node, roll(&m->dice, node->n_in));
}

/* A value that may be read anywhere: an input or a constant. */
static hn_value *any_value(mutant *m, const hn_graph *g) {
    for (uint32_t tries = 0; tries < 16 && g->n_values > 0; tries++) {
        hn_value *v = g->values[roll(&m->dice, g->n_values)];
        bool is_input = false;
        for (uint32_t i = 0; i < g->n_inputs; i++) is_input |= g->inputs[i] == v;
        if (is_input || v->constant != NULL) return v;
    }
    return NULL;
}

static bool operand_more(mutant *m, hn_graph *g, hn_node *node) {
    hn_value *v = any_value(m, g);
    if (v == NULL || !resize_operands(g, node, node->n_in + 1)) return false;
    node->in[node->n_in - 1] = v;
    return true;
}

static bool operand_other(mutant *m, hn_graph *g, hn_node *node) {
    hn_value *v = any_value(m, g);
    if (node->n_in == 0 || v == NULL || !resize_operands(g, node, node->n_in)) return false;
    node->in[roll(&m->dice, node->n_in)] = v;
    return true;
}

static bool operands_exchanged(mutant *m, hn_graph *g, hn_node *node) {
    if (node->n_in < 2 || !resize_operands(g, node, node->n_in)) return false;
    hn_value **a = &node->in[roll(&m->dice, node->n_in)];
    hn_value **b = &node->in[roll(&m->dice, node->n_in)];
    hn_value *kept = *a;
    *a = *b;
    *b = kept;
    return true;
}

/* ---- outputs ---- */

static bool resize_outputs(hn_graph *g, hn_node *node, uint32_t n) {
    hn_value **out = HN_NEW_N(g->arena, hn_value *, (uint64_t)n + 1);
    if (out == NULL) return false;
    for (uint32_t i = 0; i < n && i < node->n_out; i++) out[i] = node->out[i];
    node->out = out;
    node->n_out = n;
    return true;
}

static bool output_more(mutant *m, hn_graph *g, hn_node *node) {
    static const hn_shape unknown = {.rank = -1};
    hn_value *v = hn_graph_value(g, "more", HN_DTYPE_F32, &unknown);
    (void)m;
    if (v == NULL || !resize_outputs(g, node, node->n_out + 1)) return false;
    hn_node_set_out(node, node->n_out - 1, v);
    return true;
}

/* False where the value has other uses than as this output of the graph. */
static bool drop_graph_output(hn_graph *g, const hn_value *v) {
    uint32_t n = 0, n_kept = 0;
    for (uint32_t i = 0; i < g->n_outputs; i++) n += g->outputs[i] == v;
    if (n != v->n_uses || n == g->n_outputs) return false;
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        if (g->outputs[i] != v) g->outputs[n_kept++] = g->outputs[i];
    }
    g->n_outputs = n_kept;
    return true;
}

/* An output that nobody reads is absent. */
static bool output_absent(mutant *m, hn_graph *g, hn_node *node) {
    if (node->n_out == 0 || !resize_outputs(g, node, node->n_out)) return false;
    const uint32_t i = roll(&m->dice, node->n_out);
    if (node->out[i] == NULL) return false;
    hn_graph_count_uses(g);
    if (node->out[i]->n_uses > 0 && !drop_graph_output(g, node->out[i])) return false;
    node->out[i]->producer = NULL;
    node->out[i] = NULL;
    return true;
}

/* The last output is gone, where nobody reads it. */
static bool output_fewer(mutant *m, hn_graph *g, hn_node *node) {
    (void)m;
    hn_graph_count_uses(g);
    hn_value *last = node->n_out > 0 ? node->out[node->n_out - 1] : NULL;
    if (last != NULL && last->n_uses > 0 && !drop_graph_output(g, last)) return false;
    if (node->n_out < 2) return false;
    if (last != NULL) last->producer = NULL;
    node->n_out--;
    return true;
}

const change node_changes[] = {
    attr_value,  attr_value,    attr_value,         attr_value,     attr_length,   attr_kind,
    attr_gone,   operand_more,  operand_fewer,      operand_absent, operand_other, operand_other,
    output_more, output_absent, operands_exchanged, output_fewer,
};
const uint32_t n_node_changes = sizeof node_changes / sizeof node_changes[0];
