/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the vector rows of quant: as of the portable ones, but less time. */
#include "kernels/kernels.h"
#include "kernels/quant/quant.h"

extern const hn_traits hn_quant_traits; /* of the portable rows: quant_traits.c */

static bool supports(const void *args) {
    return hn_quant_traits.supports(args);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    return hn_quant_traits.units(args, tile);
}

static uint64_t unit_cost(const void *args) {
    return hn_quant_traits.unit_cost(args) / 100;
}

const hn_traits hn_quant_vec_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = -1,
};
