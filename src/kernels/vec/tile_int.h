/* SPDX-License-Identifier: Apache-2.0
 * Tiles of integers (vec/tile.h): 32-bit sums, which wrap, are requantised to 8 bits, stay as they
 * are, or become floats. The includer has defined tile_mac. Sums go by the stack, so that their
 * ends, of which there are five kinds, stand once beside the many tiles. */
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

/* Rows of numbers whose zero points and scales are known only now (is_apart in kernels/pack.h):
 * row i has block[i * step + ...], as kernels/dynquant/dynquant.h orders it. `low` is what the rows
 * are moved by. */
typedef struct tile_late {
    const int32_t *block;
    int32_t step, low;
    const int32_t *unit, *scale, *bias; /* of column 0 on */
    bool is_real;
    float least, most; /* of floats */
} tile_late;

/* Output (row i, column j) goes to `to` + (i * step + j) elements. Multipliers and shifts are those
 * of column 0 on; from all sums of row i, minus[i] is taken off. */
typedef struct tile_out {
    uint8_t *to;
    size_t step;
    int32_t row, from, n;
    const requant_out *out;
    const int32_t *multiplier, *shift;
    const int32_t *minus;  /* NULL: nothing */
    const tile_late *late; /* NULL: outputs of 8 bits; else of 32 */
} tile_out;

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_v acc[][4]);

#include "kernels/vec/tile.h"

/* `rows` vectors, `stride` apart, to n <= VN outputs each. */
HN_INLINE void tile_vectors(const tile_out *o, const requant_scale *s, const int32_t *sums,
                            const int32_t at[4], int32_t arith, bool is_plain) {
    const int32_t rows = at[0], stride = at[1], from = at[2], n = at[3];
    uint8_t *to = o->to + (size_t)o->row * o->step + from;
    for (int32_t i = 0; i < rows; ++i, to += o->step, sums += stride) {
        vi sum = vi_load(sums);
        if (o->minus != 0) sum = vi_sub(sum, vi_set(o->minus[o->row + i]));
        const vi y = requant_lanes(o->out, s, arith, is_plain, sum);
        if (n >= VN)
            vi_store_8(to, y);
        else
            vi_store_8_n(to, y, n);
    }
}

/* The same, four vectors at a time: of 4 / wide rows; `wide` and `arith` are constants. */
HN_INLINE void tile_bytes(const tile_out *o, const requant_scale s[4], const int32_t *sums,
                          int32_t rows, int32_t wide, int32_t arith) {
    const int32_t at_once = 4 / wide;
    const bool is_whole = o->n >= wide * VN && o->step == (size_t)(wide * VN); /* rows touch */
    uint8_t *to = o->to + (size_t)o->row * o->step + o->from;
    for (int32_t i = 0; i < rows; i += at_once, sums += 4 * VN) {
        const int32_t n = rows - i < at_once ? rows - i : at_once;
        const requant_scale *const scale[4] = {&s[0], &s[1 % wide], &s[2 % wide], &s[3 % wide]};
        vi sum[4], near[4];
        HN_UNROLL for (int32_t k = 0; k < 4; ++k) {
            const int32_t own = k / wide < n ? k : k % wide; /* past the last row: any */
            sum[k] = vi_load(sums + own * VN);
            if (o->minus != 0) sum[k] = vi_sub(sum[k], vi_set(o->minus[o->row + i + own / wide]));
        }
        requant_four(o->out, scale, arith, sum, near);
        const vb bytes = v_unweave(requant_bytes(o->out, near));
        if (is_whole && n == at_once) {
            vb_store_part(to, bytes, 0, 1, 4 * VN);
            to += 4 * VN;
            continue;
        }
        HN_UNROLL for (int32_t k = 0; k < at_once; ++k, to += o->step) {
            if (k < n) vb_store_part(to, bytes, k, at_once, o->n);
        }
    }
}

HN_INLINE void tile_bytes_wide(const tile_out *o, const requant_scale s[4], const int32_t *sums,
                               int32_t rows, int32_t wide, int32_t arith) {
    if (wide == 4)
        tile_bytes(o, s, sums, rows, 4, arith);
    else if (wide == 2)
        tile_bytes(o, s, sums, rows, 2, arith);
    else
        tile_bytes(o, s, sums, rows, 1, arith);
}

#ifdef V_HAS_DOUBT
enum { TILE_HAS_BYTES = 1 };
#else
enum { TILE_HAS_BYTES = 0 }; /* but for HN_ARITH_RNE; nothing is gained */
#endif

/* Does nothing and says so where the outputs do not allow for it. */
HN_INLINE bool tile_end_bytes(const tile_out *o, int rows, int wide, const int32_t *sums) {
    requant_scale s[4];
    const int32_t arith = o->out->arith;
    if (!o->out->has_bytes || (arith != HN_ARITH_RNE && !TILE_HAS_BYTES)) return false;
    for (int v = 0; v < wide; ++v) {
        const int32_t from = o->from + v * VN;
        s[v] = requant_scale_of(arith, vi_load(o->multiplier + from), vi_load(o->shift + from));
        if (!s[v].has_bytes) return false;
    }
    if (arith == HN_ARITH_RNE)
        tile_bytes_wide(o, s, sums, rows, wide, HN_ARITH_RNE);
    else if (arith == HN_ARITH_ONCE)
        tile_bytes_wide(o, s, sums, rows, wide, HN_ARITH_ONCE);
    else
        tile_bytes_wide(o, s, sums, rows, wide, HN_ARITH_TFLITE);
    return true;
}

static __attribute__((noinline)) void tile_end_int(const tile_out *o, int rows, int wide,
                                                   const int32_t *sums) {
    const int32_t arith = o->out->arith;
    if (tile_end_bytes(o, rows, wide, sums)) return;
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

/* One vector of a row's sums, whose factor and zero point are given. */
HN_INLINE vi tile_late_lanes(const tile_late *l, int32_t from, int32_t n, vi sum,
                             const int32_t block[2]) {
    const vi whole = vi_add(sum, vi_mul(vi_load_n(l->unit + from, n), vi_set(block[1])));
    const vi bias = vi_load_n(l->bias + from, n);
    if (!l->is_real) return vi_add(whole, bias);
    const vf scale = vf_of_bits(vi_load_n(l->scale + from, n));
    const vf factor = vf_mul(vf_of_bits(vi_set(block[0])), scale);
    const vf real = vf_add(vf_mul(vf_of_int(whole), factor), vf_of_bits(bias));
    return vi_of_bits(vf_clamp(real, vf_set(l->least), vf_set(l->most)));
}

static __attribute__((noinline)) void tile_end_late(const tile_out *o, int rows, int wide,
                                                    const int32_t *sums) {
    const tile_late *l = o->late;
    for (int i = 0; i < rows; ++i) {
        const int32_t row = o->row + i, *own = l->block + row * l->step;
        const int32_t block[2] = {own[0], own[1] - l->low};
        float *to = (float *)(void *)o->to + (size_t)row * o->step + o->from;
        for (int v = 0; v < wide; ++v, sums += VN) {
            const int32_t from = v * VN, left = o->n - from, n = left < VN ? left : VN;
            if (n <= 0) continue;
            vi sum = vi_load(sums);
            if (o->minus != 0) sum = vi_sub(sum, vi_set(o->minus[row]));
            const vi y = tile_late_lanes(l, o->from + from, n, sum, block);
            if (n < VN)
                vf_store_n(to + from, vf_of_bits(y), n);
            else
                vi_store(to + from, y);
        }
    }
}

HN_INLINE void tile_end(const tile_out *o, int rows, int wide, tile_v acc[][4]) {
    int32_t sums[14 * 4 * VN];
    HN_UNROLL for (int i = 0; i < rows; ++i) {
        HN_UNROLL for (int v = 0; v < wide; ++v) vi_store(sums + (i * wide + v) * VN, acc[i][v]);
    }
    if (o->late != 0)
        tile_end_late(o, rows, wide, sums);
    else
        tile_end_int(o, rows, wide, sums);
}

#endif
