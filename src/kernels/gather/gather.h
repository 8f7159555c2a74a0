/* SPDX-License-Identifier: Apache-2.0
 * Reading by index. An index outside its dimension is reported, and zero is written in its place;
 * negative ones count from the end.
 * `gather` copies rows of `inner` elements; an index has n_parts numbers, one for each of
 * dim[0..n_parts). Operands: 0 x [n_batches, n_outer, dim..., inner];
 * 1 indices [n_batches, n_index, n_parts]; 2 output [n_batches, n_outer, n_index, inner].
 * Unit: one row of the output.
 * `gather_elements` reads one element for each index. Operands: 0 x; 1 indices, contiguous with
 * dimensions dim[0..rank), n in all; 2 output, as the indices. x_stride is that of x, 0 for the
 * axis, along which the index counts in steps of axis_stride below `extent`.
 * Unit: HN_GATHER_BLOCK elements. */
#ifndef HN_KERNELS_GATHER_H
#define HN_KERNELS_GATHER_H

#include "core/args.h"
#include "core/indices.h"
#include "core/strided.h"
#include "core/work.h"

/* clang-format off */
#define HN_GATHER_FIELDS(F, A)                                                                     \
    F(s32, n_batches) F(s32, n_outer) F(s32, n_index) F(s32, n_parts) A(s32, dim, 8)               \
    F(s32, inner) F(s32, index_type)
#define HN_GATHER_ELEMENTS_FIELDS(F, A)                                                            \
    F(s32, n) F(s32, rank) A(s32, dim, 8) A(s32, x_stride, 8) F(s32, axis_stride) F(s32, extent)   \
    F(s32, index_type)
/* clang-format on */

HN_ARGS(gather, HN_GATHER_FIELDS);
HN_ARGS(gather_elements, HN_GATHER_ELEMENTS_FIELDS);

enum { HN_GATHER_X, HN_GATHER_INDICES, HN_GATHER_OUT, HN_GATHER_OPERANDS };
enum { HN_GATHER_BLOCK = 256 };

#endif
