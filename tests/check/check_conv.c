/* SPDX-License-Identifier: Apache-2.0
 * Convolutions, ordinary and depthwise: every shape of cases/conv.def in every type. Integers come
 * in both arithmetics, with and without bias, with scales that spread the outputs over the range
 * and with extreme ones. The portable float rows must give the bits of the definition; rows with
 * fused multiply-add come near it. Halves give its bits, but where a function of floats follows. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/conv/conv.h"

typedef struct shape {
    const char *name;
    int32_t in[4], out_c, k[2], stride[2], dilation[2], pad[4], groups;
} shape;

static const shape conv_shapes[] = {
#define X(name, in, out_c, k, stride, dilation, pad, groups)                                       \
    {name, in, out_c, k, stride, dilation, pad, groups},
#include "../cases/conv.def"
};

/* out_c holds the multiplier until the arguments are made. */
static const shape dwconv_shapes[] = {
#define D(name, in, k, stride, dilation, pad, multiplier)                                          \
    {name, in, multiplier, k, stride, dilation, pad, 0},
#include "../cases/conv.def"
};

static int32_t extent(const shape *s, int axis) {
    const int32_t reach = (s->k[axis] - 1) * s->dilation[axis] + 1;
    return (s->in[1 + axis] + s->pad[axis] + s->pad[2 + axis] - reach) / s->stride[axis] + 1;
}

static hn_conv_args args_of(const shape *s, bool is_depthwise) {
    return (hn_conv_args){
        .n = s->in[0],
        .in_h = s->in[1],
        .in_w = s->in[2],
        .in_c = s->in[3],
        .out_h = extent(s, 0),
        .out_w = extent(s, 1),
        .out_c = is_depthwise ? s->in[3] * s->out_c : s->out_c,
        .k_h = s->k[0],
        .k_w = s->k[1],
        .stride_h = s->stride[0],
        .stride_w = s->stride[1],
        .dilation_h = s->dilation[0],
        .dilation_w = s->dilation[1],
        .pad_top = s->pad[0],
        .pad_left = s->pad[1],
        .groups = is_depthwise ? s->in[3] : s->groups,
    };
}

/* Pairs {multiplier, shift}; ordinary ones bring a sum of n products into about +-128. */
static int32_t *scales(check *c, int32_t arith, int32_t out_c, size_t n, bool is_extreme) {
    int32_t *pair = check_alloc(c, (size_t)out_c * 2 * sizeof(int32_t));
    for (int32_t o = 0; o < out_c; ++o) {
        const double spread = (1 + (double)check_range(c, 0, 1000) / 500) / 3;
        const double scale = spread * 128 / (5400 * sqrt((double)n));
        int shift;
        const double fraction = frexp(scale, &shift);
        pair[2 * o] = (int32_t)lrint(fraction * 2147483647.0);
        pair[2 * o + 1] = shift;
        if (is_extreme) {
            pair[2 * o] = check_range(c, 1 << 30, INT32_MAX);
            pair[2 * o + 1] = check_range(c, -31, 4);
        }
        if (arith == HN_ARITH_RNE) {
            const float f = (float)(is_extreme ? scale * 1000 : scale);
            memcpy(&pair[2 * o], &f, sizeof f);
        }
    }
    return pair;
}

static check_case case_of(const shape *s, const hn_conv_args *a, hn_family family) {
    const size_t in = (size_t)a->n * (size_t)a->in_h * (size_t)a->in_w * (size_t)a->in_c;
    const size_t out = (size_t)a->n * (size_t)a->out_h * (size_t)a->out_w * (size_t)a->out_c;
    const size_t window = (size_t)a->k_h * (size_t)a->k_w * (size_t)(a->in_c / a->groups);
    check_case k = {.family = family, .args = a, .n_operands = HN_CONV_OPERANDS};
    snprintf(k.name, sizeof k.name, "%s", s->name);
    k.operand[HN_CONV_IN].bytes = in;
    k.operand[HN_CONV_WEIGHTS].bytes = (size_t)a->out_c * window;
    k.operand[HN_CONV_OUT].bytes = out;
    k.out = HN_CONV_OUT;
    k.out_w = a->out_w;
    k.work = out * window;
    return k;
}

/* Most multiply-adds of a case, since the definition is slow: of halves, which it adds by integers,
 * and of those whose work is cut in every way. */
enum { HALF_WORK = 300000, WAYS_WORK = 1000000 };
enum { ALL_WAYS = HN_CONV_TURNED | HN_CONV_DIRECT };

static void run_f32(check *c, const shape *s, hn_conv_args a, hn_family family) {
    a.arith = HN_ARITH_NONE;
    check_case k = case_of(s, &a, family);
    k.types = HN_TYPES_f32;
    /* sums of n products grow with the root of n, and so does what other orders leave */
    const size_t window = k.operand[HN_CONV_WEIGHTS].bytes / (size_t)a.out_c;
    k.bound_isa = 8e-6f * sqrtf((float)window);
    k.operand[HN_CONV_IN].data = check_floats(c, k.operand[HN_CONV_IN].bytes, -1, 1);
    k.operand[HN_CONV_WEIGHTS].data = check_floats(c, k.operand[HN_CONV_WEIGHTS].bytes, -1, 1);
    for (int i = 0; i <= HN_CONV_WEIGHTS; ++i) k.operand[i].bytes *= sizeof(float);
    k.operand[HN_CONV_OUT].bytes *= sizeof(float);
    a.low = -INFINITY;
    a.high = INFINITY;
    const bool has_ways = family == HN_FAMILY_conv && k.work < WAYS_WORK;
    for (a.way = has_ways ? ALL_WAYS : 0; a.way >= 0; --a.way) check_run(c, &k);
    a.way = HN_CONV_BY_SIZE;
    k.operand[HN_CONV_BIAS].data = check_floats(c, (size_t)a.out_c, -1, 1);
    k.operand[HN_CONV_BIAS].bytes = (size_t)a.out_c * sizeof(float);
    a.low = 0;
    a.high = 0.75f;
    if (k.work >= 50000) return;
    check_run(c, &k);
    a.low = -INFINITY;
    a.high = 4.0f;
    a.alpha = 0.25f;
    for (a.act = HN_ACT_NONE + 1; a.act < HN_ACT_COUNT; ++a.act) check_run(c, &k);
    a.act = family == HN_FAMILY_conv ? HN_ACT_SILU : HN_ACT_NONE;
    a.has_add = family == HN_FAMILY_conv;
    k.operand[HN_CONV_ADD].bytes = k.operand[HN_CONV_OUT].bytes;
    k.operand[HN_CONV_ADD].data = check_floats(c, k.operand[HN_CONV_OUT].bytes / 4, -1, 1);
    if (a.has_add) check_run(c, &k);
}

static check_operand halves(check *c, size_t n) {
    return (check_operand){check_halves(c, n, -1, 1), n * sizeof(uint16_t)};
}

static void run_f16(check *c, const shape *s, hn_conv_args a, hn_family family) {
    a.arith = HN_ARITH_HALF;
    check_case k = case_of(s, &a, family);
    if (k.work > HALF_WORK) return;
    k.types = HN_TYPES_f16;
    k.operand[HN_CONV_IN] = halves(c, k.operand[HN_CONV_IN].bytes);
    k.operand[HN_CONV_WEIGHTS] = halves(c, k.operand[HN_CONV_WEIGHTS].bytes);
    k.operand[HN_CONV_OUT].bytes *= sizeof(uint16_t);
    a.low = -INFINITY;
    a.high = INFINITY;
    check_run(c, &k);
    k.operand[HN_CONV_BIAS] = halves(c, (size_t)a.out_c);
    a.low = 0;
    a.high = 0.7f; /* no half */
    if (k.work >= 50000) return;
    check_run(c, &k);
    if (family == HN_FAMILY_conv) {
        a.has_add = 1;
        k.operand[HN_CONV_ADD] = halves(c, k.operand[HN_CONV_OUT].bytes / 2);
        check_run(c, &k);
    }
    k.bound_isa = 0x1p-10f;
    a.high = 4.0f;
    a.alpha = 0.25f;
    for (a.act = HN_ACT_NONE + 1; a.act < HN_ACT_COUNT; ++a.act) check_run(c, &k);
}

/* variant: 0 LiteRT's arithmetic, 1 without bias, 2 extreme; 3 to 5 the same in the other one. */
static void run_int(check *c, const shape *s, hn_conv_args a, hn_family family, int variant) {
    const bool is_signed = check_range(c, 0, 1) == 0;
    const int32_t low = is_signed ? -128 : 0;
    a.arith = variant < 3 ? HN_ARITH_TFLITE : HN_ARITH_RNE;
    check_case k = case_of(s, &a, family);
    const size_t window = k.operand[HN_CONV_WEIGHTS].bytes / (size_t)a.out_c;
    const size_t n = (size_t)a.out_c;
    a.in_zero = check_range(c, low, low + 255);
    a.w_zero = is_signed && variant % 3 != 2 ? 0 : check_range(c, low, low + 255);
    a.out_zero = check_range(c, low, low + 255);
    a.act_min = variant % 3 == 1 ? a.out_zero : low;
    a.act_max = low + 255;
    k.types = is_signed ? HN_TYPES_s8 : HN_TYPES_u8;
    k.operand[HN_CONV_IN].data = check_bytes(c, k.operand[HN_CONV_IN].bytes);
    k.operand[HN_CONV_WEIGHTS].data = check_bytes(c, k.operand[HN_CONV_WEIGHTS].bytes);
    k.operand[HN_CONV_SCALE] =
        (check_operand){scales(c, a.arith, a.out_c, window, variant % 3 == 2), n * 8};
    const int32_t most = variant % 3 == 2 ? 1 << 30 : 4000;
    if (variant % 3 != 1)
        k.operand[HN_CONV_BIAS] = (check_operand){check_ints(c, n, -most, most), n * 4};
    check_run(c, &k);
    a.way = HN_CONV_TURNED;
    if (family == HN_FAMILY_conv && variant == 0 && k.work < WAYS_WORK) check_run(c, &k);
}

static void run_shape(check *c, const shape *s, hn_family family) {
    const hn_conv_args a = args_of(s, family == HN_FAMILY_dwconv);
    const bool is_big = case_of(s, &a, family).work > 50000;
    run_f32(c, s, a, family);
    run_f16(c, s, a, family);
    for (int round = 0; round < (is_big ? 1 : 2); ++round)
        for (int variant = 0; variant < (is_big ? 2 : 6); ++variant)
            run_int(c, s, a, family, variant);
}

void check_conv(check *c) {
    for (size_t i = 0; i < sizeof conv_shapes / sizeof conv_shapes[0]; ++i)
        run_shape(c, &conv_shapes[i], HN_FAMILY_conv);
}

void check_dwconv(check *c) {
    for (size_t i = 0; i < sizeof dwconv_shapes / sizeof dwconv_shapes[0]; ++i)
        run_shape(c, &dwconv_shapes[i], HN_FAMILY_dwconv);
}
