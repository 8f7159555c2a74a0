/* SPDX-License-Identifier: Apache-2.0
 * What rows of unsigned and of signed bytes share: images of the other kind are copied with their
 * highest bits flipped, padding counts as the input's zero point, and weights are signed. The
 * includer defines int_is_taken and int_minus. */
#ifndef HN_KERNELS_VEC_ROWS_BYTES_H
#define HN_KERNELS_VEC_ROWS_BYTES_H

#include <stdbool.h>

enum { INT_BYTES = 1, INT_QUAD = TILE_OUTPUT_BYTES };

static inline bool int_is_taken(bool is_signed);

HN_INLINE void int_flip(uint8_t *restrict to, const uint8_t *restrict from, size_t n,
                        uint8_t flip) {
    for (size_t i = 0; i < n; ++i) to[i] = (uint8_t)(from[i] ^ flip);
}

/* n elements of input. */
static inline void int_take(uint8_t *to, const uint8_t *from, size_t n, int32_t zero,
                            bool is_signed) {
    (void)zero;
    int_flip(to, from, n, int_is_taken(is_signed) ? 0 : 0x80);
}

/* n elements that count as nothing. */
static inline void int_pad(uint8_t *to, size_t n, int32_t zero, bool is_signed) {
    const uint8_t fill = (uint8_t)(int_is_taken(is_signed) ? zero : zero ^ 0x80);
    for (size_t i = 0; i < n; ++i) to[i] = fill;
}

/* What int_take takes off. */
static inline int32_t int_late_low(bool is_signed) {
    return int_is_taken(is_signed) ? 0 : is_signed ? -128 : 128;
}

/* The zero point that is left in packed weights. */
static inline int32_t int_left_zero(int32_t w_zero, bool is_signed) {
    return is_signed ? w_zero : w_zero - 128;
}

#endif
