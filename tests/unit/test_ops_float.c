/* SPDX-License-Identifier: Apache-2.0
 * Float functions of one and two operands, their 8-bit tables, and normalisations, against numbers
 * of the C library or worked out by hand. */
#include <math.h>

#include "node_maker.h"

static maker m;

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(ops_float, .init = open_maker, .fini = close_maker);

/* op over numbers of both signs and sizes, in its domain. */
static void expect_function(hn_op_id op, double (*want)(double), float low, float high) {
    enum { N = 41 };
    float in[N], out[N];
    const int64_t n = N;
    for (int i = 0; i < N; i++) in[i] = low + (high - low) * (float)i / (N - 1);
    for (int i = 0; i < N; i++) out[i] = (float)want((double)in[i]);
    hn_value *x = maker_constant(&m, HN_DTYPE_F32, hn_shape_of(1, &n), in);
    compare_f32(evaluate(&m, maker_node(&m, op, 1, &x)), out, N);
}

static double softplus(double x) {
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

static double mish(double x) {
    return x * tanh(softplus(x));
}

static double elu(double x) {
    return x < 0 ? expm1(x) : x;
}

static double selu(double x) {
    return 1.0507009873554805 * (x < 0 ? 1.6732632423543772 * expm1(x) : x);
}

static double gelu(double x) {
    return 0.5 * x * (1 + erf(x / sqrt(2)));
}

static double hard_swish(double x) {
    return x * fmin(fmax(x + 3, 0), 6) / 6;
}

static double leaky(double x) {
    return x < 0 ? 0.01 * x : x;
}

Test(ops_float, functions_of_one_operand) {
    expect_function(HN_OP_sin, sin, -9, 9);
    expect_function(HN_OP_tan, tan, -1.5f, 1.5f);
    expect_function(HN_OP_asin, asin, -1, 1);
    expect_function(HN_OP_acos, acos, -1, 1);
    expect_function(HN_OP_atan, atan, -20, 20);
    expect_function(HN_OP_sinh, sinh, -9, 9);
    expect_function(HN_OP_cosh, cosh, -9, 9);
    expect_function(HN_OP_asinh, asinh, -1e20f, 1e20f);
    expect_function(HN_OP_asinh, asinh, -1e-3f, 1e-3f);
    expect_function(HN_OP_acosh, acosh, 1, 1e20f);
    expect_function(HN_OP_atanh, atanh, -0.999f, 0.999f);
    expect_function(HN_OP_round, rint, -3, 3);
    expect_function(HN_OP_ceil, ceil, -3, 3);
}

Test(ops_float, activations) {
    expect_function(HN_OP_elu, elu, -8, 8);
    expect_function(HN_OP_celu, elu, -8, 8);
    expect_function(HN_OP_selu, selu, -8, 8);
    expect_function(HN_OP_gelu, gelu, -8, 8);
    expect_function(HN_OP_mish, mish, -100, 100);
    expect_function(HN_OP_softplus, softplus, -200, 200);
    expect_function(HN_OP_hard_swish, hard_swish, -8, 8);
    expect_function(HN_OP_leaky_relu, leaky, -8, 8);
}

Test(ops_float, activations_with_parameters) {
    hn_value *x = F32(&m, DIMS(5), -2, -0.5f, 0, 0.5f, 2);
    hn_node *n = NODE(&m, shrink, x);
    SET_FLOAT(&m, n, "lambd", 1);
    SET_FLOAT(&m, n, "bias", 0.25f);
    EXPECT_F32(&m, n, -1.75f, 0, 0, 0, 1.75f);
    n = NODE(&m, thresholded_relu, F32(&m, DIMS(3), -INFINITY, 1, 3));
    EXPECT_F32(&m, n, 0, 0, 3);
    n = NODE(&m, hard_sigmoid, x);
    SET_FLOAT(&m, n, "alpha", 0.5f);
    EXPECT_F32(&m, n, 0, 0.25f, 0.5f, 0.75f, 1);
    n = NODE(&m, gelu, F32(&m, DIMS(2), 1, -2));
    SET_STRING(&m, n, "approximate", "tanh");
    EXPECT_F32(&m, n, 0.841192f, -0.0454023f);
    n = NODE(&m, prelu, F32(&m, DIMS(2, 2), 1, -1, -2, 2), F32(&m, DIMS(2), 0.1f, 10));
    EXPECT_F32(&m, n, 1, -10, -0.2f, 2);
}

Test(ops_float, functions_of_two_operands) {
    hn_value *x = F32(&m, DIMS(4), 7, -7, 7, -7), *y = F32(&m, DIMS(4), 2, 2, -2, -2);
    EXPECT_F32(&m, NODE(&m, mod, x, y), 1, -1, 1, -1);
    EXPECT_F32(&m, NODE(&m, floor_mod, x, y), 1, 1, -1, -1);
    EXPECT_F32(&m, NODE(&m, floor_div, x, y), 3, -4, -4, 3);
    EXPECT_F32(&m, NODE(&m, squared_difference, x, y), 25, 81, 81, 25);
    EXPECT_F32(&m, NODE(&m, atan2, x, y), 1.2924967f, -1.2924967f, 1.849096f, -1.849096f);
}

/* ---- 8 bits ---- */

static hn_node *table(hn_op_id op, hn_value *x, float scale, int32_t zero) {
    hn_node *n = maker_node(&m, op, 1, &x);
    n->arith = HN_ARITH_TFLITE;
    quantize_out(&m, n, x->dtype, scale, zero);
    return n;
}

Test(ops_float, tables_of_bytes) {
    hn_value *x = quantized(&m, S8(&m, DIMS(4), -128, -32, 0, 64), 1.0f / 16, 0);
    EXPECT_8(&m, table(HN_OP_hard_swish, x, 1.0f / 16, 0), 0, -5, 0, 64);
    EXPECT_8(&m, table(HN_OP_leaky_relu, x, 1.0f / 16, 0), -1, 0, 0, 64);
    EXPECT_8(&m, table(HN_OP_abs, x, 1.0f / 16, 0), 127, 32, 0, 64);
    EXPECT_8(&m, table(HN_OP_elu, x, 1.0f / 16, 0), -16, -14, 0, 64);
    hn_value *y = quantized(&m, S8(&m, DIMS(3), 0, 16, 64), 1.0f / 16, 0);
    EXPECT_8(&m, table(HN_OP_sqrt, y, 1.0f / 16, 0), 0, 16, 32);
    EXPECT_8(&m, table(HN_OP_rsqrt, y, 1.0f / 16, 0), 127, 16, 8);
    EXPECT_8(&m, table(HN_OP_log, y, 1.0f / 16, 0), -128, 0, 22);
}

Test(ops_float, smaller_of_bytes_is_one_of_them) {
    hn_value *x = quantized(&m, S8(&m, DIMS(2), -5, 7), 0.1f, 3);
    hn_node *n = NODE(&m, minimum, x, quantized(&m, S8(&m, DIMS(1), 2), 0.1f, 3));
    n->arith = HN_ARITH_TFLITE;
    quantize_out(&m, n, HN_DTYPE_S8, 0.1f, 3);
    EXPECT_8(&m, n, -5, 2);
    cr_assert(hn_node_is_quantized(n));
}

/* ---- normalisations ---- */

Test(ops_float, layers) {
    hn_value *x = F32(&m, DIMS(2, 2), 1, 3, -2, 2);
    hn_node *n = NODE(&m, layer_norm, x, F32(&m, DIMS(2), 2, 1), F32(&m, DIMS(2), 0, 10));
    SET_FLOAT(&m, n, "epsilon", 0);
    EXPECT_F32(&m, n, -2, 11, -2, 11);
    n = NODE(&m, rms_norm, F32(&m, DIMS(1, 2), 3, 4), F32(&m, DIMS(2), 1, 1));
    SET_FLOAT(&m, n, "epsilon", 0);
    EXPECT_F32(&m, n, 0.8485281f, 1.1313709f);
    expect_refusal(&m, NODE(&m, layer_norm, x, F32(&m, DIMS(3), 1, 1, 1)), HONE_E_SHAPE);
}

Test(ops_float, instances_and_groups) {
    const float want[] = {-1, 1, -1, 1, -1, 1, -1, 1};
    hn_value *ones = F32(&m, DIMS(2), 1, 1), *zeros = F32(&m, DIMS(2), 0, 0);
    hn_node *n =
        NODE(&m, instance_norm, F32(&m, DIMS(2, 2, 2), 1, 3, 0, 4, 5, 6, 7, 8), ones, zeros);
    SET_FLOAT(&m, n, "epsilon", 0);
    compare_f32(evaluate(&m, n), want, 8);
    n = NODE(&m, group_norm, F32(&m, DIMS(1, 4, 1), 1, 3, 0, 4), ones, zeros);
    SET_FLOAT(&m, n, "epsilon", 0);
    SET_INT(&m, n, "num_groups", 2);
    compare_f32(evaluate(&m, n), want, 4);
    n = NODE(&m, group_norm, F32(&m, DIMS(1, 4, 1), 1, 3, 0, 4), ones, zeros);
    SET_INT(&m, n, "num_groups", 3);
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(ops_float, instances_follow_their_channels) {
    hn_value *ones = F32(&m, DIMS(2), 1, 2), *zeros = F32(&m, DIMS(2), 0, 0);
    hn_node *n = NODE(&m, instance_norm, F32(&m, DIMS(1, 2, 2), 1, 0, 3, 4), ones, zeros);
    const int32_t perm[] = {0, 2, 1};
    SET_FLOAT(&m, n, "epsilon", 0);
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
    cr_assert_eq(n->op->hooks->permute(m.g, n, perm, 3), HONE_OK);
    EXPECT_F32(&m, n, -1, -2, 1, 2);
}

Test(ops_float, lengths) {
    hn_value *x = F32(&m, DIMS(2, 2), 3, 4, 0, 0);
    EXPECT_F32(&m, NODE(&m, lp_norm, x), 0.6f, 0.8f, 0, 0);
    hn_node *n = NODE(&m, lp_norm, x);
    SET_INT(&m, n, "p", 1);
    EXPECT_F32(&m, n, 3.0f / 7, 4.0f / 7, 0, 0);
    n = NODE(&m, mean_variance_norm, F32(&m, DIMS(1, 1, 1, 2), 1, 5));
    EXPECT_F32(&m, n, -1, 1);
    n = NODE(&m, lrn, F32(&m, DIMS(1, 3), 1, 2, 3));
    SET_INT(&m, n, "size", 3);
    SET_FLOAT(&m, n, "alpha", 3);
    SET_FLOAT(&m, n, "beta", 1);
    EXPECT_F32(&m, n, 1.0f / 6, 2.0f / 15, 3.0f / 14);
}

Test(ops_float, logarithm_of_softmax) {
    hn_value *x = F32(&m, DIMS(1, 3), 1, 2, 3);
    EXPECT_F32(&m, NODE(&m, log_softmax, x), -2.4076059f, -1.4076059f, -0.4076059f);
}
