/* SPDX-License-Identifier: Apache-2.0
 * hone bench: set-up, first run, and the latency of many. Inputs are seeded noise where
 * no file is given. With --rate, runs begin at fixed times and the processor time between them is
 * counted too: threads that spin while they wait show up as cpu_us above busy_cpu_us +
 * sleep_cpu_us, which is what this machine charges a process for one sleep. */
#define _GNU_SOURCE
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"
#include "engine.h"
#include "files.h"
#include "inputs.h"
#include "json_text.h"
#include "profile.h"
#include "say.h"
#include "table.h"
#include "values.h"

typedef struct bench_values {
    common_options common;
    plan_options plan;
    input_options input;
    uint32_t runs, warmup;
    double rate;
    int has_profile;
    const char *trace;
    option_list resize;
} bench_values;

const option_row bench_options[] = {
    {"runs", 0, OPTION_POSITIVE, offsetof(bench_values, runs), "N",
     "measured runs (default: 100, or what 5 s allow, at least 10)"},
    {"warmup", 0, OPTION_COUNT, offsetof(bench_values, warmup), "N",
     "runs before (default: 5, or what 1 s allows)"},
    {"rate", 0, OPTION_RATE, offsetof(bench_values, rate), "HZ", "begin runs at this rate"},
    {"profile", 0, OPTION_FLAG, offsetof(bench_values, has_profile), NULL, "time of each step"},
    {"trace", 0, OPTION_TEXT, offsetof(bench_values, trace), "FILE",
     "write steps of the first runs for chrome://tracing"},
    {"input", 'i', OPTION_LIST, offsetof(bench_values, input.named), "NAME=FILE",
     "file for the input of that name (default: noise)"},
    {"set", 0, OPTION_LIST, offsetof(bench_values, input.constants), "NAME=NUMBER",
     "fill the input of that name with a number"},
    {"resize", 0, OPTION_LIST, offsetof(bench_values, resize), "[NAME=]1x28x28x1",
     "also time the change to another shape of an input, and back"},
    OPTIONS_PLAN(bench_values, plan),
    OPTION_PACK(bench_values, plan),
    OPTION_TUNE(bench_values, plan),
    OPTION_PRECISION(bench_values, plan),
    {NULL, 0, OPTION_FLAG, 0, NULL, NULL},
};

enum { RUNS = 100, RUNS_LEAST = 10, WARMUP = 5, TRACED_RUNS = 10, SLEEPS = 10 };
#define UNSET UINT32_MAX

typedef struct spread {
    double min, median, p90, p99, mean, std, max;
} spread;

typedef struct measured {
    uint64_t first_ns;
    double *us; /* of each run */
    uint32_t n;
    double cpu_us, busy_cpu_us; /* a run; the first counts the time between runs too */
    double sleep_cpu_us;        /* a wait for the next run, without any run */
    uint32_t n_steps;
    double *step_ns;             /* sums over the runs */
    uint64_t resize_ns, back_ns; /* to a shape that is new, and to the one before it */
    hone_session_stats stats;
} measured;

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The least value that `share` of the sorted values do not pass. */
static double rank(const double *sorted, uint32_t n, double share) {
    const double r = ceil(share * n);
    return sorted[r < 1 ? 0 : (uint32_t)r - 1];
}

static spread spread_of(double *v, uint32_t n) {
    double sum = 0, squares = 0;
    qsort(v, n, sizeof *v, by_value);
    for (uint32_t i = 0; i < n; i++) sum += v[i];
    const double mean = sum / n;
    for (uint32_t i = 0; i < n; i++) squares += (v[i] - mean) * (v[i] - mean);
    const double median = n % 2 == 1 ? v[n / 2] : (v[n / 2 - 1] + v[n / 2]) / 2;
    return (spread){v[0],    median, rank(v, n, 0.90), rank(v, n, 0.99), mean, sqrt(squares / n),
                    v[n - 1]};
}

static int run_once(engine *e, uint64_t *ns) {
    const uint64_t began = hone_time_ns();
    if (hone_session_run(e->session) != HONE_OK) return engine_failed(e, NULL);
    *ns = hone_time_ns() - began;
    return CLI_DONE;
}

static int warm_up(engine *e, uint32_t warmup) {
    const uint64_t began = hone_time_ns();
    const uint32_t n = warmup == UNSET ? WARMUP : warmup;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t ns = 0;
        if (run_once(e, &ns) != CLI_DONE) return CLI_FAILED;
        if (warmup == UNSET && hone_time_ns() - began > 1000000000u) break;
    }
    return CLI_DONE;
}

static void sleep_until(uint64_t when) {
    for (uint64_t now = hone_time_ns(); now < when; now = hone_time_ns()) {
        const uint64_t left = when - now;
        const struct timespec t = {(time_t)(left / 1000000000u), (long)(left % 1000000000u)};
        nanosleep(&t, NULL);
    }
}

/* Processor time of a wait while nothing runs, for a tenth of a second at most: timers and wake-ups
 * are not free. */
static double measure_sleep(double rate) {
    rate = fmax(rate, 10.0);
    const uint64_t began = hone_time_ns(), cpu = hone_cpu_time_ns();
    for (uint32_t i = 1; i <= SLEEPS; i++) sleep_until(began + (uint64_t)(1e9 / rate * i));
    return (double)(hone_cpu_time_ns() - cpu) / 1e3 / SLEEPS;
}

static void trace_event(cJSON *events, const char *name, const char *kind, double ts, double us) {
    cJSON *event = json_item(events);
    json_text(event, "name", name);
    json_text(event, "cat", kind);
    json_text(event, "ph", "X");
    json_number(event, "ts", ts);
    json_number(event, "dur", us);
    json_number(event, "pid", 1);
    json_number(event, "tid", 1);
}

/* Adds the step times of the last run; in the trace, steps follow one another from its begin. */
static void take_steps(engine *e, measured *m, cJSON *events, double at_us) {
    double outer = at_us, inner = at_us;
    for (uint32_t i = 0; i < m->n_steps; i++) {
        hone_step_info step = HONE_STEP_INFO_INIT;
        if (hone_session_step(e->session, i, &step) != HONE_OK) continue;
        const double us = (double)step.time_ns / 1e3;
        m->step_ns[i] += (double)step.time_ns;
        double *at = step.depth == 0 ? &outer : &inner;
        if (step.depth == 0) inner = outer;
        if (events != NULL) trace_event(events, step.kernel, step.op, *at, us);
        *at += us;
    }
}

/* The measured runs. */
static int measure_runs(engine *e, const bench_values *o, measured *m, cJSON *events) {
    const uint32_t most = o->runs == UNSET ? RUNS : o->runs;
    if (o->rate > 0) m->sleep_cpu_us = measure_sleep(o->rate);
    const uint64_t began = hone_time_ns(), cpu_began = hone_cpu_time_ns();
    uint64_t busy = 0;
    progress p;
    m->us = say_alloc(most, sizeof *m->us);
    progress_begin(&p, "runs", most);
    for (uint32_t i = 0; i < most; i++) {
        uint64_t ns = 0;
        if (o->rate > 0) sleep_until(began + (uint64_t)(1e9 / o->rate * i));
        const uint64_t start = hone_time_ns(), cpu = hone_cpu_time_ns();
        if (run_once(e, &ns) != CLI_DONE) return CLI_FAILED;
        busy += hone_cpu_time_ns() - cpu;
        m->us[m->n++] = (double)ns / 1e3;
        if (m->step_ns != NULL) {
            const double at_us = (double)(start - began) / 1e3;
            cJSON *traced = i < TRACED_RUNS ? events : NULL;
            if (traced != NULL) trace_event(traced, "run", "session", at_us, (double)ns / 1e3);
            take_steps(e, m, traced, at_us);
        }
        progress_step(&p);
        const int is_late = hone_time_ns() - began > 5000000000u;
        if (o->runs == UNSET && is_late && m->n >= RUNS_LEAST) break;
    }
    progress_end(&p);
    m->cpu_us = (double)(hone_cpu_time_ns() - cpu_began) / 1e3 / m->n;
    m->busy_cpu_us = (double)busy / 1e3 / m->n;
    return CLI_DONE;
}

static int write_trace(const char *path, cJSON *trace) {
    char *json = json_compact(trace);
    const int code = file_write(path, json, strlen(json));
    cJSON_free(json);
    return code;
}

static int measure(engine *e, const bench_values *o, measured *m) {
    const int has_steps = o->has_profile || o->trace != NULL;
    if (inputs_or_noise(e, &o->input) != CLI_DONE || run_once(e, &m->first_ns) != CLI_DONE)
        return CLI_FAILED;
    if (warm_up(e, o->warmup) != CLI_DONE) return CLI_FAILED;
    if (has_steps) {
        hone_session_profile(e->session, 1);
        m->n_steps = hone_session_step_count(e->session);
        m->step_ns = say_alloc(m->n_steps, sizeof *m->step_ns);
    }
    cJSON *trace = o->trace == NULL ? NULL : json_object(NULL, "");
    cJSON *events = trace == NULL ? NULL : json_array(trace, "traceEvents");
    int code = measure_runs(e, o, m, events);
    if (code == CLI_DONE && trace != NULL) return write_trace(o->trace, trace);
    cJSON_Delete(trace);
    return code;
}

/* The change to other shapes plans anew; back, the plan is there. */
static int measure_resize(engine *e, const option_list *words, measured *m) {
    shape_list list;
    hone_input_shape old[OPTION_LIST_MAX];
    uint32_t n_old = 0;
    const int code = engine_shapes(words, "--resize", &list);
    if (code != CLI_DONE) return code;
    for (hone_tensor t = HONE_TENSOR_INIT;
         n_old < OPTION_LIST_MAX && n_old < hone_model_input_count(e->model); n_old++) {
        if (hone_session_input(e->session, n_old, &t) != HONE_OK) return engine_failed(e, NULL);
        old[n_old] = (hone_input_shape){t.name, t.rank, {0}};
        memcpy(old[n_old].dim, t.dim, sizeof t.dim);
    }
    const uint64_t began = hone_time_ns();
    hone_status status = hone_session_resize_inputs(e->session, list.shapes, words->n);
    const uint64_t changed = hone_time_ns();
    if (status == HONE_OK) status = hone_session_resize_inputs(e->session, old, n_old);
    m->resize_ns = changed - began;
    m->back_ns = hone_time_ns() - changed;
    return status == HONE_OK ? CLI_DONE : engine_failed(e, "--resize");
}

static void give_text(engine *e, const bench_values *o, const measured *m, const spread *s) {
    printf("%s: %" PRIu32 " runs, %" PRIu32 " thread%s\n\n", text_clean(e->path).s, m->n,
           m->stats.threads, m->stats.threads == 1 ? "" : "s");
    printf("load     %s (model and session)\n", text_time((double)e->load_ns).s);
    printf("first    %s\n", text_time((double)m->first_ns).s);
    printf("latency  min %s, median %s, p90 %s, p99 %s\n", text_time(s->min * 1e3).s,
           text_time(s->median * 1e3).s, text_time(s->p90 * 1e3).s, text_time(s->p99 * 1e3).s);
    printf("         mean %s, std %s, max %s\n", text_time(s->mean * 1e3).s,
           text_time(s->std * 1e3).s, text_time(s->max * 1e3).s);
    printf("fps      %.1f\n", 1e6 / s->mean);
    printf("cpu      %s a run%s\n", text_time(m->cpu_us * 1e3).s,
           o->rate > 0 ? ", the time between runs included" : "");
    if (o->rate > 0) {
        printf("         %s within runs, %s for a wait alone\n", text_time(m->busy_cpu_us * 1e3).s,
               text_time(m->sleep_cpu_us * 1e3).s);
    }
    if (o->resize.n > 0) {
        printf("resize   %s to another shape, %s back\n", text_time((double)m->resize_ns).s,
               text_time((double)m->back_ns).s);
    }
    printf("arena    %s bytes (%s)\n", text_number(m->stats.arena_bytes).s,
           text_bytes(m->stats.arena_bytes).s);
    printf("process  %s resident\n", text_bytes(hone_rss_bytes()).s);
    printf("steps    %" PRIu32 "\n", m->stats.n_steps);
    if (m->stats.precision == HONE_PRECISION_F16) {
        printf("         %" PRIu32 " of them in half precision\n", m->stats.n_half_steps);
    }
    if (o->has_profile) profile_print(e, m->step_ns, m->n);
}

static void give_json(engine *e, const bench_values *o, const measured *m, const spread *s) {
    cJSON *root = json_object(NULL, "");
    json_text(root, "model", e->path);
    json_number(root, "threads", m->stats.threads);
    json_number(root, "runs", m->n);
    json_number(root, "load_us", (double)e->load_ns / 1e3);
    json_number(root, "first_us", (double)m->first_ns / 1e3);
    cJSON *latency = json_object(root, "latency_us");
    json_number(latency, "min", s->min);
    json_number(latency, "median", s->median);
    json_number(latency, "p90", s->p90);
    json_number(latency, "p99", s->p99);
    json_number(latency, "mean", s->mean);
    json_number(latency, "std", s->std);
    json_number(latency, "max", s->max);
    json_number(root, "fps", 1e6 / s->mean);
    json_number(root, "cpu_us", m->cpu_us);
    if (o->rate > 0) {
        json_number(root, "busy_cpu_us", m->busy_cpu_us);
        json_number(root, "sleep_cpu_us", m->sleep_cpu_us);
    }
    if (o->resize.n > 0) {
        json_number(root, "resize_us", (double)m->resize_ns / 1e3);
        json_number(root, "resize_back_us", (double)m->back_ns / 1e3);
    }
    json_number(root, "macs", (double)m->stats.macs);
    json_number(root, "arena_bytes", (double)m->stats.arena_bytes);
    json_number(root, "rss_bytes", (double)hone_rss_bytes());
    json_number(root, "steps", m->stats.n_steps);
    json_precision(root, &m->stats);
    if (o->has_profile) profile_json(root, e, m->step_ns, m->n);
    json_print(root);
}

int verb_bench(int n_args, char **args) {
    bench_values o = {.runs = UNSET, .warmup = UNSET};
    option_count count = {1, 1, 0};
    int code = options_parse("bench", n_args, args, &o, &count);
    if (code != CLI_DONE) return code;
    engine e;
    measured m = {.stats = HONE_SESSION_STATS_INIT};
    code = engine_open(&e, args[0], &o.common, &o.plan);
    if (code == CLI_DONE) code = measure(&e, &o, &m);
    if (code == CLI_DONE && o.resize.n > 0) code = measure_resize(&e, &o.resize, &m);
    if (code == CLI_DONE && hone_session_query(e.session, &m.stats) != HONE_OK) {
        code = engine_failed(&e, NULL);
    }
    if (code == CLI_DONE) {
        const spread s = spread_of(m.us, m.n);
        if (o.common.is_json) {
            give_json(&e, &o, &m, &s);
        } else {
            give_text(&e, &o, &m, &s);
        }
    }
    free(m.us);
    free(m.step_ns);
    engine_close(&e);
    return code;
}
