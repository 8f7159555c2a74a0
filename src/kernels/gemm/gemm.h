/* SPDX-License-Identifier: Apache-2.0
 * Matrix products: fully connected layers and batched MatMul.
 * out[b][i][j] = sum over k of A[b][i][k] * B[b][j][k], or B[b][k][j] when b_is_kn is 1. Rows that
 * pack constants find HN_GEMM_PACKED there, and the packed bytes in place of B (kernels/pack.h).
 *
 * Operands: 0 A [batch, m, k]; 1 B [batch or 1, n, k] (or k, n); 2 bias [n] f32 or s32, or NULL;
 *           3 scale, integers only: pairs {multiplier, shift}, [n] or [1] by scale_stride 1 or 0;
 *           4 output [batch, m, n]
 * a_batch, b_batch: elements from one matrix to the next, 0 to use one for all. When batches do
 * not broadcast so simply, the operator emits one step per outer index.
 * f32: clamp(bias + sum, low, high), products in the order of k. s8, u8: as in conv.h.
 * s16: as s8 without zero points and bias, in 64 bits; both factors are s16.
 * f16: as f32 with all operands halves; products are added in blocks of halves (gemm_f16_c.c).
 * arith is HN_ARITH_NONE for f32, HN_ARITH_HALF for f16 and only then: traits tell the
 * scratch by it. Unit: HN_GEMM_COLUMNS output columns of one row of one batch. Rows come first, so
 * that neighbouring units share a block of B: u = (batch * blocks + block) * m + row. */
#ifndef HN_KERNELS_GEMM_H
#define HN_KERNELS_GEMM_H

#include <stddef.h>

#include "core/args.h"
#include "core/dot.h"
#include "core/fixed.h"
#include "core/work.h"

/* clang-format off */
#define HN_GEMM_FIELDS(F, A)                                                                       \
    F(s32, batch) F(s32, m) F(s32, n) F(s32, k) F(s32, a_batch) F(s32, b_batch) F(s32, b_is_kn)    \
    F(s32, scale_stride) F(s32, arith) F(s32, a_zero) F(s32, b_zero) F(s32, out_zero)              \
    F(s32, act_min) F(s32, act_max) F(f32, low) F(f32, high)
/* clang-format on */

HN_ARGS(gemm, HN_GEMM_FIELDS);

enum { HN_GEMM_A, HN_GEMM_B, HN_GEMM_BIAS, HN_GEMM_SCALE, HN_GEMM_OUT, HN_GEMM_OPERANDS };
enum { HN_GEMM_COLUMNS = 16, HN_GEMM_PACKED = 2 };

/* The part of the output that a unit makes: columns j0 <= j < j1 of a row. */
typedef struct hn_gemm_unit {
    int32_t batch, row, j0, j1;
} hn_gemm_unit;

static inline hn_gemm_unit hn_gemm_unit_at(const hn_gemm_args *a, uint32_t u) {
    const uint32_t m = (uint32_t)a->m;
    const uint32_t blocks = ((uint32_t)a->n + HN_GEMM_COLUMNS - 1) / HN_GEMM_COLUMNS;
    hn_gemm_unit at;
    at.batch = (int32_t)(u / m / blocks);
    at.row = (int32_t)(u % m);
    at.j0 = (int32_t)(u / m % blocks) * HN_GEMM_COLUMNS;
    at.j1 = a->n - at.j0 > HN_GEMM_COLUMNS ? at.j0 + HN_GEMM_COLUMNS : a->n;
    return at;
}

/* Elements before A's row, B's first element that the unit needs, and output (row, j0). */
static inline size_t hn_gemm_a(const hn_gemm_args *a, const hn_gemm_unit *at) {
    return (size_t)at->batch * (size_t)a->a_batch + (size_t)at->row * (size_t)a->k;
}

static inline size_t hn_gemm_b(const hn_gemm_args *a, const hn_gemm_unit *at) {
    const size_t column = a->b_is_kn ? 1 : (size_t)a->k;
    return (size_t)at->batch * (size_t)a->b_batch + (size_t)at->j0 * column;
}

static inline size_t hn_gemm_out(const hn_gemm_args *a, const hn_gemm_unit *at) {
    const size_t row = (size_t)at->batch * (size_t)a->m + (size_t)at->row;
    return row * (size_t)a->n + (size_t)at->j0;
}

/* An accumulator of column j, bias included, as the output's 8 bits. */
static inline uint8_t hn_gemm_finish(const hn_gemm_args *a, uint32_t acc, const int32_t *scale,
                                     int32_t j) {
    const int32_t *pair = scale + 2 * (size_t)(j * a->scale_stride);
    const int32_t v = hn_requant(a->arith, (int32_t)acc, pair[0], pair[1]);
    const int32_t moved = (int32_t)((uint32_t)v + (uint32_t)a->out_zero);
    return (uint8_t)hn_clamp_s32(moved, a->act_min, a->act_max);
}

static inline float hn_gemm_finish_f32(const hn_gemm_args *a, float v) {
    return v < a->low ? a->low : v > a->high ? a->high : v;
}

#endif
