/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the vector depthwise convolutions. Sets of sixteen lanes leave so few
 * channels that they would waste half to the narrower one. */
#include "kernels/conv/dwconv_panels.h"

#include "kernels/pack.h"

extern const hn_traits hn_conv_traits; /* of the portable rows: conv_traits.c */

static bool supports(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    if (!hn_conv_traits.supports(args) || a->in_c != a->out_c || a->groups != a->in_c) return false;
    if (hn_dwconv_padding_bytes(a) > 1 << 26 || (int64_t)a->k_h * a->k_w > 1 << 20) return false;
    return (uint64_t)a->n * (uint64_t)a->out_h * hn_dwconv_blocks(a) <= INT32_MAX;
}

static bool supports_more_than_8(const void *args) {
    return supports(args) && ((const hn_conv_args *)args)->out_c > 8;
}

static bool supports_blocks_of_32(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    return supports(args) && (a->out_c > 16 || hn_dwconv_fold(a, 32) > 1);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    return hn_conv_traits.units(args, tile) * hn_dwconv_blocks((const hn_conv_args *)args);
}

static uint32_t scratch_bytes(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    const size_t padding = a->arith == HN_ARITH_NONE ? 0 : hn_dwconv_padding_bytes(a);
    return (uint32_t)(hn_dwconv_taps_bytes(a) + padding);
}

static uint64_t unit_cost(const void *args) {
    return hn_conv_traits.unit_cost(args) / hn_dwconv_blocks((const hn_conv_args *)args) / 16;
}

static bool window(const void *args, hn_row_window *out) {
    return hn_conv_traits.window(args, out);
}

static void layout(const void *args, hn_types types, hn_panels *p) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    *p = (hn_panels){.stride = {0, 1, (int64_t)a->k_w * a->out_c, a->out_c, 0},
                     .groups = 1,
                     .n_out = a->out_c,
                     .k_h = a->k_h,
                     .k_w = a->k_w,
                     .n_c = 1,
                     .run_columns = 1,
                     .x_zero = a->in_zero,
                     .w_zero = a->w_zero,
                     .is_signed = types == HN_TYPES_s8,
                     .scale_stride = 1};
}

#define PACK(format)                                                                               \
    {                                                                                              \
        format, 1, 1u << HN_CONV_WEIGHTS | 1u << HN_CONV_BIAS | 1u << HN_CONV_SCALE,               \
            {HN_CONV_WEIGHTS, HN_CONV_BIAS, HN_CONV_SCALE}, true, layout, 0                        \
    }

static const hn_pack pack_16 = PACK(HN_PACKED_DW16);
static const hn_pack pack_32 = PACK(HN_PACKED_DW32);

#define TRAITS(supports, pack)                                                                     \
    { supports, units, scratch_bytes, unit_cost, window, -1, pack }

const hn_traits hn_dwconv_f32x8_traits = TRAITS(supports, 0);
const hn_traits hn_dwconv_f32x16_traits = TRAITS(supports_more_than_8, 0);
const hn_traits hn_dwconv_x16_traits = TRAITS(supports, &pack_16);
const hn_traits hn_dwconv_x32_traits = TRAITS(supports_blocks_of_32, &pack_32);
