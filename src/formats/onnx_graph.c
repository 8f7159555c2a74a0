/* SPDX-License-Identifier: Apache-2.0
 * One GraphProto: its initializers, inputs, outputs and nodes in whatever order the file has them,
 * then the checks that need all of it. A name that is both an initializer and an input is a
 * constant, as files of IR version 3 have it. value_info is not read: shapes are inferred. */
#include "formats/onnx_reader.h"

hone_status hn_onnx_list_add(hn_onnx_reader *r, hn_onnx_list *list, hn_value *value) {
    hn_value **items =
        hn_arena_grow(&r->scratch, list->items, list->n, &list->capacity, sizeof *items);
    if (items == NULL) return hn_no_memory(r->env);
    items[list->n++] = value;
    list->items = items;
    return HONE_OK;
}

hone_status hn_onnx_mention(hn_onnx_scope *scope, hn_onnx_span text, hn_onnx_name **out) {
    hn_onnx_name *name;
    HN_TRY(hn_onnx_names_at(scope->r, &scope->names, text, &name));
    if (name->value == NULL) {
        name->value = hn_graph_value(scope->g, NULL, HN_DTYPE_NONE, NULL);
        if (name->value == NULL) return scope->r->env->status;
        name->value->name = name->text;
    }
    *out = name;
    return HONE_OK;
}

hone_status hn_onnx_define(hn_onnx_scope *scope, hn_onnx_name *name, uint32_t by) {
    const uint32_t both = HN_ONNX_INPUT | HN_ONNX_CONSTANT;
    const bool is_pair = (name->defined | by) == both && name->defined != by;
    if (name->defined != 0 && !is_pair) {
        return hn_fail(scope->r->env, HONE_E_FORMAT, "'%.80s' is defined twice", name->text);
    }
    name->defined |= by;
    return HONE_OK;
}

/* ---- the parts ---- */

static hone_status read_initializer(void *user, hn_onnx_span span) {
    hn_onnx_scope *scope = user;
    hn_onnx_tensor tensor;
    hn_onnx_name *name;
    HN_TRY(hn_onnx_tensor_read(scope->r, span, &tensor));
    if (tensor.name.size == 0) {
        return hn_fail(scope->r->env, HONE_E_FORMAT, "an initializer without a name");
    }
    HN_TRY(hn_onnx_mention(scope, tensor.name, &name));
    HN_TRY(hn_onnx_define(scope, name, HN_ONNX_CONSTANT));
    return hn_onnx_tensor_set(scope->r, &tensor, name->value);
}

/* The declared type goes to a value that has none yet: constants know theirs better. */
static hone_status read_info(hn_onnx_scope *scope, hn_onnx_span span, const char *what,
                             hn_onnx_name **out) {
    hn_value like = {.shape = {.rank = -1}};
    hn_onnx_span text;
    HN_TRY(hn_onnx_value_info(scope->r, span, &text, &like));
    if (text.size == 0) {
        return hn_fail(scope->r->env, HONE_E_FORMAT, "an %s of the graph without a name", what);
    }
    HN_TRY(hn_onnx_mention(scope, text, out));
    hn_value *value = (*out)->value;
    if (value->dtype == HN_DTYPE_NONE && value->kind == HN_VALUE_TENSOR) {
        value->kind = like.kind;
        value->holds_lists = like.holds_lists;
        value->dtype = like.dtype;
        value->shape = like.shape;
    }
    return HONE_OK;
}

static hone_status read_input(void *user, hn_onnx_span span) {
    hn_onnx_scope *scope = user;
    hn_onnx_name *name;
    HN_TRY(read_info(scope, span, "input", &name));
    HN_TRY(hn_onnx_define(scope, name, HN_ONNX_INPUT));
    return hn_onnx_list_add(scope->r, &scope->inputs, name->value);
}

static hone_status read_output(void *user, hn_onnx_span span) {
    hn_onnx_scope *scope = user;
    hn_onnx_name *name;
    HN_TRY(read_info(scope, span, "output", &name));
    return hn_onnx_list_add(scope->r, &scope->outputs, name->value);
}

static hone_status decode_graph(hn_onnx_scope *scope, hn_onnx_span span) {
    hn_onnx_reader *r = scope->r;
    hn_onnx_field name = {.r = r};
    hn_onnx_each nodes = {.r = r, .fn = hn_onnx_node_read, .user = scope};
    hn_onnx_each tensors = {.r = r, .fn = read_initializer, .user = scope};
    hn_onnx_each inputs = {.r = r, .fn = read_input, .user = scope};
    hn_onnx_each outputs = {.r = r, .fn = read_output, .user = scope};
    hn_onnx_each sparse = {.r = r};
    hn_onnx_GraphProto message = {.node = hn_onnx_on_each(&nodes),
                                  .name = hn_onnx_on_field(&name),
                                  .initializer = hn_onnx_on_each(&tensors),
                                  .input = hn_onnx_on_each(&inputs),
                                  .output = hn_onnx_on_each(&outputs),
                                  .sparse_initializer = hn_onnx_on_each(&sparse)};
    HN_TRY(hn_onnx_decode(r, span, hn_onnx_GraphProto_fields, &message));
    if (sparse.n > 0) {
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "%u sparse initializers", (unsigned)sparse.n);
    }
    return hn_onnx_string(r, r->arena, name.span, &scope->g->name);
}

/* Lasting copies of the lists; an input that is a constant is none. */
static hone_status set_ports(hn_onnx_scope *scope) {
    hn_graph *g = scope->g;
    const hn_onnx_list *inputs = &scope->inputs, *outputs = &scope->outputs;
    g->inputs = HN_NEW_N(g->arena, hn_value *, inputs->n);
    g->outputs = HN_NEW_N(g->arena, hn_value *, outputs->n);
    if (g->inputs == NULL || g->outputs == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 0; i < inputs->n; i++) {
        if (inputs->items[i]->constant == NULL) g->inputs[g->n_inputs++] = inputs->items[i];
    }
    for (uint32_t i = 0; i < outputs->n; i++) g->outputs[g->n_outputs++] = outputs->items[i];
    return HONE_OK;
}

/* Nothing is around the main graph: what it does not define is missing. */
static hone_status check_names(const hn_onnx_scope *scope) {
    hn_env *env = scope->r->env;
    for (const hn_onnx_name *name = scope->names.first; name != NULL; name = name->next) {
        if (name->defined != 0) continue;
        const hn_node *node = name->reader;
        if (node == NULL) {
            return hn_fail(env, HONE_E_FORMAT, "output '%.80s' is not defined", name->text);
        }
        return hn_fail(env, HONE_E_FORMAT,
                       "node %u %.64s '%.80s' reads '%.80s', which is not defined",
                       (unsigned)node->id, node->foreign, node->name, name->text);
    }
    return HONE_OK;
}

hone_status hn_onnx_graph_read(hn_onnx_reader *r, hn_onnx_span span, hn_onnx_scope *parent,
                               hn_onnx_scope **out) {
    const uint32_t depth = parent != NULL ? parent->depth + 1 : 0;
    if (depth > HN_MAX_BODY_DEPTH) {
        return hn_fail(r->env, HONE_E_LIMIT, "graphs nest deeper than %d", HN_MAX_BODY_DEPTH);
    }
    hn_onnx_scope *scope = HN_NEW(&r->scratch, hn_onnx_scope);
    if (scope == NULL) return hn_no_memory(r->env);
    scope->r = r;
    scope->depth = depth;
    scope->g = hn_graph_new(r->env, r->arena);
    if (scope->g == NULL) return r->env->status;
    scope->g->format = "onnx";
    scope->g->parent = parent != NULL ? parent->g : NULL;
    HN_TRY(decode_graph(scope, span));
    if (parent == NULL) HN_TRY(check_names(scope));
    HN_TRY(set_ports(scope));
    HN_TRY(hn_graph_compact(scope->g));
    HN_TRY(hn_onnx_translate(scope->g));
    *out = scope;
    return HONE_OK;
}
