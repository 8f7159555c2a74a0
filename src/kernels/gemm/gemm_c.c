/* SPDX-License-Identifier: Apache-2.0
 * Matrix product in portable C. Neighbouring units are rows of one column block, so two at a time
 * share each element of B. Where B is [n, k], blocks of core/dot.h; where it is [k, n], a row of
 * sixteen sums to which each k adds one scaled row of B.
 *
 * Integers: rows of A are first widened into scratch without their zero point; with one row (a
 * fully connected layer) that is done once per call, not per block. The zero point of B is taken
 * off at the end: sum x * (b - z) = sum x * b - z * sum x. */
#include "kernels/gemm/gemm.h"

/* Two rows of A in scratch, k elements each; which rows they are, and z * their sums. */
typedef struct gemm_c_rows {
    int16_t *x;
    const uint8_t *from[2];
    uint32_t minus[2];
} gemm_c_rows;

HN_INLINE void gemm_c_widen(const hn_gemm_args *a, gemm_c_rows *rows, int32_t slot,
                            const uint8_t *x, bool is_signed) {
    if (rows->from[slot] == x) return;
    int16_t *to = rows->x + (size_t)slot * (size_t)a->k;
    const uint32_t sum = a->b_is_kn ? hn_widen(x, a->k, a->a_zero, is_signed, to)
                                    : hn_dot_widen(x, a->k, a->a_zero, is_signed, to);
    rows->from[slot] = x;
    rows->minus[slot] = sum * (uint32_t)a->b_zero;
}

static inline void gemm_c_store(const hn_gemm_args *a, void *const *buf, int32_t j, uint32_t acc,
                                uint8_t *out) {
    const int32_t *bias = (const int32_t *)buf[HN_GEMM_BIAS];
    if (bias != 0) acc += (uint32_t)bias[j];
    *out = hn_gemm_finish(a, acc, (const int32_t *)buf[HN_GEMM_SCALE], j);
}

/* The columns of one or two rows, B [n, k]. */
HN_INLINE void gemm_c_nk(const hn_gemm_args *a, void *const *buf, const gemm_c_rows *rows,
                         const hn_gemm_unit *at, int32_t n_rows, bool is_signed) {
    const uint8_t *b = (const uint8_t *)buf[HN_GEMM_B] + hn_gemm_b(a, at);
    uint8_t *out = (uint8_t *)buf[HN_GEMM_OUT] + hn_gemm_out(a, at);
    const int32_t n = at->j1 - at->j0;
    const size_t step = (size_t)a->k;
    const uint32_t *minus = rows->minus;
    uint32_t acc[4];
    int32_t j = 0;
    if (n_rows == 2) {
        for (; j < n; j += 2, b += 2 * step) {
            const bool both = j + 1 < n;
            hn_dot_s16_2x2(rows->x, b, both ? step : 0, a->k, is_signed, acc);
            gemm_c_store(a, buf, at->j0 + j, acc[0] - minus[0], out + j);
            gemm_c_store(a, buf, at->j0 + j, acc[2] - minus[1], out + a->n + j);
            if (!both) break;
            gemm_c_store(a, buf, at->j0 + j + 1, acc[1] - minus[0], out + j + 1);
            gemm_c_store(a, buf, at->j0 + j + 1, acc[3] - minus[1], out + a->n + j + 1);
        }
        return;
    }
    for (; j + 4 <= n; j += 4, b += 4 * step) {
        hn_dot_s16_1x4(rows->x, b, step, a->k, is_signed, acc);
        for (int32_t i = 0; i < 4; ++i)
            gemm_c_store(a, buf, at->j0 + j + i, acc[i] - minus[0], out + j + i);
    }
    for (; j < n; ++j, b += step) {
        acc[0] = hn_dot_s16_1x1(rows->x, b, a->k, is_signed);
        gemm_c_store(a, buf, at->j0 + j, acc[0] - minus[0], out + j);
    }
}

/* acc[j] += x[k] * B[k][j] for n columns; n is HN_GEMM_COLUMNS where the compiler should know. */
HN_INLINE void gemm_c_kn_sums(const hn_gemm_args *a, const int16_t *x, const uint8_t *b, int32_t n,
                              bool is_signed, uint32_t *acc) {
    for (int32_t k = 0; k < a->k; ++k, b += a->n) {
        const int32_t v = x[k];
        for (int32_t j = 0; j < n; ++j) acc[j] += (uint32_t)(v * hn_load_8(b + j, is_signed));
    }
}

/* The columns of one row, B [k, n]. */
HN_INLINE void gemm_c_kn(const hn_gemm_args *a, void *const *buf, const gemm_c_rows *rows,
                         const hn_gemm_unit *at, bool is_signed) {
    const uint8_t *b = (const uint8_t *)buf[HN_GEMM_B] + hn_gemm_b(a, at);
    uint8_t *out = (uint8_t *)buf[HN_GEMM_OUT] + hn_gemm_out(a, at);
    const int32_t n = at->j1 - at->j0;
    uint32_t acc[HN_GEMM_COLUMNS] = {0};
    if (n == HN_GEMM_COLUMNS)
        gemm_c_kn_sums(a, rows->x, b, HN_GEMM_COLUMNS, is_signed, acc);
    else
        gemm_c_kn_sums(a, rows->x, b, n, is_signed, acc);
    for (int32_t j = 0; j < n; ++j)
        gemm_c_store(a, buf, at->j0 + j, acc[j] - rows->minus[0], out + j);
}

HN_INLINE void gemm_c_int(const hn_gemm_args *a, void *const *buf, const hn_work *w,
                          bool is_signed) {
    gemm_c_rows rows = {(int16_t *)w->scratch, {0, 0}, {0, 0}};
    uint32_t step;
    for (uint32_t u = w->begin; u < w->end; u += step) {
        const hn_gemm_unit at = hn_gemm_unit_at(a, u);
        const uint8_t *x = (const uint8_t *)buf[HN_GEMM_A] + hn_gemm_a(a, &at);
        step = !a->b_is_kn && at.row + 1 < a->m && u + 1 < w->end ? 2 : 1;
        gemm_c_widen(a, &rows, 0, x, is_signed);
        if (a->b_is_kn) {
            gemm_c_kn(a, buf, &rows, &at, is_signed);
        } else if (step == 2) {
            gemm_c_widen(a, &rows, 1, x + a->k, is_signed);
            gemm_c_nk(a, buf, &rows, &at, 2, is_signed);
        } else {
            gemm_c_nk(a, buf, &rows, &at, 1, is_signed);
        }
    }
}

static inline void gemm_c_store_f32(const hn_gemm_args *a, void *const *buf, const hn_gemm_unit *at,
                                    const float *acc, int32_t n, float *out) {
    const float *bias = (const float *)buf[HN_GEMM_BIAS];
    for (int32_t j = 0; j < n; ++j)
        out[j] = hn_gemm_finish_f32(a, bias == 0 ? acc[j] : acc[j] + bias[at->j0 + j]);
}

/* The columns of one or two rows, B [n, k]: acc holds a row's columns together. */
static inline void gemm_c_nk_f32(const hn_gemm_args *a, void *const *buf, const hn_gemm_unit *at,
                                 int32_t n_rows) {
    const float *x = (const float *)buf[HN_GEMM_A] + hn_gemm_a(a, at);
    const float *b = (const float *)buf[HN_GEMM_B] + hn_gemm_b(a, at);
    float *out = (float *)buf[HN_GEMM_OUT] + hn_gemm_out(a, at);
    const int32_t n = at->j1 - at->j0;
    const size_t step = (size_t)a->k;
    float sums[2][HN_GEMM_COLUMNS];
    int32_t j = 0;
    for (; j + 4 <= n; j += 4, b += 4 * step) {
        float acc[8] = {0, 0, 0, 0, 0, 0, 0, 0};
        if (n_rows == 2)
            hn_dot_f32_2x4(x, step, b, step, a->k, acc);
        else
            hn_dot_f32_1x4(x, b, step, a->k, acc);
        for (int32_t i = 0; i < 4 * n_rows; ++i) sums[i / 4][j + i % 4] = acc[i];
    }
    for (; j < n; ++j, b += step)
        for (int32_t i = 0; i < n_rows; ++i)
            sums[i][j] = hn_dot_f32_1x1(x + (size_t)i * step, b, a->k, 0);
    for (int32_t i = 0; i < n_rows; ++i, out += a->n) gemm_c_store_f32(a, buf, at, sums[i], n, out);
}

HN_INLINE void gemm_c_kn_sums_f32(const hn_gemm_args *a, const float *x, const float *b, int32_t n,
                                  float *acc) {
    for (int32_t k = 0; k < a->k; ++k, b += a->n) {
        const float v = x[k];
        for (int32_t j = 0; j < n; ++j) acc[j] += v * b[j];
    }
}

static inline void gemm_c_kn_f32(const hn_gemm_args *a, void *const *buf, const hn_gemm_unit *at) {
    const float *x = (const float *)buf[HN_GEMM_A] + hn_gemm_a(a, at);
    const float *b = (const float *)buf[HN_GEMM_B] + hn_gemm_b(a, at);
    float *out = (float *)buf[HN_GEMM_OUT] + hn_gemm_out(a, at);
    const int32_t n = at->j1 - at->j0;
    float acc[HN_GEMM_COLUMNS] = {0};
    if (n == HN_GEMM_COLUMNS)
        gemm_c_kn_sums_f32(a, x, b, HN_GEMM_COLUMNS, acc);
    else
        gemm_c_kn_sums_f32(a, x, b, n, acc);
    gemm_c_store_f32(a, buf, at, acc, n, out);
}

static inline void gemm_c_f32(const hn_gemm_args *a, void *const *buf, const hn_work *w) {
    uint32_t step;
    for (uint32_t u = w->begin; u < w->end; u += step) {
        const hn_gemm_unit at = hn_gemm_unit_at(a, u);
        step = !a->b_is_kn && at.row + 1 < a->m && u + 1 < w->end ? 2 : 1;
        if (a->b_is_kn)
            gemm_c_kn_f32(a, buf, &at);
        else
            gemm_c_nk_f32(a, buf, &at, (int32_t)step);
    }
}

HN_KERNEL(hn_gemm_f32_c) {
    gemm_c_f32((const hn_gemm_args *)args, buf, w);
}

HN_KERNEL(hn_gemm_s8_c) {
    gemm_c_int((const hn_gemm_args *)args, buf, w, true);
}

HN_KERNEL(hn_gemm_u8_c) {
    gemm_c_int((const hn_gemm_args *)args, buf, w, false);
}
