/* SPDX-License-Identifier: Apache-2.0
 * Spectra, mel bands and their cosine transform, in double precision. Mel weights are kept as a
 * dense matrix of bands and bins: it is at most 40 x 257 in what people use. */
#include "pipeline/features.h"

#include <math.h>

#include "pipeline/micro_front.h"
#include "pipeline/rfft.h"

enum { MAX_BINS = 1024 };

static const double PI = 3.14159265358979323846;

typedef struct extractor {
    const hn_feature_options *o;
    uint32_t n_spectrum; /* n_fft / 2 + 1 */
    hn_rfft fft;
    double *window;  /* [frame] */
    double *samples; /* [n_fft], zeros behind the frame */
    double *power;   /* [n_spectrum] */
    double *bands;   /* [n_bins] */
    double *weights; /* [n_bins][n_spectrum] */
    double *cosines; /* [n_coefficients][n_bins] */
} extractor;

hn_feature_options hn_feature_options_of(hn_feature_kind kind, double rate_hz) {
    hn_feature_options o = {.kind = kind,
                            .frame = (uint32_t)(rate_hz * 0.03),
                            .step = (uint32_t)(rate_hz * 0.02),
                            .n_fft = 2,
                            .n_bins = 40,
                            .n_coefficients = 10,
                            .power = 1,
                            .low_hz = kind == HN_FEATURES_MICRO ? 125.0 : 20.0,
                            .high_hz = kind == HN_FEATURES_MICRO ? 7500.0 : 4000.0,
                            .log = HN_LOG_E,
                            .log_offset = 1e-6,
                            .has_window = kind != HN_FEATURES_SPECTRUM};
    while (o.n_fft < o.frame && o.n_fft < HN_RFFT_MAX) o.n_fft *= 2;
    return o;
}

static hone_status check_options(hn_env *env, const hn_series *sound, const hn_feature_options *o) {
    const double nyquist = sound->rate_hz / 2.0;
    if (sound->n_columns != 1) return hn_fail(env, HONE_E_ARGUMENT, "features are of sound");
    if (o->frame == 0 || o->step == 0 || o->frame > HN_RFFT_MAX) {
        return hn_fail(env, HONE_E_ARGUMENT, "frames of %u samples every %u", (unsigned)o->frame,
                       (unsigned)o->step);
    }
    if (o->n_fft < o->frame) {
        return hn_fail(env, HONE_E_ARGUMENT, "a transform of %u samples for frames of %u",
                       (unsigned)o->n_fft, (unsigned)o->frame);
    }
    if (o->kind == HN_FEATURES_SPECTRUM) return HONE_OK;
    if (o->n_bins == 0 || o->n_bins > MAX_BINS) {
        return hn_fail(env, HONE_E_ARGUMENT, "%u mel bands", (unsigned)o->n_bins);
    }
    if (!(o->low_hz >= 0.0 && o->low_hz < o->high_hz && o->high_hz <= nyquist)) {
        return hn_fail(env, HONE_E_ARGUMENT, "mel bands from %g to %g Hz of sound with %g Hz",
                       o->low_hz, o->high_hz, sound->rate_hz);
    }
    if (o->kind == HN_FEATURES_MFCC && (o->n_coefficients == 0 || o->n_coefficients > o->n_bins)) {
        return hn_fail(env, HONE_E_ARGUMENT, "%u coefficients of %u bands",
                       (unsigned)o->n_coefficients, (unsigned)o->n_bins);
    }
    return HONE_OK;
}

static double mel_of(double hz) {
    return 1127.0 * log1p(hz / 700.0);
}

static void fill_weights(extractor *x, double rate_hz) {
    const hn_feature_options *o = x->o;
    const double low = mel_of(o->low_hz);
    const double width = (mel_of(o->high_hz) - low) / (o->n_bins + 1);
    for (uint32_t b = 0; b < o->n_bins; b++) {
        double *row = x->weights + (size_t)b * x->n_spectrum;
        for (uint32_t i = 1; i < x->n_spectrum; i++) {
            const double place = (mel_of(i * rate_hz / o->n_fft) - low) / width - (b + 1);
            row[i] = fabs(place) < 1.0 ? 1.0 - fabs(place) : 0.0;
        }
    }
}

static void fill_cosines(extractor *x) {
    const uint32_t n = x->o->n_bins;
    for (uint32_t k = 0; k < x->o->n_coefficients; k++) {
        const double scale = sqrt((k == 0 ? 1.0 : 2.0) / n);
        for (uint32_t b = 0; b < n; b++) {
            x->cosines[(size_t)k * n + b] = scale * cos(PI * k * (b + 0.5) / n);
        }
    }
}

static void extractor_fini(hn_env *env, extractor *x) {
    hn_rfft_fini(env, &x->fft);
    hn_free(env, x->window);
    hn_free(env, x->samples);
    hn_free(env, x->power);
    hn_free(env, x->bands);
    hn_free(env, x->weights);
    hn_free(env, x->cosines);
}

/* On failure the caller frees what was made. */
static hone_status extractor_init(hn_env *env, const hn_feature_options *o, double rate_hz,
                                  extractor *x) {
    *x = (extractor){.o = o, .n_spectrum = o->n_fft / 2 + 1};
    HN_TRY(hn_rfft_init(env, o->n_fft, &x->fft));
    x->window = hn_alloc(env, o->frame * sizeof *x->window);
    x->samples = hn_alloc(env, o->n_fft * sizeof *x->samples);
    x->power = hn_alloc(env, x->n_spectrum * sizeof *x->power);
    if (x->window == NULL || x->samples == NULL || x->power == NULL) return hn_no_memory(env);
    for (uint32_t i = 0; i < o->frame; i++) {
        x->window[i] = o->has_window ? 0.5 - 0.5 * cos(2.0 * PI * i / o->frame) : 1.0;
    }
    if (o->kind == HN_FEATURES_SPECTRUM) return HONE_OK;
    x->bands = hn_alloc(env, o->n_bins * sizeof *x->bands);
    x->weights = hn_alloc(env, (size_t)o->n_bins * x->n_spectrum * sizeof *x->weights);
    if (x->bands == NULL || x->weights == NULL) return hn_no_memory(env);
    fill_weights(x, rate_hz);
    if (o->kind == HN_FEATURES_MEL) return HONE_OK;
    x->cosines = hn_alloc(env, (size_t)o->n_coefficients * o->n_bins * sizeof *x->cosines);
    if (x->cosines == NULL) return hn_no_memory(env);
    fill_cosines(x);
    return HONE_OK;
}

static double log_of(const hn_feature_options *o, double value) {
    const double v = value + o->log_offset;
    if (o->log == HN_LOG_E) return log(v);
    if (o->log == HN_LOG_10) return log10(v);
    if (o->log == HN_LOG_DB) return (o->power == 2 ? 10.0 : 20.0) * log10(v);
    return value;
}

static double dot(const double *a, const double *b, uint32_t n) {
    double sum = 0.0;
    for (uint32_t i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static void extract(extractor *x, const float *frame, float *row) {
    const hn_feature_options *o = x->o;
    for (uint32_t i = 0; i < o->frame; i++) x->samples[i] = (double)frame[i] * x->window[i];
    hn_rfft_power(&x->fft, x->samples, x->power);
    for (uint32_t i = 0; i < x->n_spectrum && o->power == 1; i++) x->power[i] = sqrt(x->power[i]);
    if (o->kind == HN_FEATURES_SPECTRUM) {
        for (uint32_t i = 0; i < x->n_spectrum; i++) row[i] = (float)x->power[i];
        return;
    }
    for (uint32_t b = 0; b < o->n_bins; b++) {
        const double *weights = x->weights + (size_t)b * x->n_spectrum;
        x->bands[b] = log_of(o, dot(weights, x->power, x->n_spectrum));
        if (o->kind == HN_FEATURES_MEL) row[b] = (float)x->bands[b];
    }
    for (uint32_t k = 0; k < o->n_coefficients && o->kind == HN_FEATURES_MFCC; k++) {
        row[k] = (float)dot(x->cosines + (size_t)k * o->n_bins, x->bands, o->n_bins);
    }
}

hone_status hn_features(hn_env *env, const hn_series *sound, const hn_feature_options *o,
                        hn_series *out) {
    extractor x;
    hn_series made;
    HN_TRY(check_options(env, sound, o));
    if (o->kind == HN_FEATURES_MICRO) return hn_micro_features(env, sound, o, out);
    const uint64_t n = sound->n_rows < o->frame ? 0 : (sound->n_rows - o->frame) / o->step + 1;
    hone_status status = extractor_init(env, o, sound->rate_hz, &x);
    const uint32_t n_columns = o->kind == HN_FEATURES_SPECTRUM ? x.n_spectrum
                               : o->kind == HN_FEATURES_MEL    ? o->n_bins
                                                               : o->n_coefficients;
    if (status == HONE_OK) status = hn_series_new(env, n, n_columns, &made);
    if (status == HONE_OK) {
        made.rate_hz = sound->rate_hz / o->step;
        for (uint64_t i = 0; i < n; i++) {
            extract(&x, sound->values + i * o->step, made.values + i * n_columns);
        }
        *out = made;
    }
    extractor_fini(env, &x);
    return status;
}
