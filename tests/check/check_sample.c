/* SPDX-License-Identifier: Apache-2.0
 * Grids and regions of every shape of cases/sample.def. What to expect sums over all pixels with
 * their weights in double, so that no window, border or order is taken from the kernel. */
#include "check.h"

#include <math.h>
#include <stdio.h>

#include "kernels/sample/sample.h"

typedef struct shape {
    const char *name;
    int32_t in[4], rois, out[2], ratio;
} shape;

static const shape grids[] = {
#define G(name, in, out) {name, in, 0, out, 0},
#include "../cases/sample.def"
};
static const shape regions[] = {
#define R(name, in, rois, out, ratio) {name, in, rois, out, ratio},
#include "../cases/sample.def"
};

/* A triangle, or Keys' cubic with a = -0.75. */
static double weight(int32_t mode, double x) {
    x = fabs(x);
    if (mode == HN_SAMPLE_NEAREST) return x < 0.25 ? 1 : 0;
    if (mode == HN_SAMPLE_LINEAR) return x < 1 ? 1 - x : 0;
    if (x < 1) return (1.25 * x - 2.25) * x * x + 1;
    return x < 2 ? ((-0.75 * x + 3.75) * x - 6) * x + 3 : 0;
}

/* Pixel i, which may lie outside; -1: a zero. */
static int32_t pixel(const hn_gridsample_args *a, int32_t i, int32_t size) {
    if (i >= 0 && i < size) return i;
    if (a->padding == HN_SAMPLE_ZEROS) return -1;
    if (a->padding == HN_SAMPLE_BORDER || size == 1) return i < 0 ? 0 : size - 1;
    const int32_t period = a->aligns ? 2 * (size - 1) : 2 * size;
    i = ((i % period) + period) % period;
    if (i < size) return i;
    return a->aligns ? period - i : period - 1 - i;
}

static double place(const hn_gridsample_args *a, float v, int32_t size) {
    const float last = (float)(size - 1);
    const float x = a->aligns ? (v + 1) / 2 * last : ((v + 1) * (float)size - 1) / 2;
    if (a->mode == HN_SAMPLE_NEAREST) return (double)rintf(x);
    const bool clamps = a->padding == HN_SAMPLE_BORDER && a->mode == HN_SAMPLE_LINEAR;
    return clamps ? fmin(fmax((double)x, 0), (double)last) : (double)x;
}

static float expect_grid(const hn_gridsample_args *a, const float *plane, const float *grid) {
    const double x = place(a, grid[0], a->in_w), y = place(a, grid[1], a->in_h);
    double sum = 0;
    for (int32_t j = (int32_t)floor(y) - 2; j < (int32_t)floor(y) + 4; ++j)
        for (int32_t i = (int32_t)floor(x) - 2; i < (int32_t)floor(x) + 4; ++i) {
            const int32_t py = pixel(a, j, a->in_h), px = pixel(a, i, a->in_w);
            if (py < 0 || px < 0) continue;
            sum +=
                (double)plane[py * a->in_w + px] * weight(a->mode, y - j) * weight(a->mode, x - i);
        }
    return (float)sum;
}

static void run_grid(check *c, const shape *s, hn_gridsample_args a) {
    const size_t planes = (size_t)(a.n * a.c), n_in = planes * (size_t)(a.in_h * a.in_w);
    const size_t points = (size_t)(a.out_h * a.out_w), n_grid = (size_t)a.n * points * 2;
    const float *in = check_floats(c, n_in, -1, 1), *grid = check_floats(c, n_grid, -1.5f, 1.5f);
    float *want = check_alloc(c, planes * points * sizeof *want);
    for (size_t p = 0; p < planes; ++p)
        for (size_t i = 0; i < points; ++i)
            want[p * points + i] = expect_grid(&a, in + p * (size_t)(a.in_h * a.in_w),
                                               grid + (p / (size_t)a.c * points + i) * 2);
    check_case k = {.family = HN_FAMILY_gridsample, .types = HN_TYPES_f32, .args = &a};
    snprintf(k.name, sizeof k.name, "%s mode %d padding %d aligns %d", s->name, a.mode, a.padding,
             a.aligns);
    k.operand[HN_GRIDSAMPLE_IN] = (check_operand){in, n_in * sizeof *in};
    k.operand[HN_GRIDSAMPLE_GRID] = (check_operand){grid, n_grid * sizeof *grid};
    k.operand[HN_GRIDSAMPLE_OUT].bytes = planes * points * sizeof *want;
    k.n_operands = HN_GRIDSAMPLE_OPERANDS;
    k.out = HN_GRIDSAMPLE_OUT;
    k.expect = want;
    k.bound = 1e-4f;
    k.work = planes * points;
    check_run(c, &k);
}

/* A sample of a plane: zero more than a pixel outside, the border's within that. */
static double sample(const hn_roialign_args *a, const float *plane, double y, double x) {
    if (y < -1 || y > a->in_h || x < -1 || x > a->in_w) return 0;
    y = fmin(fmax(y, 0), a->in_h - 1);
    x = fmin(fmax(x, 0), a->in_w - 1);
    double sum = 0;
    for (int32_t j = 0; j < a->in_h; ++j)
        for (int32_t i = 0; i < a->in_w; ++i)
            sum += (double)plane[j * a->in_w + i] * weight(HN_SAMPLE_LINEAR, y - j) *
                   weight(HN_SAMPLE_LINEAR, x - i);
    return sum;
}

static float expect_bin(const hn_roialign_args *a, const float *plane, const float *roi,
                        const int32_t at[2]) {
    const double offset = a->is_half_pixel ? 0.5 : 0, scale = (double)a->scale;
    const double x0 = (double)roi[0] * scale - offset, y0 = (double)roi[1] * scale - offset;
    double w = (double)roi[2] * scale - offset - x0, h = (double)roi[3] * scale - offset - y0;
    if (!a->is_half_pixel) {
        w = fmax(w, 1);
        h = fmax(h, 1);
    }
    const int32_t n_x = a->ratio > 0 ? a->ratio : (int32_t)fmax(ceil(w / a->out_w), 1);
    const int32_t n_y = a->ratio > 0 ? a->ratio : (int32_t)fmax(ceil(h / a->out_h), 1);
    double sum = 0;
    for (int32_t j = 0; j < n_y; ++j)
        for (int32_t i = 0; i < n_x; ++i)
            sum += sample(a, plane, y0 + (at[0] + (j + 0.5) / n_y) * h / a->out_h,
                          x0 + (at[1] + (i + 0.5) / n_x) * w / a->out_w);
    return (float)(sum / (n_x * n_y));
}

static void run_regions(check *c, const shape *s, int32_t is_half_pixel) {
    const hn_roialign_args a = {.n = s->in[0],
                                .c = s->in[1],
                                .in_h = s->in[2],
                                .in_w = s->in[3],
                                .rois = s->rois,
                                .out_h = s->out[0],
                                .out_w = s->out[1],
                                .ratio = s->ratio,
                                .is_half_pixel = is_half_pixel,
                                .scale = 0.7f};
    const size_t plane = (size_t)(a.in_h * a.in_w), n_in = (size_t)(a.n * a.c) * plane;
    const size_t bins = (size_t)(a.out_h * a.out_w), n_out = (size_t)(a.rois * a.c) * bins;
    const float *in = check_floats(c, n_in, -1, 1);
    float *rois = check_floats(c, (size_t)a.rois * 4, 0.05f, 14.95f);
    int64_t *images = check_alloc(c, (size_t)a.rois * sizeof *images);
    float *want = check_alloc(c, n_out * sizeof *want);
    for (int32_t r = 0; r < a.rois; ++r) {
        images[r] = check_range(c, 0, a.n - 1);
        rois[4 * r + 2] += rois[4 * r];
        rois[4 * r + 3] += rois[4 * r + 1];
    }
    for (size_t i = 0; i < n_out; ++i) {
        const size_t r = i / bins / (size_t)a.c, channel = i / bins % (size_t)a.c;
        const int32_t at[2] = {(int32_t)(i % bins) / a.out_w, (int32_t)(i % bins) % a.out_w};
        const size_t p = (size_t)images[r] * (size_t)a.c + channel;
        want[i] = expect_bin(&a, in + p * plane, rois + 4 * r, at);
    }
    check_case k = {.family = HN_FAMILY_roialign, .types = HN_TYPES_f32, .args = &a};
    snprintf(k.name, sizeof k.name, "%s half pixel %d", s->name, is_half_pixel);
    k.operand[HN_ROIALIGN_IN] = (check_operand){in, n_in * sizeof *in};
    k.operand[HN_ROIALIGN_ROIS] = (check_operand){rois, (size_t)a.rois * 4 * sizeof *rois};
    k.operand[HN_ROIALIGN_IMAGES] = (check_operand){images, (size_t)a.rois * sizeof *images};
    k.operand[HN_ROIALIGN_OUT].bytes = n_out * sizeof *want;
    k.n_operands = HN_ROIALIGN_OPERANDS;
    k.out = HN_ROIALIGN_OUT;
    k.expect = want;
    k.bound = 1e-4f;
    k.work = n_out;
    check_run(c, &k);
}

void check_sample(check *c) {
    for (size_t i = 0; i < sizeof grids / sizeof grids[0]; ++i)
        for (int32_t j = 0; j < 18; ++j) {
            const shape *s = &grids[i];
            run_grid(c, s,
                     (hn_gridsample_args){.n = s->in[0],
                                          .c = s->in[1],
                                          .in_h = s->in[2],
                                          .in_w = s->in[3],
                                          .out_h = s->out[0],
                                          .out_w = s->out[1],
                                          .mode = j / 6,
                                          .padding = j / 2 % 3,
                                          .aligns = j % 2});
        }
    for (size_t i = 0; i < sizeof regions / sizeof regions[0]; ++i) {
        run_regions(c, &regions[i], 0);
        run_regions(c, &regions[i], 1);
    }
}
