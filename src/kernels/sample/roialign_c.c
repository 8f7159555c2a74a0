/* SPDX-License-Identifier: Apache-2.0
 * Regions of interest in bins: the definition and the portable form. A sample is interpolated
 * between four pixels; the maximum is taken of the four weighted pixels of each sample, which is
 * what the operator's definition says. */
#include <stddef.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/sample/sample.h"

/* A sample along one dimension: two pixels and their weights; n 0: outside. */
typedef struct roialign_c_point {
    int32_t low, high;
    float low_weight, high_weight;
    int is_inside;
} roialign_c_point;

static inline roialign_c_point roialign_c_at(float v, int32_t size) {
    roialign_c_point p = {0, 0, 0.0f, 0.0f, 0};
    if (!(v >= -1.0f && v <= (float)size)) return p;
    p.is_inside = 1;
    v = v < 0.0f ? 0.0f : v;
    p.low = (int32_t)v;
    if (p.low >= size - 1) {
        p.low = p.high = size - 1;
        v = (float)p.low;
    } else {
        p.high = p.low + 1;
    }
    p.high_weight = v - (float)p.low;
    p.low_weight = 1.0f - p.high_weight;
    return p;
}

typedef struct roialign_c_region {
    float y, x, bin_h, bin_w; /* the start; the extents of a bin */
    int32_t grid_h, grid_w;   /* samples a bin */
} roialign_c_region;

static inline float roialign_c_max(float a, float b) {
    return a > b ? a : b;
}

static inline float roialign_c_bin(const hn_roialign_args *a, const roialign_c_region *r,
                                   const float *in, const int32_t at[2]) {
    float result = 0.0f;
    int is_first = 1;
    for (int32_t j = 0; j < r->grid_h; ++j) {
        const float y = ((float)j + 0.5f) * r->bin_h / (float)r->grid_h;
        const roialign_c_point py = roialign_c_at(r->y + (float)at[0] * r->bin_h + y, a->in_h);
        for (int32_t i = 0; i < r->grid_w; ++i) {
            const float x = ((float)i + 0.5f) * r->bin_w / (float)r->grid_w;
            const roialign_c_point px = roialign_c_at(r->x + (float)at[1] * r->bin_w + x, a->in_w);
            const int is_inside = py.is_inside && px.is_inside;
            const float *low = in + (size_t)py.low * (size_t)a->in_w;
            const float *high = in + (size_t)py.high * (size_t)a->in_w;
            const float v00 = is_inside ? low[px.low] * py.low_weight * px.low_weight : 0.0f;
            const float v01 = is_inside ? low[px.high] * py.low_weight * px.high_weight : 0.0f;
            const float v10 = is_inside ? high[px.low] * py.high_weight * px.low_weight : 0.0f;
            const float v11 = is_inside ? high[px.high] * py.high_weight * px.high_weight : 0.0f;
            if (!a->is_max) {
                result += v00 + v01 + v10 + v11;
                continue;
            }
            const float most = roialign_c_max(roialign_c_max(v00, v01), roialign_c_max(v10, v11));
            result = is_first ? most : roialign_c_max(result, most);
            is_first = 0;
        }
    }
    return a->is_max ? result : result / (float)(r->grid_h * r->grid_w);
}

static inline int32_t roialign_c_grid(const hn_roialign_args *a, float extent, int32_t bins) {
    if (a->ratio > 0) return a->ratio;
    const float n = hn_ceil(extent / (float)bins);
    if (!(n <= (float)HN_ROI_GRID)) return HN_ROI_GRID + 1;
    return n < 1.0f ? 1 : (int32_t)n;
}

static inline roialign_c_region roialign_c_region_of(const hn_roialign_args *a, const float *roi) {
    const float offset = a->is_half_pixel ? 0.5f : 0.0f;
    roialign_c_region r;
    r.x = roi[0] * a->scale - offset;
    r.y = roi[1] * a->scale - offset;
    float width = roi[2] * a->scale - offset - r.x, height = roi[3] * a->scale - offset - r.y;
    if (!a->is_half_pixel) {
        width = roialign_c_max(width, 1.0f);
        height = roialign_c_max(height, 1.0f);
    }
    r.bin_h = height / (float)a->out_h;
    r.bin_w = width / (float)a->out_w;
    r.grid_h = roialign_c_grid(a, height, a->out_h);
    r.grid_w = roialign_c_grid(a, width, a->out_w);
    return r;
}

HN_KERNEL(hn_roialign_f32_c) {
    const hn_roialign_args *a = (const hn_roialign_args *)args;
    const size_t plane = (size_t)a->in_h * (size_t)a->in_w;
    const size_t bins = (size_t)a->out_h * (size_t)a->out_w;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const int64_t image = ((const int64_t *)buf[HN_ROIALIGN_IMAGES])[u];
        const roialign_c_region r =
            roialign_c_region_of(a, (const float *)buf[HN_ROIALIGN_ROIS] + 4 * (size_t)u);
        const int is_image = image >= 0 && image < a->n;
        const int is_grid = r.grid_h <= HN_ROI_GRID && r.grid_w <= HN_ROI_GRID;
        const float *in = (const float *)buf[HN_ROIALIGN_IN];
        float *out = (float *)buf[HN_ROIALIGN_OUT] + (size_t)u * (size_t)a->c * bins;
        if (!is_image) hn_report(w, HN_FAULT_INDEX, image);
        if (is_image && !is_grid) hn_report(w, HN_FAULT_RANGE, u);
        if (is_image) in += (size_t)image * (size_t)a->c * plane;
        for (int32_t c = 0; c < a->c; ++c, in += plane) {
            for (int32_t i = 0; i < (int32_t)bins; ++i) {
                const int32_t at[2] = {i / a->out_w, i % a->out_w};
                *out++ = is_image && is_grid ? roialign_c_bin(a, &r, in, at) : 0.0f;
            }
        }
    }
}
