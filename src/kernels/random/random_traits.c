/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of random rows. */
#include "kernels/kernels.h"
#include "kernels/random/random.h"

static bool supports(const void *args) {
    const hn_random_args *a = args;
    return a->n >= 0 && (a->kind == HN_RANDOM_UNIFORM || a->kind == HN_RANDOM_NORMAL);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    const hn_random_args *a = args;
    (void)tile;
    return ((uint32_t)a->n + HN_RANDOM_BLOCK - 1) / HN_RANDOM_BLOCK;
}

static uint64_t unit_cost(const void *args) {
    (void)args;
    return 60 * HN_RANDOM_BLOCK;
}

const hn_traits hn_random_traits = {
    .supports = supports, .units = units, .unit_cost = unit_cost, .inplace = -1};
