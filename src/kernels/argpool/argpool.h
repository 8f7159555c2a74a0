/* SPDX-License-Identifier: Apache-2.0
 * Where the maxima of max pooling lie, over up to three spatial dimensions, channels last; fewer
 * dimensions have leading extents of 1.
 * Operands: 0 input [n, in[0..2], c]; 1 output s64 [n, out[0..2], c].
 * An output is the position of its window's first maximum in the input as if that were stored
 * channels first: ((image * c + channel) * planes + plane) * rows ... With columns_first the
 * spatial dimensions are counted in the reverse order. A window with no tap inside gives -1. Unit:
 * one output row (image, plane, row). */
#ifndef HN_KERNELS_ARGPOOL_H
#define HN_KERNELS_ARGPOOL_H

#include "core/args.h"
#include "core/work.h"

/* clang-format off */
#define HN_ARGPOOL_FIELDS(F, A)                                                                    \
    F(s32, n) F(s32, c) A(s32, in, 3) A(s32, out, 3) A(s32, k, 3) A(s32, stride, 3)                \
    A(s32, dilation, 3) A(s32, pad, 3) F(s32, columns_first)
/* clang-format on */

HN_ARGS(argpool, HN_ARGPOOL_FIELDS);

enum { HN_ARGPOOL_IN, HN_ARGPOOL_OUT, HN_ARGPOOL_OPERANDS };

#endif
