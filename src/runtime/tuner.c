/* SPDX-License-Identifier: Apache-2.0
 * Tuning: kernels and threads of steps, and the text in the end; see tuner.h. */
#include "runtime/tuner.h"

#include <string.h>

#include "base/platform.h"
#include "plan/plan_dump.h"

static const double SURE = HN_TUNE_SURE_PERCENT / 100.0;
/* Less than this cannot be told from the clock's own steps. */
static const double LEAST_NS = 150;

enum { BLOCK_NS = 30000000, LEAST_TURNS = 3, MOST_TURNS = 30, MOST_WAYS = 4 };

/* Steps that compute the same. */
typedef struct problem {
    hn_digest digest;
    bool is_chosen;
    hn_tuned_step choice;
    double ratio; /* of the times with the choice and without */
    hn_tuned_time time;
} problem;

typedef struct problems {
    problem *of;
    uint32_t n;
    uint32_t *number; /* by step; NONE: no kernel step */
} problems;

#define NONE UINT32_MAX

static hone_status find_problems(hn_tuner *t, problems *p) {
    const hn_plan *plan = t->plain.plan;
    p->n = 0;
    p->of = HN_NEW_N(&t->arena, problem, (uint64_t)plan->n_steps + 1);
    p->number = HN_NEW_N(&t->arena, uint32_t, (uint64_t)plan->n_steps + 1);
    if (p->of == NULL || p->number == NULL) return hn_no_memory(t->job->track.env);
    for (uint32_t i = 0; i < plan->n_steps; i++) {
        const hn_digest *digest = &plan->notes[i].problem;
        p->number[i] = NONE;
        if (plan->steps[i].kind != HN_STEP_KERNEL) continue;
        uint32_t k = 0;
        while (k < p->n && !hn_digest_equal(&p->of[k].digest, digest)) k++;
        if (k == p->n)
            p->of[p->n++] = (problem){.digest = *digest, .ratio = 1, .time = {.step = i}};
        p->of[k].time.n_places++;
        p->number[i] = k;
    }
    return HONE_OK;
}

/* ---- one race ---- */

static bool is_same_step(const hn_step *a, const hn_step *b) {
    if (a->kind != b->kind || a->kernel != b->kernel || a->grain != b->grain) return false;
    if (a->kind != HN_STEP_KERNEL) return true;
    return memcmp(a->args, b->args, hn_family_of(hn_kernels[a->kernel].family)->args_bytes) == 0;
}

/* How many kernel steps of the plans differ; 0 also where the plans cannot be compared. */
static uint32_t count_changes(const hn_plan *a, const hn_plan *b) {
    uint32_t n = 0;
    if (a->n_steps != b->n_steps) return 0;
    for (uint32_t i = 0; i < a->n_steps; i++) n += !is_same_step(&a->steps[i], &b->steps[i]);
    return n;
}

/* Times of one problem; n_blocks 0 where the plans do the same. */
static hn_race_times times_of(const hn_racer *one, const hn_racer *two, const problems *p,
                              uint32_t k) {
    hn_race_times sum;
    memset(&sum, 0, sizeof sum);
    const uint32_t n = one->plan->n_steps;
    for (uint32_t i = p->of[k].time.step; i < n; i++) {
        if (p->number[i] != k) continue;
        if (is_same_step(&one->plan->steps[i], &two->plan->steps[i])) return sum;
        for (uint32_t b = 0; b < HN_RACE_BLOCKS; b++) {
            sum.one[b] += one->steps[(size_t)b * n + i];
            sum.two[b] += two->steps[(size_t)b * n + i];
        }
    }
    sum.n_blocks = HN_RACE_BLOCKS;
    return sum;
}

static bool is_better(const hn_race_times *times, const problem *p) {
    if (times->n_blocks == 0 || !hn_race_is_sure(times, SURE)) return false;
    return hn_race_one(times) - hn_race_two(times) > LEAST_NS * p->time.n_places;
}

/* The choices of what won against the base. */
static void take_winners(const hn_tuner *t, const hn_racer *two, const hn_trial *trial,
                         problems *p) {
    for (uint32_t k = 0; k < p->n; k++) {
        problem *at = &p->of[k];
        const hn_race_times times = times_of(&t->base, two, p, k);
        if (!is_better(&times, at)) continue;
        const double ratio = hn_race_two(&times) / hn_race_one(&times);
        if (ratio >= at->ratio && !trial->is_alone) continue;
        const hn_tuned_step *before = hn_tuning_step(&t->tuning, &at->digest);
        const hn_step *step = &two->plan->steps[at->time.step];
        const hn_traits *traits = hn_kernels[step->kernel].traits;
        const void *plain = t->plain.plan->steps[at->time.step].args;
        const uint32_t n_ways = traits->n_ways != NULL ? traits->n_ways(plain) : 1;
        const uint32_t way = trial->way < n_ways ? trial->way : 0;
        at->ratio = ratio;
        at->is_chosen = true;
        at->choice = (hn_tuned_step){at->digest, step->kernel, before != NULL ? before->way : way,
                                     trial->is_alone};
    }
}

bool hn_tune_is_late(const hn_tuner *t, double share) {
    return (double)(hn_time_ns() - t->began) > share * (double)t->job->most_ns;
}

void hn_tune_tell(const hn_tuner *t, const char *stage, uint32_t n_total) {
    const hn_tune_job *job = t->job;
    if (job->progress != NULL) job->progress(job->user, stage, t->n_done, n_total);
}

/* Has a level above the same rows for all steps, and so the same ways? `rows` are those of the last
 * plan of this way. */
static bool has_been_tried(const hn_plan *plan, uint32_t way, uint32_t *rows) {
    bool is_same = true;
    rows += (size_t)way * plan->n_steps;
    for (uint32_t i = 0; i < plan->n_steps; i++) {
        if (plan->steps[i].kind != HN_STEP_KERNEL) continue;
        is_same = is_same && rows[i] == plan->steps[i].kernel + 1;
        rows[i] = plan->steps[i].kernel + 1;
    }
    return is_same;
}

/* Races the base against a plan that does everything as the trial says. */
static hone_status try_all(hn_tuner *t, const hn_trial *trial, problems *p, uint32_t *rows) {
    const hn_race_track *track = &t->job->track;
    hn_tuning tuning = t->tuning;
    hn_racer two;
    tuning.trial = *trial;
    HN_TRY(hn_racer_new(track, &tuning, &two));
    hone_status status = HONE_OK;
    if (count_changes(t->base.plan, two.plan) > 0 && !has_been_tried(two.plan, trial->way, rows)) {
        status = hn_race(track, &t->base, &two, &t->length);
        if (status == HONE_OK) take_winners(t, &two, trial, p);
    }
    hn_racer_free(track, &two);
    return status;
}

hone_status hn_tune_rebase(hn_tuner *t, const hn_tuning *tuning) {
    hn_racer racer;
    HN_TRY(hn_racer_new(&t->job->track, tuning, &racer));
    hn_racer_free(&t->job->track, &t->base);
    t->base = racer;
    return HONE_OK;
}

/* ---- all problems ---- */

/* The tuning with all that is chosen. */
static hone_status collect(hn_tuner *t, const problems *p, hn_tuning *tuning) {
    *tuning = t->tuning;
    tuning->n_steps = 0;
    tuning->steps = HN_NEW_N(&t->arena, hn_tuned_step, (uint64_t)p->n + 1);
    if (tuning->steps == NULL) return hn_no_memory(t->job->track.env);
    for (uint32_t k = 0; k < p->n; k++) {
        if (p->of[k].is_chosen) tuning->steps[tuning->n_steps++] = p->of[k].choice;
    }
    (void)hn_tuning_sort(tuning); /* problems are there once */
    return HONE_OK;
}

/* A second race: what does not win it too is given up. */
static hone_status repeat(hn_tuner *t, problems *p) {
    const hn_race_track *track = &t->job->track;
    hn_tuning tuning;
    hn_racer two;
    HN_TRY(collect(t, p, &tuning));
    if (tuning.n_steps == t->tuning.n_steps && tuning.n_steps == 0) return HONE_OK;
    HN_TRY(hn_racer_new(track, &tuning, &two));
    hone_status status = hn_race(track, &t->base, &two, &t->length);
    for (uint32_t k = 0; status == HONE_OK && k < p->n; k++) {
        problem *at = &p->of[k];
        const hn_race_times times = times_of(&t->base, &two, p, k);
        if (!at->is_chosen || times.n_blocks == 0) continue;
        const hn_tuned_step *before = hn_tuning_step(&t->tuning, &at->digest);
        if (!is_better(&times, at)) {
            at->is_chosen = before != NULL;
            if (before != NULL) at->choice = *before;
            continue;
        }
        if (before == NULL) at->time.before = hn_race_one(&times);
        at->time.after = hn_race_two(&times);
    }
    hn_racer_free(track, &two);
    if (status == HONE_OK) status = collect(t, p, &t->tuning);
    return status == HONE_OK ? hn_tune_rebase(t, &t->tuning) : status;
}

/* Levels below the session's that have vectors, each with all ways; then one thread alone. */
static hone_status tune_steps(hn_tuner *t, problems *p) {
    const hn_isa isa = t->job->id.isa;
    const hn_isa lowest = isa >= HN_ISA_NEON ? HN_ISA_NEON : HN_ISA_AVX2;
    const uint32_t n = isa >= lowest ? (uint32_t)(isa - lowest) + 1 : 1;
    uint32_t *rows = HN_NEW_N(&t->arena, uint32_t, (uint64_t)t->plain.plan->n_steps * MOST_WAYS);
    if (rows == NULL) return hn_no_memory(t->job->track.env);
    t->n_done = 0;
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t way = 0; way < MOST_WAYS; way++, t->n_done++) {
            const hn_trial trial = {true, false, (hn_isa)(isa - i), way};
            hn_tune_tell(t, "kernels", n * MOST_WAYS + 1);
            if (hn_tune_is_late(t, HN_TUNE_STEPS_SHARE)) continue;
            HN_TRY(try_all(t, &trial, p, rows));
        }
    }
    HN_TRY(repeat(t, p));
    hn_tune_tell(t, "kernels", ++t->n_done);
    if (t->job->id.threads < 2 || hn_tune_is_late(t, HN_TUNE_STEPS_SHARE)) return HONE_OK;
    const hn_trial alone = {true, true, isa, 0};
    memset(rows, 0, (size_t)t->plain.plan->n_steps * sizeof *rows);
    t->n_done = 0;
    hn_tune_tell(t, "threads", 2);
    HN_TRY(try_all(t, &alone, p, rows));
    t->n_done++;
    HN_TRY(repeat(t, p));
    hn_tune_tell(t, "threads", ++t->n_done);
    return HONE_OK;
}

/* ---- the end ---- */

/* Without the file and with it, the whole model. Where that is no faster, all stays as planned. */
static hone_status race_whole(hn_tuner *t, problems *p, hn_tune_report *report) {
    hn_tuning *tuning = &t->tuning;
    HN_TRY(hn_race(&t->job->track, &t->plain, &t->base, &t->length));
    const hn_race_times times = hn_race_wholes(&t->plain, &t->base);
    if (!hn_race_is_sure(&times, 0)) {
        for (uint32_t k = 0; k < p->n; k++) p->of[k].is_chosen = false;
        tuning->n_steps = tuning->n_loops = 0;
    }
    const bool is_plain = tuning->n_steps + tuning->n_loops == 0;
    *report =
        (hn_tune_report){hn_race_one(&times), is_plain ? hn_race_one(&times) : hn_race_two(&times),
                         tuning->n_steps, tuning->n_loops};
    return HONE_OK;
}

/* Problems without a choice get a line too, with what the planner takes: so the text says all. */
static void keep_planned(const hn_tuner *t, problems *p) {
    const hn_plan *plan = t->plain.plan;
    for (uint32_t k = 0; k < p->n; k++) {
        problem *at = &p->of[k];
        if (at->is_chosen) continue;
        at->choice = (hn_tuned_step){at->digest, plan->steps[at->time.step].kernel, 0, false};
        at->time.before = 0;
        for (uint32_t i = at->time.step; i < plan->n_steps; i++) {
            if (p->number[i] == k) at->time.before += t->plain.steps[i];
        }
    }
}

static void add_place(hn_text *text, const hn_tuned_time *time, const hn_plan *plan) {
    const hn_node *node = hn_step_node(plan, &plan->steps[time->step]);
    hn_text_add(text, "; in %u place%s: ", time->n_places, time->n_places == 1 ? "" : "s, first");
    hn_text_add_name(text, node != NULL ? node->foreign : "");
    hn_text_add(text, " ");
    const hn_value *out = node != NULL && node->n_out > 0 ? node->out[0] : NULL;
    const bool has_name = node != NULL && node->name[0] != 0;
    hn_text_add_name(text, has_name ? node->name : out != NULL ? out->name : "");
    hn_text_add(text, "\n");
}

static void add_step(const hn_tuner *t, const problem *p, hn_text *text) {
    hn_tuning_add_step(text, &p->choice, t->job->id.threads);
    hn_text_add(text, "  # %.2f us ", p->time.before / 1e3);
    if (p->is_chosen) hn_text_add(text, "before, %.2f after", p->time.after / 1e3);
    if (!p->is_chosen) hn_text_add(text, "as planned");
    add_place(text, &p->time, t->plain.plan);
}

static void add_loop(const hn_tuner *t, const hn_tuned_loop *loop, hn_text *text) {
    uint32_t k = 0;
    while (!hn_digest_equal(&t->pieces[k].loop.chain, &loop->chain)) k++;
    const hn_tuned_time *time = &t->pieces[k].time;
    hn_tuning_add_loop(text, loop);
    hn_text_add(text, "  # %.2f us before, %.2f after", time->before / 1e3, time->after / 1e3);
    add_place(text, time, t->plain.plan);
}

static hone_status write_text(const hn_tuner *t, const problems *p, const hn_tune_report *report,
                              hn_text *text) {
    const hn_tuning *tuning = &t->tuning;
    hn_tuning_add_head(text, &t->job->id);
    for (uint32_t k = 0; k < p->n; k++) add_step(t, &p->of[k], text);
    for (uint32_t k = 0; k < tuning->n_loops; k++) add_loop(t, &tuning->loops[k], text);
    hn_text_add(text, "end %u %u  # %.2f us before, %.2f after: the whole model\n", p->n,
                tuning->n_loops, report->before_ns / 1e3, report->after_ns / 1e3);
    return hn_text_status(text);
}

static hone_status tune_all(hn_tuner *t, hn_tune_report *report, hn_text *text) {
    problems p;
    t->tuning.trial = (hn_trial){true, false, t->job->id.isa, 0};
    HN_TRY(hn_racer_new(&t->job->track, &t->tuning, &t->plain));
    HN_TRY(hn_racer_new(&t->job->track, &t->tuning, &t->base));
    const uint64_t turns = BLOCK_NS / (4 * t->base.first + 1);
    t->length = (hn_race_length){HN_RACE_BLOCKS, (uint32_t)turns};
    if (turns < LEAST_TURNS) t->length.n_turns = LEAST_TURNS;
    if (turns > MOST_TURNS) t->length.n_turns = MOST_TURNS;
    HN_TRY(find_problems(t, &p));
    HN_TRY(tune_steps(t, &p));
    HN_TRY(hn_tune_tiles(t));
    HN_TRY(race_whole(t, &p, report));
    keep_planned(t, &p);
    return write_text(t, &p, report, text);
}

hone_status hn_tune(const hn_tune_job *job, hn_tune_report *report, hn_text *text) {
    hn_tuner t;
    memset(&t, 0, sizeof t);
    t.job = job;
    t.began = hn_time_ns();
    hn_arena_init(&t.arena, job->track.env, 0);
    const hone_status status = tune_all(&t, report, text);
    hn_racer_free(&job->track, &t.plain);
    hn_racer_free(&job->track, &t.base);
    hn_arena_fini(&t.arena);
    return status;
}
