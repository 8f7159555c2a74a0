/* SPDX-License-Identifier: Apache-2.0
 * Depthwise convolution as defined, one output at a time: output channel o reads input channel
 * o / multiplier, walks over the window, leaves out what lies in the padding. */
#include "kernels/conv/conv.h"

#include <stdbool.h>

/* Element of the input that tap t of output (image, y, x, o) reads; false in the padding. */
static inline bool dwconv_ref_find(const hn_conv_args *a, const hn_work *w, const int32_t at[4],
                                   int32_t t, size_t *in) {
    const int32_t iy = at[1] * a->stride_h - a->pad_top + t / a->k_w * a->dilation_h;
    const int32_t ix = at[2] * a->stride_w - a->pad_left + t % a->k_w * a->dilation_w;
    if (iy < 0 || iy >= a->in_h || ix < 0 || ix >= a->in_w) return false;
    const int32_t c = at[3] / (a->out_c / a->in_c);
    const size_t row =
        (size_t)at[0] * (size_t)a->in_h + (size_t)hn_ring_row(iy, w->tile, HN_CONV_IN);
    *in = (row * (size_t)a->in_w + (size_t)ix) * (size_t)a->in_c + (size_t)c;
    return true;
}

static inline float dwconv_ref_f32_at(const hn_conv_args *a, void *const *buf, const hn_work *w,
                                      const int32_t at[4]) {
    const float *in = (const float *)buf[HN_CONV_IN];
    const float *weights = (const float *)buf[HN_CONV_WEIGHTS] + at[3];
    const float *bias = (const float *)buf[HN_CONV_BIAS];
    float sum = 0;
    for (int32_t t = 0; t < a->k_h * a->k_w; ++t, weights += a->out_c) {
        size_t i;
        if (dwconv_ref_find(a, w, at, t, &i)) sum += in[i] * *weights;
    }
    if (bias != 0) sum += bias[at[3]];
    return hn_conv_finish_f32(a, sum, 0);
}

static inline uint8_t dwconv_ref_int_at(const hn_conv_args *a, void *const *buf, const hn_work *w,
                                        const int32_t at[4], bool is_signed) {
    const uint8_t *in = (const uint8_t *)buf[HN_CONV_IN];
    const uint8_t *weights = (const uint8_t *)buf[HN_CONV_WEIGHTS] + at[3];
    const int32_t *bias = (const int32_t *)buf[HN_CONV_BIAS];
    const int32_t *scale = (const int32_t *)buf[HN_CONV_SCALE];
    uint32_t acc = bias == 0 ? 0 : (uint32_t)bias[at[3]];
    for (int32_t t = 0; t < a->k_h * a->k_w; ++t, weights += a->out_c) {
        size_t i;
        if (!dwconv_ref_find(a, w, at, t, &i)) continue;
        const int32_t x = hn_load_8(in + i, is_signed) - a->in_zero;
        acc += (uint32_t)(x * (hn_load_8(weights, is_signed) - a->w_zero));
    }
    return hn_conv_finish(a, acc, scale + 2 * at[3]);
}

HN_KERNEL(hn_dwconv_f32_ref) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_unit_row r = hn_unit_row_at(w, u, a->out_h, a->out_w);
        float *out = (float *)buf[HN_CONV_OUT] + hn_conv_row_at(a, w, u).out;
        for (int32_t x = r.x0; x < r.x1; ++x)
            for (int32_t o = 0; o < a->out_c; ++o) {
                const int32_t at[4] = {r.image, r.y, x, o};
                out[(size_t)x * (size_t)a->out_c + (size_t)o] = dwconv_ref_f32_at(a, buf, w, at);
            }
    }
}

HN_INLINE void dwconv_ref_int(const hn_conv_args *a, void *const *buf, const hn_work *w,
                              bool is_signed) {
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_unit_row r = hn_unit_row_at(w, u, a->out_h, a->out_w);
        uint8_t *out = (uint8_t *)buf[HN_CONV_OUT] + hn_conv_row_at(a, w, u).out;
        for (int32_t x = r.x0; x < r.x1; ++x)
            for (int32_t o = 0; o < a->out_c; ++o) {
                const int32_t at[4] = {r.image, r.y, x, o};
                out[(size_t)x * (size_t)a->out_c + (size_t)o] =
                    dwconv_ref_int_at(a, buf, w, at, is_signed);
            }
    }
}

HN_KERNEL(hn_dwconv_s8_ref) {
    dwconv_ref_int((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_dwconv_u8_ref) {
    dwconv_ref_int((const hn_conv_args *)args, buf, w, false);
}
