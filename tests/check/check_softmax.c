/* SPDX-License-Identifier: Apache-2.0
 * Softmax: every shape of cases/softmax.def in every type. Floats are expected from double
 * arithmetic. Integers must lie within one step of it (the fixed-point exponential is that good)
 * and, on a few rows, be the bytes that LiteRT's reference kernel gave. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/softmax/softmax.h"

typedef struct shape {
    const char *name;
    int32_t outer, n, inner;
    float scale, beta;
} shape;

static const shape shapes[] = {
#define X(name, outer, n, inner, scale, beta) {name, outer, n, inner, scale, beta},
#include "../cases/softmax.def"
};

/* Ten inputs and LiteRT's outputs for them. */
typedef struct known {
    bool is_signed;
    float scale, beta;
    int32_t in[10], out[10];
} known;

static const known knowns[] = {
    {true,
     0.05f,
     1,
     {-128, -100, -50, -20, 0, 5, 20, 64, 100, 127},
     {-128, -128, -128, -128, -128, -128, -127, -120, -77, 67}},
    {true,
     0.1f,
     1,
     {3, 3, 3, 4, -90, 17, 16, 15, -128, 17},
     {-115, -115, -115, -113, -128, -74, -79, -84, -128, -74}},
    {false,
     0.25f,
     2,
     {0, 255, 254, 250, 128, 255, 240, 253, 1, 2},
     {0, 84, 51, 7, 0, 84, 0, 31, 0, 0}},
    {true,
     0.0005f,
     1,
     {-128, 127, 0, 0, 1, 2, 3, 4, 5, 6},
     {-104, -101, -102, -102, -102, -102, -102, -102, -102, -102}},
};

static void set_numbers(hn_softmax_args *a, float scale, float beta) {
    const double real = fmin((double)beta * (double)scale * 67108864.0, 2147483647.0);
    int shift = 0;
    a->multiplier = (int32_t)round(frexp(real, &shift) * 2147483648.0);
    a->shift = shift;
    a->diff_min = -(int32_t)floor(31.0 * 67108864.0 / ldexp(1.0, shift));
}

/* The softmax in double of all values of x into want. */
static void expect_all(const hn_softmax_args *a, const double *x, double beta, double *want) {
    for (int32_t row = 0; row < a->outer * a->inner; ++row) {
        const int32_t first = row / a->inner * a->n * a->inner + row % a->inner;
        const int32_t end = first + a->n * a->inner;
        double top = -INFINITY, sum = 0;
        for (int32_t i = first; i < end; i += a->inner) top = fmax(top, x[i]);
        for (int32_t i = first; i < end; i += a->inner) {
            want[i] = exp(beta * (x[i] - top));
            sum += want[i];
        }
        for (int32_t i = first; i < end; i += a->inner)
            want[i] = a->is_log ? beta * (x[i] - top) - log(sum) : want[i] / sum;
    }
}

static void run_f32(check *c, const shape *s, int32_t is_log) {
    const hn_softmax_args a = {s->outer, s->n, s->inner, is_log, s->beta, 0, 0, 0};
    const int32_t n = s->outer * s->n * s->inner;
    const float *in = check_floats(c, (size_t)n, -9, 9);
    float *want = check_alloc(c, sizeof(float) * (size_t)n);
    double *x = check_alloc(c, sizeof(double) * (size_t)n);
    double *real = check_alloc(c, sizeof(double) * (size_t)n);
    for (int32_t i = 0; i < n; ++i) x[i] = (double)in[i];
    expect_all(&a, x, (double)s->beta, real);
    for (int32_t i = 0; i < n; ++i) want[i] = (float)real[i];
    check_case k = {.family = HN_FAMILY_softmax, .types = HN_TYPES_f32, .args = &a};
    snprintf(k.name, sizeof k.name, "%s%s", s->name, is_log ? " log" : "");
    k.operand[HN_SOFTMAX_IN] = (check_operand){in, sizeof(float) * (size_t)n};
    k.operand[HN_SOFTMAX_OUT].bytes = sizeof(float) * (size_t)n;
    k.n_operands = HN_SOFTMAX_OPERANDS;
    k.out = HN_SOFTMAX_OUT;
    k.expect = want;
    k.bound = k.bound_isa = 2e-6f;
    k.work = (uint64_t)n;
    check_run(c, &k);
}

/* The portable row's output. */
static uint8_t *compute(check *c, const hn_softmax_args *a, bool is_signed, const void *in) {
    const hn_types types = is_signed ? HN_TYPES_s8 : HN_TYPES_u8;
    const hn_kernel *row = hn_kernel_choose(HN_FAMILY_softmax, types, HN_ISA_C, a);
    uint8_t *out = check_alloc(c, (size_t)a->outer * (size_t)a->n * (size_t)a->inner);
    const hn_work w = {.end = row->traits->units(a, NULL),
                       .scratch = check_alloc(c, row->traits->scratch_bytes(a))};
    const void *operands[2] = {in, out};
    void *buf[2];
    memcpy(buf, operands, sizeof buf);
    row->fn(a, buf, &w);
    return out;
}

static void run_q8(check *c, const shape *s, bool is_signed) {
    hn_softmax_args a = {s->outer, s->n, s->inner, 0, 0, 0, 0, 0};
    const int32_t n = s->outer * s->n * s->inner, low = is_signed ? -128 : 0;
    set_numbers(&a, s->scale, s->beta);
    const uint8_t *in = check_bytes(c, (size_t)n);
    check_case k = {.family = HN_FAMILY_softmax, .args = &a, .work = (uint64_t)n};
    k.types = is_signed ? HN_TYPES_s8 : HN_TYPES_u8;
    snprintf(k.name, sizeof k.name, "%s", s->name);
    k.operand[HN_SOFTMAX_IN] = (check_operand){in, (size_t)n};
    k.operand[HN_SOFTMAX_OUT].bytes = (size_t)n;
    k.n_operands = HN_SOFTMAX_OPERANDS;
    k.out = HN_SOFTMAX_OUT;
    check_run(c, &k);
    const uint8_t *got = compute(c, &a, is_signed, in);
    double *x = check_alloc(c, sizeof(double) * (size_t)n);
    double *want = check_alloc(c, sizeof(double) * (size_t)n);
    bool holds = true;
    for (int32_t i = 0; i < n; ++i) x[i] = is_signed ? (int8_t)in[i] : in[i];
    expect_all(&a, x, (double)s->scale * (double)s->beta, want);
    for (int32_t i = 0; i < n; ++i) {
        const int32_t q = (is_signed ? (int8_t)got[i] : got[i]) - low;
        holds = holds && fabs(fmin(256 * want[i], 255) - q) <= 1.0;
    }
    check_that(c, holds, "softmax: integers within one step of double arithmetic");
}

static void run_known(check *c, const known *r) {
    hn_softmax_args a = {1, 10, 1, 0, 0, 0, 0, 0};
    uint8_t in[10];
    set_numbers(&a, r->scale, r->beta);
    for (int i = 0; i < 10; ++i) in[i] = (uint8_t)r->in[i];
    const uint8_t *got = compute(c, &a, r->is_signed, in);
    bool holds = true;
    for (int i = 0; i < 10; ++i) holds = holds && got[i] == (uint8_t)r->out[i];
    check_that(c, holds, "softmax: the bytes of LiteRT's reference kernel");
}

void check_softmax(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        run_f32(c, &shapes[i], 0);
        run_f32(c, &shapes[i], 1);
        run_q8(c, &shapes[i], true);
        run_q8(c, &shapes[i], false);
    }
    for (size_t i = 0; i < sizeof knowns / sizeof knowns[0]; ++i) run_known(c, &knowns[i]);
}
