/* SPDX-License-Identifier: Apache-2.0
 * Tiles of halves (vec/tile.h): products are fused and added in halves. Sums are clamped as halves,
 * whose bounds are rounded to them; where a function or an addend comes between, all that follows
 * the sum is computed in floats and rounded once. */
#ifndef HN_KERNELS_VEC_TILE_F16_H
#define HN_KERNELS_VEC_TILE_F16_H

#include "kernels/vec/vec_acts.h"

typedef vh tile_v;

#define TILE_LANES        VHN
#define TILE_PANEL        32
#define TILE_STEP_BYTES   2
#define TILE_START_BYTES  2
#define TILE_OUTPUT_BYTES 2

HN_INLINE tile_v tile_zero(void) {
    return vh_zero();
}
HN_INLINE tile_v tile_load(const uint8_t *p) {
    return vh_load((const uint16_t *)(const void *)p);
}
HN_INLINE tile_v tile_spread(const uint8_t *p) {
    return vh_spread((const uint16_t *)(const void *)p);
}
HN_INLINE tile_v tile_mac(tile_v acc, tile_v left, tile_v right) {
    return vh_fma(left, right, acc);
}

/* Output (row i, column j) goes to `to` + i * step + j: clamp(act(sum) + add, low, high), where
 * `add` lies as `to` does; NULL: nothing is added. */
typedef struct tile_out {
    uint16_t *to;
    size_t step;
    int32_t row, from, n;
    vf low, high;
    const uint16_t *add;
    int32_t act;
    float alpha;
} tile_out;

/* `add`: where the addends of these sums are, n of them; NULL: there are none. */
HN_INLINE tile_v tile_finish(const tile_out *o, tile_v sum, const uint16_t *add, int32_t n) {
    vf low = vf_act(o->act, o->alpha, vh_low(sum)), high = vf_act(o->act, o->alpha, vh_high(sum));
    if (add != 0) {
        const vh more = vh_load_n(add, n);
        low = vf_add(low, vh_low(more));
        high = vf_add(high, vh_high(more));
    }
    return vh_join(vf_clamp(low, o->low, o->high), vf_clamp(high, o->low, o->high));
}

/* Finishes and stores o->n of wide * VHN sums of each row. */
static __attribute__((noinline)) void tile_end_part(const tile_out *o, int rows, int wide,
                                                    const uint16_t *sums) {
    const size_t first = (size_t)o->row * o->step + (size_t)o->from;
    for (int i = 0; i < rows; ++i) {
        const size_t at = first + (size_t)i * o->step;
        for (int v = 0; v < wide; ++v, sums += VHN) {
            const int32_t left = o->n - v * VHN, n = left < VHN ? left : VHN;
            if (n <= 0) continue;
            const size_t to = at + (size_t)(v * VHN);
            vh_store_n(o->to + to, tile_finish(o, vh_load(sums), o->add == 0 ? 0 : o->add + to, n),
                       n);
        }
    }
}

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_v acc[][4]);

#include "kernels/vec/tile.h"

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_v acc[][4]) {
    if (o->n == wide * VHN && o->add == 0 && o->act == HN_ACT_NONE) {
        const tile_v low = vh_join(o->low, o->low), high = vh_join(o->high, o->high);
        uint16_t *to = o->to + (size_t)o->row * o->step + o->from;
        TILE_UNROLL for (int i = 0; i < rows; ++i) {
            TILE_UNROLL for (int v = 0; v < wide; ++v)
                vh_store(to + v * VHN, vh_clamp(acc[i][v], low, high));
            to += o->step;
        }
        return;
    }
    uint16_t sums[14 * 4 * VHN];
    TILE_UNROLL for (int i = 0; i < rows; ++i) {
        TILE_UNROLL for (int v = 0; v < wide; ++v) vh_store(sums + (i * wide + v) * VHN, acc[i][v]);
    }
    tile_end_part(o, rows, wide, sums);
}

#endif
