/* SPDX-License-Identifier: Apache-2.0
 * Fuzz target: the public API on any bytes, of either format. Plans within 64 MB are made, and run
 * where a run is short; then all problems are looked for, whether there was a plan or not. A call
 * that fails without saying why is a defect as well. A loop may go on for as long as its limits
 * allow: after two seconds a run is cancelled, from another thread as a program would. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "fuzz.h"
#include "hone/hone.h"
#include "hone/hone_tools.h"

enum { MEMORY = 64 << 20, MOST_MACS = 20000000, TICK_MS = 100, MOST_TICKS = 20 };

/* ---- the run that is watched ---- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static hone_session *watched;
static int n_ticks;

static void *watch(void *unused) {
    (void)unused;
    for (;;) {
        const struct timespec tick = {0, TICK_MS * 1000000L};
        nanosleep(&tick, NULL);
        pthread_mutex_lock(&lock);
        if (watched != NULL && ++n_ticks > MOST_TICKS) hone_session_cancel(watched);
        pthread_mutex_unlock(&lock);
    }
    return NULL;
}

static void set_watched(hone_session *session) {
    static pthread_t watcher;
    static int is_watching;
    pthread_mutex_lock(&lock);
    if (!is_watching) is_watching = pthread_create(&watcher, NULL, watch, NULL) == 0;
    watched = session;
    n_ticks = 0;
    pthread_mutex_unlock(&lock);
}

/* ---- one input ---- */

static void fill(hone_session *session) {
    hone_tensor t = HONE_TENSOR_INIT;
    for (uint32_t i = 0; hone_session_input(session, i, &t) == HONE_OK; i++) {
        for (size_t k = 0; k < t.n_bytes; k++) ((uint8_t *)t.data)[k] = (uint8_t)(k * 37 + i);
        if (t.dtype == HONE_DTYPE_BOOL && t.n_bytes > 0) memset(t.data, 1, t.n_bytes);
    }
}

static void plan_and_run(hone_model *model) {
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    hone_session_stats stats = HONE_SESSION_STATS_INIT;
    hone_session *session = NULL;
    options.threads = 1;
    options.memory_limit = MEMORY;
    if (hone_session_new(model, &options, &session) != HONE_OK) {
        if (hone_model_message(model)[0] == 0) abort(); /* refused without a reason */
        return;
    }
    hone_session_query(session, &stats);
    if (stats.macs <= MOST_MACS) {
        fill(session);
        set_watched(session);
        if (hone_session_run(session) != HONE_OK && hone_session_message(session)[0] == 0) abort();
        set_watched(NULL);
    }
    hone_session_free(session);
}

static void check(hone_model *model) {
    hone_problems problems = HONE_PROBLEMS_INIT;
    if (hone_model_check(model, HONE_TARGET_RUN, &problems) == HONE_OK) {
        hone_problems_free(&problems);
    }
}

int fuzz_plan(const uint8_t *bytes, size_t n) {
    hone_ctx_options options = HONE_CTX_OPTIONS_INIT;
    hone_ctx *ctx = NULL;
    hone_model *model = NULL;
    uint8_t *copy = aligned_alloc(64, (n + 64) / 64 * 64);
    options.max_threads = 1;
    if (copy == NULL || hone_ctx_new(&options, &ctx) != HONE_OK) abort();
    if (n > 0) memcpy(copy, bytes, n);
    if (hone_model_load_memory(ctx, copy, n, NULL, &model) == HONE_OK) {
        plan_and_run(model);
        check(model);
    } else if (hone_ctx_message(ctx)[0] == 0) {
        abort(); /* refused without a reason */
    }
    hone_model_free(model);
    hone_ctx_free(ctx);
    free(copy);
    return 0;
}
