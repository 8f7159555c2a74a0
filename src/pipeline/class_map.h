/* SPDX-License-Identifier: Apache-2.0
 * Outputs of segmentation models as maps of classes. */
#ifndef HN_PIPELINE_CLASS_MAP_H
#define HN_PIPELINE_CLASS_MAP_H

#include "pipeline/detector.h"

enum { HN_CLASS_MAP_MAX_CLASSES = 4096 };

typedef struct hn_class_map {
    uint16_t *classes; /* [height][width]; owned; hn_class_map_free */
    uint32_t width, height;
    uint32_t n_classes; /* one more than the greatest that may occur */
} hn_class_map;

/* From [h,w] class numbers (`is_numbers`), [h,w] or [h,w,1] scores (class 1 from min_score on, 0.5
 * when that is 0), [h,w,c] or [c,h,w] scores (the greatest). c is at most 4096, and of [c,h,w]
 * less than both sides. E_SHAPE for others, E_DATA for class numbers out of range. */
hone_status hn_class_map_read(hn_env *env, const hn_output_view *out, bool is_numbers,
                              float min_score, hn_class_map *map);
/* The sides of the map that an output would give; false when it would give none. */
bool hn_class_map_size(const hn_output_view *out, uint32_t *width, uint32_t *height);
void hn_class_map_free(hn_env *env, hn_class_map *map);

#endif
