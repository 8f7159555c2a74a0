/* SPDX-License-Identifier: Apache-2.0
 * Pooling, whatever the vector length, with the bits of the portable form: channels along the
 * vector, four vectors of them at a time while the window's taps go by. Halves ('x') are widened to
 * floats, bytes to 32 bits; a window has at most 2^15 taps, so that the division of a sum, done in
 * floats, is exact. */
#ifndef HN_KERNELS_POOL_VEC_H
#define HN_KERNELS_POOL_VEC_H

#include "kernels/pool/pool.h"

typedef struct pool_vec {
    const hn_pool_args *a;
    void *const *buf;
    const hn_tile *tile;
    hn_taps ky, kx;        /* taps inside the image */
    int32_t n_y, n_x;      /* taps before the end of the padding */
    int32_t in_row;        /* row of the buffer of the first of them */
    size_t in, out;        /* elements before the first tap's column, and before the output pixel */
    int32_t inside, count; /* taps inside; what sums are divided by */
} pool_vec;

static inline void pool_vec_enter_row(pool_vec *p, const hn_unit_row *unit) {
    const hn_pool_args *a = p->a;
    p->ky = hn_taps_at(unit->y * a->stride_h - a->pad_top, a->dilation_h, a->k_h, a->in_h);
    p->n_y = hn_taps_at(p->ky.first, a->dilation_h, a->k_h, a->limit_h).to;
    p->in_row = p->ky.first + p->ky.from * a->dilation_h;
    if (p->ky.from < p->ky.to) p->in_row = hn_ring_row(p->in_row, p->tile, HN_POOL_IN);
}

static inline void pool_vec_enter_pixel(pool_vec *p, const hn_unit_row *unit, int32_t x) {
    const hn_pool_args *a = p->a;
    const size_t image = (size_t)unit->image, c = (size_t)a->c;
    p->kx = hn_taps_at(x * a->stride_w - a->pad_left, a->dilation_w, a->k_w, a->in_w);
    p->n_x = hn_taps_at(p->kx.first, a->dilation_w, a->k_w, a->limit_w).to;
    const int32_t column = p->kx.from < p->kx.to ? p->kx.first + p->kx.from * a->dilation_w : 0;
    p->in = (image * (size_t)a->in_h * (size_t)a->in_w + (size_t)column) * c;
    p->out = image * (size_t)a->out_h + (size_t)hn_ring_row(unit->y, p->tile, HN_POOL_OUT);
    p->out = (p->out * (size_t)a->out_w + (size_t)x) * c;
    p->inside = (p->ky.to - p->ky.from) * (p->kx.to - p->kx.from);
    p->count = a->count_pad ? p->n_y * p->n_x : p->inside;
    if (a->kind == HN_POOL_SUM || p->count < 1) p->count = 1;
}

/* n <= VN floats or halves from element `at` on. */
HN_INLINE vf pool_vec_load(const void *from, size_t at, int32_t n, char type) {
    uint16_t lane[VN] = {0};
    if (type == 'f') {
        const float *p = (const float *)from + at;
        return n < VN ? vf_load_n(p, n) : vf_load(p);
    }
    const uint16_t *p = (const uint16_t *)from + at;
    if (n == VN) return vf_load_half(p);
    for (int32_t i = 0; i < n; ++i) lane[i] = p[i];
    return vf_load_half(lane);
}

HN_INLINE void pool_vec_store(void *to, size_t at, vf x, int32_t n, char type) {
    uint16_t lane[VN];
    if (type == 'f') {
        float *p = (float *)to + at;
        if (n < VN)
            vf_store_n(p, x, n);
        else
            vf_store(p, x);
        return;
    }
    uint16_t *p = (uint16_t *)to + at;
    vf_store_half(n < VN ? lane : p, x);
    for (int32_t i = 0; n < VN && i < n; ++i) p[i] = lane[i];
}

/* `wide` vectors of channels from c; n < VN, for one vector only: so many. */
HN_INLINE void pool_vec_float(const pool_vec *p, int32_t c, int32_t n, int wide, bool is_max,
                              char type) {
    const hn_pool_args *a = p->a;
    const size_t step = (size_t)a->dilation_w * (size_t)a->c;
    vf acc[4];
    for (int v = 0; v < wide; ++v)
        acc[v] = is_max ? vf_of_bits(vi_set((int32_t)0xff800000u)) : vf_set(0.0f);
    int32_t row = p->in_row;
    for (int32_t ky = p->ky.from; ky < p->ky.to; ++ky) {
        const size_t from = (size_t)row * (size_t)a->in_w * (size_t)a->c;
        size_t at = p->in + from + (size_t)c;
        for (int32_t kx = p->kx.from; kx < p->kx.to; ++kx, at += step)
            for (int v = 0; v < wide; ++v) {
                const vf y = pool_vec_load(p->buf[HN_POOL_IN], at + (size_t)(v * VN), n, type);
                acc[v] = is_max ? vf_max(y, acc[v]) : vf_add(acc[v], y);
            }
        row = hn_ring_next(row, a->dilation_h, p->tile, HN_POOL_IN);
    }
    const vf count = vf_set((float)p->count);
    for (int v = 0; v < wide; ++v) {
        const vf y = is_max ? acc[v] : vf_div(acc[v], count);
        const vf clamped = vf_clamp(y, vf_set(a->low), vf_set(a->high));
        pool_vec_store(p->buf[HN_POOL_OUT], p->out + (size_t)(c + v * VN), clamped, n, type);
    }
}

/* Sums divided and rounded. */
HN_INLINE vi pool_vec_average(const pool_vec *p, vi sum) {
    const hn_pool_args *a = p->a;
    const vf count = vf_set((float)p->count);
    if (a->arith == HN_ARITH_RNE) {
        const vi d = vi_sub(sum, vi_set(p->inside * a->in_zero));
        const vf scaled = vf_mul(vf_of_int(d), vf_set(a->scale));
        return vi_add(vi_round(vf_div(scaled, count)), vi_set(a->out_zero));
    }
    if (a->count_pad) sum = vi_add(sum, vi_set((p->count - p->inside) * a->in_zero));
    const vi half = vi_set(p->count / 2), sign = vi_shift_right(sum, 31);
    const vi away = vi_sub(vi_xor(half, sign), sign); /* half with the sum's sign */
    return vi_whole(vf_div(vf_of_int(vi_add(sum, away)), count));
}

HN_INLINE void pool_vec_int(const pool_vec *p, int32_t c, int32_t n, int wide, bool is_max,
                            bool is_signed) {
    const hn_pool_args *a = p->a;
    const size_t step = (size_t)a->dilation_w * (size_t)a->c;
    vi acc[4];
    for (int v = 0; v < wide; ++v) acc[v] = vi_set(is_max && is_signed ? -128 : 0);
    int32_t row = p->in_row;
    for (int32_t ky = p->ky.from; ky < p->ky.to; ++ky) {
        const size_t from = (size_t)row * (size_t)a->in_w * (size_t)a->c;
        const uint8_t *x = (const uint8_t *)p->buf[HN_POOL_IN] + p->in + from + (size_t)c;
        for (int32_t kx = p->kx.from; kx < p->kx.to; ++kx, x += step)
            for (int v = 0; v < wide; ++v) {
                const vi y =
                    n < VN ? vi_load_8_n(x, is_signed, n) : vi_load_8(x + v * VN, is_signed);
                acc[v] = is_max ? vi_max(y, acc[v]) : vi_add(acc[v], y);
            }
        row = hn_ring_next(row, a->dilation_h, p->tile, HN_POOL_IN);
    }
    uint8_t *out = (uint8_t *)p->buf[HN_POOL_OUT] + p->out + c;
    for (int v = 0; v < wide; ++v) {
        const vi y = is_max ? acc[v] : pool_vec_average(p, acc[v]);
        const vi clamped = vi_clamp(y, vi_set(a->act_min), vi_set(a->act_max));
        if (n < VN)
            vi_store_8_n(out, clamped, n);
        else
            vi_store_8(out + v * VN, clamped);
    }
}

HN_INLINE void pool_vec_channels(const pool_vec *p, int32_t c, int32_t n, int wide, bool is_max,
                                 char type) {
    if (type == 'f' || type == 'x')
        pool_vec_float(p, c, n, wide, is_max, type);
    else
        pool_vec_int(p, c, n, wide, is_max, type == 's');
}

HN_INLINE void pool_vec_pixel(const pool_vec *p, bool is_max, char type) {
    const int32_t n = p->a->c;
    int32_t c = 0;
    for (; c + 4 * VN <= n; c += 4 * VN) pool_vec_channels(p, c, VN, 4, is_max, type);
    for (; c + VN <= n; c += VN) pool_vec_channels(p, c, VN, 1, is_max, type);
    if (c < n) pool_vec_channels(p, c, n - c, 1, is_max, type);
}

HN_INLINE void pool_vec_all(const hn_pool_args *a, void *const *buf, const hn_work *w, char type) {
    pool_vec p = {.a = a, .buf = buf, .tile = w->tile};
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_unit_row unit = hn_unit_row_at(w, u, a->out_h, a->out_w);
        pool_vec_enter_row(&p, &unit);
        for (int32_t x = unit.x0; x < unit.x1; ++x) {
            pool_vec_enter_pixel(&p, &unit, x);
            if (a->kind == HN_POOL_MAX)
                pool_vec_pixel(&p, true, type);
            else
                pool_vec_pixel(&p, false, type);
        }
    }
}

#endif
