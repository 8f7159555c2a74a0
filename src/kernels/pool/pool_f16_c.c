/* SPDX-License-Identifier: Apache-2.0
 * Pooling of halves: the definition and the portable form. Taps are widened; maxima are exact, sums
 * are taken in float32 in the order k_h, k_w, and the result is rounded to a half once. */
#include "core/half.h"
#include "kernels/pool/pool.h"

/* The taps of a pixel that lie in the image, and what sums are divided by. */
typedef struct pool_half_pixel {
    const uint16_t *in; /* of the image, channel 0 */
    hn_taps ky, kx;
    int32_t in_row, count;
} pool_half_pixel;

static inline float pool_half_at(const hn_pool_args *a, const hn_tile *tile,
                                 const pool_half_pixel *p, int32_t c) {
    const bool is_max = a->kind == HN_POOL_MAX;
    float acc = is_max ? -hn_of_bits(0x7f800000u) : 0.0f;
    int32_t row = p->in_row;
    for (int32_t ky = p->ky.from; ky < p->ky.to; ++ky) {
        for (int32_t kx = p->kx.from; kx < p->kx.to; ++kx) {
            const int32_t column = p->kx.first + kx * a->dilation_w;
            const size_t pixel = (size_t)row * (size_t)a->in_w + (size_t)column;
            const float v = hn_half_widen(p->in[pixel * (size_t)a->c + (size_t)c]);
            if (is_max)
                acc = v > acc ? v : acc;
            else
                acc += v;
        }
        row = hn_ring_next(row, a->dilation_h, tile, HN_POOL_IN);
    }
    if (!is_max) acc /= (float)p->count;
    return acc < a->low ? a->low : acc > a->high ? a->high : acc;
}

static inline pool_half_pixel pool_half_enter(const hn_pool_args *a, void *const *buf,
                                              const hn_tile *tile, const hn_unit_row *unit,
                                              int32_t x) {
    const size_t image = (size_t)unit->image * (size_t)a->in_h * (size_t)a->in_w * (size_t)a->c;
    pool_half_pixel p;
    p.in = (const uint16_t *)buf[HN_POOL_IN] + image;
    p.ky = hn_taps_at(unit->y * a->stride_h - a->pad_top, a->dilation_h, a->k_h, a->in_h);
    p.kx = hn_taps_at(x * a->stride_w - a->pad_left, a->dilation_w, a->k_w, a->in_w);
    const int32_t n_y = hn_taps_at(p.ky.first, a->dilation_h, a->k_h, a->limit_h).to;
    const int32_t n_x = hn_taps_at(p.kx.first, a->dilation_w, a->k_w, a->limit_w).to;
    const int32_t inside = (p.ky.to - p.ky.from) * (p.kx.to - p.kx.from);
    p.count = a->count_pad ? n_y * n_x : inside;
    if (a->kind == HN_POOL_SUM || p.count < 1) p.count = 1;
    p.in_row = p.ky.first + p.ky.from * a->dilation_h;
    if (p.ky.from < p.ky.to) p.in_row = hn_ring_row(p.in_row, tile, HN_POOL_IN);
    return p;
}

HN_KERNEL(hn_pool_f16_c) {
    const hn_pool_args *a = (const hn_pool_args *)args;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_unit_row unit = hn_unit_row_at(w, u, a->out_h, a->out_w);
        const size_t image = (size_t)unit.image * (size_t)a->out_h;
        const size_t row = image + (size_t)hn_ring_row(unit.y, w->tile, HN_POOL_OUT);
        for (int32_t x = unit.x0; x < unit.x1; ++x) {
            const pool_half_pixel p = pool_half_enter(a, buf, w->tile, &unit, x);
            uint16_t *out = (uint16_t *)buf[HN_POOL_OUT];
            out += (row * (size_t)a->out_w + (size_t)x) * (size_t)a->c;
            for (int32_t c = 0; c < a->c; ++c)
                out[c] = hn_f16_of_f32(pool_half_at(a, w->tile, &p, c));
        }
    }
}
