/* SPDX-License-Identifier: Apache-2.0
 * What a model is run on, a window at a time. A picture, an array or a text is one window; sound,
 * its features and recordings of sensors are series of rows, of which windows of the input's length
 * are taken, every `hop` rows. What a file is follows from its extension: .wav is sound; .csv,
 * .json and .cbor are recordings; .txt is a text; the rest is what inputs.h says. */
#ifndef CLI_FEED_H
#define CLI_FEED_H

#include "inputs.h"

typedef enum token_kind { TOKENS_BY_FILE, TOKENS_VOCABULARY, TOKENS_BYTES } token_kind;

typedef struct feed_options {
    int features; /* 0: raw samples; from 1 on in the order of hone_feature_kind */
    double rate_hz, frame_ms, step_ms, low_hz, high_hz;
    uint32_t n_fft, n_bins, n_coefficients, power;
    int log; /* order of hone_feature_log */
    double gain, peak;
    uint32_t window, hop, lead;
    const char *text, *vocabulary;
    int tokens; /* token_kind */
    const char *settings;
} feed_options;

#define OPTIONS_FEED(type, member)                                                                 \
    OPTION_ROW(type, OPTION_CHOICE, member.features, "features", "raw|spectrum|mel|mfcc|micro",    \
               "what a sound becomes (default: raw samples, -1 to 1)"),                            \
        OPTION_ROW(type, OPTION_RATE, member.rate_hz, "rate-hz", "HZ",                             \
                   "resample sounds to this rate (default: 16000)"),                               \
        OPTION_ROW(type, OPTION_RATE, member.frame_ms, "frame-ms", "MS",                           \
                   "length of a frame of features (default: 30)"),                                 \
        OPTION_ROW(type, OPTION_RATE, member.step_ms, "step-ms", "MS",                             \
                   "from frame to frame (default: 20)"),                                           \
        OPTION_ROW(type, OPTION_POSITIVE, member.n_fft, "fft", "N",                                \
                   "samples of the transform (default: the power of 2 from a frame on)"),          \
        OPTION_ROW(type, OPTION_POSITIVE, member.n_bins, "bins", "N", "mel bands (default: 40)"),  \
        OPTION_ROW(type, OPTION_POSITIVE, member.n_coefficients, "coefficients", "N",              \
                   "of mfcc (default: 10)"),                                                       \
        OPTION_ROW(type, OPTION_RATE, member.low_hz, "low-hz", "HZ",                               \
                   "where mel bands begin (default: 20; micro: 125)"),                             \
        OPTION_ROW(type, OPTION_RATE, member.high_hz, "high-hz", "HZ",                             \
                   "where they end (default: 4000; micro: 7500)"),                                 \
        OPTION_ROW(type, OPTION_POSITIVE, member.power, "power", "1|2",                            \
                   "magnitudes, or their squares (default: 1)"),                                   \
        OPTION_ROW(type, OPTION_CHOICE, member.log, "log", "natural|log10|db|none",                \
                   "of mel bands (default: natural)"),                                             \
        OPTION_ROW(type, OPTION_RATE, member.gain, "gain", "X",                                    \
                   "multiply samples (default: 1; 32768 for plain integer inputs)"),               \
        OPTION_ROW(type, OPTION_RATE, member.peak, "peak", "X",                                    \
                   "multiply samples so that the loudest is X"),                                   \
        OPTION_ROW(type, OPTION_POSITIVE, member.window, "window", "N",                            \
                   "rows of a series that go in at once (default: what fits)"),                    \
        OPTION_ROW(type, OPTION_POSITIVE, member.hop, "hop", "N",                                  \
                   "rows from window to window (default: a window; of a sound, one only)"),        \
        OPTION_ROW(type, OPTION_POSITIVE, member.hop, "stride", "N", "the same as --hop"),         \
        OPTION_ROW(type, OPTION_POSITIVE, member.lead, "lead", "N",                                \
                   "rows of zeros before the first"),                                              \
        OPTION_ROW(type, OPTION_TEXT, member.text, "text", "WORDS", "a text instead of files"),    \
        OPTION_ROW(type, OPTION_TEXT, member.vocabulary, "vocab", "FILE",                          \
                   "a word and its number a line, for texts"),                                     \
        OPTION_ROW(type, OPTION_CHOICE, member.tokens, "tokens", "auto|vocab|bytes",               \
                   "take files as texts: words, or their bytes (auto: .txt only)"),                \
        OPTION_ROW(type, OPTION_TEXT, member.settings, "settings", "FILE.json",                    \
                   "features, bytes and thresholds as the model's makers give them")

/* What a settings file states, for models that come with one; 0 and NULL where it does not. */
typedef struct feed_settings {
    uint32_t n_first, n_last, block; /* bytes */
    int32_t pad;
    double cutoff;    /* of a detector's score */
    uint32_t average; /* scores that are averaged */
    char *labels;     /* a line each, or NULL; freed by feed_settings_free */
} feed_settings;

/* Reads the file of options->settings, if any, and fills options that were not given. */
int feed_settings_read(feed_options *options, feed_settings *settings);
void feed_settings_free(feed_settings *settings);

typedef struct feed {
    engine *e;
    const feed_options *o;
    const feed_settings *settings;
    uint32_t input;
    int is_series;
    hone_series series;
    size_t n_windows, n_window, n_hop; /* rows */
} feed;

/* Opens a file, or the text of the options when path is NULL. `is_stream`: every window of a sound,
 * not only the first. */
int feed_open(feed *f, const char *path, const input_options *input, int is_stream);
/* Writes window k into the input. */
int feed_window(feed *f, size_t k);
/* Where window k begins and how long a hop is, in seconds; 0 where it is not known. */
double feed_time(const feed *f, size_t k);
void feed_close(feed *f);

/* Gives the open dimension of the input that a file goes to the length that the file has, where the
 * file tells (sound, text) and no --shape does: opens the model again, before there is a session.
 */
int feed_fit(engine *e, const char *path, uint32_t input, const feed_options *o,
             plan_options *plan);

/* Whether inputs_is_picture holds and the feed takes it for one. */
int feed_is_picture(const char *path, const feed_options *o);

#endif
