/* SPDX-License-Identifier: Apache-2.0
 * Elementwise programs, whatever the vector length: functions by fused arithmetic, within a few
 * units in the last place of the portable ones; all else by the portable loops, which compilers
 * vectorise. */
#ifndef HN_KERNELS_EXPR_VEC_H
#define HN_KERNELS_EXPR_VEC_H

#include "kernels/vec/vec_fused.h"

#include "kernels/expr/expr_loops.h"

#define EXPR_VEC(name, function)                                                                   \
    case HN_EXPR_##name:                                                                           \
        for (; i + VN <= n; i += VN) vf_store(d + i, function(vf_load(a + i)));                    \
        if (i < n) vf_store_n(d + i, function(vf_load_n(a + i, n - i)), n - i);                    \
        break;

static void expr_unary(uint32_t op, float *d, const float *a, uint32_t count) {
    const int32_t n = (int32_t)count;
    int32_t i = 0;
    switch (op) {
        EXPR_VEC(exp, vf_exp_fused)
        EXPR_VEC(sigmoid, vf_sigmoid_fused)
        EXPR_VEC(tanh, vf_tanh_fused)
        EXPR_VEC(erf, vf_erf_fused)
    default:
        expr_unary_loop(op, d, a, count);
    }
}

#include "kernels/expr/expr_body.h"

#endif
