/* SPDX-License-Identifier: Apache-2.0
 * Operators on elements of other types than float32, and their faults: integers, bools, f64, casts,
 * choices, order along an axis. Numbers are worked out by hand. */
#include <math.h>

#include "node_maker.h"

static maker m;

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(ops_typed, .init = open_maker, .fini = close_maker);

static hn_value *bools(int64_t n, const char *text) {
    uint8_t bytes[16];
    for (int64_t i = 0; i < n; i++) bytes[i] = text[i] == '1';
    return maker_constant(&m, HN_DTYPE_BOOL, hn_shape_of(1, &n), bytes);
}

static void expect_s32(hn_node *node, uint32_t n, const int32_t *want) {
    const int32_t *have = evaluate(&m, node);
    for (uint32_t i = 0; i < n; i++) {
        cr_assert_eq(have[i], want[i], "element %u: %d, not %d", i, have[i], want[i]);
    }
}
#define EXPECT_S32(node, ...)                                                                      \
    expect_s32((node), (uint32_t)(sizeof((int32_t[]){__VA_ARGS__}) / 4), (int32_t[]){__VA_ARGS__})

static void expect_bools(hn_node *node, const char *want) {
    const uint8_t *have = evaluate(&m, node);
    cr_assert_eq(node->out[0]->dtype, HN_DTYPE_BOOL);
    for (uint32_t i = 0; want[i] != '\0'; i++) {
        cr_assert_eq(have[i], want[i] == '1', "element %u is %u", i, have[i]);
    }
}

/* ---- arithmetic ---- */

Test(ops_typed, integers_divide_in_three_ways) {
    hn_value *x = S32(&m, DIMS(4), 7, -7, 7, -7), *y = S32(&m, DIMS(4), 2, 2, -2, -2);
    EXPECT_S32(NODE(&m, div, x, y), 3, -3, -3, 3);
    EXPECT_S32(NODE(&m, floor_div, x, y), 3, -4, -4, 3);
    EXPECT_S32(NODE(&m, mod, x, y), 1, -1, 1, -1);
    EXPECT_S32(NODE(&m, floor_mod, x, y), 1, 1, -1, -1);
}

Test(ops_typed, least_integer_by_minus_one_wraps) {
    hn_value *x = S32(&m, DIMS(1), INT32_MIN), *y = S32(&m, DIMS(1), -1);
    EXPECT_S32(NODE(&m, div, x, y), INT32_MIN);
    EXPECT_S32(NODE(&m, floor_div, x, y), INT32_MIN);
    EXPECT_S32(NODE(&m, mod, x, y), 0);
    EXPECT_S32(NODE(&m, abs, x), INT32_MIN);
}

Test(ops_typed, division_by_zero_is_a_status) {
    const hn_op_id ops[] = {HN_OP_div, HN_OP_floor_div, HN_OP_mod, HN_OP_floor_mod};
    hn_value *in[2] = {S32(&m, DIMS(2), 1, 2), S32(&m, DIMS(2), 1, 0)};
    for (uint32_t i = 0; i < 4; i++) {
        hn_node *n = maker_node(&m, ops[i], 2, in);
        cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
        cr_assert_eq(hn_node_eval(m.g, n, 64), HONE_E_DATA);
        cr_assert_null(n->out[0]->constant);
    }
    hn_node *n = NODE(&m, pow, in[0], S32(&m, DIMS(1), -1));
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
    cr_assert_eq(hn_node_eval(m.g, n, 64), HONE_E_DATA);
}

Test(ops_typed, powers_take_exponents_of_other_types) {
    hn_value *x = S32(&m, DIMS(3), 2, -3, 10);
    EXPECT_S32(NODE(&m, pow, x, S32(&m, DIMS(3), 10, 3, 0)), 1024, -27, 1);
    EXPECT_S32(NODE(&m, pow, x, S64(&m, DIMS(1), 2)), 4, 9, 100);
    EXPECT_S32(NODE(&m, pow, S32(&m, DIMS(2), 4, 9), F32(&m, DIMS(1), 0.5f)), 2, 3);
    EXPECT_F32(&m, NODE(&m, pow, F32(&m, DIMS(2), 1.5f, 2), S64(&m, DIMS(1), 3)), 3.375f, 8);
}

Test(ops_typed, activations_bound_integers) {
    hn_node *n = NODE(&m, add, S32(&m, DIMS(3), -5, 2, 9), S32(&m, DIMS(1), 1));
    SET_STRING(&m, n, "activation", "relu6");
    EXPECT_S32(n, 0, 3, 6);
    EXPECT_S32(NODE(&m, relu, S32(&m, DIMS(2), -5, 5)), 0, 5);
    EXPECT_S32(NODE(&m, clip, S32(&m, DIMS(3), -5, 5, 50), S32(&m, hn_shape_of(0, NULL), -1),
                    S32(&m, hn_shape_of(0, NULL), 10)),
               -1, 5, 10);
}

Test(ops_typed, shifts_and_bits) {
    hn_value *x = S32(&m, DIMS(3), -8, 5, 1), *y = S32(&m, DIMS(3), 1, 1, 31);
    EXPECT_S32(NODE(&m, shift_right, x, y), -4, 2, 0);
    EXPECT_S32(NODE(&m, shift_left, x, y), -16, 10, INT32_MIN);
    EXPECT_S32(NODE(&m, bitwise_xor, x, y), -7, 4, 30);
    EXPECT_S32(NODE(&m, bitwise_not, x), 7, -6, -2);
}

Test(ops_typed, any_number_of_operands) {
    hn_value *x = S32(&m, DIMS(2), 1, 5), *y = S32(&m, DIMS(1), 3), *z = S32(&m, DIMS(2), 2, 2);
    EXPECT_S32(NODE(&m, sum_of, x, y, z), 6, 10);
    EXPECT_S32(NODE(&m, max_of, x, y, z), 3, 5);
    EXPECT_S32(NODE(&m, min_of, x, y, z), 1, 2);
    hn_value *f = F32(&m, DIMS(2), 1, 2);
    EXPECT_F32(&m, NODE(&m, mean_of, f, f, f, f, f, F32(&m, DIMS(1), 7), F32(&m, DIMS(1), 9)), 3,
               26.0f / 7);
}

/* ---- bools ---- */

Test(ops_typed, comparisons_give_bools) {
    hn_value *x = F32(&m, DIMS(4), 1, 2, NAN, -0.0f), *y = F32(&m, DIMS(4), 1, 1, NAN, 0);
    expect_bools(NODE(&m, equal, x, y), "1001");
    expect_bools(NODE(&m, not_equal, x, y), "0110");
    expect_bools(NODE(&m, greater, x, y), "0100");
    expect_bools(NODE(&m, less_equal, x, y), "1001");
    hn_value *s = quantized(&m, S8(&m, DIMS(3), 10, 20, 30), 0.5f, 0);
    hn_node *n = NODE(&m, less, s, quantized(&m, S8(&m, DIMS(3), 10, 10, 10), 1.0f, 0));
    n->arith = HN_ARITH_TFLITE;
    expect_bools(n, "100");
    expect_refusal(&m, NODE(&m, equal, x, S32(&m, DIMS(1), 1)), HONE_E_SHAPE);
}

Test(ops_typed, logic_wants_bools) {
    hn_value *x = bools(4, "0011"), *y = bools(4, "0101");
    expect_bools(NODE(&m, logical_and, x, y), "0001");
    expect_bools(NODE(&m, logical_or, x, y), "0111");
    expect_bools(NODE(&m, logical_xor, x, y), "0110");
    expect_bools(NODE(&m, logical_not, x), "1100");
    expect_refusal(&m, NODE(&m, logical_not, S32(&m, DIMS(1), 1)), HONE_E_SHAPE);
}

Test(ops_typed, tests_of_floats) {
    hn_value *x = F32(&m, DIMS(4), 1, INFINITY, -INFINITY, NAN);
    expect_bools(NODE(&m, is_nan, x), "0001");
    expect_bools(NODE(&m, is_inf, x), "0110");
    hn_node *n = NODE(&m, is_inf, x);
    SET_INT(&m, n, "detect_negative", 0);
    expect_bools(n, "0100");
    n = NODE(&m, is_inf, x);
    SET_INT(&m, n, "detect_negative", 0);
    SET_INT(&m, n, "detect_positive", 0);
    expect_bools(n, "0000");
}

Test(ops_typed, choices) {
    hn_value *a = S32(&m, DIMS(2, 2), 1, 2, 3, 4), *b = S32(&m, DIMS(2, 2), 5, 6, 7, 8);
    EXPECT_S32(NODE(&m, where, bools(2, "10"), a, b), 1, 6, 3, 8);
    EXPECT_S32(NODE(&m, select, bools(2, "10"), a, b), 1, 2, 7, 8);
    expect_refusal(&m, NODE(&m, select, bools(3, "101"), a, b), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, where, a, a, b), HONE_E_SHAPE);
}

/* ---- conversions ---- */

Test(ops_typed, casts_truncate_and_saturate) {
    hn_node *n = NODE(&m, cast, F32(&m, DIMS(6), 2.9f, -2.9f, 1e10f, -1e10f, NAN, 0));
    SET_STRING(&m, n, "to", "s32");
    EXPECT_S32(n, 2, -2, INT32_MAX, INT32_MIN, 0, 0);
    n = NODE(&m, cast, S32(&m, DIMS(2), 300, -1));
    SET_STRING(&m, n, "to", "u8");
    const uint8_t *bytes = evaluate(&m, n);
    cr_assert(bytes[0] == 44 && bytes[1] == 255);
    n = NODE(&m, cast, F32(&m, DIMS(1), 1));
    SET_STRING(&m, n, "to", "f99");
    expect_refusal(&m, n, HONE_E_UNSUPPORTED);
}

Test(ops_typed, halves_are_stored) {
    hn_node *n = NODE(&m, cast, F32(&m, DIMS(4), 1, 65520, 6e-8f, -0.1f));
    SET_STRING(&m, n, "to", "f16");
    const uint16_t *half = evaluate(&m, n);
    cr_assert(half[0] == 0x3c00 && half[1] == 0x7c00 && half[2] == 1 && half[3] == 0xae66);
    hn_node *back = NODE(&m, cast, n->out[0]);
    SET_STRING(&m, back, "to", "f32");
    EXPECT_F32(&m, back, 1, INFINITY, 5.9604645e-8f, -0.099975586f);
}

/* ---- reductions and order ---- */

Test(ops_typed, integers_reduce) {
    hn_value *x = S32(&m, DIMS(2, 3), 1, -2, 3, 4, 5, -6);
    hn_value *axis = S64(&m, DIMS(1), 1);
    EXPECT_S32(NODE(&m, reduce_sum, x, axis), 2, 3);
    EXPECT_S32(NODE(&m, reduce_mean, x, axis), 0, 1);
    EXPECT_S32(NODE(&m, reduce_prod, x, axis), -6, -120);
    EXPECT_S32(NODE(&m, reduce_min, x, axis), -2, -6);
    EXPECT_S32(NODE(&m, reduce_l1, x, axis), 6, 15);
    EXPECT_S32(NODE(&m, reduce_sum_square, x, axis), 14, 77);
    EXPECT_S32(NODE(&m, reduce_l2, S32(&m, DIMS(2), 3, 4)), 5);
    expect_bools(NODE(&m, reduce_any, bools(3, "010")), "1");
    expect_bools(NODE(&m, reduce_all, bools(3, "010")), "0");
}

Test(ops_typed, logarithms_of_sums_do_not_overflow) {
    hn_value *x = F32(&m, DIMS(2, 2), 1000, 1000, -INFINITY, -INFINITY);
    EXPECT_F32(&m, NODE(&m, reduce_log_sum_exp, x, S64(&m, DIMS(1), 1)), 1000.6931f, -INFINITY);
    EXPECT_F32(&m, NODE(&m, reduce_log_sum, F32(&m, DIMS(2), 1, 1)), 0.6931472f);
}

Test(ops_typed, extremes_and_their_places) {
    hn_value *x = F32(&m, DIMS(2, 3), 1, 3, 3, -1, -2, -1);
    hn_node *n = NODE(&m, arg_max, x);
    SET_INT(&m, n, "axis", 1);
    SET_STRING(&m, n, "output_type", "s32");
    EXPECT_S32(n, 1, 0);
    n = NODE(&m, arg_max, x);
    SET_INT(&m, n, "axis", -1);
    SET_INT(&m, n, "select_last_index", 1);
    SET_INT(&m, n, "keepdims", 0);
    SET_STRING(&m, n, "output_type", "s32");
    EXPECT_S32(n, 2, 2);
    expect_shape(&m, n, DIMS(2));
    n = NODE(&m, hardmax, x);
    EXPECT_F32(&m, n, 0, 1, 0, 1, 0, 0);
    expect_refusal(&m, NODE(&m, arg_max, F32(&m, DIMS(1), 1), S64(&m, DIMS(1), 1)), HONE_E_SHAPE);
}

Test(ops_typed, the_first_k) {
    hn_node *n = NODE(&m, top_k, S32(&m, DIMS(5), 3, 9, 1, 9, 5), S64(&m, DIMS(1), 3));
    EXPECT_S32(n, 9, 9, 5);
    n = NODE(&m, top_k, S32(&m, DIMS(5), 3, 9, 1, 9, 5), S64(&m, DIMS(1), 2));
    SET_INT(&m, n, "largest", 0);
    EXPECT_S32(n, 1, 3);
    expect_refusal(&m, NODE(&m, top_k, S32(&m, DIMS(1), 3), S64(&m, DIMS(1), 2)), HONE_E_SHAPE);
}

Test(ops_typed, running_sums) {
    hn_value *x = S32(&m, DIMS(3), 1, 2, 3), *axis = S32(&m, DIMS(1), 0);
    EXPECT_S32(NODE(&m, cum_sum, x, axis), 1, 3, 6);
    EXPECT_S32(NODE(&m, cum_prod, x, axis), 1, 2, 6);
    hn_node *n = NODE(&m, cum_sum, x, axis);
    SET_INT(&m, n, "exclusive", 1);
    SET_INT(&m, n, "reverse", 1);
    EXPECT_S32(n, 5, 3, 0);
}

/* ---- buckets ---- */

static hn_node *bucketize(hn_value *x, const float *boundaries, uint32_t n) {
    static hn_attr a;
    hn_node *node = NODE(&m, bucketize, x);
    a = (hn_attr){.name = "boundaries", .kind = HN_ATTR_FLOATS, .n = n, .v.floats = boundaries};
    node->attrs = &a;
    node->n_attrs = 1;
    return node;
}

Test(ops_typed, buckets_begin_at_their_boundaries) {
    const float limits[] = {0, 10, 100};
    hn_value *x = F32(&m, DIMS(2, 3), -5, 0, 9.5f, 10, 1000, NAN);
    EXPECT_S32(bucketize(x, limits, 3), 0, 1, 1, 2, 3, 3);
    EXPECT_S32(bucketize(S64(&m, DIMS(4), -1, 10, 99, 100), limits, 3), 0, 2, 2, 3);
    EXPECT_S32(bucketize(x, limits, 0), 0, 0, 0, 0, 0, 0);
}

Test(ops_typed, buckets_must_rise) {
    const float limits[] = {0, 10, 5};
    hn_node *node = bucketize(F32(&m, DIMS(1), 1), limits, 3);
    cr_assert_eq(hn_node_infer(m.g, node), HONE_E_ARGUMENT);
}
