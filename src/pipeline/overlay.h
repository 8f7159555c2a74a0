/* SPDX-License-Identifier: Apache-2.0
 * Answers drawn on the picture that was asked about. A placement says where the picture lies in the
 * model's input, so that answers in the input's pixels find their place in the picture's. */
#ifndef HN_PIPELINE_OVERLAY_H
#define HN_PIPELINE_OVERLAY_H

#include "pipeline/draw.h"
#include "pipeline/nms.h"
#include "pipeline/resize.h"
#include "pipeline/class_map.h"

typedef struct hn_placement {
    uint32_t input_width, input_height;
    uint32_t picture_width, picture_height;
    hn_resize_mode mode;
    hn_resize_fit fit;
} hn_placement;

hn_placement hn_placement_of(uint32_t input_width, uint32_t input_height, hn_resize_mode mode,
                             uint32_t picture_width, uint32_t picture_height);

/* A point of the input as one of the picture. */
void hn_place(const hn_placement *p, float x, float y, float to[2]);

/* A detection, its box cut to the picture. */
void hn_place_detection(const hn_placement *p, hn_detection *d);

/* Boxes with captions (NULL: none), drawn on an RGB picture; points as discs. */
void hn_overlay_boxes(hn_image *image, const hn_detection *found, const char *const *captions,
                      uint32_t n);

/* Classes as colours over half of what was there; class 0 stays clear. Names of those that cover a
 * hundredth of the picture or more stand at the left (none beyond n_names). */
void hn_overlay_classes(hn_image *image, const hn_class_map *map, const hn_placement *p,
                        const char *const *names, uint32_t n_names);

typedef struct hn_keypoint {
    float x, y, score;
} hn_keypoint;

/* The 17 points of the COCO skeleton, or any number without bones; what scores less than min_score
 * is left out. */
void hn_overlay_pose(hn_image *image, const hn_keypoint *points, uint32_t n, float min_score);

#endif
