/* SPDX-License-Identifier: Apache-2.0
 * Loops through the public interface: one over sub-plans, one whose shapes change from trip to
 * trip, the limits on trips and memory, and a cancel from another thread. The files are made by
 * tests/make_onnx_cases.py, which says what they compute. */
#include "system/system.h"

#include <pthread.h>
#include <string.h>
#include <time.h>

enum { N = 3, SQUARE = 64 };

static const float x_values[N] = {1.0f, 0.0f, -2.0f};

static bool open_sized(engine *e, const char *path, int64_t n, uint64_t memory_limit) {
    hone_model_options options = HONE_MODEL_OPTIONS_INIT;
    hone_session_options session = HONE_SESSION_OPTIONS_INIT;
    const hone_input_shape shape = {"x", 1, {n}};
    memset(e, 0, sizeof *e);
    options.input_shapes = &shape;
    options.n_input_shapes = 1;
    session.threads = 1;
    session.memory_limit = memory_limit;
    hone_status status = hone_ctx_new(NULL, &e->ctx);
    if (status == HONE_OK) status = hone_model_load(e->ctx, path, &options, &e->model);
    if (status == HONE_OK) status = hone_session_new(e->model, &session, &e->session);
    expect(status == HONE_OK, "%s: %s", path,
           e->model != NULL ? hone_model_message(e->model) : hone_ctx_message(e->ctx));
    return status == HONE_OK;
}

static hone_status run_trips(engine *e, int64_t m) {
    hone_tensor t = HONE_TENSOR_INIT;
    for (uint32_t i = 0; hone_session_input(e->session, i, &t) == HONE_OK; i++) {
        if (t.dtype == HONE_DTYPE_S64) memcpy(t.data, &m, sizeof m);
        if (t.dtype != HONE_DTYPE_F32) continue;
        memset(t.data, 0, t.n_bytes);
        memcpy(t.data, x_values, t.n_bytes < sizeof x_values ? t.n_bytes : sizeof x_values);
    }
    return hone_session_run(e->session);
}

/* y = x * 2^m; a million trips are the most. */
static void power(void) {
    engine e;
    if (open_sized(&e, "tests/data/onnx/loop_power.onnx", N, 0)) {
        for (int64_t m = 0; m < 5; m++) {
            hone_tensor y = HONE_TENSOR_INIT;
            expect(run_trips(&e, m) == HONE_OK, "%s", hone_session_message(e.session));
            expect(hone_session_output(e.session, 0, &y) == HONE_OK && y.n_bytes == 4 * N, "y");
            for (int i = 0; i < N; i++) {
                const float want = x_values[i] * (float)(1 << m);
                expect(((float *)y.data)[i] == want, "%d trips: y[%d]", (int)m, i);
            }
        }
        const hone_status status = run_trips(&e, INT64_MAX);
        expect(status == HONE_E_LIMIT, "an endless loop gives %s", hone_status_name(status));
        expect(run_trips(&e, 1) == HONE_OK, "%s", hone_session_message(e.session));
    }
    engine_close(&e);
}

static void check_grown(engine *e, int64_t m) {
    hone_tensor y = HONE_TENSOR_INIT, s = HONE_TENSOR_INIT, z = HONE_TENSOR_INIT;
    expect(run_trips(e, m) == HONE_OK, "%s", hone_session_message(e->session));
    expect(hone_session_output(e->session, 0, &y) == HONE_OK && y.rank == 1 &&
               y.dim[0] == N * (m + 1) && y.n_bytes == (size_t)(4 * N * (m + 1)),
           "%d trips: y has %d", (int)m, (int)y.dim[0]);
    for (int64_t i = 0; i < N * (m + 1); i++) {
        expect(((float *)y.data)[i] == x_values[i % N], "y[%d]", (int)i);
    }
    expect(hone_session_output(e->session, 1, &s) == HONE_OK && s.rank == 2 && s.dim[0] == m,
           "%d trips: s has %d rows", (int)m, (int)s.dim[0]);
    for (int64_t k = 0; k < m * N; k++) {
        const float want = x_values[k % N] * (float)(k / N + 2);
        expect(((float *)s.data)[k] == want, "s[%d]", (int)k);
    }
    expect(hone_session_output(e->session, 2, &z) == HONE_OK && z.rank == 2 &&
               z.dim[1] == 2 * (m + 1),
           "%d trips: z has %d columns", (int)m, (int)z.dim[1]);
}

static void grow(void) {
    engine e;
    if (open_sized(&e, "tests/data/onnx/loop_grow.onnx", N, 0)) {
        hone_session_stats stats = HONE_SESSION_STATS_INIT;
        hone_tensor y = HONE_TENSOR_INIT;
        float memory[N];
        expect(hone_session_output(e.session, 0, &y) == HONE_OK && y.data == NULL,
               "an output before the first run");
        expect(hone_session_bind_output(e.session, 0, memory, sizeof memory) == HONE_E_ARGUMENT,
               "an output of open shape was bound");
        for (int64_t m = 4; m >= 0; m--) check_grown(&e, m);
        expect(hone_session_query(e.session, &stats) == HONE_OK && stats.dynamic_node != NULL &&
                   stats.dynamic_bytes > 0,
               "no node is named");
    }
    engine_close(&e);
    if (open_sized(&e, "tests/data/onnx/loop_grow.onnx", 16384, 1 << 20)) {
        const hone_status status = run_trips(&e, 1000);
        expect(status == HONE_E_LIMIT, "more memory than allowed: %s", hone_status_name(status));
        expect(run_trips(&e, 2) == HONE_OK, "%s", hone_session_message(e.session));
    }
    engine_close(&e);
}

static void *run_endless(void *user) {
    static hone_status status;
    status = hone_session_run(user);
    return &status;
}

static void cancel(void) {
    engine e;
    if (engine_open(&e, "tests/data/onnx/loop_endless.onnx", NULL, NULL)) {
        const struct timespec pause = {0, 20000000};
        pthread_t thread;
        void *status = NULL;
        fill_inputs(e.session, 1);
        expect(pthread_create(&thread, NULL, run_endless, e.session) == 0, "no thread");
        nanosleep(&pause, NULL);
        hone_session_cancel(e.session);
        expect(pthread_join(thread, &status) == 0, "no end");
        expect(*(hone_status *)status == HONE_E_CANCELLED, "cancelled: %s",
               hone_status_name(*(hone_status *)status));
    }
    engine_close(&e);
}

void system_loops(void) {
    power();
    grow();
    cancel();
}
