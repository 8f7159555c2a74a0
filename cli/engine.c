/* SPDX-License-Identifier: Apache-2.0
 * Opening what a verb works on. */
#include "engine.h"

#include <string.h>

#include "cli.h"
#include "say.h"

int engine_failed(const engine *e, const char *what) {
    return say_failed(what == NULL ? e->path : what, "%s", hone_session_message(e->session));
}

int engine_model_failed(const engine *e) {
    return say_failed(e->path, "%s", hone_model_message(e->model));
}

int engine_open_ctx(engine *e, const common_options *common) {
    hone_ctx_options options = HONE_CTX_OPTIONS_INIT;
    options.max_threads = common->threads;
    options.provider_path = common->provider_path;
    *e = (engine){NULL, NULL, NULL, NULL, 0};
    if (hone_ctx_new(&options, &e->ctx) == HONE_OK) return CLI_DONE;
    return say_failed("context", "%s", hone_ctx_message(NULL));
}

/* "NAME=1x28x28x1" or "1x28x28x1"; the name is copied to `name`. */
static int parse_shape(const char *word, text *name, hone_input_shape *shape) {
    const char *equal = strrchr(word, '=');
    const char *at = equal == NULL ? word : equal + 1;
    *shape = (hone_input_shape){NULL, 0, {0}};
    if (equal != NULL) {
        if (equal - word >= TEXT_MAX) return 0;
        snprintf(name->s, sizeof name->s, "%.*s", (int)(equal - word), word);
        shape->name = name->s;
    }
    for (;; at++) {
        int64_t v = 0;
        int n_digits = 0;
        for (; *at >= '0' && *at <= '9' && n_digits < 10; at++, n_digits++)
            v = v * 10 + (*at - '0');
        if (n_digits == 0 || shape->rank == HONE_MAX_RANK) return 0;
        shape->dim[shape->rank++] = v;
        if (*at == '\0') return 1;
        if (*at != 'x' && *at != ',') return 0;
    }
}

int engine_shapes(const option_list *words, const char *option, shape_list *list) {
    for (uint32_t i = 0; i < words->n; i++) {
        if (!parse_shape(words->item[i], &list->names[i], &list->shapes[i])) {
            say_failed(option, "\"%s\" is not [NAME=]1x28x28x1", words->item[i]);
            return CLI_USAGE;
        }
    }
    return CLI_DONE;
}

int engine_open_model(engine *e, const char *path, const plan_options *plan) {
    shape_list list;
    hone_model_options options = HONE_MODEL_OPTIONS_INIT;
    e->path = path;
    const int code = engine_shapes(&plan->shapes, "--shape", &list);
    if (code != CLI_DONE) return code;
    options.input_shapes = plan->shapes.n > 0 ? list.shapes : NULL;
    options.n_input_shapes = plan->shapes.n;
    const uint64_t began = hone_time_ns();
    const hone_status status = hone_model_load(e->ctx, path, &options, &e->model);
    e->load_ns = hone_time_ns() - began;
    if (status == HONE_OK) return CLI_DONE;
    return say_failed(path, "%s", hone_ctx_message(e->ctx));
}

/* The first input with dimensions that the file leaves open; false when there is none. */
static int find_open_input(const engine *e, hone_io_info *info) {
    const uint32_t n = hone_model_input_count(e->model);
    for (uint32_t i = 0; i < n; i++) {
        *info = (hone_io_info)HONE_IO_INFO_INIT;
        if (hone_model_input(e->model, i, info) != HONE_OK) continue;
        for (uint32_t d = 0; d < info->rank; d++) {
            if (info->dim[d] < 0) return 1;
        }
    }
    return 0;
}

/* Open dimensions were taken as 1, which may be what the model cannot run with. */
static int session_failed(const engine *e, const plan_options *plan, hone_status status) {
    hone_io_info open;
    const int is_file = status == HONE_E_FILE || status == HONE_E_FORMAT;
    const int may_be_shape = !is_file && status != HONE_E_ARGUMENT && plan->shapes.n == 0;
    if (!may_be_shape || !find_open_input(e, &open)) return engine_model_failed(e);
    return say_failed(e->path, "%s (the file leaves %s open in shape: give it with --shape %s=...)",
                      hone_model_message(e->model), open.name, open.name);
}

/* A tune file that was made for other shapes of the inputs may fit in part; half precision may not
 * be had. */
static void tell_session(const engine *e, const plan_options *plan, int is_verbose) {
    hone_session_stats stats = HONE_SESSION_STATS_INIT;
    if (hone_session_query(e->session, &stats) != HONE_OK) return;
    if (stats.n_untuned > 0) {
        say_note("%s: %u of %u choices fit no step of this plan", text_clean(plan->tune).s,
                 stats.n_untuned, stats.n_tuned + stats.n_untuned);
    }
    if (stats.precision_note[0] != '\0') say_note("--precision f16: %s", stats.precision_note);
    if (!is_verbose) return;
    say_note("%s: ready after %s; %u steps, %u threads, arena %s", e->path,
             text_time((double)e->load_ns).s, stats.n_steps, stats.threads,
             text_bytes(stats.arena_bytes).s);
}

int engine_open_session(engine *e, const common_options *common, const plan_options *plan) {
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    options.threads = common->threads;
    options.providers = common->providers;
    options.strict_providers = common->is_strict;
    options.memory_limit = common->memory_limit;
    options.cpu = common->cpu;
    options.tile_steps = plan->tile.steps;
    options.tile_rows = plan->tile.rows;
    options.pack = plan->pack;
    options.tune = plan->tune;
    options.precision = plan->precision ? HONE_PRECISION_F16 : HONE_PRECISION_DEFAULT;
    const uint64_t began = hone_time_ns();
    const hone_status status = hone_session_new(e->model, &options, &e->session);
    e->load_ns += hone_time_ns() - began;
    if (status != HONE_OK) return session_failed(e, plan, status);
    tell_session(e, plan, common->is_verbose);
    return CLI_DONE;
}

int engine_open(engine *e, const char *path, const common_options *common,
                const plan_options *plan) {
    int code = engine_open_ctx(e, common);
    if (code == CLI_DONE) code = engine_open_model(e, path, plan);
    if (code == CLI_DONE) code = engine_open_session(e, common, plan);
    return code;
}

void engine_close(engine *e) {
    if (e->session != NULL) hone_session_free(e->session);
    if (e->model != NULL) hone_model_free(e->model);
    if (e->ctx != NULL) hone_ctx_free(e->ctx);
    *e = (engine){NULL, NULL, NULL, NULL, 0};
}
