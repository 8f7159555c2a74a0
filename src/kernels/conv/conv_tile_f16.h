/* SPDX-License-Identifier: Apache-2.0
 * Convolution of halves on packed panels of 32 outputs, whatever the vector length. Rows are read
 * where they lie; only images padded at the sides are copied. The bits are those of the definition:
 * the same multiply-adds in the same order. */
#ifndef HN_KERNELS_CONV_TILE_F16_H
#define HN_KERNELS_CONV_TILE_F16_H

#include "kernels/vec/tile_f16.h"

#include "kernels/conv/conv_tile.h"

static void conv_take(const conv_tile *c, uint8_t *to, const uint8_t *from, size_t n) {
    const uint16_t *in = (const uint16_t *)(const void *)from;
    uint16_t *out = (uint16_t *)(void *)to;
    (void)c;
    for (size_t i = 0; i < n; ++i) out[i] = in[i];
}

static void conv_pad(const conv_tile *c, uint8_t *to, size_t n) {
    uint16_t *out = (uint16_t *)(void *)to;
    (void)c;
    for (size_t i = 0; i < n; ++i) out[i] = 0;
}

static inline void conv_f16_unit(const conv_tile *c, int32_t block) {
    const hn_conv_args *a = c->a;
    const conv_tile_block b = conv_tile_block_of(c, block, 1);
    const uint16_t *packed = (const uint16_t *)c->buf[HN_CONV_WEIGHTS];
    const tile_work t = conv_tile_work(c, &b, (const uint8_t *)(packed + b.width));
    tile_out out = {.act = a->act, .alpha = a->alpha};
    out.to = (uint16_t *)c->buf[HN_CONV_OUT] + b.to;
    if (a->has_add) out.add = (const uint16_t *)c->buf[HN_CONV_ADD] + b.to;
    out.step = (size_t)a->out_c;
    out.low = vf_set(a->low);
    out.high = vf_set(a->high);
    tile_all(&t, c->at.x1 - c->at.x0, b.n, &out);
}

static void conv_f16_all(const hn_conv_args *a, void *const *buf, const hn_work *w) {
    conv_tile c = {.a = a, .buf = buf, .w = w, .cut = hn_conv_cut_of(a)};
    c.in_bytes = c.row_bytes = sizeof(uint16_t);
    c.b_step = TILE_PANEL * TILE_OUTPUT_BYTES;
    c.is_copied = hn_conv_is_padded(a, &c.cut);
    conv_tile_begin(&c);
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const int32_t block = conv_tile_enter(&c, u);
        conv_f16_unit(&c, block);
    }
}

#endif
