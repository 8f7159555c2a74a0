/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of portable pooling: one unit for each output row, no scratch, windows for
 * one image. A window has at most 2^23 taps, so that a sum of bytes fits 32 bits. */
#include "kernels/kernels.h"

#include "kernels/pool/pool.h"

static bool supports(const void *args) {
    const hn_pool_args *a = (const hn_pool_args *)args;
    const int32_t h[2] = {a->stride_h, a->dilation_h}, w[2] = {a->stride_w, a->dilation_w};
    if (!hn_is_axis(a->in_h, a->out_h, a->k_h, h, a->pad_top)) return false;
    if (!hn_is_axis(a->in_w, a->out_w, a->k_w, w, a->pad_left)) return false;
    if (a->n < 1 || !hn_is_extent(a->c) || (int64_t)a->n * a->out_h > INT32_MAX) return false;
    if (a->kind < HN_POOL_MAX || a->kind > HN_POOL_SUM) return false;
    if (a->limit_h < 0 || a->limit_w < 0) return false;
    return (int64_t)a->k_h * a->k_w <= 1 << 23;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    const hn_pool_args *a = (const hn_pool_args *)args;
    if (tile != 0) return (uint32_t)(tile->y1 - tile->y0);
    return (uint32_t)a->n * (uint32_t)a->out_h;
}

static uint64_t unit_cost(const void *args) {
    const hn_pool_args *a = (const hn_pool_args *)args;
    const uint64_t taps = (uint64_t)a->k_h * (uint64_t)a->k_w;
    return (uint64_t)a->out_w * (uint64_t)a->c * (taps + 8);
}

static bool window(const void *args, hn_row_window *out) {
    const hn_pool_args *a = (const hn_pool_args *)args;
    const uint64_t element = hn_arith_bytes(a->arith);
    const uint64_t in_row = (uint64_t)a->in_w * (uint64_t)a->c * element;
    const uint64_t out_row = (uint64_t)a->out_w * (uint64_t)a->c * element;
    if (a->n != 1 || in_row > UINT32_MAX || out_row > UINT32_MAX) return false;
    *out = (hn_row_window){
        .kernel = a->k_h,
        .stride = a->stride_h,
        .dilation = a->dilation_h,
        .pad = a->pad_top,
        .in_h = a->in_h,
        .out_h = a->out_h,
        .in_row_bytes = (uint32_t)in_row,
        .out_row_bytes = (uint32_t)out_row,
        .in_operand = HN_POOL_IN,
        .out_operand = HN_POOL_OUT,
    };
    return true;
}

const hn_traits hn_pool_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .window = window,
    .inplace = -1,
};

/* 16 bits: not in windows, whose rows have the bytes of the other types. */
const hn_traits hn_pool_s16_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = -1,
};
