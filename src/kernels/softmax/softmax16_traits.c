/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of softmax16 rows: sums of exponentials must fit 31 bits. */
#include "kernels/kernels.h"
#include "kernels/softmax/softmax16.h"

static bool supports(const void *args) {
    const hn_softmax16_args *a = args;
    return a->outer >= 0 && a->n >= 0 && a->n < 1 << 16 && a->shift >= -31 && a->shift <= 30;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    return (uint32_t)((const hn_softmax16_args *)args)->outer;
}

static uint64_t unit_cost(const void *args) {
    return 40 * (uint64_t)((const hn_softmax16_args *)args)->n;
}

const hn_traits hn_softmax16_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = HN_SOFTMAX16_IN,
};
