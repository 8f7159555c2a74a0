/* SPDX-License-Identifier: Apache-2.0
 * A probe of sixteen 8-bit products; floats are as in probe_neon.c. */
#include <arm_neon.h>

#include "kernels/probe/probe_loop.h"

HN_INLINE int32x4_t mac_s8(int32x4_t x, int32x4_t y, int32x4_t sum) {
    return vdotq_s32(sum, vreinterpretq_s8_s32(x), vreinterpretq_s8_s32(y));
}

HN_INLINE int32_t first_s32(int32x4_t x) {
    return vgetq_lane_s32(x, 0);
}

PROBE_LOOP(probe_s8, int32_t, int32x4_t, mac_s8, vdupq_n_s32, vaddq_s32, first_s32)

const hn_probe hn_probe_neon_dot = {0, probe_s8, 0, 16};
