/* SPDX-License-Identifier: Apache-2.0
 * The profile of hone bench: time, multiply-adds and bytes of each step, and the share of the
 * processor's own rate, which is measured after the runs with as many threads as they had. Bytes
 * are those of a step's operands: what it reads and writes at least. */
#include "profile.h"

#include <inttypes.h>
#include <string.h>

#include "say.h"
#include "table.h"
#include "values.h"

/* The rates of the session's threads; 0 where they could not be measured. */
typedef struct rates {
    uint32_t threads;
    double f32, s8, read; /* multiply-adds, bytes a nanosecond */
} rates;

static rates rates_of(engine *e) {
    hone_session_stats stats = HONE_SESSION_STATS_INIT;
    hone_peak peak = HONE_PEAK_INIT;
    rates r = {1, 0, 0, 0};
    if (hone_session_query(e->session, &stats) == HONE_OK) r.threads = stats.threads;
    if (hone_ctx_peak(e->ctx, r.threads, &peak) != HONE_OK) return r;
    const int all = r.threads > 1;
    r.f32 = peak.f32_macs[all] / 1e9;
    r.s8 = peak.s8_macs[all] / 1e9;
    r.read = peak.read_bytes[all] / 1e9;
    return r;
}

/* The multiply-adds a nanosecond that a step of this kernel could reach. */
static double rate_for(const rates *r, const char *kernel) {
    const int is_8_bit = strstr(kernel, "_s8") != NULL || strstr(kernel, "_u8") != NULL;
    return is_8_bit && r->s8 > 0 ? r->s8 : r->f32;
}

static int step_at(engine *e, uint32_t i, hone_step_info *step) {
    *step = (hone_step_info)HONE_STEP_INFO_INIT;
    return hone_session_step(e->session, i, step) == HONE_OK;
}

static double share_of_peak(const rates *r, const hone_step_info *step, double ns) {
    const double most = rate_for(r, step->kernel);
    return most > 0 && ns > 0 ? (double)step->macs / ns / most * 100 : 0;
}

static void print_step(table *t, const rates *r, const hone_step_info *step, double ns,
                       double share) {
    table_cell(t, "%*s%s", (int)step->depth * 2, "", step->kernel);
    table_cell(t, "%s", step->op);
    table_cell(t, "%.32s", step->node);
    table_cell(t, "%.2f us", ns / 1e3);
    table_cell(t, "%.1f %%", share);
    table_cell(t, "%s", step->macs > 0 ? text_number(step->macs).s : "");
    table_cell(t, "%s", text_bytes(step->bytes).s);
    if (step->macs == 0 || ns <= 0) {
        table_cell(t, "%s", "");
        table_cell(t, "%s", "");
    } else {
        table_cell(t, "%.2f", (double)step->macs / ns);
        table_cell(t, "%.0f %%", share_of_peak(r, step, ns));
    }
}

/* One line: where the roof bends. */
static void print_roof(const rates *r, double macs, double bytes, double ns) {
    if (r->f32 <= 0 || r->read <= 0 || ns <= 0) return;
    printf("\nroof     %.1f GMAC/s float32, %.1f GMAC/s int8, %.1f GB/s from memory (%" PRIu32
           " thread%s)\n",
           r->f32, r->s8, r->read, r->threads, r->threads == 1 ? "" : "s");
    printf("         bends at %.1f MAC a byte; this model has %.1f, at %.2f GMAC/s\n",
           r->f32 / r->read, bytes > 0 ? macs / bytes : 0, macs / ns);
}

void profile_print(engine *e, const double *step_ns, uint32_t n_runs) {
    static const char *const header[] = {"step",  "kernel", "op",    "node",   "time",
                                         "share", "MACs",   "bytes", "GMAC/s", "of peak"};
    const rates r = rates_of(e);
    const uint32_t n = hone_session_step_count(e->session);
    hone_step_info step;
    double sum = 0, macs = 0, bytes = 0;
    table t;
    for (uint32_t i = 0; i < n; i++) {
        if (!step_at(e, i, &step)) continue;
        macs += (double)step.macs;
        bytes += (double)step.bytes;
        if (step.depth == 0) sum += step_ns[i] / n_runs;
    }
    table_begin(&t, "rlllrrrrrr");
    for (size_t i = 0; i < sizeof header / sizeof header[0]; i++) table_cell(&t, "%s", header[i]);
    for (uint32_t i = 0; i < n; i++) {
        if (!step_at(e, i, &step)) continue;
        const double ns = step_ns[i] / n_runs;
        table_cell(&t, "%" PRIu32, i);
        print_step(&t, &r, &step, ns, sum > 0 ? ns / sum * 100 : 0);
    }
    putchar('\n');
    table_end(&t, 0, stdout);
    print_roof(&r, macs, bytes, sum);
}

static void json_step(cJSON *item, const rates *r, const hone_step_info *step, double ns) {
    json_text(item, "kind", step->kind);
    json_text(item, "kernel", step->kernel);
    json_text(item, "op", step->op);
    json_text(item, "node", step->node);
    json_number(item, "depth", step->depth);
    json_number(item, "units", step->units);
    json_number(item, "macs", (double)step->macs);
    json_number(item, "bytes", (double)step->bytes);
    json_number(item, "us", ns / 1e3);
    json_number(item, "peak_percent", share_of_peak(r, step, ns));
}

void profile_json(cJSON *root, engine *e, const double *step_ns, uint32_t n_runs) {
    const rates r = rates_of(e);
    cJSON *roof = json_object(root, "roof");
    json_number(roof, "f32_macs_per_s", r.f32 * 1e9);
    json_number(roof, "s8_macs_per_s", r.s8 * 1e9);
    json_number(roof, "read_bytes_per_s", r.read * 1e9);
    cJSON *list = json_array(root, "profile");
    for (uint32_t i = 0; i < hone_session_step_count(e->session); i++) {
        hone_step_info step;
        if (!step_at(e, i, &step)) continue;
        cJSON *item = json_item(list);
        json_number(item, "step", i);
        json_step(item, &r, &step, step_ns[i] / n_runs);
    }
}
