/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of direct convolution: one unit for each output row, scratch for the list of
 * taps and one window of 16 bits. Coordinates and offsets inside an image fit 31 bits. */
#include "kernels/kernels.h"

#include "core/taps.h"
#include "kernels/direct/direct.h"

static uint64_t n_taps(const hn_direct_args *a) {
    return (uint64_t)a->k[0] * (uint64_t)a->k[1] * (uint64_t)a->k[2];
}

static uint64_t window_elements(const hn_direct_args *a) {
    return n_taps(a) * (uint64_t)(a->in_c / a->groups);
}

/* A transposed output coordinate plus its pad fits as a forward one does. */
static bool is_axis(const hn_direct_args *a, int32_t d) {
    const int32_t step[2] = {a->transposed ? 1 : a->stride[d], a->dilation[d]};
    return hn_is_extent(a->stride[d]) && hn_is_axis(a->in[d], a->out[d], a->k[d], step, a->pad[d]);
}

static bool supports(const void *args) {
    const hn_direct_args *a = (const hn_direct_args *)args;
    int64_t in = 1, out = 1, taps = 1;
    for (int32_t d = 0; d < 3; ++d) {
        if (!is_axis(a, d)) return false;
        in *= a->in[d];
        out *= a->out[d];
        taps *= a->k[d];
        if (in > 1 << 30 || out > 1 << 30 || taps > 1 << 24) return false;
    }
    if (a->n < 1 || !hn_is_extent(a->in_c) || !hn_is_extent(a->out_c) || !hn_is_extent(a->groups))
        return false;
    if (a->in_c % a->groups != 0 || a->out_c % a->groups != 0) return false;
    if (window_elements(a) > 1 << 24 || window_elements(a) * (uint64_t)a->out_c > INT32_MAX)
        return false;
    if (in * a->in_c > INT32_MAX || out * a->out_c > INT32_MAX) return false;
    if (a->set_images < 0 || (a->set_images > 0 && a->n % a->set_images != 0)) return false;
    return a->n * out <= INT32_MAX;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    const hn_direct_args *a = (const hn_direct_args *)args;
    (void)tile;
    return (uint32_t)a->n * (uint32_t)a->out[0] * (uint32_t)a->out[1];
}

static uint32_t scratch_bytes(const void *args) {
    const hn_direct_args *a = (const hn_direct_args *)args;
    const uint64_t patch = a->arith == HN_ARITH_NONE ? 0 : window_elements(a) * 2;
    return (uint32_t)(n_taps(a) * 8 + patch);
}

static uint64_t unit_cost(const void *args) {
    const hn_direct_args *a = (const hn_direct_args *)args;
    uint64_t macs = window_elements(a) * (uint64_t)a->out_c;
    for (int32_t d = 0; a->transposed && d < 3; ++d) macs = macs / (uint64_t)a->stride[d] + 1;
    return (uint64_t)a->out[2] * (macs + 8);
}

const hn_traits hn_direct_traits = {.supports = supports,
                                    .units = units,
                                    .scratch_bytes = scratch_bytes,
                                    .unit_cost = unit_cost,
                                    .inplace = -1};
