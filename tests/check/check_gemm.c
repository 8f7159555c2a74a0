/* SPDX-License-Identifier: Apache-2.0
 * Matrix products: every shape of cases/gemm.def, B by rows and by columns, in every type. Integers
 * come in every arithmetic, with one scale and with one for each column. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/gemm/gemm.h"

typedef struct shape {
    const char *name;
    int32_t batch, m, n, k;
    bool is_shared;
} shape;

static const shape shapes[] = {
#define X(name, batch, m, n, k, is_shared) {name, batch, m, n, k, is_shared},
#include "../cases/gemm.def"
};

static hn_gemm_args args_of(const shape *s, bool is_kn) {
    return (hn_gemm_args){.batch = s->batch,
                          .m = s->m,
                          .n = s->n,
                          .k = s->k,
                          .a_batch = s->m * s->k,
                          .b_batch = s->is_shared ? 0 : s->n * s->k,
                          .b_is_kn = is_kn};
}

static check_case case_of(const shape *s, const hn_gemm_args *a) {
    const size_t rows = (size_t)a->batch * (size_t)a->m;
    const size_t matrices = s->is_shared ? 1 : (size_t)a->batch;
    check_case k = {.family = HN_FAMILY_gemm, .args = a, .n_operands = HN_GEMM_OPERANDS};
    snprintf(k.name, sizeof k.name, "%s%s", s->name, a->b_is_kn ? " kn" : "");
    k.operand[HN_GEMM_A].bytes = rows * (size_t)a->k;
    k.operand[HN_GEMM_B].bytes = matrices * (size_t)a->n * (size_t)a->k;
    k.operand[HN_GEMM_OUT].bytes = rows * (size_t)a->n;
    k.out = HN_GEMM_OUT;
    k.work = rows * (size_t)a->n * (size_t)a->k;
    return k;
}

/* n numbers of the type between -1 and 1. */
static check_operand reals(check *c, hn_types types, size_t n) {
    if (types == HN_TYPES_f16) return (check_operand){check_halves(c, n, -1, 1), n * 2};
    return (check_operand){check_floats(c, n, -1, 1), n * sizeof(float)};
}

/* Halves give the bits of the definition. */
static void run_float(check *c, const shape *s, bool is_kn, hn_types types) {
    hn_gemm_args a = args_of(s, is_kn);
    check_case k = case_of(s, &a);
    a.arith = types == HN_TYPES_f16 ? HN_ARITH_HALF : HN_ARITH_NONE;
    k.types = types;
    k.bound_isa = types == HN_TYPES_f16 ? 0 : 1e-4f;
    k.operand[HN_GEMM_A] = reals(c, types, k.operand[HN_GEMM_A].bytes);
    k.operand[HN_GEMM_B] = reals(c, types, k.operand[HN_GEMM_B].bytes);
    k.operand[HN_GEMM_OUT].bytes *= types == HN_TYPES_f16 ? 2 : sizeof(float);
    a.low = -INFINITY;
    a.high = INFINITY;
    check_run(c, &k);
    k.operand[HN_GEMM_BIAS] = reals(c, types, (size_t)a.n);
    a.low = 0;
    a.high = 1.3f; /* no half */
    if (k.work < 50000) check_run(c, &k);
}

static void run_int(check *c, const shape *s, hn_gemm_args a, bool is_signed) {
    const int32_t low = is_signed ? -128 : 0;
    check_case k = case_of(s, &a);
    a.a_zero = check_range(c, low, low + 255);
    a.b_zero = check_range(c, 0, 1) == 0 ? 0 : check_range(c, low, low + 255);
    a.out_zero = check_range(c, low, low + 255);
    a.act_min = low;
    a.act_max = low + check_range(c, 200, 255);
    const size_t n = (size_t)a.n, n_scales = a.scale_stride == 0 ? 1 : n;
    int32_t *pairs = check_alloc(c, n_scales * 8);
    for (size_t j = 0; j < n_scales; ++j) {
        const float f = 0.03f / sqrtf((float)a.k + 1.0f);
        pairs[2 * j] = check_range(c, 1 << 30, INT32_MAX);
        pairs[2 * j + 1] = check_range(c, -14, a.k < 10 ? 1 : -7);
        if (a.arith == HN_ARITH_RNE) memcpy(&pairs[2 * j], &f, sizeof f);
    }
    k.types = is_signed ? HN_TYPES_s8 : HN_TYPES_u8;
    k.operand[HN_GEMM_A].data = check_bytes(c, k.operand[HN_GEMM_A].bytes);
    k.operand[HN_GEMM_B].data = check_bytes(c, k.operand[HN_GEMM_B].bytes);
    k.operand[HN_GEMM_SCALE] = (check_operand){pairs, n_scales * 8};
    if (check_range(c, 0, 2) != 0)
        k.operand[HN_GEMM_BIAS] = (check_operand){check_ints(c, n, -5000, 5000), n * 4};
    check_run(c, &k);
}

static void run_shape(check *c, const shape *s, bool is_kn) {
    run_float(c, s, is_kn, HN_TYPES_f32);
    run_float(c, s, is_kn, HN_TYPES_f16);
    for (int variant = 0; variant < 12; ++variant) {
        hn_gemm_args a = args_of(s, is_kn);
        a.scale_stride = variant & 1;
        a.arith = HN_ARITH_TFLITE + variant / 4;
        if (case_of(s, &a).work < 50000 || variant < 4) run_int(c, s, a, (variant & 2) == 0);
    }
}

void check_gemm(check *c) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        run_shape(c, &shapes[i], false);
        run_shape(c, &shapes[i], true);
    }
}
