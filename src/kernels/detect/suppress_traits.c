/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of suppress rows. */
#include "kernels/detect/suppress.h"
#include "kernels/kernels.h"

static bool supports(const void *args) {
    const hn_suppress_args *a = args;
    return a->n >= 0 && a->n <= 1 << 20 && a->most >= 0 && a->most <= 1 << 20;
}

static uint32_t scratch_bytes(const void *args) {
    return 8 * (uint32_t)((const hn_suppress_args *)args)->n;
}

const hn_traits hn_suppress_traits = {
    .supports = supports, .scratch_bytes = scratch_bytes, .inplace = -1};
