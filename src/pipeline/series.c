/* SPDX-License-Identifier: Apache-2.0
 * Series and their rates. Resampling is polyphase: between two rates with a common divisor there
 * are only a few positions of the output between input samples, and each has its own weights, made
 * once. Where there would be more than MAX_WEIGHTS of them, positions are rounded down to the
 * nearest that is kept. The weights of a position add up to 1, so a constant stays one. */
#include "pipeline/series.h"

#include <math.h>
#include <string.h>

enum { CROSSINGS = 16, MAX_PHASES = 4096, MAX_WEIGHTS = 1 << 22, MIN_RATE = 100 };

static const double MAX_RATE = 768000.0, PI = 3.14159265358979323846;

hone_status hn_series_new(hn_env *env, uint64_t n_rows, uint32_t n_columns, hn_series *out) {
    if (n_columns == 0) return hn_fail(env, HONE_E_FORMAT, "a series without columns");
    if (n_columns > HN_SERIES_MAX_COLUMNS || n_rows > HN_SERIES_MAX_VALUES / n_columns) {
        return hn_fail(env, HONE_E_LIMIT, "a series of %llu rows and %u columns is too long",
                       (unsigned long long)n_rows, (unsigned)n_columns);
    }
    float *values = hn_alloc(env, (size_t)n_rows * n_columns * sizeof *values);
    if (values == NULL) return hn_no_memory(env);
    *out = (hn_series){values, n_rows, n_columns, 0.0};
    return HONE_OK;
}

void hn_series_free(hn_env *env, hn_series *series) {
    hn_free(env, series->values);
    *series = (hn_series){NULL, 0, 0, 0.0};
}

typedef struct resampler {
    double step;     /* input samples for one of the output */
    uint32_t phases; /* positions between two input samples */
    uint32_t reach;  /* input samples on each side */
    double *weights; /* [phases][2 * reach] */
} resampler;

static uint64_t common_divisor(uint64_t a, uint64_t b) {
    while (b != 0) {
        const uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* A sinc under a Hann window at x input samples from the centre. */
static double kernel(double x, double cutoff, double reach) {
    if (fabs(x) >= reach) return 0.0;
    const double angle = PI * x * cutoff;
    const double sinc = angle == 0.0 ? 1.0 : sin(angle) / angle;
    return sinc * (0.5 + 0.5 * cos(PI * x / reach));
}

static void fill_weights(resampler *r, double cutoff) {
    const uint32_t n = 2 * r->reach;
    for (uint32_t p = 0; p < r->phases; p++) {
        double *w = r->weights + (size_t)p * n, sum = 0.0;
        const double place = (double)p / r->phases;
        for (uint32_t k = 0; k < n; k++) {
            w[k] = kernel((double)k - (r->reach - 1) - place, cutoff, CROSSINGS / cutoff);
            sum += w[k];
        }
        for (uint32_t k = 0; k < n; k++) w[k] /= sum;
    }
}

static hone_status resampler_init(hn_env *env, double from, double to, resampler *r) {
    const double cutoff = to < from ? to / from : 1.0;
    const uint64_t divisor = common_divisor((uint64_t)from, (uint64_t)to);
    const uint64_t phases = (uint64_t)to / divisor;
    r->step = from / to;
    r->reach = (uint32_t)ceil(CROSSINGS / cutoff) + 1;
    const uint32_t room = MAX_WEIGHTS / (2 * r->reach),
                   most = room < MAX_PHASES ? room : MAX_PHASES;
    r->phases = phases < most ? (uint32_t)phases : most;
    r->weights = hn_alloc(env, (size_t)r->phases * 2 * r->reach * sizeof *r->weights);
    if (r->weights == NULL) return hn_no_memory(env);
    fill_weights(r, cutoff);
    return HONE_OK;
}

static float resample_one(const resampler *r, const hn_series *in, double at) {
    const double whole = floor(at);
    const double *w = r->weights;
    w += (size_t)((at - whole) * r->phases + 1e-6) % r->phases * 2 * r->reach;
    const int64_t first = (int64_t)whole - (r->reach - 1);
    double sum = 0.0;
    for (uint32_t k = 0; k < 2 * r->reach; k++) {
        const int64_t i = first + k;
        if (i >= 0 && i < (int64_t)in->n_rows) sum += w[k] * (double)in->values[i];
    }
    return (float)sum;
}

hone_status hn_series_resample(hn_env *env, const hn_series *in, double rate_hz, hn_series *out) {
    const double from = floor(in->rate_hz + 0.5), to = floor(rate_hz + 0.5);
    if (in->n_columns != 1) return hn_fail(env, HONE_E_ARGUMENT, "only sound is resampled");
    if (!(from >= MIN_RATE && from <= MAX_RATE && to >= MIN_RATE && to <= MAX_RATE)) {
        return hn_fail(env, HONE_E_ARGUMENT, "from %.0f to %.0f Hz: rates are 100 to 768000 Hz",
                       in->rate_hz, rate_hz);
    }
    const double length = ceil((double)in->n_rows * to / from);
    hn_series made;
    HN_TRY(hn_series_new(env, (uint64_t)length, 1, &made));
    made.rate_hz = to;
    if (from == to) {
        memcpy(made.values, in->values, (size_t)in->n_rows * sizeof *made.values);
        *out = made;
        return HONE_OK;
    }
    resampler r;
    const hone_status status = resampler_init(env, from, to, &r);
    if (status != HONE_OK) {
        hn_series_free(env, &made);
        return status;
    }
    for (uint64_t i = 0; i < made.n_rows; i++) {
        made.values[i] = resample_one(&r, in, (double)i * r.step);
    }
    hn_free(env, r.weights);
    *out = made;
    return HONE_OK;
}
