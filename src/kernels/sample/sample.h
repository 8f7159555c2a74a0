/* SPDX-License-Identifier: Apache-2.0
 * Reading images at places that are computed, channels first: ONNX's GridSample and RoiAlign.
 *
 * gridsample operands: 0 input f32 [n, c, in_h, in_w]; 1 grid f32 [n, out_h, out_w, 2] of x, y from
 * -1 to 1; 2 output f32 [n, c, out_h, out_w]. With `aligns` -1 and 1 are the centres of the border
 * pixels, else their outer edges. What lies outside is zero, the border's, or reflected: pixels for
 * cubic, else the place itself too. Cubic weights have a = -0.75. Unit: one output row of one
 * image.
 *
 * roialign operands: 0 input f32 [n, c, in_h, in_w]; 1 rois f32 [rois, 4] of x0, y0, x1, y1; 2 the
 * image of each, s64 [rois]; 3 output f32 [rois, c, out_h, out_w]. Each bin is the average or the
 * maximum of samples [grid_h, grid_w] a bin, of ceil(extent / out) where `ratio` is 0. An image
 * that there is not, or more than HN_ROI_GRID samples a side, is reported, and the region is zero.
 * Unit: one region. */
#ifndef HN_KERNELS_SAMPLE_H
#define HN_KERNELS_SAMPLE_H

#include "core/args.h"
#include "core/work.h"

/* clang-format off */
#define HN_GRIDSAMPLE_FIELDS(F, A)                                                                 \
    F(s32, n) F(s32, c) F(s32, in_h) F(s32, in_w) F(s32, out_h) F(s32, out_w) F(s32, mode)         \
    F(s32, padding) F(s32, aligns)
#define HN_ROIALIGN_FIELDS(F, A)                                                                   \
    F(s32, n) F(s32, c) F(s32, in_h) F(s32, in_w) F(s32, rois) F(s32, out_h) F(s32, out_w)         \
    F(s32, ratio) F(s32, is_max) F(s32, is_half_pixel) F(f32, scale)
/* clang-format on */

HN_ARGS(gridsample, HN_GRIDSAMPLE_FIELDS);
HN_ARGS(roialign, HN_ROIALIGN_FIELDS);

enum { HN_GRIDSAMPLE_IN, HN_GRIDSAMPLE_GRID, HN_GRIDSAMPLE_OUT, HN_GRIDSAMPLE_OPERANDS };
enum { HN_SAMPLE_LINEAR, HN_SAMPLE_NEAREST, HN_SAMPLE_CUBIC };
enum { HN_SAMPLE_ZEROS, HN_SAMPLE_BORDER, HN_SAMPLE_REFLECTION };
enum {
    HN_ROIALIGN_IN,
    HN_ROIALIGN_ROIS,
    HN_ROIALIGN_IMAGES,
    HN_ROIALIGN_OUT,
    HN_ROIALIGN_OPERANDS
};
enum { HN_ROI_GRID = 1024 };

#endif
