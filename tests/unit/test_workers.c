/* SPDX-License-Identifier: Apache-2.0
 * The fork-join pool: every unit is done exactly once, worker numbers are distinct and below the
 * job's limit, several callers share the pool, a seed shuffles and nothing else. */
#define _POSIX_C_SOURCE 200809L
#include <criterion/criterion.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/platform.h"
#include "base/workers.h"

enum { MAX_UNITS = 4096, MAX_WORKERS = 64 };

typedef struct tally {
    unsigned char seen[MAX_UNITS];        /* plain: two workers at one unit would be a race */
    atomic_int busy[MAX_WORKERS];         /* plain use of a worker's scratch must be exclusive */
    atomic_uint errors, calls, took_part; /* took_part: a bit for each worker */
    uint32_t grain, n_units, n_workers, delay;
    uint32_t order[MAX_UNITS];
} tally;

static void count_units(void *user, uint32_t worker, uint32_t begin, uint32_t end) {
    tally *t = user;
    if (worker >= t->n_workers || begin >= end || end > t->n_units) {
        atomic_fetch_add(&t->errors, 1);
        return;
    }
    if (atomic_fetch_add(&t->busy[worker], 1) != 0) atomic_fetch_add(&t->errors, 1);
    atomic_fetch_or(&t->took_part, 1u << (worker % 32));
    if (begin % t->grain != 0 || (end % t->grain != 0 && end != t->n_units))
        atomic_fetch_add(&t->errors, 1);
    for (volatile uint32_t i = 0; i < t->delay; i++) {
    }
    for (uint32_t u = begin; u < end; u++) t->seen[u]++;
    t->order[atomic_fetch_add(&t->calls, 1)] = begin;
    atomic_fetch_sub(&t->busy[worker], 1);
}

/* Runs one job; the number of things that were wrong. */
static unsigned run_job(hn_pool *pool, tally *t, const hn_job *shape) {
    memset(t->seen, 0, sizeof t->seen);
    atomic_store(&t->errors, 0);
    atomic_store(&t->calls, 0);
    t->n_units = shape->n_units;
    t->grain = shape->grain;
    t->n_workers = shape->n_workers > 0 ? shape->n_workers : 1;
    hn_job job = *shape;
    job.fn = count_units;
    job.user = t;
    hn_pool_run(pool, &job);
    unsigned wrong = atomic_load(&t->errors);
    for (uint32_t u = 0; u < MAX_UNITS; u++) wrong += t->seen[u] != (u < t->n_units);
    return wrong;
}

static hn_pool *pool_of(hn_env *env, uint32_t n_threads) {
    hn_pool *pool = NULL;
    hn_env_init(env);
    cr_assert_eq(hn_pool_new(env, n_threads, &pool), HONE_OK);
    cr_assert_eq(hn_pool_reserve(env, pool, n_threads), HONE_OK, "%s", env->message);
    return pool;
}

Test(pool, does_every_unit_once, .timeout = 60) {
    static tally t;
    const uint32_t units[] = {0, 1, 2, 3, 7, 64, 100, 1000, 4096}, grains[] = {1, 3, 16, 5000};
    for (uint32_t n_threads = 1; n_threads <= 8; n_threads += n_threads < 3 ? 1 : 5) {
        hn_env env;
        hn_pool *pool = pool_of(&env, n_threads);
        for (unsigned i = 0; i < 9 * 4 * 4; i++) {
            const hn_job job = {NULL, NULL, units[i % 9], grains[i / 9 % 4], i % 5 * 3, i / 36};
            const bool is_eager = hn_pool_run_begin(pool, 0);
            for (int k = 0; k < 5; k++) cr_assert_eq(run_job(pool, &t, &job), 0);
            hn_pool_run_end(pool, is_eager);
        }
        hn_pool_free(pool);
    }
}

Test(pool, works_without_a_pool_and_without_threads) {
    static tally t;
    const hn_job job = {NULL, NULL, 1000, 7, 4, 0};
    cr_assert_eq(run_job(NULL, &t, &job), 0);
    hn_env env;
    hn_env_init(&env);
    hn_pool *pool = NULL;
    cr_assert_eq(hn_pool_new(&env, 4, &pool), HONE_OK);
    cr_assert_eq(run_job(pool, &t, &job), 0);
    hn_pool_free(pool);
    hn_pool_free(NULL);
    const bool is_eager = hn_pool_run_begin(NULL, 0);
    hn_pool_run_end(NULL, is_eager);
}

Test(pool, a_seed_shuffles_the_order) {
    static tally t;
    for (uint32_t n = 1; n < 200; n++) {
        hn_job job = {NULL, NULL, n, 1, 1, 0};
        cr_assert_eq(run_job(NULL, &t, &job), 0);
        cr_assert_eq(atomic_load(&t.calls), 1); /* alone and in order: all at once */
        for (job.seed = 1; job.seed < 20; job.seed++) cr_assert_eq(run_job(NULL, &t, &job), 0);
    }
    uint32_t first[500];
    hn_job job = {NULL, NULL, 500, 1, 1, 12345};
    cr_assert_eq(run_job(NULL, &t, &job), 0);
    memcpy(first, t.order, sizeof first);
    cr_assert_eq(run_job(NULL, &t, &job), 0);
    cr_assert_eq(memcmp(first, t.order, sizeof first), 0);
    job.seed++;
    cr_assert_eq(run_job(NULL, &t, &job), 0);
    cr_assert_neq(memcmp(first, t.order, sizeof first), 0);
}

/* Short runs that stand alone let workers sleep. */
Test(pool, wakes_for_long_runs_only) {
    hn_env env;
    hn_pool *pool = pool_of(&env, 2);
    const uint64_t expected[] = {0, 1000, 1000000};
    for (int i = 0; i < 3; i++) {
        const struct timespec pause = {0, 2000000};
        nanosleep(&pause, NULL);
        const bool is_eager = hn_pool_run_begin(pool, expected[i]);
        hn_pool_run_end(pool, is_eager);
        cr_assert_eq(is_eager, i != 1);
    }
    hn_pool_free(pool);
}

Test(pool, workers_do_take_part, .timeout = 30) {
    hn_env env;
    hn_pool *pool = pool_of(&env, 4);
    static tally t;
    t.delay = 200000;
    const hn_job job = {NULL, NULL, 256, 1, 4, 0};
    const bool is_eager = hn_pool_run_begin(pool, 0);
    for (int k = 0; k < 5; k++) cr_assert_eq(run_job(pool, &t, &job), 0);
    hn_pool_run_end(pool, is_eager);
    cr_assert_neq(atomic_load(&t.took_part) & ~1u, 0);
    hn_pool_free(pool);
}

typedef struct caller {
    hn_pool *pool;
    tally t;
    unsigned index, wrong;
} caller;

static void *caller_main(void *user) {
    caller *c = user;
    for (uint32_t i = 0; i < 400; i++) {
        const hn_job job = {NULL, NULL, (i * 37 + c->index) % 300, 1 + i % 4, 1 + i % 6, i % 3};
        const bool is_eager = hn_pool_run_begin(c->pool, 0);
        c->wrong += run_job(c->pool, &c->t, &job);
        hn_pool_run_end(c->pool, is_eager);
    }
    return NULL;
}

/* More callers than the pool has slots: some jobs run alone. */
Test(pool, serves_many_callers_at_once, .timeout = 120) {
    enum { N = 24 };
    hn_env env;
    hn_pool *pool = pool_of(&env, 6);
    caller *callers = calloc(N, sizeof *callers);
    pthread_t threads[N];
    for (unsigned i = 0; i < N; i++) {
        callers[i].pool = pool;
        callers[i].index = i;
        callers[i].t.delay = i * 20;
        cr_assert_eq(pthread_create(&threads[i], NULL, caller_main, &callers[i]), 0);
    }
    for (unsigned i = 0; i < N; i++) {
        pthread_join(threads[i], NULL);
        cr_assert_eq(callers[i].wrong, 0);
    }
    free(callers);
    hn_pool_free(pool);
}

Test(pool, refuses_what_it_cannot_have) {
    hn_env env;
    hn_env_init(&env);
    hn_pool *pool = NULL;
    cr_assert_eq(hn_pool_new(&env, 0, &pool), HONE_E_ARGUMENT);
    cr_assert_eq(hn_pool_new(&env, 100000, &pool), HONE_E_ARGUMENT);
    cr_assert_null(pool);
    cr_assert_eq(hn_pool_new(&env, 2, &pool), HONE_OK);
    cr_assert_eq(hn_pool_reserve(&env, pool, 3), HONE_E_LIMIT);
    cr_assert_eq(hn_pool_reserve(&env, pool, 2), HONE_OK);
    cr_assert_eq(hn_pool_reserve(&env, pool, 1), HONE_OK);
    hn_pool_free(pool);
}

/* Idle workers cost nothing: the processor time of the process stands still. */
Test(pool, sleeps_between_runs, .timeout = 30) {
    hn_env env;
    hn_pool *pool = pool_of(&env, 8);
    static tally t;
    const hn_job job = {NULL, NULL, 1000, 1, 8, 0};
    const bool is_eager = hn_pool_run_begin(pool, 0);
    cr_assert_eq(run_job(pool, &t, &job), 0);
    hn_pool_run_end(pool, is_eager);
    const struct timespec nap = {0, 20 * 1000 * 1000}, pause = {0, 200 * 1000 * 1000};
    nanosleep(&nap, NULL);
    const uint64_t before = hn_cpu_time_ns();
    nanosleep(&pause, NULL);
    cr_assert_lt(hn_cpu_time_ns() - before, UINT64_C(20) * 1000 * 1000);
    hn_pool_free(pool);
}
