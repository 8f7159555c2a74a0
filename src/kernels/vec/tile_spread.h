/* SPDX-License-Identifier: Apache-2.0
 * The run of vec/tile.h where vectors multiply vectors (x86): each step of a row is spread over a
 * vector, and tile_mac multiplies it with one vector of weights after the other. */
#ifndef HN_KERNELS_VEC_TILE_SPREAD_H
#define HN_KERNELS_VEC_TILE_SPREAD_H

/* One run: addresses of every fourth row, so that few registers reach all. */
HN_INLINE const uint8_t *tile_run(const tile_work *w, const uint8_t *a, const uint8_t *b, int rows,
                                  int wide, tile_v acc[][4]) {
    const size_t step = w->step, b_panel = w->b_panel;
    const uint8_t *at[4] = {a, a + 4 * step, a + 8 * step, a + 12 * step};
    for (int32_t k = w->steps; k > 0; --k) {
        tile_v right[4];
        HN_UNROLL for (int v = 0; v < wide; ++v) right[v] = tile_load(b + tile_at(b_panel, v));
        HN_UNROLL for (int i = 0; i < rows; ++i) {
            const tile_v left = tile_spread(at[i / 4] + (size_t)(i % 4) * step);
            HN_UNROLL for (int v = 0; v < wide; ++v) acc[i][v] =
                tile_mac(acc[i][v], left, right[v]);
        }
        b += w->b_step;
        HN_UNROLL for (int i = 0; i < 4; ++i) at[i] += TILE_STEP_BYTES;
    }
    return b;
}

#endif
