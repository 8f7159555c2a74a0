/* SPDX-License-Identifier: Apache-2.0
 * Integer matrix product on packed panels. The includer has included vec/tile_int.h and a
 * vec/rows_*.h. Rows of A are converted into scratch, once for all columns that a call gives them;
 * bytes that are already what the tiles take are read where they lie when a row is a whole number
 * of steps. */
#ifndef HN_KERNELS_GEMM_GEMM_TILE_INT_H
#define HN_KERNELS_GEMM_GEMM_TILE_INT_H

#include "kernels/gemm/gemm_panels.h"

typedef struct gemm_int {
    const hn_gemm_args *a;
    void *const *buf;
    uint8_t *rows;
    int32_t *sums;
    bool is_signed, is_copied;
    int32_t batch, i0; /* of which A the rows are; -1: none */
    const requant_out *out;
} gemm_int;

static const uint8_t *gemm_int_rows(gemm_int *g, const hn_gemm_part *p, size_t step) {
    const hn_gemm_args *a = g->a;
    const uint8_t *from = (const uint8_t *)g->buf[HN_GEMM_A] +
                          (size_t)p->batch * (size_t)a->a_batch + (size_t)p->i0 * (size_t)a->k;
    if (!g->is_copied) return from;
    if (g->batch == p->batch && g->i0 == p->i0) return g->rows;
    g->batch = p->batch;
    g->i0 = p->i0;
    for (int32_t i = 0; i < p->i1 - p->i0; ++i, from += a->k)
        int_take(g->rows + (size_t)i * step, from, (size_t)a->k, a->a_zero, g->is_signed);
    return g->rows;
}

static inline void gemm_int_part(gemm_int *g, const hn_gemm_part *p) {
    const hn_gemm_args *a = g->a;
    const size_t b_step = 16 * TILE_OUTPUT_BYTES;
    const size_t width = ((size_t)a->n + 15) / 16 * 16;
    const size_t steps = (size_t)((a->k + INT_QUAD - 1) / INT_QUAD);
    const size_t groups = a->b_batch == 0 ? 1 : (size_t)a->batch;
    const size_t first = (a->b_batch == 0 ? 0 : (size_t)p->batch * width) + (size_t)p->j0;
    const int32_t *packed = (const int32_t *)g->buf[HN_GEMM_B];
    tile_work t = {.n_runs = 1, .steps = (int32_t)steps, .b_step = b_step};
    t.b_panel = steps * b_step;
    t.step = g->is_copied ? hn_gemm_row_bytes(a, INT_BYTES) : (size_t)a->k;
    const uint8_t *run = gemm_int_rows(g, p, t.step);
    t.run = &run;
    t.b = (const uint8_t *)(packed + 3 * groups * width) + first * steps * TILE_OUTPUT_BYTES;
    t.init = (const uint8_t *)(packed + first);
    tile_out out = {.late = 0};
    out.to = (uint8_t *)g->buf[HN_GEMM_OUT] +
             ((size_t)p->batch * (size_t)a->m + (size_t)p->i0) * (size_t)a->n + (size_t)p->j0;
    out.step = (size_t)a->n;
    out.out = g->out;
    out.multiplier = packed + groups * width + first;
    out.shift = out.multiplier + groups * width;
    out.minus = int_minus(&t, a->k, p->i1 - p->i0, int_left_zero(a->b_zero, g->is_signed), g->sums);
    tile_all(&t, p->i1 - p->i0, p->j1 - p->j0, &out);
}

static void gemm_int_all(const hn_gemm_args *a, void *const *buf, const hn_work *w,
                         bool is_signed) {
    const hn_gemm_cut c = hn_gemm_cut_of(a);
    uint8_t *scratch = (uint8_t *)w->scratch;
    const requant_out out = requant_out_of(a->arith, a->out_zero, a->act_min, a->act_max);
    gemm_int g = {.a = a, .buf = buf, .is_signed = is_signed, .batch = -1};
    g.is_copied = !int_is_taken(is_signed) || a->k % INT_QUAD != 0;
    g.out = &out;
    g.sums = (int32_t *)(void *)scratch;
    g.rows = scratch + hn_gemm_sums_bytes();
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_gemm_part p = hn_gemm_part_at(a, &c, u);
        gemm_int_part(&g, &p);
    }
}

#endif
