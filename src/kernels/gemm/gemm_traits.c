/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the reference and portable matrix products: units of sixteen columns, and,
 * for integers, scratch for two rows of A as 16 bits. */
#include "kernels/kernels.h"

#include "kernels/gemm/gemm.h"

static uint64_t n_units(const hn_gemm_args *a) {
    const uint64_t blocks = ((uint64_t)a->n + HN_GEMM_COLUMNS - 1) / HN_GEMM_COLUMNS;
    return (uint64_t)a->batch * (uint64_t)a->m * blocks;
}

static bool supports(const void *args) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    if (a->batch < 0 || a->m < 0 || a->n < 0 || a->k < 0 || a->a_batch < 0 || a->b_batch < 0)
        return false;
    if (a->batch > 1 << 24 || a->m > 1 << 24 || a->k > 1 << 28 || a->n > 1 << 28) return false;
    if ((uint64_t)a->batch * (uint64_t)a->m > 1 << 30) return false;
    return n_units(a) <= INT32_MAX && (a->scale_stride == 0 || a->scale_stride == 1);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    return (uint32_t)n_units((const hn_gemm_args *)args);
}

static uint32_t scratch_bytes(const void *args) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    if (a->arith == HN_ARITH_NONE || a->arith == HN_ARITH_HALF) return 0;
    return (uint32_t)(a->k > 0 ? a->k : 1) * (uint32_t)(2 * sizeof(int16_t));
}

static uint64_t unit_cost(const void *args) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    const int32_t columns = a->n < HN_GEMM_COLUMNS ? a->n : HN_GEMM_COLUMNS;
    return (uint64_t)columns * ((uint64_t)a->k + 8);
}

const hn_traits hn_gemm_traits = {
    .supports = supports,
    .units = units,
    .scratch_bytes = scratch_bytes,
    .unit_cost = unit_cost,
    .inplace = -1,
};
