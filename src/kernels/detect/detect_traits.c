/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of detection: one unit, scratch for all anchors and the list of results. */
#include "kernels/kernels.h"

#include "kernels/detect/detect.h"

enum { MOST = 1 << 20 }; /* anchors, results */

static bool supports(const void *args) {
    const hn_detect_args *a = (const hn_detect_args *)args;
    if (a->n < 1 || a->n > MOST || a->box_len < 4 || a->box_len > MOST) return false;
    if (a->classes < 1 || a->columns < a->classes || a->columns > MOST) return false;
    if (a->max_detections < 1 || a->max_classes < 1 || a->per_class < 1) return false;
    if ((int64_t)a->n * a->columns > INT32_MAX || (int64_t)a->n * a->box_len > INT32_MAX)
        return false;
    return (int64_t)a->max_detections * a->max_classes <= MOST;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)args;
    (void)tile;
    return 1;
}

static uint32_t scratch_bytes(const void *args) {
    const hn_detect_args *a = (const hn_detect_args *)args;
    return (uint32_t)a->n * 7 * 4 + ((uint32_t)a->max_detections + 1) * 12;
}

const hn_traits hn_detect_traits = {
    .supports = supports, .units = units, .scratch_bytes = scratch_bytes, .inplace = -1};
