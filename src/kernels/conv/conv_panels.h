/* SPDX-License-Identifier: Apache-2.0
 * How the vector convolutions cut their work; portable, for their traits too. A unit is one output
 * row times one block of 64 output channels of a group. Blocks go by in the inner order where the
 * image is larger than the weights, else rows do, so that the larger of the two is read once.
 *
 * The window of a pixel is read as runs: per window row one run of all columns where they lie side
 * by side in memory, else one run for each column. From pixel to pixel all runs move by the same
 * step. Where the window leaves the image at the left or right, or the kernel wants its input
 * converted, rows are first copied into scratch, k_h of them, and kept while they are needed:
 *
 *      scratch   runs | tags of the rows | sums of the windows | rows, one of padding last | points
 *
 * Float windows three columns wide at stride 1 go by Winograd's F(4, 3) along the row: four columns
 * of outputs from six points, with half the multiplications. A copied row holds the six points of
 * each tile of four columns; the points of the outputs lie in scratch until a unit's end. It pays
 * from a few tiles in a row on. Rows are apart, so windows and rings of rows are as for all. */
#ifndef HN_KERNELS_CONV_PANELS_H
#define HN_KERNELS_CONV_PANELS_H

#include "kernels/conv/conv.h"

enum { HN_CONV_BLOCK = 64, HN_CONV_SLACK = 64 };
enum { HN_WINO_TILE = 4, HN_WINO_POINTS = 6, HN_WINO_LEAST_C = 16, HN_WINO_LEAST_W = 12 };

typedef struct hn_conv_cut {
    int32_t n_c, n_o;      /* channels of a group */
    int32_t blocks;        /* of all groups */
    int32_t group_blocks;  /* of one group */
    int32_t run_columns;   /* k_w or 1 */
    int32_t row_runs;      /* runs of a window row */
    int32_t first, n_cols; /* of the image's columns, the first that is read, and how many are */
    int32_t tiles;         /* of four columns, by Winograd; 0: directly */
    bool is_blocks_first;  /* blocks are the outer order */
} hn_conv_cut;

static inline bool hn_conv_is_winograd(const hn_conv_args *a) {
    return a->arith == HN_ARITH_NONE && (a->way & HN_CONV_DIRECT) == 0 && a->k_w == 3 &&
           a->stride_w == 1 && a->dilation_w == 1 && a->groups == 1 && a->in_c >= HN_WINO_LEAST_C &&
           a->out_c >= HN_WINO_LEAST_C && a->out_w >= HN_WINO_LEAST_W;
}

static inline hn_conv_cut hn_conv_cut_of(const hn_conv_args *a) {
    hn_conv_cut c;
    c.n_c = a->in_c / a->groups;
    c.n_o = a->out_c / a->groups;
    c.group_blocks = (c.n_o + HN_CONV_BLOCK - 1) / HN_CONV_BLOCK;
    c.blocks = c.group_blocks * a->groups;
    c.run_columns = a->groups == 1 && a->dilation_w == 1 ? a->k_w : 1;
    c.row_runs = a->k_w / c.run_columns;
    c.first = -a->pad_left;
    c.n_cols = (a->out_w - 1) * a->stride_w + (a->k_w - 1) * a->dilation_w + 1;
    c.tiles = hn_conv_is_winograd(a) ? (a->out_w + HN_WINO_TILE - 1) / HN_WINO_TILE : 0;
    c.is_blocks_first =
        (int64_t)a->k_h * a->k_w * c.n_c * a->out_c > (int64_t)a->in_h * a->in_w * a->in_c;
    if ((a->way & HN_CONV_TURNED) != 0) c.is_blocks_first = !c.is_blocks_first;
    return c;
}

/* Does a window leave the image at the left or right? */
static inline bool hn_conv_is_padded(const hn_conv_args *a, const hn_conv_cut *c) {
    return c->first < 0 || c->first + c->n_cols > a->in_w;
}

/* Row and block of unit u of n_rows x blocks. */
static inline uint32_t hn_conv_unit_row(const hn_conv_cut *c, uint32_t u, uint32_t n_rows,
                                        int32_t *block) {
    const uint32_t n_blocks = (uint32_t)c->blocks;
    *block = (int32_t)(c->is_blocks_first ? u / n_rows : u % n_blocks);
    return c->is_blocks_first ? u % n_rows : u / n_blocks;
}

static inline size_t hn_conv_align(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

/* The parts of scratch, bytes from its start; `row` is one copied row. */
typedef struct hn_conv_scratch {
    size_t tags, sums, rows, row, points, total;
} hn_conv_scratch;

/* `element`: bytes of a copied element, 0: no rows are copied. */
static inline hn_conv_scratch hn_conv_scratch_of(const hn_conv_args *a, const hn_conv_cut *c,
                                                 size_t element) {
    hn_conv_scratch s;
    const size_t pixels = c->tiles > 0 ? (size_t)c->tiles * HN_WINO_POINTS : (size_t)c->n_cols;
    s.row = hn_conv_align(pixels * (size_t)a->in_c * element + HN_CONV_SLACK);
    s.tags = hn_conv_align((size_t)a->k_h * (size_t)c->row_runs * 8);
    s.sums = s.tags + hn_conv_align((size_t)a->k_h * 8);
    s.rows = s.sums + hn_conv_align((size_t)a->out_w * 4 + HN_CONV_SLACK);
    s.points = s.rows + (element == 0 ? 0 : ((size_t)a->k_h + 1) * s.row);
    s.total = s.points + (size_t)c->tiles * HN_WINO_POINTS * HN_CONV_BLOCK * sizeof(float);
    return s;
}

#endif
