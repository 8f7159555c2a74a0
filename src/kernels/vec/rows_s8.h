/* SPDX-License-Identifier: Apache-2.0
 * Rows of 8-bit input for tiles of signed bytes by signed bytes (Arm). The packed bias allows for
 * the input's zero point. Where the weights have one too, each row's sum times it is taken off. */
#ifndef HN_KERNELS_VEC_ROWS_S8_H
#define HN_KERNELS_VEC_ROWS_S8_H

#include "kernels/vec/rows_bytes.h"

/* Does the image hold what the tiles read? */
static inline bool int_is_taken(bool is_signed) {
    return is_signed;
}

static inline int32_t int_row_sum(const int8_t *x, int32_t n) {
    vi sum = vi_set(0);
    int32_t k = 0, rest = 0; /* |sums| <= 128 n, which fits */
    for (; k + 16 <= n; k += 16) sum = vpadalq_s16(sum, vpaddlq_s8(vld1q_s8(x + k)));
    for (; k < n; ++k) rest += x[k];
    return rest + vaddvq_s32(sum);
}

/* sums[i] = zero * the sum of row i, whose runs have n bytes each; NULL when zero is 0. */
static inline const int32_t *int_minus(const tile_work *t, int32_t n, int32_t n_rows, int32_t zero,
                                       int32_t *sums) {
    if (zero == 0) return 0;
    for (int32_t row = 0; row < n_rows; ++row) {
        uint32_t sum = 0;
        for (int32_t r = 0; r < t->n_runs; ++r)
            sum += (uint32_t)int_row_sum((const int8_t *)t->run[r] + (size_t)row * t->step, n);
        sums[row] = (int32_t)((uint32_t)zero * sum);
    }
    return sums;
}

#endif
