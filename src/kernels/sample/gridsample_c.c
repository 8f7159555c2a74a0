/* SPDX-License-Identifier: Apache-2.0
 * Sampling at the points of a grid: the definition and the portable form. For each point the taps
 * and weights are found once and used for all channels. */
#include <stddef.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/sample/sample.h"

/* Up to four taps along a dimension: pixel, or -1 for a zero, and weight. */
typedef struct gridsample_c_taps {
    int32_t n, at[4];
    float weight[4];
} gridsample_c_taps;

/* A coordinate mirrored at low and high until it lies between them. */
static inline float gridsample_c_reflect(float x, float low, float high) {
    const float range = high - low;
    const float beyond = x < low ? low - x : x - high;
    if (!(beyond > 0.0f) || !(range > 0.0f)) return x;
    const float times = hn_floor(beyond / range), rest = beyond - times * range;
    const float half = times * 0.5f;
    const int is_even = hn_floor(half) == half;
    if (x < low) return is_even ? low + rest : high - rest;
    return is_even ? high - rest : low + rest;
}

static inline float gridsample_c_clamp(float x, float low, float high) {
    return !(x > low) ? low : x > high ? high : x;
}

/* Pixel i of `size`, by the rule for what lies outside. */
static inline int32_t gridsample_c_pixel(const hn_gridsample_args *a, float i, int32_t size) {
    const float last = (float)(size - 1), edge = a->aligns ? 0.0f : 0.5f;
    if (a->padding == HN_SAMPLE_REFLECTION) i = gridsample_c_reflect(i, -edge, last + edge);
    if (a->padding == HN_SAMPLE_ZEROS && !(i >= 0.0f && i <= last)) return -1;
    return (int32_t)gridsample_c_clamp(i, 0.0f, last);
}

static inline float gridsample_c_cubic(float x) {
    const float a = -0.75f;
    x = x < 0.0f ? -x : x;
    if (x <= 1.0f) return ((a + 2.0f) * x - (a + 3.0f)) * x * x + 1.0f;
    return ((a * x - 5.0f * a) * x + 8.0f * a) * x - 4.0f * a;
}

/* The taps for normalised coordinate v along a dimension. */
static inline gridsample_c_taps gridsample_c_at(const hn_gridsample_args *a, float v,
                                                int32_t size) {
    const float last = (float)(size - 1), edge = a->aligns ? 0.0f : 0.5f;
    gridsample_c_taps t = {0, {0, 0, 0, 0}, {0, 0, 0, 0}};
    float x = a->aligns ? (v + 1.0f) / 2.0f * last : ((v + 1.0f) * (float)size - 1.0f) / 2.0f;
    x = gridsample_c_clamp(x, -16777216.0f, 16777216.0f);
    if (a->mode == HN_SAMPLE_NEAREST) x = hn_round(x);
    if (a->padding == HN_SAMPLE_BORDER && a->mode != HN_SAMPLE_CUBIC)
        x = gridsample_c_clamp(x, 0.0f, last);
    if (a->padding == HN_SAMPLE_REFLECTION) x = gridsample_c_reflect(x, -edge, last + edge);
    const float whole = a->mode == HN_SAMPLE_NEAREST ? hn_round(x) : hn_floor(x);
    const float first = a->mode == HN_SAMPLE_CUBIC ? whole - 1.0f : whole;
    t.n = a->mode == HN_SAMPLE_NEAREST ? 1 : a->mode == HN_SAMPLE_LINEAR ? 2 : 4;
    for (int32_t k = 0; k < t.n; ++k) {
        const float i = first + (float)k, distance = x - i;
        const float linear = 1.0f - (distance < 0.0f ? -distance : distance);
        t.at[k] = gridsample_c_pixel(a, i, size);
        t.weight[k] = a->mode == HN_SAMPLE_NEAREST  ? 1.0f
                      : a->mode == HN_SAMPLE_LINEAR ? linear
                                                    : gridsample_c_cubic(distance);
    }
    return t;
}

HN_KERNEL(hn_gridsample_f32_c) {
    const hn_gridsample_args *a = (const hn_gridsample_args *)args;
    const size_t plane = (size_t)a->in_h * (size_t)a->in_w;
    const size_t out_plane = (size_t)a->out_h * (size_t)a->out_w;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const size_t image = u / (uint32_t)a->out_h, row = u % (uint32_t)a->out_h;
        const float *grid = (const float *)buf[HN_GRIDSAMPLE_GRID];
        grid += (size_t)u * (size_t)a->out_w * 2;
        for (size_t x = 0; x < (size_t)a->out_w; ++x, grid += 2) {
            const gridsample_c_taps tx = gridsample_c_at(a, grid[0], a->in_w);
            const gridsample_c_taps ty = gridsample_c_at(a, grid[1], a->in_h);
            const float *in = (const float *)buf[HN_GRIDSAMPLE_IN] + image * (size_t)a->c * plane;
            float *out = (float *)buf[HN_GRIDSAMPLE_OUT] + image * (size_t)a->c * out_plane;
            out += row * (size_t)a->out_w + x;
            for (int32_t c = 0; c < a->c; ++c, in += plane, out += out_plane) {
                float sum = 0.0f;
                for (int32_t j = 0; j < ty.n; ++j) {
                    float line = 0.0f;
                    for (int32_t i = 0; i < tx.n && ty.at[j] >= 0; ++i) {
                        const size_t at = (size_t)ty.at[j] * (size_t)a->in_w;
                        if (tx.at[i] >= 0) line += in[at + (size_t)tx.at[i]] * tx.weight[i];
                    }
                    sum += line * ty.weight[j];
                }
                *out = sum;
            }
        }
    }
}
