/* SPDX-License-Identifier: Apache-2.0
 * The instructions of a Cortex-M4 (Arm's DSP extension) that work on two 16-bit halves of a
 * register, for the portable integer kernels: four bytes are loaded at once and widened as bytes 0
 * and 2, then 1 and 3; pairs of products are added by one instruction. HN_DSP says whether kernels
 * should use them: where they exist. Their forms in C have the same bits and let a test set HN_DSP
 * on any machine. */
#ifndef HN_CORE_DSP_H
#define HN_CORE_DSP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/assume.h"

#if defined(__ARM_FEATURE_DSP) && defined(__GNUC__) && !defined(__aarch64__)
#define HN_HAS_DSP 1
#else
#define HN_HAS_DSP 0
#endif
#ifndef HN_DSP
#define HN_DSP HN_HAS_DSP
#endif

/* Two 16-bit numbers by value: the low one, the high one. */
typedef uint32_t hn_halves;

HN_INLINE hn_halves hn_halves_of(int32_t low, int32_t high) {
    return (uint32_t)high << 16 | (uint32_t)(uint16_t)low;
}

#if HN_HAS_DSP

/* Four bytes that lie anywhere. */
HN_INLINE uint32_t hn_load_word(const void *p) {
    uint32_t word;
    __builtin_memcpy(&word, p, sizeof word);
    return word;
}

HN_INLINE hn_halves hn_load_halves(const int16_t *p) {
    return hn_load_word(p);
}

HN_INLINE void hn_store_halves(int16_t *p, hn_halves v) {
    __builtin_memcpy(p, &v, sizeof v);
}

/* Bytes 0 and 2 of four, widened; bytes 1 and 3. */
HN_INLINE hn_halves hn_widen_even(uint32_t bytes, bool is_signed) {
    hn_halves to;
    if (is_signed)
        __asm__("sxtb16 %0, %1" : "=r"(to) : "r"(bytes));
    else
        __asm__("uxtb16 %0, %1" : "=r"(to) : "r"(bytes));
    return to;
}

HN_INLINE hn_halves hn_widen_odd(uint32_t bytes, bool is_signed) {
    hn_halves to;
    if (is_signed)
        __asm__("sxtb16 %0, %1, ror #8" : "=r"(to) : "r"(bytes));
    else
        __asm__("uxtb16 %0, %1, ror #8" : "=r"(to) : "r"(bytes));
    return to;
}

/* The same, added to `plus`. */
HN_INLINE hn_halves hn_move_even(hn_halves plus, uint32_t bytes, bool is_signed) {
    hn_halves to;
    if (is_signed)
        __asm__("sxtab16 %0, %1, %2" : "=r"(to) : "r"(plus), "r"(bytes));
    else
        __asm__("uxtab16 %0, %1, %2" : "=r"(to) : "r"(plus), "r"(bytes));
    return to;
}

HN_INLINE hn_halves hn_move_odd(hn_halves plus, uint32_t bytes, bool is_signed) {
    hn_halves to;
    if (is_signed)
        __asm__("sxtab16 %0, %1, %2, ror #8" : "=r"(to) : "r"(plus), "r"(bytes));
    else
        __asm__("uxtab16 %0, %1, %2, ror #8" : "=r"(to) : "r"(plus), "r"(bytes));
    return to;
}

/* acc + both products, or that of the low, the high halves; wraps. */
HN_INLINE uint32_t hn_mac_both(uint32_t acc, hn_halves x, hn_halves y) {
    __asm__("smlad %0, %1, %2, %0" : "+r"(acc) : "r"(x), "r"(y));
    return acc;
}

HN_INLINE uint32_t hn_mac_low(uint32_t acc, hn_halves x, hn_halves y) {
    __asm__("smlabb %0, %1, %2, %0" : "+r"(acc) : "r"(x), "r"(y));
    return acc;
}

HN_INLINE uint32_t hn_mac_high(uint32_t acc, hn_halves x, hn_halves y) {
    __asm__("smlatt %0, %1, %2, %0" : "+r"(acc) : "r"(x), "r"(y));
    return acc;
}

#else

HN_INLINE uint32_t hn_load_word(const void *p) {
    const uint8_t *b = (const uint8_t *)p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

HN_INLINE hn_halves hn_load_halves(const int16_t *p) {
    return hn_halves_of(p[0], p[1]);
}

HN_INLINE void hn_store_halves(int16_t *p, hn_halves v) {
    p[0] = (int16_t)v;
    p[1] = (int16_t)(v >> 16);
}

HN_INLINE int32_t hn_low_half(hn_halves v) {
    return (int16_t)v;
}

HN_INLINE int32_t hn_high_half(hn_halves v) {
    return (int16_t)(v >> 16);
}

HN_INLINE int32_t hn_move_byte(int32_t plus, uint32_t byte, bool is_signed) {
    return plus + (is_signed ? (int32_t)(int8_t)byte : (int32_t)(uint8_t)byte);
}

HN_INLINE hn_halves hn_move_even(hn_halves plus, uint32_t bytes, bool is_signed) {
    return hn_halves_of(hn_move_byte(hn_low_half(plus), bytes, is_signed),
                        hn_move_byte(hn_high_half(plus), bytes >> 16, is_signed));
}

HN_INLINE hn_halves hn_move_odd(hn_halves plus, uint32_t bytes, bool is_signed) {
    return hn_move_even(plus, bytes >> 8, is_signed);
}

HN_INLINE hn_halves hn_widen_even(uint32_t bytes, bool is_signed) {
    return hn_move_even(0, bytes, is_signed);
}

HN_INLINE hn_halves hn_widen_odd(uint32_t bytes, bool is_signed) {
    return hn_move_odd(0, bytes, is_signed);
}

HN_INLINE uint32_t hn_mac_low(uint32_t acc, hn_halves x, hn_halves y) {
    return acc + (uint32_t)(hn_low_half(x) * hn_low_half(y));
}

HN_INLINE uint32_t hn_mac_high(uint32_t acc, hn_halves x, hn_halves y) {
    return acc + (uint32_t)(hn_high_half(x) * hn_high_half(y));
}

HN_INLINE uint32_t hn_mac_both(uint32_t acc, hn_halves x, hn_halves y) {
    return hn_mac_high(hn_mac_low(acc, x, y), x, y);
}

#endif

#endif
