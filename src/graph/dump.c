/* SPDX-License-Identifier: Apache-2.0
 * Printing a graph. A node's line is
 *
 *     12  conv  %31 f32 1x112x112x32 = %30 %2 %3  {strides=2,2 activation=relu6}  name
 *
 * with %ID for values. Column widths are those of the widest cell, up to a bound, so the text is
 * made in one pass after one pass of measuring. */
#include "graph/dump.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_CELL = 28, MAX_ITEMS = 8, INDENT = 4 };

typedef struct printer {
    const char *(*op_name)(const hn_op *op);
    hn_text *text;
    uint32_t depth;
    size_t op_width;
} printer;

static const char *node_op(const printer *p, const hn_node *node) {
    if (node->op != NULL && p->op_name != NULL) return p->op_name(node->op);
    return node->foreign != NULL && node->foreign[0] != '\0' ? node->foreign : "?";
}

static void measure(printer *p, const hn_graph *g) {
    p->op_width = strlen("output");
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        size_t n = strlen(node_op(p, g->nodes[i]));
        if (n > MAX_CELL) n = MAX_CELL;
        if (n > p->op_width) p->op_width = n;
    }
}

static void print_quant(hn_text *text, const hn_value *v) {
    if (v->quant == NULL) return;
    const uint32_t n = hn_quant_channels(v);
    if (n == 1) {
        hn_text_add(text, " q(%.6g,%" PRId32 ")", (double)hn_quant_scale(v, 0),
                    hn_quant_zero(v, 0));
    } else {
        hn_text_add(text, " q(%u@%" PRId32 ")", (unsigned)n, v->quant->axis);
    }
}

static void print_value(hn_text *text, const hn_value *v) {
    char shape[HN_MAX_RANK * 66];
    hn_shape_text(&v->shape, shape, sizeof shape);
    hn_text_add(text, "%%%u %s ", (unsigned)v->id, hn_dtype_name(v->dtype));
    hn_text_add_name(text, shape[0] != '\0' ? shape : "scalar");
    print_quant(text, v);
}

static void print_start(const printer *p, const char *number, const char *op) {
    hn_text_add(p->text, "%*s%6s  ", (int)(p->depth * INDENT), "", number);
    const size_t start = p->text->n;
    hn_text_add_name(p->text, op);
    hn_text_pad(p->text, start, p->op_width + 2);
}

static void print_ends(const printer *p, const char *what, hn_value *const *list, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        char number[16];
        snprintf(number, sizeof number, "%u", (unsigned)i);
        print_start(p, number, what);
        print_value(p->text, list[i]);
        hn_text_add(p->text, "  ");
        hn_text_add_name(p->text, list[i]->name);
        hn_text_add(p->text, "\n");
    }
}

static void print_attr(hn_text *text, const hn_attr *attr) {
    const bool is_list =
        attr->kind == HN_ATTR_INTS || attr->kind == HN_ATTR_FLOATS || attr->kind == HN_ATTR_STRINGS;
    hn_text_add_name(text, attr->name);
    hn_text_add(text, "=");
    const uint32_t n = !is_list ? 1 : attr->n < MAX_ITEMS ? attr->n : MAX_ITEMS;
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0) hn_text_add(text, ",");
        switch (attr->kind) {
        case HN_ATTR_INT:
            hn_text_add(text, "%" PRId64, attr->v.i);
            break;
        case HN_ATTR_FLOAT:
            hn_text_add(text, "%.9g", (double)attr->v.f);
            break;
        case HN_ATTR_STRING:
            hn_text_add_name(text, attr->v.s);
            break;
        case HN_ATTR_INTS:
            hn_text_add(text, "%" PRId64, attr->v.ints[i]);
            break;
        case HN_ATTR_FLOATS:
            hn_text_add(text, "%.9g", (double)attr->v.floats[i]);
            break;
        case HN_ATTR_STRINGS:
            hn_text_add_name(text, attr->v.strings[i]);
            break;
        case HN_ATTR_TENSOR:
            print_value(text, attr->v.tensor);
            break;
        }
    }
    if (is_list && attr->n > n) hn_text_add(text, ",...");
}

static void print_node(const printer *p, const hn_node *node) {
    hn_text *text = p->text;
    char number[16];
    snprintf(number, sizeof number, "%u", (unsigned)node->id);
    print_start(p, number, node_op(p, node));
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (i > 0) hn_text_add(text, ", ");
        if (node->out[i] != NULL) print_value(text, node->out[i]);
        if (node->out[i] == NULL) hn_text_add(text, "-");
    }
    hn_text_add(text, " =");
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *v = node->in[i];
        if (v == NULL) {
            hn_text_add(text, " -");
        } else {
            hn_text_add(text, " %s%u", v->constant != NULL ? "#" : "%", (unsigned)v->id);
        }
    }
    if (node->n_attrs > 0) hn_text_add(text, "  {");
    for (uint32_t i = 0; i < node->n_attrs; i++) {
        if (i > 0) hn_text_add(text, " ");
        print_attr(text, &node->attrs[i]);
    }
    if (node->n_attrs > 0) hn_text_add(text, "}");
    if (node->name[0] != '\0') hn_text_add(text, "  ");
    hn_text_add_name(text, node->name);
    hn_text_add(text, "\n");
}

static void print_graph(const printer *parent, const hn_graph *g) {
    printer p = *parent;
    measure(&p, g);
    print_ends(&p, "input", g->inputs, g->n_inputs);
    for (uint32_t i = 0; i < g->n_nodes && !p.text->failed; i++) {
        const hn_node *node = g->nodes[i];
        if (node->is_dead) continue;
        print_node(&p, node);
        printer body = p;
        body.depth++;
        for (uint32_t k = 0; k < node->n_bodies && body.depth <= HN_MAX_BODY_DEPTH; k++) {
            hn_text_add(p.text, "%*sbody %u\n", (int)(body.depth * INDENT), "", (unsigned)k);
            print_graph(&body, node->bodies[k]);
        }
    }
    print_ends(&p, "output", g->outputs, g->n_outputs);
}

hone_status hn_graph_dump(const hn_graph *g, const char *(*op_name)(const hn_op *op),
                          hn_text *text) {
    const printer p = {op_name, text, 0, 0};
    print_graph(&p, g);
    return hn_text_status(text);
}
