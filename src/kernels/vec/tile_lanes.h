/* SPDX-License-Identifier: Apache-2.0
 * The run of vec/tile.h where an instruction multiplies a vector with one lane of another (Arm):
 * four steps of each row are loaded at once and used from their lanes, so that loads are few and
 * the rows need no packing.
 *
 *      row 0  [ a0 a1 a2 a3 ]     step 0: sums += [ four outputs ] * a0
 *      row 1  [ a0 a1 a2 a3 ]     step 1: sums += [ four outputs ] * a1 ...
 *
 * The includer has defined tile_right with tile_right_at(b, at), a step's weights of one vector of
 * outputs, and the macro tile_mac_lane(acc, left, right, lane), whose lane is a literal. A fence
 * keeps compilers from loading the weights of later steps early: the registers are full. */
#ifndef HN_KERNELS_VEC_TILE_LANES_H
#define HN_KERNELS_VEC_TILE_LANES_H

#define TILE_STEP(lane)                                                                            \
    do {                                                                                           \
        TILE_UNROLL for (int v = 0; v < wide; ++v) {                                               \
            const tile_right right = tile_right_at(b, tile_at(b_panel, v));                        \
            TILE_UNROLL for (int i = 0; i < rows; ++i) acc[i][v] =                                 \
                tile_mac_lane(acc[i][v], left[i], right, lane);                                    \
        }                                                                                          \
        b += b_step;                                                                               \
        __atomic_signal_fence(__ATOMIC_SEQ_CST);                                                   \
    } while (0)

/* One run: addresses of every fourth row, so that few registers reach all. */
HN_INLINE const uint8_t *tile_run(const tile_work *w, const uint8_t *a, const uint8_t *b, int rows,
                                  int wide, tile_v acc[][4]) {
    const size_t step = w->step, b_step = w->b_step, b_panel = w->b_panel;
    const uint8_t *at[4] = {a, a + 4 * step, a + 8 * step, a + 12 * step};
    int32_t k = w->steps;
    tile_v left[14];
    for (; k >= 4; k -= 4) {
        TILE_UNROLL for (int i = 0; i < rows; ++i) left[i] =
            tile_load(at[i / 4] + (size_t)(i % 4) * step);
        TILE_STEP(0);
        TILE_STEP(1);
        TILE_STEP(2);
        TILE_STEP(3);
        TILE_UNROLL for (int i = 0; i < 4; ++i) at[i] += 16;
    }
    for (; k > 0; --k) {
        TILE_UNROLL for (int i = 0; i < rows; ++i) left[i] =
            tile_spread(at[i / 4] + (size_t)(i % 4) * step);
        TILE_STEP(0);
        TILE_UNROLL for (int i = 0; i < 4; ++i) at[i] += 4;
    }
    return b;
}

#undef TILE_STEP

#endif
