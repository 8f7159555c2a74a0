/* SPDX-License-Identifier: Apache-2.0
 * Fixed-point audio features: the definition and the portable form. All arithmetic wraps as that of
 * the library does. */
#include <stdint.h>

#include "core/assume.h"
#include "kernels/audio/audio.h"

/* Number of bits up to the highest one that is set; 0 for 0. */
static inline int32_t audio_bits(uint64_t v) {
    int32_t n = 0;
    for (; v != 0; v >>= 1) n++;
    return n;
}

/* ---- square roots ---- */

/* One digit of the root after the other; then rounded, unless that would pass its type: 16 bits for
 * what fits 32, else 32. */
static inline uint32_t audio_root(uint64_t v) {
    const uint64_t most = v >> 32 == 0 ? 0xffff : 0xffffffff;
    uint64_t root = 0;
    const int32_t top = audio_bits(v);
    for (uint64_t bit = v == 0 ? 0 : (uint64_t)1 << ((top - 1) & ~1); bit != 0; bit >>= 2) {
        const int32_t fits = v >= root + bit;
        if (fits) v -= root + bit;
        root = fits ? (root >> 1) + bit : root >> 1;
    }
    return (uint32_t)(v > root && root != most ? root + 1 : root);
}

HN_KERNEL(hn_isqrt_u64_c) {
    const hn_isqrt_args *a = (const hn_isqrt_args *)args;
    const uint64_t *in = (const uint64_t *)buf[HN_ISQRT_IN];
    const int32_t shift = *(const int32_t *)buf[HN_ISQRT_SHIFT];
    uint32_t *out = (uint32_t *)buf[HN_ISQRT_OUT];
    (void)w;
    for (int32_t i = 0; i < a->n; i++) {
        out[i] = shift < 0 || shift > 31 ? 0 : audio_root(in[i]) >> shift;
    }
}

/* ---- noise ---- */

HN_KERNEL(hn_denoise_u32_c) {
    const hn_denoise_args *a = (const hn_denoise_args *)args;
    const uint32_t *in = (const uint32_t *)buf[HN_DENOISE_IN];
    const uint32_t *old = (const uint32_t *)buf[HN_DENOISE_OLD];
    uint32_t *out = (uint32_t *)buf[HN_DENOISE_OUT], *noise = (uint32_t *)buf[HN_DENOISE_NOISE];
    uint32_t *kept = (uint32_t *)buf[HN_DENOISE_NEW];
    (void)w;
    for (int32_t i = 0; i < a->n; i++) {
        const uint32_t x = in[i], scaled = x << a->smoothing_bits;
        const uint64_t sum =
            (uint64_t)scaled * a->smoothing[i & 1] + (uint64_t)old[i] * a->keeping[i & 1];
        uint32_t estimate = (uint32_t)(sum >> a->bits);
        const uint32_t least = (uint32_t)(((uint64_t)x * a->floor) >> a->bits);
        const uint32_t taken = estimate > scaled ? scaled : estimate;
        const uint32_t left = (scaled - taken) >> a->smoothing_bits;
        if (a->clamps != 0) estimate = taken;
        out[i] = left > least ? left : least;
        kept[i] = estimate;
        if (noise != 0) noise[i] = estimate;
    }
}

/* ---- gain ---- */

/* The gain for x: a parabola in its power of two, by ten bits of its fraction. */
static inline int32_t audio_gain(uint32_t x, const int16_t *table) {
    if (x <= 2) return table[x];
    const int32_t bits = audio_bits(x);
    const int16_t *part = table + 4 * bits - 6;
    const int32_t at = (int32_t)((bits < 11 ? x << (11 - bits) : x >> (bits - 11)) & 0x3ff);
    uint32_t v = (uint32_t)((part[2] * at) >> 5);
    v += (uint32_t)part[1] << 5;
    v *= (uint32_t)at;
    return (int16_t)(((int32_t)(v + (1 << 14)) >> 15) + part[0]);
}

HN_KERNEL(hn_pcan_u32_c) {
    enum { SNR_BITS = 12, OUT_BITS = 6 };
    const hn_pcan_args *a = (const hn_pcan_args *)args;
    const uint32_t *in = (const uint32_t *)buf[HN_PCAN_IN];
    const uint32_t *noise = (const uint32_t *)buf[HN_PCAN_NOISE];
    const int16_t *gains = (const int16_t *)buf[HN_PCAN_GAINS];
    uint32_t *out = (uint32_t *)buf[HN_PCAN_OUT];
    (void)w;
    for (int32_t i = 0; i < a->n; i++) {
        const uint32_t gain = (uint32_t)audio_gain(noise[i], gains);
        const uint32_t snr = (uint32_t)(((uint64_t)in[i] * gain) >> a->shift);
        out[i] = snr < (2u << SNR_BITS) ? (snr * snr) >> (2 + 2 * SNR_BITS - OUT_BITS)
                                        : (snr >> (SNR_BITS - OUT_BITS)) - (1u << OUT_BITS);
    }
}

/* ---- logarithm ---- */

static inline uint32_t audio_log(uint32_t x, uint32_t scale, const int16_t *table) {
    enum { UNIT = 16, SEGMENT = 9, LN_2 = 45426, HALF = 1 << 15 };
    const int32_t whole = audio_bits(x) - 1;
    const uint32_t rest = x - ((uint32_t)1 << whole);
    const uint32_t at = whole < UNIT ? rest << (UNIT - whole) : rest >> (whole - UNIT);
    const uint32_t segment = at >> SEGMENT;
    const int32_t low = table[segment], step = table[segment + 1] - low;
    const int32_t bend = low + ((step * (int32_t)(at - (segment << SEGMENT))) >> UNIT);
    const uint32_t log2 = ((uint32_t)whole << UNIT) + at + (uint32_t)bend;
    const uint32_t loge = (uint32_t)(((uint64_t)LN_2 * log2 + HALF) >> UNIT);
    return (scale * loge + HALF) >> UNIT;
}

HN_KERNEL(hn_fixlog_u32_c) {
    const hn_fixlog_args *a = (const hn_fixlog_args *)args;
    const uint32_t *in = (const uint32_t *)buf[HN_FIXLOG_IN];
    const int16_t *table = (const int16_t *)buf[HN_FIXLOG_TABLE];
    int16_t *out = (int16_t *)buf[HN_FIXLOG_OUT];
    (void)w;
    for (int32_t i = 0; i < a->n; i++) {
        const uint32_t x = in[i] << a->shift;
        const uint32_t v = x > 1 ? audio_log(x, (uint32_t)a->scale, table) : 0;
        out[i] = (int16_t)(v < INT16_MAX ? v : INT16_MAX);
    }
}
