/* SPDX-License-Identifier: Apache-2.0
 * Reductions: every shape of cases/reduce.def, every kind, type and arithmetic. Each output is
 * expected from a walk over all input elements in memory order, which is the order of the reduced
 * index, so float sums must agree in every bit. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/reduce/reduce.h"

typedef struct shape {
    const char *name;
    int32_t rank, dim[8];
    uint32_t axes;
} shape;

static const shape shapes[] = {
#define X(name, rank, dim, axes) {name, rank, dim, axes},
#include "../cases/reduce.def"
};

static hn_reduce_args args_of(const shape *s) {
    hn_reduce_args a = {.n_out = 1, .n_red = 1};
    int32_t stride = 1;
    for (int32_t d = s->rank - 1; d >= 0; --d) {
        if (s->axes >> d & 1)
            ++a.red_rank;
        else
            ++a.out_rank;
    }
    int32_t red = a.red_rank, out = a.out_rank;
    for (int32_t d = s->rank - 1; d >= 0; --d) {
        if (s->axes >> d & 1) {
            a.red_dim[--red] = s->dim[d];
            a.red_stride[red] = stride;
            a.n_red *= s->dim[d];
        } else {
            a.out_dim[--out] = s->dim[d];
            a.out_stride[out] = stride;
            a.n_out *= s->dim[d];
        }
        stride *= s->dim[d];
    }
    return a;
}

/* The output that input element `at` goes to. */
static int32_t output_of(const shape *s, int32_t at) {
    int32_t out = 0, n = 1;
    for (int32_t d = s->rank - 1; d >= 0; --d) {
        if (!(s->axes >> d & 1)) {
            out += at % s->dim[d] * n;
            n *= s->dim[d];
        }
        at /= s->dim[d];
    }
    return out;
}

static float join(int32_t kind, float sum, float x) {
    switch (kind) {
    case HN_REDUCE_MAX:
        return x != x || x > sum ? x : sum;
    case HN_REDUCE_MIN:
        return x != x || x < sum ? x : sum;
    case HN_REDUCE_PROD:
        return sum * x;
    default:
        return sum + x;
    }
}

static void check_case_of(check_case *k, const shape *s, const hn_reduce_args *a, size_t size) {
    k->family = HN_FAMILY_reduce;
    k->args = a;
    k->n_operands = HN_REDUCE_OPERANDS;
    k->out = HN_REDUCE_OUT;
    k->operand[HN_REDUCE_IN].bytes = (size_t)(a->n_out * a->n_red) * size;
    k->operand[HN_REDUCE_OUT].bytes = (size_t)a->n_out * size;
    k->work = (uint64_t)(a->n_out * a->n_red);
    snprintf(k->name, sizeof k->name, "%s kind %d arith %d", s->name, a->kind, a->arith);
}

static void run_f32(check *c, const shape *s, hn_reduce_args a) {
    const float start[] = {0, 0, -INFINITY, INFINITY, 1};
    const int32_t n = a.n_out * a.n_red;
    float *in = check_floats(c, (size_t)n, -2, 2);
    float *want = check_alloc(c, sizeof(float) * (size_t)a.n_out);
    if (n > 40) in[40] = NAN;
    for (int32_t i = 0; i < a.n_out; ++i) want[i] = start[a.kind];
    for (int32_t i = 0; i < n; ++i) {
        const int32_t o = output_of(s, i);
        want[o] = join(a.kind, want[o], in[i]);
    }
    for (int32_t i = 0; i < a.n_out; ++i)
        if (a.kind == HN_REDUCE_MEAN) want[i] /= (float)a.n_red;
    check_case k = {.types = HN_TYPES_f32, .expect = want};
    check_case_of(&k, s, &a, sizeof(float));
    k.operand[HN_REDUCE_IN].data = in;
    k.bound = 1e-30f; /* equal, and any NaN for a NaN */
    k.bound_isa = 1e-4f;
    check_run(c, &k);
}

/* Scales that are powers of two times a small integer, so that double arithmetic is exact enough to
 * tell on which side of a tie a value lies. */
static void set_numbers(check *c, hn_reduce_args *a, int32_t low) {
    const int32_t n = a->n_red == 0 ? 1 : a->n_red;
    a->in_zero = check_range(c, low, low + 255);
    a->out_zero = check_range(c, low, low + 255);
    a->scale = 1.0f / (float)(a->kind == HN_REDUCE_MEAN ? n : 4);
    a->multiplier = 1 << 30; /* 1/2, shift 1: input and output have one scale */
    a->shift = 1;
    if (a->kind == HN_REDUCE_SUM) a->shift = -1;
    if (a->kind != HN_REDUCE_MEAN) return;
    int32_t k = 0;
    while (n >> (k + 1) != 0) ++k;
    a->multiplier = (int32_t)(((int64_t)a->multiplier << k) / n);
    a->shift -= k;
}

/* d * multiplier / 2^31, ties up, then shifted right, ties away from zero. */
static double scale(int64_t d, int32_t multiplier, int32_t shift) {
    if (shift > 0) d *= INT64_C(1) << shift;
    const int64_t high = (d * multiplier + (INT64_C(1) << 30)) >> 31;
    return round(ldexp((double)high, shift < 0 ? shift : 0));
}

static int32_t finish(const hn_reduce_args *a, int32_t sum, int32_t low) {
    double v = sum;
    if (a->kind == HN_REDUCE_SUM || a->kind == HN_REDUCE_MEAN) {
        const int32_t d = sum - a->n_red * a->in_zero;
        v = a->out_zero + (a->arith == HN_ARITH_RNE ? rint((double)((float)d * a->scale))
                                                    : scale(d, a->multiplier, a->shift));
    }
    return (int32_t)fmin(fmax(v, low), low + 255);
}

static void run_q8(check *c, const shape *s, hn_reduce_args a, bool is_signed) {
    const int32_t start[] = {0, 0, INT32_MIN, INT32_MAX};
    const int32_t n = a.n_out * a.n_red, low = is_signed ? -128 : 0;
    const uint8_t *in = check_bytes(c, (size_t)n);
    int32_t *sum = check_alloc(c, sizeof(int32_t) * (size_t)a.n_out);
    uint8_t *want = check_alloc(c, (size_t)a.n_out);
    set_numbers(c, &a, low);
    for (int32_t i = 0; i < a.n_out; ++i) sum[i] = start[a.kind];
    for (int32_t i = 0; i < n; ++i) {
        const int32_t o = output_of(s, i), x = is_signed ? (int8_t)in[i] : in[i];
        sum[o] = a.kind == HN_REDUCE_MAX   ? (x > sum[o] ? x : sum[o])
                 : a.kind == HN_REDUCE_MIN ? (x < sum[o] ? x : sum[o])
                                           : sum[o] + x;
    }
    for (int32_t i = 0; i < a.n_out; ++i) want[i] = (uint8_t)finish(&a, sum[i], low);
    check_case k = {.types = is_signed ? HN_TYPES_s8 : HN_TYPES_u8, .expect = want};
    check_case_of(&k, s, &a, 1);
    k.operand[HN_REDUCE_IN].data = in;
    check_run(c, &k);
}

static int64_t join_int(int32_t kind, int64_t sum, int64_t x) {
    switch (kind) {
    case HN_REDUCE_MAX:
        return x > sum ? x : sum;
    case HN_REDUCE_MIN:
        return x < sum ? x : sum;
    case HN_REDUCE_PROD:
        return (int64_t)((uint64_t)sum * (uint64_t)x);
    default:
        return sum + x;
    }
}

static void run_int(check *c, const shape *s, hn_reduce_args a, bool is_wide) {
    const int64_t start[] = {0, 0, is_wide ? INT64_MIN : INT32_MIN, is_wide ? INT64_MAX : INT32_MAX,
                             1};
    const int32_t n = a.n_out * a.n_red;
    const size_t size = is_wide ? 8 : 4;
    const int32_t *in = check_ints(c, (size_t)n, -1000, 1000);
    int64_t *wide = check_alloc(c, sizeof(int64_t) * (size_t)n);
    int64_t *sum = check_alloc(c, sizeof(int64_t) * (size_t)a.n_out);
    uint8_t *want = check_alloc(c, size * (size_t)a.n_out);
    for (int32_t i = 0; i < a.n_out; ++i) sum[i] = start[a.kind];
    for (int32_t i = 0; i < n; ++i) {
        wide[i] = is_wide ? in[i] * INT64_C(5000000000) : in[i];
        sum[output_of(s, i)] = join_int(a.kind, sum[output_of(s, i)], wide[i]);
    }
    for (int32_t i = 0; i < a.n_out; ++i) {
        if (a.kind == HN_REDUCE_MEAN && a.n_red > 0) sum[i] /= a.n_red;
        memcpy(want + (size_t)i * size, &sum[i], size);
    }
    check_case k = {.types = is_wide ? HN_TYPES_s64 : HN_TYPES_s32, .expect = want};
    check_case_of(&k, s, &a, size);
    k.operand[HN_REDUCE_IN].data = is_wide ? (const void *)wide : in;
    check_run(c, &k);
}

void check_reduce(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        const shape *s = &shapes[i];
        hn_reduce_args a = args_of(s);
        for (a.kind = HN_REDUCE_SUM; a.kind <= HN_REDUCE_PROD; ++a.kind) {
            a.arith = HN_ARITH_NONE;
            run_f32(c, s, a);
            run_int(c, s, a, false);
            run_int(c, s, a, true);
            if (a.kind == HN_REDUCE_PROD || (a.kind == HN_REDUCE_MEAN && a.n_red == 0)) continue;
            for (a.arith = HN_ARITH_TFLITE; a.arith <= HN_ARITH_RNE; ++a.arith) {
                run_q8(c, s, a, true);
                run_q8(c, s, a, false);
            }
        }
    }
}
