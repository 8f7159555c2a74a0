/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of unpack and pack rows: the formats are those whose elements fill bytes. */
#include "kernels/kernels.h"
#include "kernels/small/small.h"

static bool supports(const void *args) {
    const hn_unpack_args *a = args;
    const bool is_size = a->bits == 2 || a->bits == 4 || a->bits == 8;
    return a->n >= 0 && is_size && a->exponent >= 0 && a->exponent <= 8 && a->mantissa >= 0 &&
           a->mantissa <= 8 && a->exponent + a->mantissa <= a->bits;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    const hn_unpack_args *a = args;
    (void)tile;
    return ((uint32_t)a->n + HN_SMALL_BLOCK - 1) / HN_SMALL_BLOCK;
}

static uint64_t unit_cost(const void *args) {
    (void)args;
    return 8 * HN_SMALL_BLOCK;
}

const hn_traits hn_small_traits = {
    .supports = supports, .units = units, .unit_cost = unit_cost, .inplace = -1};
