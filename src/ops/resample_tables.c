/* SPDX-License-Identifier: Apache-2.0
 * Tables for resampling. Coordinates are computed in float32 and in the order of the reference
 * engines' expressions, because a nearest pixel changes with the last bit: ONNX Runtime multiplies
 * and divides by the float scale, LiteRT multiplies by its inverse.
 *
 * ONNX: taps beyond a border repeat the border's element, or have no weight (exclude_outside).
 * With antialias the window grows as the picture shrinks: weight(distance * scale), normalised. */
#include "ops/resample_tables.h"

#include <math.h>
#include <string.h>

enum { MOST_TAPS = 1 << 16 };

static int64_t clamp_index(int64_t i, int64_t n) {
    return i < 0 ? 0 : i >= n ? n - 1 : i;
}

static hone_status allocate(hn_env *env, const hn_resample_axis *axis, bool has_weights,
                            hn_resample_table *t) {
    const uint64_t n = (uint64_t)axis->out * (uint64_t)t->taps;
    if (axis->out > INT32_MAX || axis->in > INT32_MAX || n > INT32_MAX) {
        return hn_fail(env, HONE_E_LIMIT, "2^31 elements or more");
    }
    t->index = hn_alloc(env, (size_t)n * sizeof *t->index);
    t->weight = has_weights ? hn_alloc(env, (size_t)n * sizeof *t->weight) : NULL;
    if (t->index != NULL && (t->weight != NULL || !has_weights)) return HONE_OK;
    hn_resample_free(env, t);
    return hn_no_memory(env);
}

void hn_resample_free(hn_env *env, hn_resample_table *table) {
    hn_free(env, table->index);
    hn_free(env, table->weight);
    table->index = NULL;
    table->weight = NULL;
}

/* ---- ONNX ---- */

/* Where output x lies in the input. */
static float coordinate(const hn_resample_rule *rule, const hn_resample_axis *a, int64_t x) {
    const char *mode = rule->coordinates;
    const float at = (float)x, in = (float)a->in, out = (float)a->out;
    const bool is_crop = strcmp(mode, "tf_crop_and_resize") == 0;
    if (a->scale == 1.0f && !is_crop) return at;
    if (strcmp(mode, "asymmetric") == 0) return at / a->scale;
    if (strcmp(mode, "align_corners") == 0) {
        return a->out == 1 ? 0.0f : at * (in - 1.0f) / (out - 1.0f);
    }
    if (strcmp(mode, "pytorch_half_pixel") == 0) {
        return a->out > 1 ? (at + 0.5f) / a->scale - 0.5f : 0.0f;
    }
    if (strcmp(mode, "tf_half_pixel_for_nn") == 0) return (at + 0.5f) / a->scale;
    if (strcmp(mode, "half_pixel_symmetric") == 0) {
        const float adjustment = out / (a->scale * in);
        const float center = in / 2.0f;
        return center * (1.0f - adjustment) + (at + 0.5f) / a->scale - 0.5f;
    }
    if (is_crop) {
        if (a->out == 1) return 0.5f * (a->start + a->end) * (in - 1.0f);
        return a->start * (in - 1.0f) + at * (a->end - a->start) * (in - 1.0f) / (out - 1.0f);
    }
    return (at + 0.5f) / a->scale - 0.5f;
}

static int64_t nearest(const hn_resample_rule *rule, const hn_resample_axis *a, float at) {
    const char *mode = rule->nearest;
    if (strcmp(mode, "floor") == 0) return (int64_t)floorf(at);
    if (strcmp(mode, "ceil") == 0) return (int64_t)ceilf(at);
    if (strcmp(mode, "simple") == 0) return (int64_t)(a->scale < 1.0f ? ceilf(at) : floorf(at));
    if (strcmp(mode, "round_prefer_ceil") == 0) return (int64_t)floorf(at + 0.5f);
    return (int64_t)ceilf(at - 0.5f);
}

static double cubic_weight(double a, double x) {
    x = fabs(x);
    if (x <= 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0) return ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
    return 0.0;
}

static double weight_at(const hn_resample_rule *rule, double distance) {
    if (rule->mode == HN_RESAMPLE_CUBIC) return cubic_weight((double)rule->cubic_a, distance);
    const double x = fabs(distance);
    return x < 1.0 ? 1.0 - x : 0.0;
}

/* The taps of one output around coordinate `at`: the first lies `reach` - 1 below its floor. */
static void fill_taps(const hn_resample_rule *rule, const hn_resample_axis *a, float at,
                      hn_resample_table *t, int64_t x) {
    const bool shrinks = rule->has_antialias && a->scale < 1.0f;
    const double scale = shrinks ? (double)a->scale : 1.0;
    const float whole = floorf(at);
    const double rest = (double)(at - whole);
    const int64_t first = (int64_t)whole - (t->taps / 2 - 1);
    int32_t *index = t->index + x * t->taps;
    float *weight = t->weight + x * t->taps;
    double sum = 0.0;
    for (int32_t k = 0; k < t->taps; k++) {
        const int64_t i = first + k;
        const bool is_out = rule->excludes_outside && (i < 0 || i >= a->in);
        const double distance = (double)(k - (t->taps / 2 - 1)) - rest;
        const double v = is_out ? 0.0 : weight_at(rule, distance * scale);
        index[k] = (int32_t)clamp_index(i, a->in);
        weight[k] = (float)v;
        sum += v;
    }
    const bool is_scaled = shrinks || rule->excludes_outside;
    for (int32_t k = 0; k < t->taps && is_scaled && sum != 0.0; k++) {
        weight[k] = (float)((double)weight[k] / sum);
    }
}

/* Half the window, in input elements, on either side of a coordinate. */
static double reach_of(const hn_resample_rule *rule, const hn_resample_axis *a) {
    const double reach = rule->mode == HN_RESAMPLE_CUBIC ? 2.0 : 1.0;
    return rule->has_antialias && a->scale < 1.0f ? ceil(reach / (double)a->scale) : reach;
}

hone_status hn_resample_fill(hn_env *env, const hn_resample_rule *rule,
                             const hn_resample_axis *axis, hn_resample_table *out) {
    const bool is_nearest = rule->mode == HN_RESAMPLE_NEAREST;
    const bool is_crop = strcmp(rule->coordinates, "tf_crop_and_resize") == 0;
    const double reach = is_nearest ? 0.5 : reach_of(rule, axis);
    if (!(axis->scale > 0.0f) || !(reach < MOST_TAPS / 2)) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "a scale of %g", (double)axis->scale);
    }
    hn_resample_table t = {(int32_t)(2.0 * reach), NULL, NULL, false};
    HN_TRY(allocate(env, axis, !is_nearest || is_crop, &t));
    const float limit = (float)(axis->in + 1);
    for (int64_t x = 0; x < axis->out; x++) {
        float at = coordinate(rule, axis, x);
        const bool is_outside = is_crop && !(at >= 0.0f && at <= (float)(axis->in - 1));
        at = !(at > -limit * 2.0f) ? -limit * 2.0f : at > limit * 2.0f ? limit * 2.0f : at;
        if (is_nearest) {
            t.index[x] = (int32_t)clamp_index(nearest(rule, axis, at), axis->in);
            if (t.weight != NULL) t.weight[x] = 1.0f;
        } else {
            fill_taps(rule, axis, at, &t, x);
        }
        if (is_outside) t.index[x * t.taps] = -1;
        t.has_outside = t.has_outside || is_outside;
    }
    *out = t;
    return HONE_OK;
}

/* ---- LiteRT ---- */

static bool is_rule(const hn_resample_rule *rule, const char *name) {
    return strcmp(rule->coordinates, name) == 0;
}

static int64_t tflite_nearest(const hn_resample_rule *rule, const hn_resample_axis *a, int64_t x) {
    const bool aligns = is_rule(rule, "tf_align_corners");
    const float scale = aligns && a->out > 1 ? (float)(a->in - 1) / (float)(a->out - 1)
                                             : (float)a->in / (float)a->out;
    const float at = ((float)x + (is_rule(rule, "tf_half_pixel") ? 0.5f : 0.0f)) * scale;
    return clamp_index((int64_t)(aligns ? roundf(at) : floorf(at)), a->in);
}

static void tflite_linear(const hn_resample_rule *rule, const hn_resample_axis *a, int64_t x,
                          hn_resample_table *t) {
    float scale = (float)a->in / (float)a->out;
    if (is_rule(rule, "tf_align_corners") && a->out > 1) {
        scale = (float)(a->in - 1) / (float)(a->out - 1);
    }
    const bool is_half = is_rule(rule, "tf_half_pixel");
    const float at = is_half ? ((float)x + 0.5f) * scale - 0.5f : (float)x * scale;
    const int64_t low = (int64_t)floorf(at), high = (int64_t)ceilf(at);
    t->index[2 * x] = (int32_t)clamp_index(low, a->in);
    t->index[2 * x + 1] = (int32_t)clamp_index(high, a->in);
    t->weight[2 * x + 1] = at - (float)t->index[2 * x];
    t->weight[2 * x] = 1.0f - t->weight[2 * x + 1];
}

static void tflite_fixed(const hn_resample_rule *rule, const hn_resample_axis *a, int64_t x,
                         hn_resample_table *t, int32_t *fixed) {
    int64_t scale = (1024 * a->in + a->out / 2) / a->out;
    if (is_rule(rule, "tf_align_corners") && a->out > 1) {
        scale = (1024 * (a->in - 1) + (a->out - 1) / 2) / (a->out - 1);
    }
    const int64_t at = x * scale + (is_rule(rule, "tf_half_pixel") ? scale / 2 - 512 : 0);
    const int64_t low = at / 1024, high = (at + 1023) / 1024;
    t->index[2 * x] = (int32_t)clamp_index(low, a->in);
    t->index[2 * x + 1] = (int32_t)clamp_index(high, a->in);
    fixed[2 * x + 1] = (int32_t)(at - 1024 * t->index[2 * x]);
    fixed[2 * x] = 1024 - fixed[2 * x + 1];
}

hone_status hn_resample_fill_tflite(hn_env *env, const hn_resample_rule *rule,
                                    const hn_resample_axis *axis, hn_resample_table *out,
                                    int32_t **fixed) {
    const bool is_nearest = rule->mode == HN_RESAMPLE_NEAREST;
    hn_resample_table t = {is_nearest ? 1 : 2, NULL, NULL, false};
    if (axis->in > 1 << 20 || axis->out > 1 << 20) {
        return hn_fail(env, HONE_E_LIMIT, "more than 2^20 rows or columns");
    }
    HN_TRY(allocate(env, axis, !is_nearest && fixed == NULL, &t));
    int32_t *weights = NULL;
    if (fixed != NULL) {
        weights = hn_alloc(env, (size_t)axis->out * 2 * sizeof *weights);
        if (weights == NULL) {
            hn_resample_free(env, &t);
            return hn_no_memory(env);
        }
        *fixed = weights;
    }
    for (int64_t x = 0; x < axis->out; x++) {
        if (is_nearest) {
            t.index[x] = (int32_t)tflite_nearest(rule, axis, x);
        } else if (fixed != NULL) {
            tflite_fixed(rule, axis, x, &t, weights);
        } else {
            tflite_linear(rule, axis, x, &t);
        }
    }
    *out = t;
    return HONE_OK;
}
