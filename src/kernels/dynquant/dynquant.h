/* SPDX-License-Identifier: Apache-2.0
 * Quantization whose scale comes from the data: floats of a row become 8 bits by the row's own
 * range. `dynrange` finds scale and zero point of each row, `dynquant` applies them.
 *
 * dynrange operands: 0 input f32 [rows, n]; 1 output [rows] blocks of HN_DYN_WORDS words: scale
 * (f32), zero point (s32), the factor of the float (f32), 0.
 * dynquant operands: 0 input f32 [rows, n]; 1 those blocks; 2 output [rows, n].
 *
 * mode HN_DYN_SYMMETRIC   scale = most / 127 where most is the greatest magnitude, zero point 0;
 *                         q = round(x * 127 / most), half away from zero (LiteRT)
 *      HN_DYN_ASYMMETRIC  -128..127 for the range that includes 0, the zero point from the end
 *                         with the smaller error; q = round(zero + x / scale) (LiteRT)
 *      HN_DYN_ONNX        0..255 for that range; q = round(x / scale) + zero, half to even
 * A row without range has scale 1 and zeros. Unit: dynrange a row; dynquant HN_DYN_BLOCK elements
 * of the whole. */
#ifndef HN_KERNELS_DYNQUANT_H
#define HN_KERNELS_DYNQUANT_H

#include "core/args.h"
#include "core/work.h"

#define HN_DYNRANGE_FIELDS(F, A) F(s32, rows) F(s32, n) F(s32, mode)

HN_ARGS(dynrange, HN_DYNRANGE_FIELDS);
typedef hn_dynrange_args hn_dynquant_args;

enum { HN_DYN_SYMMETRIC, HN_DYN_ASYMMETRIC, HN_DYN_ONNX };
enum { HN_DYN_SCALE, HN_DYN_ZERO, HN_DYN_FACTOR, HN_DYN_WORDS = 4 };
enum { HN_DYNRANGE_IN, HN_DYNRANGE_OUT, HN_DYNRANGE_OPERANDS };
enum { HN_DYNQUANT_IN, HN_DYNQUANT_ROWS, HN_DYNQUANT_OUT, HN_DYNQUANT_OPERANDS };
enum { HN_DYN_BLOCK = 1024 };

#endif
