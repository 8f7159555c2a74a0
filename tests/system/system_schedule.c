/* SPDX-License-Identifier: Apache-2.0
 * The same bytes for 1, 2 and 5 threads and for 20 shuffled orders of units; the same for the
 * reference and the portable kernels; and at every level of this machine, bit by bit for models of
 * integers, within 1e-5 of the outputs' range for those that multiply floats, whose products the
 * vector kernels fuse. */
#include "system/system.h"

#include <string.h>

typedef struct setting {
    uint32_t threads, seed;
    const char *cpu;
} setting;

static bool open_with(engine *e, const char *path, const setting *s) {
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    hone_ctx_options ctx = HONE_CTX_OPTIONS_INIT;
    ctx.max_threads = 5;
    options.threads = s->threads;
    options.schedule_seed = s->seed;
    options.cpu = s->cpu;
    return engine_open(e, path, &ctx, &options);
}

static unsigned long long hash_with(const char *path, uint32_t threads, uint32_t seed,
                                    const char *cpu) {
    engine e;
    const setting s = {threads, seed, cpu};
    if (!open_with(&e, path, &s)) return 0;
    const unsigned long long h = run_hash(e.session, 7);
    engine_close(&e);
    return h;
}

/* Does a step multiply floats? */
static bool multiplies_floats(hone_session *session) {
    hone_step_info info = HONE_STEP_INFO_INIT;
    for (uint32_t i = 0; hone_session_step(session, i, &info) == HONE_OK; i++) {
        const char *end = strstr(info.kernel, "_f32_");
        if (end == NULL) continue;
        const size_t n = (size_t)(end - info.kernel);
        if (n >= 4 && memcmp(end - 4, "conv", 4) == 0) return true;
        if (n >= 4 && memcmp(end - 4, "gemm", 4) == 0) return true;
        if (n >= 7 && memcmp(end - 7, "softmax", 7) == 0) return true;
    }
    return false;
}

static bool is_near(const hone_tensor *a, const hone_tensor *b) {
    if (a->dtype != HONE_DTYPE_F32 || a->n_bytes != b->n_bytes) return false;
    const float *x = a->data, *y = b->data;
    float range = 0;
    for (size_t i = 0; i < a->n_bytes / 4; i++) {
        const float size = x[i] < 0 ? -x[i] : x[i];
        if (size > range) range = size;
    }
    for (size_t i = 0; i < a->n_bytes / 4; i++) {
        const float off = x[i] < y[i] ? y[i] - x[i] : x[i] - y[i];
        if (!(off <= 1e-5f * range)) return false;
    }
    return true;
}

/* Are the outputs of a level those of the definition? */
static bool agrees(const char *path, const char *cpu) {
    engine e, ref;
    const setting s = {1, 0, cpu}, definition = {1, 0, "ref"};
    if (!open_with(&e, path, &s)) return false;
    if (!open_with(&ref, path, &definition)) {
        engine_close(&e);
        return false;
    }
    bool holds = run_hash(e.session, 7) == run_hash(ref.session, 7);
    if (!holds && multiplies_floats(e.session)) {
        hone_tensor a = HONE_TENSOR_INIT, b = HONE_TENSOR_INIT;
        holds = true;
        for (uint32_t i = 0; hone_session_output(e.session, i, &a) == HONE_OK; i++) {
            holds = holds && hone_session_output(ref.session, i, &b) == HONE_OK && is_near(&b, &a);
        }
    }
    engine_close(&e);
    engine_close(&ref);
    return holds;
}

static bool has_level(const char *path, const char *cpu) {
    hone_ctx *ctx = NULL;
    hone_model *model = NULL;
    hone_session *session = NULL;
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    options.cpu = cpu;
    const bool has = hone_ctx_new(NULL, &ctx) == HONE_OK &&
                     hone_model_load(ctx, path, NULL, &model) == HONE_OK &&
                     hone_session_new(model, &options, &session) == HONE_OK;
    hone_session_free(session);
    hone_model_free(model);
    hone_ctx_free(ctx);
    return has;
}

void system_schedule(void) {
    static const char *const levels[] = {"avx2", "avx512", "avx512vnni", "neon", "neon_dot"};
    const char *path = NULL;
    for (unsigned i = 0; (path = spine_model(i)) != NULL; i++) {
        if (path[0] == 0) continue;
        const unsigned long long want = hash_with(path, 1, 0, NULL);
        expect(hash_with(path, 2, 0, NULL) == want, "%s: 2 threads give other bytes", path);
        expect(hash_with(path, 5, 0, NULL) == want, "%s: 5 threads give other bytes", path);
        expect(hash_with(path, 1, 0, "ref") == hash_with(path, 1, 0, "c"),
               "%s: the portable kernels differ from the definition", path);
        expect(agrees(path, NULL), "%s: differs from the definition", path);
        for (unsigned k = 0; k < sizeof levels / sizeof levels[0]; k++) {
            if (!has_level("models/fashion_i8.tflite", levels[k])) continue;
            expect(agrees(path, levels[k]), "%s: level %s differs", path, levels[k]);
        }
        for (uint32_t seed = 1; seed <= 20; seed++) {
            expect(hash_with(path, 1 + seed % 5, seed, NULL) == want, "%s: order %u differs", path,
                   seed);
        }
    }
}
