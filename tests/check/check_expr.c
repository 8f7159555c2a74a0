/* SPDX-License-Identifier: Apache-2.0
 * Elementwise programs: every program of cases/expr.def and every operation of expr.def by itself
 * over ordinary and extreme values. What to expect is computed an element at a time: each
 * instruction in double by the C library, then rounded to float. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/expr/expr.h"

typedef struct program {
    const char *name;
    int32_t rank, dim[8];
    const char *layouts;
    uint32_t code[HN_EXPR_CODE];
} program;

static const program programs[] = {
#define X(name, rank, dim, layouts, ...) {name, rank, dim, layouts, __VA_ARGS__},
#include "../cases/expr.def"
};

static const float immediates[] = {0.5f, -2.0f, 3.0f, 0.0447f, 6.0f, 1.0f, 0.0f};

/* Strides of a layout letter; returns how many elements the input holds. */
static size_t lay(int32_t rank, const int32_t *dim, char layout, int32_t *stride) {
    int32_t packed = layout == 'e' ? 2 : 1, first = 1;
    for (int32_t i = 0; i < rank; ++i) {
        const int32_t d = layout == 't' ? i : rank - 1 - i;
        stride[d] = packed;
        if (dim[d] == 1 || layout == 'o') stride[d] = 0;
        if (layout == 'l' && d != rank - 1) stride[d] = 0;
        if (layout == 'f') stride[d] = d == 0 ? 1 : 0;
        if (stride[d] != 0) packed *= dim[d];
        first *= dim[d];
    }
    size_t last = 0;
    for (int32_t d = 0; d < rank; ++d) last += (size_t)((dim[d] - 1) * stride[d]);
    /* A size of its own, so that no harness takes it for one that may be written in place. */
    return last + 1 + (layout != 'p' && (int32_t)last + 1 == first ? 1 : 0);
}

/* The operations of two operands. */
static double apply_pair(uint32_t op, double x, double y) {
    switch (op) {
    case HN_EXPR_add:
        return x + y;
    case HN_EXPR_sub:
        return x - y;
    case HN_EXPR_mul:
        return x * y;
    case HN_EXPR_div:
        return x / y;
    case HN_EXPR_min:
        return x != x ? x : y != y ? y : fmin(x, y);
    case HN_EXPR_max:
        return x != x ? x : y != y ? y : fmax(x, y);
    case HN_EXPR_pow:
        return pow(x, y);
    case HN_EXPR_atan2:
        return atan2(x, y);
    case HN_EXPR_mod:
        return fmod(x, y);
    case HN_EXPR_floor_mod: {
        const double rest = fmod(x, y);
        return rest != 0 && (rest < 0) != (y < 0) ? (double)((float)rest + (float)y) : rest;
    }
    case HN_EXPR_prelu:
        return x < 0 ? x * y : x;
    case HN_EXPR_greater:
        return x > y;
    case HN_EXPR_mask:
        return y != 0 ? x : 0;
    default:
        return x;
    }
}

static double apply(uint32_t op, double x, double y) {
    switch (op) {
    case HN_EXPR_neg:
        return -x;
    case HN_EXPR_abs:
        return fabs(x);
    case HN_EXPR_relu:
        return x < 0 ? 0 : x;
    case HN_EXPR_exp:
        return exp(x);
    case HN_EXPR_log:
        return log(x);
    case HN_EXPR_sqrt:
        return sqrt(x);
    case HN_EXPR_rsqrt:
        return 1 / sqrt(x);
    case HN_EXPR_reciprocal:
        return 1 / x;
    case HN_EXPR_sigmoid:
        return x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x));
    case HN_EXPR_tanh:
        return tanh(x);
    case HN_EXPR_erf:
        return erf(x);
    case HN_EXPR_sin:
        return sin(x);
    case HN_EXPR_cos:
        return cos(x);
    case HN_EXPR_floor:
        return floor(x);
    case HN_EXPR_ceil:
        return ceil(x);
    case HN_EXPR_round_even:
        return rint(x);
    case HN_EXPR_sign:
        return x != x ? x : (x > 0) - (x < 0);
    case HN_EXPR_square:
        return x * x;
    case HN_EXPR_expm1:
        return expm1(x);
    case HN_EXPR_log1p:
        return log1p(x);
    case HN_EXPR_atan:
        return atan(x);
    default:
        return apply_pair(op, x, y);
    }
}

/* Operations whose float result is the exact one, rounded. */
static bool is_exact(uint32_t op) {
    switch (op) {
    case HN_EXPR_exp:
    case HN_EXPR_log:
    case HN_EXPR_rsqrt:
    case HN_EXPR_sigmoid:
    case HN_EXPR_tanh:
    case HN_EXPR_erf:
    case HN_EXPR_sin:
    case HN_EXPR_cos:
    case HN_EXPR_expm1:
    case HN_EXPR_log1p:
    case HN_EXPR_atan:
    case HN_EXPR_atan2:
    case HN_EXPR_pow:
        return false;
    default:
        return true;
    }
}

static float read(const hn_expr_args *a, const float *registers, uint32_t operand) {
    return operand < HN_EXPR_IMM ? registers[operand] : a->imm[operand - HN_EXPR_IMM];
}

static float expect_one(const hn_expr_args *a, const check_case *k, int32_t at) {
    float r[HN_EXPR_REGISTERS] = {0}, value = 0;
    for (int32_t i = 0; i < a->n_in; ++i) {
        int32_t rest = at, offset = 0;
        for (int32_t d = a->rank - 1; d >= 0; --d) {
            offset += rest % a->dim[d] * a->in_stride[8 * i + d];
            rest /= a->dim[d];
        }
        r[i] = ((const float *)k->operand[i].data)[offset];
    }
    for (int32_t j = 0; j < a->n_code; ++j) {
        const uint32_t op = a->code[j] & 255;
        const float x = read(a, r, a->code[j] >> 16 & 255);
        const float y = op >= HN_EXPR_add ? read(a, r, a->code[j] >> 24) : 0;
        value = (float)apply(op, x, y);
        r[a->code[j] >> 8 & 255] = value;
    }
    return value;
}

/* Runs a program on the inputs that the case has already. */
static void run(check *c, check_case *k, const hn_expr_args *a) {
    bool all_exact = true;
    float *want = check_alloc(c, sizeof(float) * (size_t)a->n_elements);
    for (int32_t i = 0; i < a->n_elements; ++i) want[i] = expect_one(a, k, i);
    for (int32_t j = 0; j < a->n_code; ++j) all_exact = all_exact && is_exact(a->code[j] & 255);
    k->family = HN_FAMILY_expr;
    k->types = HN_TYPES_f32;
    k->args = a;
    k->out = a->n_in;
    k->n_operands = a->n_in + 1;
    k->operand[k->out].bytes = sizeof(float) * (size_t)a->n_elements;
    k->expect = want;
    k->bound = k->bound_isa = all_exact ? 1e-30f : 1e-6f;
    k->work = (uint64_t)a->n_elements * (uint64_t)a->n_code;
    check_run(c, k);
}

static void run_program(check *c, const program *p) {
    check_case k = {.n_operands = 0};
    hn_expr_args a = {.rank = p->rank, .n_elements = 1, .n_in = (int32_t)strlen(p->layouts)};
    for (int32_t d = 0; d < p->rank; ++d) {
        a.dim[d] = p->dim[d];
        a.n_elements *= p->dim[d];
    }
    for (int32_t i = 0; i < a.n_in; ++i) {
        const size_t n = lay(p->rank, p->dim, p->layouts[i], a.in_stride + 8 * i);
        k.operand[i] = (check_operand){check_floats(c, n, -4, 4), n * sizeof(float)};
    }
    while (a.n_code < HN_EXPR_CODE && p->code[a.n_code] != 0) {
        a.code[a.n_code] = p->code[a.n_code];
        ++a.n_code;
    }
    memcpy(a.imm, immediates, sizeof immediates);
    snprintf(k.name, sizeof k.name, "%s", p->name);
    run(c, &k, &a);
}

/* Every pair of values that are special to some operation. */
static void run_op(check *c, uint32_t op, const char *name) {
    static const float extreme[] = {0.0f,        -0.0f,      1.0f,  -1.0f,   0.5f,    -2.5f,
                                    INFINITY,    -INFINITY,  NAN,   1e-40f,  -1e-40f, 3e38f,
                                    -8388609.0f, 4194305.5f, 88.9f, -104.0f, 1e10f,   3.0f};
    enum { N = sizeof extreme / sizeof extreme[0] };
    float *x = check_floats(c, N * N, -9, 9), *y = check_floats(c, N * N, -9, 9);
    for (int i = 0; i < N * N; ++i) {
        x[i] = i % 7 == 6 ? x[i] : extreme[i / N];
        y[i] = i % 7 == 6 ? y[i] : extreme[i % N];
    }
    check_case k = {.n_operands = 0};
    hn_expr_args a = {.n_elements = N * N, .rank = 1, .dim = {N * N}, .n_in = 2, .n_code = 1};
    a.in_stride[0] = a.in_stride[8] = 1;
    a.code[0] = HN_EXPR_INSTR(op, 2, 0, 1);
    k.operand[0] = (check_operand){x, N * N * sizeof(float)};
    k.operand[1] = (check_operand){y, N * N * sizeof(float)};
    snprintf(k.name, sizeof k.name, "extremes of %s", name);
    run(c, &k, &a);
}

/* Programs that a row must refuse. */
static void refuse(check *c, uint32_t code, const char *text) {
    hn_expr_args a = {.n_elements = 4, .rank = 1, .dim = {4}, .n_in = 1, .n_code = 1};
    a.in_stride[0] = 1;
    a.code[0] = code;
    check_that(c, hn_kernel_choose(HN_FAMILY_expr, HN_TYPES_f32, HN_ISA_C, &a) == NULL, text);
}

void check_expr(check *c) {
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; ++i) run_program(c, &programs[i]);
#define X(name, arity) run_op(c, HN_EXPR_##name, #name);
#include "kernels/expr/expr_ops.def"
#undef X
    refuse(c, HN_EXPR_INSTR(HN_EXPR_OP_COUNT, 0, 0, 0), "expr: refuses an unknown operation");
    refuse(c, HN_EXPR_INSTR(HN_EXPR_neg, 16, 0, 0), "expr: refuses register 16");
    refuse(c, HN_EXPR_INSTR(HN_EXPR_neg, 0, 3, 0), "expr: refuses a register not written");
    refuse(c, HN_EXPR_INSTR(HN_EXPR_add, 0, 0, HN_EXPR_IMM + 16), "expr: refuses immediate 16");
}
