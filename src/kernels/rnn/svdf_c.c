/* SPDX-License-Identifier: Apache-2.0
 * SVDF layers: the definition and the portable form. */
#include <stddef.h>

#include "core/assume.h"
#include "kernels/rnn/svdf.h"

HN_KERNEL(hn_svdf_f32_c) {
    const hn_svdf_args *a = (const hn_svdf_args *)args;
    const float *feature = (const float *)buf[HN_SVDF_FEATURES];
    const float *old = (const float *)buf[HN_SVDF_OLD], *bias = (const float *)buf[HN_SVDF_BIAS];
    float *out = (float *)buf[HN_SVDF_OUT], *state = (float *)buf[HN_SVDF_NEW];
    const size_t memory = (size_t)a->memory;
    (void)w;
    for (int32_t b = 0; b < a->batch; b++) {
        const float *time = (const float *)buf[HN_SVDF_TIME];
        for (int32_t u = 0; u < a->units; u++) {
            float sum = bias != 0 ? bias[u] : 0.0f;
            for (int32_t r = 0; r < a->rank; r++) {
                float dot = 0.0f;
                for (size_t t = 0; t < memory; t++) {
                    state[t] = t + 1 < memory ? old[t + 1] : *feature;
                    dot += time[t] * state[t];
                }
                sum += dot;
                feature++;
                old += memory;
                state += memory;
                time += memory;
            }
            *out++ = sum < a->low ? a->low : sum > a->high ? a->high : sum;
        }
    }
}

/* The feature of a filter for one input, in the state's scale. */
static inline int16_t qsvdf_feature(const hn_qsvdf_args *a, const int8_t *in, const int8_t *w) {
    uint32_t acc = 0;
    for (int32_t i = 0; i < a->in; i++) acc += (uint32_t)(w[i] * (in[i] - a->in_zero));
    const int32_t v = hn_requant_q31((int32_t)acc, a->multiplier[0], a->shift[0]);
    return (int16_t)hn_clamp_s32(v, INT16_MIN, INT16_MAX);
}

HN_KERNEL(hn_qsvdf_s8_c) {
    const hn_qsvdf_args *a = (const hn_qsvdf_args *)args;
    const int32_t *bias = (const int32_t *)buf[HN_QSVDF_BIAS];
    const int16_t *old = (const int16_t *)buf[HN_QSVDF_OLD];
    int16_t *state = (int16_t *)buf[HN_QSVDF_NEW];
    int8_t *out = (int8_t *)buf[HN_QSVDF_OUT];
    const size_t memory = (size_t)a->memory;
    (void)w;
    for (int32_t b = 0; b < a->batch; b++) {
        const int8_t *in = (const int8_t *)buf[HN_QSVDF_IN] + (size_t)b * (size_t)a->in;
        const int8_t *weights = (const int8_t *)buf[HN_QSVDF_WEIGHTS];
        const int16_t *time = (const int16_t *)buf[HN_QSVDF_TIME];
        for (int32_t u = 0; u < a->units; u++) {
            uint32_t sum = bias != 0 ? (uint32_t)bias[u] : 0;
            for (int32_t r = 0; r < a->rank; r++) {
                const int16_t newest = qsvdf_feature(a, in, weights);
                for (size_t t = 0; t < memory; t++) {
                    state[t] = t + 1 < memory ? old[t + 1] : newest;
                    sum += (uint32_t)(time[t] * state[t]);
                }
                weights += a->in;
                old += memory;
                state += memory;
                time += memory;
            }
            const int32_t v = hn_requant_q31((int32_t)sum, a->multiplier[1], a->shift[1]);
            const int32_t moved = (int32_t)((uint32_t)v + (uint32_t)a->out_zero);
            *out++ = (int8_t)hn_clamp_s32(moved, INT8_MIN, INT8_MAX);
        }
    }
}
