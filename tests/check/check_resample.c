/* SPDX-License-Identifier: Apache-2.0
 * Resampling of every shape of cases/resample.def by random tables. What to expect is added up here
 * tap by tap; floats in double, integers in 64 bits. */
#include "check.h"

#include <math.h>
#include <stdio.h>

#include "kernels/resample/resample.h"

typedef struct shape {
    const char *name;
    int32_t in[4], out[2], k[2];
} shape;

static const shape shapes[] = {
#define X(name, in, out, k) {name, in, out, k},
#include "../cases/resample.def"
};

static const int32_t bytes_of[] = {
    [HN_TYPES_f32] = 4, [HN_TYPES_s8] = 1,  [HN_TYPES_u8] = 1,  [HN_TYPES_s16] = 2,
    [HN_TYPES_b8] = 1,  [HN_TYPES_b16] = 2, [HN_TYPES_b32] = 4, [HN_TYPES_b64] = 8};

/* One output of a float step: `outside` when a table says so. */
static float expect_f32(const hn_resample_args *a, const check_case *k, const int32_t at[4]) {
    const float *in = k->operand[HN_RESAMPLE_IN].data;
    const int32_t *rows = (const int32_t *)k->operand[HN_RESAMPLE_ROWS].data + at[1] * a->k_h;
    const int32_t *columns = (const int32_t *)k->operand[HN_RESAMPLE_COLUMNS].data + at[2] * a->k_w;
    const float *wy = (const float *)k->operand[HN_RESAMPLE_ROW_WEIGHTS].data + at[1] * a->k_h;
    const float *wx = (const float *)k->operand[HN_RESAMPLE_COLUMN_WEIGHTS].data + at[2] * a->k_w;
    if (rows[0] < 0 || columns[0] < 0) return a->fill;
    double sum = 0;
    for (int32_t y = 0; y < a->k_h; ++y)
        for (int32_t x = 0; x < a->k_w; ++x) {
            const int64_t i = ((int64_t)at[0] * a->in_h + rows[y]) * a->in_w + columns[x];
            sum += (double)in[i * a->c + at[3]] * (double)wy[y] * (double)wx[x];
        }
    return (float)sum;
}

/* One output of linear interpolation on integers. */
static int32_t expect_int(const hn_resample_args *a, const check_case *k, const int32_t at[4]) {
    const int32_t *rows = (const int32_t *)k->operand[HN_RESAMPLE_ROWS].data + at[1] * 2;
    const int32_t *columns = (const int32_t *)k->operand[HN_RESAMPLE_COLUMNS].data + at[2] * 2;
    const void *wy = (const int32_t *)k->operand[HN_RESAMPLE_ROW_WEIGHTS].data + at[1] * 2;
    const void *wx = (const int32_t *)k->operand[HN_RESAMPLE_COLUMN_WEIGHTS].data + at[2] * 2;
    int64_t fixed = 0;
    float sum = 0.0f;
    for (int32_t x = 0; x < 2; ++x)
        for (int32_t y = 0; y < 2; ++y) {
            const int64_t pixel = ((int64_t)at[0] * a->in_h + rows[y]) * a->in_w + columns[x];
            const int64_t i = pixel * a->c + at[3];
            const void *in = k->operand[HN_RESAMPLE_IN].data;
            if (k->types == HN_TYPES_u8) {
                const float v = (float)((const uint8_t *)in)[i];
                sum += v * ((const float *)wy)[y] * ((const float *)wx)[x];
                continue;
            }
            const bool is_s8 = k->types == HN_TYPES_s8;
            const int64_t v = is_s8 ? ((const int8_t *)in)[i] : ((const int16_t *)in)[i];
            fixed += v * ((const int32_t *)wy)[y] * ((const int32_t *)wx)[x];
        }
    if (k->types == HN_TYPES_u8) return (int32_t)(sum + 0.5f);
    return (int32_t)((fixed + (fixed > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20));
}

static const void *expect(check *c, const hn_resample_args *a, const check_case *k, size_t n) {
    const int32_t size = bytes_of[k->types];
    uint8_t *out = check_alloc(c, n * (size_t)size);
    for (size_t i = 0; i < n; ++i) {
        const size_t pixel = i / (size_t)a->c, row = pixel / (size_t)a->out_w;
        const int32_t at[4] = {(int32_t)(row / (size_t)a->out_h), (int32_t)(row % (size_t)a->out_h),
                               (int32_t)(pixel % (size_t)a->out_w), (int32_t)(i % (size_t)a->c)};
        if (k->types == HN_TYPES_f32) {
            ((float *)(void *)out)[i] = expect_f32(a, k, at);
        } else if (k->types >= HN_TYPES_b8 && k->types <= HN_TYPES_b64) {
            const int32_t y = ((const int32_t *)k->operand[HN_RESAMPLE_ROWS].data)[at[1]];
            const int32_t x = ((const int32_t *)k->operand[HN_RESAMPLE_COLUMNS].data)[at[2]];
            const int64_t from = (((int64_t)at[0] * a->in_h + y) * a->in_w + x) * a->c + at[3];
            const uint8_t *in = k->operand[HN_RESAMPLE_IN].data;
            for (int32_t b = 0; b < size; ++b)
                out[i * (size_t)size + (size_t)b] = in[from * size + b];
        } else {
            const int32_t v = expect_int(a, k, at);
            for (int32_t b = 0; b < size; ++b)
                out[i * (size_t)size + (size_t)b] = (uint8_t)(v >> (8 * b));
        }
    }
    return out;
}

/* Indices below `size`; weights of each output add up to 1, or 1024 where `is_fixed`. */
static void tables(check *c, check_case *k, int operand, const int32_t extent[3], int form) {
    const int32_t size = extent[0], n = extent[1], taps = extent[2];
    const size_t count = (size_t)n * (size_t)taps;
    int32_t *index = check_ints(c, count, 0, size - 1);
    k->operand[operand] = (check_operand){index, count * sizeof *index};
    if (form == 'b') return;
    int32_t *fixed = check_ints(c, count, -100, 1124);
    float *real = check_floats(c, count, -0.1f, 1.1f);
    for (int32_t i = 0; i < n && taps == 2; ++i) {
        fixed[2 * i] = 1024 - fixed[2 * i + 1] / 2;
        fixed[2 * i + 1] /= 2;
        real[2 * i + 1] = fabsf(real[2 * i + 1]) < 1 ? fabsf(real[2 * i + 1]) : 0.25f;
        real[2 * i] = 1.0f - real[2 * i + 1];
    }
    if (form == 'f' && n > 2) index[taps] = -1;
    const void *weights = form == 'i' ? (const void *)fixed : real;
    k->operand[operand + 1] = (check_operand){weights, count * sizeof *fixed};
}

static void run(check *c, const shape *s, hn_types types) {
    const int form = types == HN_TYPES_f32                           ? 'f'
                     : types >= HN_TYPES_b8 && types <= HN_TYPES_b64 ? 'b'
                     : types == HN_TYPES_u8                          ? 'u'
                                                                     : 'i';
    const int32_t taps = form == 'b' ? 1 : 2;
    const hn_resample_args a = {.n = s->in[0],
                                .in_h = s->in[1],
                                .in_w = s->in[2],
                                .c = s->in[3],
                                .out_h = s->out[0],
                                .out_w = s->out[1],
                                .k_h = form == 'f' ? s->k[0] : taps,
                                .k_w = form == 'f' ? s->k[1] : taps,
                                .fill = -3.5f};
    const size_t n_in = (size_t)a.n * (size_t)a.in_h * (size_t)a.in_w * (size_t)a.c;
    const size_t n_out = (size_t)a.n * (size_t)a.out_h * (size_t)a.out_w * (size_t)a.c;
    const size_t size = (size_t)bytes_of[types];
    check_case k = {.family = HN_FAMILY_resample, .types = types, .args = &a};
    snprintf(k.name, sizeof k.name, "%s", s->name);
    const void *in =
        form == 'f' ? (const void *)check_floats(c, n_in, -1, 1) : check_bytes(c, n_in * size);
    k.operand[HN_RESAMPLE_IN] = (check_operand){in, n_in * size};
    tables(c, &k, HN_RESAMPLE_ROWS, (const int32_t[]){a.in_h, a.out_h, a.k_h}, form);
    tables(c, &k, HN_RESAMPLE_COLUMNS, (const int32_t[]){a.in_w, a.out_w, a.k_w}, form);
    k.operand[HN_RESAMPLE_OUT].bytes = n_out * size;
    k.n_operands = HN_RESAMPLE_OPERANDS;
    k.out = HN_RESAMPLE_OUT;
    k.work = n_out * (size_t)a.k_h * (size_t)a.k_w;
    k.expect = expect(c, &a, &k, n_out);
    k.bound = k.bound_isa = form == 'f' ? 2e-5f : 0.0f;
    check_run(c, &k);
}

void check_resample(check *c) {
    static const hn_types all[] = {HN_TYPES_f32, HN_TYPES_s8,  HN_TYPES_u8,  HN_TYPES_s16,
                                   HN_TYPES_b8,  HN_TYPES_b16, HN_TYPES_b32, HN_TYPES_b64};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i)
        for (size_t t = 0; t < sizeof all / sizeof all[0]; ++t) run(c, &shapes[i], all[t]);
}
