/* SPDX-License-Identifier: Apache-2.0
 * Which rows this processor runs, and stand-ins for those of AVX-512 FP16: the same bodies on
 * vectors that compute in halves by the definition. So all but the few words of
 * kernels/vec/vec_avx512fp16.h is tried on any processor with AVX-512. */
#include "machine.h"

#include <stdbool.h>
#include <string.h>

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#if defined(__x86_64__)
#include <cpuid.h>

static bool has_avx512(void) {
    return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

static bool has_half(void) {
    uint32_t a, b, c, d;
    return has_avx512() && __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (d >> 23 & 1) != 0;
}
#endif

static bool is_runnable(const hn_kernel *row) {
    if (row->fn == NULL) return false;
#if defined(__x86_64__)
    if (row->isa == HN_ISA_AVX2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (row->isa == HN_ISA_AVX512) return has_avx512();
    if (row->isa == HN_ISA_AVX512VNNI) return __builtin_cpu_supports("avx512vnni");
    if (row->isa == HN_ISA_AVX512FP16) return has_half();
#elif defined(__aarch64__) && defined(__linux__)
    if (row->isa == HN_ISA_NEON_DOT) return (getauxval(AT_HWCAP) & HWCAP_ASIMDDP) != 0;
    if (row->isa == HN_ISA_NEON_FP16) return (getauxval(AT_HWCAP) & HWCAP_ASIMDHP) != 0;
    if (row->isa == HN_ISA_NEON_I8MM) return (getauxval(AT_HWCAP2) & HWCAP2_I8MM) != 0;
#endif
    return true;
}

#if defined(__x86_64__)
/* The functions of half_stand_in_avx512.c. */
#define STAND_INS(X) X(conv) X(dwconv) X(gemm)
#define X(family)    void family##_f16_stand_in(const void *a, void *const *b, const hn_work *w);
STAND_INS(X)
#undef X

static const struct stand_in {
    hn_family family;
    hn_kernel_fn fn;
} stand_ins[] = {
#define X(family) {HN_FAMILY_##family, family##_f16_stand_in},
    STAND_INS(X)
#undef X
};

static const hn_kernel *stand_in_of(const hn_kernel *row) {
    static hn_kernel made; /* until the next call */
    if (row->isa != HN_ISA_AVX512FP16 || row->types != HN_TYPES_f16) return NULL;
    if (!has_avx512()) return NULL;
    for (size_t i = 0; i < sizeof stand_ins / sizeof stand_ins[0]; ++i) {
        if (stand_ins[i].family != row->family) continue;
        memcpy(&made, row, sizeof made);
        made.fn = stand_ins[i].fn;
        return &made;
    }
    return NULL;
}
#else
static const hn_kernel *stand_in_of(const hn_kernel *row) {
    (void)row;
    return NULL;
}
#endif

const hn_kernel *machine_row(const hn_kernel *row) {
    return is_runnable(row) ? row : stand_in_of(row);
}
