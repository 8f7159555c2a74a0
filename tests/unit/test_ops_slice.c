/* SPDX-License-Identifier: Apache-2.0
 * Operators that take parts of a tensor or put parts together: slice, strided_slice, split, unpack,
 * pack, concat, pad, reverse, squeeze, unsqueeze, expand, tile. Numbers worked out by hand. */
#include "node_maker.h"

static maker m;

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(ops_slice, .init = open_maker, .fini = close_maker);

/* 0 1 2 ... in a matrix of 3 x 4. */
static hn_value *matrix(void) {
    return F32(&m, DIMS(3, 4), 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
}

/* A node with n outputs, inferred and evaluated. */
static hn_node *with_outputs(hn_op_id op, uint32_t n_in, hn_value *const *in, uint32_t n_out) {
    hn_node *node = hn_graph_node(m.g, hn_op_at(op), n_in, n_out);
    cr_assert_not_null(node);
    for (uint32_t i = 0; i < n_in; i++) node->in[i] = in[i];
    for (uint32_t i = 0; i < n_out; i++) {
        hn_node_set_out(node, i, maker_input(&m, HN_DTYPE_F32, DIMS(1)));
    }
    return node;
}

static void expect_outputs(hn_node *node, const float *want, uint32_t n_each) {
    (void)evaluate(&m, node);
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] == NULL) continue;
        compare_f32(node->out[i]->constant->bytes, want + (size_t)i * n_each, n_each);
    }
}

/* ---- slice ---- */

Test(ops_slice, slice_counts_from_both_ends) {
    hn_node *n = NODE(&m, slice, matrix(), S64(&m, DIMS(2), 1, -3), S64(&m, DIMS(2), 100, -1));
    EXPECT_F32(&m, n, 5, 6, 9, 10);
    n = NODE(&m, slice, matrix(), S64(&m, DIMS(1), 1), S64(&m, DIMS(1), 3), S64(&m, DIMS(1), -1));
    EXPECT_F32(&m, n, 1, 2, 5, 6, 9, 10);
    n = NODE(&m, slice, matrix(), S32(&m, DIMS(1), 0), S32(&m, DIMS(1), 3), NULL,
             S32(&m, DIMS(1), 2));
    EXPECT_F32(&m, n, 0, 1, 2, 3, 8, 9, 10, 11);
}

Test(ops_slice, slice_goes_backwards) {
    hn_value *x = F32(&m, DIMS(5), 0, 1, 2, 3, 4);
    hn_value *back = S64(&m, DIMS(1), -1), *axis = S64(&m, DIMS(1), 0);
    hn_value *least = S64(&m, DIMS(1), INT64_MIN), *most = S64(&m, DIMS(1), INT64_MAX);
    EXPECT_F32(&m, NODE(&m, slice, x, back, least, axis, back), 4, 3, 2, 1, 0);
    EXPECT_F32(&m, NODE(&m, slice, x, most, axis, axis, S64(&m, DIMS(1), -2)), 4, 2);
    EXPECT_F32(&m, NODE(&m, slice, x, axis, most, axis, most), 0);
    hn_node *n = NODE(&m, slice, x, axis, most, axis, back);
    expect_shape(&m, n, DIMS(0));
}

Test(ops_slice, slice_takes_sizes_and_attributes) {
    hn_node *n = NODE(&m, slice, matrix(), S32(&m, DIMS(2), 1, 0), S32(&m, DIMS(2), -1, 2));
    SET_INT(&m, n, "sizes", 1);
    EXPECT_F32(&m, n, 4, 5, 8, 9);
    n = NODE(&m, slice, matrix(), S32(&m, DIMS(2), 2, 0), S32(&m, DIMS(2), 2, 2));
    SET_INT(&m, n, "sizes", 1);
    expect_refusal(&m, n, HONE_E_SHAPE);
    n = NODE(&m, slice, matrix());
    SET_INTS(&m, n, "starts", 2);
    SET_INTS(&m, n, "ends", -1);
    SET_INTS(&m, n, "axes", 1);
    EXPECT_F32(&m, n, 2, 6, 10);
}

Test(ops_slice, slice_refuses_what_does_not_fit) {
    hn_value *one = S64(&m, DIMS(1), 1), *two = S64(&m, DIMS(2), 1, 1);
    expect_refusal(&m, NODE(&m, slice, matrix()), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, slice, matrix(), one, two), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, slice, matrix(), one, one, S64(&m, DIMS(1), 2)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, slice, matrix(), two, two, two), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, slice, matrix(), one, one, one, S64(&m, DIMS(1), 0)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, slice, matrix(), one, F32(&m, DIMS(1), 1)), HONE_E_SHAPE);
    hn_value *open = maker_input(&m, HN_DTYPE_S64, DIMS(1));
    hn_node *n = NODE(&m, slice, matrix(), open, one);
    expect_shape(&m, n, DIMS(-1, -1));
}

Test(ops_slice, slice_in_another_order_of_dimensions) {
    hn_node *n = NODE(&m, slice, matrix(), S64(&m, DIMS(1), 3), S64(&m, DIMS(1), INT64_MIN),
                      S64(&m, DIMS(1), 1), S64(&m, DIMS(1), -2));
    const int32_t perm[2] = {1, 0};
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
    n->in[0] = F32(&m, DIMS(4, 3), 0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11);
    cr_assert_eq(n->op->hooks->permute(m.g, n, perm, 2), HONE_OK, "%s", m.env.message);
    EXPECT_F32(&m, n, 3, 7, 11, 1, 5, 9);
}

/* ---- strided_slice ---- */

static hn_node *strided(hn_value *x, int32_t b0, int32_t b1, int32_t e0, int32_t e1, int32_t step) {
    return NODE(&m, strided_slice, x, S32(&m, DIMS(2), b0, b1), S32(&m, DIMS(2), e0, e1),
                S32(&m, DIMS(2), 1, step));
}

Test(ops_slice, strided_slice_masks) {
    EXPECT_F32(&m, strided(matrix(), 1, -1, 3, -4, -2), 7, 5, 11, 9);
    hn_node *n = strided(matrix(), 1, 3, 2, 1, 1);
    SET_INT(&m, n, "begin_mask", 2);
    SET_INT(&m, n, "end_mask", 1);
    EXPECT_F32(&m, n, 4, 8);
    n = strided(matrix(), 1, 2, 0, 0, 1);
    SET_INT(&m, n, "shrink_axis_mask", 3);
    expect_shape(&m, n, DIMS());
    EXPECT_F32(&m, n, 6);
    n = strided(matrix(), 0, -2, 0, 0, 1);
    SET_INT(&m, n, "ellipsis_mask", 1);
    SET_INT(&m, n, "shrink_axis_mask", 2);
    EXPECT_F32(&m, n, 2, 6, 10);
    n = strided(matrix(), 0, 2, 0, 3, 1);
    SET_INT(&m, n, "new_axis_mask", 1);
    expect_shape(&m, n, DIMS(1, 1, 4));
    EXPECT_F32(&m, n, 8, 9, 10, 11);
}

Test(ops_slice, strided_slice_offsets_and_refusals) {
    hn_node *n = strided(matrix(), 1, 1, 1, 2, 1);
    SET_INT(&m, n, "offset", 1);
    EXPECT_F32(&m, n, 5, 6);
    n = strided(matrix(), 3, 0, 0, 4, 1);
    SET_INT(&m, n, "shrink_axis_mask", 1);
    expect_refusal(&m, n, HONE_E_SHAPE);
    expect_refusal(&m, strided(matrix(), 0, 0, 3, 4, 0), HONE_E_SHAPE);
    n = strided(matrix(), 0, 0, 0, 0, 1);
    SET_INT(&m, n, "ellipsis_mask", 3);
    expect_refusal(&m, n, HONE_E_SHAPE);
    n = strided(F32(&m, DIMS(2), 1, 2), 0, 0, 1, 1, 1);
    expect_refusal(&m, n, HONE_E_SHAPE);
}

/* ---- split, unpack, pack, concat ---- */

Test(ops_slice, split_into_equal_and_other_parts) {
    const float halves[12] = {0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11};
    hn_value *x = matrix();
    hn_node *n = with_outputs(HN_OP_split, 1, &x, 2);
    SET_INT(&m, n, "axis", -1);
    expect_outputs(n, halves, 6);
    n = with_outputs(HN_OP_split, 3,
                     (hn_value *[]){matrix(), S32(&m, DIMS(2), 1, -1), S32(&m, DIMS(), 0)}, 2);
    (void)evaluate(&m, n);
    compare_f32(n->out[0]->constant->bytes, (float[]){0, 1, 2, 3}, 4);
    compare_f32(n->out[1]->constant->bytes, (float[]){4, 5, 6, 7, 8, 9, 10, 11}, 8);
    n = with_outputs(HN_OP_split, 1, (hn_value *[]){matrix()}, 3);
    SET_INT(&m, n, "axis", 1);
    expect_refusal(&m, n, HONE_E_SHAPE);
    SET_INT(&m, n, "num_outputs", 3);
    expect_shape(&m, n, DIMS(3, 2));
    cr_assert_eq(n->out[2]->shape.dim[1], 0);
}

Test(ops_slice, split_refuses_what_does_not_add_up) {
    hn_value *x = matrix();
    expect_refusal(&m, with_outputs(HN_OP_split, 2, (hn_value *[]){x, S64(&m, DIMS(2), 1, 1)}, 2),
                   HONE_E_SHAPE);
    expect_refusal(&m,
                   with_outputs(HN_OP_split, 2, (hn_value *[]){x, S64(&m, DIMS(3), 1, 1, 1)}, 2),
                   HONE_E_SHAPE);
    expect_refusal(&m, with_outputs(HN_OP_split, 2, (hn_value *[]){x, S64(&m, DIMS(2), -1, -1)}, 2),
                   HONE_E_SHAPE);
    expect_refusal(&m, with_outputs(HN_OP_split, 2, (hn_value *[]){x, S64(&m, DIMS(2), 4, -1)}, 2),
                   HONE_E_SHAPE);
}

Test(ops_slice, unpack_and_pack) {
    const float columns[12] = {0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11};
    hn_value *x = matrix();
    hn_node *n = with_outputs(HN_OP_unpack, 1, &x, 4);
    SET_INT(&m, n, "axis", 1);
    n->out[2] = NULL;
    expect_outputs(n, columns, 3);
    expect_refusal(&m, with_outputs(HN_OP_unpack, 1, &x, 2), HONE_E_SHAPE);
    hn_value *a = F32(&m, DIMS(2), 1, 2), *b = F32(&m, DIMS(2), 3, 4);
    EXPECT_F32(&m, NODE(&m, pack, a, b), 1, 2, 3, 4);
    n = NODE(&m, pack, a, b);
    SET_INT(&m, n, "axis", -1);
    EXPECT_F32(&m, n, 1, 3, 2, 4);
    expect_refusal(&m, NODE(&m, pack, a, F32(&m, DIMS(1), 1)), HONE_E_SHAPE);
}

Test(ops_slice, concat_clamps_and_rescales) {
    hn_node *n = NODE(&m, concat, F32(&m, DIMS(2), -1, 7), F32(&m, DIMS(1), 3));
    SET_STRING(&m, n, "activation", "relu6");
    EXPECT_F32(&m, n, 0, 6, 3);
    hn_value *a = quantized(&m, U8(&m, DIMS(2), 10, 20), 1.0f, 10);
    hn_value *b = quantized(&m, U8(&m, DIMS(3), 0, 3, 255), 0.5f, 0);
    n = NODE(&m, concat, a, b);
    n->arith = HN_ARITH_TFLITE;
    quantize_out(&m, n, HN_DTYPE_U8, 1.0f, 10);
    EXPECT_8(&m, n, 10, 20, 10, 12, 138); /* 1.5 rounds away from zero, 127.5 too */
}

/* ---- pad ---- */

static hn_node *padded(const char *mode, int64_t before, int64_t after) {
    hn_node *n =
        NODE(&m, pad, F32(&m, DIMS(2, 3), 1, 2, 3, 4, 5, 6), S64(&m, DIMS(4), 0, before, 0, after));
    SET_STRING(&m, n, "mode", mode);
    return n;
}

Test(ops_slice, pad_in_all_modes) {
    EXPECT_F32(&m, padded("edge", 2, 1), 1, 1, 1, 2, 3, 3, 4, 4, 4, 5, 6, 6);
    EXPECT_F32(&m, padded("reflect", 2, 1), 3, 2, 1, 2, 3, 2, 6, 5, 4, 5, 6, 5);
    EXPECT_F32(&m, padded("symmetric", 2, 1), 2, 1, 1, 2, 3, 3, 5, 4, 4, 5, 6, 6);
    EXPECT_F32(&m, padded("wrap", 2, 1), 2, 3, 1, 2, 3, 1, 5, 6, 4, 5, 6, 4);
    EXPECT_F32(&m, padded("reflect", 5, -1), 2, 1, 2, 3, 2, 1, 2, 5, 4, 5, 6, 5, 4, 5);
    EXPECT_F32(&m, padded("constant", 1, 0), 0, 1, 2, 3, 0, 4, 5, 6);
    hn_node *n = padded("mirror", 1, 0);
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
    cr_assert_eq(hn_node_eval(m.g, n, 1 << 20), HONE_E_UNSUPPORTED);
}

Test(ops_slice, pad_repeats_along_two_axes) {
    hn_node *n = NODE(&m, pad, F32(&m, DIMS(2, 2), 1, 2, 3, 4), S64(&m, DIMS(4), 1, 0, 0, 1));
    SET_STRING(&m, n, "mode", "reflect");
    EXPECT_F32(&m, n, 3, 4, 3, 1, 2, 1, 3, 4, 3);
    n = NODE(&m, pad, F32(&m, DIMS(1), 7), S64(&m, DIMS(2), 2, 1));
    SET_STRING(&m, n, "mode", "reflect");
    EXPECT_F32(&m, n, 7, 7, 7, 7);
}

/* ---- reverse, squeeze, unsqueeze, expand, tile ---- */

Test(ops_slice, reverse_axes) {
    hn_value *x = F32(&m, DIMS(2, 3), 1, 2, 3, 4, 5, 6);
    EXPECT_F32(&m, NODE(&m, reverse, x, S32(&m, DIMS(1), -1)), 3, 2, 1, 6, 5, 4);
    EXPECT_F32(&m, NODE(&m, reverse, x, S32(&m, DIMS(2), 0, 1)), 6, 5, 4, 3, 2, 1);
    expect_refusal(&m, NODE(&m, reverse, x, S32(&m, DIMS(1), 2)), HONE_E_SHAPE);
}

Test(ops_slice, dimensions_of_one_come_and_go) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(1, 3, 1, 4));
    expect_shape(&m, NODE(&m, squeeze, x), DIMS(3, 4));
    expect_shape(&m, NODE(&m, squeeze, x, S64(&m, DIMS(1), -2)), DIMS(1, 3, 4));
    expect_refusal(&m, NODE(&m, squeeze, x, S64(&m, DIMS(1), 1)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, squeeze, x, S64(&m, DIMS(2), 0, -4)), HONE_E_SHAPE);
    expect_shape(&m, NODE(&m, unsqueeze, x, S64(&m, DIMS(2), 0, -1)), DIMS(1, 1, 3, 1, 4, 1));
    expect_shape(&m, NODE(&m, unsqueeze, x, S32(&m, DIMS(), 2)), DIMS(1, 3, 1, 1, 4));
    expect_refusal(&m, NODE(&m, unsqueeze, x, S64(&m, DIMS(1), 5)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, unsqueeze, x), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, unsqueeze, x, S64(&m, DIMS(5), 0, 1, 2, 3, 4)), HONE_E_LIMIT);
    EXPECT_F32(&m, NODE(&m, squeeze, F32(&m, DIMS(1, 2), 5, 6)), 5, 6);
}

Test(ops_slice, expand_broadcasts_both_ways) {
    hn_value *x = F32(&m, DIMS(2, 1), 1, 2);
    EXPECT_F32(&m, NODE(&m, expand, x, S64(&m, DIMS(1), 3)), 1, 1, 1, 2, 2, 2);
    expect_shape(&m, NODE(&m, expand, x, S64(&m, DIMS(3), 2, 1, 1)), DIMS(2, 2, 1));
    expect_refusal(&m, NODE(&m, expand, x, S64(&m, DIMS(2), 3, 1)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, expand, x, S64(&m, DIMS(1), -1)), HONE_E_SHAPE);
    EXPECT_8(&m, NODE(&m, expand, U8(&m, DIMS(), 9), S64(&m, DIMS(2), 1, 3)), 9, 9, 9);
}

Test(ops_slice, tile_repeats_every_dimension) {
    hn_value *x = F32(&m, DIMS(2, 2), 1, 2, 3, 4);
    EXPECT_F32(&m, NODE(&m, tile, x, S64(&m, DIMS(2), 2, 1)), 1, 2, 3, 4, 1, 2, 3, 4);
    EXPECT_F32(&m, NODE(&m, tile, x, S64(&m, DIMS(2), 1, 2)), 1, 2, 1, 2, 3, 4, 3, 4);
    EXPECT_F32(&m, NODE(&m, tile, x, S64(&m, DIMS(), 2), S64(&m, DIMS(), 1)), 1, 2, 1, 2, 3, 4, 3,
               4);
    expect_refusal(&m, NODE(&m, tile, x, S64(&m, DIMS(1), 2)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, tile, x, S64(&m, DIMS(2), -1, 1)), HONE_E_SHAPE);
    const int64_t twos[6] = {2, 2, 2, 2, 2, 2};
    float numbers[64];
    for (int i = 0; i < 64; i++) numbers[i] = (float)i;
    hn_value *cube = maker_constant(&m, HN_DTYPE_F32, DIMS(2, 2, 2, 2, 2, 2), numbers);
    hn_node *n = NODE(&m, tile, cube, maker_constant(&m, HN_DTYPE_S64, DIMS(6), twos));
    const float *out = evaluate(&m, n);
    for (uint32_t i = 0; i < 4096; i++) {
        uint32_t from = 0;
        for (uint32_t d = 0; d < 6; d++) from = 2 * from + ((i >> (2 * (5 - d))) & 1);
        cr_assert_eq(out[i], (float)from, "element %u", i);
    }
}
