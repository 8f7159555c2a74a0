/* SPDX-License-Identifier: Apache-2.0
 * How the vector matrix products cut their work; portable, for their traits too. A unit is a block
 * of 64 columns times a block of rows of one batch; row blocks are innermost, so that neighbouring
 * units share their part of B. With constants, B is packed in panels of 16 columns. Else (floats
 * only) columns of B [k, n] are read where they lie but for the last, partial panel, and those of
 * B [n, k] are transposed into scratch; blocks of rows are taller then, to pay for that.
 *
 *      scratch   floats: panels made of B, the last panel's bias | integers: sums, rows of A     */
#ifndef HN_KERNELS_GEMM_GEMM_PANELS_H
#define HN_KERNELS_GEMM_GEMM_PANELS_H

#include "kernels/gemm/gemm.h"

enum { HN_GEMM_BLOCK = 64, HN_GEMM_ROWS = 28, HN_GEMM_TALL = 196, HN_GEMM_SLACK = 64 };

typedef struct hn_gemm_cut {
    int32_t rows; /* of a unit */
    uint32_t row_blocks, blocks;
} hn_gemm_cut;

static inline hn_gemm_cut hn_gemm_cut_of(const hn_gemm_args *a) {
    hn_gemm_cut c;
    c.rows = a->b_is_kn == HN_GEMM_PACKED ? HN_GEMM_ROWS : HN_GEMM_TALL;
    c.row_blocks = (uint32_t)((a->m + c.rows - 1) / c.rows);
    c.blocks = (uint32_t)((a->n + HN_GEMM_BLOCK - 1) / HN_GEMM_BLOCK);
    return c;
}

/* The part of a unit: rows i0 <= i < i1, columns j0 <= j < j1. */
typedef struct hn_gemm_part {
    int32_t batch, i0, i1, j0, j1;
} hn_gemm_part;

static inline hn_gemm_part hn_gemm_part_at(const hn_gemm_args *a, const hn_gemm_cut *c,
                                           uint32_t u) {
    hn_gemm_part p;
    p.batch = (int32_t)(u / c->row_blocks / c->blocks);
    p.i0 = (int32_t)(u % c->row_blocks) * c->rows;
    p.i1 = a->m - p.i0 < c->rows ? a->m : p.i0 + c->rows;
    p.j0 = (int32_t)(u / c->row_blocks % c->blocks) * HN_GEMM_BLOCK;
    p.j1 = a->n - p.j0 < HN_GEMM_BLOCK ? a->n : p.j0 + HN_GEMM_BLOCK;
    return p;
}

/* Bytes of a row of A in scratch, `element` bytes each. */
static inline size_t hn_gemm_row_bytes(const hn_gemm_args *a, size_t element) {
    return ((size_t)a->k * element + HN_GEMM_SLACK + 63) / 64 * 64;
}

static inline size_t hn_gemm_sums_bytes(void) {
    return (HN_GEMM_ROWS * 4 + HN_GEMM_SLACK + 63) / 64 * 64;
}

/* Columns of B that are made into panels in scratch. */
static inline size_t hn_gemm_panel_columns(const hn_gemm_args *a) {
    if (a->b_is_kn == HN_GEMM_PACKED) return 0;
    return a->b_is_kn ? HN_GEMM_COLUMNS : HN_GEMM_BLOCK;
}

#endif
