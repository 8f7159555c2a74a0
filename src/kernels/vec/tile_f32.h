/* SPDX-License-Identifier: Apache-2.0
 * Tiles of floats (vec/tile.h): products are fused, sums are clamped and stored. */
#ifndef HN_KERNELS_VEC_TILE_F32_H
#define HN_KERNELS_VEC_TILE_F32_H

typedef vf tile_v;

HN_INLINE tile_v tile_zero(void) {
    return vf_set(0.0f);
}
HN_INLINE tile_v tile_load(const uint8_t *p) {
    return vf_load((const float *)(const void *)p);
}
HN_INLINE tile_v tile_spread(const uint8_t *p) {
    return vf_set(*(const float *)(const void *)p);
}
HN_INLINE tile_v tile_mac(tile_v acc, tile_v left, tile_v right) {
    return vf_fma(left, right, acc);
}

/* Output (row i, column j) goes to `to` + i * step + j. */
typedef struct tile_out {
    float *to;
    size_t step;
    int32_t row, from, n;
    vf low, high;
} tile_out;

/* Stores `n` of wide * VN sums of each row. */
static __attribute__((noinline)) void tile_end_part(const tile_out *o, int rows, int wide,
                                                    const float *sums) {
    float *to = o->to + (size_t)o->row * o->step + o->from;
    for (int i = 0; i < rows; ++i, to += o->step)
        for (int v = 0; v < wide; ++v, sums += VN) {
            const int32_t n = o->n - v * VN < VN ? o->n - v * VN : VN;
            if (n > 0) vf_store_n(to + v * VN, vf_load(sums), n);
        }
}

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_v acc[][4]);

#include "kernels/vec/tile.h"

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_v acc[][4]) {
    if (o->n == wide * VN) {
        float *to = o->to + (size_t)o->row * o->step + o->from;
        TILE_UNROLL for (int i = 0; i < rows; ++i) {
            TILE_UNROLL for (int v = 0; v < wide; ++v)
                vf_store(to + v * VN, vf_clamp(acc[i][v], o->low, o->high));
            to += o->step;
        }
        return;
    }
    float sums[14 * 4 * VN];
    TILE_UNROLL for (int i = 0; i < rows; ++i) {
        TILE_UNROLL for (int v = 0; v < wide; ++v)
            vf_store(sums + (i * wide + v) * VN, vf_clamp(acc[i][v], o->low, o->high));
    }
    tile_end_part(o, rows, wide, sums);
}

#endif
