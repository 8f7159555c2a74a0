/* SPDX-License-Identifier: Apache-2.0
 * Softmax of 16 bits over the last dimension, as LiteRT computes it.
 * Operands: 0 input [outer, n]; 1 knots of two splines (core/spline.h): e^x for -10 <= x <= 0, and
 * 1 / (1 + x) for 0 <= x <= 1, both in Q0.15; 2 output [outer, n] in Q0.15.
 * multiplier and shift scale a difference to the row's maximum so that -65535 stands for -10.
 * Unit: one row. */
#ifndef HN_KERNELS_SOFTMAX16_H
#define HN_KERNELS_SOFTMAX16_H

#include "core/args.h"
#include "core/fixed.h"
#include "core/spline.h"
#include "core/work.h"

/* clang-format off */
#define HN_SOFTMAX16_FIELDS(F, A) F(s32, outer) F(s32, n) F(s32, multiplier) F(s32, shift)
/* clang-format on */

HN_ARGS(softmax16, HN_SOFTMAX16_FIELDS);

enum { HN_SOFTMAX16_IN, HN_SOFTMAX16_KNOTS, HN_SOFTMAX16_OUT, HN_SOFTMAX16_OPERANDS };

#endif
