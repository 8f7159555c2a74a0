/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the scatter rows. */
#include "kernels/gather/scatter.h"
#include "kernels/kernels.h"

static bool is_joined(int32_t kind, int32_t number) {
    if (kind < HN_SCATTER_SET || kind > HN_SCATTER_MAX) return false;
    return kind == HN_SCATTER_SET || (number > HN_NUMBER_NONE && number <= HN_NUMBER_BOOL);
}

static bool supports_scatter(const void *args) {
    const hn_scatter_args *a = args;
    return a->n_index >= 0 && a->n_parts >= 0 && a->n_parts <= 8 && a->inner >= 0 &&
           a->index_type >= 0 && a->index_type < HN_INDEX_COUNT && is_joined(a->kind, a->number);
}

static uint32_t units_scatter(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_scatter_args *a = args;
    return ((uint32_t)a->inner + HN_SCATTER_BLOCK - 1) / HN_SCATTER_BLOCK;
}

static uint64_t unit_cost_scatter(const void *args) {
    const hn_scatter_args *a = args;
    const int32_t inner = a->inner < HN_SCATTER_BLOCK ? a->inner : HN_SCATTER_BLOCK;
    return 50 + (uint64_t)a->n_index * (20 + 5 * (uint64_t)inner);
}

static bool supports_elements(const void *args) {
    const hn_scatter_elements_args *a = args;
    return a->n_lines >= 0 && a->rank >= 0 && a->rank <= 8 && a->n_axis >= 0 &&
           a->index_type >= 0 && a->index_type < HN_INDEX_COUNT && is_joined(a->kind, a->number);
}

static uint32_t units_elements(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_scatter_elements_args *a = args;
    return (uint32_t)a->n_lines;
}

static uint64_t unit_cost_elements(const void *args) {
    const hn_scatter_elements_args *a = args;
    return 50 + 25 * (uint64_t)a->n_axis;
}

const hn_traits hn_scatter_traits = {
    .supports = supports_scatter,
    .units = units_scatter,
    .unit_cost = unit_cost_scatter,
    .inplace = -1,
};
const hn_traits hn_scatter_elements_traits = {
    .supports = supports_elements,
    .units = units_elements,
    .unit_cost = unit_cost_elements,
    .inplace = -1,
};
