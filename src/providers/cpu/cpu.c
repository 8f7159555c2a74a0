/* SPDX-License-Identifier: Apache-2.0
 * Processor facts, by cpuinfo where the build has it; else from the compiler's own target, which
 * leaves the portable level. */
#include "providers/cpu/cpu.h"

#include <stdio.h>

#include "base/platform.h"

#ifdef HN_HAVE_CPUINFO
#include <cpuinfo.h>
#endif

#if defined(HN_HAVE_CPUINFO) && defined(__x86_64__)
static hn_isa detect(void) {
    if (!cpuinfo_has_x86_avx2() || !cpuinfo_has_x86_fma3() || !cpuinfo_has_x86_f16c()) {
        return HN_ISA_C;
    }
    if (!cpuinfo_has_x86_avx512f() || !cpuinfo_has_x86_avx512bw() || !cpuinfo_has_x86_avx512vl() ||
        !cpuinfo_has_x86_avx512dq()) {
        return HN_ISA_AVX2;
    }
    return cpuinfo_has_x86_avx512vnni() ? HN_ISA_AVX512VNNI : HN_ISA_AVX512;
}
#elif defined(HN_HAVE_CPUINFO) && defined(__aarch64__)
static hn_isa detect(void) {
    return cpuinfo_has_arm_neon_dot() ? HN_ISA_NEON_DOT : HN_ISA_NEON;
}
#else
static hn_isa detect(void) {
    return HN_ISA_C;
}
#endif

hn_isa hn_cpu_best(void) {
#ifdef HN_HAVE_CPUINFO
    if (!cpuinfo_initialize()) return HN_ISA_C;
#endif
    return detect();
}

static bool can_run(hn_isa isa, hn_isa best) {
    const bool is_arm = isa == HN_ISA_NEON || isa == HN_ISA_NEON_DOT;
    const bool machine_is_arm = best == HN_ISA_NEON || best == HN_ISA_NEON_DOT;
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
