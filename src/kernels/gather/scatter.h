/* SPDX-License-Identifier: Apache-2.0
 * Writing by index into an output that already holds what is not written. Updates are joined in the
 * order of the indices, so that duplicates have one result; units are parts of the output that no
 * two indices share. An index outside its dimension is reported and skipped; negative ones count
 * from the end.
 * `scatter` joins rows of `inner` elements. Operands: 0 indices [n_index, n_parts];
 * 1 updates [n_index, inner]; 2 output [dim..., inner]. Unit: HN_SCATTER_BLOCK of the inner
 * elements, for all indices.
 * `scatter_elements` joins single elements along lines of an axis. Operands: 0 indices; 1 updates,
 * alike; 2 output. Lines run over dim[0..rank), the dimensions of the indices besides the axis,
 * and start at the sum of the index times in_stride or out_stride; n_axis indices follow in steps
 * of in_axis and name places below `extent` in steps of out_axis. Unit: one line. `number` says how
 * the reductions read the elements: see HN_NUMBER_*; it has no meaning for HN_SCATTER_SET. Integers
 * wrap. */
#ifndef HN_KERNELS_SCATTER_H
#define HN_KERNELS_SCATTER_H

#include "core/args.h"
#include "core/indices.h"
#include "core/strided.h"
#include "core/work.h"

/* clang-format off */
#define HN_SCATTER_FIELDS(F, A)                                                                    \
    F(s32, n_index) F(s32, n_parts) A(s32, dim, 8) F(s32, inner) F(s32, index_type) F(s32, kind)   \
    F(s32, number)
#define HN_SCATTER_ELEMENTS_FIELDS(F, A)                                                           \
    F(s32, n_lines) F(s32, rank) A(s32, dim, 8) A(s32, in_stride, 8) A(s32, out_stride, 8)         \
    F(s32, n_axis) F(s32, in_axis) F(s32, out_axis) F(s32, extent) F(s32, index_type) F(s32, kind) \
    F(s32, number)
/* clang-format on */

HN_ARGS(scatter, HN_SCATTER_FIELDS);
HN_ARGS(scatter_elements, HN_SCATTER_ELEMENTS_FIELDS);

enum { HN_SCATTER_INDICES, HN_SCATTER_UPDATES, HN_SCATTER_OUT, HN_SCATTER_OPERANDS };
enum { HN_SCATTER_SET, HN_SCATTER_ADD, HN_SCATTER_MUL, HN_SCATTER_MIN, HN_SCATTER_MAX };
/* NONE: by size only, for SET. FLOAT: f32 and f64. BOOL: sums are or, products are and. */
enum { HN_NUMBER_NONE, HN_NUMBER_SIGNED, HN_NUMBER_UNSIGNED, HN_NUMBER_FLOAT, HN_NUMBER_BOOL };
enum { HN_SCATTER_BLOCK = 64 };

#endif
