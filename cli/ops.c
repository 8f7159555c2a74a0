/* SPDX-License-Identifier: Apache-2.0
 * hone ops: the operators of each format and what they run as. With --markdown the page
 * docs/ops.md, which is this verb's output. */
#include <string.h>

#include "cli.h"
#include "json_text.h"
#include "options.h"
#include "say.h"
#include "table.h"

typedef struct ops_values {
    common_options common;
    int format; /* 0: all; from 1 on in the order of the option's words */
    int is_markdown, is_missing;
} ops_values;

const option_row ops_options[] = {
    {"format", 0, OPTION_CHOICE, offsetof(ops_values, format), "all|tflite|onnx",
     "operators of one format"},
    {"missing", 0, OPTION_FLAG, offsetof(ops_values, is_missing), NULL,
     "only those that do not run"},
    {"markdown", 0, OPTION_FLAG, offsetof(ops_values, is_markdown), NULL, "as docs/ops.md has it"},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

static int is_wanted(const ops_values *o, const hone_operator_info *op) {
    static const char *const formats[] = {NULL, "tflite", "onnx"};
    if (o->is_missing && op->runs_as != NULL) return 0;
    return o->format == 0 || strcmp(op->format, formats[o->format]) == 0;
}

/* The next operator that is wanted, from *i on; 0 past the last one. */
static int next_op(const ops_values *o, uint32_t *i, hone_operator_info *op) {
    while (hone_operator_at((*i)++, op) == HONE_OK) {
        if (is_wanted(o, op)) return 1;
    }
    return 0;
}

static void count_ops(const char *format, uint32_t *n, uint32_t *n_running) {
    hone_operator_info op = HONE_OPERATOR_INFO_INIT;
    *n = *n_running = 0;
    for (uint32_t i = 0; hone_operator_at(i, &op) == HONE_OK; i++) {
        if (strcmp(op.format, format) != 0) continue;
        (*n)++;
        if (op.runs_as != NULL) (*n_running)++;
    }
}

static void give_markdown(const ops_values *o) {
    hone_operator_info op = HONE_OPERATOR_INFO_INIT;
    const char *format = "";
    printf("# Operators by format\n\nWritten by `hone ops --markdown`. \"runs as\" names the "
           "operator of [operators.md](operators.md);\nwhere it is empty, a file with the operator "
           "is read, and refused when it is to run. `hone check MODEL`\nsays so by node.\n");
    for (uint32_t i = 0; next_op(o, &i, &op);) {
        if (strcmp(op.format, format) != 0) {
            uint32_t n, n_running;
            format = op.format;
            count_ops(format, &n, &n_running);
            printf("\n## %s: %u of %u run\n\n| operator | versions | runs as |\n|---|---|---|\n",
                   format, n_running, n);
        }
        printf("| %s | %s | %s |\n", op.name, op.versions, op.runs_as != NULL ? op.runs_as : "");
    }
}

static void give_text(const ops_values *o) {
    hone_operator_info op = HONE_OPERATOR_INFO_INIT;
    table t;
    table_begin(&t, "llll");
    table_cell(&t, "format");
    table_cell(&t, "operator");
    table_cell(&t, "versions");
    table_cell(&t, "runs as");
    for (uint32_t i = 0; next_op(o, &i, &op);) {
        table_cell(&t, "%s", op.format);
        table_cell(&t, "%s", op.name);
        table_cell(&t, "%s", op.versions);
        table_cell(&t, "%s", op.runs_as != NULL ? op.runs_as : "-");
    }
    table_end(&t, 0, stdout);
}

static void give_json(const ops_values *o) {
    hone_operator_info op = HONE_OPERATOR_INFO_INIT;
    cJSON *root = json_object(NULL, "");
    cJSON *list = json_array(root, "operators");
    for (uint32_t i = 0; next_op(o, &i, &op);) {
        cJSON *item = json_item(list);
        json_text(item, "format", op.format);
        json_text(item, "name", op.name);
        json_text(item, "versions", op.versions);
        json_text(item, "runs_as", op.runs_as != NULL ? op.runs_as : "");
    }
    json_print(root);
}

int verb_ops(int n_args, char **args) {
    ops_values o = {0};
    option_count count = {0, 0, 0};
    const int code = options_parse("ops", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    if (o.common.is_json) {
        give_json(&o);
    } else if (o.is_markdown) {
        give_markdown(&o);
    } else {
        give_text(&o);
    }
    return CLI_DONE;
}
