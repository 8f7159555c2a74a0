/* SPDX-License-Identifier: Apache-2.0
 * The operators of a subgraph become nodes, in the file's order, which must be one in which they
 * can run. Everything that differs between operators is in the rows of tflite_ops.def. */
#include "formats/tflite_reader.h"

#include <stdio.h>
#include <string.h>

/* Fields of the schema's tables. */
enum { SUBGRAPH_OPERATORS = 3 };
enum { CODE_OLD, CODE_CUSTOM, CODE_VERSION, CODE_BUILTIN };
enum { OP_CODE, OP_INPUTS, OP_OUTPUTS, OP_TYPE, OP_OPTIONS, OP_CUSTOM };
enum { OP_INTERMEDIATES = 8, OP_LARGE_OFFSET, OP_LARGE_SIZE, OP_TYPE_2, OP_OPTIONS_2 };

static const hn_tflite_fixed no_fixed[1];

/* ---- which operator ---- */

/* What an operator code says: the row (name NULL for a code that is not in the schema), the name
 * and the version. The old code is one byte, so newer files repeat it as 127 beside the new one. */
static hone_status read_code(hn_tflite *r, const hn_fb_table *t, hn_tflite_op *row,
                             const char **name, int32_t *version) {
    const uint32_t index = hn_fb_u32(t, OP_CODE, 0);
    if (index >= r->codes.n) {
        return hn_fail(r->env, HONE_E_FORMAT, "operator code %u of %u", (unsigned)index,
                       (unsigned)r->codes.n);
    }
    const hn_fb_table code = hn_fb_table_at(&r->codes, index);
    const int32_t old_code = hn_fb_s8(&code, CODE_OLD, 0);
    const int32_t new_code = hn_fb_s32(&code, CODE_BUILTIN, 0);
    const int32_t number = old_code > new_code ? old_code : new_code;
    const char *custom = hn_fb_text(&code, CODE_CUSTOM).text;
    *version = hn_fb_s32(&code, CODE_VERSION, 1);
    char text[160];
    if (!hn_tflite_op_of(number, row)) {
        const hn_tflite_op unknown = {-1, NULL, NULL, 0, no_fixed};
        *row = unknown;
        snprintf(text, sizeof text, "BUILTIN_%d", (int)number);
    } else if (number == HN_TFLITE_CUSTOM) {
        snprintf(text, sizeof text, "CUSTOM:%.128s", custom);
        (void)hn_tflite_custom_of(custom, row);
    } else {
        *name = row->name;
        return hn_tflite_sound(r);
    }
    *name = hn_arena_string(r->arena, text, strlen(text));
    return *name != NULL ? hn_tflite_sound(r) : hn_no_memory(r->env);
}

/* ---- ports ---- */

static hone_status bad_port(hn_tflite *r, const char *what, uint32_t i, int32_t index) {
    return hn_fail(r->env, HONE_E_FORMAT, "%s %u is tensor %d, which there is not", what,
                   (unsigned)i, (int)index);
}

static hone_status read_ports(hn_tflite *r, const hn_graph *g, hn_node *node,
                              const hn_fb_vector *inputs, const hn_fb_vector *outputs) {
    for (uint32_t i = 0; i < node->n_in; i++) {
        const int32_t index = hn_fb_s32_at(inputs, i);
        node->in[i] = hn_tflite_value(r, g, index);
        if (node->in[i] == NULL && index != -1) return bad_port(r, "operand", i, index);
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        const int32_t index = hn_fb_s32_at(outputs, i);
        hn_value *v = hn_tflite_value(r, g, index);
        if (v == NULL && index != -1) return bad_port(r, "output", i, index);
        if (v == NULL) continue;
        if (v->producer != NULL) {
            return hn_fail(r->env, HONE_E_FORMAT, "output %u is computed by another node too",
                           (unsigned)i);
        }
        if (v->constant != NULL && v->constant->n_bytes == 0) v->constant = NULL;
        hn_node_set_out(node, i, v);
    }
    return HONE_OK;
}

static bool has_quantized(hn_value *const *list, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        if (list[i] != NULL && list[i]->quant != NULL) return true;
    }
    return false;
}

/* ---- attributes that any node may have ---- */

/* The operands in another order: digit i is the place that operand i has in the file. */
static bool order_operands(hn_graph *g, hn_node *node, const char *places) {
    const uint32_t n = (uint32_t)strlen(places);
    hn_value **in = HN_NEW_N(g->arena, hn_value *, n);
    if (in == NULL) return hn_no_memory(g->env) == HONE_OK;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t place = (uint32_t)(places[i] - '0');
        in[i] = place < node->n_in ? node->in[place] : NULL;
    }
    node->in = in;
    node->n_in = n;
    return true;
}

static bool add_attr(hn_graph *g, hn_node *node, const hn_tflite_fixed *fixed) {
    if (strcmp(fixed->name, "@operands") == 0) return order_operands(g, node, fixed->text);
    if (strcmp(fixed->name, "@raw") == 0) {
        node->arith = HN_ARITH_NONE;
        return true;
    }
    switch (fixed->kind) {
    case HN_ATTR_STRING:
        return hn_attr_set_string(g, node, fixed->name, fixed->text);
    case HN_ATTR_FLOAT:
        return hn_attr_set_float(g, node, fixed->name, fixed->number);
    default:
        return hn_attr_set_int(g, node, fixed->name, (int64_t)fixed->number);
    }
}

/* The bytes of a custom operator's options become a constant, attribute "custom_options". */
static hone_status read_custom(hn_tflite *r, hn_graph *g, hn_node *node, const hn_fb_table *t) {
    const hn_fb_vector custom = hn_fb_blob(t, OP_CUSTOM);
    const uint8_t *bytes = hn_fb_bytes(&custom);
    uint64_t n_bytes = custom.n;
    const uint64_t offset = hn_fb_u64(t, OP_LARGE_OFFSET, 0);
    if (offset > 1) {
        const hn_cursor file = hn_cursor_of(r->bytes, r->size);
        n_bytes = hn_fb_u64(t, OP_LARGE_SIZE, 0);
        if (!hn_cursor_has(&file, offset, n_bytes)) {
            return hn_fail(r->env, HONE_E_FORMAT, "its custom options lie outside the file");
        }
        bytes = r->bytes + offset;
    }
    if (n_bytes == 0) return HONE_OK;
    const int64_t n = (int64_t)n_bytes;
    const hn_shape shape = hn_shape_of(1, &n);
    hn_value *v = hn_graph_constant_borrowed(g, "", HN_DTYPE_U8, &shape, bytes);
    if (v == NULL || !hn_attr_set_int(g, node, "custom_options", 0)) return r->env->status;
    hn_attr *attr = &node->attrs[node->n_attrs - 1];
    attr->kind = HN_ATTR_TENSOR;
    attr->v.tensor = v;
    return HONE_OK;
}

/* Values that exist for their quantization only, as integer LSTMs have them: attribute
 * "intermediates", their ids. */
static hone_status read_intermediates(hn_tflite *r, hn_graph *g, hn_node *node,
                                      const hn_fb_table *t) {
    const hn_fb_vector list = hn_fb_items(t, OP_INTERMEDIATES, 4);
    if (list.n == 0) return HONE_OK;
    int64_t *ids = HN_NEW_N(r->arena, int64_t, list.n);
    if (ids == NULL) return hn_no_memory(r->env);
    for (uint32_t i = 0; i < list.n; i++) {
        const int32_t index = hn_fb_s32_at(&list, i);
        if (index != -1 && hn_tflite_value(r, g, index) == NULL) {
            return bad_port(r, "intermediate", i, index);
        }
        ids[i] = index;
    }
    return hn_attr_set_ints(g, node, "intermediates", ids, list.n) ? HONE_OK : r->env->status;
}

static hone_status read_options(hn_tflite *r, hn_graph *g, hn_node *node, const hn_tflite_op *row,
                                const hn_fb_table *t) {
    uint32_t number = hn_fb_u8(t, OP_TYPE, 0);
    uint32_t field = OP_OPTIONS;
    if (number == 0 && hn_fb_u8(t, OP_TYPE_2, 0) != 0) {
        number = hn_fb_u8(t, OP_TYPE_2, 0) + (uint32_t)HN_TFLITE_SECOND_UNION;
        field = OP_OPTIONS_2;
    }
    const bool is_other = row->options != 0 && number != 0 && number != row->options;
    if (row->op != NULL && is_other) {
        return hn_fail(r->env, HONE_E_FORMAT, "it has the options of another operator");
    }
    const hn_fb_table options = hn_fb_sub(t, field);
    for (const hn_tflite_fixed *f = row->fixed; f->name != NULL; f++) {
        if (!add_attr(g, node, f)) return r->env->status;
    }
    /* Without options every field has its default; there is none for a body. */
    const bool has_bodies = row->op != NULL && (row->op->effects & HN_EFFECT_CONTROL) != 0;
    if (number == 0 && row->op != NULL && !has_bodies) number = row->options;
    return hn_tflite_attributes(r, g, node, number, &options);
}

/* ---- one node, all nodes ---- */

static hone_status read_node(hn_tflite *r, hn_graph *g, const hn_fb_table *t, const char **name) {
    hn_tflite_op row;
    int32_t version = 1;
    HN_TRY(read_code(r, t, &row, name, &version));
    const hn_fb_vector inputs = hn_fb_items(t, OP_INPUTS, 4);
    const hn_fb_vector outputs = hn_fb_items(t, OP_OUTPUTS, 4);
    HN_TRY(hn_tflite_sound(r));
    const char *problem = hn_tflite_bad_ports(row.code, inputs.n, outputs.n);
    if (problem != NULL) return hn_fail(r->env, HONE_E_FORMAT, "%s", problem);
    hn_node *node = hn_graph_node(g, row.op, inputs.n, outputs.n);
    if (node == NULL) return r->env->status;
    node->foreign = *name;
    node->version = version;
    HN_TRY(read_ports(r, g, node, &inputs, &outputs));
    const bool is_quantized =
        has_quantized(node->in, node->n_in) || has_quantized(node->out, node->n_out);
    node->arith = is_quantized ? HN_ARITH_TFLITE : HN_ARITH_NONE;
    HN_TRY(read_options(r, g, node, &row, t));
    HN_TRY(read_custom(r, g, node, t));
    if (strncmp(*name, "CUSTOM:", 7) == 0) {
        HN_TRY(hn_tflite_custom_options(r, g, node, *name + 7));
    }
    HN_TRY(read_intermediates(r, g, node, t));
    return hn_tflite_sound(r);
}

hone_status hn_tflite_nodes(hn_tflite *r, hn_graph *g, const hn_fb_table *subgraph) {
    const hn_fb_vector operators = hn_fb_items(subgraph, SUBGRAPH_OPERATORS, 4);
    for (uint32_t i = 0; i < operators.n; i++) {
        const hn_fb_table t = hn_fb_table_at(&operators, i);
        const char *name = "?";
        const hone_status status = read_node(r, g, &t, &name);
        if (status == HONE_OK) continue;
        char what[200];
        snprintf(what, sizeof what, "node %u (%s)", (unsigned)i, name);
        return hn_fail_at(r->env, status, what);
    }
    return hn_tflite_sound(r);
}
