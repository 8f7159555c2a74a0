/* SPDX-License-Identifier: Apache-2.0
 * Float depthwise convolution, whatever the vector length: channels along the vector, four pixels
 * at a time where the window lies inside the image, so that a weight is loaded once for the four.
 * Taps in the padding are left out. Products are fused and added to the bias in the order k_h,
 * k_w. */
#ifndef HN_KERNELS_CONV_DWCONV_VEC_F32_H
#define HN_KERNELS_CONV_DWCONV_VEC_F32_H

#include "kernels/conv/dwconv_panels.h"
#include "kernels/vec/vec_acts.h"

typedef struct dwconv_vec {
    const hn_conv_args *a;
    void *const *buf;
    const hn_work *w;
    hn_conv_row at;
    hn_dwconv_tap *tap;
    int32_t n_taps;
    int32_t tap_x;  /* the pixel inside the image that they are of; -1: none */
    size_t shift;   /* elements from there to the current pixel's */
    int32_t c0, c1; /* channels of the unit */
    vf low, high;
} dwconv_vec;

/* The taps of pixel x that lie in the image. */
static inline void dwconv_vec_taps(dwconv_vec *p, int32_t x) {
    const hn_conv_args *a = p->a;
    const hn_taps t = hn_conv_columns(a, x);
    const float *in = (const float *)p->buf[HN_CONV_IN] + p->at.in;
    const float *weights = (const float *)p->buf[HN_CONV_WEIGHTS];
    const size_t in_c = (size_t)a->in_c, step = (size_t)a->dilation_w * in_c;
    int32_t row = p->at.in_row;
    p->n_taps = 0;
    for (int32_t ky = p->at.taps.from; ky < p->at.taps.to && t.from < t.to; ++ky) {
        const int32_t column = t.first + t.from * a->dilation_w;
        const float *from = in + ((size_t)row * (size_t)a->in_w + (size_t)column) * in_c;
        const float *weight = weights + (size_t)(ky * a->k_w + t.from) * in_c;
        for (int32_t kx = t.from; kx < t.to; ++kx, from += step, weight += in_c) {
            p->tap[p->n_taps].in = from;
            p->tap[p->n_taps++].weight = weight;
        }
        row = hn_ring_next(row, a->dilation_h, p->w->tile, HN_CONV_IN);
    }
}

/* Apart, so that its constants take no registers from the sums. */
static __attribute__((noinline)) vf dwconv_vec_act(const hn_conv_args *a, vf x) {
    return vf_act(a->act, a->alpha, x);
}

/* n <= VN channels from c of `pixels` pixels, `vectors` times; n < VN only for one vector. */
HN_INLINE void dwconv_vec_step(const dwconv_vec *p, float *out, int32_t c, int32_t n, int pixels,
                               int vectors) {
    const float *bias = (const float *)p->buf[HN_CONV_BIAS];
    const size_t step = (size_t)p->a->stride_w * (size_t)p->a->in_c;
    const bool has_act = p->a->act != HN_ACT_NONE;
    vf acc[HN_DWCONV_PIXELS][2];
    for (int v = 0; v < vectors; ++v) {
        const float *from = bias != 0 ? bias + c + v * VN : 0;
        const vf start = from == 0 ? vf_set(0.0f) : n < VN ? vf_load_n(from, n) : vf_load(from);
        for (int i = 0; i < pixels; ++i) acc[i][v] = start;
    }
    for (const hn_dwconv_tap *t = p->tap, *end = t + p->n_taps; t < end; ++t) {
        const float *in = (const float *)t->in + p->shift + c;
        const float *weight = (const float *)t->weight + c;
        for (int v = 0; v < vectors; ++v) {
            const vf right = n < VN ? vf_load_n(weight, n) : vf_load(weight + v * VN);
            for (int i = 0; i < pixels; ++i) {
                const float *x = in + (size_t)i * step + v * VN;
                acc[i][v] = vf_fma(n < VN ? vf_load_n(x, n) : vf_load(x), right, acc[i][v]);
            }
        }
    }
    out += c;
    for (int i = 0; i < pixels; ++i, out += p->a->out_c)
        for (int v = 0; v < vectors; ++v) {
            const vf sum = has_act ? dwconv_vec_act(p->a, acc[i][v]) : acc[i][v];
            const vf y = vf_clamp(sum, p->low, p->high);
            if (n < VN)
                vf_store_n(out, y, n);
            else
                vf_store(out + v * VN, y);
        }
}

/* Goes to pixel x: inside the image the taps of the first pixel there do for all. */
static inline void dwconv_vec_enter(dwconv_vec *p, const int32_t inside[2], int32_t x) {
    const bool is_inside = x >= inside[0] && x < inside[1];
    p->shift = 0;
    if (is_inside && p->tap_x >= 0) {
        p->shift = (size_t)(x - p->tap_x) * (size_t)p->a->stride_w * (size_t)p->a->in_c;
        return;
    }
    dwconv_vec_taps(p, x);
    p->tap_x = is_inside ? x : -1;
}

HN_INLINE void dwconv_vec_channels(const dwconv_vec *p, float *out, int pixels) {
    int32_t c = p->c0;
    for (; c + 2 * VN <= p->c1; c += 2 * VN) dwconv_vec_step(p, out, c, VN, pixels, 2);
    for (; c + VN <= p->c1; c += VN) dwconv_vec_step(p, out, c, VN, pixels, 1);
    if (c < p->c1) dwconv_vec_step(p, out, c, p->c1 - c, pixels, 1);
}

static void dwconv_vec_f32(const hn_conv_args *a, void *const *buf, const hn_work *w) {
    dwconv_vec p = {.a = a, .buf = buf, .w = w, .tap = (hn_dwconv_tap *)w->scratch};
    const uint32_t blocks = hn_dwconv_blocks(a);
    int32_t inside[2];
    hn_dwconv_inside(a, &inside[0], &inside[1]);
    p.low = vf_set(a->low);
    p.high = vf_set(a->high);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        p.at = hn_conv_row_at(a, w, u / blocks);
        p.c0 = (int32_t)(u % blocks) * HN_DWCONV_BLOCK;
        p.c1 = a->out_c - p.c0 < HN_DWCONV_BLOCK ? a->out_c : p.c0 + HN_DWCONV_BLOCK;
        p.tap_x = -1;
        int32_t n;
        for (int32_t x = p.at.x0; x < p.at.x1; x += n) {
            float *out = (float *)buf[HN_CONV_OUT] + p.at.out + (size_t)x * (size_t)a->out_c;
            n = hn_dwconv_pixels(inside, x, p.at.x1);
            dwconv_vec_enter(&p, inside, x);
            if (n == HN_DWCONV_PIXELS)
                dwconv_vec_channels(&p, out, HN_DWCONV_PIXELS);
            else
                dwconv_vec_channels(&p, out, 1);
        }
    }
}

#endif
