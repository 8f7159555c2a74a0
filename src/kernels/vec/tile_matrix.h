/* SPDX-License-Identifier: Apache-2.0
 * The sums of vec/tile.h by products of small matrices (smmla): two rows of eight bytes by two
 * outputs of eight, which makes four sums. Rows are taken two by two; an odd last one is taken
 * twice.
 *
 *      rows i, i + 1   [ k0 .. k7 | k0 .. k7 ]     sums [ (i, o) (i, o+1) (i+1, o) (i+1, o+1) ]
 *      outputs o, o+1  [ k0 .. k7 | k0 .. k7 ]                                                   */
#ifndef HN_KERNELS_VEC_TILE_MATRIX_H
#define HN_KERNELS_VEC_TILE_MATRIX_H

/* clang-format off */
#define TILE_LOW(X)                                                                                \
    X(1, 4) X(2, 4) X(3, 4) X(4, 4) X(5, 4) X(6, 4)
#define TILE_TALL(X)                                                                               \
    X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2) X(7, 2) X(8, 2)
#define TILE_SLIM(X)                                                                               \
    X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1)
/* clang-format on */

/* Vectors of the next tiles, when `left` are left. */
HN_INLINE int32_t tile_width(int32_t left, int32_t n_rows) {
    (void)n_rows;
    return left >= 3 ? 4 : left;
}

/* Eight bytes of rows i and i + 1, or of row i twice. */
HN_INLINE int8x16_t tile_rows(const uint8_t *a, size_t step, int i, int rows) {
    const uint8_t *at = a + (size_t)i * step;
    const uint8x8_t x = vld1_u8(at), y = i + 1 < rows ? vld1_u8(at + step) : x;
    return vreinterpretq_s8_u8(vcombine_u8(x, y));
}

/* One run; returns the weights of the next. */
HN_INLINE const uint8_t *tile_matrix_run(const tile_work *w, const uint8_t *a, const uint8_t *b,
                                         int rows, int wide, vi acc[][8]) {
    const int pairs = (rows + 1) / 2;
    const size_t step = w->step, b_step = w->b_step;
    for (int32_t k = w->steps; k > 0; --k, a += 8, b += b_step) {
        int8x16_t left[4];
        HN_UNROLL for (int i = 0; i < pairs; ++i) left[i] = tile_rows(a, step, 2 * i, rows);
        HN_UNROLL for (int v = 0; v < 2 * wide; ++v) {
            const int8x16_t right = vreinterpretq_s8_u8(vld1q_u8(b + 16 * v));
            HN_UNROLL for (int i = 0; i < pairs; ++i) acc[i][v] =
                vmmlaq_s32(acc[i][v], left[i], right);
        }
    }
    return b;
}

HN_INLINE void tile_sums(const tile_work *w, size_t from, int rows, int wide, tile_v acc[][4]) {
    const int pairs = (rows + 1) / 2;
    vi sums[4][8];
    HN_UNROLL for (int i = 0; i < pairs; ++i) {
        HN_UNROLL for (int v = 0; v < 2 * wide; ++v) sums[i][v] = vi_set(0);
    }
    const uint8_t *b = w->b;
    for (int32_t r = 0; r < w->n_runs; ++r)
        b = tile_matrix_run(w, w->run[r] + from, b, rows, wide, sums);
    HN_UNROLL for (int v = 0; v < wide; ++v) {
        const vi start = tile_start(w, v);
        HN_UNROLL for (int i = 0; i < pairs; ++i) {
            const int64x2_t low = vreinterpretq_s64_s32(sums[i][2 * v]);
            const int64x2_t high = vreinterpretq_s64_s32(sums[i][2 * v + 1]);
            acc[2 * i][v] = vi_add(start, vreinterpretq_s32_s64(vzip1q_s64(low, high)));
            acc[2 * i + 1][v] = vi_add(start, vreinterpretq_s32_s64(vzip2q_s64(low, high)));
        }
    }
}

#endif
