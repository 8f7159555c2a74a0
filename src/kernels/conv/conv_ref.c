/* SPDX-License-Identifier: Apache-2.0
 * Convolution as defined, one output at a time: walk over the window, leave out what lies in the
 * padding, add the products in the order k_h, k_w, channel, add the bias, scale, clamp. */
#include "kernels/conv/conv.h"

#include <stdbool.h>

/* One output's window: which elements of input and weights meet. */
typedef struct conv_ref_tap {
    size_t in, weight; /* of channel 0 */
} conv_ref_tap;

static inline int32_t conv_ref_group_size(const hn_conv_args *a) {
    return a->in_c / a->groups;
}

/* The tap (ky, kx) of output (y, x, o) of an image; false in the padding. */
static inline bool conv_ref_find(const hn_conv_args *a, const hn_work *w, const int32_t at[4],
                                 const int32_t k[2], conv_ref_tap *tap) {
    const int32_t image = at[0], y = at[1], x = at[2], o = at[3];
    const int32_t iy = y * a->stride_h - a->pad_top + k[0] * a->dilation_h;
    const int32_t ix = x * a->stride_w - a->pad_left + k[1] * a->dilation_w;
    if (iy < 0 || iy >= a->in_h || ix < 0 || ix >= a->in_w) return false;
    const int32_t n_c = conv_ref_group_size(a);
    const int32_t group = o / (a->out_c / a->groups);
    const size_t row =
        (size_t)image * (size_t)a->in_h + (size_t)hn_ring_row(iy, w->tile, HN_CONV_IN);
    tap->in = (row * (size_t)a->in_w + (size_t)ix) * (size_t)a->in_c + (size_t)group * (size_t)n_c;
    tap->weight = ((size_t)o * (size_t)a->k_h + (size_t)k[0]) * (size_t)a->k_w + (size_t)k[1];
    tap->weight *= (size_t)n_c;
    return true;
}

static inline float conv_ref_f32_at(const hn_conv_args *a, void *const *buf, const hn_work *w,
                                    const int32_t at[4]) {
    const float *in = (const float *)buf[HN_CONV_IN];
    const float *weights = (const float *)buf[HN_CONV_WEIGHTS];
    const float *bias = (const float *)buf[HN_CONV_BIAS];
    float sum = 0;
    for (int32_t t = 0; t < a->k_h * a->k_w; ++t) {
        const int32_t k[2] = {t / a->k_w, t % a->k_w};
        conv_ref_tap tap;
        if (!conv_ref_find(a, w, at, k, &tap)) continue;
        for (int32_t c = 0; c < conv_ref_group_size(a); ++c)
            sum += in[tap.in + (size_t)c] * weights[tap.weight + (size_t)c];
    }
    if (bias != 0) sum += bias[at[3]];
    const size_t image = (size_t)at[0] * (size_t)a->out_h + (size_t)at[1];
    const size_t pixel = image * (size_t)a->out_w + (size_t)at[2];
    const float *add = a->has_add ? (const float *)buf[HN_CONV_ADD] : 0;
    if (add != 0) add += pixel * (size_t)a->out_c + (size_t)at[3];
    return hn_conv_finish_f32(a, sum, add);
}

static inline uint8_t conv_ref_int_at(const hn_conv_args *a, void *const *buf, const hn_work *w,
                                      const int32_t at[4], bool is_signed) {
    const uint8_t *in = (const uint8_t *)buf[HN_CONV_IN];
    const uint8_t *weights = (const uint8_t *)buf[HN_CONV_WEIGHTS];
    const int32_t *bias = (const int32_t *)buf[HN_CONV_BIAS];
    const int32_t *scale = (const int32_t *)buf[HN_CONV_SCALE];
    uint32_t acc = bias == 0 ? 0 : (uint32_t)bias[at[3]];
    for (int32_t t = 0; t < a->k_h * a->k_w; ++t) {
        const int32_t k[2] = {t / a->k_w, t % a->k_w};
        conv_ref_tap tap;
        if (!conv_ref_find(a, w, at, k, &tap)) continue;
        for (int32_t c = 0; c < conv_ref_group_size(a); ++c) {
            const int32_t x = hn_load_8(in + tap.in + c, is_signed) - a->in_zero;
            const int32_t v = hn_load_8(weights + tap.weight + c, is_signed) - a->w_zero;
            acc += (uint32_t)(x * v);
        }
    }
    return hn_conv_finish(a, acc, scale + 2 * at[3]);
}

HN_KERNEL(hn_conv_f32_ref) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_unit_row r = hn_unit_row_at(w, u, a->out_h, a->out_w);
        float *out = (float *)buf[HN_CONV_OUT] + hn_conv_row_at(a, w, u).out;
        for (int32_t x = r.x0; x < r.x1; ++x)
            for (int32_t o = 0; o < a->out_c; ++o) {
                const int32_t at[4] = {r.image, r.y, x, o};
                out[(size_t)x * (size_t)a->out_c + (size_t)o] = conv_ref_f32_at(a, buf, w, at);
            }
    }
}

HN_INLINE void conv_ref_int(const hn_conv_args *a, void *const *buf, const hn_work *w,
                            bool is_signed) {
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_unit_row r = hn_unit_row_at(w, u, a->out_h, a->out_w);
        uint8_t *out = (uint8_t *)buf[HN_CONV_OUT] + hn_conv_row_at(a, w, u).out;
        for (int32_t x = r.x0; x < r.x1; ++x)
            for (int32_t o = 0; o < a->out_c; ++o) {
                const int32_t at[4] = {r.image, r.y, x, o};
                out[(size_t)x * (size_t)a->out_c + (size_t)o] =
                    conv_ref_int_at(a, buf, w, at, is_signed);
            }
    }
}

HN_KERNEL(hn_conv_s8_ref) {
    conv_ref_int((const hn_conv_args *)args, buf, w, true);
}

HN_KERNEL(hn_conv_u8_ref) {
    conv_ref_int((const hn_conv_args *)args, buf, w, false);
}
