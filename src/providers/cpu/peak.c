/* SPDX-License-Identifier: Apache-2.0
 * The machine's peaks: the probes of kernels/probe run by the pool, as kernels are. A unit is a
 * share of a millisecond; each rate is that of the best of a few bursts, since a burst that another
 * program interrupts says nothing about the machine. */
#include "providers/cpu/peak.h"

#include "base/platform.h"
#include "kernels/probe/probe.h"
#include "providers/cpu/cpu.h"

enum { BURSTS = 4, UNITS = 16, ROUNDS = 20000, READ_BYTES = 1 << 26 };

typedef struct burst {
    hn_probe probe;
    const uint64_t *words; /* of READ_BYTES */
    volatile uint64_t sink;
} burst;

static hn_probe probe_of(hn_isa isa) {
    hn_probe probe = hn_probe_plain;
#if defined(__x86_64__)
    if (isa == HN_ISA_AVX2) probe = hn_probe_avx2;
    if (isa >= HN_ISA_AVX512 && isa <= HN_ISA_AVX512FP16) probe = hn_probe_avx512;
    if (isa >= HN_ISA_AVX512VNNI && isa <= HN_ISA_AVX512FP16) {
        probe.s8 = hn_probe_avx512vnni.s8;
        probe.s8_lanes = hn_probe_avx512vnni.s8_lanes;
    }
#elif defined(__aarch64__)
    if (isa < HN_ISA_NEON) return probe;
    const hn_probe *products = isa == HN_ISA_NEON_I8MM  ? &hn_probe_neon_i8mm
                               : isa >= HN_ISA_NEON_DOT ? &hn_probe_neon_dot
                                                        : &hn_probe_neon;
    probe = hn_probe_neon;
    probe.s8 = products->s8;
    probe.s8_lanes = products->s8_lanes;
#endif
    (void)isa;
    return probe;
}

static void run_f32(void *user, uint32_t worker, uint32_t begin, uint32_t end) {
    burst *b = user;
    (void)worker;
    for (uint32_t u = begin; u < end; u++) b->sink = (uint64_t)b->probe.f32(ROUNDS);
}

static void run_s8(void *user, uint32_t worker, uint32_t begin, uint32_t end) {
    burst *b = user;
    (void)worker;
    for (uint32_t u = begin; u < end; u++) b->sink = (uint64_t)b->probe.s8(ROUNDS);
}

static void run_read(void *user, uint32_t worker, uint32_t begin, uint32_t end) {
    burst *b = user;
    const size_t n = READ_BYTES / sizeof *b->words / UNITS;
    (void)worker;
    for (uint32_t u = begin; u < end; u++) b->sink = hn_probe_read(b->words + u * n, n);
}

/* Amounts a second, where all units do `amount`. */
static double rate_of(hn_pool *pool, hn_pool_fn fn, burst *b, uint32_t n_threads, double amount) {
    const hn_job job = {fn, b, UNITS, 1, n_threads, 0};
    double best = 0;
    for (int i = 0; i < BURSTS; i++) {
        const uint64_t begin = hn_time_ns();
        hn_pool_run(pool, &job);
        const double rate = amount / (double)(hn_time_ns() - begin) * 1e9;
        if (rate > best) best = rate;
    }
    return best;
}

hone_status hn_peak_measure(hn_env *env, hn_pool *pool, uint32_t n_threads, hn_peak *peak) {
    burst b = {.probe = probe_of(hn_cpu_best())};
    uint64_t *words = hn_alloc(env, READ_BYTES);
    if (words == NULL) return hn_no_memory(env);
    for (size_t i = 0; i < READ_BYTES / sizeof *words; i++) words[i] = i;
    b.words = words;
    const double vectors = (double)UNITS * ROUNDS * HN_PROBE_SUMS;
    const uint32_t threads[2] = {1, n_threads};
    const bool is_eager = hn_pool_run_begin(pool, 0);
    for (int i = 0; i < 2; i++) {
        peak->f32_macs[i] = rate_of(pool, run_f32, &b, threads[i], vectors * b.probe.f32_lanes);
        peak->s8_macs[i] = 0;
        if (b.probe.s8 != NULL)
            peak->s8_macs[i] = rate_of(pool, run_s8, &b, threads[i], vectors * b.probe.s8_lanes);
        peak->read_bytes[i] = rate_of(pool, run_read, &b, threads[i], READ_BYTES);
    }
    hn_pool_run_end(pool, is_eager);
    hn_free(env, words);
    return HONE_OK;
}
