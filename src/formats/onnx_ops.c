/* SPDX-License-Identifier: Apache-2.0
 * The table of ONNX's operators and the translation of nodes to canonical ones. It runs when a
 * graph is complete, because an upgrade may have to know whether an output is used or an operand is
 * a constant. A node whose operator has no canonical row keeps op NULL and everything it had. */
#include "formats/format.h"
#include "formats/onnx_reader.h"

#include <string.h>

#include "ops/signature.h"

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

static int32_t read_version(const char **at) {
    int32_t version = 0;
    while (**at >= '0' && **at <= '9') version = 10 * version + (*(*at)++ - '0');
    return version;
}

int32_t hn_onnx_op_since(const hn_onnx_op *op, int32_t opset) {
    int32_t newest = 0;
    for (const char *at = op->since; *at != '\0'; at += strspn(at, " ")) {
        const int32_t version = read_version(&at);
        if (version <= opset) newest = version;
    }
    return newest;
}

/* ---- the attributes column ---- */

/* One word of the column. */
typedef struct attr_word {
    char form; /* '@' a body, '=' added, ':' renamed, '*' any, 0 none of these */
    const char *name, *text;
    size_t length, text_length;
    int32_t from, to; /* versions that have it: from <= version < to */
    bool is_required;
} attr_word;

/* False at the end of the column. */
static bool next_word(const char **at, attr_word *w) {
    *at += strspn(*at, " ");
    *w = (attr_word){.to = INT32_MAX};
    if (**at == '@' || **at == '*') w->form = *(*at)++;
    w->name = *at;
    w->length = strcspn(*at, " <>=!:");
    *at += w->length;
    if (strncmp(*at, ">=", 2) == 0) {
        *at += 2;
        w->from = read_version(at);
    }
    if (**at == '<') {
        ++*at;
        w->to = read_version(at);
    }
    w->is_required = **at == '!';
    if (w->is_required) ++*at;
    if (**at == ':' || **at == '=') w->form = *(*at)++;
    w->text = *at;
    w->text_length = strcspn(*at, " ");
    *at += w->text_length;
    return w->length > 0 || w->form != 0;
}

static bool is_name(const attr_word *w, const char *name, size_t length) {
    return w->length == length && memcmp(w->name, name, length) == 0;
}

int32_t hn_onnx_op_body(const hn_onnx_op *op, hn_onnx_span attribute) {
    const char *at = op->attributes;
    int32_t place = 0;
    for (attr_word w; next_word(&at, &w);) {
        if (w.form != '@') continue;
        if (is_name(&w, (const char *)attribute.bytes, (size_t)attribute.size)) return place;
        place++;
    }
    return -1;
}

/* Attribute consumed_inputs was every operator's before version 6, and said nothing to run it. The
 * reader makes some of its own for nodes with bodies. */
static bool is_known(const hn_onnx_op *op, const hn_node *node, const char *name) {
    const char *at = op->attributes;
    if (strcmp(name, "consumed_inputs") == 0 && node->version < 6) return true;
    if (node->n_bodies > 0 && strcmp(name, "captures") == 0) return true;
    if (node->n_bodies > 0 && strcmp(name, "bodies") == 0) return true;
    for (attr_word w; next_word(&at, &w);) {
        if (w.form == '*') return true;
        const bool is_in = w.from <= node->version && node->version < w.to;
        if (is_in && w.form != '=' && is_name(&w, name, strlen(name))) return true;
    }
    return false;
}

/* All attributes are the operator's, and those that it must have are there. */
static hone_status check_attrs(const hn_graph *g, const hn_node *node, const hn_onnx_op *op) {
    for (uint32_t i = 0; i < node->n_attrs; i++) {
        const char *name = node->attrs[i].name;
        if (is_known(op, node, name)) continue;
        return hn_fail(g->env, HONE_E_FORMAT, "it has no attribute '%.64s'", name);
    }
    const char *at = op->attributes;
    for (attr_word w; next_word(&at, &w);) {
        bool is_there = !w.is_required || node->version < w.from || node->version >= w.to;
        for (uint32_t i = 0; i < node->n_attrs && !is_there; i++) {
            is_there = is_name(&w, node->attrs[i].name, strlen(node->attrs[i].name));
        }
        if (is_there) continue;
        return hn_fail(g->env, HONE_E_FORMAT, "attribute '%.*s' is missing", (int)w.length, w.name);
    }
    return HONE_OK;
}

static hone_status rename_attr(const hn_graph *g, const hn_node *node, const attr_word *w) {
    for (uint32_t i = 0; i < node->n_attrs; i++) {
        hn_attr *attr = &node->attrs[i];
        if (!is_name(w, attr->name, strlen(attr->name))) continue;
        attr->name = hn_arena_string(g->arena, w->text, w->text_length);
        if (attr->name == NULL) return hn_no_memory(g->env);
    }
    return HONE_OK;
}

static hone_status add_attr(hn_graph *g, hn_node *node, const attr_word *w) {
    char key[32], value[32];
    if (w->length >= sizeof key || w->text_length >= sizeof value) {
        return hn_fail(g->env, HONE_E_INTERNAL, "onnx_ops.def: a word too long");
    }
    memcpy(key, w->name, w->length);
    memcpy(value, w->text, w->text_length);
    key[w->length] = value[w->text_length] = '\0';
    if (hn_attr_find(node, key) != NULL) return HONE_OK;
    return hn_attr_set_string(g, node, key, value) ? HONE_OK : hn_no_memory(g->env);
}

static hone_status translate_attrs(hn_graph *g, hn_node *node, const hn_onnx_op *op) {
    const char *at = op->attributes;
    for (attr_word w; next_word(&at, &w);) {
        if (w.form == ':') HN_TRY(rename_attr(g, node, &w));
        if (w.form == '=') HN_TRY(add_attr(g, node, &w));
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
        const hone_status status = check_attrs(g, node, op);
        if (status != HONE_OK) return hn_node_fail(g->env, node, status);
        node->signature = hn_signature_form(op->signature, node->version);
        HN_TRY(hn_signature_check(g, node));
        node->arith = op->arith;
        if (op->op == HN_OP_COUNT) continue;
        node->op = hn_op_at((hn_op_id)op->op);
        const uint32_t n_in = node->n_in;
        HN_TRY(op->upgrade(g, node));
        if (node->n_in != n_in) node->signature = NULL; /* it is of another form now */
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
