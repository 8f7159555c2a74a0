/* SPDX-License-Identifier: Apache-2.0
 * What this machine reaches at best, measured. */
#ifndef HN_PROVIDERS_CPU_PEAK_H
#define HN_PROVIDERS_CPU_PEAK_H

#include "base/env.h"
#include "base/workers.h"

/* Per second, of one thread and of all together. int8 is 0 where no probe exists. */
typedef struct hn_peak {
    double f32_macs[2], s8_macs[2], read_bytes[2];
} hn_peak;

/* Takes about a tenth of a second. `n_threads` workers must be reserved in the pool. */
hone_status hn_peak_measure(hn_env *env, hn_pool *pool, uint32_t n_threads, hn_peak *peak);

#endif
