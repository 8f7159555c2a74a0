/* SPDX-License-Identifier: Apache-2.0
 * Elementwise programs, sixteen floats at a time: expr_vec.h. */
#include "kernels/vec/vec_avx512.h"

#include "kernels/expr/expr_vec.h"

HN_KERNEL(hn_expr_f32_avx512) {
    expr_body(args, buf, w);
}
