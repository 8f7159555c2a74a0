/* SPDX-License-Identifier: Apache-2.0
 * The portable kernels give the bytes of the definition, and so does every level of this machine
 * for models of integers. Of models that multiply floats, whose products the vector kernels fuse,
 * outputs are within 1e-5 of their range. */
#include "system/system.h"

#include <string.h>

static bool open_at(engine *e, const char *path, const char *cpu) {
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    options.threads = 1;
    options.cpu = cpu;
    return engine_open(e, path, NULL, &options);
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

/* Are the outputs of a level those of `ref`, which ran on the same inputs? */
static bool agrees(const char *path, const char *cpu, hone_session *ref) {
    engine e;
    if (!open_at(&e, path, cpu)) return false;
    bool holds = run_hash(e.session, 7) == hash_outputs(ref);
    if (!holds && multiplies_floats(e.session)) {
        hone_tensor a = HONE_TENSOR_INIT, b = HONE_TENSOR_INIT;
        holds = true;
        for (uint32_t i = 0; hone_session_output(e.session, i, &a) == HONE_OK; i++) {
            holds = holds && hone_session_output(ref, i, &b) == HONE_OK && is_near(&b, &a);
        }
    }
    engine_close(&e);
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

void system_levels(void) {
    static const char *const levels[] = {"avx2", "avx512",   "avx512vnni", "avx512fp16",
                                         "neon", "neon_dot", "neon_fp16",  "neon_i8mm"};
    const char *path = NULL;
    for (unsigned i = 0; (path = spine_model(i)) != NULL; i++) {
        engine ref;
        if (path[0] == 0 || !open_at(&ref, path, "ref")) continue;
        const unsigned long long want = run_hash(ref.session, 7);
        engine c;
        if (open_at(&c, path, "c")) {
            expect(run_hash(c.session, 7) == want,
                   "%s: the portable kernels differ from the definition", path);
            engine_close(&c);
        }
        expect(agrees(path, NULL, ref.session), "%s: differs from the definition", path);
        for (unsigned k = 0; k < sizeof levels / sizeof levels[0]; k++) {
            if (!has_level("models/fashion_i8.tflite", levels[k])) continue;
            expect(agrees(path, levels[k], ref.session), "%s: level %s differs", path, levels[k]);
        }
        engine_close(&ref);
    }
}
