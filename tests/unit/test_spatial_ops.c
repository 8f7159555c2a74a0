/* SPDX-License-Identifier: Apache-2.0
 * Resizing, transposed convolution, volumes, positions of maxima and products on dynamically
 * quantized numbers, against results worked out by hand. */
#include "node_maker.h"
#include "passes/pass.h"

static maker m;

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(spatial_ops, .init = open_maker, .fini = close_maker);

static hn_node *nhwc(hn_node *n) {
    SET_STRING(&m, n, "layout", "nhwc");
    return n;
}

/* ---- resizing ---- */

Test(spatial_ops, nearest_repeats_elements) {
    hn_value *x = F32(&m, DIMS(1, 1, 2, 2), 1, 2, 3, 4);
    hn_value *scales = F32(&m, DIMS(4), 1, 1, 2, 1.5f);
    hn_node *n = NODE(&m, resize, x, NULL, scales);
    expect_shape(&m, n, DIMS(1, 1, 4, 3));
    EXPECT_F32(&m, n, 1, 1, 2, 1, 1, 2, 3, 3, 4, 3, 3, 4);
}

Test(spatial_ops, linear_keeps_ends_with_align_corners) {
    hn_value *x = F32(&m, DIMS(1, 1, 3), 0, 2, 8);
    hn_value *sizes = S64(&m, DIMS(3), 1, 1, 5);
    hn_node *n = NODE(&m, resize, x, NULL, NULL, sizes);
    SET_STRING(&m, n, "mode", "linear");
    SET_STRING(&m, n, "coordinate_transformation_mode", "align_corners");
    EXPECT_F32(&m, n, 0, 1, 2, 5, 8);
}

Test(spatial_ops, antialias_averages_what_shrinks) {
    hn_value *x = F32(&m, DIMS(4), 0, 0, 8, 8);
    hn_node *n = NODE(&m, resize, x, NULL, F32(&m, DIMS(1), 0.5f));
    SET_STRING(&m, n, "mode", "linear");
    SET_INT(&m, n, "antialias", 1);
    EXPECT_F32(&m, n, 1, 7);
}

Test(spatial_ops, crop_fills_what_lies_outside) {
    hn_value *x = F32(&m, DIMS(3), 1, 2, 3);
    hn_node *n = NODE(&m, resize, x, F32(&m, DIMS(2), 0.5f, 1.5f), NULL, S64(&m, DIMS(1), 3));
    SET_STRING(&m, n, "mode", "linear");
    SET_STRING(&m, n, "coordinate_transformation_mode", "tf_crop_and_resize");
    SET_FLOAT(&m, n, "extrapolation_value", -9);
    EXPECT_F32(&m, n, 2, 3, -9);
}

Test(spatial_ops, aspect_is_kept_within_the_sizes) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(1, 1, 4, 8));
    hn_node *n = NODE(&m, resize, x, NULL, NULL, S64(&m, DIMS(2), 6, 6));
    SET_INTS(&m, n, "axes", 2, 3);
    SET_STRING(&m, n, "keep_aspect_ratio_policy", "not_larger");
    expect_shape(&m, n, DIMS(1, 1, 3, 6));
    SET_STRING(&m, n, "keep_aspect_ratio_policy", "not_smaller");
    expect_shape(&m, n, DIMS(1, 1, 6, 12));
}

Test(spatial_ops, resize_refuses_what_is_not_possible) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(1, 1, 4, 8));
    expect_refusal(&m, NODE(&m, resize, x, NULL, F32(&m, DIMS(2), 1, 1)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, resize, x, NULL, F32(&m, DIMS(4), 1, 1, 0, 1)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, resize, x, NULL, F32(&m, DIMS(4), 1, 1, 1e20f, 1)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, resize, x, NULL, NULL, S64(&m, DIMS(4), 1, 1, -5, 1)),
                   HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, resize, x), HONE_E_SHAPE);
    hn_node *n = NODE(&m, resize, x, NULL, F32(&m, DIMS(4), 1, 1, 2, 2));
    SET_STRING(&m, n, "mode", "sharp");
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(spatial_ops, integers_interpolate_as_litert_does) {
    hn_value *x = quantized(&m, S8(&m, DIMS(1, 1, 2, 1), -3, 4), 0.5f, 0);
    hn_node *n = NODE(&m, resize_image, x, S32(&m, DIMS(2), 1, 4));
    SET_STRING(&m, n, "mode", "linear");
    n->arith = HN_ARITH_TFLITE;
    quantize_out(&m, n, HN_DTYPE_S8, 0.5f, 0);
    EXPECT_8(&m, n, -3, 1, 4, 4);
    hn_node *other = NODE(&m, resize_image, x, S32(&m, DIMS(2), 1, 4));
    SET_STRING(&m, other, "mode", "linear");
    other->arith = HN_ARITH_TFLITE;
    quantize_out(&m, other, HN_DTYPE_U8, 0.5f, 0); /* of another type than the input */
    cr_assert_eq(hn_node_infer(m.g, other), HONE_OK, "%s", m.env.message);
    cr_assert_eq(other->out[0]->dtype, HN_DTYPE_S8);
}

Test(spatial_ops, resize_follows_another_order_of_dimensions) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(1, 2, 3, 4));
    hn_node *n = NODE(&m, resize, x, NULL, F32(&m, DIMS(4), 1, 1, 2, 3));
    expect_shape(&m, n, DIMS(1, 2, 6, 12));
    static const int32_t last[4] = {0, 2, 3, 1};
    x->shape = DIMS(1, 3, 4, 2);
    cr_assert_eq(n->op->hooks->permute(m.g, n, last, 4), HONE_OK, "%s", m.env.message);
    expect_shape(&m, n, DIMS(1, 6, 12, 2));
}

/* ---- transposed convolution ---- */

Test(spatial_ops, deconv_spreads_its_input) {
    hn_value *x = F32(&m, DIMS(1, 2, 1), 1, 10);
    hn_value *w = F32(&m, DIMS(1, 1, 3), 1, 2, 3);
    hn_node *n = nhwc(NODE(&m, deconv, x, w, F32(&m, DIMS(1), 100)));
    SET_INTS(&m, n, "strides", 2);
    expect_shape(&m, n, DIMS(1, 5, 1));
    EXPECT_F32(&m, n, 101, 102, 113, 120, 130);
}

Test(spatial_ops, deconv_takes_pads_from_the_shape_it_is_given) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(1, 3, 5, 5));
    hn_value *w = maker_input(&m, HN_DTYPE_F32, DIMS(3, 2, 3, 3));
    hn_node *n = NODE(&m, deconv, x, w);
    SET_INTS(&m, n, "strides", 2, 2);
    expect_shape(&m, n, DIMS(1, 2, 11, 11));
    SET_INTS(&m, n, "output_padding", 1, 0);
    SET_INTS(&m, n, "pads", 1, 1, 1, 1);
    expect_shape(&m, n, DIMS(1, 2, 10, 9));
    SET_STRING(&m, n, "auto_pad", "same_upper");
    expect_shape(&m, n, DIMS(1, 2, 10, 10));
    SET_INTS(&m, n, "output_shape", 9, 12);
    expect_shape(&m, n, DIMS(1, 2, 9, 12));
    SET_INTS(&m, n, "output_shape", 9, 0);
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(spatial_ops, deconv_refuses_weights_that_do_not_fit) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(1, 3, 5, 5));
    hn_value *w = maker_input(&m, HN_DTYPE_F32, DIMS(4, 2, 3, 3));
    expect_refusal(&m, NODE(&m, deconv, x, w), HONE_E_SHAPE);
    hn_value *flat = maker_input(&m, HN_DTYPE_F32, DIMS(3, 2, 3));
    expect_refusal(&m, NODE(&m, deconv, x, flat), HONE_E_SHAPE);
    hn_node *n = NODE(&m, deconv, x, maker_input(&m, HN_DTYPE_F32, DIMS(3, 2, 3, 3)));
    SET_INT(&m, n, "group", 2);
    expect_refusal(&m, n, HONE_E_SHAPE);
    SET_INT(&m, n, "group", 1);
    SET_INTS(&m, n, "pads", 9, 9, 9, 9);
    expect_refusal(&m, n, HONE_E_SHAPE);
}

/* ---- volumes and pooling ---- */

Test(spatial_ops, conv_over_a_volume) {
    hn_value *x = F32(&m, DIMS(1, 2, 2, 2, 1), 1, 2, 3, 4, 5, 6, 7, 8);
    hn_value *w = F32(&m, DIMS(1, 2, 1, 2, 1), 1, 10, 100, 1000);
    hn_node *n = nhwc(NODE(&m, conv, x, w));
    SET_STRING(&m, n, "kernel_layout", "ohwi");
    EXPECT_F32(&m, n, 1 + 20 + 500 + 6000, 3 + 40 + 700 + 8000);
}

Test(spatial_ops, pools_of_a_volume) {
    hn_value *x = F32(&m, DIMS(1, 2, 2, 2, 1), 1, 2, 3, 4, 5, 6, 7, 9);
    hn_node *most = nhwc(NODE(&m, max_pool, x)), *mean = nhwc(NODE(&m, avg_pool, x));
    SET_INTS(&m, most, "kernel_shape", 2, 2, 1);
    SET_INTS(&m, mean, "kernel_shape", 2, 2, 2);
    EXPECT_F32(&m, most, 7, 9);
    EXPECT_F32(&m, mean, 37.0f / 8);
}

Test(spatial_ops, padding_counts_up_to_its_end) {
    hn_value *x = F32(&m, DIMS(1, 4, 1), 2, 4, 6, 8);
    hn_node *n = nhwc(NODE(&m, avg_pool, x));
    SET_INTS(&m, n, "kernel_shape", 3);
    SET_INTS(&m, n, "strides", 2);
    SET_INTS(&m, n, "pads", 1, 0);
    SET_INT(&m, n, "ceil_mode", 1);
    SET_INT(&m, n, "count_include_pad", 1);
    EXPECT_F32(&m, n, 2, 6);
    SET_INTS(&m, n, "pads", 0, 0);
    EXPECT_F32(&m, n, 4, 7);
}

Test(spatial_ops, norms_of_windows) {
    hn_value *x = F32(&m, DIMS(1, 4, 1), 3, -4, 6, 8);
    hn_node *n = nhwc(NODE(&m, lp_pool, x));
    SET_INTS(&m, n, "kernel_shape", 2);
    SET_INTS(&m, n, "strides", 2);
    EXPECT_F32(&m, n, 5, 10);
    hn_node *all = nhwc(NODE(&m, lp_pool, x));
    SET_STRING(&m, all, "kernel", "global");
    SET_INT(&m, all, "p", 1);
    EXPECT_F32(&m, all, 21);
}

Test(spatial_ops, positions_count_channels_first) {
    hn_value *x = F32(&m, DIMS(1, 2, 2, 2), 1, 9, 5, 2, 5, 3, 0, 9);
    hn_node *n = hn_graph_node(m.g, hn_op_at(HN_OP_max_pool), 1, 2);
    n->in[0] = x;
    hn_node_set_out(n, 0, maker_input(&m, HN_DTYPE_F32, DIMS(1)));
    hn_node_set_out(n, 1, maker_input(&m, HN_DTYPE_S64, DIMS(1)));
    SET_INTS(&m, nhwc(n), "kernel_shape", 2, 2);
    EXPECT_F32(&m, n, 5, 9);
    const int64_t *at = (const int64_t *)(const void *)n->out[1]->constant->bytes;
    cr_assert(at[0] == 1 && at[1] == 4, "%lld %lld", (long long)at[0], (long long)at[1]);
}

Test(spatial_ops, unpooling_puts_back) {
    hn_value *x = F32(&m, DIMS(1, 1, 1, 2), 5, 6);
    hn_node *n = NODE(&m, max_unpool, x, S64(&m, DIMS(1, 1, 1, 2), 1, 6));
    SET_INTS(&m, n, "kernel_shape", 2, 2);
    SET_INTS(&m, n, "strides", 2, 2);
    EXPECT_F32(&m, n, 0, 5, 0, 0, 0, 0, 6, 0);
}

/* ---- integers and floats ---- */

Test(spatial_ops, hybrid_rows_have_their_own_scale) {
    hn_value *x = F32(&m, DIMS(2, 2), 127, 2, 0.5f, -1.27f);
    hn_value *w = quantized(&m, S8(&m, DIMS(1, 2), 1, 10), 0.5f, 0);
    hn_node *n = NODE(&m, fully_connected, x, w, F32(&m, DIMS(1), 1));
    n->arith = HN_ARITH_TFLITE;
    EXPECT_F32(&m, n, 1 + 0.5f * 147, 1 + 0.5f * 0.01f * (50 - 1270));
}

Test(spatial_ops, dynamic_quantization_gives_three_results) {
    hn_node *n = hn_graph_node(m.g, hn_op_at(HN_OP_dynamic_quantize), 1, 3);
    n->in[0] = F32(&m, DIMS(3), -1, 0, 1.55f);
    for (uint32_t k = 0; k < 3; k++) {
        hn_node_set_out(n, k, maker_input(&m, HN_DTYPE_U8, DIMS(1)));
    }
    EXPECT_8(&m, n, 0, 100, 255);
    cr_assert_eq(n->out[2]->constant->bytes[0], 100);
    compare_f32(n->out[1]->constant->bytes, (float[]){0.01f}, 1);
}

Test(spatial_ops, integer_product_is_the_accumulator) {
    hn_value *a = U8(&m, DIMS(1, 2), 11, 9), *b = U8(&m, DIMS(2, 2), 1, 2, 3, 4);
    hn_node *n = NODE(&m, matmul_integer, a, b, U8(&m, DIMS(1), 10), U8(&m, DIMS(1), 1));
    const int32_t *out = evaluate(&m, n);
    cr_assert(out[0] == -2 && out[1] == -2, "%d %d", out[0], out[1]);
}

Test(spatial_ops, qlinear_product_becomes_a_quantized_one) {
    hn_value *a = maker_input(&m, HN_DTYPE_U8, DIMS(1, 2));
    hn_value *half = F32(&m, DIMS(1), 0.5f), *zero = U8(&m, DIMS(1), 3);
    hn_node *n =
        NODE(&m, qlinear_matmul, a, half, zero, U8(&m, DIMS(2, 1), 4, 5), half, zero, half, zero);
    hn_value *y = n->out[0];
    n->name = n->foreign = "q";
    m.g->inputs = &a;
    m.g->outputs = &y;
    m.g->n_inputs = m.g->n_outputs = 1;
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK, "%s", m.env.message);
    const hn_lower_options none = {0};
    cr_assert_eq(hn_pass_expand_composites(m.g, &none), HONE_OK, "%s", m.env.message);
    cr_assert(n->is_dead && y->producer != NULL && y->producer->op == hn_op_at(HN_OP_matmul));
    cr_assert(hn_node_is_quantized(y->producer) && y->producer->arith == HN_ARITH_RNE);
    cr_assert_eq(hn_quant_zero(a, 0), 3);
}
