/* SPDX-License-Identifier: Apache-2.0
 * Convolution in portable C, for microcontrollers and as the fallback everywhere.
 *
 * Integers: the windows of two neighbouring pixels are copied into scratch as 16-bit inputs without
 * their zero point, with zeros for the padding, and then each pair of output channels is a 2x2
 * block of plain dot products: no bounds, no subtraction, four loads for four products. The weight
 * zero point, when there is one, is taken off at the end: sum x * (w - z) = sum x * w - z * sum x.
 * Vertical padding shortens the window instead, so border rows cost less.
 *
 * f32: no copy. Two pixels with the same horizontal taps share the weights of four channels; each
 * of the eight sums keeps the defined order, so the bits are those of the definition. Where groups
 * and dilation allow, all horizontal taps of a row are one run of memory. */
#include "kernels/conv/conv.h"

typedef struct conv_c_row {
    const hn_conv_args *a;
    void *const *buf;
    const hn_work *w;
    hn_conv_row at;
    int32_t n_c, n_o; /* channels of one group */
    int32_t group;
    int32_t runs_per_tap; /* 1: taps one by one; 0: a row's taps are one run */
    size_t window;        /* weights of one output */
} conv_c_row;

static inline conv_c_row conv_c_row_at(const hn_conv_args *a, void *const *buf, const hn_work *w) {
    conv_c_row r;
    r.a = a;
    r.buf = buf;
    r.w = w;
    r.n_c = a->in_c / a->groups;
    r.n_o = a->out_c / a->groups;
    r.group = 0;
    r.runs_per_tap = a->groups != 1 || a->dilation_w != 1;
    r.window = (size_t)a->k_h * (size_t)a->k_w * (size_t)r.n_c;
    r.at = (hn_conv_row){0};
    return r;
}

/* Elements from the image's start to the group's first channel at a row and column. */
static inline size_t conv_c_offset(const conv_c_row *r, int32_t row, int32_t column) {
    const size_t pixel = (size_t)row * (size_t)r->a->in_w + (size_t)column;
    return r->at.in + pixel * (size_t)r->a->in_c + (size_t)r->group * (size_t)r->n_c;
}

/* One run of a window. Runs of whole fours are put in the order of the products at once, others
 * when all are there (core/dot.h). */
HN_INLINE uint32_t conv_c_widen(const conv_c_row *r, const uint8_t *in, int32_t n, bool is_signed,
                                int16_t *to) {
    if (r->n_c % 4 == 0) return hn_dot_widen(in, n, r->a->in_zero, is_signed, to);
    return hn_widen(in, n, r->a->in_zero, is_signed, to);
}

static inline int16_t *conv_c_zeros(int16_t *to, int32_t n) {
    for (int32_t i = 0; i < n; ++i) to[i] = 0;
    return to + n;
}

/* The window of pixel x, rows inside the image only; gives its sum. */
HN_INLINE uint32_t conv_c_patch(const conv_c_row *r, int32_t x, bool is_signed, int16_t *to) {
    const hn_conv_args *a = r->a;
    const hn_taps t = hn_conv_columns(a, x);
    const int32_t column = t.first + t.from * a->dilation_w;
    const int32_t n_runs = r->runs_per_tap ? t.to - t.from : t.to > t.from;
    const int32_t run = r->runs_per_tap ? r->n_c : (t.to - t.from) * r->n_c;
    const size_t step = (size_t)a->dilation_w * (size_t)a->in_c;
    int16_t *const first = to;
    int32_t row = r->at.in_row;
    uint32_t sum = 0;
    for (int32_t ky = r->at.taps.from; ky < r->at.taps.to; ++ky) {
        size_t in = n_runs > 0 ? conv_c_offset(r, row, column) : 0;
        to = conv_c_zeros(to, t.from * r->n_c);
        for (int32_t i = 0; i < n_runs; ++i, in += step, to += run)
            sum += conv_c_widen(r, (const uint8_t *)r->buf[HN_CONV_IN] + in, run, is_signed, to);
        to = conv_c_zeros(to, (a->k_w - t.to) * r->n_c);
        row = hn_ring_next(row, a->dilation_h, r->w->tile, HN_CONV_IN);
    }
    if (r->n_c % 4 != 0) hn_dot_order(first, (int32_t)(to - first));
    return sum;
}

/* Scales and stores channel o of the group, of the pixel whose outputs begin at `out`. */
static inline void conv_c_store(const conv_c_row *r, uint8_t *out, int32_t o, uint32_t acc) {
    const size_t channel = (size_t)r->group * (size_t)r->n_o + (size_t)o;
    const int32_t *bias = (const int32_t *)r->buf[HN_CONV_BIAS];
    if (bias != 0) acc += (uint32_t)bias[channel];
    out[channel] = hn_conv_finish(r->a, acc, (const int32_t *)r->buf[HN_CONV_SCALE] + 2 * channel);
}

/* All channels of the group for n_x = 1 or 2 pixels from x. */
HN_INLINE void conv_c_pixels(const conv_c_row *r, int32_t x, int32_t n_x, bool is_signed) {
    const hn_conv_args *a = r->a;
    const int32_t k = (r->at.taps.to - r->at.taps.from) * a->k_w * r->n_c;
    int16_t *patch = (int16_t *)r->w->scratch;
    const uint8_t *weights = (const uint8_t *)r->buf[HN_CONV_WEIGHTS] +
                             (size_t)r->group * (size_t)r->n_o * r->window +
                             (size_t)(r->at.taps.from * a->k_w * r->n_c);
    uint8_t *out = (uint8_t *)r->buf[HN_CONV_OUT] + r->at.out + (size_t)x * (size_t)a->out_c;
    uint32_t minus[2];
    for (int32_t i = 0; i < n_x; ++i)
        minus[i] = (uint32_t)a->w_zero * conv_c_patch(r, x + i, is_signed, patch + i * k);
    uint32_t acc[4];
    int32_t o = 0;
    if (n_x == 2) {
        for (; o < r->n_o; o += 2, weights += 2 * r->window) {
            const bool both = o + 1 < r->n_o;
            hn_dot_s16_2x2(patch, weights, both ? r->window : 0, k, is_signed, acc);
            conv_c_store(r, out, o, acc[0] - minus[0]);
            conv_c_store(r, out + a->out_c, o, acc[2] - minus[1]);
            if (!both) break;
            conv_c_store(r, out, o + 1, acc[1] - minus[0]);
            conv_c_store(r, out + a->out_c, o + 1, acc[3] - minus[1]);
        }
        return;
    }
    for (; o + 4 <= r->n_o; o += 4, weights += 4 * r->window) {
        hn_dot_s16_1x4(patch, weights, r->window, k, is_signed, acc);
        for (int32_t j = 0; j < 4; ++j) conv_c_store(r, out, o + j, acc[j] - minus[0]);
    }
    for (; o < r->n_o; ++o, weights += r->window)
        conv_c_store(r, out, o, hn_dot_s16_1x1(patch, weights, k, is_signed) - minus[0]);
}

HN_INLINE void conv_c_int(const hn_conv_args *a, void *const *buf, const hn_work *w,
                          bool is_signed) {
    conv_c_row r = conv_c_row_at(a, buf, w);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        r.at = hn_conv_row_at(a, w, u);
        for (r.group = 0; r.group < a->groups; ++r.group) {
            int32_t x = r.at.x0;
            for (; x + 2 <= r.at.x1; x += 2) conv_c_pixels(&r, x, 2, is_signed);
            if (x < r.at.x1) conv_c_pixels(&r, x, 1, is_signed);
        }
    }
}

/* Adds the products of n_x pixels from x, with taps t, and n_o channels of the group from o. */
HN_INLINE void conv_c_sum_f32(const conv_c_row *r, hn_taps t, int32_t n_x, int32_t o, int32_t n_o,
                              float *acc) {
    const hn_conv_args *a = r->a;
    const int32_t column = t.first + t.from * a->dilation_w;
    const int32_t n_runs = r->runs_per_tap ? t.to - t.from : t.to > t.from;
    const int32_t run = r->runs_per_tap ? r->n_c : (t.to - t.from) * r->n_c;
    const size_t next_x = (size_t)a->stride_w * (size_t)a->in_c;
    const size_t step = (size_t)a->dilation_w * (size_t)a->in_c;
    const float *weights = (const float *)r->buf[HN_CONV_WEIGHTS] +
                           ((size_t)r->group * (size_t)r->n_o + (size_t)o) * r->window;
    int32_t row = r->at.in_row;
    for (int32_t ky = r->at.taps.from; n_runs > 0 && ky < r->at.taps.to; ++ky) {
        const float *in = (const float *)r->buf[HN_CONV_IN] + conv_c_offset(r, row, column);
        const float *v = weights + (size_t)(ky * a->k_w + t.from) * (size_t)r->n_c;
        for (int32_t i = 0; i < n_runs; ++i, in += step, v += run) {
            if (n_x == 2)
                hn_dot_f32_2x4(in, next_x, v, r->window, run, acc);
            else if (n_o == 4)
                hn_dot_f32_1x4(in, v, r->window, run, acc);
            else
                acc[0] = hn_dot_f32_1x1(in, v, run, acc[0]);
        }
        row = hn_ring_next(row, a->dilation_h, r->w->tile, HN_CONV_IN);
    }
}

/* One block of outputs: n_x pixels by n_o channels, 2x4, 1x4 or 1x1. */
HN_INLINE void conv_c_block_f32(const conv_c_row *r, int32_t x, int32_t n_x, int32_t o,
                                int32_t n_o) {
    const hn_conv_args *a = r->a;
    const size_t channel = (size_t)r->group * (size_t)r->n_o + (size_t)o;
    const float *bias = (const float *)r->buf[HN_CONV_BIAS];
    const size_t at = r->at.out + (size_t)x * (size_t)a->out_c + channel;
    float *out = (float *)r->buf[HN_CONV_OUT] + at;
    const float *add = a->has_add ? (const float *)r->buf[HN_CONV_ADD] + at : 0;
    float acc[8] = {0, 0, 0, 0, 0, 0, 0, 0};
    conv_c_sum_f32(r, hn_conv_columns(a, x), n_x, o, n_o, acc);
    for (int32_t i = 0; i < n_x; ++i, out += a->out_c) {
        for (int32_t j = 0; j < n_o; ++j) {
            const float sum = acc[4 * i + j];
            const float whole = bias == 0 ? sum : sum + bias[channel + (size_t)j];
            out[j] = hn_conv_finish_f32(a, whole, add != 0 ? add + j : 0);
        }
        if (add != 0) add += a->out_c;
    }
}

static inline void conv_c_pixels_f32(const conv_c_row *r, int32_t x, int32_t n_x) {
    int32_t o = 0;
    for (; o + 4 <= r->n_o; o += 4) {
        if (n_x == 2)
            conv_c_block_f32(r, x, 2, o, 4);
        else
            conv_c_block_f32(r, x, 1, o, 4);
    }
    for (; o < r->n_o; ++o)
        for (int32_t i = 0; i < n_x; ++i) conv_c_block_f32(r, x + i, 1, o, 1);
}

static inline void conv_c_f32(const hn_conv_args *a, void *const *buf, const hn_work *w) {
    conv_c_row r = conv_c_row_at(a, buf, w);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        r.at = hn_conv_row_at(a, w, u);
        for (r.group = 0; r.group < a->groups; ++r.group) {
            int32_t n_x;
            for (int32_t x = r.at.x0; x < r.at.x1; x += n_x) {
                const hn_taps t = hn_conv_columns(a, x), next = hn_conv_columns(a, x + 1);
                n_x = x + 1 < r.at.x1 && t.from == next.from && t.to == next.to ? 2 : 1;
                conv_c_pixels_f32(&r, x, n_x);
            }
        }
    }
}

HN_KERNEL(hn_conv_f32_c) {
    conv_c_f32((const hn_conv_args *)args, buf, w);
}

HN_KERNEL(hn_conv_s8_c) {
    conv_c_int((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_conv_u8_c) {
    conv_c_int((const hn_conv_args *)args, buf, w, false);
}
