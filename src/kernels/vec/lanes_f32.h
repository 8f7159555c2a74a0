/* SPDX-License-Identifier: Apache-2.0
 * What vec/tile_lanes.h multiplies floats by: four outputs with one lane, fused. */
#ifndef HN_KERNELS_VEC_LANES_F32_H
#define HN_KERNELS_VEC_LANES_F32_H

#include "kernels/vec/vec_neon.h"

#define TILE_BY_LANES

typedef vf tile_right;

HN_INLINE tile_right tile_right_at(const uint8_t *b, size_t at) {
    return vf_load((const float *)(const void *)(b + at));
}

#define tile_mac_lane(acc, left, right, lane) vfmaq_laneq_f32((acc), (right), (left), (lane))

#endif
