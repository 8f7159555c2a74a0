/* SPDX-License-Identifier: Apache-2.0
 * Features of sound: frames of samples become rows of a series.
 *
 *     frame -> Hann window -> transform -> |X| or |X|^2 -> mel bands -> log -> cosine transform
 *              spectrum: to here ----------------^            mel ----^   mfcc ----^
 *
 * The formulas are those of TensorFlow's signal library: a periodic window, the HTK mel scale with
 * triangles that are linear in mel and without the constant bin, and an orthonormal type 2 cosine
 * transform. `micro` is the fixed-point front end of micro_front.h. */
#ifndef HN_PIPELINE_FEATURES_H
#define HN_PIPELINE_FEATURES_H

#include "pipeline/series.h"

typedef enum hn_feature_kind {
    HN_FEATURES_SPECTRUM,
    HN_FEATURES_MEL,
    HN_FEATURES_MFCC,
    HN_FEATURES_MICRO
} hn_feature_kind;

typedef enum hn_feature_log { HN_LOG_NONE, HN_LOG_E, HN_LOG_10, HN_LOG_DB } hn_feature_log;

typedef struct hn_feature_options {
    hn_feature_kind kind;
    uint32_t frame, step;    /* samples */
    uint32_t n_fft;          /* power of two, at least frame */
    uint32_t n_bins;         /* mel bands */
    uint32_t n_coefficients; /* mfcc: the first of n_bins */
    uint32_t power;          /* 1 magnitudes, 2 their squares */
    double low_hz, high_hz;  /* mel bands span */
    hn_feature_log log;      /* of mel bands; db: 10 log10 of squares, 20 log10 of magnitudes */
    double log_offset;       /* added before the log */
    bool has_window;         /* Hann; else none */
} hn_feature_options;

/* 30 ms frames every 20 ms, the next power of two, 40 bands from 20 to 4000 Hz (125 to 7500 for
 * micro), 10 coefficients, magnitudes, natural log of x + 1e-6; a spectrum is without a window. */
hn_feature_options hn_feature_options_of(hn_feature_kind kind, double rate_hz);

/* One row a frame that lies wholly in the sound; no rows where it is shorter than a frame. */
hone_status hn_features(hn_env *env, const hn_series *sound, const hn_feature_options *options,
                        hn_series *out);

#endif
