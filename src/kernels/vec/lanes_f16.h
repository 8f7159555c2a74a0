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

/* By name: gcc 12 makes copies of lanes out of the intrinsic, and spills sums for them. The lane's
 * register is one of the first sixteen. */
#define LANES_MAC(lane)                                                                            \
    HN_INLINE vh lanes_mac_##lane(vh acc, vh left, vh right) {                                     \
        __asm__("fmla %0.8h, %1.8h, %2.h[" #lane "]" : "+w"(acc) : "w"(right), "x"(left));         \
        return acc;                                                                                \
    }
LANES_MAC(0)
LANES_MAC(1)
LANES_MAC(2)
LANES_MAC(3)
LANES_MAC(4)
LANES_MAC(5)
LANES_MAC(6)
LANES_MAC(7)
#undef LANES_MAC

#define tile_mac_lane(acc, left, right, lane) lanes_mac_##lane((acc), (left), (right))

#endif
