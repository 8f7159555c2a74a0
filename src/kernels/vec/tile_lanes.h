/* SPDX-License-Identifier: Apache-2.0
 * The run of vec/tile.h where an instruction multiplies a vector with one lane of another (Arm):
 * as many steps of each row as a vector has lanes are loaded at once and used from there, so that
 * loads are few and the rows need no packing. For lanes of 32 bits:
 *
 *      row 0  [ a0 a1 a2 a3 ]     step 0: sums += [ four outputs ] * a0
 *      row 1  [ a0 a1 a2 a3 ]     step 1: sums += [ four outputs ] * a1 ...
 *
 * The includer has defined tile_right with tile_right_at(b, at), a step's weights of one vector of
 * outputs, and the macro tile_mac_lane(acc, left, right, lane), whose lane is a literal; and, where
 * lanes are not four, TILE_EACH_LANE. A fence keeps compilers from loading the weights of later
 * steps early: the registers are full. */
#ifndef HN_KERNELS_VEC_TILE_LANES_H
#define HN_KERNELS_VEC_TILE_LANES_H

/* The tiles that fit the registers: rows x vectors. Four vectors are a panel, and best: six rows by
 * sixteen outputs keep 24 sums, six pieces of rows, two of weights. */
/* clang-format off */
#define TILE_LOW(X)                                                                                \
    X(1, 4) X(2, 4) X(3, 4) X(4, 4) X(5, 4) X(6, 4)
#define TILE_TALL(X)                                                                               \
    X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2) X(7, 2) X(8, 2)
#define TILE_SLIM(X)                                                                               \
    X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) X(11, 1)      \
    X(12, 1)
/* clang-format on */

/* Vectors of the next tiles, when `left` are left. */
HN_INLINE int32_t tile_width(int32_t left, int32_t n_rows) {
    (void)n_rows;
    return left >= 3 ? 4 : left;
}

#ifndef TILE_EACH_LANE
#define TILE_EACH_LANE(X)                                                                          \
    X(0);                                                                                          \
    X(1);                                                                                          \
    X(2);                                                                                          \
    X(3)
#endif

#define TILE_STEP(lane)                                                                            \
    do {                                                                                           \
        HN_UNROLL for (int v = 0; v < wide; ++v) {                                                 \
            const tile_right right = tile_right_at(b, tile_at(b_panel, v));                        \
            HN_UNROLL for (int i = 0; i < rows; ++i) acc[i][v] =                                   \
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
    for (; k >= 16 / TILE_STEP_BYTES; k -= 16 / TILE_STEP_BYTES) {
        HN_UNROLL for (int i = 0; i < rows; ++i) left[i] =
            tile_load(at[i / 4] + (size_t)(i % 4) * step);
        TILE_EACH_LANE(TILE_STEP);
        HN_UNROLL for (int i = 0; i < 4; ++i) at[i] += 16;
    }
    for (; k > 0; --k) {
        HN_UNROLL for (int i = 0; i < rows; ++i) left[i] =
            tile_spread(at[i / 4] + (size_t)(i % 4) * step);
        TILE_STEP(0);
        HN_UNROLL for (int i = 0; i < 4; ++i) at[i] += TILE_STEP_BYTES;
    }
    return b;
}

#undef TILE_STEP

#endif
