/* SPDX-License-Identifier: Apache-2.0
 * Data movement. `move` copies a box of elements between two strided views: transpose, slice, pad's
 * interior, concat's parts, expand (stride 0). `fill` sets n elements to one value.
 * move operands: 0 input, 1 output; strides and offsets in elements. Unit: one index over
 * dim[0..rank-1): a row of the last dimension (rank 0: one unit).
 * fill operands: 0 output; the value's bits are low (and high for 64 bits).
 * Unit: HN_FILL_BLOCK elements. */
#ifndef HN_KERNELS_MOVE_H
#define HN_KERNELS_MOVE_H

#include "core/args.h"
#include "core/work.h"

/* clang-format off */
#define HN_MOVE_FIELDS(F, A)                                                                       \
    F(s32, rank) A(s32, dim, 8) A(s32, in_stride, 8) A(s32, out_stride, 8) F(s32, in_offset)       \
    F(s32, out_offset)
/* clang-format on */
#define HN_FILL_FIELDS(F, A) F(s32, n) F(u32, low) F(u32, high)

HN_ARGS(move, HN_MOVE_FIELDS);
HN_ARGS(fill, HN_FILL_FIELDS);

enum { HN_MOVE_IN, HN_MOVE_OUT, HN_MOVE_OPERANDS };
enum { HN_FILL_OUT, HN_FILL_OPERANDS };
enum { HN_FILL_BLOCK = 4096 };

#endif
