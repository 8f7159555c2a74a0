/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of arg, topk and scan rows. */
#include "kernels/kernels.h"
#include "kernels/sort/sort.h"

static bool is_view(int32_t outer, int32_t n, int32_t inner) {
    return outer >= 0 && n >= 0 && inner >= 1;
}

static bool supports_arg(const void *args) {
    const hn_arg_args *a = args;
    return is_view(a->outer, a->n, a->inner) && a->n > 0 && a->kind >= HN_ARG_MAX &&
           a->kind <= HN_ARG_HOT;
}

static uint32_t units_arg(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_arg_args *a = args;
    return (uint32_t)a->outer * (uint32_t)a->inner;
}

static uint64_t unit_cost_arg(const void *args) {
    const hn_arg_args *a = args;
    return 50 + 15 * (uint64_t)a->n;
}

static bool supports_topk(const void *args) {
    const hn_topk_args *a = args;
    return is_view(a->outer, a->n, a->inner) && a->k >= 0 && a->k <= a->n &&
           a->k <= INT32_MAX / 4 && a->gives >= HN_TOPK_VALUES && a->gives <= HN_TOPK_S64;
}

static uint32_t units_topk(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_topk_args *a = args;
    return (uint32_t)a->outer * (uint32_t)a->inner;
}

static uint32_t scratch_topk(const void *args) {
    const hn_topk_args *a = args;
    return (uint32_t)a->k * (uint32_t)sizeof(uint32_t);
}

static uint64_t unit_cost_topk(const void *args) {
    const hn_topk_args *a = args;
    return 50 + 20 * (uint64_t)a->n + 400 * (uint64_t)a->k;
}

static bool supports_scan(const void *args) {
    const hn_scan_args *a = args;
    return is_view(a->outer, a->n, a->inner) && (a->kind == HN_SCAN_SUM || a->kind == HN_SCAN_PROD);
}

static uint32_t units_scan(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_scan_args *a = args;
    return (uint32_t)a->outer * (uint32_t)a->inner;
}

static uint64_t unit_cost_scan(const void *args) {
    const hn_scan_args *a = args;
    return 50 + 20 * (uint64_t)a->n;
}

const hn_traits hn_arg_traits = {
    .supports = supports_arg, .units = units_arg, .unit_cost = unit_cost_arg, .inplace = -1};
const hn_traits hn_topk_traits = {.supports = supports_topk,
                                  .units = units_topk,
                                  .scratch_bytes = scratch_topk,
                                  .unit_cost = unit_cost_topk,
                                  .inplace = -1};
const hn_traits hn_scan_traits = {.supports = supports_scan,
                                  .units = units_scan,
                                  .unit_cost = unit_cost_scan,
                                  .inplace = HN_SCAN_IN};
