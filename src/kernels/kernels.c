/* SPDX-License-Identifier: Apache-2.0
 * The rows of kernels.def as a table, and the choice among them. Function names are made here from
 * family, types and instruction set, so a row and its function cannot disagree. A row of an
 * instruction set that this build was not compiled for keeps its place with no function: its traits
 * still answer, so that a plan for another machine can be made here. */
#include "kernels/kernels.h"

#include "core/assume.h"
#include "kernels/pack.h"

#define NAME_REF        ref
#define NAME_C          c
#define NAME_AVX2       avx2
#define NAME_AVX512     avx512
#define NAME_AVX512VNNI avx512vnni
#define NAME_AVX512FP16 avx512fp16
#define NAME_NEON       neon
#define NAME_NEON_DOT   neon_dot
#define NAME_NEON_FP16  neon_fp16
#define NAME_NEON_I8MM  neon_i8mm

#define FUNCTION_REF(name) name
#define FUNCTION_C(name)   name
#if defined(__x86_64__)
#define FUNCTION_AVX2(name)       name
#define FUNCTION_AVX512(name)     name
#define FUNCTION_AVX512VNNI(name) name
#define FUNCTION_AVX512FP16(name) name
#else
#define FUNCTION_AVX2(name)       0
#define FUNCTION_AVX512(name)     0
#define FUNCTION_AVX512VNNI(name) 0
#define FUNCTION_AVX512FP16(name) 0
#endif
#if defined(__aarch64__)
#define FUNCTION_NEON(name)      name
#define FUNCTION_NEON_DOT(name)  name
#define FUNCTION_NEON_FP16(name) name
#define FUNCTION_NEON_I8MM(name) name
#else
#define FUNCTION_NEON(name)      0
#define FUNCTION_NEON_DOT(name)  0
#define FUNCTION_NEON_FP16(name) 0
#define FUNCTION_NEON_I8MM(name) 0
#endif

#define JOIN(family, types, isa)   hn_##family##_##types##_##isa
#define SYMBOL(family, types, isa) JOIN(family, types, isa)
#define STRING(text)               #text
#define QUOTE(text)                STRING(text)

#define X(family, types, isa, file, traits)                                                        \
    void SYMBOL(family, types, NAME_##isa)(const void *args, void *const *buf, const hn_work *w);  \
    extern const hn_traits traits;
#include "kernels/kernels.def"
#undef X

const hn_kernel hn_kernels[] = {
#define X(family, types, isa, file, traits)                                                        \
    {#family "_" #types "_" QUOTE(NAME_##isa),                                                     \
     file ".c",                                                                                    \
     HN_FAMILY_##family,                                                                           \
     HN_TYPES_##types,                                                                             \
     HN_ISA_##isa,                                                                                 \
     &traits,                                                                                      \
     FUNCTION_##isa(SYMBOL(family, types, NAME_##isa))},
#include "kernels/kernels.def"
#undef X
};

const uint32_t hn_n_kernels = (uint32_t)(sizeof hn_kernels / sizeof hn_kernels[0]);

static const char *const isa_names[HN_ISA_COUNT] = {
    QUOTE(NAME_REF),        QUOTE(NAME_C),          QUOTE(NAME_AVX2), QUOTE(NAME_AVX512),
    QUOTE(NAME_AVX512VNNI), QUOTE(NAME_AVX512FP16), QUOTE(NAME_NEON), QUOTE(NAME_NEON_DOT),
    QUOTE(NAME_NEON_FP16),  QUOTE(NAME_NEON_I8MM),
};

static bool is_x86(hn_isa isa) {
    return isa >= HN_ISA_AVX2 && isa <= HN_ISA_AVX512FP16;
}

bool hn_isa_has_half(hn_isa isa) {
    return isa == HN_ISA_AVX512FP16 || isa >= HN_ISA_NEON_FP16;
}

/* Does a machine of this level run code for `isa`? Reference and portable code run anywhere. */
static bool is_within(hn_isa isa, hn_isa level) {
    if (isa <= HN_ISA_C) return true;
    return isa <= level && is_x86(isa) == is_x86(level);
}

bool hn_kernel_is_within(const hn_kernel *row, hn_isa level) {
    return row->fn != 0 && is_within(row->isa, level);
}

/* How good a row is at a level, 0 where it may not be chosen. At level REF the order is ref, c; at
 * others the strongest set first and ref last. */
static int rank(hn_isa isa, hn_isa level) {
    if (!is_within(isa, level)) return 0;
    if (isa == HN_ISA_REF) return level == HN_ISA_REF ? HN_ISA_COUNT + 1 : 1;
    return 1 + (int)isa;
}

/* Of the operands only those in `fixed` can be packed. */
bool hn_kernel_takes(const hn_kernel *k, const void *args, uint32_t fixed) {
    const hn_pack *pack = k->traits->pack;
    const bool needs_more = pack != 0 && pack->is_needed && (pack->operands & ~fixed) != 0;
    return !needs_more && (k->traits->supports == 0 || k->traits->supports(args));
}

const hn_kernel *hn_kernel_choose_packed(hn_family family, hn_types types, hn_isa level,
                                         const void *args, uint32_t fixed) {
    const hn_kernel *best = 0;
    for (uint32_t i = 0; i < hn_n_kernels; ++i) {
        const hn_kernel *k = &hn_kernels[i];
        if (k->family != family || k->types != types || k->fn == 0) continue;
        if (rank(k->isa, level) <= (best == 0 ? 0 : rank(best->isa, level))) continue;
        if (hn_kernel_takes(k, args, fixed)) best = k;
    }
    return best;
}

const hn_kernel *hn_kernel_choose(hn_family family, hn_types types, hn_isa level,
                                  const void *args) {
    return hn_kernel_choose_packed(family, types, level, args, 0);
}

const char *hn_isa_name(hn_isa isa) {
    return (unsigned)isa < HN_ISA_COUNT ? isa_names[isa] : "";
}

static bool is_same(const char *a, const char *b) {
    while (*a != 0 && *a == *b) {
        ++a;
        ++b;
    }
    return *a == *b;
}

bool hn_isa_of_name(const char *name, hn_isa *isa) {
    for (int i = 0; i < HN_ISA_COUNT; ++i) {
        if (!is_same(name, isa_names[i])) continue;
        *isa = (hn_isa)i;
        return true;
    }
    return false;
}
