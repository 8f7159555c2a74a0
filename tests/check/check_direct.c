/* SPDX-License-Identifier: Apache-2.0
 * Direct convolutions of every shape of cases/direct.def. What to expect is found the other way
 * round: each input is spread over the outputs that it reaches, in double or 64 bits. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/direct/direct.h"
#include "kernels/dynquant/dynquant.h"

typedef struct shape {
    const char *name;
    int32_t transposed, c[4], in[3], out[3], k[3], stride[3], dilation[3], pad[3];
} shape;

static const shape shapes[] = {
#define X(name, transposed, c, in, out, k, stride, dilation, pad)                                  \
    {name, transposed, c, in, out, k, stride, dilation, pad},
#include "../cases/direct.def"
};

typedef struct sums {
    const hn_direct_args *a;
    const check_case *k;
    double *sum; /* by output element */
} sums;

/* The output that input i reaches through tap t along a dimension, -1: none. */
static int32_t reached(const hn_direct_args *a, int d, int32_t i, int32_t t) {
    if (a->transposed) {
        const int32_t o = i * a->stride[d] - a->pad[d] + t * a->dilation[d];
        return o >= 0 && o < a->out[d] ? o : -1;
    }
    const int32_t o = i + a->pad[d] - t * a->dilation[d];
    return o >= 0 && o % a->stride[d] == 0 && o / a->stride[d] < a->out[d] ? o / a->stride[d] : -1;
}

static double input_at(const sums *s, int32_t image, size_t i) {
    const check_operand *in = &s->k->operand[HN_DIRECT_IN];
    if (s->k->types == HN_TYPES_f32) return (double)((const float *)in->data)[i];
    const uint8_t byte = ((const uint8_t *)in->data)[i];
    const bool is_u8 = s->k->types == HN_TYPES_u8 || s->k->types == HN_TYPES_u8_s32;
    const int32_t *blocks = s->k->operand[HN_DIRECT_IMAGES].data;
    const int32_t zero =
        blocks != NULL ? blocks[image * HN_DYN_WORDS + HN_DYN_ZERO] : s->a->in_zero;
    return (is_u8 ? (int32_t)byte : (int32_t)(int8_t)byte) - zero;
}

static double weight_at(const sums *s, size_t i) {
    const check_operand *w = &s->k->operand[HN_DIRECT_WEIGHTS];
    if (s->k->types == HN_TYPES_f32) return (double)((const float *)w->data)[i];
    const uint8_t byte = ((const uint8_t *)w->data)[i];
    const bool is_u8 = s->k->types == HN_TYPES_u8 || s->k->types == HN_TYPES_u8_s32;
    return (is_u8 ? (int32_t)byte : (int32_t)(int8_t)byte) - s->a->w_zero;
}

/* Adds what input pixel `at` of an image gives through tap `t`. */
static void spread(const sums *s, int32_t image, const int32_t at[3], const int32_t t[3]) {
    const hn_direct_args *a = s->a;
    size_t pixel = (size_t)image, out = (size_t)image, tap = 0;
    for (int d = 0; d < 3; ++d) {
        const int32_t o = reached(a, d, at[d], t[d]);
        if (o < 0) return;
        pixel = pixel * (size_t)a->in[d] + (size_t)at[d];
        out = out * (size_t)a->out[d] + (size_t)o;
        tap = tap * (size_t)a->k[d] + (size_t)t[d];
    }
    const int32_t n_c = a->in_c / a->groups, n_o = a->out_c / a->groups;
    const size_t n_taps = (size_t)a->k[0] * (size_t)a->k[1] * (size_t)a->k[2];
    for (int32_t o = 0; o < a->out_c; ++o) {
        const size_t first = (size_t)(o / n_o * n_c);
        double sum = 0;
        for (size_t c = 0; c < (size_t)n_c; ++c) {
            const double x = input_at(s, image, pixel * (size_t)a->in_c + first + c);
            sum += x * weight_at(s, ((size_t)o * n_taps + tap) * (size_t)n_c + c);
        }
        s->sum[out * (size_t)a->out_c + (size_t)o] += sum;
    }
}

static void add_up(const sums *s) {
    const hn_direct_args *a = s->a;
    const int32_t pixels = a->in[0] * a->in[1] * a->in[2], taps = a->k[0] * a->k[1] * a->k[2];
    for (int32_t i = 0; i < a->n * pixels; ++i)
        for (int32_t j = 0; j < taps; ++j) {
            const int32_t p = i % pixels;
            const int32_t at[3] = {p / a->in[2] / a->in[1], p / a->in[2] % a->in[1], p % a->in[2]};
            const int32_t t[3] = {j / a->k[2] / a->k[1], j / a->k[2] % a->k[1], j % a->k[2]};
            spread(s, i / pixels, at, t);
        }
}

/* The sum of output i in the form that the types ask for. */
static void finish(const sums *s, size_t i, void *out) {
    const hn_direct_args *a = s->a;
    const size_t channel = i % (size_t)a->out_c;
    const hn_types types = s->k->types;
    const void *bias = s->k->operand[HN_DIRECT_BIAS].data;
    const void *scale = s->k->operand[HN_DIRECT_SCALE].data;
    if (types == HN_TYPES_f32 || types == HN_TYPES_s8_f32) {
        double v = s->sum[i];
        if (types == HN_TYPES_s8_f32) {
            const size_t per_image = (size_t)a->out[0] * (size_t)a->out[1] * (size_t)a->out[2];
            const size_t image = i / per_image / (size_t)a->out_c;
            const float *block = (const float *)s->k->operand[HN_DIRECT_IMAGES].data;
            v *= (double)block[image * HN_DYN_WORDS] * (double)((const float *)scale)[channel];
        }
        v += bias != NULL ? (double)((const float *)bias)[channel] : 0.0;
        ((float *)out)[i] = (float)fmin(fmax(v, (double)a->low), (double)a->high);
        return;
    }
    const int32_t acc = (int32_t)s->sum[i] + (bias != NULL ? ((const int32_t *)bias)[channel] : 0);
    if (types == HN_TYPES_s8_s32 || types == HN_TYPES_u8_s32) {
        ((int32_t *)out)[i] = acc;
        return;
    }
    const int32_t *pair = (const int32_t *)scale + 2 * channel;
    const int32_t v = hn_requant(a->arith, acc, pair[0], pair[1]) + a->out_zero;
    ((uint8_t *)out)[i] = (uint8_t)hn_clamp_s32(v, a->act_min, a->act_max);
}

static const void *expect(check *c, const hn_direct_args *a, const check_case *k, size_t n) {
    const sums s = {a, k, check_alloc(c, n * sizeof(double))};
    void *out = check_alloc(c, n * sizeof(float));
    add_up(&s);
    for (size_t i = 0; i < n; ++i) finish(&s, i, out);
    return out;
}

/* Bias, scales and blocks of the images, as the types need them. */
static void side_operands(check *c, check_case *k, const hn_direct_args *a, bool has_bias) {
    const size_t n = (size_t)a->out_c;
    const bool is_float = k->types == HN_TYPES_f32 || k->types == HN_TYPES_s8_f32;
    const void *bias =
        is_float ? (const void *)check_floats(c, n, -1, 1) : check_ints(c, n, -9999, 9999);
    if (has_bias) k->operand[HN_DIRECT_BIAS] = (check_operand){bias, n * 4};
    if (k->types == HN_TYPES_s8_f32) {
        const float *scale = check_floats(c, n, 0.001f, 0.002f);
        k->operand[HN_DIRECT_SCALE] = (check_operand){scale, n * 4};
    } else if (k->types == HN_TYPES_s8 || k->types == HN_TYPES_u8) {
        int32_t *pairs = check_ints(c, 2 * n, 1 << 30, INT32_MAX);
        for (size_t i = 0; i < n; ++i) pairs[2 * i + 1] = check_range(c, -12, -6);
        k->operand[HN_DIRECT_SCALE] = (check_operand){pairs, n * 8};
    }
    if (k->types != HN_TYPES_s8_f32 && (is_float || has_bias)) return;
    if (k->types == HN_TYPES_s8 || k->types == HN_TYPES_u8) return;
    const size_t n_words = (size_t)a->n * HN_DYN_WORDS;
    const int32_t least = k->types == HN_TYPES_u8_s32 ? 0 : -20; /* zero points are bytes */
    int32_t *blocks = check_ints(c, n_words, least, 120);
    for (int32_t i = 0; i < a->n; ++i) {
        const float scale = 0.01f * (float)(i + 1);
        memcpy(blocks + i * HN_DYN_WORDS, &scale, sizeof scale);
    }
    k->operand[HN_DIRECT_IMAGES] = (check_operand){blocks, n_words * 4};
}

static void run(check *c, const shape *s, hn_types types, int32_t arith, bool has_bias) {
    const bool is_u8 = types == HN_TYPES_u8 || types == HN_TYPES_u8_s32;
    const bool is_f32 = types == HN_TYPES_f32;
    const int32_t low = is_u8 ? 0 : -128;
    hn_direct_args a = {.transposed = s->transposed,
                        .n = s->c[0],
                        .in_c = s->c[1],
                        .out_c = s->c[2],
                        .groups = s->c[3],
                        .arith = arith,
                        .in_zero = check_range(c, low, low + 255),
                        .w_zero = is_u8 ? check_range(c, 0, 255) : 0,
                        .out_zero = check_range(c, low, low + 255),
                        .act_min = low + 3,
                        .act_max = low + 250,
                        .low = -2.5f,
                        .high = INFINITY};
    size_t n_in = (size_t)(a.n * a.in_c), n_out = (size_t)(a.n * a.out_c);
    size_t n_w = (size_t)(a.out_c * (a.in_c / a.groups));
    for (int d = 0; d < 3; ++d) {
        a.in[d] = s->in[d];
        a.out[d] = s->out[d];
        a.k[d] = s->k[d];
        a.stride[d] = s->stride[d];
        a.dilation[d] = s->dilation[d];
        a.pad[d] = s->pad[d];
        n_in *= (size_t)a.in[d];
        n_out *= (size_t)a.out[d];
        n_w *= (size_t)a.k[d];
    }
    check_case k = {.family = HN_FAMILY_direct, .types = types, .args = &a};
    const size_t size = is_f32 ? 4 : 1;
    snprintf(k.name, sizeof k.name, "%s", s->name);
    const void *in = is_f32 ? (const void *)check_floats(c, n_in, -1, 1) : check_bytes(c, n_in);
    const void *weights = is_f32 ? (const void *)check_floats(c, n_w, -1, 1) : check_bytes(c, n_w);
    k.operand[HN_DIRECT_IN] = (check_operand){in, n_in * size};
    k.operand[HN_DIRECT_WEIGHTS] = (check_operand){weights, n_w * size};
    side_operands(c, &k, &a, has_bias);
    k.operand[HN_DIRECT_OUT].bytes = n_out * (types == HN_TYPES_s8 || types == HN_TYPES_u8 ? 1 : 4);
    k.n_operands = HN_DIRECT_OPERANDS;
    k.out = HN_DIRECT_OUT;
    k.work = n_out * n_w / (size_t)a.out_c;
    k.expect = expect(c, &a, &k, n_out);
    k.bound = k.bound_isa = is_f32 || types == HN_TYPES_s8_f32 ? 2e-5f : 0.0f;
    check_run(c, &k);
}

void check_direct(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        for (int bias = 0; bias < 2; ++bias) {
            run(c, &shapes[i], HN_TYPES_f32, HN_ARITH_NONE, bias == 1);
            run(c, &shapes[i], HN_TYPES_s8, HN_ARITH_TFLITE, bias == 1);
            run(c, &shapes[i], HN_TYPES_u8, HN_ARITH_TFLITE, bias == 1);
            run(c, &shapes[i], HN_TYPES_s8_s32, HN_ARITH_RNE, bias == 1);
            run(c, &shapes[i], HN_TYPES_u8_s32, HN_ARITH_RNE, bias == 1);
            run(c, &shapes[i], HN_TYPES_s8_f32, HN_ARITH_TFLITE, bias == 1);
        }
    }
}
