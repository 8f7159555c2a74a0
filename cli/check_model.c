/* SPDX-License-Identifier: Apache-2.0
 * hone check: every operator that cannot run here, or cannot be written to a format. */
#include "cli.h"
#include "engine.h"
#include "json_text.h"
#include "say.h"
#include "table.h"

typedef struct check_values {
    common_options common;
    option_list shapes;
    int target; /* hone_target */
} check_values;

static const char *const targets[] = {"run", "tflite", "onnx", "c"};
static const char *const failures[] = {"run", "be written as TensorFlow Lite", "be written as ONNX",
                                       "be exported as C"};

const option_row check_options[] = {
    {"target", 0, OPTION_CHOICE, offsetof(check_values, target), "run|tflite|onnx|c",
     "run here (default), be written to a format, or be exported"},
    {"shape", 0, OPTION_LIST, offsetof(check_values, shapes), "[NAME=]1x28x28x1",
     "shape of an input that the file leaves open"},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

static const char *or_dash(const char *s) {
    return s[0] == '\0' ? "-" : s;
}

static void print_problems(const hone_problems *problems) {
    table t;
    table_begin(&t, "llll");
    table_cell(&t, "node");
    table_cell(&t, "operator");
    table_cell(&t, "reason");
    table_cell(&t, "instead");
    for (uint32_t i = 0; i < problems->n; i++) {
        const hone_problem *p = &problems->items[i];
        table_cell(&t, "%s", or_dash(p->node));
        table_cell(&t, "%s", or_dash(p->op));
        table_cell(&t, "%s", p->reason);
        table_cell(&t, "%s", or_dash(p->replacement));
    }
    table_end(&t, 0, stdout);
}

static void json_problems(const engine *e, const check_values *o, uint32_t n_nodes,
                          const hone_problems *problems) {
    cJSON *root = json_object(NULL, "");
    json_text(root, "file", e->path);
    json_text(root, "target", targets[o->target]);
    json_number(root, "nodes", n_nodes);
    cJSON *list = json_array(root, "problems");
    for (uint32_t i = 0; i < problems->n; i++) {
        const hone_problem *p = &problems->items[i];
        cJSON *item = json_item(list);
        json_text(item, "node", p->node);
        json_text(item, "op", p->op);
        json_text(item, "reason", p->reason);
        json_text(item, "replacement", p->replacement);
    }
    json_print(root);
}

static int give(engine *e, const check_values *o) {
    hone_model_facts facts = HONE_MODEL_FACTS_INIT;
    hone_problems problems = HONE_PROBLEMS_INIT;
    if (hone_model_query(e->model, &facts) != HONE_OK) return engine_model_failed(e);
    if (hone_model_check(e->model, (hone_target)o->target, &problems) != HONE_OK) {
        return engine_model_failed(e);
    }
    int code = CLI_DONE;
    if (o->common.is_json) {
        json_problems(e, o, facts.n_nodes, &problems);
    } else if (problems.n == 0) {
        printf("%s: all %u nodes can %s\n", text_clean(e->path).s, facts.n_nodes,
               failures[o->target]);
    } else {
        print_problems(&problems);
    }
    if (problems.n > 0) {
        code = say_failed(e->path, "it cannot %s: %u problem%s in %u nodes", failures[o->target],
                          problems.n, problems.n == 1 ? "" : "s", facts.n_nodes);
    }
    hone_problems_free(&problems);
    return code;
}

int verb_check(int n_args, char **args) {
    check_values o = {0};
    option_count count = {1, 1, 0};
    int code = options_parse("check", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    engine e;
    plan_options plan = {.shapes = o.shapes};
    code = engine_open_ctx(&e, &o.common);
    if (code == CLI_DONE) code = engine_open_model(&e, args[0], &plan);
    if (code == CLI_DONE) code = give(&e, &o);
    engine_close(&e);
    return code;
}
