/* SPDX-License-Identifier: Apache-2.0
 * The integer blocks of dot.h by the DSP instructions of a Cortex-M4 (dsp.h). Four weights are
 * loaded at once and widened as numbers 0 and 2, then 1 and 3; so every whole four of x lies in the
 * order 0 2 1 3, the rest as it is. Sixteen products of two rows by two take 22 instructions where
 * the plain loop takes 40. Included by dot.h only. */
#ifndef HN_CORE_DOT_DSP_H
#define HN_CORE_DOT_DSP_H

HN_INLINE uint32_t hn_dot_widen(const uint8_t *in, int32_t n, int32_t zero, bool is_signed,
                                int16_t *x) {
    const hn_halves plus = hn_halves_of(-zero, -zero), ones = hn_halves_of(1, 1);
    uint32_t sum = 0;
    int32_t i = 0;
    for (; i + 4 <= n; i += 4) {
        const uint32_t bytes = hn_load_word(in + i);
        const hn_halves even = hn_move_even(plus, bytes, is_signed);
        const hn_halves odd = hn_move_odd(plus, bytes, is_signed);
        hn_store_halves(x + i, even);
        hn_store_halves(x + i + 2, odd);
        sum = hn_mac_both(hn_mac_both(sum, even, ones), odd, ones);
    }
    return sum + hn_widen(in + i, n - i, zero, is_signed, x + i);
}

static inline void hn_dot_order(int16_t *x, int32_t n) {
    for (int32_t i = 0; i + 4 <= n; i += 4) {
        const int16_t middle = x[i + 1];
        x[i + 1] = x[i + 2];
        x[i + 2] = middle;
    }
}

/* Four elements. */
typedef struct hn_dot_four {
    hn_halves even, odd;
} hn_dot_four;

HN_INLINE hn_dot_four hn_dot_inputs(const int16_t *x) {
    const hn_dot_four v = {hn_load_halves(x), hn_load_halves(x + 2)};
    return v;
}

HN_INLINE hn_dot_four hn_dot_weights(const uint8_t *w, bool is_signed) {
    const uint32_t bytes = hn_load_word(w);
    const hn_dot_four v = {hn_widen_even(bytes, is_signed), hn_widen_odd(bytes, is_signed)};
    return v;
}

HN_INLINE uint32_t hn_dot_add(uint32_t acc, hn_dot_four x, hn_dot_four v) {
    return hn_mac_both(hn_mac_both(acc, x.even, v.even), x.odd, v.odd);
}

/* acc[2 * row of x + row of w]; rows of x lie k apart, rows of w w_step. */
HN_INLINE void hn_dot_s16_2x2(const int16_t *x, const uint8_t *w, size_t w_step, int32_t k,
                              bool is_signed, uint32_t *acc) {
    const int16_t *x1 = x + k, *end = x + k / 4 * 4;
    const uint8_t *w1 = w + w_step;
    uint32_t a0 = 0, a1 = 0, b0 = 0, b1 = 0;
    for (; x < end; x += 4, x1 += 4, w += 4, w1 += 4) {
        const hn_dot_four a = hn_dot_inputs(x), b = hn_dot_inputs(x1);
        const hn_dot_four v0 = hn_dot_weights(w, is_signed);
        a0 = hn_dot_add(a0, a, v0);
        b0 = hn_dot_add(b0, b, v0);
        const hn_dot_four v1 = hn_dot_weights(w1, is_signed);
        a1 = hn_dot_add(a1, a, v1);
        b1 = hn_dot_add(b1, b, v1);
    }
    for (int32_t i = 0; i < k % 4; ++i) {
        const int32_t v0 = hn_load_8(w + i, is_signed), v1 = hn_load_8(w1 + i, is_signed);
        a0 += (uint32_t)(x[i] * v0);
        b0 += (uint32_t)(x1[i] * v0);
        a1 += (uint32_t)(x[i] * v1);
        b1 += (uint32_t)(x1[i] * v1);
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = b0;
    acc[3] = b1;
}

HN_INLINE uint32_t hn_dot_s16_1x1(const int16_t *x, const uint8_t *w, int32_t k, bool is_signed) {
    const int16_t *end = x + k / 4 * 4;
    uint32_t acc = 0;
    for (; x < end; x += 4, w += 4)
        acc = hn_dot_add(acc, hn_dot_inputs(x), hn_dot_weights(w, is_signed));
    for (int32_t i = 0; i < k % 4; ++i) acc += (uint32_t)(x[i] * hn_load_8(w + i, is_signed));
    return acc;
}

HN_INLINE void hn_dot_s16_1x4(const int16_t *x, const uint8_t *w, size_t w_step, int32_t k,
                              bool is_signed, uint32_t *acc) {
    const int16_t *end = x + k / 4 * 4;
    const uint8_t *w1 = w + w_step, *w2 = w1 + w_step, *w3 = w2 + w_step;
    uint32_t a0 = 0, a1 = 0, a2 = 0, a3 = 0;
    for (; x < end; x += 4, w += 4, w1 += 4, w2 += 4, w3 += 4) {
        const hn_dot_four a = hn_dot_inputs(x);
        a0 = hn_dot_add(a0, a, hn_dot_weights(w, is_signed));
        a1 = hn_dot_add(a1, a, hn_dot_weights(w1, is_signed));
        a2 = hn_dot_add(a2, a, hn_dot_weights(w2, is_signed));
        a3 = hn_dot_add(a3, a, hn_dot_weights(w3, is_signed));
    }
    for (int32_t i = 0; i < k % 4; ++i) {
        a0 += (uint32_t)(x[i] * hn_load_8(w + i, is_signed));
        a1 += (uint32_t)(x[i] * hn_load_8(w1 + i, is_signed));
        a2 += (uint32_t)(x[i] * hn_load_8(w2 + i, is_signed));
        a3 += (uint32_t)(x[i] * hn_load_8(w3 + i, is_signed));
    }
    acc[0] = a0;
    acc[1] = a1;
    acc[2] = a2;
    acc[3] = a3;
}

#endif
