/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the gather rows. */
#include "kernels/gather/gather.h"
#include "kernels/kernels.h"

static bool supports_gather(const void *args) {
    const hn_gather_args *a = args;
    if (a->n_batches < 0 || a->n_outer < 0 || a->n_index < 0 || a->inner < 0) return false;
    return a->n_parts >= 0 && a->n_parts <= 8 && a->index_type >= 0 &&
           a->index_type < HN_INDEX_COUNT;
}

static uint32_t units_gather(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_gather_args *a = args;
    return (uint32_t)a->n_batches * (uint32_t)a->n_outer * (uint32_t)a->n_index;
}

static uint64_t unit_cost_gather(const void *args) {
    const hn_gather_args *a = args;
    return 20 + (uint64_t)(a->n_parts > 0 ? a->n_parts : 1) * 10 + 2 * (uint64_t)a->inner;
}

static bool supports_elements(const void *args) {
    const hn_gather_elements_args *a = args;
    return a->n >= 0 && a->rank >= 1 && a->rank <= 8 && a->index_type >= 0 &&
           a->index_type < HN_INDEX_COUNT;
}

static uint32_t units_elements(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_gather_elements_args *a = args;
    return ((uint32_t)a->n + HN_GATHER_BLOCK - 1) / HN_GATHER_BLOCK;
}

static uint64_t unit_cost_elements(const void *args) {
    (void)args;
    return 20 * HN_GATHER_BLOCK;
}

const hn_traits hn_gather_traits = {
    .supports = supports_gather,
    .units = units_gather,
    .unit_cost = unit_cost_gather,
    .inplace = -1,
};
const hn_traits hn_gather_elements_traits = {
    .supports = supports_elements,
    .units = units_elements,
    .unit_cost = unit_cost_elements,
    .inplace = -1,
};
