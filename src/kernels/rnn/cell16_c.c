/* SPDX-License-Identifier: Apache-2.0
 * The 16-bit cell: the definition and the portable form. */
#include "kernels/rnn/cell16.h"

#include <stddef.h>

#include "kernels/rnn/fixed16.h"

/* A gate in Q3.12. */
static inline int16_t cell16_gate(const hn_cell16_args *a, int32_t sum) {
    return hn_f16_saturate(hn_requant_q31(sum, a->multiplier, a->shift));
}

static inline void cell16_row(const hn_cell16_args *a, const int32_t *sums, const int16_t *old,
                              uint8_t *h, int16_t *c) {
    const int32_t n = a->units;
    for (int32_t k = 0; k < n; ++k) {
        const int16_t i = hn_f16_logistic(cell16_gate(a, sums[k]));
        const int16_t g = hn_f16_tanh(cell16_gate(a, sums[n + k]), 3);
        const int16_t f = hn_f16_logistic(cell16_gate(a, sums[2 * n + k]));
        const int16_t o = hn_f16_logistic(cell16_gate(a, sums[3 * n + k]));
        const int32_t added = hn_rounding_shift_right(hn_f16_mul(i, g), 4);
        const int16_t sum = hn_f16_saturate(added + hn_f16_mul(f, old[k]));
        const int16_t out = hn_f16_mul(o, hn_f16_tanh(hn_f16_shift_left(sum, 1), 3));
        h[k] = (uint8_t)(128 + hn_clamp_s32(hn_rounding_shift_right(out, 8), -128, 127));
        if (c != 0) c[k] = sum;
    }
}

HN_KERNEL(hn_cell16_u8_c) {
    const hn_cell16_args *a = (const hn_cell16_args *)args;
    const size_t n = (size_t)a->units;
    const int32_t *sums = (const int32_t *)buf[HN_CELL16_SUMS];
    const int16_t *old = (const int16_t *)buf[HN_CELL16_OLD];
    uint8_t *h = (uint8_t *)buf[HN_CELL16_H];
    int16_t *c = (int16_t *)buf[HN_CELL16_NEW];
    for (uint32_t b = w->begin; b < w->end; ++b) {
        const size_t at = n * b;
        cell16_row(a, sums + 4 * at, old + at, h + at, c == 0 ? 0 : c + at);
    }
}
