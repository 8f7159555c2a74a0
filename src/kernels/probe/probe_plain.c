/* SPDX-License-Identifier: Apache-2.0
 * Probes in portable C, of four lanes that compilers turn into vectors where there are any, and
 * the sum over memory. */
#include "kernels/probe/probe.h"

static float probe_f32(uint32_t rounds) {
    float sum[HN_PROBE_SUMS][4] = {{0.0f}};
    for (uint32_t r = 0; r < rounds; ++r) {
        const float x = (float)(r & 1u);
        for (int i = 0; i < HN_PROBE_SUMS; ++i)
            for (int k = 0; k < 4; ++k) sum[i][k] = sum[i][k] * x + 1.0f;
    }
    float all = 0.0f;
    for (int i = 0; i < HN_PROBE_SUMS; ++i)
        for (int k = 0; k < 4; ++k) all += sum[i][k];
    return all;
}

const hn_probe hn_probe_plain = {probe_f32, 0, 4, 0};

uint64_t hn_probe_read(const uint64_t *words, size_t n) {
    uint64_t sum[8] = {0}, all = 0;
    size_t i = 0;
    for (; i + 8 <= n; i += 8)
        for (size_t k = 0; k < 8; ++k) sum[k] ^= words[i + k];
    for (; i < n; ++i) all ^= words[i];
    for (size_t k = 0; k < 8; ++k) all ^= sum[k];
    return all;
}
