/* SPDX-License-Identifier: Apache-2.0
 * Matrix product as defined: one output at a time, products in the order of k, then the bias, the
 * scale and the clamp. */
#include "kernels/gemm/gemm.h"

HN_KERNEL(hn_gemm_f32_ref) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    const float *bias = (const float *)buf[HN_GEMM_BIAS];
    const size_t column = a->b_is_kn ? 1 : (size_t)a->k, row = a->b_is_kn ? (size_t)a->n : 1;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_gemm_unit at = hn_gemm_unit_at(a, u);
        const float *x = (const float *)buf[HN_GEMM_A] + hn_gemm_a(a, &at);
        const float *b = (const float *)buf[HN_GEMM_B] + hn_gemm_b(a, &at);
        float *out = (float *)buf[HN_GEMM_OUT] + hn_gemm_out(a, &at);
        for (int32_t j = at.j0; j < at.j1; ++j, b += column) {
            float sum = 0;
            for (int32_t k = 0; k < a->k; ++k) sum += x[k] * b[(size_t)k * row];
            *out++ = hn_gemm_finish_f32(a, bias == 0 ? sum : sum + bias[j]);
        }
    }
}

HN_INLINE void gemm_ref_int(const hn_gemm_args *a, void *const *buf, const hn_work *w,
                            bool is_signed) {
    const int32_t *bias = (const int32_t *)buf[HN_GEMM_BIAS];
    const int32_t *scale = (const int32_t *)buf[HN_GEMM_SCALE];
    const size_t column = a->b_is_kn ? 1 : (size_t)a->k, row = a->b_is_kn ? (size_t)a->n : 1;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const hn_gemm_unit at = hn_gemm_unit_at(a, u);
        const uint8_t *x = (const uint8_t *)buf[HN_GEMM_A] + hn_gemm_a(a, &at);
        const uint8_t *b = (const uint8_t *)buf[HN_GEMM_B] + hn_gemm_b(a, &at);
        uint8_t *out = (uint8_t *)buf[HN_GEMM_OUT] + hn_gemm_out(a, &at);
        for (int32_t j = at.j0; j < at.j1; ++j, b += column) {
            uint32_t acc = bias == 0 ? 0 : (uint32_t)bias[j];
            for (int32_t k = 0; k < a->k; ++k) {
                const int32_t v = hn_load_8(b + (size_t)k * row, is_signed) - a->b_zero;
                acc += (uint32_t)((hn_load_8(x + k, is_signed) - a->a_zero) * v);
            }
            *out++ = hn_gemm_finish(a, acc, scale, j);
        }
    }
}

HN_KERNEL(hn_gemm_s8_ref) {
    gemm_ref_int((const hn_gemm_args *)args, buf, w, true);
}

HN_KERNEL(hn_gemm_u8_ref) {
    gemm_ref_int((const hn_gemm_args *)args, buf, w, false);
}
