/* SPDX-License-Identifier: Apache-2.0
 * The sums of vec/tile.h where there is no dot product (NEON of Arm v8.0): eight bytes of a row by
 * eight of an output are multiplied to 16 bits (smull), whose pairs are added to 32 (sadalp). A sum
 * is kept in four parts, which are added at the end. Products are added before they could overflow
 * even where both factors are -128, so any weights do.
 *
 *      row i     [ k0 .. k7 ]
 *      output o  [ k0 .. k7 ]     parts [ k0 k1 | k2 k3 | k4 k5 | k6 k7 ] */
#ifndef HN_KERNELS_VEC_TILE_PARTS_H
#define HN_KERNELS_VEC_TILE_PARTS_H

/* Sixteen sums at most, as parts. */
/* clang-format off */
#define TILE_LOW(X)  X(1, 4)
#define TILE_TALL(X) X(1, 2) X(2, 2)
#define TILE_SLIM(X) X(1, 1) X(2, 1) X(3, 1) X(4, 1)
/* clang-format on */

/* Vectors of the next tiles, when `left` are left. */
HN_INLINE int32_t tile_width(int32_t left, int32_t n_rows) {
    if (n_rows == 1 && left >= 4) return 4;
    return n_rows <= 2 && left >= 2 ? 2 : 1;
}

HN_INLINE vi tile_part_mac(vi sum, int8x8_t x, int8x8_t y) {
    return vpadalq_s16(sum, vmull_s8(x, y));
}

/* One run; returns the weights of the next. */
HN_INLINE const uint8_t *tile_part_run(const tile_work *w, const uint8_t *a, const uint8_t *b,
                                       int rows, int outputs, vi acc[][16]) {
    const size_t step = w->step, b_step = w->b_step;
    for (int32_t k = w->steps; k > 0; --k, a += 8, b += b_step) {
        int8x8_t left[4];
        HN_UNROLL for (int i = 0; i < rows; ++i) left[i] =
            vreinterpret_s8_u8(vld1_u8(a + (size_t)i * step));
        HN_UNROLL for (int o = 0; o < outputs; ++o) {
            const int8x8_t right = vreinterpret_s8_u8(vld1_u8(b + 8 * o));
            HN_UNROLL for (int i = 0; i < rows; ++i) acc[i][o] =
                tile_part_mac(acc[i][o], left[i], right);
        }
    }
    return b;
}

HN_INLINE void tile_sums(const tile_work *w, size_t from, int rows, int wide, tile_v acc[][4]) {
    vi parts[4][16];
    HN_UNROLL for (int i = 0; i < rows; ++i) {
        HN_UNROLL for (int o = 0; o < 4 * wide; ++o) parts[i][o] = vi_set(0);
    }
    const uint8_t *b = w->b;
    for (int32_t r = 0; r < w->n_runs; ++r)
        b = tile_part_run(w, w->run[r] + from, b, rows, 4 * wide, parts);
    HN_UNROLL for (int v = 0; v < wide; ++v) {
        const vi start = tile_start(w, v);
        HN_UNROLL for (int i = 0; i < rows; ++i) {
            const vi *p = parts[i] + 4 * v;
            const vi sums = vpaddq_s32(vpaddq_s32(p[0], p[1]), vpaddq_s32(p[2], p[3]));
            acc[i][v] = vi_add(start, sums);
        }
    }
}

#endif
