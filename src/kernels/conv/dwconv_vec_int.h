/* SPDX-License-Identifier: Apache-2.0
 * Integer depthwise convolution, whatever the vector length. A block of 2 * VN channels is widened
 * to 16 bits; taps are taken two by two, and weights are packed in that order (kernels/pack.h). The
 * input's zero point is in the packed bias, all taps counted: those in the padding read pixels of
 * it. Where so few channels that several pixels fit a block lie side by side, they are taken at
 * once: packed weights repeat.
 *
 * The includer has defined dw_v, 2 * VN words of 16 bits; dw_load, which widens so many bytes, and
 * dw_load_n; dw_pair, which adds the products of two taps to two vectors of sums; and dw_store,
 * dw_store_n, which narrow those. */
#ifndef HN_KERNELS_CONV_DWCONV_VEC_INT_H
#define HN_KERNELS_CONV_DWCONV_VEC_INT_H

#include "kernels/conv/dwconv_panels.h"
#include "kernels/vec/requant.h"

enum { DW_CHANNELS = 2 * VN };

typedef struct dwconv_int {
    const hn_conv_args *a;
    void *const *buf;
    const hn_work *w;
    hn_conv_row at;
    const uint8_t **tap; /* an even number */
    const uint8_t *padding;
    int32_t n_pairs;
    int32_t tap_x;         /* the pixel that the taps are of, where none reads padding; -1: none */
    size_t shift;          /* bytes from there to the current pixel's */
    size_t block_bytes;    /* packed */
    size_t step, out_step; /* from pixel to pixel, or from fold to fold of them */
    int32_t fold;          /* pixels that lie in one block of channels */
    requant_out out;
} dwconv_int;

/* The taps of pixel x, all of them. */
static inline void dwconv_int_taps(const dwconv_int *p, int32_t x) {
    const hn_conv_args *a = p->a;
    const hn_taps t = hn_conv_columns(a, x);
    const uint8_t *in = (const uint8_t *)p->buf[HN_CONV_IN] + p->at.in;
    const size_t in_c = (size_t)a->in_c;
    int32_t row = p->at.in_row, n = 0;
    for (int32_t ky = 0; ky < a->k_h; ++ky) {
        const bool is_inside = ky >= p->at.taps.from && ky < p->at.taps.to;
        for (int32_t kx = 0; kx < a->k_w; ++kx) {
            const size_t column = (size_t)(t.first + kx * a->dilation_w);
            const bool is_there = is_inside && kx >= t.from && kx < t.to;
            p->tap[n++] =
                is_there ? in + ((size_t)row * (size_t)a->in_w + column) * in_c : p->padding;
        }
        if (is_inside) row = hn_ring_next(row, a->dilation_h, p->w->tile, HN_CONV_IN);
    }
    if (n % 2 != 0) p->tap[n] = p->tap[n - 1];
}

/* Sums of n channels, parted as dw_pair parts them, of a few pixels. */
typedef struct dwconv_int_sums {
    vi low[HN_DWCONV_PIXELS], high[HN_DWCONV_PIXELS];
    requant_scale scale_low, scale_high;
    int32_t n;
} dwconv_int_sums;

HN_INLINE void dwconv_int_finish(const dwconv_int *p, const dwconv_int_sums *s, uint8_t *out,
                                 int pixels, int32_t arith, bool is_plain) {
    for (int i = 0; i < pixels; ++i, out += p->out_step) {
        const vi low = requant_lanes(&p->out, &s->scale_low, arith, is_plain, s->low[i]);
        const vi high = requant_lanes(&p->out, &s->scale_high, arith, is_plain, s->high[i]);
        if (s->n < DW_CHANNELS)
            dw_store_n(out, low, high, s->n);
        else
            dw_store(out, low, high);
    }
}

/* n channels from c of `pixels` pixels. */
HN_INLINE void dwconv_int_step(const dwconv_int *p, uint8_t *out, const int32_t at[2], int pixels,
                               bool is_signed, int32_t arith) {
    const int32_t c = at[0], n = at[1];
    const uint8_t *packed =
        (const uint8_t *)p->buf[HN_CONV_WEIGHTS] + (size_t)(c / DW_CHANNELS) * p->block_bytes;
    const int32_t *head = (const int32_t *)(const void *)packed;
    const uint8_t *weight = packed + 3 * DW_CHANNELS * 4;
    dwconv_int_sums s = {.n = n};
    for (int i = 0; i < pixels; ++i) {
        s.low[i] = vi_load(head);
        s.high[i] = vi_load(head + VN);
    }
    for (int32_t t = 0; t < p->n_pairs; ++t, weight += DW_CHANNELS * 4) {
        const uint8_t *x0 = p->tap[2 * t] + p->shift + c;
        const uint8_t *x1 = p->tap[2 * t + 1] + p->shift + c;
        const vi right[2] = {vi_load(weight), vi_load(weight + VN * 4)};
        for (int i = 0; i < pixels; ++i) {
            const size_t from = (size_t)i * p->step;
            const dw_v left = n < DW_CHANNELS ? dw_load_n(x0 + from, n, is_signed)
                                              : dw_load(x0 + from, is_signed);
            const dw_v next = n < DW_CHANNELS ? dw_load_n(x1 + from, n, is_signed)
                                              : dw_load(x1 + from, is_signed);
            dw_pair(&s.low[i], &s.high[i], left, next, right);
        }
    }
    const int32_t *scale = head + DW_CHANNELS, *shift = scale + DW_CHANNELS;
    s.scale_low = requant_scale_of(arith, vi_load(scale), vi_load(shift));
    s.scale_high = requant_scale_of(arith, vi_load(scale + VN), vi_load(shift + VN));
    if (s.scale_low.is_plain && s.scale_high.is_plain)
        dwconv_int_finish(p, &s, out + c, pixels, arith, true);
    else
        dwconv_int_finish(p, &s, out + c, pixels, arith, false);
}

/* Goes to pixel x: where no tap reads padding, those of the first such pixel do for all. */
static inline void dwconv_int_enter(dwconv_int *p, const int32_t inside[2], int32_t x) {
    const bool is_inside =
        x >= inside[0] && x < inside[1] && p->at.taps.from == 0 && p->at.taps.to == p->a->k_h;
    p->shift = 0;
    if (is_inside && p->tap_x >= 0) {
        p->shift = (size_t)(x - p->tap_x) * (size_t)p->a->stride_w * (size_t)p->a->in_c;
        return;
    }
    dwconv_int_taps(p, x);
    p->tap_x = is_inside ? x : -1;
}

/* Channels c0 <= c < c1 of one pixel or of HN_DWCONV_PIXELS. */
HN_INLINE void dwconv_int_pixels(const dwconv_int *p, uint8_t *out, const int32_t c[2], int pixels,
                                 bool is_signed, int32_t arith) {
    int32_t at[2] = {c[0], DW_CHANNELS};
    for (; at[0] + DW_CHANNELS <= c[1]; at[0] += DW_CHANNELS)
        dwconv_int_step(p, out, at, pixels, is_signed, arith);
    at[1] = c[1] - at[0];
    if (at[1] > 0) dwconv_int_step(p, out, at, pixels, is_signed, arith);
}

/* Channels c0 <= c < c1 of a row. */
HN_INLINE void dwconv_int_row(dwconv_int *p, const int32_t c[2], bool is_signed, int32_t arith) {
    const hn_conv_args *a = p->a;
    int32_t inside[2], n;
    hn_dwconv_inside(a, &inside[0], &inside[1]);
    p->tap_x = -1;
    for (int32_t x = p->at.x0; x < p->at.x1; x += n) {
        uint8_t *out = (uint8_t *)p->buf[HN_CONV_OUT] + p->at.out + (size_t)x * (size_t)a->out_c;
        const int32_t end = p->at.x1 < inside[1] ? p->at.x1 : inside[1];
        const int32_t ahead = x < inside[0] ? 0 : end - x; /* pixels without padding at the sides */
        dwconv_int_enter(p, inside, x);
        if (ahead >= HN_DWCONV_PIXELS * p->fold) {
            n = HN_DWCONV_PIXELS * p->fold;
            const int32_t all[2] = {c[0], p->fold > 1 ? DW_CHANNELS : c[1]};
            dwconv_int_pixels(p, out, all, HN_DWCONV_PIXELS, is_signed, arith);
        } else {
            n = ahead < 1 ? 1 : ahead < p->fold ? ahead : p->fold;
            const int32_t all[2] = {c[0], p->fold > 1 ? n * a->out_c : c[1]};
            dwconv_int_pixels(p, out, all, 1, is_signed, arith);
        }
    }
}

HN_INLINE void dwconv_int_units(dwconv_int *p, bool is_signed, int32_t arith) {
    const uint32_t blocks = hn_dwconv_blocks(p->a);
    for (uint32_t u = p->w->begin; u < p->w->end; ++u) {
        const int32_t c0 = (int32_t)(u % blocks) * HN_DWCONV_BLOCK, left = p->a->out_c - c0;
        const int32_t c[2] = {c0, left < HN_DWCONV_BLOCK ? c0 + left : c0 + HN_DWCONV_BLOCK};
        p->at = hn_conv_row_at(p->a, p->w, u / blocks);
        dwconv_int_row(p, c, is_signed, arith);
    }
}

HN_INLINE void dwconv_int_all(const hn_conv_args *a, void *const *buf, const hn_work *w,
                              bool is_signed) {
    uint8_t *scratch = (uint8_t *)w->scratch;
    dwconv_int p = {.a = a, .buf = buf, .w = w};
    uint8_t *padding = scratch + hn_dwconv_taps_bytes(a);
    p.tap = (const uint8_t **)(void *)scratch;
    p.padding = padding;
    for (size_t i = 0; i < hn_dwconv_padding_bytes(a); ++i) padding[i] = (uint8_t)a->in_zero;
    p.n_pairs = (a->k_h * a->k_w + 1) / 2;
    p.block_bytes = (size_t)DW_CHANNELS * 4 * (size_t)(3 + p.n_pairs);
    p.fold = hn_dwconv_fold(a, DW_CHANNELS);
    p.step = p.fold > 1 ? DW_CHANNELS : (size_t)a->stride_w * (size_t)a->in_c;
    p.out_step = p.fold > 1 ? DW_CHANNELS : (size_t)a->out_c;
    p.out = requant_out_of(a->arith, a->out_zero, a->act_min, a->act_max);
    if (a->arith == HN_ARITH_RNE)
        dwconv_int_units(&p, is_signed, HN_ARITH_RNE);
    else
        dwconv_int_units(&p, is_signed, HN_ARITH_TFLITE);
}

#endif
