/* SPDX-License-Identifier: Apache-2.0
 * The multiply-add of halves against whole numbers: all halves are multiples of 2^-24, so a product
 * and a sum are multiples of 2^-48 that 128 bits hold exactly, and are rounded here once. */
#include <criterion/criterion.h>

#include "core/half.h"

__extension__ typedef __int128 wide;

/* In units of 2^-24. */
static wide units_of(uint16_t h) {
    const int exponent = h >> 10 & 31, fraction = h & 1023;
    const wide size = exponent == 0 ? (wide)fraction : (wide)(fraction | 1024) << (exponent - 1);
    return h >> 15 ? -size : size;
}

/* a * b + c, rounded to nearest, ties to even. */
static double rounded(uint16_t a, uint16_t b, uint16_t c) {
    const wide sum = units_of(a) * units_of(b) + units_of(c) * ((wide)1 << 24);
    const wide size = sum < 0 ? -sum : sum;
    int low = 24; /* the last bit that is kept: of eleven, but no subnormal has a smaller one */
    while (size >> (low + 11) != 0) low++;
    wide kept = size >> low;
    const wide rest = size - (kept << low), half = (wide)1 << (low - 1);
    if (rest > half || (rest == half && (kept & 1) != 0)) kept++;
    double v = (double)(int64_t)kept * 0x1p-48;
    for (int i = 0; i < low; i++) v *= 2;
    if (v >= 65520) v = (double)hn_of_bits(0x7f800000u);
    return sum < 0 ? -v : v;
}

static uint16_t next_half(uint64_t *seed) {
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    const uint16_t h = (uint16_t)(*seed >> 40);
    return (h & 0x7c00u) == 0x7c00u ? (uint16_t)(h & 0xbfffu) : h; /* finite */
}

Test(half, multiply_adds_are_rounded_once) {
    uint64_t seed = 1;
    for (int i = 0; i < 1000000; i++) {
        const uint16_t a = next_half(&seed), b = next_half(&seed);
        const int near = (a >> 10 & 31) + (b >> 10 & 31) - 27 + i % 24; /* exponents that meet */
        uint16_t c = next_half(&seed);
        if (i % 2 == 0 && near >= 0 && near < 31) c = (uint16_t)((c & 0x83ff) | near << 10);
        const float got = hn_half_mac(hn_half_widen(c), hn_half_widen(a), hn_half_widen(b));
        cr_assert((double)got == rounded(a, b, c), "%04x * %04x + %04x", a, b, c);
    }
}

Test(half, widening_without_branches_gives_the_same_bits) {
    for (unsigned h = 0; h < 65536; h++) {
        const uint32_t want = hn_bits_of(hn_f32_of_f16((uint16_t)h));
        cr_assert(hn_bits_of(hn_half_widen((uint16_t)h)) == want, "%04x", h);
    }
}
