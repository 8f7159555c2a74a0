/* SPDX-License-Identifier: Apache-2.0
 * How the vector depthwise convolutions cut their work; portable, for their traits too. A unit is
 * one output row times one block of 256 channels, blocks innermost. They take one output for each
 * input channel.
 *
 *      scratch   taps of the current pixels | integers: pixels of padding                        */
#ifndef HN_KERNELS_CONV_DWCONV_PANELS_H
#define HN_KERNELS_CONV_DWCONV_PANELS_H

#include "kernels/conv/conv.h"

enum { HN_DWCONV_BLOCK = 256, HN_DWCONV_PIXELS = 4, HN_DWCONV_SLACK = 64 };

/* Where a tap reads: the input at the first of the current pixels, and the weights. */
typedef struct hn_dwconv_tap {
    const void *in, *weight;
} hn_dwconv_tap;

static inline uint32_t hn_dwconv_blocks(const hn_conv_args *a) {
    return ((uint32_t)a->out_c + HN_DWCONV_BLOCK - 1) / HN_DWCONV_BLOCK;
}

static inline size_t hn_dwconv_taps_bytes(const hn_conv_args *a) {
    const size_t n_taps = (size_t)a->k_h * (size_t)a->k_w + 1;
    return (n_taps * 2 * 8 + 63) / 64 * 64;
}

static inline size_t hn_dwconv_padding_bytes(const hn_conv_args *a) {
    const size_t pixels = (HN_DWCONV_PIXELS - 1) * (size_t)a->stride_w + 1;
    return pixels * (size_t)a->in_c + HN_DWCONV_PIXELS * HN_DWCONV_SLACK;
}

/* One input channel and several outputs: an ordinary convolution. */
static inline bool hn_dwconv_is_ordinary(const void *args) {
    const hn_conv_args *a = (const hn_conv_args *)args;
    return a->in_c == 1 && a->out_c > 1 && a->groups == 1;
}

enum { HN_DWCOL_CHANNELS = 64, HN_DWCOL_WIDTH = 3, HN_DWCOL_ROWS = 3 };

/* Windows whose columns are multiplied whole (dwconv_columns.h), where channels fill a good part of
 * a block. */
static inline bool hn_dwconv_is_columns(const hn_conv_args *a, bool is_signed) {
    const int32_t least = a->stride_w == 1 ? HN_DWCOL_CHANNELS / 4 : HN_DWCOL_CHANNELS / 2 + 1;
    return a->out_c >= least && a->k_w == HN_DWCOL_WIDTH && a->k_h <= HN_DWCOL_ROWS &&
           a->dilation_w == 1 && a->w_zero > (is_signed ? -128 : 0);
}

/* How many neighbouring pixels fill a block of channels; 1 where they do not, or are read apart. */
static inline int32_t hn_dwconv_fold(const hn_conv_args *a, int32_t block) {
    if (a->stride_w != 1 || a->in_c >= block || block % a->in_c != 0) return 1;
    return block / a->in_c;
}

/* The columns x whose windows lie inside the image. */
static inline void hn_dwconv_inside(const hn_conv_args *a, int32_t *from, int32_t *to) {
    const int32_t reach = (a->k_w - 1) * a->dilation_w;
    *from = a->pad_left <= 0 ? 0 : (a->pad_left + a->stride_w - 1) / a->stride_w;
    const int32_t last = a->in_w - 1 - reach + a->pad_left;
    *to = last < 0 ? 0 : last / a->stride_w + 1;
}

/* The pixels from x on whose taps are the same but for a step: one, or HN_DWCONV_PIXELS. */
static inline int32_t hn_dwconv_pixels(const int32_t inside[2], int32_t x, int32_t end) {
    const int32_t last = x + HN_DWCONV_PIXELS;
    return x >= inside[0] && last <= inside[1] && last <= end ? HN_DWCONV_PIXELS : 1;
}

#endif
