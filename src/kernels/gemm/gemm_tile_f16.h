/* SPDX-License-Identifier: Apache-2.0
 * Matrix product of halves with a packed constant, whatever the vector length: panels of 32
 * columns. The bits are those of the definition: the same multiply-adds in the same order. */
#ifndef HN_KERNELS_GEMM_GEMM_TILE_F16_H
#define HN_KERNELS_GEMM_GEMM_TILE_F16_H

#include "kernels/vec/tile_f16.h"

#include "kernels/gemm/gemm_panels.h"

/* Rows and columns of one part. */
static inline void gemm_f16_part(const hn_gemm_args *a, void *const *buf, const hn_gemm_part *p) {
    const size_t width = ((size_t)a->n + TILE_PANEL - 1) / TILE_PANEL * TILE_PANEL;
    const size_t k = (size_t)a->k, row = (size_t)p->batch * (size_t)a->m + (size_t)p->i0;
    const size_t matrices = a->b_batch == 0 ? 1 : (size_t)a->batch;
    const size_t first = (a->b_batch == 0 ? 0 : (size_t)p->batch) * width + (size_t)p->j0;
    const uint16_t *packed = (const uint16_t *)buf[HN_GEMM_B];
    const uint16_t *x = (const uint16_t *)buf[HN_GEMM_A] + (size_t)p->batch * (size_t)a->a_batch +
                        (size_t)p->i0 * k;
    const uint8_t *run = (const uint8_t *)x;
    tile_work t = {.run = &run, .n_runs = 1, .steps = a->k, .step = k * sizeof *x};
    t.init = (const uint8_t *)(packed + first);
    t.b = (const uint8_t *)(packed + matrices * width + first * k);
    t.b_step = TILE_PANEL * TILE_OUTPUT_BYTES;
    t.b_panel = k * t.b_step;
    tile_out out = {.act = HN_ACT_NONE};
    out.to = (uint16_t *)buf[HN_GEMM_OUT] + row * (size_t)a->n + (size_t)p->j0;
    out.step = (size_t)a->n;
    out.low = vf_set(a->low);
    out.high = vf_set(a->high);
    tile_all(&t, p->i1 - p->i0, p->j1 - p->j0, &out);
}

static void gemm_f16_all(const hn_gemm_args *a, void *const *buf, const hn_work *w) {
    const hn_gemm_cut c = hn_gemm_cut_of(a);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_gemm_part p = hn_gemm_part_at(a, &c, u);
        gemm_f16_part(a, buf, &p);
    }
}

#endif
