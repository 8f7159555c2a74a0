/* SPDX-License-Identifier: Apache-2.0
 * Operators that read or write by index, patterns, blocks, and tensors made from shapes: small
 * nodes against numbers worked out by hand. */
#include "node_maker.h"

static maker m;

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(ops_gather, .init = open_maker, .fini = close_maker);

static hn_value *matrix(void) {
    return F32(&m, DIMS(3, 2), 1, 2, 3, 4, 5, 6);
}

static void expect_fault(hn_node *n) {
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK, "%s", m.env.message);
    cr_assert_eq(hn_node_eval(m.g, n, 1 << 20), HONE_E_DATA);
}

static void expect_s64(hn_node *n, const int64_t *want, uint32_t count) {
    const int64_t *have = evaluate(&m, n);
    for (uint32_t i = 0; i < count; i++) cr_assert_eq(have[i], want[i], "element %u", i);
}
#define EXPECT_S64(n, ...)                                                                         \
    expect_s64((n), (int64_t[]){__VA_ARGS__}, sizeof((int64_t[]){__VA_ARGS__}) / 8)

/* ---- gather ---- */

Test(ops_gather, rows_and_columns) {
    EXPECT_F32(&m, NODE(&m, gather, matrix(), S64(&m, DIMS(2), 2, -3)), 5, 6, 1, 2);
    hn_node *n = NODE(&m, gather, matrix(), S32(&m, DIMS(), 1));
    SET_INT(&m, n, "axis", -1);
    expect_shape(&m, n, DIMS(3));
    EXPECT_F32(&m, n, 2, 4, 6);
    n = NODE(&m, gather, matrix(), S32(&m, DIMS(1, 2), 0, 0));
    expect_shape(&m, n, DIMS(1, 2, 2));
    expect_fault(NODE(&m, gather, matrix(), S64(&m, DIMS(1), 3)));
    expect_fault(NODE(&m, gather, matrix(), S64(&m, DIMS(1), -4)));
    expect_refusal(&m, NODE(&m, gather, matrix(), F32(&m, DIMS(1), 0)), HONE_E_SHAPE);
}

Test(ops_gather, rows_of_batches) {
    hn_node *n = NODE(&m, gather, matrix(), S32(&m, DIMS(3, 1), 1, 0, 1));
    SET_INT(&m, n, "axis", 1);
    SET_INT(&m, n, "batch_dims", 1);
    expect_shape(&m, n, DIMS(3, 1));
    EXPECT_F32(&m, n, 2, 3, 6);
    SET_INT(&m, n, "batch_dims", 2);
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(ops_gather, elements) {
    hn_node *n = NODE(&m, gather_elements, matrix(), S64(&m, DIMS(2, 2), 2, 0, -1, 1));
    EXPECT_F32(&m, n, 5, 2, 5, 4);
    n = NODE(&m, gather_elements, matrix(), S64(&m, DIMS(2, 2), 1, 1, 0, 1));
    SET_INT(&m, n, "axis", 1);
    EXPECT_F32(&m, n, 2, 2, 3, 4);
    expect_fault(NODE(&m, gather_elements, matrix(), S64(&m, DIMS(1, 1), 3)));
    expect_refusal(&m, NODE(&m, gather_elements, matrix(), S64(&m, DIMS(1), 0)), HONE_E_SHAPE);
}

Test(ops_gather, rows_by_several_numbers) {
    EXPECT_F32(&m, NODE(&m, gather_nd, matrix(), S64(&m, DIMS(2, 2), 0, 1, -1, 0)), 2, 5);
    EXPECT_F32(&m, NODE(&m, gather_nd, matrix(), S64(&m, DIMS(1, 1), 2)), 5, 6);
    hn_node *n = NODE(&m, gather_nd, matrix(), S64(&m, DIMS(3, 1), 1, 1, 0));
    SET_INT(&m, n, "batch_dims", 1);
    EXPECT_F32(&m, n, 2, 4, 5);
    expect_fault(NODE(&m, gather_nd, matrix(), S64(&m, DIMS(1, 2), 0, 2)));
    expect_refusal(&m, NODE(&m, gather_nd, matrix(), S64(&m, DIMS(1, 3), 0, 0, 0)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, gather_nd, matrix(), S64(&m, DIMS(), 0)), HONE_E_SHAPE);
}

/* ---- scatter ---- */

Test(ops_gather, scatter_elements_join) {
    hn_value *i = S64(&m, DIMS(2, 1), 0, 0), *u = F32(&m, DIMS(2, 1), 10, 20);
    EXPECT_F32(&m, NODE(&m, scatter_elements, matrix(), i, u), 20, 2, 3, 4, 5, 6);
    hn_node *n = NODE(&m, scatter_elements, matrix(), i, u);
    SET_STRING(&m, n, "reduction", "add");
    EXPECT_F32(&m, n, 31, 2, 3, 4, 5, 6);
    n = NODE(&m, scatter_elements, matrix(), i, u);
    SET_INT(&m, n, "axis", 1);
    SET_STRING(&m, n, "reduction", "max");
    EXPECT_F32(&m, n, 10, 2, 20, 4, 5, 6);
    expect_fault(
        NODE(&m, scatter_elements, matrix(), S64(&m, DIMS(1, 1), 3), F32(&m, DIMS(1, 1), 0)));
    n = NODE(&m, scatter_elements, matrix(), i, F32(&m, DIMS(1, 1), 10));
    expect_refusal(&m, n, HONE_E_SHAPE);
    n = NODE(&m, scatter_elements, matrix(), i, S32(&m, DIMS(2, 1), 1, 2));
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(ops_gather, scatter_rows) {
    hn_value *i = S64(&m, DIMS(2, 1), 2, -3), *u = F32(&m, DIMS(2, 2), 10, 20, 30, 40);
    EXPECT_F32(&m, NODE(&m, scatter_nd, matrix(), i, u), 30, 40, 3, 4, 10, 20);
    hn_node *n = NODE(&m, scatter_nd, matrix(), i, u);
    SET_STRING(&m, n, "reduction", "mul");
    EXPECT_F32(&m, n, 30, 80, 3, 4, 50, 120);
    n = NODE(&m, scatter_nd, S8(&m, DIMS(2), 100, -100), S32(&m, DIMS(3, 1), 0, 0, 1),
             S8(&m, DIMS(3), 100, 1, -1));
    SET_STRING(&m, n, "reduction", "add");
    EXPECT_8(&m, n, 201 - 256, -101);
    expect_refusal(&m, NODE(&m, scatter_nd, matrix(), i, F32(&m, DIMS(2, 1), 1, 2)), HONE_E_SHAPE);
    n = NODE(&m, scatter_new, i, u, S32(&m, DIMS(2), 3, 2));
    EXPECT_F32(&m, n, 30, 40, 0, 0, 10, 20);
    n = NODE(&m, scatter_new, S32(&m, DIMS(2, 1), 1, 1), F32(&m, DIMS(2), 3, 4),
             S32(&m, DIMS(1), 2));
    EXPECT_F32(&m, n, 0, 7);
}

/* ---- patterns ---- */

Test(ops_gather, one_hot_on_any_axis) {
    hn_value *depth = S64(&m, DIMS(), 3), *values = F32(&m, DIMS(2), -1, 5);
    hn_node *n = NODE(&m, one_hot, S64(&m, DIMS(3), 0, -1, 7), depth, values);
    EXPECT_F32(&m, n, 5, -1, -1, -1, -1, 5, -1, -1, -1);
    n = NODE(&m, one_hot, S64(&m, DIMS(2), 0, -1), depth, values);
    SET_INT(&m, n, "axis", 0);
    EXPECT_F32(&m, n, 5, -1, -1, -1, -1, 5);
    n = NODE(&m, one_hot, S32(&m, DIMS(2), 1, -1), S32(&m, DIMS(), 2), S8(&m, DIMS(), 1),
             S8(&m, DIMS(), 0));
    SET_INT(&m, n, "wraps", 0);
    EXPECT_8(&m, n, 0, 1, 0, 0);
    expect_refusal(&m, NODE(&m, one_hot, depth, S64(&m, DIMS(), -1), values), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, one_hot, depth, depth, depth), HONE_E_SHAPE);
}

Test(ops_gather, sequences_turn_round) {
    hn_value *x = F32(&m, DIMS(2, 3), 1, 2, 3, 4, 5, 6);
    hn_node *n = NODE(&m, reverse_sequence, x, S64(&m, DIMS(2), 2, 3));
    SET_INT(&m, n, "seq_dim", 1);
    SET_INT(&m, n, "batch_dim", 0);
    EXPECT_F32(&m, n, 2, 1, 3, 6, 5, 4);
    EXPECT_F32(&m, NODE(&m, reverse_sequence, x, S32(&m, DIMS(3), 1, 2, 0)), 1, 5, 3, 4, 2, 6);
    expect_fault(NODE(&m, reverse_sequence, x, S32(&m, DIMS(3), 1, 3, 0)));
    expect_refusal(&m, NODE(&m, reverse_sequence, x, S32(&m, DIMS(2), 1, 1)), HONE_E_SHAPE);
}

Test(ops_gather, triangles) {
    hn_value *x = F32(&m, DIMS(2, 3), 1, 2, 3, 4, 5, 6);
    EXPECT_F32(&m, NODE(&m, trilu, x), 1, 2, 3, 0, 5, 6);
    EXPECT_F32(&m, NODE(&m, trilu, x, S64(&m, DIMS(), 1)), 0, 2, 3, 0, 0, 6);
    hn_node *n = NODE(&m, trilu, x, S64(&m, DIMS(1), INT64_MIN));
    SET_INT(&m, n, "upper", 0);
    EXPECT_F32(&m, n, 0, 0, 0, 0, 0, 0);
    expect_refusal(&m, NODE(&m, trilu, F32(&m, DIMS(1), 1)), HONE_E_SHAPE);
}

/* ---- blocks ---- */

Test(ops_gather, depth_and_space) {
    hn_value *x = F32(&m, DIMS(1, 1, 1, 8), 1, 2, 3, 4, 5, 6, 7, 8);
    hn_node *n = NODE(&m, depth_to_space, x);
    SET_INT(&m, n, "block_size", 2);
    SET_STRING(&m, n, "layout", "nhwc");
    expect_shape(&m, n, DIMS(1, 2, 2, 2));
    EXPECT_F32(&m, n, 1, 2, 3, 4, 5, 6, 7, 8);
    SET_STRING(&m, n, "mode", "CRD");
    n->out[0]->constant = NULL;
    EXPECT_F32(&m, n, 1, 5, 2, 6, 3, 7, 4, 8);
    n = NODE(&m, depth_to_space, F32(&m, DIMS(1, 4, 1, 2), 1, 2, 3, 4, 5, 6, 7, 8));
    SET_INT(&m, n, "block_size", 2);
    EXPECT_F32(&m, n, 1, 3, 2, 4, 5, 7, 6, 8);
    n = NODE(&m, space_to_depth, F32(&m, DIMS(1, 1, 2, 4), 1, 3, 2, 4, 5, 7, 6, 8));
    SET_INT(&m, n, "block_size", 2);
    EXPECT_F32(&m, n, 1, 2, 3, 4, 5, 6, 7, 8);
    SET_INT(&m, n, "block_size", 3);
    expect_refusal(&m, n, HONE_E_SHAPE);
    SET_INT(&m, n, "block_size", 0);
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(ops_gather, batch_and_space) {
    hn_value *block = S32(&m, DIMS(2), 2, 2), *none = S32(&m, DIMS(2, 2), 0, 0, 0, 0);
    hn_node *n = NODE(&m, space_to_batch, F32(&m, DIMS(1, 2, 2, 1), 1, 2, 3, 4), block, none);
    expect_shape(&m, n, DIMS(4, 1, 1, 1));
    EXPECT_F32(&m, n, 1, 2, 3, 4);
    n = NODE(&m, space_to_batch, F32(&m, DIMS(1, 1, 3, 1), 1, 2, 3), block,
             S32(&m, DIMS(2, 2), 1, 0, 0, 1));
    EXPECT_F32(&m, n, 0, 0, 0, 0, 1, 3, 2, 0);
    hn_value *x = F32(&m, DIMS(4, 1, 2, 1), 0, 0, 0, 0, 1, 3, 2, 0);
    n = NODE(&m, batch_to_space, x, block, S32(&m, DIMS(2, 2), 1, 0, 0, 1));
    expect_shape(&m, n, DIMS(1, 1, 3, 1));
    EXPECT_F32(&m, n, 1, 2, 3);
    n = NODE(&m, batch_to_space, x, block, S32(&m, DIMS(2, 2), 2, 1, 0, 0));
    expect_refusal(&m, n, HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, space_to_batch, x, S32(&m, DIMS(2), 0, 1), none), HONE_E_SHAPE);
}

/* ---- made from shapes ---- */

Test(ops_gather, numbers_of_shapes) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(2, 3, 4));
    EXPECT_S64(NODE(&m, shape, x), 2, 3, 4);
    hn_node *n = NODE(&m, shape, x);
    SET_INT(&m, n, "start", -2);
    SET_INT(&m, n, "end", 2);
    EXPECT_S64(n, 3);
    n = NODE(&m, shape, x);
    SET_STRING(&m, n, "out_type", "s32");
    const int32_t *dims = evaluate(&m, n);
    cr_assert(dims[0] == 2 && dims[1] == 3 && dims[2] == 4);
    EXPECT_S64(NODE(&m, size, x), 24);
    const int32_t *rank = evaluate(&m, NODE(&m, rank, x));
    cr_assert_eq(rank[0], 3);
    SET_STRING(&m, n, "out_type", "f32");
    expect_refusal(&m, n, HONE_E_UNSUPPORTED);
}

Test(ops_gather, fills_and_diagonals) {
    hn_node *n = NODE(&m, fill, S64(&m, DIMS(2), 1, 3), U8(&m, DIMS(), 7));
    EXPECT_8(&m, n, 7, 7, 7);
    EXPECT_F32(&m, NODE(&m, fill, S64(&m, DIMS(1), 2)), 0, 0);
    expect_refusal(&m, NODE(&m, fill, S64(&m, DIMS(1), -2)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, fill, S64(&m, DIMS(1), 2), F32(&m, DIMS(2), 1, 2)), HONE_E_SHAPE);
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(2, 3));
    EXPECT_F32(&m, NODE(&m, eye_like, x), 1, 0, 0, 0, 1, 0);
    n = NODE(&m, eye_like, x);
    SET_INT(&m, n, "k", -1);
    SET_STRING(&m, n, "out_type", "s8");
    EXPECT_8(&m, n, 0, 0, 0, 1, 0, 0);
}

Test(ops_gather, ranges) {
    hn_value *one = F32(&m, DIMS(), 1), *two = F32(&m, DIMS(), 2), *zero = F32(&m, DIMS(), 0);
    EXPECT_F32(&m, NODE(&m, range, one, F32(&m, DIMS(), 5.5f), two), 1, 3, 5);
    EXPECT_S64(NODE(&m, range, S64(&m, DIMS(), 7), S64(&m, DIMS(), 1), S64(&m, DIMS(), -3)), 7, 4);
    hn_node *n = NODE(&m, range, S64(&m, DIMS(), 7), S64(&m, DIMS(), 1), S64(&m, DIMS(), 3));
    expect_shape(&m, n, DIMS(0));
    expect_refusal(&m, NODE(&m, range, one, two, zero), HONE_E_SHAPE);
    n = NODE(&m, range, S64(&m, DIMS(), INT64_MIN), S64(&m, DIMS(), INT64_MAX), S64(&m, DIMS(), 1));
    expect_refusal(&m, n, HONE_E_LIMIT);
    expect_refusal(&m, NODE(&m, range, one, two, S64(&m, DIMS(), 1)), HONE_E_SHAPE);
    n = NODE(&m, range, one, maker_input(&m, HN_DTYPE_F32, DIMS()), two);
    expect_shape(&m, n, DIMS(-1));
}
