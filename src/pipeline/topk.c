/* SPDX-License-Identifier: Apache-2.0
 * Top-k by insertion into a short sorted list: for the handful that a person wants to read, nothing
 * is faster. Comparing dequantized scores is comparing the integers, as long as scale is above 0.
 */
#include "pipeline/topk.h"

#include <math.h>

static float score_at(const hn_scores *s, uint64_t i) {
    int32_t value;
    switch (s->dtype) {
    case HONE_DTYPE_U8:
        value = ((const uint8_t *)s->data)[i];
        break;
    case HONE_DTYPE_S8:
        value = ((const int8_t *)s->data)[i];
        break;
    case HONE_DTYPE_S16:
        value = ((const int16_t *)s->data)[i];
        break;
    default: /* f32 */
        return ((const float *)s->data)[i];
    }
    return s->scale != 0.0f ? (float)((int64_t)value - s->zero) * s->scale : (float)value;
}

/* NaN is below everything; equal scores keep their order. */
static bool is_better(float a, float b) {
    return a > b || (isnan(b) && !isnan(a));
}

hone_status hn_topk(hn_env *env, const hn_scores *scores, uint32_t k, hn_top *out,
                    uint32_t *n_out) {
    const hone_dtype t = scores->dtype;
    if (t != HONE_DTYPE_F32 && t != HONE_DTYPE_U8 && t != HONE_DTYPE_S8 && t != HONE_DTYPE_S16) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "scores of type %s", hone_dtype_name(t));
    }
    uint32_t n = 0;
    for (uint64_t i = 0; i < scores->n && k > 0; i++) {
        const float score = score_at(scores, i);
        if (n == k && !is_better(score, out[n - 1].score)) continue;
        uint32_t at = n < k ? n++ : n - 1;
        for (; at > 0 && is_better(score, out[at - 1].score); at--) out[at] = out[at - 1];
        out[at].index = i;
        out[at].score = score;
    }
    *n_out = n;
    return HONE_OK;
}
