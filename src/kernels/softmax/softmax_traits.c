/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of softmax rows. */
#include "kernels/kernels.h"
#include "kernels/softmax/softmax.h"

static bool supports(const void *args) {
    const hn_softmax_args *a = args;
    if (a->outer < 0 || a->n < 0 || a->inner < 0) return false;
    if (a->multiplier == 0) return true;
    return a->is_log == 0 && a->multiplier > 0 && a->shift >= 0 && a->shift <= 31 &&
           a->diff_min <= 0;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_softmax_args *a = args;
    return (uint32_t)a->outer * (uint32_t)a->inner;
}

static uint32_t scratch_bytes(const void *args) {
    const hn_softmax_args *a = args;
    return a->multiplier == 0 ? 0 : HN_SOFTMAX_TABLE * (uint32_t)sizeof(int32_t);
}

static uint64_t unit_cost(const void *args) {
    const hn_softmax_args *a = args;
    return 400 * (uint64_t)a->n;
}

const hn_traits hn_softmax_traits = {
    .supports = supports,
    .units = units,
    .scratch_bytes = scratch_bytes,
    .unit_cost = unit_cost,
    .inplace = -1,
};
