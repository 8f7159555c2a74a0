/* SPDX-License-Identifier: Apache-2.0
 * AttributeProto. Attributes keep the file's names here; onnx_ops.c gives them the canonical ones.
 * A graph becomes a body of the node, at the place that the operator's row names. Files from before
 * IR version 2 leave out the type, which is then the kind of value that is present. What kinds and
 * values the standard's own attributes have is a table, onnx_attributes.def. */
#include "formats/onnx_reader.h"

#include <stdio.h>
#include <string.h>

enum { /* AttributeProto.AttributeType */
       TYPE_NONE,
       TYPE_FLOAT,
       TYPE_INT,
       TYPE_STRING,
       TYPE_TENSOR,
       TYPE_GRAPH,
       TYPE_FLOATS,
       TYPE_INTS,
       TYPE_STRINGS,
       TYPE_TENSORS,
       TYPE_GRAPHS,
       TYPE_TYPE = 13
};

typedef struct attr_fields {
    hn_onnx_AttributeProto message;
    hn_onnx_field name, s, t, g, type, reference;
    hn_onnx_numbers floats, ints;
    hn_onnx_each strings, graphs;
} attr_fields;

/* Sets the callbacks; the caller chooses what the repeated fields do. */
static void bind(hn_onnx_reader *r, attr_fields *f) {
    f->name.r = f->s.r = f->t.r = f->g.r = f->type.r = f->reference.r = r;
    f->floats.r = f->ints.r = r;
    f->strings.r = f->graphs.r = r;
    f->floats.bytes_in = f->floats.bytes_out = 4;
    f->ints.bytes_out = 8;
    hn_onnx_AttributeProto *m = &f->message;
    m->name = hn_onnx_on_field(&f->name);
    m->s = hn_onnx_on_field(&f->s);
    m->t = hn_onnx_on_field(&f->t);
    m->g = hn_onnx_on_field(&f->g);
    m->tp = hn_onnx_on_field(&f->type);
    m->floats = hn_onnx_on_numbers(&f->floats);
    m->ints = hn_onnx_on_numbers(&f->ints);
    m->strings = hn_onnx_on_each(&f->strings);
    m->graphs = hn_onnx_on_each(&f->graphs);
    m->ref_attr_name = hn_onnx_on_field(&f->reference);
}

static int32_t type_of(const attr_fields *f) {
    if (f->message.has_type && f->message.type != TYPE_NONE) return f->message.type;
    if (f->message.has_f) return TYPE_FLOAT;
    if (f->message.has_i) return TYPE_INT;
    if (f->s.n > 0) return TYPE_STRING;
    if (f->t.n > 0) return TYPE_TENSOR;
    if (f->g.n > 0) return TYPE_GRAPH;
    if (f->floats.n_chunks > 0) return TYPE_FLOATS;
    if (f->ints.n_chunks > 0) return TYPE_INTS;
    if (f->strings.n > 0) return TYPE_STRINGS;
    return TYPE_NONE;
}

/* ---- bodies ---- */

static hone_status add_body(hn_onnx_attrs *to, hn_onnx_span name, hn_onnx_span graph) {
    hn_onnx_reader *r = to->scope->r;
    const int32_t place = to->op != NULL ? hn_onnx_op_body(to->op, name) : -1;
    const uint32_t at = place >= 0 ? (uint32_t)place : to->n_bodies;
    if (at >= HN_ONNX_MAX_BODIES) {
        return hn_fail(r->env, HONE_E_LIMIT, "more than %d bodies", HN_ONNX_MAX_BODIES);
    }
    if (to->bodies[at] != NULL) return hn_fail(r->env, HONE_E_FORMAT, "a body given twice");
    hn_onnx_scope *body;
    HN_TRY(hn_onnx_string(r, r->arena, name, &to->body_names[at]));
    HN_TRY(hn_onnx_graph_read(r, graph, to->scope, &body));
    to->bodies[at] = body;
    if (at >= to->n_bodies) to->n_bodies = at + 1;
    return HONE_OK;
}

typedef struct graph_reader {
    hn_onnx_attrs *to;
    hn_onnx_span name;
} graph_reader;

static hone_status read_graph(void *user, hn_onnx_span span) {
    const graph_reader *reader = user;
    return add_body(reader->to, reader->name, span);
}

static hone_status read_graphs(hn_onnx_attrs *to, hn_onnx_span span, hn_onnx_span name) {
    graph_reader reader = {to, name};
    hn_onnx_each each = {.r = to->scope->r, .fn = read_graph, .user = &reader};
    hn_onnx_AttributeProto message = {.graphs = hn_onnx_on_each(&each)};
    return hn_onnx_decode(to->scope->r, span, hn_onnx_AttributeProto_fields, &message);
}

/* ---- lists: counted in the first walk, filled in a second ---- */

static hone_status length_of(hn_onnx_reader *r, uint64_t n, uint32_t *out) {
    if (n > INT32_MAX) return hn_fail(r->env, HONE_E_LIMIT, "an attribute too long");
    *out = (uint32_t)n;
    return HONE_OK;
}

static hone_status read_floats(hn_onnx_reader *r, hn_onnx_span span, uint64_t n, hn_attr *attr) {
    hn_onnx_numbers numbers = {.r = r, .bytes_in = 4, .bytes_out = 4, .room = n};
    float *values = HN_NEW_N(r->arena, float, n);
    if (values == NULL) return hn_no_memory(r->env);
    numbers.out = values;
    hn_onnx_AttributeProto message = {.floats = hn_onnx_on_numbers(&numbers)};
    attr->kind = HN_ATTR_FLOATS;
    attr->v.floats = values;
    HN_TRY(length_of(r, n, &attr->n));
    return hn_onnx_decode(r, span, hn_onnx_AttributeProto_fields, &message);
}

static hone_status read_ints(hn_onnx_reader *r, hn_onnx_span span, uint64_t n, hn_attr *attr) {
    hn_onnx_numbers numbers = {.r = r, .bytes_in = 0, .bytes_out = 8, .room = n};
    int64_t *values = HN_NEW_N(r->arena, int64_t, n);
    if (values == NULL) return hn_no_memory(r->env);
    numbers.out = values;
    hn_onnx_AttributeProto message = {.ints = hn_onnx_on_numbers(&numbers)};
    attr->kind = HN_ATTR_INTS;
    attr->v.ints = values;
    HN_TRY(length_of(r, n, &attr->n));
    return hn_onnx_decode(r, span, hn_onnx_AttributeProto_fields, &message);
}

typedef struct string_reader {
    hn_onnx_reader *r;
    const char **strings;
    uint32_t n, room;
} string_reader;

static hone_status read_string(void *user, hn_onnx_span span) {
    string_reader *to = user;
    if (to->n == to->room) return HONE_OK;
    return hn_onnx_string(to->r, to->r->arena, span, &to->strings[to->n++]);
}

static hone_status read_strings(hn_onnx_reader *r, hn_onnx_span span, uint32_t n, hn_attr *attr) {
    string_reader reader = {r, HN_NEW_N(r->arena, const char *, n), 0, n};
    if (reader.strings == NULL) return hn_no_memory(r->env);
    hn_onnx_each each = {.r = r, .fn = read_string, .user = &reader};
    hn_onnx_AttributeProto message = {.strings = hn_onnx_on_each(&each)};
    attr->kind = HN_ATTR_STRINGS;
    attr->v.strings = reader.strings;
    attr->n = n;
    return hn_onnx_decode(r, span, hn_onnx_AttributeProto_fields, &message);
}

/* ---- single values ---- */

static hone_status read_text(hn_onnx_reader *r, hn_onnx_span span, hn_attr *attr) {
    attr->kind = HN_ATTR_STRING;
    HN_TRY(length_of(r, span.size, &attr->n));
    attr->v.s = hn_arena_string(r->arena, (const char *)span.bytes, attr->n);
    return attr->v.s != NULL ? HONE_OK : hn_no_memory(r->env);
}

static hone_status read_tensor(hn_onnx_attrs *to, hn_onnx_span span, hn_attr *attr) {
    hn_onnx_reader *r = to->scope->r;
    hn_onnx_tensor tensor;
    HN_TRY(hn_onnx_tensor_read(r, span, &tensor));
    hn_value *value = to->target;
    if (value == NULL) value = hn_graph_value(to->scope->g, NULL, tensor.dtype, &tensor.shape);
    if (value == NULL) return r->env->status;
    attr->kind = HN_ATTR_TENSOR;
    attr->v.tensor = value;
    return hn_onnx_tensor_set(r, &tensor, value);
}

/* A type becomes the name of its elements' type, "list f32" where those are sequences of f32. */
static hone_status read_type(hn_onnx_reader *r, hn_onnx_span span, hn_attr *attr) {
    hn_value like = {.dtype = HN_DTYPE_NONE};
    char text[32];
    HN_TRY(hn_onnx_type_read(r, span, &like));
    snprintf(text, sizeof text, "%s%s", like.kind == HN_VALUE_SEQUENCE ? "list " : "",
             hn_dtype_name(like.dtype));
    const hn_onnx_span name = {(const uint8_t *)text, strlen(text)};
    return read_text(r, name, attr);
}

/* The value of an attribute of a type that is no graph. */
static hone_status read_value(hn_onnx_attrs *to, hn_onnx_span span, const attr_fields *f,
                              hn_attr *attr) {
    hn_onnx_reader *r = to->scope->r;
    const int32_t type = type_of(f);
    switch (type) {
    case TYPE_FLOAT:
        attr->kind = HN_ATTR_FLOAT;
        attr->v.f = f->message.f;
        return HONE_OK;
    case TYPE_INT:
        attr->kind = HN_ATTR_INT;
        attr->v.i = f->message.i;
        return HONE_OK;
    case TYPE_STRING:
        return read_text(r, f->s.span, attr);
    case TYPE_TENSOR:
        return read_tensor(to, f->t.span, attr);
    case TYPE_FLOATS:
        return read_floats(r, span, f->floats.n, attr);
    case TYPE_INTS:
        return read_ints(r, span, f->ints.n, attr);
    case TYPE_STRINGS:
        return read_strings(r, span, f->strings.n, attr);
    case TYPE_TYPE:
        return read_type(r, f->type.span, attr);
    case TYPE_NONE:
        return hn_fail(r->env, HONE_E_FORMAT, "no value");
    default:
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "a value of type %d", (int)type);
    }
}

hone_status hn_onnx_attr_read(void *user, hn_onnx_span span) {
    hn_onnx_attrs *to = user;
    hn_onnx_reader *r = to->scope->r;
    attr_fields f = {0};
    bind(r, &f);
    HN_TRY(hn_onnx_decode(r, span, hn_onnx_AttributeProto_fields, &f.message));
    const int32_t type = type_of(&f);
    if (type == TYPE_GRAPH) return add_body(to, f.name.span, f.g.span);
    if (type == TYPE_GRAPHS) return read_graphs(to, span, f.name.span);
    if (to->n == to->room) return hn_fail(r->env, HONE_E_FORMAT, "attributes do not add up");
    hn_attr attr = {0};
    HN_TRY(hn_onnx_string(r, r->arena, f.name.span, &attr.name));
    hone_status status = HONE_OK;
    if (f.reference.span.size > 0) {
        status = hn_fail(r->env, HONE_E_FORMAT, "a reference outside of a function");
    } else {
        status = read_value(to, span, &f, &attr);
    }
    if (status != HONE_OK) {
        char what[96];
        snprintf(what, sizeof what, "attribute '%.64s'", attr.name);
        return hn_fail_at(r->env, status, what);
    }
    to->items[to->n++] = attr;
    return HONE_OK;
}

/* ---- what the standard says of its attributes ---- */

static const struct attribute_row {
    const char *name;
    hn_attr_kind kind;
    const char *values;
} rows[] = {
#define V(name, kind, values) {#name, HN_ATTR_##kind, values},
#include "formats/onnx_attributes.def"
};

/* The row of that name, or of "op.name". */
static const struct attribute_row *row_of(const char *op, const char *name) {
    const size_t length = strlen(op);
    size_t low = 0, high = sizeof rows / sizeof rows[0];
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const char *other = rows[middle].name;
        int order = strncmp(op, other, length);
        if (order == 0 && length > 0) order = '.' - other[length];
        if (order == 0) order = strcmp(name, other + length + (length > 0 ? 1 : 0));
        if (order == 0) return &rows[middle];
        if (order < 0) high = middle;
        if (order > 0) low = middle + 1;
    }
    return NULL;
}

/* "1.." or "0..1". */
static bool is_within(const char *values, int64_t v) {
    int64_t bound[2] = {0, INT64_MAX};
    for (int i = 0; i < 2 && *values != '\0'; i++) {
        bound[i] = 0;
        while (*values >= '0' && *values <= '9') bound[i] = 10 * bound[i] + (*values++ - '0');
        values += strspn(values, ".");
    }
    return v >= bound[0] && v <= bound[1];
}

static bool is_word_of(const char *values, const char *text) {
    const size_t length = strlen(text);
    for (; *values != '\0'; values += strspn(values, " ")) {
        const size_t other = strcspn(values, " ");
        if (other == length && memcmp(values, text, length) == 0) return true;
        values += other;
    }
    return false;
}

static bool is_value_of(const char *values, const hn_attr *attr) {
    if (values[0] == '\0') return true;
    if (attr->kind == HN_ATTR_STRING) return is_word_of(values, attr->v.s);
    if (attr->kind == HN_ATTR_INT) return is_within(values, attr->v.i);
    for (uint32_t i = 0; attr->kind == HN_ATTR_INTS && i < attr->n; i++) {
        if (!is_within(values, attr->v.ints[i])) return false;
    }
    return true;
}

const char *hn_onnx_attr_problem(const char *op, const hn_attr *attr) {
    const struct attribute_row *row = op[0] != '\0' ? row_of(op, attr->name) : NULL;
    if (row == NULL) row = row_of("", attr->name);
    if (row == NULL) return NULL;
    if (attr->kind != row->kind) return "is of another kind";
    return is_value_of(row->values, attr) ? NULL : "has a value that it cannot have";
}
