/* SPDX-License-Identifier: Apache-2.0
 * The table of ONNX's operators and the translation of nodes to canonical ones. It runs when a
 * graph is complete, because an upgrade may have to know whether an output is used or an operand is
 * a constant. A node whose operator has no canonical row keeps op NULL and everything it had. */
#include "formats/format.h"
#include "formats/onnx_reader.h"

#include <string.h>

enum { HN_OP_none = HN_OP_COUNT };

const hn_onnx_op hn_onnx_ops[] = {
#define X(name, op, arith, upgrade, since, signature, attributes)                                  \
    {#name, HN_OP_##op, since, HN_ARITH_##arith, signature, attributes, hn_onnx_upgrade_##upgrade},
#include "formats/onnx_ops.def"
#undef X
};
const uint32_t hn_n_onnx_ops = sizeof hn_onnx_ops / sizeof hn_onnx_ops[0];

const hn_onnx_op *hn_onnx_op_find(const char *name, size_t length) {
    uint32_t low = 0, high = hn_n_onnx_ops;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        const hn_onnx_op *op = &hn_onnx_ops[middle];
        const size_t length_op = strlen(op->name);
        int order = memcmp(name, op->name, length < length_op ? length : length_op);
        if (order == 0 && length != length_op) order = length < length_op ? -1 : 1;
        if (order == 0) return op;
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

int32_t hn_onnx_op_since(const hn_onnx_op *op, int32_t opset) {
    int32_t newest = 0, version = 0;
    for (const char *c = op->since;; c++) {
        if (*c >= '0' && *c <= '9') {
            version = 10 * version + (*c - '0');
            continue;
        }
        if (newest == 0 || version <= opset) newest = version;
        version = 0;
        if (*c == '\0') return newest;
    }
}

/* ---- the attributes column ---- */

typedef struct word {
    const char *text;
    size_t length;
} word;

/* The next word of the column; length 0 at its end. */
static word next_word(const char **at) {
    *at += strspn(*at, " ");
    const word w = {*at, strcspn(*at, " ")};
    *at += w.length;
    return w;
}

int32_t hn_onnx_op_body(const hn_onnx_op *op, hn_onnx_span attribute) {
    const char *at = op->attributes;
    int32_t place = 0;
    for (word w = next_word(&at); w.length > 0; w = next_word(&at)) {
        if (w.text[0] != '@') continue;
        const bool is_it = attribute.size == w.length - 1 &&
                           memcmp(attribute.bytes, w.text + 1, w.length - 1) == 0;
        if (is_it) return place;
        place++;
    }
    return -1;
}

static hone_status rename_attr(const hn_graph *g, const hn_node *node, word from, word to) {
    for (uint32_t i = 0; i < node->n_attrs; i++) {
        hn_attr *attr = &node->attrs[i];
        if (strlen(attr->name) != from.length) continue;
        if (memcmp(attr->name, from.text, from.length) != 0) continue;
        attr->name = hn_arena_string(g->arena, to.text, to.length);
        if (attr->name == NULL) return hn_no_memory(g->env);
    }
    return HONE_OK;
}

static hone_status add_attr(hn_graph *g, hn_node *node, word name, word text) {
    char key[32], value[32];
    if (name.length >= sizeof key || text.length >= sizeof value) {
        return hn_fail(g->env, HONE_E_INTERNAL, "onnx_ops.def: a word too long");
    }
    memcpy(key, name.text, name.length);
    memcpy(value, text.text, text.length);
    key[name.length] = value[text.length] = '\0';
    if (hn_attr_find(node, key) != NULL) return HONE_OK;
    return hn_attr_set_string(g, node, key, value) ? HONE_OK : hn_no_memory(g->env);
}

static hone_status translate_attrs(hn_graph *g, hn_node *node, const hn_onnx_op *op) {
    const char *at = op->attributes;
    for (word w = next_word(&at); w.length > 0; w = next_word(&at)) {
        size_t middle = 0;
        while (middle < w.length && w.text[middle] != ':' && w.text[middle] != '=') middle++;
        if (middle == w.length) continue; /* a body */
        const word first = {w.text, middle}, second = {w.text + middle + 1, w.length - middle - 1};
        if (w.text[middle] == ':') {
            HN_TRY(rename_attr(g, node, first, second));
        } else {
            HN_TRY(add_attr(g, node, first, second));
        }
    }
    return HONE_OK;
}

/* A name of another domain has a dot in it, one of the table has none. Of other domains one
 * operator is known, under the names that its domain has had. */
static const hn_onnx_op *find_foreign(const char *name) {
    static const char *const domains[] = {"onnx.brevitas.", "qonnx.custom_op.general.",
                                          "finn.custom_op.general."};
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
        const size_t length = strlen(domains[i]);
        if (strncmp(name, domains[i], length) != 0) continue;
        if (strcmp(name + length, "BipolarQuant") == 0) name += length;
    }
    return hn_onnx_op_find(name, strlen(name));
}

hone_status hn_onnx_translate(hn_graph *g) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        const hn_onnx_op *op = find_foreign(node->foreign);
        if (op == NULL) continue;
        HN_TRY(hn_onnx_signature_check(g, node, op->signature));
        node->arith = op->arith;
        if (op->op == HN_OP_COUNT) continue;
        node->op = hn_op_at((hn_op_id)op->op);
        HN_TRY(op->upgrade(g, node));
        if (node->op != NULL) HN_TRY(translate_attrs(g, node, op));
    }
    return HONE_OK;
}

/* Constant has no canonical operator: the reader turns it into a value. */
bool hn_onnx_op_at(uint32_t i, hn_format_op *out) {
    if (i >= hn_n_onnx_ops) return false;
    const hn_onnx_op *op = &hn_onnx_ops[i];
    const hn_op *canonical = op->op == HN_OP_none ? NULL : hn_op_at((hn_op_id)op->op);
    *out = (hn_format_op){op->name, op->since, canonical != NULL ? canonical->name : NULL};
    if (strcmp(op->name, "Constant") == 0) out->runs_as = "a constant";
    return true;
}
