/* SPDX-License-Identifier: Apache-2.0
 * A merge sort, which is stable, then each box against those kept before it: n * kept comparisons,
 * where decoders give at most a few thousand boxes above their least score. */
#include "pipeline/nms.h"

#include <string.h>

static void merge(const hn_detection *from, hn_detection *to, uint32_t begin, uint32_t middle,
                  uint32_t end) {
    uint32_t left = begin, right = middle;
    for (uint32_t i = begin; i < end; i++) {
        const bool takes_left =
            left < middle && (right >= end || from[left].score >= from[right].score);
        to[i] = takes_left ? from[left++] : from[right++];
    }
}

static void sort(hn_detection *found, hn_detection *other, uint32_t n) {
    for (uint64_t width = 1; width < n; width *= 2) {
        for (uint64_t i = 0; i < n; i += 2 * width) {
            const uint64_t middle = i + width < n ? i + width : n;
            const uint64_t end = middle + width < n ? middle + width : n;
            merge(found, other, (uint32_t)i, (uint32_t)middle, (uint32_t)end);
        }
        memcpy(found, other, (size_t)n * sizeof *found);
    }
}

static float shared_length(float a, float a_length, float b, float b_length) {
    const float begin = a > b ? a : b;
    const float a_end = a + a_length, b_end = b + b_length;
    const float length = (a_end < b_end ? a_end : b_end) - begin;
    return length > 0.0f ? length : 0.0f;
}

static float overlap(const hn_detection *a, const hn_detection *b) {
    const float both =
        shared_length(a->x, a->w, b->x, b->w) * shared_length(a->y, a->h, b->y, b->h);
    const float all = a->w * a->h + b->w * b->h - both;
    return all > 0.0f ? both / all : 0.0f;
}

hone_status hn_nms(hn_env *env, hn_detection *found, uint32_t n, float max_overlap,
                   uint32_t *n_kept) {
    uint32_t kept = 0;
    hn_detection *other = hn_alloc(env, (size_t)n * sizeof *other);
    if (other == NULL) return hn_no_memory(env);
    sort(found, other, n);
    hn_free(env, other);
    for (uint32_t i = 0; i < n; i++) {
        bool stays = true;
        for (uint32_t k = 0; k < kept && stays; k++) {
            stays =
                found[k].label != found[i].label || overlap(&found[k], &found[i]) <= max_overlap;
        }
        if (stays) found[kept++] = found[i];
    }
    *n_kept = kept;
    return HONE_OK;
}
