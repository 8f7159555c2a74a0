/* SPDX-License-Identifier: Apache-2.0
 * Probes of four floats, and of eight 8-bit products by way of 16 bits. */
#include <arm_neon.h>

#include "kernels/probe/probe_loop.h"

HN_INLINE float32x4_t mac_f32(float32x4_t x, float32x4_t y, float32x4_t sum) {
    return vfmaq_f32(sum, x, y);
}

HN_INLINE float first_f32(float32x4_t x) {
    return vgetq_lane_f32(x, 0);
}

HN_INLINE int32x4_t mac_s8(int32x4_t x, int32x4_t y, int32x4_t sum) {
    const int8x8_t a = vreinterpret_s8_s32(vget_low_s32(x));
    return vpadalq_s16(sum, vmull_s8(a, vreinterpret_s8_s32(vget_low_s32(y))));
}

HN_INLINE int32_t first_s32(int32x4_t x) {
    return vgetq_lane_s32(x, 0);
}

PROBE_LOOP(probe_f32, float, float32x4_t, mac_f32, vdupq_n_f32, vaddq_f32, first_f32)
PROBE_LOOP(probe_s8, int32_t, int32x4_t, mac_s8, vdupq_n_s32, vaddq_s32, first_s32)

const hn_probe hn_probe_neon = {probe_f32, probe_s8, 4, 8};
