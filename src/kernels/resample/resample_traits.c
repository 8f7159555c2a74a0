/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of resampling: one unit for each output row, no scratch. Rows of the input
 * are found through a table, so there are no row windows. Offsets inside the tensors fit 31 bits.
 */
#include "kernels/kernels.h"

#include "core/taps.h"
#include "kernels/resample/resample.h"

static bool supports(const void *args) {
    const hn_resample_args *a = (const hn_resample_args *)args;
    if (a->n < 1 || !hn_is_extent(a->in_h) || !hn_is_extent(a->in_w) || !hn_is_extent(a->out_h))
        return false;
    if (!hn_is_extent(a->out_w) || a->c < 1 || a->k_h < 1 || a->k_w < 1) return false;
    if ((int64_t)a->in_h * a->in_w > INT32_MAX || (int64_t)a->out_h * a->out_w > INT32_MAX)
        return false;
    if ((int64_t)a->out_h * a->k_h > INT32_MAX || (int64_t)a->out_w * a->k_w > INT32_MAX)
        return false;
    return (int64_t)a->n * a->out_h <= INT32_MAX;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    const hn_resample_args *a = (const hn_resample_args *)args;
    (void)tile;
    return (uint32_t)a->n * (uint32_t)a->out_h;
}

static uint64_t unit_cost(const void *args) {
    const hn_resample_args *a = (const hn_resample_args *)args;
    const uint64_t taps = (uint64_t)a->k_h * (uint64_t)a->k_w;
    return (uint64_t)a->out_w * ((uint64_t)a->c * taps + 8);
}

const hn_traits hn_resample_traits = {
    .supports = supports, .units = units, .unit_cost = unit_cost, .inplace = -1};

/* Two taps on either axis, for vectors of channels. */
static bool supports_linear(const void *args) {
    const hn_resample_args *a = (const hn_resample_args *)args;
    return supports(args) && a->k_h == 2 && a->k_w == 2 && a->c >= 4;
}

static uint64_t unit_cost_linear(const void *args) {
    return unit_cost(args) / 8;
}

const hn_traits hn_resample_linear_traits = {
    .supports = supports_linear, .units = units, .unit_cost = unit_cost_linear, .inplace = -1};
