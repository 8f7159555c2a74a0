/* SPDX-License-Identifier: Apache-2.0
 * Elementwise programs: the definition and the portable form. */
#include "kernels/expr/expr_loops.h"

static inline void expr_unary(uint32_t op, float *d, const float *a, uint32_t n) {
    expr_unary_loop(op, d, a, n);
}

#include "kernels/expr/expr_body.h"

HN_KERNEL(hn_expr_f32_c) {
    expr_body(args, buf, w);
}
