/* SPDX-License-Identifier: Apache-2.0
 * NodeProto. A node is walked twice: for its operator and how much there is of everything, then for
 * the attributes, operands and outputs. A Constant of the standard domain is no node: its output
 * becomes a constant value. What the bodies of a node read from the graph around them becomes an
 * operand of the node behind its own, and an input of every body behind its own, in one order;
 * attribute "captures" is how many. */
#include "formats/onnx_reader.h"
#include "graph/list.h"

#include <stdio.h>
#include <string.h>

typedef struct node_reader {
    hn_onnx_scope *scope;
    hn_onnx_span span, name, op_type, domain, output; /* output: a Constant's */
    const hn_onnx_op *op; /* NULL: not of the standard domain, or not known */
    uint32_t n_in, n_out, n_attrs;
    hn_onnx_attrs attrs;
    hn_onnx_name **captures;
    uint32_t n_captures, capacity_captures;
    hn_node *node;
    uint32_t port;
} node_reader;

static bool is_standard(hn_onnx_span domain) {
    return domain.size == 0 || hn_onnx_is(domain, "ai.onnx");
}

/* The version of the domain that the model imports; 1 where it does not say. */
static int32_t opset_of(const hn_onnx_reader *r, hn_onnx_span domain) {
    for (uint32_t i = 0; i < r->n_opsets; i++) {
        const hn_onnx_span other = r->opsets[i].domain;
        if (is_standard(domain) && is_standard(other)) return r->opsets[i].version;
        if (other.size == domain.size && domain.size > 0 &&
            memcmp(other.bytes, domain.bytes, (size_t)domain.size) == 0) {
            return r->opsets[i].version;
        }
    }
    return 1;
}

/* ---- first walk ---- */

static hone_status read_head(node_reader *n) {
    hn_onnx_reader *r = n->scope->r;
    hn_onnx_field name = {.r = r}, op_type = {.r = r}, domain = {.r = r};
    hn_onnx_each inputs = {.r = r}, outputs = {.r = r}, attributes = {.r = r};
    hn_onnx_NodeProto message = {.input = hn_onnx_on_each(&inputs),
                                 .output = hn_onnx_on_each(&outputs),
                                 .name = hn_onnx_on_field(&name),
                                 .op_type = hn_onnx_on_field(&op_type),
                                 .attribute = hn_onnx_on_each(&attributes),
                                 .domain = hn_onnx_on_field(&domain)};
    HN_TRY(hn_onnx_decode(r, n->span, hn_onnx_NodeProto_fields, &message));
    n->name = name.span;
    n->op_type = op_type.span;
    n->domain = domain.span;
    n->n_in = inputs.n;
    n->n_out = outputs.n;
    n->n_attrs = attributes.n;
    if (op_type.span.size == 0) return hn_fail(r->env, HONE_E_FORMAT, "no operator");
    if (is_standard(domain.span)) {
        n->op = hn_onnx_op_find((const char *)op_type.span.bytes, (size_t)op_type.span.size);
    }
    return HONE_OK;
}

/* No row says which body is which: attribute "bodies" names them, in the place of the first one. */
static hone_status name_bodies(node_reader *n) {
    hn_onnx_attrs *attrs = &n->attrs;
    const uint64_t n_bytes = attrs->n_bodies * sizeof *attrs->body_names;
    hn_attr names = {.name = "bodies", .kind = HN_ATTR_STRINGS, .n = attrs->n_bodies};
    names.v.strings = hn_arena_copy(n->scope->r->arena, attrs->body_names, n_bytes);
    if (names.v.strings == NULL) return hn_no_memory(n->scope->r->env);
    attrs->items[attrs->n++] = names;
    return HONE_OK;
}

static hone_status read_attrs(node_reader *n) {
    hn_onnx_reader *r = n->scope->r;
    n->attrs.scope = n->scope;
    n->attrs.op = n->op;
    n->attrs.room = n->n_attrs;
    if (n->n_attrs == 0) return HONE_OK;
    n->attrs.items = HN_NEW_N(r->arena, hn_attr, n->n_attrs);
    if (n->attrs.items == NULL) return hn_no_memory(r->env);
    hn_onnx_each each = {.r = r, .fn = hn_onnx_attr_read, .user = &n->attrs};
    hn_onnx_NodeProto message = {.attribute = hn_onnx_on_each(&each)};
    HN_TRY(hn_onnx_decode(r, n->span, hn_onnx_NodeProto_fields, &message));
    for (uint32_t i = 0; i < n->attrs.n_bodies; i++) {
        if (n->attrs.bodies[i] == NULL) return hn_fail(r->env, HONE_E_FORMAT, "a body is missing");
    }
    const bool is_own = is_standard(n->domain) || hn_onnx_is(n->domain, "ai.onnx.ml");
    for (uint32_t i = 0; is_own && i < n->attrs.n; i++) {
        const hn_attr *attr = &n->attrs.items[i];
        const char *problem = hn_onnx_attr_problem(n->op != NULL ? n->op->name : "", attr);
        if (problem == NULL) continue;
        return hn_fail(r->env, HONE_E_FORMAT, "attribute '%.64s' %s", attr->name, problem);
    }
    return n->op == NULL && n->attrs.n_bodies > 0 ? name_bodies(n) : HONE_OK;
}

/* ---- captures ---- */

/* Every name that the body does not define, as a name of the graph around it. */
static hone_status find_captures(node_reader *n, hn_onnx_scope *body) {
    hn_onnx_reader *r = n->scope->r;
    const uint32_t stamp = n->scope->n_nodes + 1;
    for (hn_onnx_name *inner = body->names.first; inner != NULL; inner = inner->next) {
        if (inner->defined != 0) continue;
        const hn_onnx_span text = {(const uint8_t *)inner->text, inner->length};
        hn_onnx_name *outer;
        HN_TRY(hn_onnx_mention(n->scope, text, &outer));
        if (outer->stamp != stamp) {
            hn_onnx_name **captures = hn_arena_grow(&r->scratch, n->captures, n->n_captures,
                                                    &n->capacity_captures, sizeof(hn_onnx_name *));
            if (captures == NULL) return hn_no_memory(r->env);
            n->captures = captures;
            outer->stamp = stamp;
            outer->index = n->n_captures;
            captures[n->n_captures++] = outer;
        }
        inner->index = outer->index;
    }
    return HONE_OK;
}

static hone_status add_captures(const node_reader *n, hn_onnx_scope *body) {
    hn_graph *g = body->g;
    hn_value **inputs = HN_NEW_N(g->arena, hn_value *, (uint64_t)g->n_inputs + n->n_captures);
    if (inputs == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 0; i < g->n_inputs; i++) inputs[i] = g->inputs[i];
    hn_value **captured = inputs + g->n_inputs;
    for (hn_onnx_name *name = body->names.first; name != NULL; name = name->next) {
        if (name->defined != 0) continue;
        name->defined = HN_ONNX_INPUT;
        captured[name->index] = name->value;
    }
    for (uint32_t i = 0; i < n->n_captures; i++) {
        if (captured[i] != NULL) continue;
        captured[i] = hn_graph_value(g, NULL, HN_DTYPE_NONE, NULL);
        if (captured[i] == NULL) return g->env->status;
        captured[i]->name = n->captures[i]->text;
    }
    g->inputs = inputs;
    g->n_inputs += n->n_captures;
    return HONE_OK;
}

static hone_status capture(node_reader *n) {
    const hn_onnx_attrs *attrs = &n->attrs;
    for (uint32_t i = 0; i < attrs->n_bodies; i++) HN_TRY(find_captures(n, attrs->bodies[i]));
    for (uint32_t i = 0; i < attrs->n_bodies; i++) HN_TRY(add_captures(n, attrs->bodies[i]));
    return HONE_OK;
}

/* ---- second walk ---- */

static hone_status read_in(void *user, hn_onnx_span text) {
    node_reader *n = user;
    const uint32_t port = n->port++;
    if (text.size == 0) return HONE_OK;
    hn_onnx_name *name;
    HN_TRY(hn_onnx_mention(n->scope, text, &name));
    if (name->reader == NULL) name->reader = n->node;
    n->node->in[port] = name->value;
    return HONE_OK;
}

static hone_status read_out(void *user, hn_onnx_span text) {
    node_reader *n = user;
    const uint32_t port = n->port++;
    if (text.size == 0) return HONE_OK;
    hn_onnx_name *name;
    HN_TRY(hn_onnx_mention(n->scope, text, &name));
    HN_TRY(hn_onnx_define(n->scope, name, HN_ONNX_COMPUTED));
    hn_node_set_out(n->node, port, name->value);
    return HONE_OK;
}

static hone_status read_ports(node_reader *n) {
    hn_onnx_reader *r = n->scope->r;
    hn_onnx_each inputs = {.r = r, .fn = read_in, .user = n};
    hn_onnx_each outputs = {.r = r, .fn = read_out, .user = n};
    hn_onnx_NodeProto in = {.input = hn_onnx_on_each(&inputs)};
    hn_onnx_NodeProto out = {.output = hn_onnx_on_each(&outputs)};
    n->port = 0;
    HN_TRY(hn_onnx_decode(r, n->span, hn_onnx_NodeProto_fields, &in));
    for (uint32_t i = 0; i < n->n_captures; i++) {
        if (n->captures[i]->reader == NULL) n->captures[i]->reader = n->node;
        n->node->in[n->port++] = n->captures[i]->value;
    }
    n->port = 0;
    return hn_onnx_decode(r, n->span, hn_onnx_NodeProto_fields, &out);
}

/* "Conv", or "com.microsoft.Gelu". */
static hone_status foreign_name(const node_reader *n, const char **out) {
    hn_onnx_reader *r = n->scope->r;
    if (n->op != NULL) {
        *out = n->op->name;
        return HONE_OK;
    }
    if (is_standard(n->domain)) return hn_onnx_string(r, r->arena, n->op_type, out);
    const char *domain, *op_type;
    HN_TRY(hn_onnx_string(r, &r->scratch, n->domain, &domain));
    HN_TRY(hn_onnx_string(r, &r->scratch, n->op_type, &op_type));
    const size_t length = (size_t)(n->domain.size + n->op_type.size + 1);
    char *text = hn_arena_alloc_aligned(r->arena, length + 1, 1);
    if (text == NULL) return hn_no_memory(r->env);
    snprintf(text, length + 1, "%s.%s", domain, op_type);
    *out = text;
    return HONE_OK;
}

static hone_status make_node(node_reader *n) {
    hn_onnx_reader *r = n->scope->r;
    hn_graph *g = n->scope->g;
    const uint64_t n_in = (uint64_t)n->n_in + n->n_captures;
    if (n_in > HN_MAX_NODE_PORTS || n->n_out > HN_MAX_NODE_PORTS) {
        return hn_fail(r->env, HONE_E_LIMIT, "more operands or outputs than %d", HN_MAX_NODE_PORTS);
    }
    hn_node *node = hn_graph_node(g, NULL, (uint32_t)n_in, n->n_out);
    if (node == NULL) return r->env->status;
    n->node = node;
    HN_TRY(hn_onnx_string(r, r->arena, n->name, &node->name));
    HN_TRY(foreign_name(n, &node->foreign));
    const int32_t opset = opset_of(r, n->domain);
    node->version = n->op != NULL ? hn_onnx_op_since(n->op, opset) : opset;
    if (n->op != NULL && node->version == 0) {
        return hn_fail(r->env, HONE_E_FORMAT, "opset %d does not have it yet", (int)opset);
    }
    node->attrs = n->attrs.items;
    node->n_attrs = n->attrs.n;
    node->n_bodies = n->attrs.n_bodies;
    if (node->n_bodies > 0) {
        node->bodies = HN_NEW_N(r->arena, hn_graph *, node->n_bodies);
        if (node->bodies == NULL) return hn_no_memory(r->env);
    }
    for (uint32_t i = 0; i < node->n_bodies; i++) node->bodies[i] = n->attrs.bodies[i]->g;
    if (node->n_bodies > 0 && !hn_attr_set_int(g, node, "captures", n->n_captures)) {
        return r->env->status;
    }
    return read_ports(n);
}

/* ---- Constant ---- */

static hone_status take_texts(const node_reader *n, const char *const *texts, uint32_t count,
                              hn_onnx_tensor *tensor) {
    hn_onnx_reader *r = n->scope->r;
    hn_chars *list = HN_NEW_N(r->arena, hn_chars, count);
    if (list == NULL) return hn_no_memory(r->env);
    for (uint32_t i = 0; i < count; i++) list[i] = (hn_chars){texts[i], strlen(texts[i])};
    tensor->dtype = HN_DTYPE_STRING;
    tensor->constant.bytes = hn_strings_block(r->arena, list, count, &tensor->constant.n_bytes);
    return tensor->constant.bytes != NULL ? HONE_OK : hn_no_memory(r->env);
}

/* The tensor that an attribute of a Constant stands for, where it is not given as one. */
static hone_status constant_of(const node_reader *n, const hn_attr *attr, hn_onnx_tensor *tensor) {
    hn_constant *constant = &tensor->constant;
    const int64_t length = attr->n;
    const bool is_list =
        attr->kind == HN_ATTR_INTS || attr->kind == HN_ATTR_FLOATS || attr->kind == HN_ATTR_STRINGS;
    tensor->shape = hn_shape_of(is_list ? 1 : 0, &length);
    hn_shape_strides(&tensor->shape, constant->stride);
    switch (attr->kind) {
    case HN_ATTR_TENSOR:
        break;
    case HN_ATTR_INT:
        constant->bytes = (const uint8_t *)&attr->v.i;
        break;
    case HN_ATTR_FLOAT:
        constant->bytes = (const uint8_t *)&attr->v.f;
        break;
    case HN_ATTR_INTS:
        constant->bytes = (const uint8_t *)attr->v.ints;
        break;
    case HN_ATTR_FLOATS:
        constant->bytes = (const uint8_t *)attr->v.floats;
        break;
    case HN_ATTR_STRING:
        return take_texts(n, &attr->v.s, 1, tensor);
    case HN_ATTR_STRINGS:
        return take_texts(n, attr->v.strings, attr->n, tensor);
    }
    const bool is_int = attr->kind == HN_ATTR_INT || attr->kind == HN_ATTR_INTS;
    tensor->dtype = is_int ? HN_DTYPE_S64 : HN_DTYPE_F32;
    const uint64_t count = is_list ? attr->n : 1;
    if (hn_type_bytes(tensor->dtype, count, &constant->n_bytes)) return HONE_OK;
    return hn_fail(n->scope->r->env, HONE_E_FORMAT, "a constant too large");
}

static hone_status first_output(void *user, hn_onnx_span text) {
    node_reader *n = user;
    n->output = text;
    return HONE_OK;
}

static hone_status make_constant(node_reader *n) {
    hn_onnx_reader *r = n->scope->r;
    hn_onnx_each each = {.r = r, .fn = first_output, .user = n};
    hn_onnx_NodeProto message = {.output = hn_onnx_on_each(&each)};
    HN_TRY(hn_onnx_decode(r, n->span, hn_onnx_NodeProto_fields, &message));
    if (n->n_in != 0 || n->n_out != 1 || n->n_attrs != 1 || n->output.size == 0) {
        return hn_fail(r->env, HONE_E_FORMAT, "it does not have one value and one output");
    }
    hn_onnx_name *name;
    HN_TRY(hn_onnx_mention(n->scope, n->output, &name));
    HN_TRY(hn_onnx_define(n->scope, name, HN_ONNX_COMPUTED));
    n->attrs.target = name->value;
    HN_TRY(read_attrs(n));
    if (n->attrs.n != 1) return hn_fail(r->env, HONE_E_FORMAT, "a graph is no value");
    const hn_attr *attr = &n->attrs.items[0];
    if (attr->kind == HN_ATTR_TENSOR) return HONE_OK;
    hn_onnx_tensor tensor = {0};
    HN_TRY(constant_of(n, attr, &tensor));
    return hn_onnx_tensor_set(r, &tensor, name->value);
}

/* ---- the whole ---- */

static hone_status read_node(node_reader *n) {
    HN_TRY(read_head(n));
    if (n->op != NULL && strcmp(n->op->name, "Constant") == 0) return make_constant(n);
    HN_TRY(read_attrs(n));
    HN_TRY(capture(n));
    return make_node(n);
}

/* Puts "node 12 Conv 'name'" before the message. */
static hone_status fail_node(const node_reader *n, hone_status status) {
    const hn_onnx_span op = n->op_type, name = n->name;
    char what[192];
    snprintf(what, sizeof what, "node %u %.*s '%.*s'", (unsigned)n->scope->n_nodes,
             (int)(op.size < 64 ? op.size : 64), op.size > 0 ? (const char *)op.bytes : "",
             (int)(name.size < 80 ? name.size : 80), name.size > 0 ? (const char *)name.bytes : "");
    return hn_fail_at(n->scope->r->env, status, what);
}

hone_status hn_onnx_node_read(void *user, hn_onnx_span span) {
    node_reader n = {.scope = user, .span = span};
    const hone_status status = read_node(&n);
    if (status != HONE_OK) return fail_node(&n, status);
    n.scope->n_nodes++;
    return HONE_OK;
}
