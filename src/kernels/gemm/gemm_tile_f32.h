/* SPDX-License-Identifier: Apache-2.0
 * Float matrix product on panels, whatever the vector length. Panels of B that were not packed are
 * made in scratch once for all rows that a call gives them. Products are fused and added to the
 * bias in the order of k. */
#ifndef HN_KERNELS_GEMM_GEMM_TILE_F32_H
#define HN_KERNELS_GEMM_GEMM_TILE_F32_H

#include "kernels/vec/tile_f32.h"

#include "kernels/gemm/gemm_panels.h"

typedef struct gemm_f32 {
    const hn_gemm_args *a;
    void *const *buf;
    float *panels, *bias; /* in scratch */
    int32_t batch, j0;    /* of which B they are; -1: none */
} gemm_f32;

/* `n` columns from column j of B [n, k] as a panel, in blocks of VN by VN where they are whole. */
static void gemm_f32_transpose(const float *b, size_t k, int32_t n, float *to) {
    for (int32_t j = 0; j < HN_GEMM_COLUMNS; j += VN) {
        size_t i = 0;
        if (n - j >= VN)
            for (; i + VN <= k; i += VN)
                vf_transpose(b + (size_t)j * k + i, k, to + i * HN_GEMM_COLUMNS + j,
                             HN_GEMM_COLUMNS);
        for (; i < k; ++i)
            for (int32_t x = j; x < j + VN; ++x)
                to[i * HN_GEMM_COLUMNS + (size_t)x] = x < n ? b[(size_t)x * k + i] : 0.0f;
    }
}

/* The partial panel of B [k, n]. */
static void gemm_f32_gather(const float *b, const hn_gemm_args *a, int32_t n, float *to) {
    for (int32_t k = 0; k < a->k; ++k, b += a->n, to += HN_GEMM_COLUMNS)
        for (int32_t x = 0; x < HN_GEMM_COLUMNS; ++x) to[x] = x < n ? b[x] : 0.0f;
}

/* Panels and bias of a block, where they cannot be read where they lie. */
static void gemm_f32_prepare(gemm_f32 *g, const hn_gemm_part *p) {
    const hn_gemm_args *a = g->a;
    if (g->batch == p->batch && g->j0 == p->j0) return;
    g->batch = p->batch;
    g->j0 = p->j0;
    const float *b = (const float *)g->buf[HN_GEMM_B] + (size_t)p->batch * (size_t)a->b_batch;
    const float *bias = (const float *)g->buf[HN_GEMM_BIAS];
    const int32_t n = p->j1 - p->j0, rest = n % HN_GEMM_COLUMNS, whole = n - rest;
    for (int32_t x = 0; bias != 0 && x < rest; ++x) g->bias[x] = bias[p->j0 + whole + x];
    if (a->b_is_kn) {
        if (rest != 0) gemm_f32_gather(b + p->j0 + whole, a, rest, g->panels);
        return;
    }
    for (int32_t j = 0; j < n; j += HN_GEMM_COLUMNS)
        gemm_f32_transpose(b + (size_t)(p->j0 + j) * (size_t)a->k, (size_t)a->k, n - j,
                           g->panels + (size_t)j * (size_t)a->k);
}

/* Columns j0.. of the part by n columns; b, b_step, b_panel and init are set. */
static inline void gemm_f32_tiles(const gemm_f32 *g, const hn_gemm_part *p, tile_work *t,
                                  int32_t j0, int32_t n) {
    const hn_gemm_args *a = g->a;
    const size_t row = (size_t)p->batch * (size_t)a->m + (size_t)p->i0;
    const float *x = (const float *)g->buf[HN_GEMM_A] + (size_t)p->batch * (size_t)a->a_batch +
                     (size_t)p->i0 * (size_t)a->k;
    const uint8_t *run = (const uint8_t *)x;
    tile_out out = {.act = HN_ACT_NONE};
    out.to = (float *)g->buf[HN_GEMM_OUT] + row * (size_t)a->n + (size_t)j0;
    out.step = (size_t)a->n;
    out.low = vf_set(a->low);
    out.high = vf_set(a->high);
    t->run = &run;
    t->n_runs = 1;
    t->steps = a->k;
    t->step = (size_t)a->k * sizeof(float);
    tile_all(t, p->i1 - p->i0, n, &out);
}

static inline void gemm_f32_packed(const gemm_f32 *g, const hn_gemm_part *p) {
    const hn_gemm_args *a = g->a;
    const size_t width = ((size_t)a->n + 15) / 16 * 16, k = (size_t)a->k;
    const size_t group = a->b_batch == 0 ? 0 : (size_t)p->batch;
    const size_t first = group * width + (size_t)p->j0;
    const size_t groups = a->b_batch == 0 ? 1 : (size_t)a->batch;
    const float *packed = (const float *)g->buf[HN_GEMM_B];
    tile_work t = {.b = (const uint8_t *)(packed + groups * width + first * k),
                   .b_step = 64,
                   .b_panel = k * 64,
                   .init = (const uint8_t *)(packed + first)};
    gemm_f32_tiles(g, p, &t, p->j0, p->j1 - p->j0);
}

static inline void gemm_f32_unpacked(gemm_f32 *g, const hn_gemm_part *p) {
    const hn_gemm_args *a = g->a;
    const float *b = (const float *)g->buf[HN_GEMM_B] + (size_t)p->batch * (size_t)a->b_batch;
    const float *bias = (const float *)g->buf[HN_GEMM_BIAS];
    const int32_t n = p->j1 - p->j0, rest = n % HN_GEMM_COLUMNS, whole = n - rest;
    const size_t k = (size_t)a->k;
    tile_work t = {.b = (const uint8_t *)g->panels, .b_step = 64, .b_panel = k * 64};
    gemm_f32_prepare(g, p);
    if (a->b_is_kn) {
        t.b = (const uint8_t *)(b + p->j0);
        t.b_step = (size_t)a->n * sizeof(float);
        t.b_panel = 64;
    }
    if (bias != 0) t.init = (const uint8_t *)(bias + p->j0);
    if (whole > 0) gemm_f32_tiles(g, p, &t, p->j0, whole);
    if (rest == 0) return;
    t.b = (const uint8_t *)(a->b_is_kn ? g->panels : g->panels + (size_t)whole * k);
    t.b_step = 64;
    if (bias != 0) t.init = (const uint8_t *)g->bias;
    gemm_f32_tiles(g, p, &t, p->j0 + whole, rest);
}

static void gemm_f32_all(const hn_gemm_args *a, void *const *buf, const hn_work *w) {
    const hn_gemm_cut c = hn_gemm_cut_of(a);
    gemm_f32 g = {a, buf, (float *)w->scratch, 0, -1, -1};
    if (w->scratch != 0) g.bias = g.panels + hn_gemm_panel_columns(a) * (size_t)a->k;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_gemm_part p = hn_gemm_part_at(a, &c, u);
        if (a->b_is_kn == HN_GEMM_PACKED)
            gemm_f32_packed(&g, &p);
        else
            gemm_f32_unpacked(&g, &p);
    }
}

#endif
