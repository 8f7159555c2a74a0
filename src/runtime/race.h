/* SPDX-License-Identifier: Apache-2.0
 * Two plans of one model against each other, on this machine and now. They run in turns, so that
 * what disturbs one disturbs the other; before each measured run comes one that fills the caches
 * again. Turns are put into blocks: a step's time is the least of a block, since nothing makes code
 * run faster than it can, and blocks tell whether what was seen once is seen again. The time of a
 * whole run is the sum of its steps' times: where other programs take their share of the processor,
 * a step of 100 us often runs undisturbed, and a model of 10 ms hardly ever. */
#ifndef HN_RUNTIME_RACE_H
#define HN_RUNTIME_RACE_H

#include "runtime/session.h"

enum { HN_RACE_BLOCKS = 8 };

/* What plans are made from and sessions are opened with. */
typedef struct hn_race_track {
    hn_env *env;
    const hn_graph *source;
    hn_plan_options options; /* but for the tuning */
    hn_session_config config;
    const void *const *inputs; /* bytes for each input of a plan */
} hn_race_track;

/* One plan; its tuning is borrowed while it is made. */
typedef struct hn_racer {
    hn_plan *plan;
    hn_session *session;
    double *steps;  /* nanoseconds of each step: block x steps */
    uint64_t first; /* of the first run */
} hn_racer;

/* Freed with hn_racer_free; on failure *racer holds nothing. The message is in the track's env. */
hone_status hn_racer_new(const hn_race_track *track, const hn_tuning *tuning, hn_racer *racer);
void hn_racer_free(const hn_race_track *track, hn_racer *racer);

/* Runs both, n_blocks (at most HN_RACE_BLOCKS) times n_turns. */
typedef struct hn_race_length {
    uint32_t n_blocks, n_turns;
} hn_race_length;
hone_status hn_race(const hn_race_track *track, hn_racer *one, hn_racer *two,
                    const hn_race_length *length);

/* Times of one thing in two plans, by block. */
typedef struct hn_race_times {
    double one[HN_RACE_BLOCKS], two[HN_RACE_BLOCKS];
    uint32_t n_blocks;
} hn_race_times;

/* Medians over the blocks. */
double hn_race_one(const hn_race_times *t);
double hn_race_two(const hn_race_times *t);

/* Is the second faster by more than this share, in all blocks but one in four, and also where both
 * were least disturbed? */
bool hn_race_is_sure(const hn_race_times *t, double share);

/* Of whole runs, after all blocks. There are two: a step's least time is that of half of the
 * blocks, since what is left of noise adds up over the steps. */
hn_race_times hn_race_wholes(const hn_racer *one, const hn_racer *two);

#endif
