/* SPDX-License-Identifier: Apache-2.0
 * Racing two plans; see race.h. */
#include "runtime/race.h"

#include <stdlib.h>
#include <string.h>

#include "base/platform.h"

void hn_racer_free(const hn_race_track *track, hn_racer *racer) {
    hn_session_free(racer->session);
    hn_plan_free(racer->plan);
    hn_free(track->env, racer->steps);
    memset(racer, 0, sizeof *racer);
}

static hone_status open_racer(const hn_race_track *track, const hn_tuning *tuning, hn_racer *r) {
    hn_plan_options options = track->options;
    options.tuning = tuning;
    HN_TRY(hn_plan_new(track->env, track->source, &options, &r->plan));
    HN_TRY(hn_session_new(track->env, r->plan, &track->config, &r->session));
    const size_t n = HN_RACE_BLOCKS * (size_t)r->plan->n_steps;
    r->steps = hn_alloc(track->env, n * sizeof *r->steps);
    if (r->steps == NULL) return hn_no_memory(track->env);
    r->session->is_profiling = true;
    for (uint32_t i = 0; i < r->plan->n_inputs; i++) {
        memcpy(r->session->inputs[i], track->inputs[i], (size_t)r->plan->inputs[i].n_bytes);
    }
    return HONE_OK;
}

static hone_status run(const hn_race_track *track, hn_racer *r) {
    const hone_status status = hn_session_run(r->session);
    return status == HONE_OK ? status : hn_fail_from(track->env, &r->session->env, status);
}

hone_status hn_racer_new(const hn_race_track *track, const hn_tuning *tuning, hn_racer *racer) {
    hn_racer r;
    memset(&r, 0, sizeof r);
    hone_status status = open_racer(track, tuning, &r);
    const uint64_t began = hn_time_ns();
    if (status == HONE_OK) status = run(track, &r);
    r.first = hn_time_ns() - began;
    if (status == HONE_OK) {
        *racer = r;
    } else {
        hn_racer_free(track, &r);
        memset(racer, 0, sizeof *racer);
    }
    return status;
}

/* A run that fills the caches, and one that counts. */
static hone_status take_turn(const hn_race_track *track, hn_racer *r, uint32_t block,
                             bool is_first) {
    const uint32_t n = r->plan->n_steps;
    double *least = r->steps + (size_t)block * n;
    HN_TRY(run(track, r));
    HN_TRY(run(track, r));
    for (uint32_t i = 0; i < n; i++) {
        const double ns = (double)r->session->step_ns[i];
        if (is_first || ns < least[i]) least[i] = ns;
    }
    return HONE_OK;
}

hone_status hn_race(const hn_race_track *track, hn_racer *one, hn_racer *two,
                    const hn_race_length *length) {
    for (uint32_t b = 0; b < length->n_blocks; b++) {
        for (uint32_t t = 0; t < length->n_turns; t++) {
            HN_TRY(take_turn(track, one, b, t == 0));
            HN_TRY(take_turn(track, two, b, t == 0));
        }
    }
    return HONE_OK;
}

/* ---- verdicts ---- */

static int by_value(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(const double *v, uint32_t n) {
    double sorted[HN_RACE_BLOCKS];
    memcpy(sorted, v, n * sizeof *v);
    qsort(sorted, n, sizeof *sorted, by_value);
    return n % 2 == 1 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double hn_race_one(const hn_race_times *t) {
    return median(t->one, t->n_blocks);
}

double hn_race_two(const hn_race_times *t) {
    return median(t->two, t->n_blocks);
}

static double least(const double *v, uint32_t n) {
    double x = v[0];
    for (uint32_t i = 1; i < n; i++) x = v[i] < x ? v[i] : x;
    return x;
}

bool hn_race_is_sure(const hn_race_times *t, double share) {
    const uint32_t n = t->n_blocks;
    uint32_t n_faster = 0;
    for (uint32_t b = 0; b < n; b++) n_faster += t->two[b] < t->one[b];
    return n_faster * 4 >= n * 3 && hn_race_two(t) < hn_race_one(t) * (1 - share) &&
           least(t->two, n) < least(t->one, n) * (1 - share / 2);
}

/* The sum of the steps' least times in the blocks [from, to). */
static double whole_of(const hn_racer *r, uint32_t from, uint32_t to) {
    const uint32_t n = r->plan->n_steps;
    double sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        double least = r->steps[(size_t)from * n + i];
        for (uint32_t b = from + 1; b < to; b++) {
            if (r->steps[(size_t)b * n + i] < least) least = r->steps[(size_t)b * n + i];
        }
        sum += least;
        if (r->plan->steps[i].kind == HN_STEP_LOOP) i += r->plan->steps[i].n_body;
    }
    return sum;
}

hn_race_times hn_race_wholes(const hn_racer *one, const hn_racer *two) {
    enum { HALF = HN_RACE_BLOCKS / 2 };
    const hn_race_times t = {
        {whole_of(one, 0, HALF), whole_of(one, HALF, 2 * HALF)},
        {whole_of(two, 0, HALF), whole_of(two, HALF, 2 * HALF)},
        2,
    };
    return t;
}
