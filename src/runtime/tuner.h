/* SPDX-License-Identifier: Apache-2.0
 * Tuning: which kernels and tilings are faster on this machine than those that the planner takes.
 * Every candidate is a whole plan that differs in one thing wherever it can, and races the plan
 * that is the best so far (race.h): so a step is timed where it runs, with the caches as its
 * neighbours leave them.
 *
 *     kernels   rows of lower levels, other ways of a row: by the time of each problem
 *     threads   one thread alone, where there are several: the same
 *     tilings   pieces of every chain of spatial steps, strips of some heights: timed quickly,
 *               the best division of each chain is found from these times (tuner_tiles.c)
 *
 * A choice is kept where its step is faster by more than 3 % in a race and in a second one; a
 * tiling only where the whole model is faster with it as well. */
#ifndef HN_RUNTIME_TUNER_H
#define HN_RUNTIME_TUNER_H

#include "base/text.h"
#include "runtime/race.h"

typedef struct hn_tune_job {
    hn_race_track track;
    hn_tuning_id id;
    /* Told of each race; may be NULL. */
    void (*progress)(void *user, const char *stage, uint32_t n_done, uint32_t n_total);
    void *user;
    uint64_t most_ns; /* no race begins later */
} hn_tune_job;

typedef struct hn_tune_report {
    double before_ns, after_ns; /* a run by the planner's choice, and by the tuning */
    uint32_t n_steps, n_loops;  /* choices that are not the planner's */
} hn_tune_report;

/* Measures, and adds what a tune file holds to `text`. */
hone_status hn_tune(const hn_tune_job *job, hn_tune_report *report, hn_text *text);

/* ---- between tuner.c and tuner_tiles.c ---- */

/* Times of a run, over all places, of what a line of the text is for. */
typedef struct hn_tuned_time {
    double before, after;
    uint32_t step, n_places; /* the first place in the planner's own plan; how many there are */
} hn_tuned_time;

/* A piece of a chain that may run as a LOOP. */
typedef struct hn_piece {
    hn_tuned_loop loop; /* with the best height so far */
    hn_tuned_time time;
    double ratio; /* of the times with the LOOP and without, by the best height */
} hn_piece;

typedef struct hn_tuner {
    const hn_tune_job *job;
    hn_arena arena;
    hn_racer plain;   /* what the planner takes */
    hn_racer base;    /* the best so far */
    hn_tuning tuning; /* of it */
    hn_piece *pieces;
    uint32_t n_pieces, capacity_pieces;
    uint32_t n_done; /* races of this stage */
    uint64_t began;
    hn_race_length length;
} hn_tuner;

enum { HN_TUNE_SURE_PERCENT = 3 };

/* Adds tilings to the tuner's tuning; `pieces` has their times. */
hone_status hn_tune_tiles(hn_tuner *t);

/* A racer with this tuning in place of the base. */
hone_status hn_tune_rebase(hn_tuner *t, const hn_tuning *tuning);

/* Has so large a share of the job's time gone by? Kernels and threads get the first part of it,
 * short races of tilings the second. */
bool hn_tune_is_late(const hn_tuner *t, double share);
#define HN_TUNE_STEPS_SHARE 0.4
#define HN_TUNE_SHORT_SHARE 0.8

void hn_tune_tell(const hn_tuner *t, const char *stage, uint32_t n_total);

#endif
