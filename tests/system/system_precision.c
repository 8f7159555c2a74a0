/* SPDX-License-Identifier: Apache-2.0
 * Half precision. At the portable level, which computes it by the definition, and at this machine's
 * own where it has it, float outputs are near those of float32, by a share of their range. Where
 * the processor has no arithmetic of halves the session says so and gives the bytes that it gives
 * unasked; so does a model without floats to multiply. */
#include "system/system.h"

#include <string.h>

/* Noise goes in, which leaves small differences between classes and boxes: pictures do better. */
static const struct bound {
    const char *model; /* below $HONE_SHARED/models, or a path */
    float share;
} bounds[] = {
    {"models/fashion_f32.onnx", 0.01f}, {"fomo_f32.tflite", 0.005f},
    {"mbnet128_f32.tflite", 0.04f},     {"blazeface_f16.tflite", 0.01f},
    {"yunet_320.onnx", 0.08f},          {"resnet8_cifar10.onnx", 0.02f},
    {"ultraface_320.tflite", 0.03f},
};

static bool open_at(engine *e, const char *path, const char *cpu, hone_precision precision) {
    hone_session_options options = HONE_SESSION_OPTIONS_INIT;
    options.threads = 1;
    options.cpu = cpu;
    options.precision = precision;
    return engine_open(e, path, NULL, &options);
}

static hone_session_stats stats_of(const engine *e) {
    hone_session_stats stats = HONE_SESSION_STATS_INIT;
    expect(hone_session_query(e->session, &stats) == HONE_OK,
           "a session tells what it computes in");
    return stats;
}

/* The largest difference, as a share of the range of `a`; NaN counts as all of it. */
static float distance(const hone_tensor *a, const hone_tensor *b) {
    const float *x = a->data, *y = b->data;
    float range = 1e-30f, most = 0;
    for (size_t i = 0; i < a->n_bytes / sizeof *x; i++) {
        const float size = x[i] < 0 ? -x[i] : x[i];
        const float off = x[i] < y[i] ? y[i] - x[i] : x[i] - y[i];
        if (size > range) range = size;
        if (off > most) most = off;
        if (y[i] != y[i]) return 1;
    }
    return most / range;
}

/* A session in half precision beside one in float32 that ran on the same noise. */
static void compare(const char *path, const engine *wide, const engine *half, float share) {
    hone_tensor a = HONE_TENSOR_INIT, b = HONE_TENSOR_INIT;
    run_hash(half->session, 7);
    for (uint32_t i = 0; hone_session_output(wide->session, i, &a) == HONE_OK; i++) {
        const bool is_there = hone_session_output(half->session, i, &b) == HONE_OK;
        expect(is_there && a.dtype == b.dtype && a.n_bytes == b.n_bytes,
               "%s: output %u has its type and size", path, i);
        if (!is_there || a.dtype != HONE_DTYPE_F32 || a.n_bytes != b.n_bytes) continue;
        const float off = distance(&a, &b);
        expect(off <= share, "%s: output %u is off by %g of its range", path, i, (double)off);
    }
}

static void test_near(const char *path, float share) {
    engine wide, half, best;
    if (!open_at(&wide, path, "c", HONE_PRECISION_DEFAULT)) return;
    const unsigned long long plain = run_hash(wide.session, 7);
    if (open_at(&half, path, "c", HONE_PRECISION_F16)) {
        const hone_session_stats stats = stats_of(&half);
        expect(stats.n_half_steps > 0 && stats.precision == HONE_PRECISION_F16,
               "%s: nothing is computed in halves", path);
        expect(stats.precision_note[0] == 0, "%s: %s", path, stats.precision_note);
        compare(path, &wide, &half, share);
        expect(run_hash(half.session, 7) != plain, "%s: half precision changes no bit", path);
        engine_close(&half);
    }
    if (open_at(&best, path, NULL, HONE_PRECISION_F16)) {
        compare(path, &wide, &best, share);
        engine_close(&best);
    }
    engine_close(&wide);
}

/* Where it is not to be had, or there is nothing to do, nothing changes; a note says why. */
static void test_unchanged(const char *path, const char *cpu) {
    engine plain, asked;
    if (!open_at(&plain, path, cpu, HONE_PRECISION_DEFAULT)) return;
    if (open_at(&asked, path, cpu, HONE_PRECISION_F16)) {
        const hone_session_stats stats = stats_of(&asked);
        if (stats.precision == HONE_PRECISION_DEFAULT) {
            expect(run_hash(plain.session, 7) == run_hash(asked.session, 7),
                   "%s: a wish that is not met changes bytes", path);
            expect(stats.precision_note[0] != 0, "%s: a wish is dropped without a word", path);
        }
        engine_close(&asked);
    }
    expect(stats_of(&plain).precision_note[0] == 0, "%s: a note that nobody asked for", path);
    engine_close(&plain);
}

void system_precision(void) {
    for (size_t i = 0; i < sizeof bounds / sizeof bounds[0]; i++) {
        const bool is_own = strchr(bounds[i].model, '/') != NULL;
        const char *path = is_own ? bounds[i].model : shared_model(bounds[i].model);
        if (path != NULL) test_near(path, bounds[i].share);
    }
    test_unchanged("models/fashion_f32.onnx", NULL);
    test_unchanged("models/fashion_i8.tflite", NULL);
    test_unchanged("models/fashion_i8.tflite", "c");
}
