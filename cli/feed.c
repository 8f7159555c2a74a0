/* SPDX-License-Identifier: Apache-2.0
 * Windows of what files hold. */
#define _GNU_SOURCE
#include "feed.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli.h"
#include "files.h"
#include "say.h"
#include "values.h"

enum { KIND_OTHER, KIND_SOUND, KIND_SENSOR, KIND_TEXT };

static const double DEFAULT_RATE = 16000.0, SAMPLE_SCALE = 32768.0;

static int kind_of(const char *path, const feed_options *o) {
    static const struct {
        const char *extension;
        int kind;
    } kinds[] = {{"wav", KIND_SOUND},
                 {"csv", KIND_SENSOR},
                 {"json", KIND_SENSOR},
                 {"cbor", KIND_SENSOR},
                 {"txt", KIND_TEXT}};
    if (path == NULL || o->tokens != TOKENS_BY_FILE) return KIND_TEXT;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcasecmp(path_extension(path), kinds[i].extension) == 0) return kinds[i].kind;
    }
    return KIND_OTHER;
}

int feed_is_picture(const char *path, const feed_options *o) {
    return kind_of(path, o) == KIND_OTHER && inputs_is_picture(path);
}

static int ctx_failed(const engine *e, const char *what) {
    return say_failed(what, "%s", hone_ctx_message(e->ctx));
}

/* ---- sound ---- */

static hone_feature_options feature_options(const feed_options *o) {
    hone_feature_options f = HONE_FEATURE_OPTIONS_INIT;
    f.kind = (hone_feature_kind)(o->features - 1);
    f.frame_ms = o->frame_ms;
    f.step_ms = o->step_ms;
    f.n_fft = o->n_fft;
    f.n_bins = o->n_bins;
    f.n_coefficients = o->n_coefficients;
    f.low_hz = o->low_hz;
    f.high_hz = o->high_hz;
    f.power = o->power;
    f.log = (hone_feature_log)o->log;
    return f;
}

/* Loudness, as the options want it. */
static void scale_sound(const feed *f, const hone_tensor *in, hone_series *sound) {
    const int is_plain = f->o->features == 0 && in->scale == 0.0f && in->dtype != HONE_DTYPE_F32;
    double gain = f->o->gain > 0 ? f->o->gain : is_plain ? SAMPLE_SCALE : 1.0;
    float loudest = 0;
    for (size_t i = 0; i < sound->n_rows; i++) loudest = fmaxf(loudest, fabsf(sound->values[i]));
    if (f->o->peak > 0 && loudest > 0) gain = f->o->peak / (double)loudest;
    for (size_t i = 0; i < sound->n_rows; i++) {
        sound->values[i] = (float)((double)sound->values[i] * gain);
    }
}

/* Zeros before a series, and behind it up to n_rows. */
static void extend(hone_series *series, size_t lead, size_t n_rows, float **values) {
    const size_t n = series->n_columns * sizeof(float);
    const size_t n_all = lead + series->n_rows > n_rows ? lead + series->n_rows : n_rows;
    *values = say_alloc(n_all, n);
    memcpy(*values + lead * series->n_columns, series->values, series->n_rows * n);
    series->values = *values;
    series->n_rows = n_all;
}

/* The features of a sound that has at least as many samples as one window of frames needs. */
static int read_features(feed *f, const char *path, hone_series *sound, size_t n_values) {
    const hone_feature_options o = feature_options(f->o);
    const double rate = sound->rate_hz / 1000.0;
    const double frame = (o.frame_ms > 0 ? o.frame_ms : 30) * rate;
    const double step = (o.step_ms > 0 ? o.step_ms : 20) * rate;
    hone_series probe = *sound, made = HONE_SERIES_INIT;
    float *zeros = NULL;
    extend(&probe, 0, (size_t)frame + 1, &zeros);
    int code = CLI_DONE;
    if (hone_sound_features(f->e->ctx, &probe, &o, &made) != HONE_OK) {
        code = ctx_failed(f->e, path);
    } else if (n_values / made.n_columns > made.n_rows) {
        const size_t n_rows = f->o->window > 0 ? f->o->window : n_values / made.n_columns;
        free(zeros);
        hone_series_free(&made);
        probe = *sound;
        extend(&probe, 0, (size_t)(frame + (double)(n_rows - 1) * step) + 1, &zeros);
        if (hone_sound_features(f->e->ctx, &probe, &o, &made) != HONE_OK) {
            code = ctx_failed(f->e, path);
        }
    }
    free(zeros);
    hone_series_free(sound);
    if (code == CLI_DONE) f->series = made;
    return code;
}

static int read_sound(feed *f, const char *path, const hone_tensor *in) {
    const double rate = f->o->rate_hz > 0 ? f->o->rate_hz : DEFAULT_RATE;
    hone_series sound = HONE_SERIES_INIT;
    if (hone_sound_read(f->e->ctx, path, rate, &sound) != HONE_OK) return ctx_failed(f->e, NULL);
    scale_sound(f, in, &sound);
    if (f->o->features > 0) return read_features(f, path, &sound, value_count(in));
    f->series = sound;
    return CLI_DONE;
}

/* ---- windows ---- */

static int set_windows(feed *f, const char *path, const hone_tensor *in, int is_whole) {
    const size_t n = value_count(in), n_columns = f->series.n_columns;
    const size_t n_rows = f->series.n_rows + f->o->lead;
    f->n_window = f->o->window > 0 ? f->o->window : n / n_columns;
    if (f->n_window == 0 || f->n_window * n_columns > n ||
        (f->o->window == 0 && n % n_columns != 0)) {
        return say_failed(path, "rows of %zu values do not fill input %s of %s", n_columns,
                          in->name, text_shape(in->dim, in->rank).s);
    }
    f->n_hop = f->o->hop > 0 ? f->o->hop : f->n_window;
    f->n_windows = n_rows <= f->n_window || !is_whole ? 1 : (n_rows - f->n_window) / f->n_hop + 1;
    return CLI_DONE;
}

static int open_series(feed *f, const char *path, int kind, int is_stream) {
    hone_tensor in = HONE_TENSOR_INIT;
    int code = CLI_DONE;
    if (hone_session_input(f->e->session, f->input, &in) != HONE_OK) {
        return engine_failed(f->e, path);
    }
    f->is_series = 1;
    if (kind == KIND_SOUND) {
        code = read_sound(f, path, &in);
    } else if (hone_sensor_read(f->e->ctx, path, &f->series) != HONE_OK) {
        code = ctx_failed(f->e, NULL);
    }
    if (code != CLI_DONE) return code;
    if (f->series.n_rows == 0) return say_failed(path, "is empty");
    return set_windows(f, path, &in, kind == KIND_SENSOR || is_stream || f->o->hop > 0);
}

/* A file that is a text by its name alone goes to what looks like a row of tokens. */
static int check_text(const feed *f, const char *path) {
    hone_tensor in = HONE_TENSOR_INIT;
    if (hone_session_input(f->e->session, f->input, &in) != HONE_OK) {
        return engine_failed(f->e, path);
    }
    if (f->o->tokens != TOKENS_BY_FILE || f->o->vocabulary != NULL || in.rank <= 2) return CLI_DONE;
    return say_failed(path, "input %s of %s takes no text; --tokens bytes takes its bytes", in.name,
                      text_shape(in.dim, in.rank).s);
}

static int write_text(feed *f, const char *path) {
    hone_tokens_options t = HONE_TOKENS_OPTIONS_INIT;
    char *bytes = NULL;
    const char *words = f->o->text;
    size_t n = words != NULL ? strlen(words) : 0;
    if (path != NULL) {
        if (check_text(f, path) != CLI_DONE) return CLI_FAILED;
        if (file_read_text(path, &bytes, &n) != CLI_DONE) return CLI_FAILED;
        words = bytes;
    }
    if (f->o->tokens != TOKENS_BYTES) t.vocabulary = f->o->vocabulary;
    if (f->o->tokens == TOKENS_VOCABULARY && t.vocabulary == NULL) {
        free(bytes);
        return say_usage("run", "--tokens vocab needs --vocab FILE");
    }
    t.n_first = f->settings->n_first;
    t.n_last = f->settings->n_last;
    t.pad = f->settings->pad;
    t.block = f->settings->block;
    const hone_status status = hone_session_write_text(f->e->session, f->input, words, n, &t);
    free(bytes);
    return status == HONE_OK ? CLI_DONE : engine_failed(f->e, path);
}

int feed_open(feed *f, const char *path, const input_options *input, int is_stream) {
    const int kind = kind_of(path, f->o);
    f->is_series = 0;
    f->n_windows = 1;
    if (kind == KIND_TEXT) return write_text(f, path);
    if (kind == KIND_OTHER) return inputs_read(f->e, f->input, path, input);
    return open_series(f, path, kind, is_stream);
}

int feed_window(feed *f, size_t k) {
    if (!f->is_series) return CLI_DONE;
    const size_t n_columns = f->series.n_columns, begin = k * f->n_hop, lead = f->o->lead;
    float *values = say_alloc(f->n_window * n_columns, sizeof *values);
    for (size_t r = 0; r < f->n_window; r++) {
        if (begin + r < lead || begin + r - lead >= f->series.n_rows) continue;
        memcpy(values + r * n_columns, f->series.values + (begin + r - lead) * n_columns,
               n_columns * sizeof *values);
    }
    const hone_status status =
        hone_session_write_values(f->e->session, f->input, values, f->n_window * n_columns);
    free(values);
    return status == HONE_OK ? CLI_DONE : engine_failed(f->e, NULL);
}

double feed_time(const feed *f, size_t k) {
    if (!f->is_series || f->series.rate_hz <= 0) return 0;
    return (double)(k * f->n_hop) / f->series.rate_hz;
}

void feed_close(feed *f) {
    hone_series_free(&f->series);
    f->is_series = 0;
}

/* ---- open dimensions ---- */

/* The length that a file has: samples or bytes; 0 where none is told. */
static int length_of(engine *e, const char *path, const feed_options *o, size_t *n) {
    const int kind = kind_of(path, o);
    char *bytes = NULL;
    *n = 0;
    if (kind == KIND_SOUND && o->features == 0) {
        hone_series sound = HONE_SERIES_INIT;
        const double rate = o->rate_hz > 0 ? o->rate_hz : DEFAULT_RATE;
        if (hone_sound_read(e->ctx, path, rate, &sound) != HONE_OK) return ctx_failed(e, NULL);
        *n = o->window > 0 ? o->window : sound.n_rows;
        hone_series_free(&sound);
    } else if (kind == KIND_TEXT && path == NULL) {
        *n = strlen(o->text);
    } else if (kind == KIND_TEXT) {
        if (file_read_text(path, &bytes, n) != CLI_DONE) return CLI_FAILED;
        free(bytes);
    }
    return CLI_DONE;
}

int feed_fit(engine *e, const char *path, uint32_t input, const feed_options *o,
             plan_options *plan) {
    static char shape[TEXT_MAX * 2];
    hone_io_info info = HONE_IO_INFO_INIT;
    size_t length = 0, n = 0;
    uint32_t open = 0;
    if (plan->shapes.n > 0 || hone_model_input(e->model, input, &info) != HONE_OK) return CLI_DONE;
    for (uint32_t d = 1; d < info.rank || (d == 1 && info.rank == 1); d++) {
        const uint32_t at = info.rank == 1 ? 0 : d;
        if (info.dim[at] <= 0) open = at + 1;
    }
    if (open == 0) return CLI_DONE;
    if (length_of(e, path, o, &length) != CLI_DONE) return CLI_FAILED;
    if (length == 0) return CLI_DONE;
    n = (size_t)snprintf(shape, sizeof shape, "%.200s=", info.name);
    for (uint32_t d = 0; d < info.rank; d++) {
        const int64_t v = d + 1 == open ? (int64_t)length : info.dim[d] > 0 ? info.dim[d] : 1;
        n += (size_t)snprintf(shape + n, sizeof shape - n, "%s%lld", d == 0 ? "" : "x",
                              (long long)v);
    }
    plan->shapes.item[plan->shapes.n++] = shape;
    hone_model_free(e->model);
    e->model = NULL;
    return engine_open_model(e, e->path, plan);
}
