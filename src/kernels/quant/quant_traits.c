/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of quant rows. */
#include "kernels/kernels.h"
#include "kernels/quant/quant.h"

static bool supports(const void *args) {
    const hn_quant_args *a = args;
    return a->outer >= 0 && a->channels >= 1 && a->inner >= 0;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_quant_args *a = args;
    const uint32_t n = (uint32_t)a->outer * (uint32_t)a->channels * (uint32_t)a->inner;
    return (n + HN_QUANT_BLOCK - 1) / HN_QUANT_BLOCK;
}

static uint64_t unit_cost(const void *args) {
    (void)args;
    return 100 * HN_QUANT_BLOCK;
}

const hn_traits hn_quant_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = -1,
};

static bool supports_requant(const void *args) {
    const hn_requant_args *a = args;
    const bool is_width = a->out_bytes == 1 || a->out_bytes == 2 || a->out_bytes == 4;
    return a->n >= 0 && is_width && a->shift >= -31 && a->shift <= 30;
}

static uint32_t units_requant(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_requant_args *a = args;
    return ((uint32_t)a->n + HN_QUANT_BLOCK - 1) / HN_QUANT_BLOCK;
}

const hn_traits hn_requant_traits = {
    .supports = supports_requant,
    .units = units_requant,
    .unit_cost = unit_cost,
    .inplace = -1,
};
