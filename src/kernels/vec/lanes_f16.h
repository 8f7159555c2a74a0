/* SPDX-License-Identifier: Apache-2.0
 * What vec/tile_lanes.h multiplies halves by: eight outputs with one of eight lanes, fused. */
#ifndef HN_KERNELS_VEC_LANES_F16_H
#define HN_KERNELS_VEC_LANES_F16_H

#include "kernels/vec/vec_neon_fp16.h"

#define TILE_BY_LANES
#define TILE_EACH_LANE(X)                                                                          \
    X(0);                                                                                          \
    X(1);                                                                                          \
    X(2);                                                                                          \
    X(3);                                                                                          \
    X(4);                                                                                          \
    X(5);                                                                                          \
    X(6);                                                                                          \
    X(7)

typedef vh tile_right;

HN_INLINE tile_right tile_right_at(const uint8_t *b, size_t at) {
    return vh_load((const uint16_t *)(const void *)(b + at));
}

#define tile_mac_lane(acc, left, right, lane) vfmaq_laneq_f16((acc), (right), (left), (lane))

#endif
