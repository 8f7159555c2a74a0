/* SPDX-License-Identifier: Apache-2.0
 * Direct convolutions of images as the vector convolutions see them, for those and their traits. A
 * product's rows, each an image of one pixel, are one image of a row of pixels; where images have
 * zero points of their own, only a kernel that takes those off at the end (is_late) can do that. */
#ifndef HN_KERNELS_DIRECT_AS_CONV_H
#define HN_KERNELS_DIRECT_AS_CONV_H

#include "kernels/conv/conv.h"
#include "kernels/direct/direct.h"

static inline bool hn_direct_is_image(const hn_direct_args *a) {
    return a->transposed == 0 && a->in[0] == 1 && a->out[0] == 1 && a->k[0] == 1 && a->pad[0] == 0;
}

static inline bool hn_direct_is_rows(const hn_direct_args *a, bool is_late) {
    bool is_one = is_late;
    for (int32_t d = 1; d < 3; ++d)
        is_one = is_one && a->in[d] == 1 && a->out[d] == 1 && a->k[d] == 1 && a->pad[d] == 0;
    return is_one;
}

static inline hn_conv_args hn_direct_as_conv(const hn_direct_args *a, bool is_late) {
    const bool is_rows = hn_direct_is_rows(a, is_late);
    hn_conv_args c = {0};
    c.n = is_rows ? 1 : a->n;
    c.in_h = a->in[1];
    c.in_w = is_rows ? a->n : a->in[2];
    c.in_c = a->in_c;
    c.out_h = a->out[1];
    c.out_w = is_rows ? a->n : a->out[2];
    c.out_c = a->out_c;
    c.k_h = a->k[1];
    c.k_w = a->k[2];
    c.stride_h = a->stride[1];
    c.stride_w = is_rows ? 1 : a->stride[2];
    c.dilation_h = a->dilation[1];
    c.dilation_w = a->dilation[2];
    c.pad_top = a->pad[1];
    c.pad_left = a->pad[2];
    c.groups = a->groups;
    c.arith = a->arith;
    c.in_zero = a->in_zero;
    c.w_zero = a->w_zero;
    return c;
}

#endif
