/* SPDX-License-Identifier: Apache-2.0
 * Pooling: the definition and the portable form. Four neighbouring channels at a time stay in
 * registers while the window's taps go by; taps in the padding are left out by their range, found
 * once per pixel. Float sums add taps in the order k_h, k_w. */
#include "kernels/pool/pool.h"

typedef struct pool_c_pixel {
    const hn_pool_args *a;
    const hn_tile *tile;
    hn_taps ky, kx;   /* taps inside the image */
    int32_t n_y, n_x; /* taps before the end of the padding */
    int32_t in_row;   /* row of the buffer, and column, of the first of them */
    int32_t column;
    size_t in, out; /* elements before the image, and before the output pixel */
} pool_c_pixel;

static inline void pool_c_enter_row(pool_c_pixel *p, const hn_unit_row *unit) {
    const hn_pool_args *a = p->a;
    p->ky = hn_taps_at(unit->y * a->stride_h - a->pad_top, a->dilation_h, a->k_h, a->in_h);
    p->n_y = hn_taps_at(p->ky.first, a->dilation_h, a->k_h, a->limit_h).to;
    p->in_row = p->ky.first + p->ky.from * a->dilation_h;
    if (p->ky.from < p->ky.to) p->in_row = hn_ring_row(p->in_row, p->tile, HN_POOL_IN);
    p->in = (size_t)unit->image * (size_t)a->in_h * (size_t)a->in_w * (size_t)a->c;
}

static inline void pool_c_enter_pixel(pool_c_pixel *p, const hn_unit_row *unit, int32_t x) {
    const hn_pool_args *a = p->a;
    p->kx = hn_taps_at(x * a->stride_w - a->pad_left, a->dilation_w, a->k_w, a->in_w);
    p->n_x = hn_taps_at(p->kx.first, a->dilation_w, a->k_w, a->limit_w).to;
    p->column = p->kx.from < p->kx.to ? p->kx.first + p->kx.from * a->dilation_w : 0;
    p->out = (size_t)unit->image * (size_t)a->out_h;
    p->out += (size_t)hn_ring_row(unit->y, p->tile, HN_POOL_OUT);
    p->out = (p->out * (size_t)a->out_w + (size_t)x) * (size_t)a->c;
}

static inline size_t pool_c_offset(const pool_c_pixel *p, int32_t row, int32_t c) {
    const size_t pixel = (size_t)row * (size_t)p->a->in_w + (size_t)p->column;
    return p->in + pixel * (size_t)p->a->c + (size_t)c;
}

static inline int32_t pool_c_taps(const pool_c_pixel *p) {
    return (p->ky.to - p->ky.from) * (p->kx.to - p->kx.from);
}

static inline int32_t pool_c_count(const pool_c_pixel *p) {
    const int32_t count = p->a->count_pad ? p->n_y * p->n_x : pool_c_taps(p);
    if (p->a->kind == HN_POOL_SUM) return 1;
    return count > 0 ? count : 1;
}

HN_INLINE float pool_c_join_f32(float acc, float v, bool is_max) {
    if (!is_max) return acc + v;
    return v > acc ? v : acc;
}

/* n = 4 or 1 channels from c. */
HN_INLINE void pool_c_channels_f32(const pool_c_pixel *p, void *const *buf, int32_t c, int32_t n,
                                   bool is_max) {
    const hn_pool_args *a = p->a;
    const float start = is_max ? hn_float_of_bits(INT32_MIN | 0x7f800000) : 0.0f;
    const size_t step = (size_t)a->dilation_w * (size_t)a->c;
    float v0 = start, v1 = start, v2 = start, v3 = start;
    int32_t row = p->in_row;
    for (int32_t ky = p->ky.from; ky < p->ky.to; ++ky) {
        const float *x = (const float *)buf[HN_POOL_IN] + pool_c_offset(p, row, c);
        for (int32_t kx = p->kx.from; kx < p->kx.to; ++kx, x += step) {
            v0 = pool_c_join_f32(v0, x[0], is_max);
            if (n == 1) continue;
            v1 = pool_c_join_f32(v1, x[1], is_max);
            v2 = pool_c_join_f32(v2, x[2], is_max);
            v3 = pool_c_join_f32(v3, x[3], is_max);
        }
        row = hn_ring_next(row, a->dilation_h, p->tile, HN_POOL_IN);
    }
    const float acc[4] = {v0, v1, v2, v3};
    const float count = (float)pool_c_count(p);
    float *out = (float *)buf[HN_POOL_OUT] + p->out + c;
    for (int32_t j = 0; j < n; ++j) {
        const float v = is_max ? acc[j] : acc[j] / count;
        out[j] = v < a->low ? a->low : v > a->high ? a->high : v;
    }
}

HN_INLINE int32_t pool_c_join_s32(int32_t acc, int32_t v, bool is_max) {
    if (!is_max) return acc + v;
    return v > acc ? v : acc;
}

/* The sum of the taps inside, divided and rounded. */
static inline int32_t pool_c_average(const pool_c_pixel *p, int32_t sum) {
    const hn_pool_args *a = p->a;
    const int32_t count = pool_c_count(p), inside = pool_c_taps(p);
    if (a->arith == HN_ARITH_RNE) {
        const float scaled = (float)(sum - inside * a->in_zero) * a->scale;
        return a->out_zero + hn_round_even(scaled / (float)count);
    }
    if (a->count_pad) sum += (count - inside) * a->in_zero;
    return (sum > 0 ? sum + count / 2 : sum - count / 2) / count;
}

/* An integer of 8 ('s', 'u') or 16 ('h') bits. */
HN_INLINE int32_t pool_c_load(const uint8_t *at, int32_t i, char type) {
    if (type == 'h') return ((const int16_t *)(const void *)at)[i];
    return hn_load_8(at + i, type == 's');
}

HN_INLINE void pool_c_channels_int(const pool_c_pixel *p, void *const *buf, int32_t c, int32_t n,
                                   bool is_max, char type) {
    const hn_pool_args *a = p->a;
    const size_t size = type == 'h' ? 2 : 1;
    const int32_t start = !is_max || type == 'u' ? 0 : type == 's' ? -128 : -32768;
    const size_t step = (size_t)a->dilation_w * (size_t)a->c * size;
    int32_t v0 = start, v1 = start, v2 = start, v3 = start;
    int32_t row = p->in_row;
    for (int32_t ky = p->ky.from; ky < p->ky.to; ++ky) {
        const uint8_t *x = (const uint8_t *)buf[HN_POOL_IN] + pool_c_offset(p, row, c) * size;
        for (int32_t kx = p->kx.from; kx < p->kx.to; ++kx, x += step) {
            v0 = pool_c_join_s32(v0, pool_c_load(x, 0, type), is_max);
            if (n == 1) continue;
            v1 = pool_c_join_s32(v1, pool_c_load(x, 1, type), is_max);
            v2 = pool_c_join_s32(v2, pool_c_load(x, 2, type), is_max);
            v3 = pool_c_join_s32(v3, pool_c_load(x, 3, type), is_max);
        }
        row = hn_ring_next(row, a->dilation_h, p->tile, HN_POOL_IN);
    }
    const int32_t acc[4] = {v0, v1, v2, v3};
    uint8_t *out = (uint8_t *)buf[HN_POOL_OUT] + (p->out + (size_t)c) * size;
    for (int32_t j = 0; j < n; ++j) {
        const int32_t v = is_max ? acc[j] : pool_c_average(p, acc[j]);
        const int32_t q = hn_clamp_s32(v, a->act_min, a->act_max);
        if (type == 'h')
            ((int16_t *)(void *)out)[j] = (int16_t)q;
        else
            out[j] = (uint8_t)q;
    }
}

HN_INLINE void pool_c_channels(const pool_c_pixel *p, void *const *buf, const int32_t at[2],
                               bool is_max, char type) {
    const int32_t c = at[0], n = at[1];
    if (type == 'f')
        pool_c_channels_f32(p, buf, c, n, is_max);
    else
        pool_c_channels_int(p, buf, c, n, is_max, type);
}

HN_INLINE void pool_c_pixels(pool_c_pixel *p, void *const *buf, const hn_unit_row *unit,
                             bool is_max, char type) {
    for (int32_t x = unit->x0; x < unit->x1; ++x) {
        pool_c_enter_pixel(p, unit, x);
        int32_t c = 0;
        for (; c + 4 <= p->a->c; c += 4) {
            const int32_t at[2] = {c, 4};
            pool_c_channels(p, buf, at, is_max, type);
        }
        for (; c < p->a->c; ++c) {
            const int32_t at[2] = {c, 1};
            pool_c_channels(p, buf, at, is_max, type);
        }
    }
}

HN_INLINE void pool_c_all(const hn_pool_args *a, void *const *buf, const hn_work *w, char type) {
    pool_c_pixel p = {.a = a, .tile = w->tile};
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_unit_row unit = hn_unit_row_at(w, u, a->out_h, a->out_w);
        pool_c_enter_row(&p, &unit);
        if (a->kind == HN_POOL_MAX)
            pool_c_pixels(&p, buf, &unit, true, type);
        else
            pool_c_pixels(&p, buf, &unit, false, type);
    }
}

HN_KERNEL(hn_pool_f32_c) {
    pool_c_all((const hn_pool_args *)args, buf, w, 'f');
}

HN_KERNEL(hn_pool_s8_c) {
    pool_c_all((const hn_pool_args *)args, buf, w, 's');
}

HN_KERNEL(hn_pool_u8_c) {
    pool_c_all((const hn_pool_args *)args, buf, w, 'u');
}

HN_KERNEL(hn_pool_s16_c) {
    pool_c_all((const hn_pool_args *)args, buf, w, 'h');
}
