/* SPDX-License-Identifier: Apache-2.0
 * Integer convolution on packed panels. The includer has included vec/tile_int.h and a
 * vec/rows_*.h, which says what the tiles read: 16-bit rows of which nothing is taken off, or
 * unsigned or signed bytes. Those are read where they lie when they are so already and need neither
 * padding nor room for a whole step past their end. */
#ifndef HN_KERNELS_CONV_TILE_INT_H
#define HN_KERNELS_CONV_TILE_INT_H

#include "kernels/conv/conv_tile.h"
#include "kernels/direct/direct_as_conv.h"
#include "kernels/dynquant/dynquant.h"

static void conv_take(const conv_tile *c, uint8_t *to, const uint8_t *from, size_t n) {
    int_take(to, from, n, c->a->in_zero, c->is_signed);
}

static void conv_pad(const conv_tile *c, uint8_t *to, size_t n) {
    int_pad(to, n, c->a->in_zero, c->is_signed);
}

/* `late`: outputs of 32 bits, whose sums begin with 0; else `ends` makes them of 8. */
static inline void conv_int_unit(const conv_tile *c, int32_t block, const requant_out *ends,
                                 tile_late *late) {
    const hn_conv_args *a = c->a;
    const conv_tile_block b = conv_tile_block_of(c, block, INT_QUAD);
    const int32_t *packed = (const int32_t *)c->buf[HN_CONV_WEIGHTS];
    tile_work t = conv_tile_work(c, &b, (const uint8_t *)(packed + 3 * b.width));
    tile_out out = {.late = late};
    out.to = (uint8_t *)c->buf[HN_CONV_OUT] + b.to * (late != 0 ? 4 : 1);
    out.step = (size_t)a->out_c;
    out.out = ends;
    out.multiplier = packed + b.width + b.first;
    out.shift = out.multiplier + b.width;
    out.minus = int_minus(&t, c->cut.run_columns * c->cut.n_c, c->at.x1 - c->at.x0,
                          int_left_zero(a->w_zero, c->is_signed),
                          (int32_t *)(void *)((uint8_t *)c->w->scratch + c->part.sums));
    if (late != 0) {
        t.init = 0;
        late->unit = packed + b.first;
        late->scale = out.multiplier;
        late->bias = out.shift;
    }
    tile_all(&t, c->at.x1 - c->at.x0, b.n, &out);
}

static inline conv_tile conv_int_tile(const hn_conv_args *a, void *const *buf, const hn_work *w,
                                      bool is_signed) {
    conv_tile c = {.a = a, .buf = buf, .w = w, .cut = hn_conv_cut_of(a), .is_signed = is_signed};
    const bool is_whole = c.cut.run_columns * c.cut.n_c % INT_QUAD == 0;
    c.in_bytes = 1;
    c.row_bytes = INT_BYTES;
    c.b_step = 16 * TILE_OUTPUT_BYTES;
    c.counts_padding = INT_BYTES == 1;
    c.is_copied =
        !int_is_taken(is_signed) || !is_whole || hn_conv_is_padded(a, &c.cut) || a->pad_top > 0 ||
        (a->out_h - 1) * a->stride_h - a->pad_top + (a->k_h - 1) * a->dilation_h >= a->in_h;
    return c;
}

static void conv_int_all(const hn_conv_args *a, void *const *buf, const hn_work *w,
                         bool is_signed) {
    conv_tile c = conv_int_tile(a, buf, w, is_signed);
    const requant_out ends = requant_out_of(a->arith, a->out_zero, a->act_min, a->act_max);
    conv_tile_begin(&c);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const int32_t block = conv_tile_enter(&c, u);
        conv_int_unit(&c, block, &ends, 0);
    }
}

/* ---- the family direct: accumulators or floats, zero points that are known only now ---- */

enum { CONV_IS_LATE = INT_BYTES == 1 };

/* Rows of 16 bits have their zero point taken off when they are copied; the padding of bytes
 * counts as it, for which they are begun anew with each image. */
static inline void conv_late_image(conv_tile *c, hn_conv_args *a, const int32_t *block,
                                   int32_t *own) {
    own[0] = block[HN_DYN_SCALE];
    own[1] = CONV_IS_LATE ? block[HN_DYN_ZERO] : 0;
    a->in_zero = block[HN_DYN_ZERO];
    conv_tile_begin(c);
}

static void conv_late_all(const hn_direct_args *d, void *const *buf, const hn_work *w,
                          bool is_signed, bool is_real) {
    hn_conv_args a = hn_direct_as_conv(d, CONV_IS_LATE);
    conv_tile c = conv_int_tile(&a, buf, w, is_signed);
    const int32_t fixed[HN_DYN_WORDS] = {0, d->in_zero};
    const int32_t *blocks = (const int32_t *)buf[HN_DIRECT_IMAGES];
    const bool is_rows = blocks != 0 && hn_direct_is_rows(d, CONV_IS_LATE);
    int32_t own[2], image = -1;
    tile_late late = {.is_real = is_real, .least = d->low, .most = d->high};
    late.block = is_rows ? blocks : own;
    late.step = is_rows ? HN_DYN_WORDS : 0;
    late.low = int_late_low(is_signed);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const int32_t block = conv_tile_enter(&c, u);
        const size_t pixels = (size_t)a.out_h * (size_t)a.out_w * (size_t)a.out_c;
        const int32_t at = (int32_t)(c.at.out / pixels);
        if (at != image)
            conv_late_image(&c, &a, blocks == 0 ? fixed : blocks + at * HN_DYN_WORDS, own);
        image = at;
        conv_int_unit(&c, block, 0, &late);
    }
}

#endif
