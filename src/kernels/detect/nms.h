/* SPDX-License-Identifier: Apache-2.0
 * Suppression of boxes of one class that overlap a better one, hard or soft, as TensorFlow's
 * NonMaxSuppressionV4 and V5 do.
 * Operands: 0 boxes f32 [n, 4] as two corners; 1 scores f32 [n]; 2 the overlap from which a box is
 * dropped; 3 the score that it must pass; 4 sigma of the soft form, or NULL (all three f32
 * numbers); 5 output: chosen boxes s32 [most]; 6 their scores f32 [most], or NULL; 7 how many there
 * are s32. What is not used is 0. With sigma > 0 an overlap lowers a score by e^(-overlap^2 / (2
 * sigma)). Unit: all. Scratch: two words a box. */
#ifndef HN_KERNELS_NMS_H
#define HN_KERNELS_NMS_H

#include "core/args.h"
#include "core/work.h"

#define HN_NMS_FIELDS(F, A) F(s32, n) F(s32, most)

HN_ARGS(nms, HN_NMS_FIELDS);

enum {
    HN_NMS_BOXES,
    HN_NMS_SCORES,
    HN_NMS_OVERLAP,
    HN_NMS_LEAST,
    HN_NMS_SIGMA,
    HN_NMS_CHOSEN,
    HN_NMS_CHOSEN_SCORES,
    HN_NMS_COUNT,
    HN_NMS_OPERANDS
};
enum { HN_NMS_INPUTS = HN_NMS_CHOSEN };

#endif
