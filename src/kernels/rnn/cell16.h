/* SPDX-License-Identifier: Apache-2.0
 * One step of LiteRT's first quantized LSTM, to the last bit: sums of its gates become h and c.
 *
 * Operands: 0 sums s32 [batch, 4 (i g f o), units]; 1 c s16 [batch, units] in Q4.11. Outputs: 2 h
 * u8 [batch, units], 128 + 128 h; 3 c s16, which may be the memory of 1, or NULL. {multiplier,
 * shift} requantise sums to Q3.12. Unit: one batch. */
#ifndef HN_KERNELS_CELL16_H
#define HN_KERNELS_CELL16_H

#include "core/args.h"
#include "core/work.h"

#define HN_CELL16_FIELDS(F, A) F(s32, batch) F(s32, units) F(s32, multiplier) F(s32, shift)

HN_ARGS(cell16, HN_CELL16_FIELDS);

enum { HN_CELL16_SUMS, HN_CELL16_OLD, HN_CELL16_H, HN_CELL16_NEW, HN_CELL16_OPERANDS };

#endif
