/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of vector softmax: floats, rows that are contiguous. */
#include "kernels/kernels.h"
#include "kernels/softmax/softmax.h"

extern const hn_traits hn_softmax_traits; /* of the portable rows: softmax_traits.c */

static bool supports(const void *args) {
    const hn_softmax_args *a = (const hn_softmax_args *)args;
    return hn_softmax_traits.supports(args) && a->inner == 1 && a->multiplier == 0;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    return hn_softmax_traits.units(args, tile);
}

static uint64_t unit_cost(const void *args) {
    return hn_softmax_traits.unit_cost(args) / 100;
}

const hn_traits hn_softmax_vec_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = -1,
};
