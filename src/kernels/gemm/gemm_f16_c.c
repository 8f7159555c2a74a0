/* SPDX-License-Identifier: Apache-2.0
 * Matrix product of halves: the definition and the portable form. In the order of k, blocks of
 * HN_HALF_BLOCK products are added in halves, each multiply-add rounded once (core/half.h); their
 * sums are added to the bias in float32. The columns of a unit go side by side. */
#include "core/half.h"
#include "kernels/gemm/gemm.h"

HN_KERNEL(hn_gemm_f16_c) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    const uint16_t *bias = (const uint16_t *)buf[HN_GEMM_BIAS];
    const size_t column = a->b_is_kn ? 1 : (size_t)a->k, row = a->b_is_kn ? (size_t)a->n : 1;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_gemm_unit at = hn_gemm_unit_at(a, u);
        const uint16_t *x = (const uint16_t *)buf[HN_GEMM_A] + hn_gemm_a(a, &at);
        const uint16_t *b = (const uint16_t *)buf[HN_GEMM_B] + hn_gemm_b(a, &at);
        uint16_t *out = (uint16_t *)buf[HN_GEMM_OUT] + hn_gemm_out(a, &at);
        const int32_t n = at.j1 - at.j0;
        float sum[HN_GEMM_COLUMNS];
        for (int32_t j = 0; j < n; ++j) sum[j] = bias == 0 ? 0.0f : hn_half_widen(bias[at.j0 + j]);
        for (int32_t k = 0; k < a->k;) {
            const int32_t end = a->k - k < HN_HALF_BLOCK ? a->k : k + HN_HALF_BLOCK;
            float block[HN_GEMM_COLUMNS] = {0};
            for (; k < end; ++k) {
                const float left = hn_half_widen(x[k]);
                for (int32_t j = 0; j < n; ++j) {
                    const uint16_t right = b[(size_t)k * row + (size_t)j * column];
                    block[j] = hn_half_mac(block[j], left, hn_half_widen(right));
                }
            }
            for (int32_t j = 0; j < n; ++j) sum[j] += block[j];
        }
        for (int32_t j = 0; j < n; ++j) out[j] = hn_f16_of_f32(hn_gemm_finish_f32(a, sum[j]));
    }
}
