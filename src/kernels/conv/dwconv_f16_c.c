/* SPDX-License-Identifier: Apache-2.0
 * Depthwise convolution of halves: the definition and the portable form. Sums are short, so they
 * are of halves from the bias on, in the order k_h, k_w, each multiply-add rounded once
 * (core/half.h). Output channel o reads input channel o / multiplier. */
#include "core/half.h"
#include "kernels/conv/conv.h"

/* One output: the taps of a pixel that lie in the image. */
static inline float dwconv_half_sum(const hn_conv_args *a, void *const *buf, const hn_work *w,
                                    const hn_conv_row *at, const int32_t xo[2]) {
    const hn_taps kx = hn_conv_columns(a, xo[0]);
    const uint16_t *in = (const uint16_t *)buf[HN_CONV_IN] + at->in;
    const uint16_t *weights = (const uint16_t *)buf[HN_CONV_WEIGHTS] + xo[1];
    const uint16_t *bias = (const uint16_t *)buf[HN_CONV_BIAS];
    float sum = bias == 0 ? 0.0f : hn_half_widen(bias[xo[1]]);
    int32_t row = at->in_row;
    in += xo[1] / (a->out_c / a->in_c);
    for (int32_t ky = at->taps.from; ky < at->taps.to; ++ky) {
        for (int32_t t = kx.from; t < kx.to; ++t) {
            const int32_t column = kx.first + t * a->dilation_w;
            const size_t pixel = (size_t)row * (size_t)a->in_w + (size_t)column;
            const uint16_t weight = weights[(size_t)(ky * a->k_w + t) * (size_t)a->out_c];
            sum =
                hn_half_mac(sum, hn_half_widen(in[pixel * (size_t)a->in_c]), hn_half_widen(weight));
        }
        row = hn_ring_next(row, a->dilation_h, w->tile, HN_CONV_IN);
    }
    return sum;
}

HN_KERNEL(hn_dwconv_f16_c) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_conv_row at = hn_conv_row_at(a, w, u);
        uint16_t *out = (uint16_t *)buf[HN_CONV_OUT] + at.out;
        for (int32_t x = at.x0; x < at.x1; ++x)
            for (int32_t o = 0; o < a->out_c; ++o) {
                const int32_t xo[2] = {x, o};
                const float sum = dwconv_half_sum(a, buf, w, &at, xo);
                out[(size_t)x * (size_t)a->out_c + (size_t)o] =
                    hn_f16_of_f32(hn_conv_finish_f32(a, sum, 0));
            }
    }
}
