/* SPDX-License-Identifier: Apache-2.0
 * What a core can do at best: loops of independent multiply-adds on registers, and sums over
 * memory. No operator uses them; profiles and benchmarks set their times against what these reach.
 * Each function keeps enough sums that no result is waited for, and returns one of them, so that
 * no compiler drops the loop. */
#ifndef HN_KERNELS_PROBE_H
#define HN_KERNELS_PROBE_H

#include <stddef.h>
#include <stdint.h>

/* `rounds` times 16 multiply-adds of vectors; `lanes` is what one of them counts: multiplications
 * of float32, or of 8-bit integers that are summed in 32 bits. NULL function:
 * there is none. */
typedef struct hn_probe {
    float (*f32)(uint32_t rounds);
    int32_t (*s8)(uint32_t rounds);
    uint32_t f32_lanes, s8_lanes;
} hn_probe;

enum { HN_PROBE_SUMS = 16 };

extern const hn_probe hn_probe_plain;
extern const hn_probe hn_probe_avx2;
extern const hn_probe hn_probe_avx512;
extern const hn_probe hn_probe_avx512vnni;
extern const hn_probe hn_probe_neon;
extern const hn_probe hn_probe_neon_dot;
extern const hn_probe hn_probe_neon_i8mm;

/* The sum of n 64-bit words, so many bytes read. */
uint64_t hn_probe_read(const uint64_t *words, size_t n);

#endif
