/* SPDX-License-Identifier: Apache-2.0
 * The rows under a convolution's windows, for all element types: which runs a row of pixels reads,
 * from the image or from rows copied into scratch. The includer has defined conv_take, which copies
 * and converts elements of the image, and conv_pad, which writes elements of the padding. Window
 * rows above and below the image are left out, or point to a row of padding where the sums must
 * count it. */
#ifndef HN_KERNELS_CONV_TILE_H
#define HN_KERNELS_CONV_TILE_H

#include "kernels/conv/conv_panels.h"

typedef struct conv_tile {
    const hn_conv_args *a;
    void *const *buf;
    const hn_work *w;
    hn_conv_cut cut;
    hn_conv_scratch part;
    hn_conv_row at;
    size_t in_bytes, row_bytes; /* of an element of the image, of a row as the tiles read it */
    size_t b_step;              /* bytes of a step's weights of a panel of outputs */
    bool is_signed, is_copied, counts_padding;
    const uint8_t **run;
    int64_t *tag; /* which row of all images each copied row is; -1: none */
} conv_tile;

static void conv_take(const conv_tile *c, uint8_t *to, const uint8_t *from, size_t n);
static void conv_pad(const conv_tile *c, uint8_t *to, size_t n);

static inline void conv_tile_begin(conv_tile *c) {
    uint8_t *scratch = (uint8_t *)c->w->scratch;
    c->part = hn_conv_scratch_of(c->a, &c->cut, c->is_copied ? c->row_bytes : 0);
    c->run = (const uint8_t **)(void *)scratch;
    c->tag = (int64_t *)(void *)(scratch + c->part.tags);
    for (int32_t i = 0; i < c->a->k_h; ++i) c->tag[i] = -1;
    if (c->counts_padding && c->is_copied)
        conv_pad(c, scratch + c->part.rows + (size_t)c->a->k_h * c->part.row,
                 (size_t)c->cut.n_cols * (size_t)c->a->in_c);
}

/* Column 0 of the input row that lies at `row`. */
static inline const uint8_t *conv_tile_image(const conv_tile *c, int32_t row) {
    const size_t pixel = (size_t)row * (size_t)c->a->in_w;
    return (const uint8_t *)c->buf[HN_CONV_IN] +
           (c->at.in + pixel * (size_t)c->a->in_c) * c->in_bytes;
}

/* Row `ky` of the window in scratch, copied unless it is there from a unit before; `row` is its
 * place in the image's buffer. */
static inline const uint8_t *conv_tile_copy(const conv_tile *c, int32_t ky, int32_t row) {
    const hn_conv_args *a = c->a;
    const int32_t y = c->at.taps.first + ky * a->dilation_h;
    const int32_t slot = a->dilation_h == 1 ? y % a->k_h : ky;
    const int64_t tag = (int64_t)(c->at.in / (size_t)a->in_w) + y;
    uint8_t *to = (uint8_t *)c->w->scratch + c->part.rows + (size_t)slot * c->part.row;
    if (c->tag[slot] == tag) return to;
    c->tag[slot] = tag;
    const int32_t from = c->cut.first < 0 ? 0 : c->cut.first;
    int32_t before = from - c->cut.first, n = a->in_w - from;
    if (before > c->cut.n_cols) before = c->cut.n_cols;
    if (n > c->cut.n_cols - before) n = c->cut.n_cols - before;
    if (n < 0) n = 0;
    const size_t in_c = (size_t)a->in_c, pixel = in_c * c->row_bytes;
    conv_pad(c, to, (size_t)before * in_c);
    conv_take(c, to + (size_t)before * pixel,
              conv_tile_image(c, row) + (size_t)from * in_c * c->in_bytes, (size_t)n * in_c);
    conv_pad(c, to + (size_t)(before + n) * pixel, (size_t)(c->cut.n_cols - before - n) * in_c);
    return to;
}

static inline int32_t conv_tile_add(const conv_tile *c, const uint8_t *in, int32_t group,
                                    int32_t n) {
    const hn_conv_args *a = c->a;
    const size_t pixel = (size_t)a->in_c * c->row_bytes;
    in += (size_t)c->at.x0 * (size_t)a->stride_w * pixel;
    in += (size_t)group * (size_t)c->cut.n_c * c->row_bytes;
    for (int32_t i = 0; i < c->cut.row_runs; ++i)
        c->run[n++] = in + (size_t)i * (size_t)a->dilation_w * pixel;
    return n;
}

/* Fills the runs of the current row of pixels, for the channels of a group; returns how many. */
static inline int32_t conv_tile_runs(const conv_tile *c, int32_t group) {
    const hn_conv_args *a = c->a;
    const hn_taps taps = c->at.taps;
    const uint8_t *padding =
        (const uint8_t *)c->w->scratch + c->part.rows + (size_t)a->k_h * c->part.row;
    int32_t row = c->at.in_row, n = 0;
    if (c->counts_padding)
        for (int32_t ky = 0; ky < taps.from; ++ky) n = conv_tile_add(c, padding, group, n);
    for (int32_t ky = taps.from; ky < taps.to; ++ky) {
        const uint8_t *in = c->is_copied ? conv_tile_copy(c, ky, row)
                                         : conv_tile_image(c, row) +
                                               (size_t)c->cut.first * (size_t)a->in_c * c->in_bytes;
        n = conv_tile_add(c, in, group, n);
        row = hn_ring_next(row, a->dilation_h, c->w->tile, HN_CONV_IN);
    }
    if (c->counts_padding)
        for (int32_t ky = taps.to; ky < a->k_h; ++ky) n = conv_tile_add(c, padding, group, n);
    return n;
}

/* Where a unit's outputs are: among the packed ones, and in the row. */
typedef struct conv_tile_block {
    int32_t group, n; /* outputs */
    size_t first;     /* packed output */
    size_t to;        /* elements before the first output of the row's first pixel */
    size_t width;     /* packed outputs of all groups */
    size_t row_steps; /* steps of a window row */
} conv_tile_block;

static inline conv_tile_block conv_tile_block_of(const conv_tile *c, int32_t block, int32_t quad) {
    const hn_conv_args *a = c->a;
    const int32_t o = block % c->cut.group_blocks * HN_CONV_BLOCK;
    const size_t width = (size_t)(c->cut.n_o + TILE_PANEL - 1) / TILE_PANEL * TILE_PANEL;
    conv_tile_block b;
    b.group = block / c->cut.group_blocks;
    b.n = c->cut.n_o - o < HN_CONV_BLOCK ? c->cut.n_o - o : HN_CONV_BLOCK;
    b.first = (size_t)b.group * width + (size_t)o;
    b.to = c->at.out + (size_t)c->at.x0 * (size_t)a->out_c + (size_t)b.group * (size_t)c->cut.n_o +
           (size_t)o;
    b.width = width * (size_t)a->groups;
    b.row_steps =
        (size_t)((c->cut.run_columns * c->cut.n_c + quad - 1) / quad) * (size_t)c->cut.row_runs;
    return b;
}

/* What the tiles of a block multiply; `panels` follows the head. */
static inline tile_work conv_tile_work(const conv_tile *c, const conv_tile_block *b,
                                       const uint8_t *panels) {
    const hn_conv_args *a = c->a;
    const size_t all_steps = b->row_steps * (size_t)a->k_h;
    const size_t skipped = c->counts_padding ? 0 : (size_t)c->at.taps.from * b->row_steps;
    tile_work t;
    t.run = c->run;
    t.n_runs = conv_tile_runs(c, b->group);
    t.steps = (int32_t)(b->row_steps / (size_t)c->cut.row_runs);
    t.step = (size_t)a->stride_w * (size_t)a->in_c * c->row_bytes;
    t.b = panels + b->first * all_steps * (c->b_step / TILE_PANEL) + skipped * c->b_step;
    t.b_step = c->b_step;
    t.b_panel = all_steps * c->b_step;
    t.init = (const uint8_t *)c->buf[HN_CONV_WEIGHTS] + b->first * TILE_START_BYTES;
    return t;
}

/* Goes to unit u; returns its block. */
static inline int32_t conv_tile_enter(conv_tile *c, uint32_t u) {
    const hn_tile *tile = c->w->tile;
    const uint32_t n_rows =
        tile != 0 ? (uint32_t)(tile->y1 - tile->y0) : (uint32_t)c->a->n * (uint32_t)c->a->out_h;
    int32_t block;
    c->at = hn_conv_row_at(c->a, c->w, hn_conv_unit_row(&c->cut, u, n_rows, &block));
    return block;
}

#endif
