/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of vector pooling: as of the portable one, but for windows of 2^15 taps at
 * most, and less time. */
#include "kernels/kernels.h"

#include "kernels/pool/pool.h"

extern const hn_traits hn_pool_traits; /* of the portable rows: pool_traits.c */

static bool supports(const void *args) {
    const hn_pool_args *a = (const hn_pool_args *)args;
    return hn_pool_traits.supports(args) && a->kind <= HN_POOL_SUM &&
           (int64_t)a->k_h * a->k_w <= 1 << 15;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    return hn_pool_traits.units(args, tile);
}

static uint64_t unit_cost(const void *args) {
    return hn_pool_traits.unit_cost(args) / 16;
}

static bool window(const void *args, hn_row_window *out) {
    return hn_pool_traits.window(args, out);
}

const hn_traits hn_pool_vec_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .window = window,
    .inplace = -1,
};
