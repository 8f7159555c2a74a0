/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of lut rows. */
#include "kernels/kernels.h"
#include "kernels/lut/lut.h"

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_lut_args *a = args;
    return ((uint32_t)a->n + HN_LUT_BLOCK - 1) / HN_LUT_BLOCK;
}

static uint64_t unit_cost(const void *args) {
    (void)args;
    return HN_LUT_BLOCK;
}

const hn_traits hn_lut_traits = {
    .units = units,
    .unit_cost = unit_cost,
    .inplace = HN_LUT_IN,
};
