/* SPDX-License-Identifier: Apache-2.0
 * Shape inference of every operator: what comes out, what stays unknown, and what is refused. */
#include "node_maker.h"

static maker m;

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(ops_shape, .init = open_maker, .fini = close_maker);

static hn_value *f32_input(hn_shape shape) {
    return maker_input(&m, HN_DTYPE_F32, shape);
}

static hn_shape no_rank(void) {
    hn_shape s = {.rank = -1};
    return s;
}

Test(ops_shape, rows_read_their_operand_texts) {
    const hn_op *conv = hn_op_find("conv"), *concat = hn_op_find("concat");
    cr_assert(conv->n_min == 2 && conv->n_max == 4);
    cr_assert(concat->n_min == 0 && concat->n_max == HN_MAX_NODE_PORTS);
    const hn_op *pad = hn_op_find("pad"), *branch = hn_op_find("if");
    cr_assert(pad->n_min == 1 && pad->n_max == 4);
    cr_assert(branch->n_min == 1 && branch->n_max == HN_MAX_NODE_PORTS);
    cr_assert_null(hn_op_find("nothing"));
    for (uint32_t i = 0; i < hn_n_ops; i++) {
        cr_assert_eq(hn_op_find(hn_ops[i].name), &hn_ops[i]);
        cr_assert_not_null(hn_ops[i].hooks->shape, "%s", hn_ops[i].name);
        const bool is_host = hn_ops[i].hooks->host != NULL ||
                             (hn_ops[i].effects & (HN_EFFECT_HOST | HN_EFFECT_CONTROL)) != 0;
        cr_assert(is_host || hn_ops[i].hooks->lower != NULL || hn_ops[i].hooks->expand != NULL,
                  "%s", hn_ops[i].name);
    }
}

Test(ops_shape, convolution_pads_and_strides) {
    hn_node *n = NODE(&m, conv, f32_input(DIMS(1, 3, 224, 224)), f32_input(DIMS(32, 3, 3, 3)));
    expect_shape(&m, n, DIMS(1, 32, 222, 222));
    SET_INTS(&m, n, "strides", 2, 2);
    SET_INTS(&m, n, "pads", 1, 1, 1, 1);
    expect_shape(&m, n, DIMS(1, 32, 112, 112));
    SET_INTS(&m, n, "dilations", 2, 2);
    expect_shape(&m, n, DIMS(1, 32, 111, 111));
    SET_STRING(&m, n, "auto_pad", "same_upper");
    expect_shape(&m, n, DIMS(1, 32, 112, 112));
}

Test(ops_shape, convolution_in_other_layouts) {
    hn_node *n = NODE(&m, conv, f32_input(DIMS(1, 8, 9, 4)), f32_input(DIMS(6, 3, 3, 4)));
    SET_STRING(&m, n, "layout", "nhwc");
    SET_STRING(&m, n, "kernel_layout", "ohwi");
    expect_shape(&m, n, DIMS(1, 6, 7, 6));
    n = NODE(&m, conv, f32_input(DIMS(1, 8, 9, 4)), f32_input(DIMS(1, 3, 3, 8)));
    SET_STRING(&m, n, "layout", "nhwc");
    SET_STRING(&m, n, "kernel_layout", "1hwo");
    expect_shape(&m, n, DIMS(1, 6, 7, 8));
    n = NODE(&m, conv, f32_input(DIMS(2, 4, 50)), f32_input(DIMS(8, 2, 5)));
    SET_INT(&m, n, "group", 2);
    expect_shape(&m, n, DIMS(2, 8, 46));
    n = NODE(&m, conv, f32_input(DIMS(2, 4, 5, 6, 7)), f32_input(DIMS(8, 4, 1, 2, 3)));
    expect_shape(&m, n, DIMS(2, 8, 5, 5, 5));
}

Test(ops_shape, convolution_refuses_what_does_not_fit) {
    hn_value *x = f32_input(DIMS(1, 4, 8, 8)), *w = f32_input(DIMS(6, 4, 3, 3));
    hn_node *n = NODE(&m, conv, x, w);
    n->name = "layer1";
    SET_INTS(&m, n, "strides", 0, 1);
    expect_refusal(&m, n, HONE_E_SHAPE);
    cr_assert_not_null(strstr(m.env.message, "layer1 (conv): "), "%s", m.env.message);
    SET_INTS(&m, n, "strides", 1, 1);
    SET_INTS(&m, n, "pads", -1, 0, 0, 0);
    expect_refusal(&m, n, HONE_E_SHAPE);
    SET_INTS(&m, n, "pads", 1, 1);
    expect_refusal(&m, n, HONE_E_SHAPE);
    SET_INTS(&m, n, "pads", 0, 0, 0, 0);
    SET_INT(&m, n, "group", 4);
    expect_refusal(&m, n, HONE_E_SHAPE);
    SET_INT(&m, n, "group", -3);
    expect_refusal(&m, n, HONE_E_SHAPE);
    SET_INT(&m, n, "group", 1);
    SET_INTS(&m, n, "dilations", 4, 4);
    expect_refusal(&m, n, HONE_E_SHAPE);
    n = NODE(&m, conv, x, w, f32_input(DIMS(7)));
    expect_refusal(&m, n, HONE_E_SHAPE);
    n = NODE(&m, conv, x, NULL);
    expect_refusal(&m, n, HONE_E_SHAPE);
    cr_assert_not_null(strstr(m.env.message, "#"), "%s", m.env.message);
    n = NODE(&m, conv, x);
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(ops_shape, unknown_dimensions_propagate) {
    hn_value *x = f32_input(DIMS(-1, 3, -1, 32));
    x->shape.sym[0] = "batch";
    hn_node *n = NODE(&m, conv, x, f32_input(DIMS(8, 3, 3, 3)));
    expect_shape(&m, n, DIMS(-1, 8, -1, 30));
    cr_assert_str_eq(n->out[0]->shape.sym[0], "batch");
    expect_shape(&m, NODE(&m, relu, f32_input(no_rank())), no_rank());
    n = NODE(&m, conv, f32_input(no_rank()), f32_input(DIMS(8, 3, 3, 3)));
    expect_shape(&m, n, no_rank());
    n = NODE(&m, fully_connected, f32_input(DIMS(-1, 4, 4)), f32_input(DIMS(10, 16)));
    expect_shape(&m, n, DIMS(-1, 10));
    n = NODE(&m, concat, f32_input(DIMS(-1, 4)), f32_input(DIMS(3, 4)));
    expect_shape(&m, n, DIMS(-1, 4));
    n = NODE(&m, reshape, f32_input(DIMS(2, 3)), maker_input(&m, HN_DTYPE_S64, DIMS(3)));
    expect_shape(&m, n, DIMS(-1, -1, -1));
}

Test(ops_shape, pooling_rounds_up_when_asked) {
    hn_node *n = NODE(&m, max_pool, f32_input(DIMS(1, 16, 7, 7)));
    expect_refusal(&m, n, HONE_E_SHAPE);
    SET_INTS(&m, n, "kernel_shape", 2, 2);
    SET_INTS(&m, n, "strides", 2, 2);
    expect_shape(&m, n, DIMS(1, 16, 3, 3));
    SET_INT(&m, n, "ceil_mode", 1);
    expect_shape(&m, n, DIMS(1, 16, 4, 4));
    SET_INTS(&m, n, "kernel_shape", 1, 1);
    SET_INTS(&m, n, "strides", 3, 3);
    SET_INTS(&m, n, "pads", 0, 0, 2, 2);
    expect_shape(&m, n, DIMS(1, 16, 3, 3));
    n = NODE(&m, global_avg_pool, f32_input(DIMS(2, 16, 7, 7)));
    expect_shape(&m, n, DIMS(2, 16, 1, 1));
    SET_STRING(&m, n, "layout", "nhwc");
    expect_shape(&m, n, DIMS(2, 1, 1, 7));
}

Test(ops_shape, reshape_copies_and_infers) {
    hn_value *x = f32_input(DIMS(2, 3, 4));
    expect_shape(&m, NODE(&m, reshape, x, S64(&m, DIMS(2), 0, -1)), DIMS(2, 12));
    expect_shape(&m, NODE(&m, reshape, x, S32(&m, DIMS(4), 4, 1, -1, 2)), DIMS(4, 1, 3, 2));
    expect_refusal(&m, NODE(&m, reshape, x, S64(&m, DIMS(2), -1, -1)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, reshape, x, S64(&m, DIMS(2), 5, -1)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, reshape, x, S64(&m, DIMS(1), 23)), HONE_E_SHAPE);
    expect_refusal(&m, NODE(&m, reshape, x), HONE_E_SHAPE);
    hn_node *n = NODE(&m, reshape, f32_input(DIMS(-1, 3, 4)), S64(&m, DIMS(2), 0, -1));
    expect_shape(&m, n, DIMS(-1, 12));
    n = NODE(&m, reshape, f32_input(DIMS(-1, 3, 4)), S64(&m, DIMS(2), -1, 12));
    expect_shape(&m, n, DIMS(-1, 12));
    n = NODE(&m, reshape, f32_input(DIMS(0, 3)), S64(&m, DIMS(2), 3, 0));
    SET_INT(&m, n, "allow_zero", 1);
    expect_shape(&m, n, DIMS(3, 0));
    n = NODE(&m, flatten, x);
    expect_shape(&m, n, DIMS(2, 12));
    SET_INT(&m, n, "axis", 3);
    expect_shape(&m, n, DIMS(24, 1));
    SET_INT(&m, n, "axis", 4);
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(ops_shape, products) {
    hn_node *n = NODE(&m, matmul, f32_input(DIMS(2, 1, 4, 5)), f32_input(DIMS(3, 5, 6)));
    expect_shape(&m, n, DIMS(2, 3, 4, 6));
    expect_shape(&m, NODE(&m, matmul, f32_input(DIMS(5)), f32_input(DIMS(3, 5, 6))), DIMS(3, 6));
    expect_shape(&m, NODE(&m, matmul, f32_input(DIMS(4, 5)), f32_input(DIMS(5))), DIMS(4));
    n = NODE(&m, matmul, f32_input(DIMS(4, 5)), f32_input(DIMS(6, 5)));
    expect_refusal(&m, n, HONE_E_SHAPE);
    SET_INT(&m, n, "trans_b", 1);
    expect_shape(&m, n, DIMS(4, 6));
    n = NODE(&m, gemm, f32_input(DIMS(5, 4)), f32_input(DIMS(6, 5)), f32_input(DIMS(6)));
    SET_INT(&m, n, "trans_a", 1);
    SET_INT(&m, n, "trans_b", 1);
    expect_shape(&m, n, DIMS(4, 6));
    n = NODE(&m, fully_connected, f32_input(DIMS(2, 3, 8)), f32_input(DIMS(10, 8)));
    expect_shape(&m, n, DIMS(6, 10));
    SET_INT(&m, n, "keep_num_dims", 1);
    expect_shape(&m, n, DIMS(2, 3, 10));
    n = NODE(&m, fully_connected, f32_input(DIMS(2, 3, 8)), f32_input(DIMS(10, 7)));
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(ops_shape, multiply_accumulates) {
    hn_node *n = NODE(&m, conv, f32_input(DIMS(1, 4, 8, 8)), f32_input(DIMS(6, 4, 3, 3)));
    expect_shape(&m, n, DIMS(1, 6, 6, 6));
    cr_assert_eq(n->op->hooks->macs(n), 216u * 36u);
    n = NODE(&m, fully_connected, f32_input(DIMS(2, 8)), f32_input(DIMS(10, 8)));
    expect_shape(&m, n, DIMS(2, 10));
    cr_assert_eq(n->op->hooks->macs(n), 160u);
    n = NODE(&m, matmul, f32_input(DIMS(3, 4, 5)), f32_input(DIMS(5, 6)));
    expect_shape(&m, n, DIMS(3, 4, 6));
    cr_assert_eq(n->op->hooks->macs(n), 360u);
}

Test(ops_shape, reductions) {
    hn_value *x = f32_input(DIMS(2, 3, 4));
    hn_node *n = NODE(&m, reduce_mean, x);
    expect_shape(&m, n, DIMS(1, 1, 1));
    SET_INT(&m, n, "noop_with_empty_axes", 1);
    expect_shape(&m, n, DIMS(2, 3, 4));
    SET_INTS(&m, n, "axes", 1, -1);
    expect_shape(&m, n, DIMS(2, 1, 1));
    SET_INT(&m, n, "keepdims", 0);
    expect_shape(&m, n, DIMS(2));
    SET_INTS(&m, n, "axes", 3);
    expect_refusal(&m, n, HONE_E_SHAPE);
    n = NODE(&m, reduce_sum, x, S32(&m, DIMS(1), 0));
    expect_shape(&m, n, DIMS(1, 3, 4));
    n = NODE(&m, reduce_max, x, maker_input(&m, HN_DTYPE_S64, DIMS(1)));
    expect_shape(&m, n, DIMS(-1, -1, -1));
}

Test(ops_shape, movements) {
    hn_value *x = f32_input(DIMS(2, 3, 4));
    hn_node *n = NODE(&m, transpose, x);
    expect_shape(&m, n, DIMS(4, 3, 2));
    SET_INTS(&m, n, "perm", 0, 2, 1);
    expect_shape(&m, n, DIMS(2, 4, 3));
    SET_INTS(&m, n, "perm", 0, 2, 2);
    expect_refusal(&m, n, HONE_E_SHAPE);
    n = NODE(&m, concat, x, f32_input(DIMS(2, 5, 4)));
    expect_refusal(&m, n, HONE_E_SHAPE);
    SET_INT(&m, n, "axis", -2);
    expect_shape(&m, n, DIMS(2, 8, 4));
    n = NODE(&m, pad, x, S64(&m, DIMS(6), 0, 1, 0, 2, 0, -1));
    expect_shape(&m, n, DIMS(4, 4, 3));
    n = NODE(&m, pad, x, S32(&m, DIMS(3, 2), 0, 0, 1, 2, 3, 4));
    SET_STRING(&m, n, "pads_order", "pairs");
    expect_shape(&m, n, DIMS(2, 6, 11));
    n = NODE(&m, pad, x, S64(&m, DIMS(2), 5, 6), NULL, S64(&m, DIMS(1), -1));
    expect_shape(&m, n, DIMS(2, 3, 15));
    n = NODE(&m, pad, x, S64(&m, DIMS(6), -2, 0, 0, -1, 0, 0));
    expect_refusal(&m, n, HONE_E_SHAPE);
    n = NODE(&m, softmax, x);
    expect_shape(&m, n, DIMS(2, 3, 4));
    SET_INT(&m, n, "axis", 3);
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(ops_shape, elementwise_broadcasts) {
    hn_node *n = NODE(&m, add, f32_input(DIMS(2, 1, 4)), f32_input(DIMS(3, 1)));
    expect_shape(&m, n, DIMS(2, 3, 4));
    expect_refusal(&m, NODE(&m, add, f32_input(DIMS(2)), f32_input(DIMS(3))), HONE_E_SHAPE);
    n = NODE(&m, mul, f32_input(DIMS(2)), maker_input(&m, HN_DTYPE_S32, DIMS(2)));
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(ops_shape, quantize_takes_the_type_of_its_zero_point) {
    hn_value *x = f32_input(DIMS(4)), *scale = F32(&m, DIMS(1), 0.5f);
    hn_node *n = NODE(&m, quantize, x, scale, S8(&m, DIMS(1), 3));
    expect_shape(&m, n, DIMS(4));
    cr_assert_eq(n->out[0]->dtype, HN_DTYPE_S8);
    n = NODE(&m, quantize, x, scale);
    expect_shape(&m, n, DIMS(4));
    cr_assert_eq(n->out[0]->dtype, HN_DTYPE_U8);
    expect_refusal(&m, NODE(&m, quantize, x), HONE_E_SHAPE);
    n = NODE(&m, dequantize, U8(&m, DIMS(2), 1, 2), scale);
    expect_shape(&m, n, DIMS(2));
    cr_assert_eq(n->out[0]->dtype, HN_DTYPE_F32);
}

/* A body of one node on one input. */
static hn_graph *body_of(hn_op_id op, hn_dtype dtype) {
    maker b = m;
    const hn_shape one = DIMS(1);
    b.g = hn_graph_new(&m.env, &m.arena);
    b.g->parent = m.g;
    hn_value *x = hn_graph_value(b.g, "x", dtype, &one);
    hn_node *n = maker_node(&b, op, 1, &x);
    b.g->inputs = HN_NEW(&m.arena, hn_value *);
    b.g->outputs = HN_NEW(&m.arena, hn_value *);
    b.g->inputs[0] = x;
    b.g->outputs[0] = n->out[0];
    b.g->n_inputs = b.g->n_outputs = 1;
    return b.g;
}

Test(ops_shape, if_joins_its_bodies) {
    hn_value *condition = maker_input(&m, HN_DTYPE_BOOL, DIMS(1));
    hn_node *n = NODE(&m, if, condition, f32_input(DIMS(2, 3)));
    expect_refusal(&m, n, HONE_E_SHAPE);
    n->bodies = HN_NEW_N(&m.arena, hn_graph *, 2);
    n->n_bodies = 2;
    n->bodies[0] = body_of(HN_OP_relu, HN_DTYPE_F32);
    n->bodies[1] = body_of(HN_OP_tanh, HN_DTYPE_F32);
    expect_shape(&m, n, DIMS(2, 3));
    n->bodies[1] = body_of(HN_OP_transpose, HN_DTYPE_F32);
    expect_shape(&m, n, DIMS(-1, -1));
    n->bodies[1] = body_of(HN_OP_softmax, HN_DTYPE_F32);
    n->bodies[1]->n_inputs = 0;
    expect_refusal(&m, n, HONE_E_SHAPE);
}

Test(ops_shape, sizes_that_overflow_are_refused) {
    const int64_t huge = INT64_C(1) << 40;
    hn_node *n = NODE(&m, matmul, f32_input(DIMS(huge, 1)), f32_input(DIMS(1, huge)));
    expect_refusal(&m, n, HONE_E_LIMIT);
    n = NODE(&m, concat, f32_input(DIMS(INT64_MAX)), f32_input(DIMS(INT64_MAX)));
    expect_refusal(&m, n, HONE_E_SHAPE);
    n = NODE(&m, pad, f32_input(DIMS(INT64_MAX)), S64(&m, DIMS(2), 1, 1));
    expect_refusal(&m, n, HONE_E_SHAPE);
}
