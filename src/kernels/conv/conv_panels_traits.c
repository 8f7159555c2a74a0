/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the vector convolutions: weights packed in panels, units of a row and a
 * block of channels, scratch for the copied rows. Rows that would not fit 64 MB of scratch, and
 * more than 2^31 units, are left to the portable kernels. */
#include "kernels/conv/conv_panels.h"

#include "kernels/pack.h"

enum { SCRATCH_MOST = 1 << 26 };

extern const hn_traits hn_conv_traits; /* of the portable rows: conv_traits.c */

static bool fits(const void *args, size_t element) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    if (!hn_conv_traits.supports(args)) return false;
    const hn_conv_cut c = hn_conv_cut_of(a);
    const uint64_t n_taps = (uint64_t)a->k_h * (uint64_t)a->k_w;
    const uint64_t row = ((uint64_t)c.n_cols * 2 * (uint64_t)a->in_c + 64) * element;
    if (n_taps > 1 << 20 || row > SCRATCH_MOST) return false;
    if (hn_conv_scratch_of(a, &c, element).total > SCRATCH_MOST) return false;
    return (uint64_t)a->n * (uint64_t)a->out_h * (uint64_t)c.blocks <= INT32_MAX;
}

static size_t element_f32(const hn_conv_args *a) {
    const hn_conv_cut c = hn_conv_cut_of(a);
    return c.tiles > 0 || hn_conv_is_padded(a, &c) ? sizeof(float) : 0;
}

/* Sixteen lanes for eight channels waste half; the narrower set takes those. */
static bool supports_f32_16(const void *args) {
    return fits(args, sizeof(float)) && ((const hn_conv_args *)args)->out_c > 8;
}

static bool supports_f32(const void *args) {
    return fits(args, sizeof(float));
}

static bool supports_s16(const void *args) {
    return fits(args, sizeof(int16_t));
}

static bool supports_s8(const void *args) {
    return fits(args, 1);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    const hn_conv_cut c = hn_conv_cut_of((const hn_conv_args *)args);
    return hn_conv_traits.units(args, tile) * (uint32_t)c.blocks;
}

static uint32_t scratch_of(const void *args, size_t element) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    const hn_conv_cut c = hn_conv_cut_of(a);
    return (uint32_t)hn_conv_scratch_of(a, &c, element).total;
}

static uint32_t scratch_f32(const void *args) {
    return scratch_of(args, element_f32((const hn_conv_args *)args));
}

static uint32_t scratch_f16(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    const hn_conv_cut c = hn_conv_cut_of(a);
    return scratch_of(args, hn_conv_is_padded(a, &c) ? 2 : 0);
}

static uint32_t scratch_s16(const void *args) {
    return scratch_of(args, sizeof(int16_t));
}

static uint32_t scratch_s8(const void *args) {
    return scratch_of(args, 1);
}

static uint64_t cost_f32(const void *args) {
    const hn_conv_cut c = hn_conv_cut_of((const hn_conv_args *)args);
    return hn_conv_traits.unit_cost(args) / (uint64_t)c.blocks / 16;
}

static uint64_t cost_int(const void *args) {
    return cost_f32(args) / 2;
}

static bool window(const void *args, hn_row_window *out) {
    return hn_conv_traits.window(args, out);
}

/* Both orders of rows and blocks, where there are several of both, then both directly. */
static bool has_orders(const hn_conv_args *a) {
    return a->out_h > 1 && hn_conv_cut_of(a).blocks > 1;
}

static uint32_t n_ways(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    return (has_orders(a) ? 2u : 1u) * (hn_conv_is_winograd(a) ? 2u : 1u);
}

static void take_way(void *args, uint32_t way) {
    hn_conv_args *a = (hn_conv_args *)args;
    const uint32_t orders = has_orders(a) ? 2 : 1;
    a->way = way % orders == 1 ? HN_CONV_TURNED : HN_CONV_BY_SIZE;
    if (way >= orders) a->way |= HN_CONV_DIRECT;
}

static void layout(const void *args, hn_types types, hn_panels *p) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    const hn_conv_cut c = hn_conv_cut_of(a);
    const int64_t row = (int64_t)a->k_w * c.n_c, filter = a->k_h * row;
    *p = (hn_panels){.stride = {filter * c.n_o, filter, row, c.n_c, 1},
                     .head_step = c.n_o,
                     .version = 1,
                     .groups = a->groups,
                     .n_out = c.n_o,
                     .k_h = a->k_h,
                     .k_w = a->k_w,
                     .n_c = c.n_c,
                     .run_columns = c.run_columns,
                     .x_zero = a->in_zero,
                     .w_zero = a->w_zero,
                     .is_signed = types == HN_TYPES_s8,
                     .scale_stride = 1};
}

static void layout_f32(const void *args, hn_types types, hn_panels *p) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    layout(args, types, p);
    p->format = hn_conv_is_winograd(a) ? HN_PACKED_WINO : HN_PACKED_F32;
}

static void layout_f16(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, p);
    p->format = HN_PACKED_F16;
}

static void layout_s16(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, p);
    p->format = HN_PACKED_S16;
}

static void layout_s8(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, p);
    p->format = HN_PACKED_S8;
}

static void layout_s8_quad(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, p);
    p->format = HN_PACKED_S8_QUAD;
}

static void layout_s8_oct(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, p);
    p->format = HN_PACKED_S8_OCT;
}

#define PACK(layout)                                                                               \
    {                                                                                              \
        1u << HN_CONV_WEIGHTS | 1u << HN_CONV_BIAS | 1u << HN_CONV_SCALE,                          \
            {HN_CONV_WEIGHTS, HN_CONV_BIAS, HN_CONV_SCALE}, true, layout, 0                        \
    }

static const hn_pack pack_f32 = PACK(layout_f32);
static const hn_pack pack_f16 = PACK(layout_f16);
static const hn_pack pack_s16 = PACK(layout_s16);
static const hn_pack pack_s8 = PACK(layout_s8);
static const hn_pack pack_s8_quad = PACK(layout_s8_quad);
static const hn_pack pack_s8_oct = PACK(layout_s8_oct);

#define TRAITS(supports, scratch, cost, pack)                                                      \
    { supports, units, scratch, cost, window, HN_CONV_ADD, pack, n_ways, take_way }

const hn_traits hn_conv_f32x8_traits = TRAITS(supports_f32, scratch_f32, cost_f32, &pack_f32);
const hn_traits hn_conv_f32x16_traits = TRAITS(supports_f32_16, scratch_f32, cost_f32, &pack_f32);
const hn_traits hn_conv_f16_traits = TRAITS(supports_s16, scratch_f16, cost_int, &pack_f16);
const hn_traits hn_conv_s16_traits = TRAITS(supports_s16, scratch_s16, cost_int, &pack_s16);
const hn_traits hn_conv_s8_traits = TRAITS(supports_s8, scratch_s8, cost_int, &pack_s8);
const hn_traits hn_conv_s8_quad_traits = TRAITS(supports_s8, scratch_s8, cost_int, &pack_s8_quad);
const hn_traits hn_conv_s8_oct_traits = TRAITS(supports_s8, scratch_s8, cost_int, &pack_s8_oct);
