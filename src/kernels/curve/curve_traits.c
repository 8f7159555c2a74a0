/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of curve rows. */
#include "kernels/curve/curve.h"
#include "kernels/kernels.h"

/* A place on the sigmoid's table must fit 31 bits. */
static bool supports(const void *args) {
    const hn_curve_args *a = args;
    if (a->n < 0 || a->kind < 0 || a->kind >= HN_CURVE_KINDS) return false;
    if (a->kind >= HN_CURVE_SIGMOID) {
        return a->shift >= 0 && a->shift < 31 && a->multiplier >= 0 && a->multiplier < 32768;
    }
    return a->shift >= -31 && a->shift <= 30 && a->below_shift >= -31 && a->below_shift <= 30;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_curve_args *a = args;
    return ((uint32_t)a->n + HN_CURVE_BLOCK - 1) / HN_CURVE_BLOCK;
}

static uint64_t unit_cost(const void *args) {
    (void)args;
    return 20 * HN_CURVE_BLOCK;
}

const hn_traits hn_curve_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = HN_CURVE_IN,
};
