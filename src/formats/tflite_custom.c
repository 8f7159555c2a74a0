/* SPDX-License-Identifier: Apache-2.0
 * Custom operators: names to canonical operators, options to attributes. Options that cannot be
 * read refuse the file only for operators that are known here; others keep them as bytes. */
#include "formats/tflite_reader.h"

#include <string.h>

#include "formats/wire_flexbuffer.h"

enum { MOST_ITEMS = 4096 }; /* of a list in the options */

typedef enum custom_form { FORM_none, FORM_map, FORM_variable, FORM_transpose_conv } custom_form;

static const hn_tflite_fixed fixed_none[] = {{NULL, HN_ATTR_INT, NULL, 0}};
static const hn_tflite_fixed fixed_deconv[] = {{"layout", HN_ATTR_STRING, "nhwc", 0},
                                               {"kernel_layout", HN_ATTR_STRING, "ohwi", 0},
                                               {NULL, HN_ATTR_INT, NULL, 0}};

static const struct row {
    const char *name;
    hn_op_id op;
    custom_form form;
    const hn_tflite_fixed *fixed;
} rows[] = {
#define X(name, op, form, fixed) {#name, HN_OP_##op, FORM_##form, fixed_##fixed},
#include "formats/tflite_custom.def"
#undef X
};

static const struct row *find(const char *name) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, name) == 0) return &rows[i];
    }
    return NULL;
}

bool hn_tflite_custom_of(const char *name, hn_tflite_op *row) {
    const struct row *r = find(name);
    if (r == NULL) return false;
    row->op = hn_op_at(r->op);
    row->fixed = r->fixed;
    return true;
}

bool hn_tflite_custom_at(uint32_t i, hn_format_op *out) {
    if (i >= sizeof rows / sizeof rows[0]) return false;
    *out = (hn_format_op){rows[i].name, "custom", hn_op_at(rows[i].op)->name};
    return true;
}

/* ---- a map's entries ---- */

static hone_status set_list(hn_tflite *r, hn_graph *g, hn_node *node, const char *name,
                            const hn_flex_map *map, const hn_flex_value *v) {
    if (v->n > MOST_ITEMS) return hn_fail(r->env, HONE_E_LIMIT, "%.40s is too long", name);
    int64_t *ints = HN_NEW_N(r->arena, int64_t, v->n);
    float *floats = HN_NEW_N(r->arena, float, v->n);
    if (ints == NULL || floats == NULL) return hn_no_memory(r->env);
    for (uint32_t i = 0; i < v->n; i++) {
        double real = 0.0;
        if (!hn_flex_item(map, v, i, &ints[i], &real)) {
            return hn_fail(r->env, HONE_E_FORMAT, "%.40s is damaged", name);
        }
        floats[i] = (float)real;
    }
    if (v->kind == HN_FLEX_INTS) {
        return hn_attr_set_ints(g, node, name, ints, v->n) ? HONE_OK : r->env->status;
    }
    if (!hn_attr_set_int(g, node, name, 0)) return r->env->status;
    hn_attr *attr = &node->attrs[node->n_attrs - 1];
    attr->kind = HN_ATTR_FLOATS;
    attr->n = v->n;
    attr->v.floats = floats;
    return HONE_OK;
}

static hone_status set_entry(hn_tflite *r, hn_graph *g, hn_node *node, const char *name,
                             const hn_flex_map *map, const hn_flex_value *v) {
    bool is_set = true;
    switch (v->kind) {
    case HN_FLEX_NONE:
        break;
    case HN_FLEX_INT:
        is_set = hn_attr_set_int(g, node, name, v->integer);
        break;
    case HN_FLEX_FLOAT:
        is_set = hn_attr_set_float(g, node, name, (float)v->real);
        break;
    case HN_FLEX_TEXT: {
        const char *text = hn_arena_string(r->arena, (const char *)map->flex.bytes + v->at, v->n);
        is_set = text != NULL && hn_attr_set_string(g, node, name, text);
        break;
    }
    case HN_FLEX_INTS:
    case HN_FLEX_FLOATS:
        return set_list(r, g, node, name, map, v);
    }
    return is_set ? HONE_OK : r->env->status;
}

static hone_status read_map(hn_tflite *r, hn_graph *g, hn_node *node, const hn_value *options) {
    hn_flex_map map;
    if (!hn_flex_root(options->constant->bytes, options->constant->n_bytes, &map)) {
        return hn_fail(r->env, HONE_E_FORMAT, "its custom options are no map");
    }
    for (uint32_t i = 0; i < map.n; i++) {
        const char *key;
        hn_flex_value value;
        if (!hn_flex_entry(&map, i, &key, &value)) {
            return hn_fail(r->env, HONE_E_FORMAT, "its custom options are damaged");
        }
        const char *name = hn_arena_string(r->arena, key, strlen(key));
        if (name == NULL) return hn_no_memory(r->env);
        HN_TRY(set_entry(r, g, node, name, &map, &value));
    }
    return HONE_OK;
}

/* MediaPipe stores the runtime's own structure: padding (1 same, 2 valid), strides by width and
 * height. */
static hone_status read_transpose_conv(hn_tflite *r, hn_graph *g, hn_node *node,
                                       const hn_value *options) {
    int32_t v[3];
    if (options->constant->n_bytes < sizeof v) {
        return hn_fail(r->env, HONE_E_FORMAT, "its custom options are too short");
    }
    memcpy(v, options->constant->bytes, sizeof v);
    if (v[0] != 1 && v[0] != 2) return hn_fail(r->env, HONE_E_FORMAT, "padding %d", (int)v[0]);
    const int64_t strides[2] = {v[2], v[1]};
    const bool is_set = hn_attr_set_string(g, node, "auto_pad", v[0] == 1 ? "same_upper" : "valid");
    return is_set && hn_attr_set_ints(g, node, "strides", strides, 2) ? HONE_OK : r->env->status;
}

/* State that the file does not show: a variable like operand 0, as the last operand. */
static hone_status add_variable(hn_tflite *r, hn_graph *g, hn_node *node) {
    hn_value **in = HN_NEW_N(r->arena, hn_value *, (uint64_t)node->n_in + 1);
    if (node->n_in == 0 || node->in[0] == NULL) {
        return hn_fail(r->env, HONE_E_FORMAT, "it has no operand");
    }
    hn_value *v = hn_graph_value(g, "", node->in[0]->dtype, &node->in[0]->shape);
    if (in == NULL || v == NULL) return hn_no_memory(r->env);
    v->is_state = true;
    memcpy(in, node->in, node->n_in * sizeof *in);
    in[node->n_in++] = v;
    node->in = in;
    return HONE_OK;
}

hone_status hn_tflite_custom_options(hn_tflite *r, hn_graph *g, hn_node *node, const char *name) {
    const struct row *row = find(name);
    const hn_attr *attr = hn_attr_find(node, "custom_options");
    if (row == NULL || row->form == FORM_none) return HONE_OK;
    if (attr == NULL || attr->kind != HN_ATTR_TENSOR) {
        return hn_fail(r->env, HONE_E_FORMAT, "its custom options are missing");
    }
    if (row->form == FORM_variable) HN_TRY(add_variable(r, g, node));
    if (row->form != FORM_transpose_conv) return read_map(r, g, node, attr->v.tensor);
    return read_transpose_conv(r, g, node, attr->v.tensor);
}
