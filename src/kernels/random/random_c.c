/* SPDX-License-Identifier: Apache-2.0
 * Random numbers: the definition and the portable form. The hash is the finalizer of SplitMix64
 * (Steele, Lea, Flood, 2014) over a counter that starts at the seed. */
#include "core/assume.h"
#include "core/math.h"
#include "kernels/random/random.h"

static inline uint64_t random_bits(uint64_t seed, uint64_t i) {
    uint64_t v = seed + (i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    v = (v ^ v >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    v = (v ^ v >> 27) * UINT64_C(0x94d049bb133111eb);
    return v ^ v >> 31;
}

/* 0 <= v < 1, a multiple of 2^-24. */
static inline float random_unit(uint64_t bits) {
    return (float)(uint32_t)(bits >> 40) * 0x1p-24f;
}

static inline float random_normal(uint64_t bits) {
    const float u = (float)((uint32_t)(bits >> 40) + 1u) * 0x1p-24f;
    const float v = (float)(uint32_t)(bits >> 8 & 0xffffffu) * 0x1p-24f;
    return hn_sqrt(-2.0f * hn_log(u)) * hn_cos(6.2831853f * v);
}

HN_KERNEL(hn_random_f32_c) {
    const hn_random_args *a = args;
    float *out = buf[HN_RANDOM_OUT];
    const uint64_t seed = (uint64_t)a->seed_high << 32 | a->seed_low;
    const uint32_t n = (uint32_t)a->n;
    const uint32_t end = w->end * HN_RANDOM_BLOCK < n ? w->end * HN_RANDOM_BLOCK : n;
    for (uint32_t i = w->begin * HN_RANDOM_BLOCK; i < end; i++) {
        const uint64_t bits = random_bits(seed, i);
        if (a->kind == HN_RANDOM_NORMAL) {
            out[i] = a->low + a->high * random_normal(bits);
        } else {
            const float v = a->low + (a->high - a->low) * random_unit(bits);
            out[i] = v < a->high ? v : a->low;
        }
    }
}
