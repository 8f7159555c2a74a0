/* SPDX-License-Identifier: Apache-2.0
 * Processor facts: of x86 by what it says itself; of Arm by what Linux says of the processor it
 * runs on (elsewhere NEON, which every 64-bit one has). Else the portable level. Its name comes
 * from cpuinfo, where the build has it: that reads files for a fifth of a millisecond, which a
 * session must not wait for. */
#include "providers/cpu/cpu.h"

#include <stdio.h>

#include "base/platform.h"

#ifdef HN_HAVE_CPUINFO
#include <cpuinfo.h>
#endif

#if defined(__aarch64__) && defined(__linux__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif

#if defined(__x86_64__)
#include <cpuid.h>

/* Bits of leaf 1 (ecx), of leaf 7 (ebx, ecx, edx), and of the registers that the system saves. */
enum {
    FMA = 1 << 12,
    OSXSAVE = 1 << 27,
    AVX = 1 << 28,
    F16C = 1 << 29,
    AVX2 = 1 << 5,
    AVX512F = 1 << 16,
    AVX512DQ = 1 << 17,
    AVX512BW = 1 << 30,
    AVX512VNNI = 1 << 11,
    AVX512FP16 = 1 << 23,
    SAVES_YMM = 0x06,
    SAVES_ZMM = 0xe6
};
static const uint32_t AVX512VL = 1u << 31;

static bool has_all(uint32_t word, uint32_t bits) {
    return (word & bits) == bits;
}

/* Which registers the system saves when it takes the processor from a program. */
static uint32_t saved_registers(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

hn_isa hn_cpu_best(void) {
    uint32_t a, b, c, d, first;
    if (__get_cpuid(1, &a, &b, &first, &d) == 0) return HN_ISA_C;
    if (!has_all(first, FMA | OSXSAVE | AVX | F16C)) return HN_ISA_C;
    if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || !has_all(b, AVX2)) return HN_ISA_C;
    const uint32_t saved = saved_registers();
    if (!has_all(saved, SAVES_YMM)) return HN_ISA_C;
    const bool has_512 = has_all(b, AVX512VL | AVX512F | AVX512DQ | AVX512BW);
    if (!has_512 || !has_all(saved, SAVES_ZMM)) return HN_ISA_AVX2;
    if (!has_all(c, AVX512VNNI)) return HN_ISA_AVX512;
    return has_all(d, AVX512FP16) ? HN_ISA_AVX512FP16 : HN_ISA_AVX512VNNI;
}
#elif defined(__aarch64__) && defined(__linux__)
hn_isa hn_cpu_best(void) {
    if ((getauxval(AT_HWCAP) & HWCAP_ASIMDDP) == 0) return HN_ISA_NEON;
    if ((getauxval(AT_HWCAP) & HWCAP_ASIMDHP) == 0) return HN_ISA_NEON_DOT;
    return (getauxval(AT_HWCAP2) & HWCAP2_I8MM) == 0 ? HN_ISA_NEON_FP16 : HN_ISA_NEON_I8MM;
}
#elif defined(__aarch64__)
hn_isa hn_cpu_best(void) {
    return HN_ISA_NEON;
}
#else
hn_isa hn_cpu_best(void) {
    return HN_ISA_C;
}
#endif

static bool can_run(hn_isa isa, hn_isa best) {
    const bool is_arm = isa >= HN_ISA_NEON, machine_is_arm = best >= HN_ISA_NEON;
    if (isa <= HN_ISA_C) return true;
    return isa <= best && is_arm == machine_is_arm;
}

hone_status hn_cpu_level(hn_env *env, const char *name, hn_isa *isa) {
    const hn_isa best = hn_cpu_best();
    hn_isa wanted = best;
    if (name != NULL && name[0] != 0) {
        char list[128] = "";
        size_t at = 0;
        for (int i = 0; i < (int)HN_ISA_COUNT; i++) {
            if (!can_run((hn_isa)i, best)) continue;
            const int n = snprintf(list + at, sizeof list - at, "%s%s", at > 0 ? ", " : "",
                                   hn_isa_name((hn_isa)i));
            if (n > 0 && (size_t)n < sizeof list - at) at += (size_t)n;
        }
        if (!hn_isa_of_name(name, &wanted) || !can_run(wanted, best)) {
            return hn_fail(env, HONE_E_ARGUMENT, "no CPU level '%s' on this machine: there are %s",
                           name, list);
        }
    }
    *isa = wanted;
    return HONE_OK;
}

const char *hn_cpu_describe(char *text, size_t n_bytes) {
    const char *model = "CPU";
#ifdef HN_HAVE_CPUINFO
    if (cpuinfo_initialize() && cpuinfo_get_packages_count() > 0) {
        model = cpuinfo_get_package(0)->name;
    }
#endif
    const uint32_t n = hn_cpu_count();
    snprintf(text, n_bytes, "%s, %s, %u processor%s", model[0] != 0 ? model : "CPU",
             hn_isa_name(hn_cpu_best()), n, n == 1 ? "" : "s");
    return text;
}
