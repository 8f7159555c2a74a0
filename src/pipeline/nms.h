/* SPDX-License-Identifier: Apache-2.0
 * Detections and their suppression: of boxes of one label that overlap much, the best stays. */
#ifndef HN_PIPELINE_NMS_H
#define HN_PIPELINE_NMS_H

#include "base/env.h"

enum { HN_DETECTION_POINTS = 6 };

/* In pixels of whatever picture the context says; (x, y) is the top left corner. */
typedef struct hn_detection {
    float score;
    uint32_t label;
    float x, y, w, h;
    uint32_t n_points; /* landmarks, x and y each */
    float points[HN_DETECTION_POINTS][2];
} hn_detection;

/* Sorts by score, greatest first (equal ones keep their order), and keeps those that overlap a
 * better one of their label by at most `max_overlap` (intersection over union; 1: all). Returns how
 * many stay, at the front. Scratch memory comes from `env`. */
hone_status hn_nms(hn_env *env, hn_detection *found, uint32_t n, float max_overlap,
                   uint32_t *n_kept);

#endif
