/* SPDX-License-Identifier: Apache-2.0
 * Elementwise work on typed elements, where expr computes on float32 only: integers of all widths,
 * f64, comparisons, logic and tests of floats; `select` chooses between two tensors, and `cast`
 * changes the element type.
 *
 * ewise: operands 0 A, 1 B (absent for one-operand operations), 2 output, row-major over
 *   dim[0..rank); an input's element for output index i lies at sum i[d] * stride[d] (0 where it
 *   broadcasts). The row's type is that of A and B, and of the output, but for operations that give
 *   a bool (a byte 0 or 1). Operations are in ewise_ops.def. Integers wrap. Division truncates,
 *   `floor_div` rounds down, `mod` has the sign of A, `floor_mod` that of B. A divisor of 0 is
 *   reported and gives 0, as does a negative exponent. A shift by the width or more, or by a
 *   negative count, gives 0, or the sign. min and max give NaN where an operand is NaN.
 * select: operands 0 condition (bytes, not 0 is true), 1 A, 2 B, 3 output; keyed by element size.
 * cast: operands 0 input, 1 output; the row's type is the input's, `to` the output's. Integers
 *   wrap, floats to integers truncate and saturate (a NaN gives 0), floats round to nearest even,
 *   and everything that is not 0 is true.
 * Unit: HN_EWISE_BLOCK output elements. */
#ifndef HN_KERNELS_EWISE_H
#define HN_KERNELS_EWISE_H

#include "core/args.h"
#include "core/strided.h"
#include "core/work.h"

/* clang-format off */
#define HN_EWISE_FIELDS(F, A)                                                                      \
    F(s32, op) F(s32, n_elements) F(s32, rank) A(s32, dim, 8) A(s32, a_stride, 8)                  \
    A(s32, b_stride, 8)
#define HN_SELECT_FIELDS(F, A)                                                                     \
    F(s32, n_elements) F(s32, rank) A(s32, dim, 8) A(s32, c_stride, 8) A(s32, a_stride, 8)         \
    A(s32, b_stride, 8)
/* clang-format on */
#define HN_CAST_FIELDS(F, A) F(s32, n) F(s32, to)

HN_ARGS(ewise, HN_EWISE_FIELDS);
HN_ARGS(select, HN_SELECT_FIELDS);
HN_ARGS(cast, HN_CAST_FIELDS);

enum { HN_EWISE_A, HN_EWISE_B, HN_EWISE_OUT, HN_EWISE_OPERANDS };
enum { HN_SELECT_C, HN_SELECT_A, HN_SELECT_B, HN_SELECT_OUT, HN_SELECT_OPERANDS };
enum { HN_CAST_IN, HN_CAST_OUT, HN_CAST_OPERANDS };
enum { HN_EWISE_BLOCK = 1024 };

typedef enum hn_ewise_op {
#define X(name, operands, kind, value) HN_EWISE_##name,
#include "kernels/ewise/ewise_ops.def"
#undef X
    HN_EWISE_OP_COUNT
} hn_ewise_op;

/* Which types an operation is for. */
typedef enum hn_ewise_kind {
    HN_EWISE_ARITHMETIC, /* integers and f64 */
    HN_EWISE_INTEGER,    /* integers */
    HN_EWISE_COMPARE,    /* all; gives bool */
    HN_EWISE_LOGIC,      /* u8; gives bool */
    HN_EWISE_TEST        /* f32 and f64; gives bool */
} hn_ewise_kind;

/* Targets of `cast`. */
typedef enum hn_cast_to {
#define X(name, type, value) HN_CAST_TO_##name,
#include "kernels/ewise/cast_types.def"
#undef X
    HN_CAST_TO_COUNT
} hn_cast_to;

#endif
