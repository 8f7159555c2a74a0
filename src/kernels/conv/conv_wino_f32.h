/* SPDX-License-Identifier: Apache-2.0
 * Float convolution by Winograd's F(4, 3) along the row (conv_panels.h), whatever the vector
 * length: six products of points for four columns where the direct way takes twelve. The points of
 * the image's rows are kept while they are needed. Points 0, 1, -1, 2, -2, infinity. */
#ifndef HN_KERNELS_CONV_WINO_F32_H
#define HN_KERNELS_CONV_WINO_F32_H

#include "kernels/conv/conv_tile.h"

/* n <= VN channels of one tile: six columns become six points, `step` apart. */
HN_INLINE void wino_in(const float *const *column, size_t c, float *to, size_t step, int32_t n) {
    const bool is_whole = n == VN;
    vf d[HN_WINO_POINTS];
    for (int i = 0; i < HN_WINO_POINTS; ++i)
        d[i] = is_whole ? vf_load(column[i] + c) : vf_load_n(column[i] + c, n);
    const vf two = vf_set(2.0f), four = vf_set(4.0f), minus5 = vf_set(-5.0f),
             minus4 = vf_set(-4.0f);
    const vf even = vf_fma(minus4, d[2], d[4]), odd = vf_fma(minus4, d[1], d[3]);
    const vf near = vf_sub(d[4], d[2]), far = vf_mul(two, vf_sub(d[3], d[1]));
    const vf v[HN_WINO_POINTS] = {vf_fma(minus5, d[2], vf_fma(four, d[0], d[4])),
                                  vf_add(even, odd),
                                  vf_sub(even, odd),
                                  vf_add(near, far),
                                  vf_sub(near, far),
                                  vf_fma(minus5, d[3], vf_fma(four, d[1], d[5]))};
    for (int i = 0; i < HN_WINO_POINTS; ++i) {
        if (is_whole)
            vf_store(to + (size_t)i * step + c, v[i]);
        else
            vf_store_n(to + (size_t)i * step + c, v[i], n);
    }
}

/* A row of the image, from its column 0, as points; `zero` is a pixel of padding. */
static void wino_points_of(const conv_tile *c, const float *in, const float *zero, float *to) {
    const int32_t in_c = c->a->in_c, tiles = c->cut.tiles;
    const size_t step = (size_t)tiles * (size_t)in_c;
    for (int32_t t = 0; t < tiles; ++t, to += in_c) {
        const float *column[HN_WINO_POINTS];
        for (int32_t i = 0; i < HN_WINO_POINTS; ++i) {
            const int32_t x = t * HN_WINO_TILE - c->a->pad_left + i;
            column[i] = x >= 0 && x < c->a->in_w ? in + (size_t)x * (size_t)in_c : zero;
        }
        int32_t at = 0;
        for (; at + VN <= in_c; at += VN) wino_in(column, (size_t)at, to, step, VN);
        if (at < in_c) wino_in(column, (size_t)at, to, step, in_c - at);
    }
}

/* The points of window row `ky`, made unless they are there; `row` is its place in the buffer. */
static inline const float *wino_row(const conv_tile *c, int32_t ky, int32_t row) {
    const hn_conv_args *a = c->a;
    const int32_t y = c->at.taps.first + ky * a->dilation_h;
    const int32_t slot = a->dilation_h == 1 ? y % a->k_h : ky;
    const int64_t tag = (int64_t)(c->at.in / (size_t)a->in_w) + y;
    uint8_t *rows = (uint8_t *)c->w->scratch + c->part.rows;
    float *to = (float *)(void *)(rows + (size_t)slot * c->part.row);
    if (c->tag[slot] == tag) return to;
    c->tag[slot] = tag;
    wino_points_of(c, (const float *)(const void *)conv_tile_image(c, row),
                   (const float *)(const void *)(rows + (size_t)a->k_h * c->part.row), to);
    return to;
}

/* n <= VN outputs of one tile, of columns x0 <= x < x1 of its four. `add` lies as `to` does. */
HN_INLINE void wino_out(const hn_conv_args *a, const float *point, size_t step, vf bias, float *to,
                        const float *add, const int32_t at[3]) {
    vf m[HN_WINO_POINTS], y[HN_WINO_TILE];
    for (int i = 0; i < HN_WINO_POINTS; ++i) m[i] = vf_load(point + (size_t)i * step);
    const vf sum1 = vf_add(m[1], m[2]), less1 = vf_sub(m[1], m[2]);
    const vf sum2 = vf_add(m[3], m[4]), less2 = vf_sub(m[3], m[4]);
    y[0] = vf_add(vf_add(m[0], sum1), sum2);
    y[1] = vf_fma(vf_set(2.0f), less2, less1);
    y[2] = vf_fma(vf_set(4.0f), sum2, sum1);
    y[3] = vf_add(vf_fma(vf_set(8.0f), less2, less1), m[5]);
    const vf low = vf_set(a->low), high = vf_set(a->high);
    for (int32_t x = at[0]; x < at[1]; ++x) {
        const int32_t n = at[2] < VN ? at[2] : VN;
        const intptr_t pixel = (intptr_t)x * a->out_c;
        vf out = vf_act(a->act, a->alpha, vf_add(y[x], bias));
        if (add != 0) out = vf_add(out, vf_load_n(add + pixel, n));
        vf_store_n(to + pixel, vf_clamp(out, low, high), n);
    }
}

/* The outputs of tiles t0 <= t < t1 from their points, 64 outputs a tile. */
static void wino_finish(const conv_tile *c, const conv_tile_block *b, const float *points,
                        int32_t t0, int32_t t1) {
    const hn_conv_args *a = c->a;
    const float *bias = (const float *)c->buf[HN_CONV_WEIGHTS] + b->first;
    float *out = (float *)c->buf[HN_CONV_OUT] + b->to;
    const float *add = a->has_add ? (const float *)c->buf[HN_CONV_ADD] + b->to : 0;
    const size_t step = (size_t)(t1 - t0) * HN_CONV_BLOCK;
    for (int32_t t = t0; t < t1; ++t, points += HN_CONV_BLOCK) {
        const int32_t x = t * HN_WINO_TILE;
        int32_t at[3] = {c->at.x0 > x ? c->at.x0 - x : 0, HN_WINO_TILE, 0};
        if (c->at.x1 - x < HN_WINO_TILE) at[1] = c->at.x1 - x;
        const intptr_t pixel = ((intptr_t)x - c->at.x0) * a->out_c;
        for (int32_t o = 0; o < b->n; o += VN) {
            at[2] = b->n - o;
            const float *from = add != 0 ? add + pixel + o : 0;
            wino_out(a, points + o, step, vf_load(bias + o), out + pixel + o, from, at);
        }
    }
}

static void wino_unit(const conv_tile *c, int32_t block) {
    const hn_conv_args *a = c->a;
    const conv_tile_block b = conv_tile_block_of(c, block, 1);
    const size_t steps = (size_t)a->in_c * (size_t)a->k_h;
    const int32_t t0 = c->at.x0 / HN_WINO_TILE;
    const int32_t t1 = (c->at.x1 + HN_WINO_TILE - 1) / HN_WINO_TILE;
    const float *panels = (const float *)c->buf[HN_CONV_WEIGHTS] + b.width + b.first * steps;
    float *points = (float *)(void *)((uint8_t *)c->w->scratch + c->part.points);
    const float infinite = __builtin_inff();
    const hn_taps taps = c->at.taps;
    int32_t row = c->at.in_row, n = 0;
    for (int32_t ky = taps.from; ky < taps.to; ++ky) {
        c->run[n++] = (const uint8_t *)(wino_row(c, ky, row) + (size_t)t0 * (size_t)a->in_c);
        row = hn_ring_next(row, a->dilation_h, c->w->tile, HN_CONV_IN);
    }
    tile_work t = {.run = c->run,
                   .n_runs = n,
                   .steps = a->in_c,
                   .step = (size_t)a->in_c * 4,
                   .b_step = 64,
                   .b_panel = steps * 64};
    tile_out out = {.step = HN_CONV_BLOCK, .low = vf_set(-infinite), .high = vf_set(infinite)};
    for (int32_t p = 0; p < HN_WINO_POINTS; ++p) {
        t.b = (const uint8_t *)(panels + (size_t)taps.from * (size_t)a->in_c * 16);
        out.to = points + (size_t)p * (size_t)(t1 - t0) * HN_CONV_BLOCK;
        tile_all(&t, t1 - t0, b.n, &out);
        panels += b.width * steps;
        for (int32_t i = 0; i < n; ++i) c->run[i] += (size_t)c->cut.tiles * (size_t)a->in_c * 4;
    }
    wino_finish(c, &b, points, t0, t1);
}

static void wino_all(conv_tile *c) {
    float *zero = (float *)(void *)((uint8_t *)c->w->scratch + c->part.rows +
                                    (size_t)c->a->k_h * c->part.row);
    for (int32_t i = 0; i < c->a->in_c; ++i) zero[i] = 0.0f;
    for (uint32_t u = c->w->begin; u < c->w->end; ++u) {
        const int32_t block = conv_tile_enter(c, u);
        wino_unit(c, block);
    }
}

#endif
