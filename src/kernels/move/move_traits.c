/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of move and fill rows. */
#include "kernels/kernels.h"
#include "kernels/move/move.h"

static bool supports_move(const void *args) {
    const hn_move_args *a = args;
    if (a->rank < 0 || a->rank > 8) return false;
    for (int32_t d = 0; d < a->rank; d++)
        if (a->dim[d] < 0) return false;
    return true;
}

static uint32_t units_move(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_move_args *a = args;
    uint32_t n = 1;
    for (int32_t d = 0; d + 1 < a->rank; d++) n *= (uint32_t)a->dim[d];
    return a->rank > 0 && a->dim[a->rank - 1] == 0 ? 0 : n;
}

static uint64_t unit_cost_move(const void *args) {
    const hn_move_args *a = args;
    return 100 + 10 * (uint64_t)(a->rank > 0 ? a->dim[a->rank - 1] : 1);
}

static uint32_t units_fill(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_fill_args *a = args;
    return ((uint32_t)a->n + HN_FILL_BLOCK - 1) / HN_FILL_BLOCK;
}

static uint64_t unit_cost_fill(const void *args) {
    (void)args;
    return 3 * HN_FILL_BLOCK;
}

const hn_traits hn_move_traits = {
    .supports = supports_move,
    .units = units_move,
    .unit_cost = unit_cost_move,
    .inplace = -1,
};
const hn_traits hn_fill_traits = {
    .units = units_fill,
    .unit_cost = unit_cost_fill,
    .inplace = -1,
};
