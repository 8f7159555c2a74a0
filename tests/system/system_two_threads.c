/* SPDX-License-Identifier: Apache-2.0
 * Two sessions of one model on two threads at once, both with workers of the one pool, agree with a
 * session that ran alone; and two threads may load models on one context at once. Run under
 * ThreadSanitizer too. */
#include "system/system.h"

#include <pthread.h>

enum { RUNS = 10 };

typedef struct job {
    hone_model *model;
    hone_ctx *ctx;
    const char *path;
    unsigned long long hash[RUNS];
    bool is_ok;
} job;

static void *run_session(void *user) {
    job *j = user;
    hone_session *session = NULL;
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    options.threads = 2;
    j->is_ok = hone_session_new(j->model, &options, &session) == HONE_OK;
    for (unsigned i = 0; j->is_ok && i < RUNS; i++) {
        fill_inputs(session, i + 1);
        j->is_ok = hone_session_run(session) == HONE_OK;
        j->hash[i] = hash_outputs(session);
    }
    hone_session_free(session);
    return NULL;
}

static void *load_model(void *user) {
    job *j = user;
    hone_model *model = NULL;
    j->is_ok = hone_model_load(j->ctx, j->path, NULL, &model) == HONE_OK;
    hone_model_free(model);
    return NULL;
}

static void run_both(void *(*what)(void *), job *a, job *b) {
    pthread_t first, second;
    const bool has_first = pthread_create(&first, NULL, what, a) == 0;
    const bool has_second = pthread_create(&second, NULL, what, b) == 0;
    if (has_first) pthread_join(first, NULL);
    if (has_second) pthread_join(second, NULL);
    expect(has_first && has_second, "threads could not be started");
}

void system_two_threads(void) {
    static const char *const paths[] = {"models/fashion_i8.tflite", "models/fashion_f32.onnx"};
    for (unsigned p = 0; p < 2; p++) {
        hone_ctx_options options = HONE_CTX_OPTIONS_INIT;
        engine e = {NULL, NULL, NULL};
        options.max_threads = 3;
        expect(hone_ctx_new(&options, &e.ctx) == HONE_OK, "context");
        expect(hone_model_load(e.ctx, paths[p], NULL, &e.model) == HONE_OK, "%s",
               hone_ctx_message(e.ctx));
        job alone = {e.model, e.ctx, paths[p], {0}, false}, a = alone, b = alone;
        run_session(&alone);
        run_both(run_session, &a, &b);
        expect(alone.is_ok && a.is_ok && b.is_ok, "%s: a run failed", paths[p]);
        for (unsigned i = 0; i < RUNS; i++) {
            expect(a.hash[i] == alone.hash[i] && b.hash[i] == alone.hash[i],
                   "%s: run %u differs between threads", paths[p], i);
        }
        run_both(load_model, &a, &b);
        expect(a.is_ok && b.is_ok, "%s: loading on two threads", paths[p]);
        engine_close(&e);
    }
}
