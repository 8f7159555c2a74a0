/* SPDX-License-Identifier: Apache-2.0
 * Tiles of integers (vec/tile.h): 32-bit sums, which wrap, are requantised to 8 bits. The includer
 * has defined tile_mac. Sums go by the stack, so that the requantising, of which there are three
 * kinds, stands once beside the many tiles. */
#ifndef HN_KERNELS_VEC_TILE_INT_H
#define HN_KERNELS_VEC_TILE_INT_H

typedef vi tile_v;

HN_INLINE tile_v tile_zero(void) {
    return vi_set(0);
}
HN_INLINE tile_v tile_load(const uint8_t *p) {
    return vi_load(p);
}
HN_INLINE tile_v tile_spread(const uint8_t *p) {
    return vi_set(*(const int32_t *)(const void *)p);
}

/* Output (row i, column j) goes to `to` + i * step + j. Multipliers and shifts are those of column
 * 0 on; from all sums of row i, minus[i] is taken off. */
typedef struct tile_out {
    uint8_t *to;
    size_t step;
    int32_t row, from, n;
    int32_t arith, zero, low, high;
    const int32_t *multiplier, *shift;
    const int32_t *minus; /* NULL: nothing */
} tile_out;

HN_INLINE void tile_finish(const tile_out *o, int rows, int wide, const int32_t *sums,
                           int32_t arith) {
    const vi zero = vi_set(o->zero), low = vi_set(o->low), high = vi_set(o->high);
    for (int v = 0; v < wide; ++v) {
        const int32_t from = o->from + v * VN, n = o->n - v * VN;
        if (n <= 0) return;
        const vi multiplier = vi_load(o->multiplier + from), shift = vi_load(o->shift + from);
        uint8_t *to = o->to + (size_t)o->row * o->step + from;
        for (int i = 0; i < rows; ++i, to += o->step) {
            vi sum = vi_load(sums + (i * wide + v) * VN);
            if (o->minus != 0) sum = vi_sub(sum, vi_set(o->minus[o->row + i]));
            const vi scaled = vi_add(vi_requant(arith, sum, multiplier, shift), zero);
            if (n >= VN)
                vi_store_8(to, vi_clamp(scaled, low, high));
            else
                vi_store_8_n(to, vi_clamp(scaled, low, high), n);
        }
    }
}

static __attribute__((noinline)) void tile_end_int(const tile_out *o, int rows, int wide,
                                                   const int32_t *sums) {
    if (o->arith == HN_ARITH_RNE)
        tile_finish(o, rows, wide, sums, HN_ARITH_RNE);
    else if (o->arith == HN_ARITH_ONCE)
        tile_finish(o, rows, wide, sums, HN_ARITH_ONCE);
    else
        tile_finish(o, rows, wide, sums, HN_ARITH_TFLITE);
}

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_v acc[][4]);

#include "kernels/vec/tile.h"

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_v acc[][4]) {
    int32_t sums[14 * 4 * VN];
    TILE_UNROLL for (int i = 0; i < rows; ++i) {
        TILE_UNROLL for (int v = 0; v < wide; ++v) vi_store(sums + (i * wide + v) * VN, acc[i][v]);
    }
    tile_end_int(o, rows, wide, sums);
}

#endif
