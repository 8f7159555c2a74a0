/* SPDX-License-Identifier: Apache-2.0
 * The last step of single-shot detectors: boxes are decoded against their anchors, and of those
 * that overlap only the best are kept (LiteRT's TFLite_Detection_PostProcess).
 *
 * Operands: 0 encodings f32 [n, box_len], of which the first four are y, x, h, w
 *           1 scores f32 [n, columns]; the last `classes` columns are the classes
 *           2 anchors f32 [n, 4]: y, x, h, w
 *           3 output f32: boxes [most, 4] as ymin, xmin, ymax, xmax; classes [most]; scores [most];
 *             the count [1]; with most = max_detections * max_classes. What is not found is 0.
 *
 * Fast (regular 0): each anchor counts by its best class; max_detections anchors are kept and give
 * their max_classes best classes. Regular: each class keeps per_class anchors; the max_detections
 * best of all are given. Equal scores are in order of their anchors. Of two boxes that overlap by
 * more than iou_threshold the one with the smaller score goes; scores below score_threshold go.
 * Unit: one. Scratch: boxes, an order, scores and flags of all anchors, and a list of results. */
#ifndef HN_KERNELS_DETECT_H
#define HN_KERNELS_DETECT_H

#include "core/args.h"
#include "core/work.h"

/* clang-format off */
#define HN_DETECT_FIELDS(F, A)                                                                     \
    F(s32, n) F(s32, box_len) F(s32, columns) F(s32, classes) F(s32, max_detections)               \
    F(s32, max_classes) F(s32, per_class) F(s32, regular) F(f32, y_scale) F(f32, x_scale)          \
    F(f32, h_scale) F(f32, w_scale) F(f32, score_threshold) F(f32, iou_threshold)
/* clang-format on */

HN_ARGS(detect, HN_DETECT_FIELDS);

enum { HN_DETECT_BOXES, HN_DETECT_SCORES, HN_DETECT_ANCHORS, HN_DETECT_OUT, HN_DETECT_OPERANDS };

#endif
