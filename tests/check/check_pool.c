/* SPDX-License-Identifier: Apache-2.0
 * Pools: every shape of cases/pool.def, maximum and average, in every type and arithmetic. The
 * portable form is its own definition, so what to expect is computed here, a tap at a time in the
 * same order, with double division for the average. Halves: as floats, rounded at the end. */
#include "check.h"

#include <math.h>
#include <stdio.h>

#include "core/half.h"
#include "kernels/pool/pool.h"

typedef struct shape {
    const char *name;
    int32_t in[4], k[2], stride[2], dilation[2], pad[4];
} shape;

static const shape shapes[] = {
#define X(name, in, k, stride, dilation, pad) {name, in, k, stride, dilation, pad},
#include "../cases/pool.def"
};

static int32_t extent(const shape *s, int axis) {
    const int32_t reach = (s->k[axis] - 1) * s->dilation[axis] + 1;
    return (s->in[1 + axis] + s->pad[axis] + s->pad[2 + axis] - reach) / s->stride[axis] + 1;
}

static hn_pool_args args_of(const shape *s) {
    return (hn_pool_args){.n = s->in[0],
                          .in_h = s->in[1],
                          .in_w = s->in[2],
                          .c = s->in[3],
                          .out_h = extent(s, 0),
                          .out_w = extent(s, 1),
                          .k_h = s->k[0],
                          .k_w = s->k[1],
                          .stride_h = s->stride[0],
                          .stride_w = s->stride[1],
                          .dilation_h = s->dilation[0],
                          .dilation_w = s->dilation[1],
                          .pad_top = s->pad[0],
                          .pad_left = s->pad[1],
                          .limit_h = s->in[1] + s->pad[2],
                          .limit_w = s->in[2] + s->pad[3]};
}

/* Element of the input that tap t of output (n, y, x, c) reads; -1 in the padding. */
static int64_t input_of(const hn_pool_args *a, const int32_t at[4], int32_t t) {
    const int32_t y = at[1] * a->stride_h - a->pad_top + t / a->k_w * a->dilation_h;
    const int32_t x = at[2] * a->stride_w - a->pad_left + t % a->k_w * a->dilation_w;
    if (y < 0 || y >= a->in_h || x < 0 || x >= a->in_w) return -1;
    return (((int64_t)at[0] * a->in_h + y) * a->in_w + x) * a->c + at[3];
}

/* Does tap t count for an average that counts the padding? */
static bool is_before_limit(const hn_pool_args *a, const int32_t at[4], int32_t t) {
    const int32_t y = at[1] * a->stride_h - a->pad_top + t / a->k_w * a->dilation_h;
    const int32_t x = at[2] * a->stride_w - a->pad_left + t % a->k_w * a->dilation_w;
    return y < a->limit_h && x < a->limit_w;
}

static float expect_f32(const hn_pool_args *a, const float *in, const int32_t at[4]) {
    float sum = 0, most = -INFINITY;
    int32_t n = 0;
    for (int32_t t = 0; t < a->k_h * a->k_w; ++t) {
        const int64_t i = input_of(a, at, t);
        n += i >= 0 || (a->count_pad && is_before_limit(a, at, t));
        if (i < 0) continue;
        sum += in[i];
        most = fmaxf(most, in[i]);
    }
    if (n == 0 || a->kind == HN_POOL_SUM) n = 1;
    const float v = a->kind == HN_POOL_MAX ? most : sum / (float)n;
    return fminf(fmaxf(v, a->low), a->high);
}

static int32_t expect_int(const hn_pool_args *a, const uint8_t *in, const int32_t at[4],
                          bool is_signed) {
    int32_t sum = 0, most = is_signed ? -128 : 0, n = 0;
    for (int32_t t = 0; t < a->k_h * a->k_w; ++t) {
        const int64_t i = input_of(a, at, t);
        if (i < 0 && (!a->count_pad || !is_before_limit(a, at, t))) continue;
        ++n;
        sum += i < 0 ? a->in_zero : is_signed ? (int8_t)in[i] : in[i];
        if (i >= 0) most = (int32_t)fmax(most, is_signed ? (int8_t)in[i] : in[i]);
    }
    double v = most;
    if (n == 0) n = 1;
    if (a->kind == HN_POOL_AVERAGE && a->arith == HN_ARITH_TFLITE) v = round((double)sum / n);
    if (a->kind == HN_POOL_AVERAGE && a->arith == HN_ARITH_RNE) {
        int32_t taps = 0;
        for (int32_t t = 0; t < a->k_h * a->k_w; ++t) taps += input_of(a, at, t) >= 0;
        const int32_t zeros = a->count_pad ? n * a->in_zero : taps * a->in_zero;
        v = a->out_zero + rint((double)((float)(sum - zeros) * a->scale / (float)n));
    }
    return (int32_t)fmin(fmax(v, a->act_min), a->act_max);
}

static const void *expect(check *c, const hn_pool_args *a, const void *in, hn_types types) {
    const size_t pixels = (size_t)a->n * (size_t)a->out_h * (size_t)a->out_w;
    const size_t n = pixels * (size_t)a->c;
    float *f = check_alloc(c, n * sizeof(float));
    uint8_t *b = check_alloc(c, n);
    for (size_t i = 0; i < n; ++i) {
        const int32_t row = (int32_t)(i / (size_t)a->c / (size_t)a->out_w);
        const int32_t at[4] = {row / a->out_h, row % a->out_h,
                               (int32_t)(i / (size_t)a->c % (size_t)a->out_w),
                               (int32_t)(i % (size_t)a->c)};
        if (types == HN_TYPES_f32)
            f[i] = expect_f32(a, in, at);
        else
            b[i] = (uint8_t)expect_int(a, in, at, types == HN_TYPES_s8);
    }
    return types == HN_TYPES_f32 ? (const void *)f : b;
}

static const void *expect_f16(check *c, const hn_pool_args *a, const uint16_t *in, size_t n_in,
                              size_t n_out) {
    float *wide = check_alloc(c, n_in * sizeof *wide);
    uint16_t *halves = check_alloc(c, n_out * sizeof *halves);
    for (size_t i = 0; i < n_in; ++i) wide[i] = hn_f32_of_f16(in[i]);
    const float *f = expect(c, a, wide, HN_TYPES_f32);
    for (size_t i = 0; i < n_out; ++i) halves[i] = hn_f16_of_f32(f[i]);
    return halves;
}

static void run(check *c, const shape *s, hn_pool_args a, hn_types types) {
    const size_t size = hn_arith_bytes(a.arith);
    const size_t n_in = (size_t)a.n * (size_t)a.in_h * (size_t)a.in_w * (size_t)a.c;
    const size_t n_out = (size_t)a.n * (size_t)a.out_h * (size_t)a.out_w * (size_t)a.c;
    const int32_t low = types == HN_TYPES_s8 ? -128 : 0;
    check_case k = {.family = HN_FAMILY_pool, .types = types, .args = &a};
    a.in_zero = check_range(c, low, low + 255);
    a.out_zero = check_range(c, low, low + 255);
    a.act_min = low + check_range(c, 0, 20);
    a.act_max = low + check_range(c, 200, 255);
    a.scale = 0.9f;
    a.low = -0.9f;
    a.high = INFINITY;
    static const char *const kinds[] = {"max", "average", "sum"};
    snprintf(k.name, sizeof k.name, "%s %s", kinds[a.kind], s->name);
    if (types == HN_TYPES_f32)
        k.operand[HN_POOL_IN].data = check_floats(c, n_in, -1, 1);
    else if (types == HN_TYPES_f16)
        k.operand[HN_POOL_IN].data = check_halves(c, n_in, -1, 1);
    else
        k.operand[HN_POOL_IN].data = check_bytes(c, n_in);
    k.operand[HN_POOL_IN].bytes = n_in * size;
    k.operand[HN_POOL_OUT].bytes = n_out * size;
    k.n_operands = HN_POOL_OPERANDS;
    k.out = HN_POOL_OUT;
    k.out_w = a.out_w;
    k.work = n_out * (size_t)(a.k_h * a.k_w);
    k.expect = types == HN_TYPES_f16 ? expect_f16(c, &a, k.operand[HN_POOL_IN].data, n_in, n_out)
                                     : expect(c, &a, k.operand[HN_POOL_IN].data, types);
    check_run(c, &k);
}

static void run_shape(check *c, const shape *s) {
    hn_pool_args a = args_of(s);
    a.kind = HN_POOL_SUM;
    run(c, s, a, HN_TYPES_f32);
    for (a.kind = HN_POOL_MAX; a.kind <= HN_POOL_AVERAGE; ++a.kind) {
        for (a.count_pad = 0; a.count_pad <= a.kind; ++a.count_pad) {
            a.arith = HN_ARITH_HALF;
            run(c, s, a, HN_TYPES_f16);
            a.arith = HN_ARITH_NONE;
            run(c, s, a, HN_TYPES_f32);
            if (a.count_pad) { /* a last window that reaches beyond the padding */
                hn_pool_args beyond = a;
                beyond.limit_h = a.in_h;
                beyond.limit_w = a.in_w;
                run(c, s, beyond, HN_TYPES_f32);
            }
            for (a.arith = HN_ARITH_TFLITE; a.arith <= HN_ARITH_RNE; ++a.arith) {
                run(c, s, a, HN_TYPES_s8);
                run(c, s, a, HN_TYPES_u8);
            }
        }
    }
}

void check_pool(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) run_shape(c, &shapes[i]);
}
