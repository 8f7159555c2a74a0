/* SPDX-License-Identifier: Apache-2.0
 * The interpreter of elementwise programs again, compiled for vectors of eight: its loops are
 * written to be vectorised, and plain float arithmetic has the same bits at any length. */
#define hn_expr_f32_c hn_expr_f32_avx2

#include "kernels/expr/expr_c.c"
