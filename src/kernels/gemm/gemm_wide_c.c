/* SPDX-License-Identifier: Apache-2.0
 * Matrix products of 16-bit tensors, without zero points, in 64 bits: the definition and the
 * portable form. */
#include "kernels/gemm/gemm.h"

HN_KERNEL(hn_gemm_s16_c) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    const int32_t *scale = (const int32_t *)buf[HN_GEMM_SCALE];
    const size_t column = a->b_is_kn ? 1 : (size_t)a->k, row = a->b_is_kn ? (size_t)a->n : 1;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_gemm_unit at = hn_gemm_unit_at(a, u);
        const int16_t *x = (const int16_t *)buf[HN_GEMM_A] + hn_gemm_a(a, &at);
        const int16_t *b = (const int16_t *)buf[HN_GEMM_B] + hn_gemm_b(a, &at);
        int16_t *out = (int16_t *)buf[HN_GEMM_OUT] + hn_gemm_out(a, &at);
        for (int32_t j = at.j0; j < at.j1; ++j, b += column) {
            int64_t acc = 0;
            for (int32_t k = 0; k < a->k; ++k) acc += x[k] * b[(size_t)k * row];
            const int32_t *pair = scale + 2 * (size_t)(j * a->scale_stride);
            const int32_t v = hn_requant_64(a->arith, acc, pair);
            *out++ = (int16_t)hn_clamp_s32(v, a->act_min, a->act_max);
        }
    }
}
