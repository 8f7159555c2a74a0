/* SPDX-License-Identifier: Apache-2.0
 * Data movement by a pattern that no box of strides describes; elements move by their size.
 * `one_hot` writes `on` where the index names the place along an axis of `depth`, else `off`.
 * Operands: 0 indices [n_outer, n_inner]; 1 values that hold `on` at element on_at; 2 values that
 * hold `off` at off_at; 3 output [n_outer, depth, n_inner]. Indices outside are no error: all is
 * off. wraps: negative ones count from the end. Unit: one row of n_inner.
 * `reverse_sequence` reverses the first length[b] entries of a sequence. The tensor is
 * [n_outer, dim0, n_middle, dim1, n_inner]; the sequence is dim0 when seq_first is 1, else dim1,
 * the batch is the other. Operands: 0 x; 1 lengths [batch]; 2 output. A length below 0 or beyond
 * the sequence is reported and taken as 0. Unit: one row of n_inner. `triangle` keeps what lies in
 * a triangle of each matrix and zeroes the rest: column >= row + k when upper is 1, else column <=
 * row + k. Operands: 0 x [n, rows, columns]; 1 output. Unit: one row. */
#ifndef HN_KERNELS_PATTERN_H
#define HN_KERNELS_PATTERN_H

#include "core/args.h"
#include "core/indices.h"
#include "core/work.h"

/* clang-format off */
#define HN_ONE_HOT_FIELDS(F, A)                                                                    \
    F(s32, n_outer) F(s32, depth) F(s32, n_inner) F(s32, on_at) F(s32, off_at) F(s32, wraps)       \
    F(s32, index_type)
#define HN_REVERSE_SEQUENCE_FIELDS(F, A)                                                           \
    F(s32, n_outer) F(s32, dim0) F(s32, n_middle) F(s32, dim1) F(s32, n_inner) F(s32, seq_first)   \
    F(s32, index_type)
#define HN_TRIANGLE_FIELDS(F, A)                                                                   \
    F(s32, n) F(s32, rows) F(s32, columns) F(s32, upper) F(s32, index_type)
/* clang-format on */

HN_ARGS(one_hot, HN_ONE_HOT_FIELDS);
HN_ARGS(reverse_sequence, HN_REVERSE_SEQUENCE_FIELDS);
HN_ARGS(triangle, HN_TRIANGLE_FIELDS);

enum { HN_ONE_HOT_INDICES, HN_ONE_HOT_ON, HN_ONE_HOT_OFF, HN_ONE_HOT_OUT, HN_ONE_HOT_OPERANDS };
enum { HN_REVERSE_X, HN_REVERSE_LENGTHS, HN_REVERSE_OUT, HN_REVERSE_OPERANDS };
enum { HN_TRIANGLE_IN, HN_TRIANGLE_K, HN_TRIANGLE_OUT, HN_TRIANGLE_OPERANDS };

#endif
