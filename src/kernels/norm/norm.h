/* SPDX-License-Identifier: Apache-2.0
 * Normalisation: each group of elements is brought to mean 0 and variance 1, or to length 1, then
 * scaled and shifted. Groups run over out_dim[0..out_rank), the elements of one over
 * red_dim[0..red_rank); an element lies at the sum of both indices times their strides, in the
 * output as in the input; scale and bias lie at the same indices times parameter strides.
 *   HN_NORM_VARIANCE: (x - mean) / sqrt(variance + epsilon) * scale + bias
 *   HN_NORM_ROOT:     x / sqrt(mean of squares + epsilon) * scale + bias
 *   HN_NORM_LENGTH:   x / max(sqrt(sum of squares), epsilon) * scale + bias; 0 / 0 is 0
 * s8, u8: LiteRT's L2 normalisation in integers: in_zero is the input's zero point; the output's
 *   scale is 1/128 around 0 (s8) or 128 (u8). HN_NORM_LENGTH only, no parameters.
 * Operands: 0 input, 1 scale f32, 2 bias f32, 3 and 4 the mean and the factor of each group (f32
 * [groups], written), 5 output; 1 to 4 may be absent.
 * Sums are made in eight lanes by the index within the group, added up in order.
 *
 * lrn: y = x / (bias + alpha * sum of x^2 over the channels from c - before to c + after) ^ beta
 * (after -1: to c - 1),
 * over a tensor [outer, n, inner]. Operands: 0 input, 1 output.
 * Unit: one group; of lrn one (outer, inner) row. */
#ifndef HN_KERNELS_NORM_H
#define HN_KERNELS_NORM_H

#include "core/args.h"
#include "core/strided.h"
#include "core/work.h"

/* clang-format off */
#define HN_NORM_FIELDS(F, A)                                                                       \
    F(s32, kind) F(s32, n_out) F(s32, n_red) F(s32, out_rank) A(s32, out_dim, 8)                   \
    A(s32, out_stride, 8) A(s32, out_parameter, 8) F(s32, red_rank) A(s32, red_dim, 8)             \
    A(s32, red_stride, 8) A(s32, red_parameter, 8) F(f32, epsilon) F(s32, in_zero)
#define HN_LRN_FIELDS(F, A)                                                                        \
    F(s32, outer) F(s32, n) F(s32, inner) F(s32, before) F(s32, after) F(f32, alpha) F(f32, beta)  \
    F(f32, bias)
/* clang-format on */

HN_ARGS(norm, HN_NORM_FIELDS);
HN_ARGS(lrn, HN_LRN_FIELDS);

enum {
    HN_NORM_IN,
    HN_NORM_SCALE,
    HN_NORM_BIAS,
    HN_NORM_MEAN,
    HN_NORM_FACTOR,
    HN_NORM_OUT,
    HN_NORM_OPERANDS
};
enum { HN_NORM_VARIANCE, HN_NORM_ROOT, HN_NORM_LENGTH };
enum { HN_LRN_IN, HN_LRN_OUT, HN_LRN_OPERANDS };

#endif
