/* SPDX-License-Identifier: Apache-2.0
 * Normalisations: every shape of cases/norm.def and every kind, against double arithmetic; LiteRT's
 * integer form within one step of it; and local response. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/norm/norm.h"

typedef struct shape {
    const char *name;
    int32_t rank, dim[8];
    uint32_t inside, parameters;
} shape;

static const shape shapes[] = {
#define X(name, rank, dim, inside, parameters) {name, rank, dim, inside, parameters},
#include "../cases/norm.def"
};

static hn_norm_args args_of(const shape *s, int32_t *n_parameters) {
    hn_norm_args a = {.n_out = 1, .n_red = 1};
    int32_t stride = 1, parameter = 1, out = 0, red = 0;
    for (int32_t d = 0; d < s->rank; ++d) {
        if (s->inside >> d & 1)
            ++a.red_rank;
        else
            ++a.out_rank;
    }
    for (int32_t d = s->rank - 1; d >= 0; --d) {
        const bool is_inside = (s->inside >> d & 1) != 0, has = (s->parameters >> d & 1) != 0;
        const int32_t at = is_inside ? a.red_rank - ++red : a.out_rank - ++out;
        int32_t *dim = is_inside ? a.red_dim : a.out_dim;
        int32_t *along = is_inside ? a.red_stride : a.out_stride;
        int32_t *of = is_inside ? a.red_parameter : a.out_parameter;
        dim[at] = s->dim[d];
        along[at] = stride;
        of[at] = has ? parameter : 0;
        stride *= s->dim[d];
        if (has) parameter *= s->dim[d];
        if (is_inside) a.n_red *= s->dim[d];
        if (!is_inside) a.n_out *= s->dim[d];
    }
    *n_parameters = parameter;
    return a;
}

/* The group of element `at` and the index of its parameters. */
static int32_t locate(const shape *s, int32_t at, int32_t *parameter) {
    int32_t group = 0, groups = 1, stride = 1;
    *parameter = 0;
    for (int32_t d = s->rank - 1; d >= 0; --d) {
        const int32_t i = at % s->dim[d];
        at /= s->dim[d];
        if (!(s->inside >> d & 1)) {
            group += i * groups;
            groups *= s->dim[d];
        }
        if (s->parameters >> d & 1) {
            *parameter += i * stride;
            stride *= s->dim[d];
        }
    }
    return group;
}

/* Mean (0 where none is taken off) and factor of each group. */
static void moments(const shape *s, const hn_norm_args *a, const float *in, double *mean,
                    double *factor) {
    const int32_t n = a->n_out * a->n_red;
    int32_t unused;
    for (int32_t i = 0; i < n && a->kind == HN_NORM_VARIANCE; ++i)
        mean[locate(s, i, &unused)] += (double)in[i] / a->n_red;
    for (int32_t i = 0; i < n; ++i) {
        const int32_t g = locate(s, i, &unused);
        const double d = (double)in[i] - mean[g];
        factor[g] += a->kind == HN_NORM_LENGTH ? d * d : d * d / a->n_red;
    }
    for (int32_t g = 0; g < a->n_out; ++g) {
        const double root = sqrt(factor[g] + (a->kind == HN_NORM_LENGTH ? 0 : (double)a->epsilon));
        factor[g] = 1 / fmax(root, a->kind == HN_NORM_LENGTH ? (double)a->epsilon : 0);
    }
}

static void run_f32(check *c, const shape *s, int32_t kind) {
    int32_t n_parameters, parameter;
    hn_norm_args a = args_of(s, &n_parameters);
    const int32_t n = a.n_out * a.n_red;
    const float *in = check_floats(c, (size_t)n, -2, 3);
    const float *scale = check_floats(c, (size_t)n_parameters, -2, 2);
    const float *bias = check_floats(c, (size_t)n_parameters, -2, 2);
    double *mean = check_alloc(c, sizeof(double) * (size_t)a.n_out);
    double *factor = check_alloc(c, sizeof(double) * (size_t)a.n_out);
    float *want = check_alloc(c, sizeof(float) * (size_t)n);
    check_case k = {.family = HN_FAMILY_norm, .types = HN_TYPES_f32, .args = &a};
    a.kind = kind;
    a.epsilon = 1e-3f;
    moments(s, &a, in, mean, factor);
    for (int32_t i = 0; i < n; ++i) {
        const int32_t g = locate(s, i, &parameter);
        want[i] = (float)(((double)in[i] - mean[g]) * factor[g] * (double)scale[parameter] +
                          (double)bias[parameter]);
    }
    k.operand[HN_NORM_IN] = (check_operand){in, (size_t)n * 4};
    k.operand[HN_NORM_SCALE] = (check_operand){scale, (size_t)n_parameters * 4};
    k.operand[HN_NORM_BIAS] = (check_operand){bias, (size_t)n_parameters * 4};
    k.operand[HN_NORM_OUT].bytes = (size_t)n * 4;
    k.n_operands = HN_NORM_OPERANDS;
    k.out = HN_NORM_OUT;
    k.expect = want;
    k.bound = k.bound_isa = 2e-5f;
    snprintf(k.name, sizeof k.name, "%s kind %d", s->name, kind);
    check_run(c, &k);
}

enum { ROWS = 9, N = 33 };

/* Whether all bytes are within 1 of x * 128 / length: LiteRT's inverse root rounds as it goes. */
static bool is_near(const uint8_t *in, const uint8_t *out, const hn_norm_args *a, bool is_signed) {
    const int32_t low = is_signed ? -128 : 0, middle = is_signed ? 0 : 128;
    for (int32_t r = 0; r < ROWS; ++r) {
        double squares = 0;
        for (int32_t i = r * N; i < (r + 1) * N; ++i) {
            const int32_t x = (is_signed ? (int8_t)in[i] : in[i]) - a->in_zero;
            squares += (double)x * x;
        }
        for (int32_t i = r * N; i < (r + 1) * N; ++i) {
            const int32_t x = (is_signed ? (int8_t)in[i] : in[i]) - a->in_zero;
            const double want = fmin(fmax(128 * x / sqrt(squares) + middle, low), low + 255);
            if (fabs((is_signed ? (int8_t)out[i] : out[i]) - want) > 1) return false;
        }
    }
    return true;
}

static void run_q8(check *c, bool is_signed) {
    hn_norm_args a = {.kind = HN_NORM_LENGTH, .n_out = ROWS, .n_red = N, .out_rank = 1};
    check_case k = {.family = HN_FAMILY_norm, .args = &a};
    uint8_t *in = check_bytes(c, ROWS * N), *out = check_alloc(c, ROWS * N);
    a.in_zero = is_signed ? -28 : 100;
    a.out_dim[0] = ROWS;
    a.out_stride[0] = N;
    a.red_rank = a.red_stride[0] = 1;
    a.red_dim[0] = N;
    k.types = is_signed ? HN_TYPES_s8 : HN_TYPES_u8;
    void *const buf[HN_NORM_OPERANDS] = {in, NULL, NULL, NULL, NULL, out};
    const hn_work whole = {.end = ROWS};
    hn_kernel_choose(k.family, k.types, HN_ISA_C, &a)->fn(&a, buf, &whole);
    check_that(c, is_near(in, out, &a, is_signed), "norm: rows of bytes have length 128");
    k.operand[HN_NORM_IN] = (check_operand){in, ROWS * N};
    k.operand[HN_NORM_OUT].bytes = ROWS * N;
    k.n_operands = HN_NORM_OPERANDS;
    k.out = HN_NORM_OUT;
    snprintf(k.name, sizeof k.name, "rows");
    check_run(c, &k);
}

void check_norm(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        for (int32_t kind = HN_NORM_VARIANCE; kind <= HN_NORM_LENGTH; ++kind)
            run_f32(c, &shapes[i], kind);
    }
    run_q8(c, true);
    run_q8(c, false);
}

static void run_lrn(check *c, hn_lrn_args a) {
    const int32_t n = a.outer * a.n * a.inner;
    const float *in = check_floats(c, (size_t)n, -2, 2);
    float *want = check_alloc(c, sizeof(float) * (size_t)n);
    check_case k = {.family = HN_FAMILY_lrn, .types = HN_TYPES_f32, .args = &a, .expect = want};
    for (int32_t i = 0; i < n; ++i) {
        const int32_t channel = i / a.inner % a.n;
        double sum = 0;
        for (int32_t d = -a.before; d <= a.after; ++d) {
            if (channel + d < 0 || channel + d >= a.n) continue;
            sum += (double)in[i + d * a.inner] * (double)in[i + d * a.inner];
        }
        const double base = (double)a.bias + (double)a.alpha * sum;
        want[i] = (float)((double)in[i] * pow(base, -(double)a.beta));
    }
    k.operand[HN_LRN_IN] = (check_operand){in, (size_t)n * 4};
    k.operand[HN_LRN_OUT].bytes = (size_t)n * 4;
    k.n_operands = HN_LRN_OPERANDS;
    k.out = HN_LRN_OUT;
    k.bound = k.bound_isa = 1e-5f;
    snprintf(k.name, sizeof k.name, "%dx%dx%d", a.outer, a.n, a.inner);
    check_run(c, &k);
}

void check_lrn(check *c) {
    const float betas[] = {0.75f, 0.5f, 1.0f, 0.6f};
    for (int32_t i = 0; i < 4; ++i) {
        const hn_lrn_args nhwc = {6, 17, 1, 2, 2, 0.1f, betas[i], 1.5f};
        const hn_lrn_args nchw = {2, 9, 20, 1, i - 1, 0.3f, betas[i], 2.0f};
        run_lrn(c, nhwc);
        run_lrn(c, nchw);
    }
}
