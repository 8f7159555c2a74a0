/* SPDX-License-Identifier: Apache-2.0
 * Rows of 8-bit input for tiles of four products a step (AVX-512 VNNI): unsigned bytes, against
 * signed weights. The packed bias allows for the input's zero point, the padding counting as it.
 * Where the weights have one too, each row's sum times it is taken off: the sums of sixteen rows
 * are made at once, by products with ones and a transposing addition. */
#ifndef HN_KERNELS_VEC_ROWS_U8_H
#define HN_KERNELS_VEC_ROWS_U8_H

#include <stdbool.h>

#include "kernels/vec/rows_bytes.h"

/* Does the image hold what the tiles read? */
static inline bool int_is_taken(bool is_signed) {
    return !is_signed;
}

/* Sums of the lanes of x[0..16), each in its lane. */
static inline vi int_sum_lanes(const vi x[16]) {
    vi quarter[4];
    HN_UNROLL for (int i = 0; i < 4; ++i) {
        const vi *p = x + 4 * i;
        const vi ab = vi_add(_mm512_unpacklo_epi32(p[0], p[1]), _mm512_unpackhi_epi32(p[0], p[1]));
        const vi cd = vi_add(_mm512_unpacklo_epi32(p[2], p[3]), _mm512_unpackhi_epi32(p[2], p[3]));
        quarter[i] = vi_add(_mm512_unpacklo_epi64(ab, cd), _mm512_unpackhi_epi64(ab, cd));
    }
    const vi low = vi_add(_mm512_shuffle_i32x4(quarter[0], quarter[1], 0x88),
                          _mm512_shuffle_i32x4(quarter[0], quarter[1], 0xdd));
    const vi high = vi_add(_mm512_shuffle_i32x4(quarter[2], quarter[3], 0x88),
                           _mm512_shuffle_i32x4(quarter[2], quarter[3], 0xdd));
    return vi_add(_mm512_shuffle_i32x4(low, high, 0x88), _mm512_shuffle_i32x4(low, high, 0xdd));
}

/* sums[i] = zero * the sum of row i, whose runs have n bytes each; NULL when zero is 0. */
static inline const int32_t *int_minus(const tile_work *t, int32_t n, int32_t n_rows, int32_t zero,
                                       int32_t *sums) {
    if (zero == 0) return 0;
    const vi ones = _mm512_set1_epi8(1);
    for (int32_t row = 0; row < n_rows; row += 16) {
        const int32_t left = n_rows - row < 16 ? n_rows - row : 16;
        vi acc[16];
        HN_UNROLL for (int i = 0; i < 16; ++i) acc[i] = _mm512_setzero_si512();
        for (int32_t r = 0; r < t->n_runs; ++r)
            for (int32_t k = 0; k < n; k += 64) {
                const __mmask64 mask = n - k < 64 ? (UINT64_C(1) << (n - k)) - 1 : ~UINT64_C(0);
                const uint8_t *at = t->run[r] + (size_t)row * t->step + k;
                HN_UNROLL for (int i = 0; i < 16; ++i) {
                    const size_t from = (size_t)(i < left ? i : 0) * t->step;
                    acc[i] =
                        _mm512_dpbusd_epi32(acc[i], _mm512_maskz_loadu_epi8(mask, at + from), ones);
                }
            }
        const vi scaled = vi_mul(int_sum_lanes(acc), vi_set(zero));
        _mm512_mask_storeu_epi32(sums + row, v_lanes(left), scaled);
    }
    return sums;
}

#endif
