/* SPDX-License-Identifier: Apache-2.0
 * What vec/tile_lanes.h multiplies bytes by: four outputs' four bytes with the four of one lane
 * (sdot). */
#ifndef HN_KERNELS_VEC_LANES_S8_H
#define HN_KERNELS_VEC_LANES_S8_H

#include "kernels/vec/vec_neon.h"

#define TILE_BY_LANES

typedef int8x16_t tile_right;

HN_INLINE tile_right tile_right_at(const uint8_t *b, size_t at) {
    return vreinterpretq_s8_u8(vld1q_u8(b + at));
}

#define tile_mac_lane(acc, left, right, lane)                                                      \
    vdotq_laneq_s32((acc), (right), vreinterpretq_s8_s32(left), (lane))

#endif
