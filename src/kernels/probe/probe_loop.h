/* SPDX-License-Identifier: Apache-2.0
 * The loop of a probe. PROBE_LOOP(name, result, vector, fma, set, add, first) defines `name`:
 * sixteen sums that begin at different values; the compiler is told that they change, so that it
 * neither joins nor drops them. */
#ifndef HN_KERNELS_PROBE_LOOP_H
#define HN_KERNELS_PROBE_LOOP_H

#include "core/assume.h"
#include "kernels/probe/probe.h"

#if defined(__aarch64__)
#define PROBE_REGISTER "+w"
#else
#define PROBE_REGISTER "+x"
#endif

#define PROBE_LOOP(name, result, vector, fma, set, add, first)                                     \
    static result name(uint32_t rounds) {                                                          \
        vector sum[HN_PROBE_SUMS];                                                                 \
        vector x = set(1), y = set(0);                                                             \
        HN_UNROLL for (int i = 0; i < HN_PROBE_SUMS; ++i) sum[i] = set((result)i);                 \
        __asm__ volatile("" : PROBE_REGISTER(x), PROBE_REGISTER(y));                               \
        for (uint32_t r = 0; r < rounds; ++r) {                                                    \
            HN_UNROLL for (int i = 0; i < HN_PROBE_SUMS; ++i) sum[i] = fma(x, y, sum[i]);          \
        }                                                                                          \
        HN_UNROLL for (int i = 1; i < HN_PROBE_SUMS; ++i) sum[0] = add(sum[0], sum[i]);            \
        return first(sum[0]);                                                                      \
    }

#endif
