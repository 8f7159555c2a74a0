/* SPDX-License-Identifier: Apache-2.0
 * Integer depthwise convolution by columns of the window, for 64 channels at a time (AVX-512 VNNI):
 * the bytes of up to three rows under a column are woven, so that one instruction multiplies and
 * adds four taps of 16 channels. A woven column serves the three outputs whose windows it is in:
 *
 *      rows   r0 r1 r2  ->  column x   [r0 r1 r2 .][r0 r1 r2 .] ...   x weights of column 0, 1, 2
 *
 * Packing saturated sums to bytes undoes the weave. Padding counts as the input's zero point, which
 * the packed bias allows for. Where weights have a zero point too, it times the sum of each column
 * is taken off. Of few channels, neighbouring pixels are taken side by side. */
#ifndef HN_KERNELS_CONV_DWCONV_COLUMNS_H
#define HN_KERNELS_CONV_DWCONV_COLUMNS_H

#include "kernels/conv/dwconv_panels.h"
#include "kernels/vec/requant.h"

typedef struct dwcol {
    const hn_conv_args *a;
    void *const *buf;
    const hn_work *w;
    hn_conv_row at;
    vi flip, padding; /* what makes inputs unsigned; the zero point, so */
    vi minus;         /* less the zero point of weights, for each row */
    bool has_minus;
    requant_out out;
    uint8_t zeros[HN_DWCOL_CHANNELS];
} dwcol;

/* A block of channels: where the rows begin and how far pixels are apart, and what it ends with. */
typedef struct dwcol_block {
    const uint8_t *row[HN_DWCOL_ROWS];
    size_t pitch[HN_DWCOL_ROWS];
    const uint8_t *packed;
    uint8_t *to; /* pixel 0 of the output row */
    requant_scale scale[4];
    bool has_bytes;
    int32_t n, fold; /* channels, or those of so many pixels */
} dwcol_block;

typedef struct dwcol_column {
    vi v[4], minus[4];
} dwcol_column;

/* Column x of the image, n channels. */
HN_INLINE void dwcol_load(const dwcol *p, const dwcol_block *b, int32_t x, __mmask64 lanes,
                          bool has_minus, dwcol_column *out) {
    if ((uint32_t)x < (uint32_t)p->a->in_w) {
        vi r[HN_DWCOL_ROWS];
        HN_UNROLL for (int i = 0; i < HN_DWCOL_ROWS; ++i) {
            const uint8_t *at = b->row[i] + (size_t)x * b->pitch[i];
            r[i] = vi_xor(_mm512_maskz_loadu_epi8(lanes, at), p->flip);
        }
        const vi low = _mm512_unpacklo_epi8(r[0], r[1]), high = _mm512_unpackhi_epi8(r[0], r[1]);
        const vi next = _mm512_unpacklo_epi8(r[2], r[2]), last = _mm512_unpackhi_epi8(r[2], r[2]);
        out->v[0] = _mm512_unpacklo_epi16(low, next);
        out->v[1] = _mm512_unpackhi_epi16(low, next);
        out->v[2] = _mm512_unpacklo_epi16(high, last);
        out->v[3] = _mm512_unpackhi_epi16(high, last);
    } else {
        HN_UNROLL for (int g = 0; g < 4; ++g) out->v[g] = p->padding;
    }
    HN_UNROLL for (int g = 0; has_minus && g < 4; ++g) out->minus[g] =
        _mm512_dpbusd_epi32(vi_set(0), out->v[g], p->minus);
}

/* Four vectors of sums, woven, to n bytes. */
HN_INLINE void dwcol_store(const requant_out *o, const requant_scale s[4], const vi acc[4],
                           bool has_bytes, uint8_t *to, int32_t n) {
    vi near[4];
    if (!has_bytes) {
        HN_UNROLL for (int g = 0; g < 4; ++g) near[g] =
            requant_lanes(o, &s[g], o->arith, false, acc[g]);
        vb_store_part(to, v_pack(near, vi_set(0), o->is_unsigned), 0, 1, n);
        return;
    }
    if (o->arith == HN_ARITH_RNE) {
        HN_UNROLL for (int g = 0; g < 4; ++g) near[g] = requant_near(&s[g], HN_ARITH_RNE, acc[g]);
    } else {
        const requant_scale *const scale[4] = {&s[0], &s[1], &s[2], &s[3]};
        requant_four(o, scale, HN_ARITH_TFLITE, acc, near);
    }
    vb_store_part(to, requant_bytes(o, near), 0, 1, n);
}

HN_INLINE void dwcol_sums(const vi bias[4], vi weights[HN_DWCOL_WIDTH][4],
                          const dwcol_column c[HN_DWCOL_WIDTH], bool has_minus, vi acc[4]) {
    HN_UNROLL for (int g = 0; g < 4; ++g) acc[g] = bias[g];
    HN_UNROLL for (int x = 0; x < HN_DWCOL_WIDTH; ++x) {
        HN_UNROLL for (int g = 0; g < 4; ++g) {
            acc[g] = _mm512_dpbusd_epi32(acc[g], c[x].v[g], weights[x][g]);
            if (has_minus) acc[g] = vi_add(acc[g], c[x].minus[g]);
        }
    }
}

/* Outputs from[0], from[0] + fold ... before from[1], whose windows are `step` columns apart, 3 for
 * any more. Returns the first that is left. */
HN_INLINE int32_t dwcol_run(const dwcol *p, const dwcol_block *own, const int32_t from[2],
                            int32_t step, bool has_minus, bool has_bytes) {
    const hn_conv_args *a = p->a;
    const requant_out out = p->out;
    const dwcol_block b = *own; /* nothing that is written can be part of the copies */
    const __mmask64 lanes = ~UINT64_C(0) >> (HN_DWCOL_CHANNELS - b.n);
    const int32_t kept = HN_DWCOL_WIDTH - step;
    const size_t apart = (size_t)b.fold * (size_t)a->out_c;
    vi bias[4], weights[HN_DWCOL_WIDTH][4];
    dwcol_column c[HN_DWCOL_WIDTH];
    HN_UNROLL for (int g = 0; g < 4; ++g) {
        bias[g] = vi_load(b.packed + g * VN * 4);
        HN_UNROLL for (int x = 0; x < HN_DWCOL_WIDTH; ++x) weights[x][g] =
            vi_load(b.packed + ((3 + x) * 4 + g) * VN * 4);
    }
    int32_t at = from[0] * a->stride_w - a->pad_left, i = from[0];
    uint8_t *to = b.to + (size_t)i * (size_t)a->out_c;
    HN_UNROLL for (int k = 0; k < kept; ++k)
        dwcol_load(p, &b, at + k, lanes, has_minus, &c[k + step]);
    for (; i + b.fold <= from[1]; i += b.fold, at += b.fold * a->stride_w, to += apart) {
        vi acc[4];
        HN_UNROLL for (int k = 0; k < kept; ++k) c[k] = c[k + step];
        HN_UNROLL for (int k = kept; k < HN_DWCOL_WIDTH; ++k)
            dwcol_load(p, &b, at + k, lanes, has_minus, &c[k]);
        dwcol_sums(bias, weights, c, has_minus, acc);
        dwcol_store(&out, b.scale, acc, has_bytes, to, b.n);
    }
    return i;
}

HN_INLINE int32_t dwcol_runs(const dwcol *p, const dwcol_block *b, const int32_t x[2],
                             bool has_minus) {
    const int32_t step = b->fold * p->a->stride_w;
    if (step == 1) return dwcol_run(p, b, x, 1, has_minus, true);
    if (step == 2) return dwcol_run(p, b, x, 2, has_minus, true);
    return dwcol_run(p, b, x, 3, has_minus, true);
}

/* Outputs x[0] <= x < x[1], as many whole folds as there are. Returns the first that is left. */
static __attribute__((noinline)) int32_t dwcol_any(const dwcol *p, const dwcol_block *b,
                                                   const int32_t x[2]) {
    if (!b->has_bytes) return dwcol_run(p, b, x, 3, true, false);
    return p->has_minus ? dwcol_runs(p, b, x, true) : dwcol_runs(p, b, x, false);
}

/* Few channels: as many pixels at a time as fit a block, where all lie in the image. */
static void dwcol_folded(const dwcol *p, dwcol_block *b) {
    const hn_conv_args *a = p->a;
    int32_t inside[2], x[2] = {p->at.x0, p->at.x1};
    hn_dwconv_inside(a, &inside[0], &inside[1]);
    if (inside[0] < x[0]) inside[0] = x[0];
    if (inside[1] > x[1]) inside[1] = x[1];
    if (inside[0] < inside[1]) {
        x[1] = inside[0];
        inside[0] = dwcol_any(p, b, x);
        b->fold = HN_DWCOL_CHANNELS / a->out_c;
        b->n = b->fold * a->out_c;
        x[0] = dwcol_any(p, b, inside);
        x[1] = p->at.x1;
        b->fold = 1;
        b->n = a->out_c;
    }
    dwcol_any(p, b, x);
}

/* The rows of a block of channels from c on. */
static void dwcol_rows(const dwcol *p, int32_t c, dwcol_block *b) {
    const hn_conv_args *a = p->a;
    const uint8_t *in = (const uint8_t *)p->buf[HN_CONV_IN] + p->at.in + c;
    int32_t row = p->at.in_row;
    for (int32_t i = 0; i < HN_DWCOL_ROWS; ++i) {
        const bool is_inside = i >= p->at.taps.from && i < p->at.taps.to;
        b->row[i] = is_inside ? in + (size_t)row * (size_t)a->in_w * (size_t)a->in_c : p->zeros;
        b->pitch[i] = is_inside ? (size_t)a->in_c : 0;
        if (is_inside) row = hn_ring_next(row, a->dilation_h, p->w->tile, HN_CONV_IN);
    }
}

static void dwcol_scales(const dwcol *p, dwcol_block *b) {
    const int32_t *scale = (const int32_t *)(const void *)b->packed + HN_DWCOL_CHANNELS;
    b->has_bytes = p->out.has_bytes && p->out.arith != HN_ARITH_ONCE;
    HN_UNROLL for (int g = 0; g < 4; ++g) {
        b->scale[g] = requant_scale_of(p->out.arith, vi_load(scale + g * VN),
                                       vi_load(scale + HN_DWCOL_CHANNELS + g * VN));
        b->has_bytes = b->has_bytes && b->scale[g].has_bytes;
    }
}

static void dwcol_unit(dwcol *p, int32_t c0) {
    const hn_conv_args *a = p->a;
    const int32_t end = a->out_c - c0 < HN_DWCONV_BLOCK ? a->out_c : c0 + HN_DWCONV_BLOCK;
    const size_t block_bytes = HN_DWCOL_CHANNELS * 4 * (3 + HN_DWCOL_WIDTH);
    for (int32_t c = c0; c < end; c += HN_DWCOL_CHANNELS) {
        dwcol_block b;
        dwcol_rows(p, c, &b);
        b.packed = (const uint8_t *)p->buf[HN_CONV_WEIGHTS] +
                   (size_t)(c / HN_DWCOL_CHANNELS) * block_bytes;
        b.to = (uint8_t *)p->buf[HN_CONV_OUT] + p->at.out + c;
        b.n = end - c < HN_DWCOL_CHANNELS ? end - c : HN_DWCOL_CHANNELS;
        b.fold = 1;
        dwcol_scales(p, &b);
        const int32_t x[2] = {p->at.x0, p->at.x1};
        if (a->stride_w == 1 && 2 * a->out_c <= HN_DWCOL_CHANNELS)
            dwcol_folded(p, &b);
        else
            dwcol_any(p, &b, x);
    }
}

static void dwcol_all(const hn_conv_args *a, void *const *buf, const hn_work *w, bool is_signed) {
    dwcol p = {.a = a, .buf = buf, .w = w};
    const int32_t left = is_signed ? a->w_zero : a->w_zero - 128;
    const uint32_t each = (uint32_t)(-left) & 0xffu;
    uint32_t rows = 0;
    for (int32_t i = 0; i < a->k_h; ++i) rows |= each << 8 * i;
    p.flip = vb_set(is_signed ? -128 : 0);
    p.padding = vi_xor(vb_set(a->in_zero), p.flip);
    p.minus = vi_set((int32_t)rows);
    p.has_minus = left != 0;
    p.out = requant_out_of(a->arith, a->out_zero, a->act_min, a->act_max);
    for (int32_t i = 0; i < HN_DWCOL_CHANNELS; ++i) p.zeros[i] = (uint8_t)a->in_zero;
    const uint32_t blocks = hn_dwconv_blocks(a);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        p.at = hn_conv_row_at(a, w, u / blocks);
        dwcol_unit(&p, (int32_t)(u % blocks) * HN_DWCONV_BLOCK);
    }
}

#endif
