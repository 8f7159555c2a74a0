/* SPDX-License-Identifier: Apache-2.0
 * hone_tools.h: sound, its features, sensors' recordings and texts into inputs. */
#include <math.h>
#include <string.h>

#include "api/handles.h"
#include "pipeline/features.h"
#include "pipeline/sensor.h"
#include "pipeline/tokens.h"
#include "pipeline/wav.h"

void hone_series_free(hone_series *series) {
    if (series->owner == NULL) return;
    hn_free(series->owner, series->values);
    series->values = NULL;
    series->n_rows = 0;
    series->owner = NULL;
}

static void hand_over(hn_env *env, const hn_series *from, hone_series *to) {
    to->values = from->values;
    to->n_rows = (size_t)from->n_rows;
    to->n_columns = from->n_columns;
    to->rate_hz = from->rate_hz;
    to->owner = env;
}

hone_status hone_sound_read(hone_ctx *ctx, const char *path, double rate_hz, hone_series *sound) {
    hn_env *env = &ctx->env;
    hn_series read, resampled;
    HN_TRY(hn_wav_load(env, path, &read));
    if (rate_hz != 0.0) {
        const hone_status status = hn_series_resample(env, &read, rate_hz, &resampled);
        hn_series_free(env, &read);
        if (status != HONE_OK) return hn_fail_at(env, status, path);
        read = resampled;
    }
    hand_over(env, &read, sound);
    return HONE_OK;
}

hone_status hone_sensor_read(hone_ctx *ctx, const char *path, hone_series *recording) {
    hn_series read;
    HN_TRY(hn_sensor_load(&ctx->env, path, &read));
    hand_over(&ctx->env, &read, recording);
    return HONE_OK;
}

/* What is 0 in the caller's options keeps its default. */
static hone_status feature_options(hn_env *env, const hone_feature_options *o, double rate_hz,
                                   hn_feature_options *f) {
    static const hn_feature_log logs[] = {HN_LOG_E, HN_LOG_10, HN_LOG_DB, HN_LOG_NONE};
    const double frame = o->frame_ms * rate_hz / 1000.0, step = o->step_ms * rate_hz / 1000.0;
    if ((uint32_t)o->kind > HONE_FEATURES_MICRO || (uint32_t)o->log > HONE_LOG_NONE) {
        return hn_fail(env, HONE_E_ARGUMENT, "no such features");
    }
    const bool is_rate = rate_hz >= 1.0 && rate_hz <= 1e7;
    if (!is_rate || !(frame >= 0.0 && frame < 1e6 && step >= 0.0 && step < 1e6) || o->power > 2) {
        return hn_fail(env, HONE_E_ARGUMENT, "frames of %g ms every %g ms at %g Hz, power %u",
                       o->frame_ms, o->step_ms, rate_hz, o->power);
    }
    *f = hn_feature_options_of((hn_feature_kind)o->kind, rate_hz);
    if (frame >= 1.0) f->frame = (uint32_t)(frame + 0.5);
    if (step >= 1.0) f->step = (uint32_t)(step + 0.5);
    f->n_fft = o->n_fft;
    if (o->n_fft == 0) {
        for (f->n_fft = 2; f->n_fft < f->frame;) f->n_fft *= 2;
    }
    if (o->n_bins > 0) f->n_bins = o->n_bins;
    if (o->n_coefficients > 0) f->n_coefficients = o->n_coefficients;
    if (o->low_hz > 0.0) f->low_hz = o->low_hz;
    if (o->high_hz > 0.0) f->high_hz = o->high_hz;
    if (o->power > 0) f->power = o->power;
    if (o->log_offset > 0.0) f->log_offset = o->log_offset;
    f->log = logs[o->log];
    return HONE_OK;
}

hone_status hone_sound_features(hone_ctx *ctx, const hone_series *sound,
                                const hone_feature_options *options, hone_series *features) {
    const hn_series in = {sound->values, sound->n_rows, sound->n_columns, sound->rate_hz};
    hn_feature_options f;
    hn_series made;
    HN_TRY(feature_options(&ctx->env, options, sound->rate_hz, &f));
    HN_TRY(hn_features(&ctx->env, &in, &f, &made));
    hand_over(&ctx->env, &made, features);
    return HONE_OK;
}

/* ---- numbers into tensors ---- */

typedef struct integer_range {
    uint32_t n_bytes;
    double low, high;
} integer_range;

/* Whole numbers that a double holds exactly are enough for what comes as floats or tokens. */
static integer_range range_of(hone_dtype dtype) {
    switch ((int)dtype) {
    case HONE_DTYPE_S8:
        return (integer_range){1, INT8_MIN, INT8_MAX};
    case HONE_DTYPE_U8:
        return (integer_range){1, 0, UINT8_MAX};
    case HONE_DTYPE_S16:
        return (integer_range){2, INT16_MIN, INT16_MAX};
    case HONE_DTYPE_U16:
        return (integer_range){2, 0, UINT16_MAX};
    case HONE_DTYPE_S32:
        return (integer_range){4, INT32_MIN, INT32_MAX};
    case HONE_DTYPE_U32:
        return (integer_range){4, 0, UINT32_MAX};
    case HONE_DTYPE_S64:
        return (integer_range){8, -9e15, 9e15};
    case HONE_DTYPE_U64:
        return (integer_range){8, 0, 9e15};
    default:
        return (integer_range){0, 0, 0};
    }
}

static void store_integer(uint8_t *to, const integer_range *r, double value) {
    const int64_t whole = (int64_t)value;
    memcpy(to, &whole, r->n_bytes); /* little-endian: the low bytes */
}

/* Half away from zero; what is no number is 0. */
static double to_whole(double value) {
    if (!(value == value)) return 0.0;
    return value < 0.0 ? -floor(0.5 - value) : floor(value + 0.5);
}

static double clamp_to(double whole, const integer_range *r) {
    return whole < r->low ? r->low : whole > r->high ? r->high : whole;
}

static uint64_t count_of(const hone_tensor *t) {
    uint64_t n = 1;
    for (uint32_t d = 0; d < t->rank; d++) n *= (uint64_t)t->dim[d];
    return n;
}

static hone_status no_number(hn_env *env, const hone_tensor *t) {
    return hn_fail(env, HONE_E_UNSUPPORTED, "input '%s' of %s takes no numbers", t->name,
                   hone_dtype_name(t->dtype));
}

hone_status hone_session_write_values(hone_session *s, uint32_t i, const float *values,
                                      size_t n_values) {
    hn_env *env = &s->run->env;
    hone_tensor t = HONE_TENSOR_INIT;
    HN_TRY(hone_session_input(s, i, &t));
    const integer_range r = range_of(t.dtype);
    const uint64_t n = count_of(&t);
    if (n_values > n) {
        return hn_fail(env, HONE_E_SHAPE, "%zu values; input '%s' takes %llu", n_values, t.name,
                       (unsigned long long)n);
    }
    if (t.dtype == HONE_DTYPE_F32) {
        memcpy(t.data, values, n_values * sizeof *values);
        memset((float *)t.data + n_values, 0, (size_t)(n - n_values) * sizeof *values);
        return HONE_OK;
    }
    if (r.n_bytes == 0) return no_number(env, &t);
    for (uint64_t k = 0; k < n; k++) {
        double v = k < n_values ? (double)values[k] : 0.0;
        if (t.scale != 0.0f) v = (double)(float)(v / (double)t.scale);
        const double whole = to_whole(v) + (t.scale != 0.0f ? t.zero_point : 0);
        store_integer((uint8_t *)t.data + k * r.n_bytes, &r, clamp_to(whole, &r));
    }
    return HONE_OK;
}

/* ---- texts ---- */

static hone_status write_tokens(hn_env *env, const hone_tensor *t, const int32_t *ids, uint64_t n) {
    const integer_range r = range_of(t->dtype);
    if (r.n_bytes == 0 && t->dtype != HONE_DTYPE_F32) return no_number(env, t);
    for (uint64_t k = 0; k < n; k++) {
        if (t->dtype == HONE_DTYPE_F32) {
            ((float *)t->data)[k] = (float)ids[k];
        } else if (ids[k] < r.low || ids[k] > r.high) {
            return hn_fail(env, HONE_E_DATA, "token %d does not fit input '%s' of %s", (int)ids[k],
                           t->name, hone_dtype_name(t->dtype));
        } else {
            store_integer((uint8_t *)t->data + k * r.n_bytes, &r, ids[k]);
        }
    }
    return HONE_OK;
}

static hone_status word_tokens(hn_env *env, const char *path, const char *text, size_t n_bytes,
                               int32_t *ids, uint32_t n) {
    hn_map map;
    hn_arena arena;
    hn_vocabulary vocabulary;
    HN_TRY(hn_map_open(env, path, &map));
    hn_arena_init(&arena, env, 0);
    hone_status status = hn_vocabulary_read(&arena, map.bytes, map.size, &vocabulary);
    if (status == HONE_OK) {
        hn_tokens(&vocabulary, text, n_bytes, ids, n);
    } else {
        hn_fail_at(env, status, path);
    }
    hn_arena_fini(&arena);
    hn_map_close(&map);
    return status;
}

static hone_status byte_tokens(hn_env *env, const hone_tokens_options *o, const char *text,
                               size_t n_bytes, int32_t *ids, uint32_t n) {
    const bool is_plain = o->n_first == 0 && o->n_last == 0;
    const hn_byte_blocks blocks = {is_plain ? n : o->n_first, o->n_last, o->pad, o->block};
    if ((uint64_t)blocks.n_first + blocks.n_last != n) {
        return hn_fail(env, HONE_E_SHAPE, "blocks of %u and %u bytes for an input of %u tokens",
                       blocks.n_first, blocks.n_last, n);
    }
    hn_byte_tokens(&blocks, (const uint8_t *)text, n_bytes, ids);
    return HONE_OK;
}

hone_status hone_session_write_text(hone_session *s, uint32_t i, const char *text, size_t n_bytes,
                                    const hone_tokens_options *o) {
    enum { MAX_TOKENS = 1 << 24 };
    hn_env *env = &s->run->env;
    hone_tensor t = HONE_TENSOR_INIT;
    HN_TRY(hone_session_input(s, i, &t));
    const uint64_t n = count_of(&t);
    if (n == 0 || n > MAX_TOKENS) {
        return hn_fail(env, HONE_E_SHAPE, "input '%s' takes no text: it has %llu elements", t.name,
                       (unsigned long long)n);
    }
    int32_t *ids = hn_alloc(env, (size_t)n * sizeof *ids);
    if (ids == NULL) return hn_no_memory(env);
    hone_status status = o->vocabulary != NULL
                             ? word_tokens(env, o->vocabulary, text, n_bytes, ids, (uint32_t)n)
                             : byte_tokens(env, o, text, n_bytes, ids, (uint32_t)n);
    if (status == HONE_OK) status = write_tokens(env, &t, ids, n);
    hn_free(env, ids);
    return status;
}
