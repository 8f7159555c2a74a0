/* SPDX-License-Identifier: Apache-2.0
 * Tiles of floats (vec/tile.h): products are fused, sums are clamped and stored. */
#ifndef HN_KERNELS_VEC_TILE_F32_H
#define HN_KERNELS_VEC_TILE_F32_H

#include "kernels/vec/vec_acts.h"

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

/* Output (row i, column j) goes to `to` + i * step + j: clamp(act(sum) + add, low, high), where
 * `add` lies as `to` does; NULL: nothing is added. */
typedef struct tile_out {
    float *to;
    size_t step;
    int32_t row, from, n;
    vf low, high;
    const float *add;
    int32_t act;
    float alpha;
} tile_out;

/* Finishes and stores o->n of wide * VN sums of each row. */
static __attribute__((noinline)) void tile_end_part(const tile_out *o, int rows, int wide,
                                                    const float *sums) {
    const size_t first = (size_t)o->row * o->step + (size_t)o->from;
    for (int i = 0; i < rows; ++i) {
        const size_t at = first + (size_t)i * o->step;
        for (int v = 0; v < wide; ++v, sums += VN) {
            const int32_t left = o->n - v * VN, n = left < VN ? left : VN;
            if (n <= 0) continue;
            vf y = vf_act(o->act, o->alpha, vf_load(sums));
            if (o->add != 0) y = vf_add(y, vf_load_n(o->add + at + (size_t)(v * VN), n));
            vf_store_n(o->to + at + (size_t)(v * VN), vf_clamp(y, o->low, o->high), n);
        }
    }
}

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_v acc[][4]);

#include "kernels/vec/tile.h"

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_v acc[][4]) {
    if (o->n == wide * VN && o->add == 0 && o->act == HN_ACT_NONE) {
        float *to = o->to + (size_t)o->row * o->step + o->from;
        HN_UNROLL for (int i = 0; i < rows; ++i) {
            HN_UNROLL for (int v = 0; v < wide; ++v)
                vf_store(to + v * VN, vf_clamp(acc[i][v], o->low, o->high));
            to += o->step;
        }
        return;
    }
    float sums[14 * 4 * VN];
    HN_UNROLL for (int i = 0; i < rows; ++i) {
        HN_UNROLL for (int v = 0; v < wide; ++v) vf_store(sums + (i * wide + v) * VN, acc[i][v]);
    }
    tile_end_part(o, rows, wide, sums);
}

#endif
