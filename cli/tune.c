/* SPDX-License-Identifier: Apache-2.0
 * hone tune: measures, on this machine, which kernels, threads and row strips are faster for a
 * model than those that the planner takes, and writes them to a text file. run, bench, eval, info
 * and optimize --pack read it with --tune FILE; without it nothing changes. Inputs are seeded noise
 * where no file is given. */
#include <inttypes.h>

#include "cli.h"
#include "engine.h"
#include "inputs.h"
#include "json_text.h"
#include "say.h"

typedef struct tune_values {
    common_options common;
    plan_options plan;
    input_options input;
    uint32_t seconds;
} tune_values;

const option_row tune_options[] = {
    {"seconds", 0, OPTION_POSITIVE, offsetof(tune_values, seconds), "N",
     "measure for so long at most (default: 60)"},
    {"input", 'i', OPTION_LIST, offsetof(tune_values, input.named), "NAME=FILE",
     "file for the input of that name (default: noise)"},
    {"set", 0, OPTION_LIST, offsetof(tune_values, input.constants), "NAME=NUMBER",
     "fill the input of that name with a number"},
    {"shape", 0, OPTION_LIST, offsetof(tune_values, plan.shapes), "[NAME=]1x28x28x1",
     "shape of an input that the file leaves open"},
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

/* One bar for each stage of the measurement. */
typedef struct stages {
    progress bar;
    const char *name;
} stages;

static void show_progress(void *user, const char *stage, uint32_t n_done, uint32_t n_total) {
    stages *s = user;
    if (s->name != stage) {
        if (s->name != NULL) progress_end(&s->bar);
        progress_begin(&s->bar, stage, n_total);
        s->name = stage;
    }
    while (s->bar.n_done < n_done) progress_step(&s->bar);
}

static void give_answer(const engine *e, const tune_values *o, const char *out,
                        const hone_tune_report *r) {
    if (o->common.is_json) {
        cJSON *root = json_object(NULL, "");
        json_text(root, "model", e->path);
        json_text(root, "tune", out);
        json_number(root, "kernels", r->n_kernels);
        json_number(root, "tilings", r->n_tilings);
        json_number(root, "before_us", r->before_us);
        json_number(root, "after_us", r->after_us);
        json_print(root);
        return;
    }
    printf("%s: %s before, %s after\n", text_clean(e->path).s, text_time(r->before_us * 1e3).s,
           text_time(r->after_us * 1e3).s);
    printf("%s: %" PRIu32 " choices of kernels or threads, %" PRIu32 " tilings\n",
           text_clean(out).s, r->n_kernels, r->n_tilings);
}

static int measure(engine *e, const tune_values *o, const char *out) {
    stages s = {.name = NULL};
    hone_tune_options options = HONE_TUNE_OPTIONS_INIT;
    hone_tune_report report = HONE_TUNE_REPORT_INIT;
    options.progress = show_progress;
    options.user = &s;
    if (o->seconds > 0) options.seconds = o->seconds;
    if (inputs_or_noise(e, &o->input) != CLI_DONE) return CLI_FAILED;
    const hone_status status = hone_session_tune(e->session, out, &options, &report);
    if (s.name != NULL) progress_end(&s.bar);
    if (status != HONE_OK) return engine_failed(e, NULL);
    give_answer(e, o, out, &report);
    return CLI_DONE;
}

int verb_tune(int n_args, char **args) {
    tune_values o = {0};
    option_count count = {2, 2, 0};
    int code = options_parse("tune", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    engine e;
    code = engine_open(&e, args[0], &o.common, &o.plan);
    if (code == CLI_DONE) code = measure(&e, &o, args[1]);
    engine_close(&e);
    return code;
}
