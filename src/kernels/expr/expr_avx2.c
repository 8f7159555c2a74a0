/* SPDX-License-Identifier: Apache-2.0
 * Elementwise programs, eight floats at a time: expr_vec.h. */
#include "kernels/vec/vec_avx2.h"

#include "kernels/expr/expr_vec.h"

HN_KERNEL(hn_expr_f32_avx2) {
    expr_body(args, buf, w);
}
