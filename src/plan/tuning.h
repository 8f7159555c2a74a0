/* SPDX-License-Identifier: Apache-2.0
 * What was measured to be better than the planner's own choice. A step is known by its *problem*:
 * family, types and arguments, so equal steps share a choice, and one that is made for other shapes
 * is never taken for another's. A choice is a kernel row, one of its ways and whether one thread
 * does it alone; a tiling says that a chain of steps, known by all of its problems, runs as a LOOP
 * over strips of so many rows (plan/loops.c).
 *
 * As a text, one line for each; what follows # is for people:
 *
 *     hone tune 1
 *     engine 0.1.0
 *     model 9a0f...
 *     level avx512vnni
 *     threads 2
 *     step 01ab... conv_f32_avx512 way 2 threads 1   # 12.1 us before, 9.8 us after: ...
 *     tile 77c0... steps 3 rows 8                    # ...
 *
 * A text belongs to one model (by a digest of its bytes), CPU level, number of threads and version
 * of the library. It comes from outside: whatever its bytes, it is refused with its line, or says
 * what a plan can do. The same text gives the same plan, everywhere. */
#ifndef HN_PLAN_TUNING_H
#define HN_PLAN_TUNING_H

#include "base/arena.h"
#include "base/digest.h"
#include "base/text.h"
#include "kernels/kernels.h"

/* Most steps that a tiling names, and lines of a text. */
enum { HN_TUNED_CHAIN = 64, HN_TUNED_LINES = 1 << 16 };

typedef struct hn_tuned_step {
    hn_digest problem;
    uint32_t kernel, way; /* row of hn_kernels */
    bool is_alone;        /* one thread does all units */
} hn_tuned_step;

typedef struct hn_tuned_loop {
    hn_digest chain;
    uint32_t n_steps, n_rows;
} hn_tuned_loop;

/* While measuring: what steps do that no choice names. */
typedef struct hn_trial {
    bool is_on, is_alone;
    hn_isa isa;
    uint32_t way; /* where a row has so many */
} hn_trial;

typedef struct hn_tuning {
    hn_tuned_step *steps; /* by problem, in order of hn_digest_compare */
    hn_tuned_loop *loops; /* by chain, in the same order */
    uint32_t n_steps, n_loops;
    hn_trial trial;
} hn_tuning;

/* What a text is for. */
typedef struct hn_tuning_id {
    hn_digest model;
    hn_isa isa;
    uint32_t threads;
    const char *engine;
} hn_tuning_id;

/* Reads a text of n bytes into the arena. E_FORMAT (no such text, a line that says nothing),
 * E_ARGUMENT (of another model, level, number of threads or version); messages begin with `name`,
 * which is that of the file. */
typedef struct hn_tuning_text {
    const char *name;
    const uint8_t *bytes;
    uint64_t n_bytes;
} hn_tuning_text;
hone_status hn_tuning_read(hn_env *env, hn_arena *arena, const hn_tuning_text *text,
                           const hn_tuning_id *id, hn_tuning *tuning);

/* The lines that say what a text is for, and one choice without the end of its line. */
void hn_tuning_add_head(hn_text *text, const hn_tuning_id *id);
void hn_tuning_add_step(hn_text *text, const hn_tuned_step *step, uint32_t threads);
void hn_tuning_add_loop(hn_text *text, const hn_tuned_loop *loop);

/* Puts both lists in order; false when one names a problem or a chain twice. */
bool hn_tuning_sort(hn_tuning *tuning);

const hn_tuned_step *hn_tuning_step(const hn_tuning *tuning, const hn_digest *problem);
const hn_tuned_loop *hn_tuning_loop(const hn_tuning *tuning, const hn_digest *chain);

#endif
