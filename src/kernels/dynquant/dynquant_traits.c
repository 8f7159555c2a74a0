/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of dynamic quantization: a unit a row for the ranges, blocks of elements for
 * the rest; no scratch. */
#include "kernels/kernels.h"

#include "kernels/dynquant/dynquant.h"

static bool supports(const void *args) {
    const hn_dynrange_args *a = (const hn_dynrange_args *)args;
    if (a->mode < HN_DYN_SYMMETRIC || a->mode > HN_DYN_ONNX) return false;
    return a->rows >= 1 && a->n >= 1 && (int64_t)a->rows * a->n <= INT32_MAX - HN_DYN_BLOCK;
}

static uint32_t range_units(const void *args, const hn_tile *tile) {
    (void)tile;
    return (uint32_t)((const hn_dynrange_args *)args)->rows;
}

static uint32_t quant_units(const void *args, const hn_tile *tile) {
    const hn_dynquant_args *a = (const hn_dynquant_args *)args;
    (void)tile;
    return ((uint32_t)a->rows * (uint32_t)a->n + HN_DYN_BLOCK - 1) / HN_DYN_BLOCK;
}

static uint64_t range_cost(const void *args) {
    return (uint64_t)((const hn_dynrange_args *)args)->n;
}

static uint64_t quant_cost(const void *args) {
    (void)args;
    return HN_DYN_BLOCK;
}

const hn_traits hn_dynrange_traits = {
    .supports = supports, .units = range_units, .unit_cost = range_cost, .inplace = -1};
const hn_traits hn_dynquant_traits = {
    .supports = supports, .units = quant_units, .unit_cost = quant_cost, .inplace = -1};
