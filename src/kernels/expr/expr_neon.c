/* SPDX-License-Identifier: Apache-2.0
 * Elementwise programs, four floats at a time: expr_vec.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/expr/expr_vec.h"

HN_KERNEL(hn_expr_f32_neon) {
    expr_body(args, buf, w);
}
