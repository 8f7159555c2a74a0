/* SPDX-License-Identifier: Apache-2.0
 * One case, in a process of its own: its operator, and its data sets. Inputs are matched by name,
 * else by position. The shapes that the input files have are given to the model. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conformance.h"
#include "formats/onnx_reader.h"
#include "hone/hone_tools.h"

enum { MAX_PORTS = 32, PATH_BYTES = 1024 };

/* ---- the operator ---- */

typedef struct op_list {
    char first[FAMILY_BYTES];
    bool is_single, is_random;
    hn_onnx_reader *r;
} op_list;

/* Operators whose elements no two engines share; Dropout with its third operand is in training. */
static bool is_random_op(const char *name, uint32_t n_inputs) {
    return strncmp(name, "Random", 6) == 0 || strcmp(name, "Bernoulli") == 0 ||
           strcmp(name, "Multinomial") == 0 || (strcmp(name, "Dropout") == 0 && n_inputs == 3);
}

static hone_status see_node(void *user, hn_onnx_span span) {
    op_list *list = user;
    char name[FAMILY_BYTES];
    hn_onnx_field op_type = {.r = list->r};
    hn_onnx_each inputs = {.r = list->r};
    hn_onnx_NodeProto message = {.op_type = hn_onnx_on_field(&op_type),
                                 .input = hn_onnx_on_each(&inputs)};
    HN_TRY(hn_onnx_decode(list->r, span, hn_onnx_NodeProto_fields, &message));
    put_text(name, sizeof name, "%.*s", (int)op_type.span.size,
             op_type.span.size > 0 ? (const char *)op_type.span.bytes : "");
    list->is_random = list->is_random || is_random_op(name, inputs.n);
    if (strcmp(name, "Constant") == 0) return HONE_OK;
    if (list->first[0] == 0) {
        memcpy(list->first, name, sizeof name);
    } else if (strcmp(list->first, name) != 0) {
        list->is_single = false;
    }
    return HONE_OK;
}

static void see_model(hn_onnx_reader *r, op_list *list) {
    hn_onnx_field graph = {.r = r};
    hn_onnx_each nodes = {.r = r, .fn = see_node, .user = list};
    hn_onnx_ModelProto model = {.graph = hn_onnx_on_field(&graph)};
    hn_onnx_GraphProto body = {.node = hn_onnx_on_each(&nodes)};
    const hn_onnx_span all = {r->bytes, r->size};
    if (hn_onnx_decode(r, all, hn_onnx_ModelProto_fields, &model) != HONE_OK) return;
    if (graph.n > 0) hn_onnx_decode(r, graph.span, hn_onnx_GraphProto_fields, &body);
}

/* "test_nllloss_NCd1_expanded": "nllloss (expanded)"; "test_operator_conv": "conv". */
static void family_of_name(const char *name, char *family) {
    const char *at = strncmp(name, "test_", 5) == 0 ? name + 5 : name;
    if (strncmp(at, "operator_", 9) == 0) at += 9;
    const bool is_expanded = strstr(name, "_expanded") != NULL;
    put_text(family, FAMILY_BYTES, "%.*s%s", (int)strcspn(at, "_"), at,
             is_expanded ? " (expanded)" : "");
}

static bool list_ops(const char *folder, op_list *list) {
    char path[PATH_BYTES];
    hn_env env;
    hn_arena arena;
    hn_map map = {0};
    put_text(path, sizeof path, "%s/model.onnx", folder);
    hn_env_init(&env);
    hn_arena_init(&arena, &env, 0);
    const bool is_open = hn_map_open(&env, path, &map) == HONE_OK;
    if (is_open) {
        hn_onnx_reader r = {.env = &env, .arena = &arena, .bytes = map.bytes, .size = map.size};
        list->r = &r;
        see_model(&r, list);
        hn_map_close(&map);
    }
    hn_arena_fini(&arena);
    return is_open;
}

void case_family(const char *folder, const char *category, const char *name, char *family) {
    op_list list = {.is_single = true};
    family_of_name(name, family);
    if (strcmp(category, "node") != 0 || strstr(name, "_expanded") != NULL) return;
    if (list_ops(folder, &list) && list.first[0] != 0) memcpy(family, list.first, FAMILY_BYTES);
}

/* ---- running ---- */

typedef struct data_set {
    array in[MAX_PORTS], out[MAX_PORTS];
    uint32_t n_in, n_out;
} data_set;

typedef struct engine {
    hone_ctx *ctx;
    hone_model *model;
    hone_session *session;
} engine;

/* "Conv_3 (conv): why", "node 3 'x': why": the names go, so that like reasons read alike. */
static void keep_reason(outcome *result, const char *message) {
    const char *at = strncmp(message, "onnx: ", 6) == 0 ? message + 6 : message;
    const char *end = strstr(at, "): ");
    if (strncmp(at, "node ", 5) == 0) end = strstr(at, "': ");
    if (end != NULL) at = end + 3;
    put_text(result->reason, sizeof result->reason, "%s", at[0] != 0 ? at : "no message");
}

static bool read_ports(const char *folder, const char *kind, array *ports, uint32_t *n,
                       char *reason) {
    char path[PATH_BYTES];
    for (*n = 0; *n < MAX_PORTS; (*n)++) {
        put_text(path, sizeof path, "%s/%s_%u.pb", folder, kind, *n);
        if (access(path, R_OK) != 0) break;
        if (!array_read(path, &ports[*n], reason)) return false;
    }
    return true;
}

static void free_set(data_set *set) {
    for (uint32_t i = 0; i < MAX_PORTS; i++) {
        array_free(&set->in[i]);
        array_free(&set->out[i]);
    }
}

static const array *input_of(const data_set *set, const char *name, uint32_t i) {
    for (uint32_t k = 0; k < set->n_in; k++) {
        if (strcmp(set->in[k].name, name) == 0) return &set->in[k];
    }
    return i < set->n_in ? &set->in[i] : NULL;
}

static bool fail(outcome *result, const char *message) {
    keep_reason(result, message);
    return false;
}

enum { SMALL_BYTES = 512 };

/* Strings and lists are set, not written to the session's memory. */
static bool is_block(const array *a) {
    return a->dtype == HONE_DTYPE_LIST || a->dtype == HONE_DTYPE_STRING;
}

/* The inputs from which shapes can follow: vectors and scalars of a few numbers. */
static uint32_t constants_of(hone_model *model, const data_set *set, hone_tensor *constants) {
    static const hone_tensor empty = HONE_TENSOR_INIT;
    uint32_t n = 0;
    for (uint32_t i = 0; i < hone_model_input_count(model) && n < MAX_PORTS; i++) {
        hone_io_info info = HONE_IO_INFO_INIT;
        if (hone_model_input(model, i, &info) != HONE_OK) continue;
        const array *a = input_of(set, info.name, i);
        if (a == NULL || a->rank > 1 || a->n_bytes > SMALL_BYTES || is_block(a)) continue;
        constants[n] = empty;
        constants[n].name = info.name;
        constants[n].dtype = a->dtype;
        constants[n].rank = a->rank;
        memcpy(constants[n].dim, a->dim, sizeof a->dim);
        constants[n].data = a->bytes;
        constants[n].n_bytes = a->n_bytes;
        n++;
    }
    return n;
}

static bool is_among(const hone_tensor *constants, uint32_t n, const char *name) {
    uint32_t i = 0;
    while (i < n && strcmp(constants[i].name, name) != 0) i++;
    return i < n;
}

/* The shapes of the input files, by the names of the model's inputs; those of constants are known.
 */
static void take_shapes(hone_model *model, const data_set *set, hone_model_options *options,
                        hone_input_shape *shapes) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < hone_model_input_count(model) && n < MAX_PORTS; i++) {
        hone_io_info info = HONE_IO_INFO_INIT;
        if (hone_model_input(model, i, &info) != HONE_OK) continue;
        const array *a = input_of(set, info.name, i);
        if (a == NULL || is_among(options->constants, options->n_constants, info.name)) continue;
        if (a->dtype == HONE_DTYPE_LIST) continue;
        shapes[n].name = info.name;
        shapes[n].rank = a->rank;
        memcpy(shapes[n].dim, a->dim, sizeof shapes[n].dim);
        n++;
    }
    options->input_shapes = shapes;
    options->n_input_shapes = n;
}

/* Model and session, of which nothing is left on failure. */
static bool plan(engine *e, const char *path, const hone_model_options *options, outcome *result) {
    hone_session_options session = HONE_SESSION_OPTIONS_INIT;
    session.threads = 1;
    if (hone_model_load(e->ctx, path, options, &e->model) != HONE_OK) {
        return fail(result, hone_ctx_message(e->ctx));
    }
    if (hone_session_new(e->model, &session, &e->session) == HONE_OK) return true;
    keep_reason(result, hone_model_message(e->model));
    hone_model_free(e->model);
    e->model = NULL;
    return false;
}

/* Without constant arguments when that works, else with. */
static bool load(engine *e, const char *path, const data_set *set, outcome *result) {
    hone_ctx_options ctx_options = HONE_CTX_OPTIONS_INIT;
    hone_model_options options = HONE_MODEL_OPTIONS_INIT;
    hone_input_shape shapes[MAX_PORTS];
    hone_tensor constants[MAX_PORTS];
    outcome ignored = {0};
    hone_model *open = NULL;
    ctx_options.max_threads = 1;
    if (hone_ctx_new(&ctx_options, &e->ctx) != HONE_OK) return fail(result, "no context");
    if (hone_model_load(e->ctx, path, NULL, &open) != HONE_OK) {
        const char *message = hone_ctx_message(e->ctx), *after = strstr(message, "model.onnx: ");
        return fail(result, after != NULL ? after + 12 : message);
    }
    take_shapes(open, set, &options, shapes);
    bool is_good = plan(e, path, &options, result);
    options.constants = constants;
    options.n_constants = is_good ? 0 : constants_of(open, set, constants);
    if (options.n_constants > 0) {
        take_shapes(open, set, &options, shapes);
        is_good = result->with_constants = plan(e, path, &options, &ignored);
    }
    hone_model_free(open);
    return is_good;
}

static bool set_block(engine *e, uint32_t i, const array *a, outcome *result) {
    hone_tensor t;
    if (!array_tensor(e->ctx, a, &t)) return fail(result, "a list that cannot be made");
    const hone_status status = hone_session_set_input(e->session, i, &t);
    if (a->dtype == HONE_DTYPE_LIST) hone_list_free(e->ctx, &t);
    return status == HONE_OK || fail(result, hone_session_message(e->session));
}

static bool feed(engine *e, const data_set *set, outcome *result) {
    for (uint32_t i = 0; i < hone_model_input_count(e->model); i++) {
        hone_tensor t = HONE_TENSOR_INIT;
        if (hone_session_input(e->session, i, &t) != HONE_OK) {
            return fail(result, hone_session_message(e->session));
        }
        const array *a = input_of(set, t.name, i);
        if (a == NULL) return fail(result, "an input has no data");
        if (is_block(a)) {
            if (!set_block(e, i, a, result)) return false;
            continue;
        }
        if (!is_same_type(a->dtype, t.dtype) || a->n_bytes != t.n_bytes) {
            return fail(result, "an input has another type or size than its data");
        }
        if (a->n_bytes > 0) memcpy(t.data, a->bytes, a->n_bytes);
    }
    return true;
}

static bool compare(engine *e, const data_set *set, bool is_random, outcome *result) {
    for (uint32_t i = 0; i < set->n_out; i++) {
        hone_tensor t = HONE_TENSOR_INIT;
        if (hone_session_output(e->session, i, &t) != HONE_OK) {
            return fail(result, hone_session_message(e->session));
        }
        if (array_agrees(&set->out[i], &t, result->reason)) continue;
        if (!is_random || strcmp(result->reason, differs) != 0) return false;
    }
    return true;
}

static bool run_set(const char *folder, const data_set *set, outcome *result) {
    char path[PATH_BYTES];
    put_text(path, sizeof path, "%s/model.onnx", folder);
    engine e = {NULL, NULL, NULL};
    bool is_good = load(&e, path, set, result) && feed(&e, set, result);
    if (is_good && hone_session_run(e.session) != HONE_OK) {
        is_good = fail(result, hone_session_message(e.session));
    }
    op_list list = {.is_single = true};
    (void)list_ops(folder, &list);
    is_good = is_good && compare(&e, set, list.is_random, result);
    hone_session_free(e.session);
    hone_model_free(e.model);
    hone_ctx_free(e.ctx);
    return is_good;
}

void case_run(const char *folder, outcome *result) {
    char set_folder[PATH_BYTES];
    uint32_t n = 0;
    for (bool is_good = true; is_good; n++) {
        data_set set = {0};
        put_text(set_folder, sizeof set_folder, "%s/test_data_set_%u", folder, n);
        if (access(set_folder, R_OK) != 0) break;
        is_good = read_ports(set_folder, "input", set.in, &set.n_in, result->reason) &&
                  read_ports(set_folder, "output", set.out, &set.n_out, result->reason) &&
                  run_set(folder, &set, result);
        free_set(&set);
        if (!is_good) return;
        result->reason[0] = 0;
    }
    if (n == 0) put_text(result->reason, sizeof result->reason, "no data");
    result->is_passed = n > 0;
}
