/* SPDX-License-Identifier: Apache-2.0
 * Processor facts: of x86 by cpuinfo, where the build has it; of Arm by what Linux says of the
 * processor it runs on (elsewhere NEON, which every 64-bit one has). Else the portable level. */
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

#if defined(HN_HAVE_CPUINFO) && defined(__x86_64__)
hn_isa hn_cpu_best(void) {
    if (!cpuinfo_initialize() || !cpuinfo_has_x86_avx2() || !cpuinfo_has_x86_fma3() ||
        !cpuinfo_has_x86_f16c()) {
        return HN_ISA_C;
    }
    if (!cpuinfo_has_x86_avx512f() || !cpuinfo_has_x86_avx512bw() || !cpuinfo_has_x86_avx512vl() ||
        !cpuinfo_has_x86_avx512dq()) {
        return HN_ISA_AVX2;
    }
    return cpuinfo_has_x86_avx512vnni() ? HN_ISA_AVX512VNNI : HN_ISA_AVX512;
}
#elif defined(__aarch64__) && defined(__linux__)
hn_isa hn_cpu_best(void) {
    if ((getauxval(AT_HWCAP) & HWCAP_ASIMDDP) == 0) return HN_ISA_NEON;
    return (getauxval(AT_HWCAP2) & HWCAP2_I8MM) == 0 ? HN_ISA_NEON_DOT : HN_ISA_NEON_I8MM;
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
