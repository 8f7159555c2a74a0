/* SPDX-License-Identifier: Apache-2.0
 * Maps of classes. */
#include "pipeline/class_map.h"

#include "pipeline/image.h"

/* How the scores of a pixel lie. */
typedef struct score_layout {
    uint32_t width, height, n;
    uint64_t pixel_stride, class_stride;
} score_layout;

static bool layout_of(const hn_output_view *out, score_layout *l) {
    const int64_t *d = out->dim;
    const uint32_t lead = out->rank == 4 ? 1 : 0;
    if (out->rank - lead < 2 || out->rank - lead > 3 || (lead == 1 && d[0] != 1)) return false;
    const int64_t h = d[lead], w = d[lead + 1], c = out->rank - lead == 3 ? d[lead + 2] : 1;
    const bool is_first = out->rank - lead == 3 && h < w && h < c && c > 4;
    *l = (score_layout){(uint32_t)w, (uint32_t)h, (uint32_t)c, (uint64_t)c, 1};
    if (is_first) *l = (score_layout){(uint32_t)c, (uint32_t)w, (uint32_t)h, 1, (uint64_t)(w * c)};
    return l->width >= 2 && l->height >= 2 && l->width <= HN_IMAGE_MAX_SIDE &&
           l->height <= HN_IMAGE_MAX_SIDE && l->n >= 1 && l->n <= HN_CLASS_MAP_MAX_CLASSES;
}

bool hn_class_map_size(const hn_output_view *out, uint32_t *width, uint32_t *height) {
    score_layout l;
    if (!layout_of(out, &l)) return false;
    *width = l.width;
    *height = l.height;
    return true;
}

static hone_status fill(hn_env *env, const hn_output_view *out, const score_layout *l,
                        bool is_numbers, float min_score, hn_class_map *map) {
    for (uint64_t i = 0; i < (uint64_t)l->width * l->height; i++) {
        const float *scores = out->data + i * l->pixel_stride;
        uint32_t found = l->n > 1                 ? hn_detect_best(scores, l->n, l->class_stride)
                         : scores[0] >= min_score ? 1
                                                  : 0;
        if (is_numbers) {
            if (!(scores[0] >= 0.0f && scores[0] < (float)HN_CLASS_MAP_MAX_CLASSES)) {
                return hn_fail(env, HONE_E_DATA, "class %g of a pixel is out of range",
                               (double)scores[0]);
            }
            found = (uint32_t)scores[0];
        }
        map->classes[i] = (uint16_t)found;
        if (found >= map->n_classes) map->n_classes = found + 1;
    }
    return HONE_OK;
}

hone_status hn_class_map_read(hn_env *env, const hn_output_view *out, bool is_numbers,
                              float min_score, hn_class_map *map) {
    score_layout l;
    if (!layout_of(out, &l) || (is_numbers && l.n != 1)) {
        return hn_fail(env, HONE_E_SHAPE, "the output is no map of classes");
    }
    const uint64_t n = (uint64_t)l.width * l.height;
    hn_class_map made = {hn_alloc(env, (size_t)n * sizeof *made.classes), l.width, l.height,
                         l.n > 1 ? l.n : 1};
    if (made.classes == NULL) return hn_no_memory(env);
    const hone_status status =
        fill(env, out, &l, is_numbers, min_score > 0.0f ? min_score : 0.5f, &made);
    if (status == HONE_OK) {
        *map = made;
    } else {
        hn_free(env, made.classes);
    }
    return status;
}

void hn_class_map_free(hn_env *env, hn_class_map *map) {
    hn_free(env, map->classes);
    *map = (hn_class_map){NULL, 0, 0, 0};
}
