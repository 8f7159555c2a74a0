/* SPDX-License-Identifier: Apache-2.0
 * Quantized pairs: every shape of cases/qbinary.def in all types and arithmetics, with
 * scales as a converter makes them. The TFLite arithmetic is expected from exact rational rounding
 * in 64-bit integers, written apart from core/fixed.h. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/qbinary/qbinary.h"

typedef struct shape {
    const char *name;
    int32_t rank, dim[8];
    const char *layouts;
} shape;

static const shape shapes[] = {
#define X(name, rank, dim, layouts) {name, rank, dim, layouts},
#include "../cases/qbinary.def"
};

/* Strides of a layout letter; returns how many elements the input holds. */
static size_t lay(const shape *s, char layout, int32_t *stride) {
    int32_t packed = layout == 'e' ? 2 : 1, all = 1;
    for (int32_t i = 0; i < s->rank; ++i) {
        const int32_t d = layout == 't' ? i : s->rank - 1 - i;
        stride[d] = packed;
        if (s->dim[d] == 1 || layout == 'o') stride[d] = 0;
        if (layout == 'l' && d != s->rank - 1) stride[d] = 0;
        if (layout == 'f') stride[d] = d == 0 ? 1 : 0;
        if (stride[d] != 0) packed *= s->dim[d];
        all *= s->dim[d];
    }
    int32_t last = 0;
    for (int32_t d = 0; d < s->rank; ++d) last += (s->dim[d] - 1) * stride[d];
    /* A size of its own, so that no harness takes it for one that may be written in place. */
    return (size_t)last + 1 + (layout != 'p' && last + 1 == all ? 1 : 0);
}

/* The Q31 multiplier and shift of a positive number. */
static void quantize(double v, int32_t *multiplier, int32_t *shift) {
    int e = 0;
    int64_t q = (int64_t)round(frexp(v, &e) * 2147483648.0);
    if (q == INT64_C(1) << 31) {
        q /= 2;
        ++e;
    }
    *multiplier = (int32_t)q;
    *shift = e;
}

static int64_t floor_half_up(int64_t v, int32_t bits) {
    return (v + (INT64_C(1) << (bits - 1))) >> bits;
}

/* v * multiplier / 2^31, ties up, then / 2^-shift, ties away from zero. */
static int64_t scale(int64_t v, int32_t multiplier, int32_t shift) {
    if (shift > 0) v *= INT64_C(1) << shift;
    v = floor_half_up(v * multiplier, 31);
    if (shift >= 0) return v;
    return v < 0 ? -floor_half_up(-v, -shift) : floor_half_up(v, -shift);
}

/* v / 2^shift, ties away from zero. */
static int64_t halved(int64_t v, int32_t shift) {
    if (shift == 0) return v;
    return v < 0 ? -floor_half_up(-v, shift) : floor_half_up(v, shift);
}

static bool compare(int32_t kind, double x, double y) {
    switch (kind) {
    case HN_QBINARY_EQUAL:
        return x == y;
    case HN_QBINARY_NOT_EQUAL:
        return x != y;
    case HN_QBINARY_LESS:
        return x < y;
    case HN_QBINARY_LESS_EQUAL:
        return x <= y;
    case HN_QBINARY_GREATER:
        return x > y;
    default:
        return x >= y;
    }
}

static float join(int32_t kind, float x, float y) {
    switch (kind) {
    case HN_QBINARY_ADD:
        return x + y;
    case HN_QBINARY_SUB:
        return x - y;
    case HN_QBINARY_DIV:
        return x / y;
    case HN_QBINARY_SQUARED_DIFFERENCE:
        return (x - y) * (x - y);
    case HN_QBINARY_PRELU:
        return x < 0 ? x * y : x;
    default:
        return x * y;
    }
}

static int32_t expect_one(const hn_qbinary_args *a, int32_t x, int32_t y) {
    const int32_t p = x - a->a_zero, q = y - a->b_zero;
    const bool is_product = a->kind == HN_QBINARY_MUL || a->kind == HN_QBINARY_PRELU;
    double v = 0;
    if (a->arith == HN_ARITH_RNE) {
        const float r = a->a_scale * (float)p, t = a->b_scale * (float)q;
        if (a->kind >= HN_QBINARY_EQUAL) return compare(a->kind, (double)r, (double)t);
        v = rint((double)(join(a->kind, r, t) / a->out_scale));
    } else if (a->kind == HN_QBINARY_PRELU && p >= 0) {
        v = (double)scale(p, a->a_multiplier, a->a_shift);
    } else if (a->kind == HN_QBINARY_SHIFT_ADD || a->kind == HN_QBINARY_SHIFT_SUB) {
        const int64_t r = halved(p, -a->a_shift), t = halved(q, -a->b_shift);
        v = (double)(a->kind == HN_QBINARY_SHIFT_ADD ? r + t : r - t);
    } else if (is_product) {
        v = (double)scale((int64_t)p * q, a->out_multiplier, a->out_shift);
    } else {
        const int64_t unit = INT64_C(1) << a->left_shift;
        const int64_t r = scale(p * unit, a->a_multiplier, a->a_shift);
        const int64_t t = scale(q * unit, a->b_multiplier, a->b_shift);
        if (a->kind >= HN_QBINARY_EQUAL) return compare(a->kind, (double)r, (double)t);
        int64_t sum = a->kind == HN_QBINARY_ADD ? r + t : r - t;
        if (a->kind == HN_QBINARY_SQUARED_DIFFERENCE) sum *= sum;
        v = (double)scale(sum, a->out_multiplier, a->out_shift);
    }
    return (int32_t)fmin(fmax(v + a->out_zero, a->act_min), a->act_max);
}

static int32_t offset_of(const hn_qbinary_args *a, const int32_t *stride, int32_t at) {
    int32_t offset = 0;
    for (int32_t d = a->rank - 1; d >= 0; --d) {
        offset += at % a->dim[d] * stride[d];
        at /= a->dim[d];
    }
    return offset;
}

/* Random scales and zero points, and the numbers that are made of them. */
static void set_numbers(check *c, hn_qbinary_args *a, hn_types types) {
    const int32_t low = types == HN_TYPES_u8 ? 0 : -128;
    a->a_zero = check_range(c, low, low + 255);
    a->b_zero = check_range(c, low, low + 255);
    a->out_zero = check_range(c, low, low + 255);
    a->act_min = low + check_range(c, 0, 30);
    a->act_max = low + check_range(c, 200, 255);
    a->a_scale = 0.001f * (float)check_range(c, 1, 500);
    a->b_scale = 0.001f * (float)check_range(c, 1, 500);
    const float full =
        a->kind == HN_QBINARY_MUL ? a->a_scale * a->b_scale * 128.0f : a->a_scale + a->b_scale;
    int32_t out_multiplier, out_shift;
    a->out_scale = full * 0.01f * (float)check_range(c, 30, 200);
    const float twice = 2 * fmaxf(a->a_scale, a->b_scale);
    a->left_shift = a->kind == HN_QBINARY_SQUARED_DIFFERENCE ? 7 : 20;
    if (a->kind >= HN_QBINARY_EQUAL) a->left_shift = 8;
    quantize((double)a->a_scale / (double)twice, &a->a_multiplier, &a->a_shift);
    quantize((double)a->b_scale / (double)twice, &a->b_multiplier, &a->b_shift);
    double out = (double)twice / ((1 << 20) * (double)a->out_scale);
    if (a->kind == HN_QBINARY_SQUARED_DIFFERENCE)
        out = (double)twice * (double)twice / ((1 << 14) * (double)a->out_scale);
    if (a->kind == HN_QBINARY_MUL || a->kind == HN_QBINARY_PRELU)
        out = (double)(a->a_scale * a->b_scale / a->out_scale);
    quantize(out, &a->out_multiplier, &a->out_shift);
    if (types != HN_TYPES_s16) return;
    a->a_zero = a->b_zero = a->out_zero = 0;
    a->act_min = -check_range(c, 20000, 32768);
    a->act_max = check_range(c, 20000, 32767);
    a->left_shift = 15;
    quantize((double)twice / ((1 << 15) * (double)a->out_scale), &out_multiplier, &out_shift);
    if (a->kind == HN_QBINARY_MUL) {
        a->out_shift -= 8;
    } else {
        a->out_multiplier = out_multiplier;
        a->out_shift = out_shift;
    }
    if (a->kind == HN_QBINARY_SHIFT_ADD || a->kind == HN_QBINARY_SHIFT_SUB) {
        a->a_shift = -check_range(c, 0, 5);
        a->b_shift = -check_range(c, 0, 5);
    }
}

/* Element i of a tensor. */
static int32_t element(const void *x, int32_t i, hn_types types) {
    if (types == HN_TYPES_s16) return ((const int16_t *)x)[i];
    return types == HN_TYPES_s8 ? ((const int8_t *)x)[i] : ((const uint8_t *)x)[i];
}

static void run(check *c, const shape *s, hn_qbinary_args a, hn_types types) {
    const size_t n_a = lay(s, s->layouts[0], a.a_stride), n_b = lay(s, s->layouts[1], a.b_stride);
    const size_t size = types == HN_TYPES_s16 ? 2 : 1, n = (size_t)a.n_elements;
    check_case k = {.family = HN_FAMILY_qbinary, .args = &a, .work = (uint64_t)n, .types = types};
    set_numbers(c, &a, types);
    const void *x = check_bytes(c, n_a * size), *y = check_bytes(c, n_b * size);
    uint8_t *want = check_alloc(c, n * size);
    for (int32_t i = 0; i < a.n_elements; ++i) {
        const int32_t p = element(x, offset_of(&a, a.a_stride, i), types);
        const int32_t v = expect_one(&a, p, element(y, offset_of(&a, a.b_stride, i), types));
        memcpy(want + (size_t)i * size, &v, size);
    }
    k.operand[HN_QBINARY_A] = (check_operand){x, n_a * size};
    k.operand[HN_QBINARY_B] = (check_operand){y, n_b * size};
    k.operand[HN_QBINARY_OUT].bytes = n * size;
    k.n_operands = HN_QBINARY_OPERANDS;
    k.out = HN_QBINARY_OUT;
    k.expect = want;
    snprintf(k.name, sizeof k.name, "%s kind %d arith %d", s->name, a.kind, a.arith);
    check_run(c, &k);
}

/* The kinds that LiteRT has for 16 bits; sums by shifts are theirs alone. */
static bool is_known(int32_t kind, hn_types types) {
    const bool is_shift = kind == HN_QBINARY_SHIFT_ADD || kind == HN_QBINARY_SHIFT_SUB;
    if (types != HN_TYPES_s16) return !is_shift;
    return is_shift || kind <= HN_QBINARY_MUL;
}

void check_qbinary(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        const shape *s = &shapes[i];
        hn_qbinary_args a = {.n_elements = 1, .rank = s->rank};
        for (int32_t d = 0; d < s->rank; ++d) {
            a.dim[d] = s->dim[d];
            a.n_elements *= s->dim[d];
        }
        for (a.kind = HN_QBINARY_ADD; a.kind < HN_QBINARY_KINDS; ++a.kind) {
            /* A quotient has a fault of its own, and LiteRT's is no exact rounding. */
            if (a.kind == HN_QBINARY_DIV) continue;
            for (a.arith = HN_ARITH_TFLITE; a.arith <= HN_ARITH_RNE; ++a.arith) {
                if (is_known(a.kind, HN_TYPES_s8)) run(c, s, a, HN_TYPES_s8);
                if (is_known(a.kind, HN_TYPES_u8)) run(c, s, a, HN_TYPES_u8);
            }
            a.arith = HN_ARITH_TFLITE;
            if (is_known(a.kind, HN_TYPES_s16)) run(c, s, a, HN_TYPES_s16);
        }
    }
}
