/* SPDX-License-Identifier: Apache-2.0
 * The fixed-point audio front end of TensorFlow Lite Micro's signal library, bit for bit. Unit:
 * all (rfft16: one frame).
 *
 * rfft16: frames of in_n samples, filled with zeros up to `length` (a power of two, 4 at least),
 *   become length / 2 + 1 complex numbers: kissfft's transform of 16 bits, which halves or quarters
 *   before each butterfly. Operands: 0 frames [outer, in_n] s16; 1 twiddles: length / 2 of the
 *   complex transform, then length / 4 that part it; 2 output [outer, length / 2 + 1] pairs.
 * isqrt: operands 0 input u64 [n]; 1 shift s32; 2 output u32 [n]: the root to the nearest integer,
 *   then shifted right.
 * denoise: operands 0 input u32 [n]; 1 estimates of the noise u32 [n]; 2 output; 3 the new
 *   estimates; 4 the same again, where operand 1 lies. The estimate follows the signal scaled by
 *   2^smoothing_bits with weights in 2^-bits, which differ for odd channels; the output is what is
 *   left of the signal, at least `floor` of it.
 * pcan: operands 0 input u32 [n]; 1 noise u32 [n]; 2 gains s16 [125], three for each power of two;
 *   3 output u32 [n]: the input times the gain for its noise, compressed.
 * fixlog: operands 0 input u32 [n]; 1 table s16 [130]: 2^16 (log2(1 + i / 128) - i / 128); 2 output
 *   s16 [n]: the logarithm of the input shifted left, times `scale`. */
#ifndef HN_KERNELS_AUDIO_H
#define HN_KERNELS_AUDIO_H

#include "core/args.h"
#include "core/work.h"

/* clang-format off */
#define HN_RFFT16_FIELDS(F, A) F(s32, outer) F(s32, in_n) F(s32, length)
#define HN_ISQRT_FIELDS(F, A) F(s32, n)
#define HN_DENOISE_FIELDS(F, A)                                                                    \
    F(s32, n) A(u32, smoothing, 2) A(u32, keeping, 2) F(u32, floor) F(s32, smoothing_bits)         \
    F(s32, bits) F(s32, clamps)
#define HN_PCAN_FIELDS(F, A) F(s32, n) F(s32, shift)
#define HN_FIXLOG_FIELDS(F, A) F(s32, n) F(s32, scale) F(s32, shift)
/* clang-format on */

HN_ARGS(rfft16, HN_RFFT16_FIELDS);
HN_ARGS(isqrt, HN_ISQRT_FIELDS);
HN_ARGS(denoise, HN_DENOISE_FIELDS);
HN_ARGS(pcan, HN_PCAN_FIELDS);
HN_ARGS(fixlog, HN_FIXLOG_FIELDS);

enum { HN_RFFT16_IN, HN_RFFT16_TWIDDLES, HN_RFFT16_OUT, HN_RFFT16_OPERANDS };
enum { HN_ISQRT_IN, HN_ISQRT_SHIFT, HN_ISQRT_OUT, HN_ISQRT_OPERANDS };
enum {
    HN_DENOISE_IN,
    HN_DENOISE_OLD,
    HN_DENOISE_OUT,
    HN_DENOISE_NOISE,
    HN_DENOISE_NEW,
    HN_DENOISE_OPERANDS
};
enum { HN_PCAN_IN, HN_PCAN_NOISE, HN_PCAN_GAINS, HN_PCAN_OUT, HN_PCAN_OPERANDS };
enum { HN_FIXLOG_IN, HN_FIXLOG_TABLE, HN_FIXLOG_OUT, HN_FIXLOG_OPERANDS };
enum { HN_PCAN_GAIN_COUNT = 125, HN_FIXLOG_ENTRIES = 130, HN_RFFT16_MOST = 1 << 14 };

#endif
