/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the vector reductions: no products; outputs that are neighbours in the
 * input, or, for floats, reduced elements that are. */
#include "kernels/kernels.h"
#include "kernels/reduce/reduce.h"

extern const hn_traits hn_reduce_traits; /* of the portable rows: reduce_traits.c */

static bool is_near(const hn_reduce_args *a) {
    return a->out_rank > 0 && a->out_stride[a->out_rank - 1] == 1;
}

static bool supports_8(const void *args) {
    const hn_reduce_args *a = (const hn_reduce_args *)args;
    if (!hn_reduce_traits.supports(args) || a->kind > HN_REDUCE_MIN) return false;
    return a->n_red > 0 && is_near(a);
}

static bool supports_f32(const void *args) {
    const hn_reduce_args *a = (const hn_reduce_args *)args;
    if (!hn_reduce_traits.supports(args) || a->kind > HN_REDUCE_MIN) return false;
    return is_near(a) || (a->out_rank > 0 && a->out_stride[a->out_rank - 1] > 0 &&
                          a->red_rank > 0 && a->red_stride[a->red_rank - 1] == 1);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    return hn_reduce_traits.units(args, tile);
}

static uint64_t unit_cost(const void *args) {
    return hn_reduce_traits.unit_cost(args) / 100;
}

const hn_traits hn_reduce_f32_traits = {
    .supports = supports_f32,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = -1,
};
const hn_traits hn_reduce_8_traits = {
    .supports = supports_8,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = -1,
};
