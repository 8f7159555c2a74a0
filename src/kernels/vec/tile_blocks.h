/* SPDX-License-Identifier: Apache-2.0
 * The body of vec/tile.h where sums are taken in blocks (halves): a block's products are added in
 * registers, from zero on, and each sum is added to a wider total in memory.
 *
 * The includer has defined TILE_BLOCK, the steps of a block, and tile_total with
 * tile_total_start(p) and tile_total_add(total, sum); tile_end gets totals in place of sums. */
#ifndef HN_KERNELS_VEC_TILE_BLOCKS_H
#define HN_KERNELS_VEC_TILE_BLOCKS_H

/* One run; returns the weights of the next. */
HN_INLINE const uint8_t *tile_block_run(const tile_work *w, const uint8_t *a, const uint8_t *b,
                                        int rows, int wide, tile_total total[][4]) {
    tile_work part = *w;
    for (int32_t k = 0; k < w->steps; k += TILE_BLOCK) {
        tile_v acc[14][4];
        part.steps = w->steps - k < TILE_BLOCK ? w->steps - k : TILE_BLOCK;
        HN_UNROLL for (int i = 0; i < rows; ++i) {
            HN_UNROLL for (int v = 0; v < wide; ++v) acc[i][v] = tile_zero();
        }
        b = tile_run(&part, a + (size_t)k * TILE_STEP_BYTES, b, rows, wide, acc);
        HN_UNROLL for (int i = 0; i < rows; ++i) {
            HN_UNROLL for (int v = 0; v < wide; ++v) total[i][v] =
                tile_total_add(total[i][v], acc[i][v]);
        }
    }
    return b;
}

HN_INLINE void tile_body(const tile_work *w, size_t from, int rows, int wide, const tile_out *out) {
    tile_total total[14][4];
    HN_UNROLL for (int v = 0; v < wide; ++v) {
        const size_t first = (size_t)v * TILE_LANES * TILE_START_BYTES;
        const tile_total start = tile_total_start(w->init == 0 ? 0 : w->init + first);
        HN_UNROLL for (int i = 0; i < rows; ++i) total[i][v] = start;
    }
    const uint8_t *b = w->b;
    for (int32_t r = 0; r < w->n_runs; ++r)
        b = tile_block_run(w, w->run[r] + from, b, rows, wide, total);
    tile_end(out, rows, wide, total);
}

#endif
