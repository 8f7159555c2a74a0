/* SPDX-License-Identifier: Apache-2.0
 * What this processor can run. */
#ifndef HN_PROVIDERS_CPU_H
#define HN_PROVIDERS_CPU_H

#include "base/env.h"
#include "kernels/kernels.h"

/* The best level of this machine. */
hn_isa hn_cpu_best(void);

/* The level by name ("ref", "c", "avx2" ...), not above the machine's: E_ARGUMENT says which levels
 * there are. `name` NULL or "": hn_cpu_best. */
hone_status hn_cpu_level(hn_env *env, const char *name, hn_isa *isa);

/* "AMD EPYC, avx512vnni, 2 processors" into text; returns it. */
const char *hn_cpu_describe(char *text, size_t n_bytes);

#endif
