/* SPDX-License-Identifier: Apache-2.0
 * hone info: what a model is and what it costs. What only the file says is printed even when no
 * session can be made of it. */
#include "cli.h"
#include "engine.h"
#include "json_text.h"
#include "plan_view.h"
#include "say.h"
#include "table.h"

typedef struct info_values {
    common_options common;
    plan_options plan;
    int has_plan, has_dump;
    const char *html;
} info_values;

const option_row info_options[] = {
    {"plan", 0, OPTION_FLAG, offsetof(info_values, has_plan), NULL, "draw the memory plan"},
    {"html", 0, OPTION_TEXT, offsetof(info_values, html), "FILE",
     "write the memory plan as a page with a drawing"},
    {"dump", 0, OPTION_FLAG, offsetof(info_values, has_dump), NULL,
     "print the source graph and the steps"},
    OPTIONS_PLAN(info_values, plan),
    OPTION_PACK(info_values, plan),
    OPTION_TUNE(info_values, plan),
    OPTION_PRECISION(info_values, plan),
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

typedef hone_status (*io_function)(hone_model *model, uint32_t i, hone_io_info *info);

static void print_ios(engine *e, const char *title, uint32_t n, io_function io) {
    table t;
    table_begin(&t, "lllll");
    for (uint32_t i = 0; i < n; i++) {
        hone_io_info info = HONE_IO_INFO_INIT;
        if (io(e->model, i, &info) != HONE_OK) continue;
        table_cell(&t, "%s", i == 0 ? title : "");
        table_cell(&t, "%s", info.name);
        table_cell(&t, "%s", hone_dtype_name(info.dtype));
        table_cell(&t, "%s", text_shape(info.dim, info.rank).s);
        if (info.scale == 0.0f) {
            table_cell(&t, "%s", "");
        } else {
            table_cell(&t, "scale %.9g, zero point %d", (double)info.scale, (int)info.zero_point);
        }
    }
    table_end(&t, 0, stdout);
}

static void print_ops(engine *e, const hone_model_facts *facts) {
    printf("ops         %u nodes:", facts->n_nodes);
    const uint32_t n = hone_model_op_count(e->model);
    size_t column = 24;
    for (uint32_t i = 0; i < n; i++) {
        const char *name;
        uint32_t count;
        if (hone_model_op(e->model, i, &name, &count) != HONE_OK) continue;
        const text t = text_clean(name);
        char item[TEXT_MAX + 16];
        const int length =
            snprintf(item, sizeof item, " %s %u%s", t.s, count, i + 1 < n ? "," : "");
        if (column + (size_t)length > say_columns()) {
            fputs("\n           ", stdout);
            column = 11;
        }
        fputs(item, stdout);
        column += (size_t)length;
    }
    putchar('\n');
}

static void print_model(engine *e, const hone_model_facts *facts) {
    printf("%s: %s, %s bytes\n\n", text_clean(e->path).s, facts->format,
           text_number(facts->file_bytes).s);
    print_ios(e, "inputs    ", hone_model_input_count(e->model), hone_model_input);
    print_ios(e, "outputs   ", hone_model_output_count(e->model), hone_model_output);
    print_ops(e, facts);
    printf("parameters  %s\n", text_number(facts->params).s);
    if (facts->macs > 0) printf("MACs        %s\n", text_number(facts->macs).s);
    printf("weights     %s bytes\n", text_number(facts->weights_bytes).s);
}

static void print_session(const hone_session_stats *s) {
    printf("            %s borrowed from the file, %s copied, %s packed\n",
           text_number(s->borrowed_bytes).s, text_number(s->copied_bytes).s,
           text_number(s->packed_bytes).s);
    if (s->mapped_bytes > 0) {
        printf("            %s of the packed ones in the pack file\n",
               text_number(s->mapped_bytes).s);
    }
    printf("arena       %s bytes (%s), %s of them scratch\n", text_number(s->arena_bytes).s,
           text_bytes(s->arena_bytes).s, text_number(s->scratch_bytes).s);
    if (s->state_bytes > 0) printf("state       %s bytes\n", text_number(s->state_bytes).s);
    printf("steps       %u, %u of them transposes; %u thread%s\n", s->n_steps, s->n_transposes,
           s->threads, s->threads == 1 ? "" : "s");
    if (s->precision == HONE_PRECISION_F16) {
        printf("            %u in half precision\n", s->n_half_steps);
    }
}

static void json_ios(cJSON *root, const char *key, engine *e, uint32_t n, io_function io) {
    cJSON *list = json_array(root, key);
    for (uint32_t i = 0; i < n; i++) {
        hone_io_info info = HONE_IO_INFO_INIT;
        if (io(e->model, i, &info) != HONE_OK) continue;
        hone_tensor t = HONE_TENSOR_INIT;
        t.name = info.name;
        t.dtype = info.dtype;
        t.rank = info.rank;
        for (uint32_t d = 0; d < info.rank; d++) t.dim[d] = info.dim[d];
        t.scale = info.scale;
        t.zero_point = info.zero_point;
        json_tensor(json_item(list), &t);
    }
}

static void json_model(cJSON *root, engine *e, const hone_model_facts *facts) {
    json_text(root, "file", e->path);
    json_text(root, "format", facts->format);
    json_number(root, "file_bytes", (double)facts->file_bytes);
    json_ios(root, "inputs", e, hone_model_input_count(e->model), hone_model_input);
    json_ios(root, "outputs", e, hone_model_output_count(e->model), hone_model_output);
    cJSON *ops = json_object(root, "ops");
    for (uint32_t i = 0; i < hone_model_op_count(e->model); i++) {
        const char *name;
        uint32_t count;
        if (hone_model_op(e->model, i, &name, &count) != HONE_OK) continue;
        json_number(ops, text_clean(name).s, count);
    }
    json_number(root, "nodes", facts->n_nodes);
    json_number(root, "params", (double)facts->params);
    json_number(root, "macs", (double)facts->macs);
    json_number(root, "weights_bytes", (double)facts->weights_bytes);
}

static void json_session(cJSON *root, const hone_session_stats *s) {
    json_number(root, "borrowed_bytes", (double)s->borrowed_bytes);
    json_number(root, "copied_bytes", (double)s->copied_bytes);
    json_number(root, "packed_bytes", (double)s->packed_bytes);
    json_number(root, "mapped_bytes", (double)s->mapped_bytes);
    json_number(root, "arena_bytes", (double)s->arena_bytes);
    json_number(root, "scratch_bytes", (double)s->scratch_bytes);
    json_number(root, "state_bytes", (double)s->state_bytes);
    json_number(root, "steps", s->n_steps);
    json_number(root, "transposes", s->n_transposes);
    json_precision(root, s);
    json_number(root, "threads", s->threads);
}

static void json_plan(cJSON *root, const plan_view *view) {
    cJSON *list = json_array(json_object(root, "plan"), "buffers");
    for (uint32_t i = 0; i < view->n_buffers; i++) {
        const hone_plan_buffer *b = &view->buffers[i];
        cJSON *item = json_item(list);
        json_text(item, "name", b->name);
        json_number(item, "offset", (double)b->offset);
        json_number(item, "bytes", (double)b->n_bytes);
        json_number(item, "first_step", b->first_step);
        json_number(item, "last_step", b->last_step);
    }
}

/* Prints a dump, or puts it under `key`. */
static void give_dump(cJSON *root, const char *key, const hone_text *dump) {
    if (root != NULL) {
        cJSON_AddStringToObject(root, key, dump->bytes);
    } else {
        printf("\n%s\n%s", key, dump->bytes);
    }
}

/* The source graph, and the steps where there is a session. */
static int dump_all(engine *e, cJSON *root) {
    hone_text dump = HONE_TEXT_INIT;
    if (hone_model_dump(e->model, &dump) != HONE_OK) return engine_model_failed(e);
    give_dump(root, "source_graph", &dump);
    hone_text_free(&dump);
    if (e->session == NULL) return CLI_DONE;
    if (hone_session_dump(e->session, &dump) != HONE_OK) return engine_failed(e, NULL);
    give_dump(root, "plan_steps", &dump);
    hone_text_free(&dump);
    return CLI_DONE;
}

/* What is known once a session is there. */
static int session_part(engine *e, const info_values *o, cJSON *root) {
    plan_view view;
    int code = plan_view_open(&view, e);
    if (code == CLI_DONE && root != NULL) {
        json_session(root, &view.stats);
        if (o->has_plan) json_plan(root, &view);
    } else if (code == CLI_DONE) {
        print_session(&view.stats);
        if (o->has_plan) putchar('\n');
        if (o->has_plan) plan_view_print(&view, e);
    }
    if (code == CLI_DONE && o->html != NULL) code = plan_view_html(&view, e, o->html);
    plan_view_close(&view);
    return code;
}

int verb_info(int n_args, char **args) {
    info_values o = {0};
    option_count count = {1, 1, 0};
    int code = options_parse("info", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    engine e;
    hone_model_facts facts = HONE_MODEL_FACTS_INIT;
    code = engine_open_ctx(&e, &o.common);
    if (code == CLI_DONE) code = engine_open_model(&e, args[0], &o.plan);
    if (code == CLI_DONE && hone_model_query(e.model, &facts) != HONE_OK)
        code = engine_model_failed(&e);
    if (code == CLI_DONE) {
        cJSON *root = o.common.is_json ? json_object(NULL, "") : NULL;
        if (root == NULL) print_model(&e, &facts);
        if (root != NULL) json_model(root, &e, &facts);
        code = engine_open_session(&e, &o.common, &o.plan);
        if (code == CLI_DONE) code = session_part(&e, &o, root);
        if (o.has_dump && dump_all(&e, root) != CLI_DONE) code = CLI_FAILED;
        if (root != NULL) json_print(root);
    }
    engine_close(&e);
    return code;
}
