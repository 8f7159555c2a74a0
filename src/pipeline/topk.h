/* SPDX-License-Identifier: Apache-2.0
 * The k best scores of a classifier's output. */
#ifndef HN_PIPELINE_TOPK_H
#define HN_PIPELINE_TOPK_H

#include "base/env.h"

/* n scores. Integers stand for (value - zero) * scale; scale 0 means plain numbers. */
typedef struct hn_scores {
    const void *data; /* borrowed, aligned for the type */
    uint64_t n;
    hone_dtype dtype; /* f32, u8, s8 or s16 */
    float scale;
    int32_t zero;
} hn_scores;

typedef struct hn_top {
    uint64_t index;
    float score;
} hn_top;

/* The k largest, best first; of equal scores the lower index comes first, and NaN comes last. Fills
 * out[0 .. *n_out), *n_out = min(k, n). The time is n * k at worst, and about n in practice. */
hone_status hn_topk(hn_env *env, const hn_scores *scores, uint32_t k, hn_top *out, uint32_t *n_out);

#endif
