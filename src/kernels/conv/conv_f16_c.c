/* SPDX-License-Identifier: Apache-2.0
 * Convolution of halves: the definition and the portable form. A window is read in runs: a row of
 * taps with all channels, or, with groups or dilation, one tap. In a run, blocks of HN_HALF_BLOCK
 * products are added in halves, each multiply-add rounded once (core/half.h); their sums are added
 * to the bias in float32, in order. Vector units that compute in halves do just that, and so give
 * these bits. Eight outputs at a time share their input, so that their sums, which wait for each
 * other in the one order, go side by side. */
#include "core/half.h"
#include "kernels/conv/conv.h"

enum { CONV_HALF_WIDE = 8 };

typedef struct conv_half_pixel {
    const hn_conv_args *a;
    void *const *buf;
    const hn_work *w;
    hn_conv_row at;
    hn_taps kx;
    size_t out; /* elements before the pixel */
} conv_half_pixel;

/* Elements at[0] .. at[1] of a run for n outputs, whose weights are `window` apart. */
static inline void conv_half_run(const uint16_t *x, const uint16_t *weight, size_t window,
                                 const int32_t at[2], int32_t n, float *sum) {
    for (int32_t s = at[0]; s < at[1];) {
        const int32_t next = (s / HN_HALF_BLOCK + 1) * HN_HALF_BLOCK;
        const int32_t end = next < at[1] ? next : at[1];
        float block[CONV_HALF_WIDE] = {0};
        for (; s < end; ++s) {
            const float left = hn_half_widen(x[s]);
            for (int32_t j = 0; j < n; ++j) {
                const uint16_t right = weight[(size_t)j * window + (size_t)s];
                block[j] = hn_half_mac(block[j], left, hn_half_widen(right));
            }
        }
        for (int32_t j = 0; j < n; ++j) sum[j] += block[j];
    }
}

/* The runs of a window's row, whose first element lies at x and weight. */
static inline void conv_half_row(const conv_half_pixel *p, const uint16_t *x,
                                 const uint16_t *weight, int32_t n, float *sum) {
    const hn_conv_args *a = p->a;
    const int32_t n_c = a->in_c / a->groups;
    const size_t window = (size_t)a->k_h * (size_t)a->k_w * (size_t)n_c;
    if (a->groups == 1 && a->dilation_w == 1) {
        const int32_t at[2] = {p->kx.from * n_c, p->kx.to * n_c};
        conv_half_run(x, weight, window, at, n, sum);
        return;
    }
    const int32_t at[2] = {0, n_c};
    for (int32_t kx = p->kx.from; kx < p->kx.to; ++kx) {
        const ptrdiff_t column = (ptrdiff_t)kx * a->dilation_w * a->in_c;
        conv_half_run(x + column, weight + (size_t)kx * (size_t)n_c, window, at, n, sum);
    }
}

/* n outputs from o, all of one group. */
static inline void conv_half_outputs(const conv_half_pixel *p, int32_t o, int32_t n) {
    const hn_conv_args *a = p->a;
    const int32_t n_c = a->in_c / a->groups;
    const size_t window = (size_t)a->k_h * (size_t)a->k_w * (size_t)n_c;
    const size_t group = (size_t)(o / (a->out_c / a->groups)) * (size_t)n_c;
    const uint16_t *in = (const uint16_t *)p->buf[HN_CONV_IN] + p->at.in + group;
    const uint16_t *weights = (const uint16_t *)p->buf[HN_CONV_WEIGHTS] + (size_t)o * window;
    const uint16_t *bias = (const uint16_t *)p->buf[HN_CONV_BIAS];
    float sum[CONV_HALF_WIDE];
    for (int32_t j = 0; j < n; ++j) sum[j] = bias == 0 ? 0.0f : hn_half_widen(bias[o + j]);
    int32_t row = p->at.in_row;
    for (int32_t ky = p->at.taps.from; ky < p->at.taps.to; ++ky) {
        const ptrdiff_t pixel = (ptrdiff_t)row * a->in_w + p->kx.first;
        const uint16_t *weight = weights + (size_t)ky * (size_t)a->k_w * (size_t)n_c;
        conv_half_row(p, in + pixel * a->in_c, weight, n, sum);
        row = hn_ring_next(row, a->dilation_h, p->w->tile, HN_CONV_IN);
    }
    const size_t at = p->out + (size_t)o;
    const uint16_t *add = a->has_add ? (const uint16_t *)p->buf[HN_CONV_ADD] + at : 0;
    uint16_t *out = (uint16_t *)p->buf[HN_CONV_OUT] + at;
    for (int32_t j = 0; j < n; ++j) {
        const float more = add == 0 ? 0.0f : hn_half_widen(add[j]);
        out[j] = hn_f16_of_f32(hn_conv_finish_f32(a, sum[j], add == 0 ? 0 : &more));
    }
}

HN_KERNEL(hn_conv_f16_c) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    const int32_t n_o = a->out_c / a->groups;
    conv_half_pixel p = {.a = a, .buf = buf, .w = w};
    for (uint32_t u = w->begin; u < w->end; ++u) {
        p.at = hn_conv_row_at(a, w, u);
        for (int32_t x = p.at.x0; x < p.at.x1; ++x) {
            p.kx = hn_conv_columns(a, x);
            p.out = p.at.out + (size_t)x * (size_t)a->out_c;
            for (int32_t o = 0, n; o < a->out_c; o += n) {
                const int32_t left = n_o - o % n_o;
                n = left < CONV_HALF_WIDE ? left : CONV_HALF_WIDE;
                conv_half_outputs(&p, o, n);
            }
        }
    }
}
