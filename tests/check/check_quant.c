/* SPDX-License-Identifier: Apache-2.0
 * Quantize and dequantize: every shape of cases/quant.def in every type and arithmetic. Inputs are
 * multiples of half a step, so that ties are common, and some extremes. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/quant/quant.h"

typedef struct shape {
    const char *name;
    int32_t outer, channels, inner;
} shape;

static const shape shapes[] = {
#define X(name, outer, channels, inner) {name, outer, channels, inner},
#include "../cases/quant.def"
};

/* A case with random scales and zero points. */
typedef struct numbers {
    hn_quant_args a;
    float *scale;
    int32_t *zero;
    int32_t n;
} numbers;

static numbers numbers_of(check *c, const shape *s, int32_t low) {
    numbers m = {.a = {.outer = s->outer, .channels = s->channels, .inner = s->inner}};
    m.n = s->outer * s->channels * s->inner;
    m.scale = check_floats(c, (size_t)s->channels, 0.01f, 0.3f);
    m.zero = check_ints(c, (size_t)s->channels, low, low + 255);
    m.a.act_min = low;
    m.a.act_max = low + 255;
    return m;
}

static void run(check *c, const shape *s, numbers *m, hn_types types, const check_operand io[2],
                const void *want) {
    check_case k = {.family = HN_FAMILY_quant, .types = types, .args = &m->a, .expect = want};
    k.operand[HN_QUANT_IN] = io[0];
    k.operand[HN_QUANT_SCALE] = (check_operand){m->scale, sizeof(float) * (size_t)s->channels};
    k.operand[HN_QUANT_ZERO] = (check_operand){m->zero, sizeof(int32_t) * (size_t)s->channels};
    k.operand[HN_QUANT_OUT].bytes = io[1].bytes;
    k.n_operands = HN_QUANT_OPERANDS;
    k.out = HN_QUANT_OUT;
    k.work = (uint64_t)m->n;
    snprintf(k.name, sizeof k.name, "%s arith %d", s->name, m->a.arith);
    check_run(c, &k);
}

static void run_quantize(check *c, const shape *s, int32_t arith, hn_types types) {
    static const float extreme[] = {INFINITY, -INFINITY, NAN, 3e38f, -3e38f, -0.0f, 1e-40f};
    const bool is_wide = types == HN_TYPES_f32_s16;
    const size_t size = is_wide ? 2 : 1;
    numbers m = numbers_of(c, s, types == HN_TYPES_f32_u8 ? 0 : -128);
    m.a.arith = arith;
    if (is_wide) m.a.act_min = -32768;
    if (is_wide) m.a.act_max = 32767;
    float *in = check_alloc(c, sizeof(float) * (size_t)m.n);
    uint8_t *want = check_alloc(c, size * (size_t)m.n);
    for (int32_t i = 0; i < m.n; ++i) {
        const int32_t channel = i / s->inner % s->channels;
        const float scale = m.scale[channel];
        in[i] = 0.5f * (float)check_range(c, -600, 600) * scale * (is_wide ? 150.0f : 1.0f);
        if (check_range(c, 0, 30) == 0) in[i] = extreme[check_range(c, 0, 6)];
        const float steps = in[i] / scale;
        double v = arith == HN_ARITH_RNE ? rint((double)steps) : round((double)steps);
        v = (v != v ? 0 : v) + m.zero[channel];
        const int32_t q = (int32_t)fmin(fmax(v, m.a.act_min), m.a.act_max);
        memcpy(want + size * (size_t)i, &q, size);
    }
    const check_operand io[2] = {{in, sizeof(float) * (size_t)m.n}, {NULL, size * (size_t)m.n}};
    run(c, s, &m, types, io, want);
}

static void run_dequantize(check *c, const shape *s, hn_types types) {
    const size_t size = types == HN_TYPES_s32_f32 ? 4 : types == HN_TYPES_s16_f32 ? 2 : 1;
    numbers m = numbers_of(c, s, types == HN_TYPES_u8_f32 ? 0 : -128);
    m.a.arith = HN_ARITH_TFLITE;
    const uint8_t *in = check_bytes(c, size * (size_t)m.n);
    float *want = check_alloc(c, sizeof(float) * (size_t)m.n);
    for (int32_t i = 0; i < m.n; ++i) {
        const int32_t channel = i / s->inner % s->channels;
        int64_t q = types == HN_TYPES_u8_f32 ? in[i] : (int8_t)in[i];
        if (types == HN_TYPES_s16_f32) q = ((const int16_t *)(const void *)in)[i];
        if (types == HN_TYPES_s32_f32) q = ((const int32_t *)(const void *)in)[i];
        want[i] = (float)(q - m.zero[channel]) * m.scale[channel];
    }
    const check_operand io[2] = {{in, size * (size_t)m.n}, {NULL, sizeof(float) * (size_t)m.n}};
    run(c, s, &m, types, io, want);
}

void check_quant(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        for (int32_t arith = HN_ARITH_TFLITE; arith <= HN_ARITH_RNE; ++arith) {
            run_quantize(c, &shapes[i], arith, HN_TYPES_f32_s8);
            run_quantize(c, &shapes[i], arith, HN_TYPES_f32_u8);
            run_quantize(c, &shapes[i], arith, HN_TYPES_f32_s16);
        }
        run_dequantize(c, &shapes[i], HN_TYPES_s8_f32);
        run_dequantize(c, &shapes[i], HN_TYPES_u8_f32);
        run_dequantize(c, &shapes[i], HN_TYPES_s16_f32);
        run_dequantize(c, &shapes[i], HN_TYPES_s32_f32);
    }
}
