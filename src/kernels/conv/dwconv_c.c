/* SPDX-License-Identifier: Apache-2.0
 * Depthwise convolution in portable C. The taps of a pixel's window that lie inside the image are
 * listed in scratch as offsets into input and weights; the list changes only where the padding
 * begins or ends. Four outputs at a time then keep their sums in registers while the list goes by:
 * one loop, no bounds, no stores. With one output per input channel the four read four neighbouring
 * channels; with a multiplier they are outputs of one channel and share its input. */
#include "kernels/conv/conv.h"

typedef struct dwconv_c_tap {
    uint32_t in, weight; /* elements from the pixel's first tap, and from the weights' start */
} dwconv_c_tap;

typedef struct dwconv_c_pixel {
    const hn_conv_args *a;
    dwconv_c_tap *tap;
    int32_t n_taps;
    hn_taps x_taps;
    size_t in, out; /* elements before the first tap's column in row 0, and before the outputs */
} dwconv_c_pixel;

static inline void dwconv_c_list(dwconv_c_pixel *p, const hn_conv_row *at, const hn_tile *tile) {
    const hn_conv_args *a = p->a;
    const uint32_t row_elements = (uint32_t)a->in_w * (uint32_t)a->in_c;
    int32_t row = at->in_row, n = 0;
    for (int32_t ky = at->taps.from; ky < at->taps.to; ++ky) {
        uint32_t in = (uint32_t)row * row_elements;
        uint32_t weight = (uint32_t)(ky * a->k_w + p->x_taps.from) * (uint32_t)a->out_c;
        for (int32_t kx = p->x_taps.from; kx < p->x_taps.to; ++kx) {
            p->tap[n].in = in;
            p->tap[n++].weight = weight;
            in += (uint32_t)(a->dilation_w * a->in_c);
            weight += (uint32_t)a->out_c;
        }
        row = hn_ring_next(row, a->dilation_h, tile, HN_CONV_IN);
    }
    p->n_taps = n;
}

/* Goes to pixel x of a row. */
static inline void dwconv_c_enter(dwconv_c_pixel *p, const hn_conv_row *at, const hn_work *w,
                                  int32_t x) {
    const hn_conv_args *a = p->a;
    const hn_taps t = hn_conv_columns(a, x), last = p->x_taps;
    p->x_taps = t;
    if (x == at->x0 || t.from != last.from || t.to != last.to) dwconv_c_list(p, at, w->tile);
    const int32_t column = p->n_taps > 0 ? t.first + t.from * a->dilation_w : 0;
    p->in = at->in + (size_t)column * (size_t)a->in_c;
    p->out = at->out + (size_t)x * (size_t)a->out_c;
}

/* n = 4 or 1 outputs from o = at[1]; output o + j reads input channel at[0] + j * spread. */
HN_INLINE void dwconv_c_outputs_f32(const dwconv_c_pixel *p, void *const *buf, const int32_t at[2],
                                    int32_t spread, int32_t n) {
    const int32_t o = at[1];
    const float *in = (const float *)buf[HN_CONV_IN] + p->in + at[0];
    const float *weights = (const float *)buf[HN_CONV_WEIGHTS] + o;
    float a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    for (const dwconv_c_tap *t = p->tap, *end = t + p->n_taps; t < end; ++t) {
        const float *x = in + t->in, *v = weights + t->weight;
        a0 += x[0] * v[0];
        if (n == 1) continue;
        a1 += x[spread] * v[1];
        a2 += x[2 * spread] * v[2];
        a3 += x[3 * spread] * v[3];
    }
    const float acc[4] = {a0, a1, a2, a3};
    const float *bias = (const float *)buf[HN_CONV_BIAS];
    float *out = (float *)buf[HN_CONV_OUT] + p->out + o;
    for (int32_t j = 0; j < n; ++j)
        out[j] = hn_conv_finish_f32(p->a, bias == 0 ? acc[j] : acc[j] + bias[o + j], 0);
}

/* (x - in_zero) * (v - w_zero); type is 's' for s8 with w_zero 0, 'z' for s8, 'u' for u8. */
HN_INLINE uint32_t dwconv_c_product(const hn_conv_args *a, const uint8_t *x, const uint8_t *v,
                                    char type) {
    const int32_t weight = hn_load_8(v, type != 'u') - (type == 's' ? 0 : a->w_zero);
    return (uint32_t)((hn_load_8(x, type != 'u') - a->in_zero) * weight);
}

/* The sums of four neighbouring channels by halves (core/dsp.h): even ones, odd ones. */
HN_INLINE void dwconv_c_halves(const dwconv_c_pixel *p, const uint8_t *in, const uint8_t *weights,
                               char type, uint32_t *acc) {
    const int32_t x_zero = p->a->in_zero, w_zero = type == 's' ? 0 : p->a->w_zero;
    const hn_halves x_plus = hn_halves_of(-x_zero, -x_zero),
                    w_plus = hn_halves_of(-w_zero, -w_zero);
    const bool is_signed = type != 'u';
    uint32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    for (const dwconv_c_tap *t = p->tap, *end = t + p->n_taps; t < end; ++t) {
        const uint32_t x = hn_load_word(in + t->in), v = hn_load_word(weights + t->weight);
        const hn_halves even = hn_move_even(x_plus, x, is_signed);
        const hn_halves odd = hn_move_odd(x_plus, x, is_signed);
        const hn_halves w_even =
            type == 's' ? hn_widen_even(v, true) : hn_move_even(w_plus, v, is_signed);
        const hn_halves w_odd =
            type == 's' ? hn_widen_odd(v, true) : hn_move_odd(w_plus, v, is_signed);
        a0 = hn_mac_low(a0, even, w_even);
        a1 = hn_mac_low(a1, odd, w_odd);
        a2 = hn_mac_high(a2, even, w_even);
        a3 = hn_mac_high(a3, odd, w_odd);
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

/* The sums of four outputs, or with spread -1 of one, tap by tap. */
HN_INLINE void dwconv_c_sums(const dwconv_c_pixel *p, const uint8_t *in, const uint8_t *weights,
                             int32_t spread, char type, uint32_t *acc) {
    const hn_conv_args *a = p->a;
    uint32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    for (const dwconv_c_tap *t = p->tap, *end = t + p->n_taps; t < end; ++t) {
        const uint8_t *x = in + t->in, *v = weights + t->weight;
        a0 += dwconv_c_product(a, x, v, type);
        if (spread < 0) continue;
        a1 += dwconv_c_product(a, x + spread, v + 1, type);
        a2 += dwconv_c_product(a, x + 2 * spread, v + 2, type);
        a3 += dwconv_c_product(a, x + 3 * spread, v + 3, type);
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

HN_INLINE void dwconv_c_outputs_int(const dwconv_c_pixel *p, void *const *buf, const int32_t at[2],
                                    int32_t spread, int32_t n, char type) {
    const hn_conv_args *a = p->a;
    const int32_t o = at[1];
    const uint8_t *in = (const uint8_t *)buf[HN_CONV_IN] + p->in + at[0];
    const uint8_t *weights = (const uint8_t *)buf[HN_CONV_WEIGHTS] + o;
    uint32_t acc[4];
    if (HN_DSP && n == 4 && spread == 1)
        dwconv_c_halves(p, in, weights, type, acc);
    else
        dwconv_c_sums(p, in, weights, n == 1 ? -1 : spread, type, acc);
    const int32_t *bias = (const int32_t *)buf[HN_CONV_BIAS];
    const int32_t *scale = (const int32_t *)buf[HN_CONV_SCALE] + 2 * (size_t)o;
    uint8_t *out = (uint8_t *)buf[HN_CONV_OUT] + p->out + o;
    for (int32_t j = 0; j < n; ++j)
        out[j] =
            hn_conv_finish(a, bias == 0 ? acc[j] : acc[j] + (uint32_t)bias[o + j], scale + 2 * j);
}

/* `n` outputs from o, read from channel c on by `spread`, four at a time. */
HN_INLINE void dwconv_c_run(const dwconv_c_pixel *p, void *const *buf, const int32_t from[2],
                            int32_t n, int32_t spread, char type) {
    int32_t j = 0;
    for (; j + 4 <= n; j += 4) {
        const int32_t at[2] = {from[0] + j * spread, from[1] + j};
        if (type == 'f')
            dwconv_c_outputs_f32(p, buf, at, spread, 4);
        else
            dwconv_c_outputs_int(p, buf, at, spread, 4, type);
    }
    for (; j < n; ++j) {
        const int32_t at[2] = {from[0] + j * spread, from[1] + j};
        if (type == 'f')
            dwconv_c_outputs_f32(p, buf, at, spread, 1);
        else
            dwconv_c_outputs_int(p, buf, at, spread, 1, type);
    }
}

HN_INLINE void dwconv_c_all(const hn_conv_args *a, void *const *buf, const hn_work *w, char type) {
    const int32_t multiplier = a->out_c / a->in_c;
    dwconv_c_pixel p = {.a = a, .tap = (dwconv_c_tap *)w->scratch};
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_conv_row at = hn_conv_row_at(a, w, u);
        for (int32_t x = at.x0; x < at.x1; ++x) {
            dwconv_c_enter(&p, &at, w, x);
            int32_t from[2] = {0, 0};
            if (multiplier == 1) {
                dwconv_c_run(&p, buf, from, a->out_c, 1, type);
                continue;
            }
            for (; from[0] < a->in_c; ++from[0], from[1] += multiplier)
                dwconv_c_run(&p, buf, from, multiplier, 0, type);
        }
    }
}

HN_KERNEL(hn_dwconv_f32_c) {
    dwconv_c_all((const hn_conv_args *)args, buf, w, 'f');
}

HN_KERNEL(hn_dwconv_s8_c) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    if (a->w_zero == 0)
        dwconv_c_all(a, buf, w, 's');
    else
        dwconv_c_all(a, buf, w, 'z');
}

HN_KERNEL(hn_dwconv_u8_c) {
    dwconv_c_all((const hn_conv_args *)args, buf, w, 'u');
}
