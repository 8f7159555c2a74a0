/* SPDX-License-Identifier: Apache-2.0
 * hone optimize: what is worked out once, so that later runs need not. --pack writes the weights as
 * the kernels of this CPU level take them; run, bench, eval and info read them with --pack FILE and
 * start without packing anything. */
#define _GNU_SOURCE
#include <sys/stat.h>

#include "cli.h"
#include "engine.h"
#include "json_text.h"
#include "say.h"

typedef struct optimize_values {
    common_options common;
    plan_options plan;
    int has_pack;
} optimize_values;

const option_row optimize_options[] = {
    {"pack", 0, OPTION_FLAG, offsetof(optimize_values, has_pack), NULL,
     "write packed weights, for --pack of the other verbs"},
    OPTION_TUNE(optimize_values, plan),
    OPTIONS_PLAN(optimize_values, plan),
    OPTION_PRECISION(optimize_values, plan),
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

static void give_answer(const engine *e, const optimize_values *o, const char *out) {
    struct stat info = {0};
    const uint64_t n_bytes = stat(out, &info) == 0 ? (uint64_t)info.st_size : 0;
    if (o->common.is_json) {
        cJSON *root = json_object(NULL, "");
        json_text(root, "model", e->path);
        json_text(root, "pack", out);
        json_number(root, "pack_bytes", (double)n_bytes);
        json_print(root);
        return;
    }
    printf("%s: packed weights in %s, %s bytes\n", text_clean(e->path).s, text_clean(out).s,
           text_number(n_bytes).s);
}

int verb_optimize(int n_args, char **args) {
    optimize_values o = {0};
    option_count count = {2, 2, 0};
    int code = options_parse("optimize", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    if (!o.has_pack) return say_usage("optimize", "nothing to do: give --pack");
    engine e;
    code = engine_open(&e, args[0], &o.common, &o.plan);
    if (code == CLI_DONE && hone_session_write_pack(e.session, args[1]) != HONE_OK) {
        code = engine_failed(&e, NULL);
    }
    if (code == CLI_DONE) give_answer(&e, &o, args[1]);
    engine_close(&e);
    return code;
}
