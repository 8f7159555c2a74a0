/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the pattern rows. */
#include "kernels/kernels.h"
#include "kernels/pattern/pattern.h"

static bool is_index(int32_t type) {
    return type >= 0 && type < HN_INDEX_COUNT;
}

static bool supports_one_hot(const void *args) {
    const hn_one_hot_args *a = args;
    return a->n_outer >= 0 && a->depth >= 0 && a->n_inner >= 0 && is_index(a->index_type);
}

static uint32_t units_one_hot(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_one_hot_args *a = args;
    return (uint32_t)a->n_outer * (uint32_t)a->depth;
}

static uint64_t unit_cost_one_hot(const void *args) {
    const hn_one_hot_args *a = args;
    return 10 + 10 * (uint64_t)a->n_inner;
}

static bool supports_reverse(const void *args) {
    const hn_reverse_sequence_args *a = args;
    return a->n_outer >= 0 && a->dim0 >= 0 && a->n_middle >= 0 && a->dim1 >= 0 && a->n_inner >= 0 &&
           is_index(a->index_type);
}

static uint32_t units_reverse(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_reverse_sequence_args *a = args;
    return (uint32_t)a->n_outer * (uint32_t)a->dim0 * (uint32_t)a->n_middle * (uint32_t)a->dim1;
}

static uint64_t unit_cost_reverse(const void *args) {
    const hn_reverse_sequence_args *a = args;
    return 50 + 2 * (uint64_t)a->n_inner;
}

static bool supports_triangle(const void *args) {
    const hn_triangle_args *a = args;
    return a->n >= 0 && a->rows >= 0 && a->columns >= 0 && is_index(a->index_type);
}

static uint32_t units_triangle(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_triangle_args *a = args;
    return (uint32_t)a->n * (uint32_t)a->rows;
}

static uint64_t unit_cost_triangle(const void *args) {
    const hn_triangle_args *a = args;
    return 20 + 2 * (uint64_t)a->columns;
}

const hn_traits hn_one_hot_traits = {
    .supports = supports_one_hot,
    .units = units_one_hot,
    .unit_cost = unit_cost_one_hot,
    .inplace = -1,
};
const hn_traits hn_reverse_sequence_traits = {
    .supports = supports_reverse,
    .units = units_reverse,
    .unit_cost = unit_cost_reverse,
    .inplace = -1,
};
const hn_traits hn_triangle_traits = {
    .supports = supports_triangle,
    .units = units_triangle,
    .unit_cost = unit_cost_triangle,
    .inplace = HN_TRIANGLE_IN,
};
