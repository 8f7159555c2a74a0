/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the integer LSTM whose gates are sums of 8 bits. */
#include "kernels/kernels.h"
#include "kernels/rnn/qlstm8.h"

static bool are_within(const int32_t *v, int32_t low, int32_t high) {
    for (int g = 0; g < HN_QLSTM8_GATES; ++g) {
        if (v[g] < low || v[g] > high) return false;
    }
    return true;
}

static bool supports(const void *args) {
    const hn_qlstm8_args *a = args;
    if (a->batch < 0 || a->in_n < 0 || a->cells < 1 || a->out < 0) return false;
    if (a->out > 1 << 20 || a->cells > 1 << 20 || a->in_n > 1 << 20 || a->batch > 1 << 24) {
        return false;
    }
    return are_within(a->x_shift, -31, 22) && are_within(a->h_shift, -31, 22) &&
           are_within(a->sum_x_shift, -31, 22) && are_within(a->sum_h_shift, -31, 22) &&
           are_within(a->x_middle, -128, 127) && are_within(a->h_middle, -128, 127) &&
           a->projected_shift >= -31 && a->projected_shift <= 14;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    return (uint32_t)((const hn_qlstm8_args *)args)->batch;
}

static uint32_t scratch_bytes(const void *args) {
    return HN_QLSTM8_GATES * (uint32_t)((const hn_qlstm8_args *)args)->cells * 2;
}

static uint64_t unit_cost(const void *args) {
    const hn_qlstm8_args *a = args;
    return (uint64_t)a->cells * (3 * (uint64_t)(a->in_n + a->out) + (uint64_t)a->out + 150);
}

const hn_traits hn_qlstm8_traits = {.supports = supports,
                                    .units = units,
                                    .scratch_bytes = scratch_bytes,
                                    .unit_cost = unit_cost,
                                    .inplace = -1};
