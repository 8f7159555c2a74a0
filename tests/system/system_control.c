/* SPDX-License-Identifier: Apache-2.0
 * If runs as a CALL of sub-plans: both branches, captures from outside and from two levels out. The
 * expected values are computed here from what tests/make_onnx_cases.py put into the files. */
#include "system/system.h"

#include <string.h>

enum { N = 5 };

static const float x_values[N] = {-2.0f, -0.5f, 0.0f, 1.5f, 3.0f};

static bool open_with_length(engine *e, const char *path) {
    hone_model_options options = HONE_MODEL_OPTIONS_INIT;
    const hone_input_shape shape = {"x", 1, {N}};
    memset(e, 0, sizeof *e);
    options.input_shapes = &shape;
    options.n_input_shapes = 1;
    hone_status status = hone_ctx_new(NULL, &e->ctx);
    if (status == HONE_OK) status = hone_model_load(e->ctx, path, &options, &e->model);
    if (status == HONE_OK) status = hone_session_new(e->model, NULL, &e->session);
    expect(status == HONE_OK, "%s: %s", path,
           e->model != NULL ? hone_model_message(e->model) : hone_ctx_message(e->ctx));
    return status == HONE_OK;
}

/* Runs with the given booleans for the inputs after x; y receives N values. */
static void run_with(engine *e, bool c, bool d, float y[N]) {
    hone_tensor t = HONE_TENSOR_INIT;
    for (uint32_t i = 0; hone_session_input(e->session, i, &t) == HONE_OK; i++) {
        if (t.dtype == HONE_DTYPE_F32) memcpy(t.data, x_values, sizeof x_values);
        if (t.dtype == HONE_DTYPE_BOOL) *(bool *)t.data = strcmp(t.name, "c") == 0 ? c : d;
    }
    expect(hone_session_run(e->session) == HONE_OK, "%s", hone_session_message(e->session));
    expect(hone_session_output(e->session, 0, &t) == HONE_OK && t.n_bytes == N * sizeof *y,
           "the output has %zu bytes", t.n_bytes);
    if (t.n_bytes == N * sizeof *y) memcpy(y, t.data, t.n_bytes);
}

static bool has_call(hone_session *session) {
    hone_step_info info = HONE_STEP_INFO_INIT;
    for (uint32_t i = 0; hone_session_step(session, i, &info) == HONE_OK; i++) {
        if (strcmp(info.kind, "call") == 0) return true;
    }
    return false;
}

/* then: x + 2; else: relu(x) * 3. */
static void captures(void) {
    engine e;
    if (open_with_length(&e, "tests/data/onnx/if_captures.onnx")) {
        expect(has_call(e.session), "no CALL in the plan");
        for (int c = 0; c < 2; c++) {
            float y[N] = {0};
            run_with(&e, c == 1, false, y);
            for (int i = 0; i < N; i++) {
                const float relu = x_values[i] > 0.0f ? x_values[i] : 0.0f;
                const float want = c == 1 ? x_values[i] + 2.0f : relu * 3.0f;
                expect(y[i] == want, "branch %d: %g, not %g", c, (double)y[i], (double)want);
            }
        }
    }
    engine_close(&e);
}

/* c and d: x + m; c and not d: m - x, where m = -2; not c: x. */
static void nested(void) {
    engine e;
    if (open_with_length(&e, "tests/data/onnx/if_nested.onnx")) {
        for (int k = 0; k < 4; k++) {
            float y[N] = {0};
            const bool c = (k & 1) != 0, d = (k & 2) != 0;
            run_with(&e, c, d, y);
            for (int i = 0; i < N; i++) {
                const float x = x_values[i], want = !c ? x : d ? x - 2.0f : -2.0f - x;
                expect(y[i] == want, "case %d: %g, not %g", k, (double)y[i], (double)want);
            }
        }
    }
    engine_close(&e);
}

void system_control(void) {
    captures();
    nested();
}
