/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of reduce rows. Float steps have HN_ARITH_NONE, integer steps do not. */
#include "kernels/kernels.h"
#include "kernels/reduce/reduce.h"

static bool supports(const void *args) {
    const hn_reduce_args *a = args;
    if (a->out_rank < 0 || a->out_rank > 8 || a->red_rank < 0 || a->red_rank > 8) return false;
    if (a->n_out < 0 || a->n_red < 0) return false;
    if (a->kind < HN_REDUCE_SUM || a->kind > HN_REDUCE_PROD) return false;
    if (a->arith == HN_ARITH_NONE) return true;
    if (a->kind == HN_REDUCE_PROD) {
        return a->arith == HN_ARITH_TFLITE && a->shift >= -31 && a->shift <= 14;
    }
    return a->arith == HN_ARITH_RNE || (a->shift >= -31 && a->shift <= 30);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_reduce_args *a = args;
    return ((uint32_t)a->n_out + HN_REDUCE_BLOCK - 1) / HN_REDUCE_BLOCK;
}

static uint64_t unit_cost(const void *args) {
    const hn_reduce_args *a = args;
    return (20 * (uint64_t)a->n_red + 100) * HN_REDUCE_BLOCK;
}

const hn_traits hn_reduce_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = -1,
};
