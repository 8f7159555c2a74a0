/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the reference and portable convolutions, depthwise too: one unit for each
 * output row, windows for one image, scratch for two pixels' windows of 16 bits or, depthwise, for
 * two offsets for each tap. Offsets inside one image fit 32 bits. */
#include "kernels/kernels.h"

#include "kernels/conv/conv.h"

/* Multiply-adds of one output: k_h * k_w * in_c / groups. */
static uint64_t window_elements(const hn_conv_args *a) {
    return (uint64_t)a->k_h * (uint64_t)a->k_w * (uint64_t)(a->in_c / a->groups);
}

static bool supports(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    const int32_t h[2] = {a->stride_h, a->dilation_h}, w[2] = {a->stride_w, a->dilation_w};
    if (!hn_is_axis(a->in_h, a->out_h, a->k_h, h, a->pad_top)) return false;
    if (!hn_is_axis(a->in_w, a->out_w, a->k_w, w, a->pad_left)) return false;
    if (a->n < 1 || !hn_is_extent(a->in_c) || !hn_is_extent(a->out_c) || !hn_is_extent(a->groups))
        return false;
    if (a->in_c % a->groups != 0 || a->out_c % a->groups != 0) return false;
    if (a->act < 0 || a->act >= HN_ACT_COUNT) return false;
    if (!hn_conv_is_float(a) && (a->act != HN_ACT_NONE || a->has_add != 0)) return false;
    if ((int64_t)a->k_h * a->k_w > 1 << 24 || window_elements(a) > 1 << 24) return false;
    if ((int64_t)window_elements(a) * a->out_c > INT32_MAX) return false;
    const int64_t pixels = (int64_t)a->in_h * a->in_w;
    if (pixels > 1 << 30 || pixels * a->in_c > INT32_MAX) return false;
    return (int64_t)a->n * a->out_h <= INT32_MAX;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    if (tile != 0) return (uint32_t)(tile->y1 - tile->y0);
    return (uint32_t)a->n * (uint32_t)a->out_h;
}

static uint32_t scratch_bytes(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    const uint64_t patches = hn_conv_is_float(a) ? 0 : window_elements(a) * 2 * 2;
    const uint64_t tap_list = (uint64_t)a->k_h * (uint64_t)a->k_w * 2 * 4;
    return (uint32_t)(patches > tap_list ? patches : tap_list);
}

static uint64_t unit_cost(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    return (uint64_t)a->out_w * (uint64_t)a->out_c * (window_elements(a) + 8);
}

static bool window(const void *args, hn_row_window *out) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    const uint64_t element = hn_arith_bytes(a->arith);
    const uint64_t in_row = (uint64_t)a->in_w * (uint64_t)a->in_c * element;
    const uint64_t out_row = (uint64_t)a->out_w * (uint64_t)a->out_c * element;
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
        .in_operand = HN_CONV_IN,
        .out_operand = HN_CONV_OUT,
    };
    return true;
}

const hn_traits hn_conv_traits = {
    .supports = supports,
    .units = units,
    .scratch_bytes = scratch_bytes,
    .unit_cost = unit_cost,
    .window = window,
    .inplace = HN_CONV_ADD,
};
