/* SPDX-License-Identifier: Apache-2.0
 * Every allocation fails in turn during context, load, plan and run of one model of each format.
 * With all later ones failing too there is a status each time; when only that one fails, a smaller
 * block may do instead, and then the answer is the right one. Never a crash; everything is freed.
 */
#include "system/system.h"

enum { MOST_ALLOCATIONS = 20000 };

/* The status of the whole way; threads 1, so that the count repeats. */
static hone_status attempt(const char *path, account *a, unsigned long long *hash) {
    hone_ctx_options ctx = HONE_CTX_OPTIONS_INIT;
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    engine e = {NULL, NULL, NULL};
    ctx.allocator = failing_allocator(a);
    ctx.max_threads = 2;
    options.threads = 2;
    options.providers = "test";
    hone_status status = hone_ctx_new(&ctx, &e.ctx);
    if (status == HONE_OK) status = hone_model_load(e.ctx, path, NULL, &e.model);
    if (status == HONE_OK) status = hone_session_new(e.model, &options, &e.session);
    if (status == HONE_OK) fill_inputs(e.session, 1);
    if (status == HONE_OK) status = hone_session_run(e.session);
    if (status == HONE_OK) *hash = hash_outputs(e.session);
    engine_close(&e);
    return status;
}

static void torture(const char *path) {
    account a = {0, 0, 0, false};
    unsigned long long right = 0;
    expect(attempt(path, &a, &right) == HONE_OK, "%s does not run", path);
    const unsigned long n = a.n_made;
    expect(n > 0 && n < MOST_ALLOCATIONS && a.n_open == 0, "%s: %lu allocations, %lu open", path, n,
           a.n_open);
    for (unsigned long i = 1; i <= n; i++) {
        account on = {0, i, 0, true}, once = {0, i, 0, false};
        unsigned long long hash = 0;
        const hone_status status = attempt(path, &on, &hash);
        expect(status != HONE_OK && on.n_open == 0,
               "%s: allocation %lu of %lu and all later failing: %s, %lu blocks open", path, i, n,
               hone_status_name(status), on.n_open);
        const bool is_right = attempt(path, &once, &hash) != HONE_OK || hash == right;
        expect(is_right && once.n_open == 0, "%s: allocation %lu of %lu failing: %lu blocks open",
               path, i, n, once.n_open);
    }
}

void system_torture(void) {
    torture("models/fashion_i8.tflite");
    torture("models/fashion_f32.onnx");
    torture("tests/data/onnx/if_captures.onnx");
    torture("tests/data/onnx/loop_mixed.onnx");
    const char *qdq = shared_model("mobilenet_v2_qdq.onnx");
    if (qdq != NULL) torture(qdq);
    const char *streaming = shared_model("microvad_stream_i8.tflite");
    if (streaming != NULL) torture(streaming);
}
