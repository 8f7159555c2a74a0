/* SPDX-License-Identifier: Apache-2.0
 * Rows of 8-bit input for tiles of two products a step: widened to 16 bits without their zero
 * point, as the weights are, so that nothing has to be taken off the sums, and the padding is 0.
 * A product has 17 bits, two of them 18. The loop is plain; the compiler vectorises it. */
#ifndef HN_KERNELS_VEC_ROWS_S16_H
#define HN_KERNELS_VEC_ROWS_S16_H

#include <stdbool.h>

#include "core/dot.h"

enum { INT_BYTES = 2, INT_QUAD = 2 };

/* Does the image hold what the tiles read? */
static inline bool int_is_taken(bool is_signed) {
    (void)is_signed;
    return false;
}

HN_INLINE void int_take_as(int16_t *restrict to, const uint8_t *restrict from, size_t n,
                           int32_t zero, bool is_signed) {
    for (size_t i = 0; i < n; ++i) to[i] = (int16_t)(hn_load_8(from + i, is_signed) - zero);
}

/* n elements of input. */
static inline void int_take(uint8_t *to, const uint8_t *from, size_t n, int32_t zero,
                            bool is_signed) {
    if (is_signed)
        int_take_as((int16_t *)(void *)to, from, n, zero, true);
    else
        int_take_as((int16_t *)(void *)to, from, n, zero, false);
}

/* n elements that count as nothing. */
static inline void int_pad(uint8_t *to, size_t n, int32_t zero, bool is_signed) {
    (void)zero;
    (void)is_signed;
    for (size_t i = 0; i < n * INT_BYTES; ++i) to[i] = 0;
}

/* What is to be taken off the sums of each row of inputs: nothing. */
static inline const int32_t *int_minus(const tile_work *t, int32_t n, int32_t n_rows, int32_t zero,
                                       int32_t *sums) {
    (void)t;
    (void)n;
    (void)n_rows;
    (void)zero;
    (void)sums;
    return 0;
}

static inline int32_t int_late_low(bool is_signed) {
    (void)is_signed;
    return 0;
}

static inline int32_t int_left_zero(int32_t w_zero, bool is_signed) {
    (void)w_zero;
    (void)is_signed;
    return 0;
}

#endif
