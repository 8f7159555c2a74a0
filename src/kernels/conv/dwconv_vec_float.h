/* SPDX-License-Identifier: Apache-2.0
 * Depthwise convolution of floats or halves, whatever the vector length: channels along the vector,
 * four pixels at a time where the window lies inside the image, so that a weight is loaded once for
 * the four. Taps in the padding are left out. Products are fused and added to the bias in the order
 * k_h, k_w. The includer has defined the element dw_t, its vector dw_v of DW_N lanes with dw_zero,
 * dw_load, dw_store, dw_fma and their like, and dw_end with dw_end_of and dw_finish, which
 * take a sum to the output. */
#ifndef HN_KERNELS_CONV_DWCONV_VEC_FLOAT_H
#define HN_KERNELS_CONV_DWCONV_VEC_FLOAT_H

#include "kernels/conv/dwconv_panels.h"

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
    dw_end end;
} dwconv_vec;

/* The taps of pixel x that lie in the image. */
static inline void dwconv_vec_taps(dwconv_vec *p, int32_t x) {
    const hn_conv_args *a = p->a;
    const hn_taps t = hn_conv_columns(a, x);
    const dw_t *in = (const dw_t *)p->buf[HN_CONV_IN] + p->at.in;
    const dw_t *weights = (const dw_t *)p->buf[HN_CONV_WEIGHTS];
    const size_t in_c = (size_t)a->in_c, step = (size_t)a->dilation_w * in_c;
    int32_t row = p->at.in_row;
    p->n_taps = 0;
    for (int32_t ky = p->at.taps.from; ky < p->at.taps.to && t.from < t.to; ++ky) {
        const int32_t column = t.first + t.from * a->dilation_w;
        const dw_t *from = in + ((size_t)row * (size_t)a->in_w + (size_t)column) * in_c;
        const dw_t *weight = weights + (size_t)(ky * a->k_w + t.from) * in_c;
        for (int32_t kx = t.from; kx < t.to; ++kx, from += step, weight += in_c) {
            p->tap[p->n_taps].in = from;
            p->tap[p->n_taps++].weight = weight;
        }
        row = hn_ring_next(row, a->dilation_h, p->w->tile, HN_CONV_IN);
    }
}

/* n <= DW_N channels from c of `pixels` pixels, `vectors` times; n < DW_N only for one vector. */
HN_INLINE void dwconv_vec_step(const dwconv_vec *p, dw_t *out, int32_t c, int32_t n, int pixels,
                               int vectors) {
    const dw_t *bias = (const dw_t *)p->buf[HN_CONV_BIAS];
    const size_t step = (size_t)p->a->stride_w * (size_t)p->a->in_c;
    dw_v acc[HN_DWCONV_PIXELS][2];
    for (int v = 0; v < vectors; ++v) {
        const dw_t *from = bias != 0 ? bias + c + v * DW_N : 0;
        const dw_v start = from == 0 ? dw_zero() : n < DW_N ? dw_load_n(from, n) : dw_load(from);
        for (int i = 0; i < pixels; ++i) acc[i][v] = start;
    }
    for (const hn_dwconv_tap *t = p->tap, *end = t + p->n_taps; t < end; ++t) {
        const dw_t *in = (const dw_t *)t->in + p->shift + c;
        const dw_t *weight = (const dw_t *)t->weight + c;
        for (int v = 0; v < vectors; ++v) {
            const dw_v right = n < DW_N ? dw_load_n(weight, n) : dw_load(weight + v * DW_N);
            for (int i = 0; i < pixels; ++i) {
                const dw_t *x = in + (size_t)i * step + v * DW_N;
                acc[i][v] = dw_fma(n < DW_N ? dw_load_n(x, n) : dw_load(x), right, acc[i][v]);
            }
        }
    }
    out += c;
    for (int i = 0; i < pixels; ++i, out += p->a->out_c)
        for (int v = 0; v < vectors; ++v) {
            const dw_v y = dw_finish(&p->end, acc[i][v]);
            if (n < DW_N)
                dw_store_n(out, y, n);
            else
                dw_store(out + v * DW_N, y);
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

HN_INLINE void dwconv_vec_channels(const dwconv_vec *p, dw_t *out, int pixels) {
    int32_t c = p->c0;
    for (; c + 2 * DW_N <= p->c1; c += 2 * DW_N) dwconv_vec_step(p, out, c, DW_N, pixels, 2);
    for (; c + DW_N <= p->c1; c += DW_N) dwconv_vec_step(p, out, c, DW_N, pixels, 1);
    if (c < p->c1) dwconv_vec_step(p, out, c, p->c1 - c, pixels, 1);
}

static void dwconv_vec_float(const hn_conv_args *a, void *const *buf, const hn_work *w) {
    dwconv_vec p = {.a = a, .buf = buf, .w = w, .tap = (hn_dwconv_tap *)w->scratch};
    const uint32_t blocks = hn_dwconv_blocks(a);
    int32_t inside[2];
    hn_dwconv_inside(a, &inside[0], &inside[1]);
    p.end = dw_end_of(a);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        p.at = hn_conv_row_at(a, w, u / blocks);
        p.c0 = (int32_t)(u % blocks) * HN_DWCONV_BLOCK;
        p.c1 = a->out_c - p.c0 < HN_DWCONV_BLOCK ? a->out_c : p.c0 + HN_DWCONV_BLOCK;
        p.tap_x = -1;
        int32_t n;
        for (int32_t x = p.at.x0; x < p.at.x1; x += n) {
            dw_t *out = (dw_t *)buf[HN_CONV_OUT] + p.at.out + (size_t)x * (size_t)a->out_c;
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
