/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the vector depthwise convolutions. Sets of sixteen lanes leave so few
 * channels that they would waste half to the narrower one. Integers of one input channel are an
 * ordinary convolution of it, whose traits answer then. */
#include "kernels/conv/dwconv_panels.h"

#include "kernels/pack.h"

extern const hn_traits hn_conv_traits; /* of the portable rows: conv_traits.c */
/* Of conv_panels_traits.c. */
extern const hn_traits hn_conv_s16_traits, hn_conv_s8_traits, hn_conv_s8_oct_traits;

static bool supports(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    if (!hn_conv_traits.supports(args) || a->in_c != a->out_c || a->groups != a->in_c) return false;
    if (hn_dwconv_padding_bytes(a) > 1 << 26 || (int64_t)a->k_h * a->k_w > 1 << 20) return false;
    return (uint64_t)a->n * (uint64_t)a->out_h * hn_dwconv_blocks(a) <= INT32_MAX;
}

static bool supports_more_than_8(const void *args) {
    return supports(args) && ((const hn_conv_args *)args)->out_c > 8;
}

static bool supports_x16(const void *args) {
    return hn_dwconv_is_ordinary(args) ? hn_conv_s16_traits.supports(args) : supports(args);
}

static bool supports_x8(const void *args) {
    return hn_dwconv_is_ordinary(args) ? hn_conv_s8_oct_traits.supports(args) : supports(args);
}

static bool supports_blocks_of_32(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    return supports(args) && (a->out_c > 16 || hn_dwconv_fold(a, 32) > 1);
}

static bool supports_x32(const void *args) {
    if (hn_dwconv_is_ordinary(args)) return hn_conv_s16_traits.supports(args);
    return supports_blocks_of_32(args);
}

static bool supports_vnni(const void *args) {
    if (hn_dwconv_is_ordinary(args)) return hn_conv_s8_traits.supports(args);
    const hn_conv_args *a = (const hn_conv_args *)args;
    if (hn_dwconv_is_columns(a, false) || hn_dwconv_is_columns(a, true)) return supports(args);
    return supports_blocks_of_32(args);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    return hn_conv_traits.units(args, tile) * hn_dwconv_blocks((const hn_conv_args *)args);
}

static uint32_t units_int(const void *args, const hn_tile *tile) {
    return hn_dwconv_is_ordinary(args) ? hn_conv_s8_traits.units(args, tile) : units(args, tile);
}

static uint32_t scratch_f32(const void *args) {
    return (uint32_t)hn_dwconv_taps_bytes((const hn_conv_args *)args);
}

static uint32_t scratch_int(const void *args) {
    if (hn_dwconv_is_ordinary(args)) return hn_conv_s16_traits.scratch_bytes(args);
    return scratch_f32(args) + (uint32_t)hn_dwconv_padding_bytes((const hn_conv_args *)args);
}

static uint64_t unit_cost(const void *args) {
    const uint32_t n = units(args, 0);
    return hn_conv_traits.unit_cost(args) * hn_conv_traits.units(args, 0) / (n > 0 ? n : 1) / 16;
}

static bool window(const void *args, hn_row_window *out) {
    return hn_conv_traits.window(args, out);
}

static void layout(const void *args, hn_types types, hn_packed_format format, hn_panels *p) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    const bool is_ordinary = hn_dwconv_is_ordinary(args) && format < HN_PACKED_DW8;
    *p = (hn_panels){.stride = {0, 1, (int64_t)a->k_w * a->out_c, a->out_c, 0},
                     .format = format,
                     .version = 1,
                     .groups = 1,
                     .n_out = a->out_c,
                     .k_h = a->k_h,
                     .k_w = a->k_w,
                     .n_c = 1,
                     .run_columns = is_ordinary && a->dilation_w == 1 ? a->k_w : 1,
                     .x_zero = a->in_zero,
                     .w_zero = a->w_zero,
                     .is_signed = types == HN_TYPES_s8,
                     .scale_stride = 1};
}

static void layout_x8(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, hn_dwconv_is_ordinary(args) ? HN_PACKED_S8_OCT : HN_PACKED_DW8, p);
}

static void layout_x16(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, hn_dwconv_is_ordinary(args) ? HN_PACKED_S16 : HN_PACKED_DW16, p);
}

static void layout_x32(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, hn_dwconv_is_ordinary(args) ? HN_PACKED_S16 : HN_PACKED_DW32, p);
}

static void layout_vnni(const void *args, hn_types types, hn_panels *p) {
    const bool is_columns = hn_dwconv_is_columns((const hn_conv_args *)args, types == HN_TYPES_s8);
    const hn_packed_format wide = is_columns ? HN_PACKED_DW64 : HN_PACKED_DW32;
    layout(args, types, hn_dwconv_is_ordinary(args) ? HN_PACKED_S8 : wide, p);
}

#define PACK(layout)                                                                               \
    {                                                                                              \
        1u << HN_CONV_WEIGHTS | 1u << HN_CONV_BIAS | 1u << HN_CONV_SCALE,                          \
            {HN_CONV_WEIGHTS, HN_CONV_BIAS, HN_CONV_SCALE}, true, layout, 0                        \
    }

static const hn_pack pack_x8 = PACK(layout_x8);
static const hn_pack pack_x16 = PACK(layout_x16);
static const hn_pack pack_x32 = PACK(layout_x32);
static const hn_pack pack_vnni = PACK(layout_vnni);

#define TRAITS(supports, units, scratch, pack)                                                     \
    { supports, units, scratch, unit_cost, window, -1, pack, 0, 0 }

const hn_traits hn_dwconv_f32x8_traits = TRAITS(supports, units, scratch_f32, 0);
const hn_traits hn_dwconv_f32x16_traits = TRAITS(supports_more_than_8, units, scratch_f32, 0);
const hn_traits hn_dwconv_x8_traits = TRAITS(supports_x8, units_int, scratch_int, &pack_x8);
const hn_traits hn_dwconv_x16_traits = TRAITS(supports_x16, units_int, scratch_int, &pack_x16);
const hn_traits hn_dwconv_x32_traits = TRAITS(supports_x32, units_int, scratch_int, &pack_x32);
const hn_traits hn_dwconv_vnni_traits = TRAITS(supports_vnni, units_int, scratch_int, &pack_vnni);
