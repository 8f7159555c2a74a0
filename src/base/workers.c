/* SPDX-License-Identifier: Apache-2.0
 * The fork-join pool. A job is copied into one of a few slots of the pool, so nothing of the
 * caller's is touched once its units are done, however late a worker is.
 *
 * A slot's `state` is one word: free is 0; else { open, claimed, room, references }. A worker joins
 * by one compare-and-swap that takes a place of `room` and adds a reference; its number follows
 * from the place it took, so numbers are distinct. The caller closes the slot when all chunks are
 * done; a late worker then holds only a reference, finds no chunk left, and the slot is free again
 * when it has let go. With no slot free the caller does the job alone.
 *
 * Sleeping: `news` counts openings. An idle worker reads it, looks through the slots, and sleeps
 * only while it is unchanged; the opener changes it before it counts the sleepers. */
#define _POSIX_C_SOURCE 200809L
#include "base/workers.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/park.h"
#include "base/platform.h"

enum {
    N_SLOTS = 16,
    MAX_THREADS = 1024,
    SPIN_NS = 50 * 1000,
    SHORT_RUN_NS = 300 * 1000,
    CHUNKS_EACH = 4,     /* about so many for each worker: a slow core does not hold the rest */
    PAUSES_PER_LOOK = 64 /* at the clock: about 2 us */
};

static const uint32_t REF_ONE = 1, REF_MASK = 0x7fff;
static const uint32_t ROOM_SHIFT = 15, ROOM_ONE = 1u << 15, ROOM_MASK = 0x7fffu << 15;
static const uint32_t CLAIMED = 1u << 30, OPEN = 1u << 31;

typedef struct slot {
    _Alignas(64) atomic_uint state;
    hn_job job; /* from here to `stride`: written before OPEN, read under a reference */
    uint32_t n_chunks;
    uint64_t start, stride; /* chunk number k of the order is (start + k * stride) % n_chunks */
    _Alignas(64) atomic_uint next; /* chunks handed out; may pass n_chunks by one a participant */
    _Alignas(64) atomic_uint done; /* chunks finished */
    atomic_uint is_awaited;        /* the caller sleeps on `done` */
} slot;

struct hn_pool {
    slot slots[N_SLOTS];
    _Alignas(64) atomic_uint news;
    _Alignas(64) atomic_uint n_spinning;
    _Alignas(64) atomic_uint n_sleeping; /* from here on what changes seldom */
    atomic_uint n_runs, n_eager, stop;
    atomic_bool is_followed;        /* the last run began at once after the one before */
    atomic_uint_least64_t last_end; /* of a run */
    hn_env env;
    hn_park park;
    pthread_mutex_t grow_lock; /* for the threads */
    atomic_uint n_started;
    uint32_t max_threads;
    pthread_t threads[];
};

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__) || defined(__arm__)
    __asm__ volatile("yield");
#endif
}

static void run_chunk(const hn_job *job, uint64_t chunk, uint32_t worker) {
    const uint64_t begin = chunk * job->grain;
    const uint64_t end = begin + job->grain < job->n_units ? begin + job->grain : job->n_units;
    job->fn(job->user, worker, (uint32_t)begin, (uint32_t)end);
}

/* Takes chunks until there are none. Returns how many. */
static uint32_t run_chunks(slot *s, uint32_t worker) {
    uint32_t n = 0;
    for (;;) {
        const uint32_t k = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
        if (k >= s->n_chunks) return n;
        run_chunk(&s->job, (s->start + k * s->stride) % s->n_chunks, worker);
        n++;
    }
}

/* Adds to the finished chunks; the last one wakes the caller if that sleeps. */
static void finish_chunks(hn_pool *pool, slot *s, uint32_t n) {
    if (n == 0) return;
    const uint32_t done = atomic_fetch_add(&s->done, n) + n;
    if (done == s->n_chunks && atomic_load(&s->is_awaited) != 0) {
        hn_park_wake(&pool->park, &s->done, 1);
    }
}

/* Joins the job in a slot, if it is open, has room and has chunks left, and works on it to its end.
 * True when this worker did some of it. */
static bool try_join(hn_pool *pool, slot *s) {
    uint32_t state = atomic_load_explicit(&s->state, memory_order_relaxed);
    do {
        if ((state & OPEN) == 0 || (state & ROOM_MASK) == 0) return false;
    } while (!atomic_compare_exchange_weak_explicit(&s->state, &state, state - ROOM_ONE + REF_ONE,
                                                    memory_order_acquire, memory_order_relaxed));
    const uint32_t room = (state & ROOM_MASK) >> ROOM_SHIFT;
    const uint32_t n = run_chunks(s, s->job.n_workers - room);
    finish_chunks(pool, s, n);
    atomic_fetch_sub_explicit(&s->state, REF_ONE, memory_order_release);
    return n > 0;
}

static bool look_for_work(hn_pool *pool) {
    bool found = false;
    for (unsigned i = 0; i < N_SLOTS; i++) found |= try_join(pool, &pool->slots[i]);
    return found;
}

/* Is there a run, or soon another one? */
static bool is_busy(hn_pool *pool) {
    return atomic_load_explicit(&pool->n_runs, memory_order_relaxed) > 0 ||
           atomic_load_explicit(&pool->is_followed, memory_order_relaxed);
}

/* Waits for news until a point in time, while the pool is busy. True when there are some. */
static bool spin_for_news(hn_pool *pool, uint32_t seen, uint64_t until) {
    bool has_news = false;
    atomic_fetch_add_explicit(&pool->n_spinning, 1, memory_order_relaxed);
    while (!has_news && is_busy(pool) && hn_time_ns() < until) {
        for (unsigned i = 0; i < PAUSES_PER_LOOK && !has_news; i++) {
            has_news = atomic_load_explicit(&pool->news, memory_order_relaxed) != seen;
            pause_briefly();
        }
    }
    atomic_fetch_sub_explicit(&pool->n_spinning, 1, memory_order_relaxed);
    return has_news;
}

/* The 50 us run from the last unit or from waking up, which comes too late for a short step but in
 * time for the next one. News of jobs that this worker cannot join do not prolong them. */
static void *worker_main(void *user) {
    hn_pool *pool = user;
    uint64_t until = 0;
    while (atomic_load(&pool->stop) == 0) {
        const uint32_t seen = atomic_load(&pool->news);
        if (look_for_work(pool)) {
            until = hn_time_ns() + SPIN_NS;
        } else if (!spin_for_news(pool, seen, until)) {
            atomic_fetch_add(&pool->n_sleeping, 1);
            if (atomic_load(&pool->stop) == 0) hn_park_wait(&pool->park, &pool->news, seen);
            atomic_fetch_sub(&pool->n_sleeping, 1);
            until = hn_time_ns() + SPIN_NS;
        }
    }
    return NULL;
}

hone_status hn_pool_new(hn_env *env, uint32_t max_threads, hn_pool **pool) {
    if (max_threads == 0 || max_threads > MAX_THREADS) {
        return hn_fail(env, HONE_E_ARGUMENT, "threads: %u is not between 1 and %d", max_threads,
                       MAX_THREADS);
    }
    hn_pool *made = hn_alloc(env, sizeof(hn_pool) + max_threads * sizeof(pthread_t));
    if (made == NULL) return hn_no_memory(env);
    hn_env_inherit(&made->env, env);
    made->max_threads = max_threads;
    if (pthread_mutex_init(&made->grow_lock, NULL) != 0) goto no_lock;
    if (!hn_park_init(&made->park)) goto no_park;
    *pool = made;
    return HONE_OK;
no_park:
    pthread_mutex_destroy(&made->grow_lock);
no_lock:
    hn_free(env, made);
    return hn_no_memory(env);
}

void hn_pool_free(hn_pool *pool) {
    if (pool == NULL) return;
    atomic_store(&pool->stop, 1);
    atomic_fetch_add(&pool->news, 1);
    hn_park_wake(&pool->park, &pool->news, UINT32_MAX);
    const uint32_t n = atomic_load(&pool->n_started);
    for (uint32_t i = 0; i < n; i++) pthread_join(pool->threads[i], NULL);
    hn_park_fini(&pool->park);
    pthread_mutex_destroy(&pool->grow_lock);
    hn_env env;
    hn_env_inherit(&env, &pool->env);
    hn_free(&env, pool);
}

/* Starts one worker with all signals blocked: they belong to the program's own threads. */
static bool start_worker(hn_pool *pool, uint32_t index) {
    sigset_t all, old;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &old) != 0) return false;
    const bool ok = pthread_create(&pool->threads[index], NULL, worker_main, pool) == 0;
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return ok;
}

hone_status hn_pool_reserve(hn_env *env, hn_pool *pool, uint32_t n_threads) {
    if (n_threads > pool->max_threads) {
        return hn_fail(env, HONE_E_LIMIT, "threads: %u wanted, the pool has at most %u", n_threads,
                       pool->max_threads);
    }
    bool ok = true;
    pthread_mutex_lock(&pool->grow_lock);
    uint32_t n = atomic_load(&pool->n_started);
    while (ok && n + 1 < n_threads) {
        ok = start_worker(pool, n);
        if (ok) atomic_store(&pool->n_started, ++n);
    }
    pthread_mutex_unlock(&pool->grow_lock);
    if (!ok) return hn_fail(env, HONE_E_MEMORY, "threads: only %u could be started", n + 1);
    return HONE_OK;
}

static uint32_t chunks_of(const hn_job *job) {
    return job->n_units / job->grain + (job->n_units % job->grain != 0);
}

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The order of the chunks: as they are, or an affine permutation drawn from the seed. */
static void set_order(slot *s, uint32_t seed) {
    s->start = 0;
    s->stride = 1;
    if (seed == 0 || s->n_chunks < 2) return;
    const uint64_t draw = hn_hash64(&seed, sizeof seed, s->n_chunks);
    s->start = (draw >> 32) % s->n_chunks;
    s->stride = 1 + (draw & 0xffffffff) % (s->n_chunks - 1);
    while (common_divisor(s->stride, s->n_chunks) != 1) s->stride--;
}

/* Gives the job its chunks and order; what stands in the slot is valid until it is closed. */
static void slot_fill(slot *s, const hn_job *job) {
    s->job = *job;
    s->n_chunks = chunks_of(job);
    set_order(s, job->seed);
    atomic_store_explicit(&s->next, 0, memory_order_relaxed);
    atomic_store_explicit(&s->done, 0, memory_order_relaxed);
    atomic_store_explicit(&s->is_awaited, 0, memory_order_relaxed);
}

static slot *slot_claim(hn_pool *pool) {
    for (unsigned i = 0; i < N_SLOTS; i++) {
        uint32_t is_free = 0;
        if (atomic_compare_exchange_strong_explicit(&pool->slots[i].state, &is_free, CLAIMED,
                                                    memory_order_acquire, memory_order_relaxed)) {
            return &pool->slots[i];
        }
    }
    return NULL;
}

static void wake_workers(hn_pool *pool, uint32_t wanted) {
    atomic_fetch_add(&pool->news, 1);
    if (atomic_load(&pool->n_sleeping) == 0) return;
    if (atomic_load_explicit(&pool->n_eager, memory_order_relaxed) == 0) return;
    const uint32_t awake = atomic_load_explicit(&pool->n_spinning, memory_order_relaxed);
    if (wanted > awake) hn_park_wake(&pool->park, &pool->news, wanted - awake);
}

/* Waits for the chunks that others are still working on: spinning first, then asleep. */
static void await_chunks(hn_pool *pool, slot *s) {
    const uint64_t until = hn_time_ns() + SPIN_NS;
    for (unsigned i = 1;; i++) {
        if (atomic_load_explicit(&s->done, memory_order_acquire) == s->n_chunks) return;
        pause_briefly();
        if (i % PAUSES_PER_LOOK == 0 && hn_time_ns() >= until) break;
    }
    atomic_store(&s->is_awaited, 1);
    for (;;) {
        const uint32_t done = atomic_load(&s->done);
        if (done == s->n_chunks) return;
        hn_park_wait(&pool->park, &s->done, done);
    }
}

/* All at once, or, where an order is drawn, grain by grain. */
static void run_alone(const hn_job *job, uint32_t n_chunks) {
    slot order;
    order.n_chunks = n_chunks;
    set_order(&order, job->seed);
    if (job->seed == 0 && n_chunks > 0) job->fn(job->user, 0, 0, job->n_units);
    for (uint32_t k = 0; job->seed != 0 && k < n_chunks; k++) {
        run_chunk(job, (order.start + k * order.stride) % n_chunks, 0);
    }
}

/* The job in chunks for so many workers; where an order is drawn, of a grain each. */
static hn_job cut_for(const hn_job *job, uint32_t n_workers) {
    hn_job cut = *job;
    const uint32_t each = chunks_of(job) / (n_workers * CHUNKS_EACH);
    if (job->seed == 0 && each > 1) cut.grain *= each;
    cut.n_workers = n_workers;
    return cut;
}

void hn_pool_run(hn_pool *pool, const hn_job *job) {
    assert(job->grain > 0);
    const uint32_t n_chunks = chunks_of(job);
    uint32_t n_workers = 1;
    if (pool != NULL && n_chunks <= UINT32_MAX - MAX_THREADS) {
        n_workers = 1 + atomic_load_explicit(&pool->n_started, memory_order_relaxed);
    }
    if (n_workers > job->n_workers) n_workers = job->n_workers;
    if (n_workers > n_chunks) n_workers = n_chunks;
    slot *s = n_workers > 1 ? slot_claim(pool) : NULL;
    if (s == NULL) {
        run_alone(job, n_chunks);
        return;
    }
    const hn_job cut = cut_for(job, n_workers);
    slot_fill(s, &cut);
    const uint32_t room = (n_workers - 1) << ROOM_SHIFT;
    atomic_store_explicit(&s->state, OPEN | CLAIMED | room, memory_order_release);
    wake_workers(pool, n_workers - 1);
    const uint32_t n = run_chunks(s, 0);
    finish_chunks(pool, s, n);
    await_chunks(pool, s);
    atomic_fetch_and_explicit(&s->state, REF_MASK, memory_order_release);
}

bool hn_pool_run_begin(hn_pool *pool, uint64_t expected_ns) {
    if (pool == NULL) return false;
    const uint64_t last_end = atomic_load_explicit(&pool->last_end, memory_order_relaxed);
    const bool is_followed = hn_time_ns() - last_end < SPIN_NS;
    const bool is_eager = is_followed || expected_ns == 0 || expected_ns >= SHORT_RUN_NS;
    atomic_store_explicit(&pool->is_followed, is_followed, memory_order_relaxed);
    if (is_eager) atomic_fetch_add_explicit(&pool->n_eager, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&pool->n_runs, 1, memory_order_relaxed);
    return is_eager;
}

void hn_pool_run_end(hn_pool *pool, bool is_eager) {
    if (pool == NULL) return;
    atomic_store_explicit(&pool->last_end, hn_time_ns(), memory_order_relaxed);
    if (is_eager) atomic_fetch_sub_explicit(&pool->n_eager, 1, memory_order_relaxed);
    atomic_fetch_sub_explicit(&pool->n_runs, 1, memory_order_relaxed);
}
