/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the 16-bit cell. */
#include "kernels/kernels.h"
#include "kernels/rnn/cell16.h"

static bool supports(const void *args) {
    const hn_cell16_args *a = args;
    return a->batch >= 0 && a->batch <= 1 << 24 && a->units >= 0 && a->units <= 1 << 20 &&
           a->shift >= -31 && a->shift <= 30;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    return (uint32_t)((const hn_cell16_args *)args)->batch;
}

static uint64_t unit_cost(const void *args) {
    return 60 * (uint64_t)((const hn_cell16_args *)args)->units;
}

const hn_traits hn_cell16_traits = {
    .supports = supports, .units = units, .unit_cost = unit_cost, .inplace = -1};
