/* SPDX-License-Identifier: Apache-2.0
 * Tiles of integers (vec/tile.h): 32-bit sums, which wrap, are requantised to 8 bits. The includer
 * has defined tile_mac. Sums go by the stack, so that the requantising, of which there are three
 * kinds, stands once beside the many tiles. */
#ifndef HN_KERNELS_VEC_TILE_INT_H
#define HN_KERNELS_VEC_TILE_INT_H

#include "kernels/vec/requant.h"

typedef vi tile_v;

HN_INLINE tile_v tile_zero(void) {
    return vi_set(0);
}
HN_INLINE tile_v tile_load(const uint8_t *p) {
    return vi_load(p);
}
HN_INLINE tile_v tile_spread(const uint8_t *p) {
    int32_t word; /* p lies anywhere */
    __builtin_memcpy(&word, p, sizeof word);
    return vi_set(word);
}

/* Output (row i, column j) goes to `to` + i * step + j. Multipliers and shifts are those of column
 * 0 on; from all sums of row i, minus[i] is taken off. */
typedef struct tile_out {
    uint8_t *to;
    size_t step;
    int32_t row, from, n;
    requant_out out;
    const int32_t *multiplier, *shift;
    const int32_t *minus; /* NULL: nothing */
} tile_out;

/* `rows` vectors, `stride` apart, to n <= VN outputs each. */
HN_INLINE void tile_vectors(const tile_out *o, const requant_scale *s, const int32_t *sums,
                            const int32_t at[4], int32_t arith, bool is_plain) {
    const int32_t rows = at[0], stride = at[1], from = at[2], n = at[3];
    uint8_t *to = o->to + (size_t)o->row * o->step + from;
    for (int32_t i = 0; i < rows; ++i, to += o->step, sums += stride) {
        vi sum = vi_load(sums);
        if (o->minus != 0) sum = vi_sub(sum, vi_set(o->minus[o->row + i]));
        const vi y = requant_lanes(&o->out, s, arith, is_plain, sum);
        if (n >= VN)
            vi_store_8(to, y);
        else
            vi_store_8_n(to, y, n);
    }
}

static __attribute__((noinline)) void tile_end_int(const tile_out *o, int rows, int wide,
                                                   const int32_t *sums) {
    const int32_t arith = o->out.arith;
    for (int v = 0; v < wide; ++v, sums += VN) {
        const int32_t from = o->from + v * VN, at[4] = {rows, wide * VN, from, o->n - v * VN};
        if (at[3] <= 0) return;
        const requant_scale s =
            requant_scale_of(arith, vi_load(o->multiplier + from), vi_load(o->shift + from));
        if (arith == HN_ARITH_RNE && s.is_plain)
            tile_vectors(o, &s, sums, at, HN_ARITH_RNE, true);
        else if (arith == HN_ARITH_RNE)
            tile_vectors(o, &s, sums, at, HN_ARITH_RNE, false);
        else if (arith == HN_ARITH_ONCE)
            tile_vectors(o, &s, sums, at, HN_ARITH_ONCE, false);
        else if (s.is_plain)
            tile_vectors(o, &s, sums, at, HN_ARITH_TFLITE, true);
        else
            tile_vectors(o, &s, sums, at, HN_ARITH_TFLITE, false);
    }
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
