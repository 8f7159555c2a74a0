/* SPDX-License-Identifier: Apache-2.0
 * Tiles of halves (vec/tile.h): products are fused and added in halves, block by block, and blocks
 * in floats. What follows the sum is computed in floats too, and rounded once. */
#ifndef HN_KERNELS_VEC_TILE_F16_H
#define HN_KERNELS_VEC_TILE_F16_H

#include "core/half.h"
#include "kernels/vec/vec_acts.h"

typedef vh tile_v;

#define TILE_LANES        VHN
#define TILE_PANEL        32
#define TILE_STEP_BYTES   2
#define TILE_START_BYTES  2
#define TILE_OUTPUT_BYTES 2
#define TILE_BLOCK        HN_HALF_BLOCK

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

typedef struct tile_total {
    vf low, high;
} tile_total;

HN_INLINE tile_total tile_total_start(const uint8_t *p) {
    const vh start = p == 0 ? vh_zero() : vh_load((const uint16_t *)(const void *)p);
    const tile_total total = {vh_low(start), vh_high(start)};
    return total;
}
HN_INLINE tile_total tile_total_add(tile_total total, tile_v sum) {
    total.low = vf_add(total.low, vh_low(sum));
    total.high = vf_add(total.high, vh_high(sum));
    return total;
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

HN_INLINE tile_v tile_clamp(const tile_out *o, tile_total sum) {
    return vh_join(vf_clamp(sum.low, o->low, o->high), vf_clamp(sum.high, o->low, o->high));
}

/* `add`: where the addends of these sums are, n of them; NULL: there are none. */
HN_INLINE tile_v tile_finish(const tile_out *o, tile_total sum, const uint16_t *add, int32_t n) {
    tile_total y = {vf_act(o->act, o->alpha, sum.low), vf_act(o->act, o->alpha, sum.high)};
    if (add != 0) y = tile_total_add(y, vh_load_n(add, n));
    return tile_clamp(o, y);
}

/* Finishes and stores o->n of wide * VHN sums of each row. */
static __attribute__((noinline)) void tile_end_part(const tile_out *o, int rows, int wide,
                                                    const tile_total *sums) {
    const size_t first = (size_t)o->row * o->step + (size_t)o->from;
    for (int i = 0; i < rows; ++i) {
        const size_t at = first + (size_t)i * o->step;
        for (int v = 0; v < wide; ++v, ++sums) {
            const int32_t left = o->n - v * VHN, n = left < VHN ? left : VHN;
            if (n <= 0) continue;
            const size_t to = at + (size_t)(v * VHN);
            const uint16_t *add = o->add == 0 ? 0 : o->add + to;
            vh_store_n(o->to + to, tile_finish(o, *sums, add, n), n);
        }
    }
}

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_total total[][4]);

#include "kernels/vec/tile.h"

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_total total[][4]) {
    if (o->n == wide * VHN && o->add == 0 && o->act == HN_ACT_NONE) {
        uint16_t *to = o->to + (size_t)o->row * o->step + o->from;
        HN_UNROLL for (int i = 0; i < rows; ++i) {
            HN_UNROLL for (int v = 0; v < wide; ++v)
                vh_store(to + v * VHN, tile_clamp(o, total[i][v]));
            to += o->step;
        }
        return;
    }
    tile_total sums[14 * 4];
    HN_UNROLL for (int i = 0; i < rows; ++i) {
        HN_UNROLL for (int v = 0; v < wide; ++v) sums[i * wide + v] = total[i][v];
    }
    tile_end_part(o, rows, wide, sums);
}

#endif
