/* SPDX-License-Identifier: Apache-2.0
 * 8-bit elementwise functions as a table of 256 bytes, built at plan time from core/math.h.
 * Operands: 0 input [n]; 1 table [256], indexed by the byte as unsigned; 2 output [n].
 * Unit: HN_LUT_BLOCK elements. */
#ifndef HN_KERNELS_LUT_H
#define HN_KERNELS_LUT_H

#include "core/args.h"
#include "core/work.h"

#define HN_LUT_FIELDS(F, A) F(s32, n)
HN_ARGS(lut, HN_LUT_FIELDS);

enum { HN_LUT_IN, HN_LUT_TABLE, HN_LUT_OUT, HN_LUT_OPERANDS };
enum { HN_LUT_BLOCK = 4096 };

#endif
