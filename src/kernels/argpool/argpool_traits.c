/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of positions of maxima: one unit for each output row, no scratch. */
#include "kernels/kernels.h"

#include "core/taps.h"
#include "kernels/argpool/argpool.h"

static bool supports(const void *args) {
    const hn_argpool_args *a = (const hn_argpool_args *)args;
    int64_t in = 1, out = 1;
    for (int32_t d = 0; d < 3; ++d) {
        const int32_t step[2] = {a->stride[d], a->dilation[d]};
        if (!hn_is_axis(a->in[d], a->out[d], a->k[d], step, a->pad[d])) return false;
        in *= a->in[d];
        out *= a->out[d];
        if (in > INT32_MAX || out > INT32_MAX) return false;
    }
    return a->n >= 1 && hn_is_extent(a->c) && a->n * out <= INT32_MAX && in * a->c <= INT32_MAX;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    const hn_argpool_args *a = (const hn_argpool_args *)args;
    (void)tile;
    return (uint32_t)a->n * (uint32_t)a->out[0] * (uint32_t)a->out[1];
}

static uint64_t unit_cost(const void *args) {
    const hn_argpool_args *a = (const hn_argpool_args *)args;
    const uint64_t taps = (uint64_t)a->k[0] * (uint64_t)a->k[1] * (uint64_t)a->k[2];
    return (uint64_t)a->out[2] * (uint64_t)a->c * (4 * taps + 8);
}

const hn_traits hn_argpool_traits = {
    .supports = supports, .units = units, .unit_cost = unit_cost, .inplace = -1};
