/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the vector matrix products: B packed in panels where it is constant (the
 * float rows also take it as it is), units of blocks, scratch for rows of A or panels of B. */
#include "kernels/gemm/gemm_panels.h"

#include "kernels/pack.h"

enum { SCRATCH_MOST = 1 << 26 };

extern const hn_traits hn_gemm_traits; /* of the portable rows: gemm_traits.c */

static uint64_t n_units(const hn_gemm_args *a) {
    const hn_gemm_cut c = hn_gemm_cut_of(a);
    return (uint64_t)a->batch * c.row_blocks * c.blocks;
}

static size_t scratch_f32(const hn_gemm_args *a) {
    const size_t columns = hn_gemm_panel_columns(a);
    return columns == 0 ? 0 : columns * 4 * ((size_t)a->k + 1);
}

static size_t scratch_int(const hn_gemm_args *a, size_t element) {
    const size_t rows = (size_t)(a->m < HN_GEMM_ROWS ? a->m : HN_GEMM_ROWS);
    return hn_gemm_sums_bytes() + rows * hn_gemm_row_bytes(a, element);
}

static bool supports_f32(const void *args) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    if (!hn_gemm_traits.supports(args) || a->k > 1 << 24) return false;
    return n_units(a) <= INT32_MAX && scratch_f32(a) <= SCRATCH_MOST;
}

static bool supports_int(const void *args, size_t element) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    if (!hn_gemm_traits.supports(args) || a->k > 1 << 24) return false;
    return n_units(a) <= INT32_MAX && scratch_int(a, element) <= SCRATCH_MOST;
}

static bool supports_f16(const void *args) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    return hn_gemm_traits.supports(args) && a->k <= 1 << 24 && n_units(a) <= INT32_MAX;
}

static bool supports_s16(const void *args) {
    return supports_int(args, sizeof(int16_t));
}

static bool supports_s8(const void *args) {
    return supports_int(args, 1);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    return (uint32_t)n_units((const hn_gemm_args *)args);
}

static uint32_t bytes_f32(const void *args) {
    return (uint32_t)scratch_f32((const hn_gemm_args *)args);
}

static uint32_t bytes_s16(const void *args) {
    return (uint32_t)scratch_int((const hn_gemm_args *)args, sizeof(int16_t));
}

static uint32_t bytes_s8(const void *args) {
    return (uint32_t)scratch_int((const hn_gemm_args *)args, 1);
}

static uint64_t cost_f32(const void *args) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    const hn_gemm_cut c = hn_gemm_cut_of(a);
    const int32_t rows = a->m < c.rows ? a->m : c.rows;
    const int32_t columns = a->n < HN_GEMM_BLOCK ? a->n : HN_GEMM_BLOCK;
    return (uint64_t)rows * (uint64_t)columns * ((uint64_t)a->k + 8) / 16;
}

static uint64_t cost_int(const void *args) {
    return cost_f32(args) / 2;
}

/* As many groups of weights as B has matrices. */
static void layout(const void *args, hn_types types, hn_packed_format format, hn_panels *p) {
    const hn_gemm_args *a = (const hn_gemm_args *)args;
    const int64_t n = a->b_is_kn ? 1 : a->k, k = a->b_is_kn ? a->n : 1;
    *p = (hn_panels){.stride = {a->b_batch, n, 0, 0, k},
                     .format = format,
                     .version = 1,
                     .groups = a->b_batch == 0 ? 1 : a->batch,
                     .n_out = a->n,
                     .k_h = 1,
                     .k_w = 1,
                     .n_c = a->k,
                     .run_columns = 1,
                     .x_zero = a->a_zero,
                     .w_zero = a->b_zero,
                     .is_signed = types == HN_TYPES_s8,
                     .scale_stride = a->scale_stride};
}

static void mark(void *args) {
    ((hn_gemm_args *)args)->b_is_kn = HN_GEMM_PACKED;
}

static void layout_f32(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, HN_PACKED_F32, p);
}

static void layout_f16(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, HN_PACKED_F16, p);
}

static void layout_s16(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, HN_PACKED_S16, p);
}

static void layout_s8(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, HN_PACKED_S8, p);
}

static void layout_s8_quad(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, HN_PACKED_S8_QUAD, p);
}

static void layout_s8_oct(const void *args, hn_types types, hn_panels *p) {
    layout(args, types, HN_PACKED_S8_OCT, p);
}

#define PACK(layout, is_needed)                                                                    \
    {                                                                                              \
        1u << HN_GEMM_B | 1u << HN_GEMM_BIAS | 1u << HN_GEMM_SCALE,                                \
            {HN_GEMM_B, HN_GEMM_BIAS, HN_GEMM_SCALE}, is_needed, layout, mark                      \
    }

static const hn_pack pack_f32 = PACK(layout_f32, false);
static const hn_pack pack_f16 = PACK(layout_f16, true);
static const hn_pack pack_s16 = PACK(layout_s16, true);
static const hn_pack pack_s8 = PACK(layout_s8, true);
static const hn_pack pack_s8_quad = PACK(layout_s8_quad, true);
static const hn_pack pack_s8_oct = PACK(layout_s8_oct, true);

#define TRAITS_S8(pack)                                                                            \
    { supports_s8, units, bytes_s8, cost_int, 0, -1, pack, 0, 0 }

const hn_traits hn_gemm_f32_traits = {supports_f32, units,     bytes_f32, cost_f32, 0,
                                      -1,           &pack_f32, 0,         0};
const hn_traits hn_gemm_f16_traits = {supports_f16, units, 0, cost_int, 0, -1, &pack_f16, 0, 0};
const hn_traits hn_gemm_s16_traits = {supports_s16, units,     bytes_s16, cost_int, 0,
                                      -1,           &pack_s16, 0,         0};
const hn_traits hn_gemm_s8_traits = TRAITS_S8(&pack_s8);
const hn_traits hn_gemm_s8_quad_traits = TRAITS_S8(&pack_s8_quad);
const hn_traits hn_gemm_s8_oct_traits = TRAITS_S8(&pack_s8_oct);
