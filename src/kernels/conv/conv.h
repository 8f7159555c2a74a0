/* SPDX-License-Identifier: Apache-2.0
 * Convolution, channels last. N images, H rows, W columns, C channels; weights O H W I with
 * I = in_c / groups. The family dwconv has the same arguments with groups == in_c, out channel
 * o = c * multiplier + m where multiplier = out_c / in_c, and weights H W O.
 *
 * Operands: 0 input [n, in_h, in_w, in_c]
 *           1 weights [out_c, k_h, k_w, in_c / groups], dwconv [k_h, k_w, out_c]
 *           2 bias [out_c]: f32, or s32 for integers; NULL: zero
 *           3 scale, integers only: [out_c] pairs of s32 {multiplier, shift} (core/fixed.h)
 *           4 addend where has_add is set, f32 conv only: like the output, whose memory it may be
 *           5 output [n, out_h, out_w, out_c]
 * f32: out = clamp(act(bias + sum x * w) + addend, low, high); a product at a time, in the order
 * k_h, k_w, channel; act and its alpha are those of core/act.h. s8, u8: acc = bias + sum (x -
 * in_zero) * (w - w_zero); out = clamp(requant(acc) + out_zero, act_min, act_max). Padding adds
 * nothing. f16: as f32, but all operands are halves, and products are added in blocks of halves
 * (conv_f16_c.c, dwconv_f16_c.c); what follows the sum is computed in f32 and rounded to a half.
 * arith is HN_ARITH_NONE for f32, HN_ARITH_HALF for f16 and only then: traits tell the element size
 * by it. 1-D convolution has in_h = k_h = out_h = 1. Unit: one output row of one image, (image,
 * row); with a window, one of its rows. way: flags of hn_conv_way, which vector variants look at.
 */
#ifndef HN_KERNELS_CONV_H
#define HN_KERNELS_CONV_H

#include <stdbool.h>
#include <stddef.h>

#include "core/act.h"
#include "core/args.h"
#include "core/dot.h"
#include "core/fixed.h"
#include "core/taps.h"
#include "core/work.h"

/* clang-format off */
#define HN_CONV_FIELDS(F, A)                                                                       \
    F(s32, n) F(s32, in_h) F(s32, in_w) F(s32, in_c) F(s32, out_h) F(s32, out_w) F(s32, out_c)     \
    F(s32, k_h) F(s32, k_w) F(s32, stride_h) F(s32, stride_w) F(s32, dilation_h) F(s32, dilation_w)\
    F(s32, pad_top) F(s32, pad_left) F(s32, groups) F(s32, arith) F(s32, in_zero) F(s32, w_zero)   \
    F(s32, out_zero) F(s32, act_min) F(s32, act_max) F(f32, low) F(f32, high)                      \
    F(s32, act) F(s32, has_add) F(f32, alpha) F(s32, way)
/* clang-format on */

HN_ARGS(conv, HN_CONV_FIELDS);
typedef hn_conv_args hn_dwconv_args;

enum {
    HN_CONV_IN,
    HN_CONV_WEIGHTS,
    HN_CONV_BIAS,
    HN_CONV_SCALE,
    HN_CONV_ADD,
    HN_CONV_OUT,
    HN_CONV_OPERANDS
};

/* What a vector variant decides by the sizes is decided otherwise. */
typedef enum hn_conv_way {
    HN_CONV_BY_SIZE,
    HN_CONV_TURNED = 1, /* rows before blocks of channels where blocks would be first, and back */
    HN_CONV_DIRECT = 2  /* never by Winograd */
} hn_conv_way;

static inline bool hn_conv_is_float(const hn_conv_args *a) {
    return a->arith == HN_ARITH_NONE || a->arith == HN_ARITH_HALF;
}

/* Where a unit reads and writes: its columns x0 <= x < x1, the vertical taps inside the image, the
 * row of the input buffer where the first of these lies, and the elements before the image in the
 * input and before the row in the output. */
typedef struct hn_conv_row {
    int32_t x0, x1;
    hn_taps taps;
    int32_t in_row;
    size_t in, out;
} hn_conv_row;

static inline hn_conv_row hn_conv_row_at(const hn_conv_args *a, const hn_work *w, uint32_t u) {
    const hn_unit_row unit = hn_unit_row_at(w, u, a->out_h, a->out_w);
    hn_conv_row r;
    r.x0 = unit.x0;
    r.x1 = unit.x1;
    r.taps = hn_taps_at(unit.y * a->stride_h - a->pad_top, a->dilation_h, a->k_h, a->in_h);
    r.in_row = r.taps.first + r.taps.from * a->dilation_h;
    if (r.taps.from < r.taps.to) r.in_row = hn_ring_row(r.in_row, w->tile, HN_CONV_IN);
    r.in = (size_t)unit.image * (size_t)a->in_h * (size_t)a->in_w * (size_t)a->in_c;
    r.out =
        (size_t)unit.image * (size_t)a->out_h + (size_t)hn_ring_row(unit.y, w->tile, HN_CONV_OUT);
    r.out *= (size_t)a->out_w * (size_t)a->out_c;
    return r;
}

static inline hn_taps hn_conv_columns(const hn_conv_args *a, int32_t x) {
    return hn_taps_at(x * a->stride_w - a->pad_left, a->dilation_w, a->k_w, a->in_w);
}

/* An accumulator, bias included, as the output's 8 bits. `scale` is the channel's pair. */
static inline uint8_t hn_conv_finish(const hn_conv_args *a, uint32_t acc, const int32_t *scale) {
    const int32_t v = hn_requant(a->arith, (int32_t)acc, scale[0], scale[1]);
    const int32_t moved = (int32_t)((uint32_t)v + (uint32_t)a->out_zero);
    return (uint8_t)hn_clamp_s32(moved, a->act_min, a->act_max);
}

/* `add`: the addend's element; NULL: there is none. */
static inline float hn_conv_finish_f32(const hn_conv_args *a, float sum, const float *add) {
    float v = hn_act_of(a->act, a->alpha, sum);
    if (add != 0) v += *add;
    return v < a->low ? a->low : v > a->high ? a->high : v;
}

#endif
