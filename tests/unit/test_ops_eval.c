/* SPDX-License-Identifier: Apache-2.0
 * Small nodes of every operator, lowered and run on the host, against numbers worked out by hand.
 */
#include <math.h>

#include "node_maker.h"

static maker m;

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(ops_eval, .init = open_maker, .fini = close_maker);

static void set_nhwc(hn_node *n, const char *kernel_layout) {
    SET_STRING(&m, n, "layout", "nhwc");
    if (kernel_layout != NULL) SET_STRING(&m, n, "kernel_layout", kernel_layout);
}

/* ---- helpers of lowering ---- */

Test(ops_eval, multiplier_is_that_of_litert) {
    int32_t q, shift;
    hn_quantize_multiplier(0.5, &q, &shift);
    cr_assert(q == 1 << 30 && shift == 0);
    hn_quantize_multiplier(1.0, &q, &shift);
    cr_assert(q == 1 << 30 && shift == 1);
    hn_quantize_multiplier(0.0072474273418460, &q, &shift);
    cr_assert(q == 1992157658 && shift == -7, "%d %d", q, shift);
    hn_quantize_multiplier(0.99999999999, &q, &shift);
    cr_assert(q == 1 << 30 && shift == 1);
    hn_quantize_multiplier(0, &q, &shift);
    cr_assert(q == 0 && shift == 0);
    hn_quantize_multiplier(1e-30, &q, &shift);
    cr_assert(q == 0 && shift == 0);
    hn_quantize_multiplier((double)NAN, &q, &shift);
    cr_assert(q == 0 && shift == 0);
    hn_quantize_multiplier((double)INFINITY, &q, &shift);
    cr_assert(q == INT32_MAX && shift == 30);
}

Test(ops_eval, activation_bounds) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(1));
    hn_node *n = NODE(&m, add, x, x);
    int32_t low, high;
    float f_low, f_high;
    hn_value *out = quantized(&m, maker_input(&m, HN_DTYPE_S8, DIMS(1)), 0.05f, -10);
    n->arith = HN_ARITH_TFLITE;
    cr_assert_eq(hn_activation_int(m.g, n, out, &low, &high), HONE_OK);
    cr_assert(low == -128 && high == 127);
    SET_STRING(&m, n, "activation", "relu");
    cr_assert_eq(hn_activation_int(m.g, n, out, &low, &high), HONE_OK);
    cr_assert(low == -10 && high == 127);
    SET_STRING(&m, n, "activation", "relu6");
    hn_activation_f32(n, &f_low, &f_high);
    cr_assert(f_low == 0 && f_high == 6);
    cr_assert_eq(hn_activation_int(m.g, n, out, &low, &high), HONE_OK);
    cr_assert(low == -10 && high == 110);
    SET_STRING(&m, n, "activation", "relu_n1_to_1");
    cr_assert_eq(hn_activation_int(m.g, n, out, &low, &high), HONE_OK);
    cr_assert(low == -30 && high == 10);
    SET_STRING(&m, n, "activation", "clip");
    SET_FLOAT(&m, n, "clip_min", 100.0f);
    SET_FLOAT(&m, n, "clip_max", NAN);
    cr_assert_eq(hn_activation_int(m.g, n, out, &low, &high), HONE_OK);
    cr_assert(low == 127 && high == 127);
    out->dtype = HN_DTYPE_F32;
    cr_assert_eq(hn_activation_int(m.g, n, out, &low, &high), HONE_E_UNSUPPORTED);
}

/* ---- convolution ---- */

Test(ops_eval, convolution_f32) {
    hn_value *x = F32(&m, DIMS(1, 2, 2, 2), 1, 2, 3, 4, 5, 6, 7, 8);
    hn_value *w = F32(&m, DIMS(1, 2, 2, 2), 1, 0, 0, 1, 1, 1, -1, 2);
    hn_node *n = NODE(&m, conv, x, w, F32(&m, DIMS(1), 0.5f));
    set_nhwc(n, "ohwi");
    EXPECT_F32(&m, n, 1 + 4 + 11 - 7 + 16 + 0.5f);
    n = NODE(&m, conv, x, w);
    set_nhwc(n, "ohwi");
    SET_STRING(&m, n, "auto_pad", "same_upper");
    SET_STRING(&m, n, "activation", "relu6");
    EXPECT_F32(&m, n, 6, 6, 6, 6);
}

Test(ops_eval, convolution_orders_its_weights) {
    hn_value *x = F32(&m, DIMS(1, 1, 2, 2), 1, 2, 3, 4);
    hn_node *n = NODE(&m, conv, x, F32(&m, DIMS(1, 2, 1, 2), 1, 10, 100, 1000));
    set_nhwc(n, NULL);
    EXPECT_F32(&m, n, 1 + 30 + 200 + 4000);
    n = NODE(&m, conv, x, F32(&m, DIMS(1, 2, 1, 2), 1, 10, 100, 1000));
    SET_STRING(&m, n, "layout", "nchw");
    cr_assert_eq(hn_node_infer(m.g, n), HONE_E_SHAPE);
    n = NODE(&m, conv, F32(&m, DIMS(1, 4, 1), 1, 2, 3, 4), F32(&m, DIMS(1, 1, 3), 1, 10, 100));
    set_nhwc(n, NULL);
    EXPECT_F32(&m, n, 321, 432);
    n = NODE(&m, conv, F32(&m, DIMS(1, 2, 2, 1), 1, 2, 3, 4), F32(&m, DIMS(1, 1, 1, 1), 1));
    cr_assert_eq(hn_node_infer(m.g, n), HONE_E_SHAPE);
}

Test(ops_eval, convolution_refuses_channels_first) {
    hn_node *n = NODE(&m, conv, F32(&m, DIMS(1, 1, 1, 1), 2), F32(&m, DIMS(1, 1, 1, 1), 3));
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
    cr_assert_eq(hn_node_eval(m.g, n, 64), HONE_E_INTERNAL);
    cr_assert_null(n->out[0]->constant);
    n = NODE(&m, conv, F32(&m, DIMS(1, 1, 1, 1, 1), 2), F32(&m, DIMS(1, 1, 1, 1, 1), 3));
    set_nhwc(n, "ohwi");
    EXPECT_F32(&m, n, 6);
}

Test(ops_eval, depthwise_from_either_order) {
    hn_value *x = F32(&m, DIMS(1, 1, 2, 2), 1, 2, 3, 4);
    hn_node *n = NODE(&m, conv, x, F32(&m, DIMS(1, 1, 2, 4), 1, 2, 3, 4, 10, 20, 30, 40));
    set_nhwc(n, "1hwo");
    EXPECT_F32(&m, n, 31, 62, 126, 168);
    n = NODE(&m, conv, x, F32(&m, DIMS(4, 1, 2, 1), 1, 10, 2, 20, 3, 30, 4, 40));
    set_nhwc(n, "ohwi");
    SET_INT(&m, n, "group", 2);
    EXPECT_F32(&m, n, 31, 62, 126, 168);
    n = NODE(&m, conv, x, F32(&m, DIMS(4, 1, 1, 2), 1, 10, 2, 20, 3, 30, 4, 40));
    set_nhwc(n, "oihw");
    SET_INT(&m, n, "group", 2);
    EXPECT_F32(&m, n, 31, 62, 126, 168);
}

/* Two output channels with scales of their own: accumulators 2*(4-1) + 3*(5-1) + 100 and
 * -1*3 + 4*4 - 50, scaled and moved by the arithmetic's own rounding. */
static hn_node *conv_8(hn_arith arith, hn_dtype weights) {
    hn_value *x = quantized(&m, S8(&m, DIMS(1, 1, 1, 2), 4, 5), 0.5f, 1);
    const float scale[2] = {0.25f, 0.125f};
    const int32_t zero_s8[2] = {0, 0}, zero_u8[2] = {128, 128};
    hn_value *w = weights == HN_DTYPE_S8 ? S8(&m, DIMS(2, 1, 1, 2), 2, 3, -1, 4)
                                         : U8(&m, DIMS(2, 1, 1, 2), 130, 131, 127, 132);
    (void)quantized_by(&m, w, 2, scale, weights == HN_DTYPE_S8 ? zero_s8 : zero_u8, 0);
    hn_node *n = NODE(&m, conv, x, w, S32(&m, DIMS(2), 100, -50));
    set_nhwc(n, "ohwi");
    n->arith = arith;
    quantize_out(&m, n, HN_DTYPE_S8, 1.0f, -3);
    return n;
}

Test(ops_eval, convolution_s8_in_both_arithmetics) {
    /* 118 / 8 = 14.75; -37 / 16 = -2.3125 */
    EXPECT_8(&m, conv_8(HN_ARITH_TFLITE, HN_DTYPE_S8), 15 - 3, -2 - 3);
    EXPECT_8(&m, conv_8(HN_ARITH_RNE, HN_DTYPE_S8), 15 - 3, -2 - 3);
    EXPECT_8(&m, conv_8(HN_ARITH_RNE, HN_DTYPE_U8), 15 - 3, -2 - 3);
    hn_node *n = conv_8(HN_ARITH_TFLITE, HN_DTYPE_S8);
    cr_assert(hn_node_is_quantized(n));
    SET_STRING(&m, n, "activation", "relu");
    EXPECT_8(&m, n, 12, -3);
    n = conv_8(HN_ARITH_NONE, HN_DTYPE_S8);
    cr_assert(!hn_node_is_quantized(n));
    cr_assert_eq(hn_node_eval(m.g, n, 64), HONE_E_UNSUPPORTED);
}

/* Ties part the two: 4 * 1 / 8 = 0.5 is 1 away from zero and 0 to even. */
Test(ops_eval, arithmetics_differ_on_ties) {
    for (int i = 0; i < 2; i++) {
        hn_value *x = quantized(&m, S8(&m, DIMS(1, 1, 1, 1), 4), 0.125f, 0);
        hn_value *w = quantized(&m, S8(&m, DIMS(1, 1, 1, 1), 1), 1, 0);
        hn_node *n = NODE(&m, conv, x, w);
        set_nhwc(n, "ohwi");
        n->arith = i == 0 ? HN_ARITH_TFLITE : HN_ARITH_RNE;
        quantize_out(&m, n, HN_DTYPE_S8, 1.0f, 0);
        EXPECT_8(&m, n, i == 0 ? 1 : 0);
    }
}

Test(ops_eval, quantized_weights_serve_a_float_input) {
    const float scale[2] = {0.5f, 2.0f};
    const int32_t zero[2] = {0, 1};
    hn_value *w = S8(&m, DIMS(2, 2), 2, 4, 3, 5);
    hn_node *n = NODE(&m, fully_connected, F32(&m, DIMS(1, 2), 1, 10),
                      quantized_by(&m, w, 2, scale, zero, 0));
    EXPECT_F32(&m, n, 21, 84);
}

/* ---- pooling and reduction ---- */

Test(ops_eval, pooling) {
    hn_value *x = F32(&m, DIMS(1, 2, 3, 1), 1, 2, 3, 4, 5, 9);
    hn_node *n = NODE(&m, max_pool, x);
    set_nhwc(n, NULL);
    SET_INTS(&m, n, "kernel_shape", 2, 2);
    EXPECT_F32(&m, n, 5, 9);
    n = NODE(&m, avg_pool, x);
    set_nhwc(n, NULL);
    SET_INTS(&m, n, "kernel_shape", 2, 2);
    SET_INTS(&m, n, "pads", 0, 0, 1, 0);
    EXPECT_F32(&m, n, 3, 4.75f, 4.5f, 7);
    n = NODE(&m, avg_pool, x);
    set_nhwc(n, NULL);
    SET_INTS(&m, n, "kernel_shape", 2, 2);
    SET_INTS(&m, n, "pads", 0, 0, 1, 0);
    SET_INT(&m, n, "count_include_pad", 1);
    EXPECT_F32(&m, n, 3, 4.75f, 2.25f, 3.5f);
    n = NODE(&m, global_avg_pool, F32(&m, DIMS(1, 2, 1, 2), 1, 3, 10, 30));
    EXPECT_F32(&m, n, 2, 20);
}

Test(ops_eval, average_of_bytes_rounds_by_arithmetic) {
    for (int i = 0; i < 2; i++) {
        hn_value *x = quantized(&m, S8(&m, DIMS(1, 1, 2, 1), 2, 3), 1, 0);
        hn_node *n = NODE(&m, avg_pool, x);
        set_nhwc(n, NULL);
        SET_INTS(&m, n, "kernel_shape", 1, 2);
        n->arith = i == 0 ? HN_ARITH_TFLITE : HN_ARITH_RNE;
        quantize_out(&m, n, HN_DTYPE_S8, 1.0f, 0);
        EXPECT_8(&m, n, i == 0 ? 3 : 2);
    }
}

Test(ops_eval, reductions) {
    hn_value *x = F32(&m, DIMS(2, 3), 1, 2, 6, -4, 5, 8);
    EXPECT_F32(&m, NODE(&m, reduce_mean, x, S32(&m, DIMS(1), 1)), 3, 3);
    EXPECT_F32(&m, NODE(&m, reduce_sum, x, S64(&m, DIMS(1), -2)), -3, 7, 14);
    EXPECT_F32(&m, NODE(&m, reduce_max, x), 8);
    hn_node *n = NODE(&m, reduce_sum, x);
    SET_INT(&m, n, "noop_with_empty_axes", 1);
    EXPECT_F32(&m, n, 1, 2, 6, -4, 5, 8);
}

Test(ops_eval, mean_of_bytes) {
    for (int i = 0; i < 2; i++) {
        hn_value *x = quantized(&m, S8(&m, DIMS(1, 2, 3, 1), 1, 2, 3, 4, 5, 12), 0.5f, 2);
        hn_node *n = NODE(&m, reduce_mean, x, S32(&m, DIMS(2), 1, 2));
        n->arith = i == 0 ? HN_ARITH_TFLITE : HN_ARITH_RNE;
        quantize_out(&m, n, HN_DTYPE_S8, 0.25f, -1);
        EXPECT_8(&m, n, 4); /* (27 / 6 - 2) * 2 = 5, - 1 */
    }
}

/* ---- products ---- */

Test(ops_eval, gemm_with_factors) {
    hn_value *a = F32(&m, DIMS(2, 2), 1, 2, 3, 4), *b = F32(&m, DIMS(2, 2), 1, 10, 100, 1000);
    EXPECT_F32(&m, NODE(&m, gemm, a, b), 201, 2010, 403, 4030);
    hn_node *n = NODE(&m, gemm, a, b, F32(&m, DIMS(2), 5, 6));
    SET_INT(&m, n, "trans_b", 1);
    SET_FLOAT(&m, n, "alpha", 2.0f);
    SET_FLOAT(&m, n, "beta", 0.5f);
    EXPECT_F32(&m, n, 42 + 2.5f, 4200 + 3, 86 + 2.5f, 8600 + 3);
    n = NODE(&m, gemm, a, b, F32(&m, DIMS(1), 7));
    SET_INT(&m, n, "trans_a", 1);
    EXPECT_F32(&m, n, 308, 3017, 409, 4027);
    n = NODE(&m, gemm, a, b, F32(&m, DIMS(2, 1), -1000, 1000));
    SET_STRING(&m, n, "activation", "relu");
    EXPECT_F32(&m, n, 0, 1010, 1403, 5030);
}

Test(ops_eval, gemm_s8) {
    hn_value *a = quantized(&m, S8(&m, DIMS(1, 2), 3, 4), 1, 1);
    hn_value *b = quantized(&m, S8(&m, DIMS(2, 2), 1, 2, 3, 4), 0.5f, 0);
    hn_node *n = NODE(&m, gemm, a, b, S32(&m, DIMS(2), 10, 20));
    n->arith = HN_ARITH_RNE;
    quantize_out(&m, n, HN_DTYPE_S8, 1, 0);
    EXPECT_8(&m, n, 10, 18); /* 21 / 2 = 10.5, 36 / 2 = 18 */
    SET_FLOAT(&m, n, "alpha", 2.0f);
    cr_assert(!hn_node_is_quantized(n));
    cr_assert_eq(hn_node_eval(m.g, n, 64), HONE_E_UNSUPPORTED);
}

Test(ops_eval, matmul_batches) {
    hn_value *a = F32(&m, DIMS(2, 1, 2), 1, 2, 3, 4);
    EXPECT_F32(&m, NODE(&m, matmul, a, F32(&m, DIMS(2, 1), 10, 1)), 12, 34);
    EXPECT_F32(&m, NODE(&m, matmul, a, F32(&m, DIMS(2, 2, 1), 10, 1, 1, 10)), 12, 43);
    hn_value *b = F32(&m, DIMS(3, 1, 2, 1), 1, 0, 0, 1, 1, 1);
    EXPECT_F32(&m, NODE(&m, matmul, a, b), 1, 3, 2, 4, 3, 7);
    hn_value *one = F32(&m, DIMS(1, 2), 1, 2);
    EXPECT_F32(&m, NODE(&m, matmul, one, b), 1, 2, 3);
    EXPECT_F32(&m, NODE(&m, matmul, F32(&m, DIMS(2), 3, 4), F32(&m, DIMS(2), 5, 6)), 39);
}

Test(ops_eval, matmul_turned) {
    hn_value *a = F32(&m, DIMS(2, 2, 1), 1, 2, 3, 4);
    hn_node *n = NODE(&m, matmul, a, F32(&m, DIMS(2, 2), 1, 10, 100, 1000));
    SET_INT(&m, n, "trans_a", 1);
    EXPECT_F32(&m, n, 201, 2010, 403, 4030);
    n = NODE(&m, matmul, a, F32(&m, DIMS(2, 2), 1, 10, 100, 1000));
    SET_INT(&m, n, "trans_a", 1);
    SET_INT(&m, n, "trans_b", 1);
    EXPECT_F32(&m, n, 21, 2100, 43, 4300);
    n = NODE(&m, matmul, F32(&m, DIMS(2, 1, 1, 2), 1, 2, 3, 4),
             F32(&m, DIMS(2, 1, 2), 1, 10, 100, 1000));
    SET_INT(&m, n, "trans_b", 1);
    EXPECT_F32(&m, n, 21, 2100, 43, 4300);
}

Test(ops_eval, matmul_of_mixed_bytes) {
    hn_value *a = quantized(&m, U8(&m, DIMS(1, 2), 130, 140), 1, 128);
    hn_value *b = quantized(&m, S8(&m, DIMS(2, 2), 1, -2, 3, 4), 1, 0);
    hn_node *n = NODE(&m, matmul, a, b);
    n->arith = HN_ARITH_RNE;
    quantize_out(&m, n, HN_DTYPE_U8, 1, 100);
    cr_assert(hn_node_is_quantized(n));
    EXPECT_8(&m, n, 138, 144);
}

/* ---- elementwise ---- */

Test(ops_eval, elementwise_f32_broadcasts) {
    hn_value *a = F32(&m, DIMS(2, 1, 2), 1, 2, 3, 4), *b = F32(&m, DIMS(2, 1), 10, 20);
    EXPECT_F32(&m, NODE(&m, add, a, b), 11, 12, 21, 22, 13, 14, 23, 24);
    EXPECT_F32(&m, NODE(&m, sub, a, b), -9, -8, -19, -18, -7, -6, -17, -16);
    EXPECT_F32(&m, NODE(&m, div, b, F32(&m, hn_shape_of(0, NULL), 4)), 2.5f, 5);
    EXPECT_F32(&m, NODE(&m, minimum, a, F32(&m, DIMS(1), 2.5f)), 1, 2, 2.5f, 2.5f);
    EXPECT_F32(&m, NODE(&m, maximum, a, F32(&m, DIMS(1), 2.5f)), 2.5f, 2.5f, 3, 4);
    EXPECT_F32(&m, NODE(&m, pow, a, F32(&m, DIMS(1), 2)), 1, 4, 9, 16);
    hn_node *n = NODE(&m, mul, a, b);
    SET_STRING(&m, n, "activation", "clip");
    SET_FLOAT(&m, n, "clip_min", 15);
    SET_FLOAT(&m, n, "clip_max", 50);
    EXPECT_F32(&m, n, 15, 20, 20, 40, 30, 40, 50, 50);
}

Test(ops_eval, functions_f32) {
    hn_value *x = F32(&m, DIMS(3), -1, 0, 8);
    EXPECT_F32(&m, NODE(&m, relu, x), 0, 0, 8);
    EXPECT_F32(&m, NODE(&m, relu6, x), 0, 0, 6);
    EXPECT_F32(&m, NODE(&m, abs, x), 1, 0, 8);
    EXPECT_F32(&m, NODE(&m, neg, x), 1, 0, -8);
    EXPECT_F32(&m, NODE(&m, sigmoid, x), 0.26894142f, 0.5f, 0.99966465f);
    EXPECT_F32(&m, NODE(&m, tanh, x), -0.76159416f, 0, 1);
    EXPECT_F32(&m, NODE(&m, exp, x), 0.36787944f, 1, 2980.958f);
    EXPECT_F32(&m, NODE(&m, log, F32(&m, DIMS(2), 1, 8)), 0, 2.0794415f);
    EXPECT_F32(&m, NODE(&m, sqrt, F32(&m, DIMS(2), 9, 2)), 3, 1.4142135f);
    EXPECT_F32(&m, NODE(&m, clip, x), -1, 0, 8);
    EXPECT_F32(&m, NODE(&m, clip, x, NULL, F32(&m, hn_shape_of(0, NULL), 2)), -1, 0, 2);
    hn_node *n = NODE(&m, clip, x);
    SET_FLOAT(&m, n, "clip_min", -0.5f);
    EXPECT_F32(&m, n, -0.5f, 0, 8);
}

Test(ops_eval, add_of_bytes) {
    for (int i = 0; i < 2; i++) {
        hn_value *a = quantized(&m, S8(&m, DIMS(2, 1), 10, -20), 0.5f, 2);
        hn_value *b = quantized(&m, S8(&m, DIMS(2), 5, 100), 0.25f, -3);
        hn_node *n = NODE(&m, add, a, b);
        n->arith = i == 0 ? HN_ARITH_TFLITE : HN_ARITH_RNE;
        quantize_out(&m, n, HN_DTYPE_S8, 0.5f, 1);
        cr_assert(hn_node_is_quantized(n));
        EXPECT_8(&m, n, 13, 61, -17, 31);
        n = NODE(&m, sub, a, b);
        n->arith = i == 0 ? HN_ARITH_TFLITE : HN_ARITH_RNE;
        quantize_out(&m, n, HN_DTYPE_S8, 0.25f, 0);
        EXPECT_8(&m, n, 8, -87, -52, -128);
        n = NODE(&m, mul, a, b);
        n->arith = i == 0 ? HN_ARITH_TFLITE : HN_ARITH_RNE;
        quantize_out(&m, n, HN_DTYPE_S8, 1, 0);
        SET_STRING(&m, n, "activation", "relu6");
        EXPECT_8(&m, n, 6, 6, 0, 0);
    }
}

Test(ops_eval, functions_of_bytes_are_tables) {
    for (int i = 0; i < 2; i++) {
        const hn_arith arith = i == 0 ? HN_ARITH_TFLITE : HN_ARITH_RNE;
        hn_value *x = quantized(&m, S8(&m, DIMS(4), -128, -2, 8, 127), 0.5f, 0);
        hn_node *n = NODE(&m, sigmoid, x);
        n->arith = arith;
        quantize_out(&m, n, HN_DTYPE_S8, 1.0f / 256, -128);
        EXPECT_8(&m, n, -128, -59, 123, 127);
        n = NODE(&m, relu, x);
        n->arith = arith;
        quantize_out(&m, n, HN_DTYPE_S8, 1, -10);
        EXPECT_8(&m, n, -10, -10, -6, 54);
        n = NODE(&m, relu6, x);
        n->arith = arith;
        quantize_out(&m, n, HN_DTYPE_U8, 1, 3);
        EXPECT_8(&m, n, 3, 3, 7, 9);
    }
}

/* ---- softmax ---- */

Test(ops_eval, softmax) {
    hn_value *x = F32(&m, DIMS(2, 2), 0, 1, 2, 3);
    EXPECT_F32(&m, NODE(&m, softmax, x), 0.26894142f, 0.7310586f, 0.26894142f, 0.7310586f);
    hn_node *n = NODE(&m, softmax, x);
    SET_INT(&m, n, "axis", 0);
    EXPECT_F32(&m, n, 0.11920292f, 0.11920292f, 0.88079708f, 0.88079708f);
    n = NODE(&m, softmax, x);
    SET_INT(&m, n, "axis", 0);
    SET_INT(&m, n, "coerce_2d", 1);
    EXPECT_F32(&m, n, 0.0320586f, 0.08714432f, 0.23688282f, 0.64391426f);
}

Test(ops_eval, softmax_of_bytes) {
    hn_value *x = quantized(&m, S8(&m, DIMS(2), 0, 10), 0.1f, 0);
    hn_node *n = NODE(&m, softmax, x);
    n->arith = HN_ARITH_TFLITE;
    quantize_out(&m, n, HN_DTYPE_S8, 1.0f / 256, -128);
    cr_assert(hn_node_is_quantized(n));
    EXPECT_8(&m, n, -59, 59);
    n->arith = HN_ARITH_RNE;
    cr_assert(!hn_node_is_quantized(n), "computed in float between");
    EXPECT_8(&m, n, -59, 59);
}

/* ---- movement ---- */

Test(ops_eval, movements) {
    hn_value *x = F32(&m, DIMS(2, 3), 1, 2, 3, 4, 5, 6);
    EXPECT_F32(&m, NODE(&m, transpose, x), 1, 4, 2, 5, 3, 6);
    EXPECT_F32(&m, NODE(&m, reshape, x, S64(&m, DIMS(1), -1)), 1, 2, 3, 4, 5, 6);
    EXPECT_F32(&m, NODE(&m, identity, x), 1, 2, 3, 4, 5, 6);
    hn_node *n = NODE(&m, concat, x, F32(&m, DIMS(2, 0), 0), F32(&m, DIMS(2, 1), 7, 8));
    SET_INT(&m, n, "axis", 1);
    EXPECT_F32(&m, n, 1, 2, 3, 7, 4, 5, 6, 8);
    n = NODE(&m, pad, x, S64(&m, DIMS(4), 1, 0, 0, 1), F32(&m, hn_shape_of(0, NULL), 9));
    EXPECT_F32(&m, n, 9, 9, 9, 9, 1, 2, 3, 9, 4, 5, 6, 9);
    EXPECT_F32(&m, NODE(&m, pad, x, S64(&m, DIMS(4), 0, -1, -1, 0)), 2, 3);
    n = NODE(&m, pad, x, S64(&m, DIMS(4), 1, -2, 0, 0));
    SET_STRING(&m, n, "mode", "mirrored");
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
    cr_assert_eq(hn_node_eval(m.g, n, 64), HONE_E_UNSUPPORTED);
    const int64_t *wide = evaluate(&m, NODE(&m, concat, S64(&m, DIMS(1), 5), S64(&m, DIMS(1), -6)));
    cr_assert(wide[0] == 5 && wide[1] == -6);
}

Test(ops_eval, padding_of_bytes_is_the_zero_point) {
    hn_value *x = quantized(&m, S8(&m, DIMS(1), 7), 0.5f, -4);
    hn_node *n = NODE(&m, pad, x, S32(&m, DIMS(2), 1, 1));
    n->arith = HN_ARITH_TFLITE;
    EXPECT_8(&m, n, -4, 7, -4);
    n = NODE(&m, pad, x, S32(&m, DIMS(2), 1, 0), F32(&m, DIMS(1), 1));
    n->arith = HN_ARITH_RNE;
    EXPECT_8(&m, n, -2, 7);
}

Test(ops_eval, transposes_read_constants_through_their_view) {
    hn_value *x = F32(&m, DIMS(2, 3), 1, 2, 3, 4, 5, 6);
    x->shape = DIMS(3, 2);
    x->constant->stride[0] = 1;
    x->constant->stride[1] = 3;
    EXPECT_F32(&m, NODE(&m, identity, x), 1, 4, 2, 5, 3, 6);
    EXPECT_F32(&m, NODE(&m, neg, x), -1, -4, -2, -5, -3, -6);
}

/* ---- quantize and dequantize ---- */

Test(ops_eval, quantize_and_back) {
    hn_value *x = F32(&m, DIMS(2, 2), 0.25f, -0.75f, 100, -2);
    hn_value *scale = F32(&m, DIMS(1), 0.5f);
    EXPECT_8(&m, NODE(&m, quantize, x, scale, S8(&m, DIMS(1), 1)), 1, -1, 127, -3);
    hn_node *n = NODE(&m, quantize, x, F32(&m, DIMS(2), 0.5f, 0.25f), S8(&m, DIMS(2), 0, 10));
    EXPECT_8(&m, n, 0, 7, 127, 2);
    n = NODE(&m, quantize, x);
    n->arith = HN_ARITH_TFLITE;
    quantize_out(&m, n, HN_DTYPE_S8, 0.5f, 1);
    EXPECT_8(&m, n, 2, -1, 127, -3);
    hn_value *q = U8(&m, DIMS(2), 3, 200);
    EXPECT_F32(&m, NODE(&m, dequantize, q, scale, U8(&m, DIMS(1), 100)), -48.5f, 50);
    EXPECT_F32(&m, NODE(&m, dequantize, quantized(&m, q, 2, 3)), 0, 394);
    EXPECT_F32(&m, NODE(&m, dequantize, S32(&m, DIMS(2), -7, 70000), scale), -3.5f, 35000);
    const uint16_t halves[2] = {0x3c00, 0xc100};
    hn_value *half = maker_constant(&m, HN_DTYPE_F16, DIMS(2), halves);
    EXPECT_F32(&m, NODE(&m, dequantize, half), 1, -2.5f);
}

Test(ops_eval, requantize_between_bytes) {
    for (int i = 0; i < 2; i++) {
        hn_value *x = quantized(&m, S8(&m, DIMS(3), -128, 1, 127), 0.5f, 0);
        hn_node *n = NODE(&m, quantize, x);
        n->arith = i == 0 ? HN_ARITH_TFLITE : HN_ARITH_RNE;
        quantize_out(&m, n, HN_DTYPE_U8, 1, 128);
        EXPECT_8(&m, n, 64, i == 0 ? 129 : 128, 192);
    }
}
