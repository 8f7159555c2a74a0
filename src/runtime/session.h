/* SPDX-License-Identifier: Apache-2.0
 * A session walks a plan over its own memory. Everything that a run needs is had at the start:
 * hn_session_run makes no heap call, but for tensors whose shape depends on data (runtime/heap.h).
 * One thread at a time; hn_session_cancel from any. */
#ifndef HN_RUNTIME_SESSION_H
#define HN_RUNTIME_SESSION_H

#include <stdatomic.h>

#include "base/workers.h"
#include "plan/plan.h"
#include "runtime/heap.h"

typedef struct hn_call_state hn_call_state;

/* What a session holds for a plan, and for each plan of a body. */
typedef struct hn_plan_state {
    hn_call_state *calls;
    hn_tensor *dynamics; /* values whose shape depends on data, as the last run left them */
} hn_plan_state;

/* A provider's program, the pointers that it was handed and its open token; the states of bodies.
 */
struct hn_call_state {
    void *program;
    void **ports;
    uint64_t token;
    hn_plan_state bodies[2];
};

typedef struct hn_session {
    hn_env env;
    hn_arena arena; /* of the tables below */
    const hn_plan *plan;
    hn_pool *pool;
    uint32_t threads, seed;
    uint8_t *memory; /* the plan's arena, then threads x scratch */
    uint8_t *state;
    uint8_t *initial; /* state as it is at the start; NULL: zeros and the plan's fills */
    void **inputs, **outputs;
    hn_plan_state root;
    hn_heap heap;
    hn_fault *faults;  /* one per thread */
    uint64_t run_ns;   /* of the last run by several threads; 0: none yet */
    uint64_t *step_ns; /* of the last run, when profiling */
    bool is_profiling;
    atomic_bool is_cancelled;
} hn_session;

typedef struct hn_session_config {
    hn_pool *pool; /* borrowed until hn_session_free */
    uint32_t threads, seed;
} hn_session_config;

/* `plan` is borrowed until hn_session_free. The message of a failure is in `env`. */
hone_status hn_session_new(hn_env *env, const hn_plan *plan, const hn_session_config *config,
                           hn_session **out);
void hn_session_free(hn_session *session);

hone_status hn_session_run(hn_session *session);

/* State back to what it was at the start. */
void hn_session_reset(hn_session *session);

/* runtime/exec.c: one pass over the steps. */
hone_status hn_session_walk(hn_session *session);

#endif
