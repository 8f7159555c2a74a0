/* SPDX-License-Identifier: Apache-2.0
 * The fork-join pool: one for all sessions of a context. The caller runs its own job; idle workers
 * join any open job; a job is complete when its units are, never when workers have arrived, so a
 * late worker costs nothing. Workers spin at most 50 us after their last unit, outside of a run
 * only while runs follow each other within that time; else they sleep on a futex. Engines that spin
 * between runs burn 4 to 5 times the CPU at ten runs a second. To wake a worker takes about as long
 * as a short run, so such runs, unless they follow each other, wake none. */
#ifndef HN_BASE_WORKERS_H
#define HN_BASE_WORKERS_H

#include "base/env.h"

typedef struct hn_pool hn_pool;

/* Does units [begin, end) as worker number `worker` < n_workers of this job. */
typedef void (*hn_pool_fn)(void *user, uint32_t worker, uint32_t begin, uint32_t end);

/* One parallel range. The struct lives on the caller's stack during hn_pool_run. */
typedef struct hn_job {
    hn_pool_fn fn;
    void *user;
    uint32_t n_units, grain; /* grain >= 1: calls get a multiple of it, or the rest */
    uint32_t n_workers;      /* at most this many take part, the caller included */
    uint32_t seed;           /* 0: chunks in order; else in an order shuffled by it (HONE_SCHED) */
} hn_job;

/* A pool that can bring up to max_threads - 1 workers to a job. Threads start when first wanted. */
hone_status hn_pool_new(hn_env *env, uint32_t max_threads, hn_pool **pool);
void hn_pool_free(hn_pool *pool);

/* Makes sure that n_threads - 1 workers exist, so that a run starts none and allocates nothing. */
hone_status hn_pool_reserve(hn_env *env, hn_pool *pool, uint32_t n_threads);

/* Runs the job to its end. Never allocates. With n_workers 1 or pool NULL all is done here. */
void hn_pool_run(hn_pool *pool, const hn_job *job);

/* Around a run, which is expected to take so long (0: unknown). Begin says whether the run wakes
 * workers that sleep; end wants to hear it. */
bool hn_pool_run_begin(hn_pool *pool, uint64_t expected_ns);
void hn_pool_run_end(hn_pool *pool, bool is_eager);

#endif
