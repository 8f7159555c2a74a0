/* SPDX-License-Identifier: Apache-2.0
 * hone eval: how often the right class is the best, or among the best five. */
#include <inttypes.h>
#include <stdlib.h>

#include "answer.h"
#include "cli.h"
#include "inputs.h"
#include "manifest.h"
#include "say.h"

typedef struct eval_values {
    common_options common;
    plan_options plan;
    input_options input;
    const char *data;
    option_offset label_offset;
    uint32_t limit;
} eval_values;

const option_row eval_options[] = {
    {"data", 0, OPTION_TEXT, offsetof(eval_values, data), "MANIFEST.csv",
     "header file,label; files relative to it"},
    {"label-offset", 0, OPTION_OFFSET, offsetof(eval_values, label_offset), "N",
     "class index = label + N (default: 1 where the model has a background class)"},
    {"limit", 0, OPTION_POSITIVE, offsetof(eval_values, limit), "N", "only the first N files"},
    OPTIONS_INPUT(eval_values, input),
    OPTIONS_PLAN(eval_values, plan),
    OPTION_PACK(eval_values, plan),
    OPTION_TUNE(eval_values, plan),
    OPTION_PRECISION(eval_values, plan),
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

enum { BACKGROUND_CLASSES = 1001, BEST = 5 };

typedef struct eval_job {
    const eval_values *o;
    engine e;
    manifest data;
    uint32_t input;
    int64_t offset;
    size_t n, n_top1, n_top5;
    double *us;
    answer answer;
} eval_job;

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The offset from labels to classes, known once the first answer tells how many classes there are.
 */
static void choose_offset(eval_job *job) {
    const option_offset *given = &job->o->label_offset;
    if (given->is_set) {
        job->offset = given->value;
    } else if (job->answer.n_classes == BACKGROUND_CLASSES &&
               job->data.max_label < BACKGROUND_CLASSES - 1) {
        job->offset = 1;
        say_note("the model has 1001 classes, the labels end at %" PRIu32
                 ": class = label + 1 (--label-offset 0 to switch off)",
                 job->data.max_label);
    }
}

static int eval_one(eval_job *job, size_t i) {
    const manifest_row *row = &job->data.rows[i];
    engine *e = &job->e;
    if (i > 0 && hone_session_reset(e->session) != HONE_OK) return engine_failed(e, row->path);
    if (inputs_read(e, job->input, row->path, &job->o->input) != CLI_DONE) return CLI_FAILED;
    const uint64_t began = hone_time_ns();
    if (hone_session_run(e->session) != HONE_OK) return engine_failed(e, row->path);
    job->us[i] = (double)(hone_time_ns() - began) / 1e3;
    if (answer_read(&job->answer, e, BEST) != CLI_DONE) return CLI_FAILED;
    const answer *a = &job->answer;
    if (a->n_classes == 0) return say_failed(e->path, "its output is not one vector of scores");
    if (i == 0) choose_offset(job);
    const int64_t wanted = (int64_t)row->label + job->offset;
    if (wanted < 0 || wanted >= (int64_t)a->n_classes) {
        return say_failed(job->o->data, "line %" PRIu32 ": class %" PRId64 ", the model has %zu",
                          row->line, wanted, a->n_classes);
    }
    job->n_top1 += (int64_t)a->top[0].index == wanted;
    for (uint32_t k = 0; k < a->n_top; k++) job->n_top5 += (int64_t)a->top[k].index == wanted;
    job->n++;
    return CLI_DONE;
}

static int eval_all(eval_job *job, const char *model) {
    const eval_values *o = job->o;
    progress p;
    int code = manifest_open(&job->data, o->data);
    if (code == CLI_DONE) code = engine_open(&job->e, model, &o->common, &o->plan);
    if (code == CLI_DONE) code = inputs_named(&job->e, &o->input, 1, &job->input);
    if (code != CLI_DONE) return code;
    const size_t n = o->limit > 0 && o->limit < job->data.n ? o->limit : job->data.n;
    job->us = say_alloc(n, sizeof *job->us);
    progress_begin(&p, "eval", n);
    for (size_t i = 0; i < n && code == CLI_DONE; i++) {
        code = eval_one(job, i);
        progress_step(&p);
        if (code != CLI_DONE) break;
    }
    progress_end(&p);
    return code;
}

static void give(eval_job *job) {
    const double n = (double)job->n, top1 = (double)job->n_top1 / n, top5 = (double)job->n_top5 / n;
    qsort(job->us, job->n, sizeof *job->us, by_value);
    const double median = job->us[job->n / 2];
    if (!job->o->common.is_json) {
        printf("%zu files: top-1 %.2f %%, top-5 %.2f %%; latency median %s\n", job->n, top1 * 100,
               top5 * 100, text_time(median * 1e3).s);
        return;
    }
    cJSON *root = json_object(NULL, "");
    json_text(root, "model", job->e.path);
    json_text(root, "data", job->o->data);
    json_number(root, "n", n);
    json_number(root, "top1", top1);
    json_number(root, "top5", top5);
    json_number(root, "label_offset", (double)job->offset);
    json_number(root, "latency_median_us", median);
    json_print(root);
}

int verb_eval(int n_args, char **args) {
    eval_values o = {0};
    option_count count = {1, 1, 0};
    int code = options_parse("eval", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    if (o.data == NULL) return say_usage("eval", "eval needs --data MANIFEST.csv");
    eval_job *job = say_alloc(1, sizeof *job);
    job->o = &o;
    code = eval_all(job, args[0]);
    if (code == CLI_DONE) give(job);
    manifest_close(&job->data);
    free(job->us);
    engine_close(&job->e);
    free(job);
    return code;
}
