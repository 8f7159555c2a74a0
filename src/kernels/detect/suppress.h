/* SPDX-License-Identifier: Apache-2.0
 * Suppression of boxes of one class that overlap a better one, hard or soft, as TensorFlow's
 * NonMaxSuppressionV4 and V5 do.
 * Operands: 0 boxes f32 [n, 4] as two corners; 1 scores f32 [n]; 2 the overlap from which a box is
 * dropped; 3 the score that it must pass; 4 sigma of the soft form, or NULL (all three f32
 * numbers); 5 output: chosen boxes s32 [most]; 6 their scores f32 [most], or NULL; 7 how many there
 * are s32. What is not used is 0. With sigma > 0 an overlap lowers a score by e^(-overlap^2 / (2
 * sigma)). Unit: all. Scratch: two words a box. */
#ifndef HN_KERNELS_SUPPRESS_H
#define HN_KERNELS_SUPPRESS_H

#include "core/args.h"
#include "core/work.h"

#define HN_SUPPRESS_FIELDS(F, A) F(s32, n) F(s32, most)

HN_ARGS(suppress, HN_SUPPRESS_FIELDS);

enum {
    HN_SUPPRESS_BOXES,
    HN_SUPPRESS_SCORES,
    HN_SUPPRESS_OVERLAP,
    HN_SUPPRESS_LEAST,
    HN_SUPPRESS_SIGMA,
    HN_SUPPRESS_CHOSEN,
    HN_SUPPRESS_CHOSEN_SCORES,
    HN_SUPPRESS_COUNT,
    HN_SUPPRESS_OPERANDS
};
enum { HN_SUPPRESS_INPUTS = HN_SUPPRESS_CHOSEN };

#endif
