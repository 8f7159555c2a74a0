/* SPDX-License-Identifier: Apache-2.0
 * Access maps against what the operators read, and the permute hooks. */
#include "node_maker.h"

static maker m;
static hn_access map[HN_MAX_RANK];

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(access, .init = open_maker, .fini = close_maker);

static hn_value *f32_input(hn_shape shape) {
    return maker_input(&m, HN_DTYPE_F32, shape);
}

/* Infers, then takes the map of one input. */
static void take(hn_node *n, uint32_t input) {
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK, "%s", m.env.message);
    cr_assert_eq(hn_node_access(n, input, map), HONE_OK);
}

static bool is(int32_t d, hn_access_kind kind, int32_t dim) {
    return map[d].kind == kind && map[d].dim == dim;
}

Test(access, elementwise_broadcasts) {
    hn_node *n = NODE(&m, add, f32_input(DIMS(2, 3, 4)), f32_input(DIMS(3, 1)));
    take(n, 0);
    cr_assert(is(0, HN_DIM_SAME, 0) && is(1, HN_DIM_SAME, 1) && is(2, HN_DIM_SAME, 2));
    take(n, 1);
    cr_assert(is(0, HN_DIM_BROADCAST, -1) && is(1, HN_DIM_SAME, 0) && is(2, HN_DIM_BROADCAST, 1));
    cr_assert_eq(hn_node_access(n, 2, map), HONE_E_ARGUMENT);
}

Test(access, convolution_has_windows) {
    hn_node *n = NODE(&m, conv, f32_input(DIMS(1, 9, 8, 4)), f32_input(DIMS(6, 3, 3, 4)),
                      f32_input(DIMS(6)));
    SET_STRING(&m, n, "layout", "nhwc");
    SET_STRING(&m, n, "kernel_layout", "ohwi");
    SET_INTS(&m, n, "strides", 2, 1);
    SET_INTS(&m, n, "pads", 1, 0, 1, 0);
    take(n, 0);
    cr_assert(is(0, HN_DIM_SAME, 0) && is(1, HN_DIM_WINDOW, 1) && is(2, HN_DIM_WINDOW, 2));
    cr_assert(map[1].kernel == 3 && map[1].stride == 2 && map[1].pad == 1 && map[1].dilation == 1);
    cr_assert(is(3, HN_DIM_ALL, 3));
    take(n, 1);
    cr_assert(is(1, HN_DIM_BROADCAST, -1) && is(3, HN_DIM_SAME, 0));
    take(n, 2);
    cr_assert(is(3, HN_DIM_SAME, 0));
}

Test(access, channels_of_groups) {
    hn_node *n = NODE(&m, conv, f32_input(DIMS(1, 4, 8, 8)), f32_input(DIMS(4, 1, 3, 3)));
    SET_INT(&m, n, "group", 4);
    take(n, 0);
    cr_assert(is(1, HN_DIM_SAME, 1) && is(2, HN_DIM_WINDOW, 2));
    n = NODE(&m, conv, f32_input(DIMS(1, 4, 8, 8)), f32_input(DIMS(4, 2, 3, 3)));
    SET_INT(&m, n, "group", 2);
    take(n, 0);
    cr_assert(is(1, HN_DIM_MERGED, 1));
    n = NODE(&m, max_pool, f32_input(DIMS(1, 4, 8, 8)));
    SET_INTS(&m, n, "kernel_shape", 2, 2);
    take(n, 0);
    cr_assert(is(1, HN_DIM_SAME, 1) && is(3, HN_DIM_WINDOW, 3));
}

Test(access, axes) {
    hn_value *x = f32_input(DIMS(2, 3, 4));
    hn_node *n = NODE(&m, softmax, x);
    take(n, 0);
    cr_assert(is(1, HN_DIM_SAME, 1) && is(2, HN_DIM_ALL, 2));
    n = NODE(&m, reduce_mean, x, S64(&m, DIMS(1), 1));
    SET_INT(&m, n, "keepdims", 0);
    take(n, 0);
    cr_assert(is(0, HN_DIM_SAME, 0) && is(1, HN_DIM_SAME, 2));
    n = NODE(&m, transpose, x);
    take(n, 0);
    cr_assert(is(0, HN_DIM_SAME, 2) && is(1, HN_DIM_SAME, 1) && is(2, HN_DIM_SAME, 0));
    n = NODE(&m, concat, x, x);
    SET_INT(&m, n, "axis", 1);
    take(n, 1);
    cr_assert(is(0, HN_DIM_SAME, 0) && is(1, HN_DIM_OFFSET, 1));
    n = NODE(&m, pad, x, S64(&m, DIMS(6), 0, 2, 0, 0, 0, 0));
    take(n, 0);
    cr_assert(is(0, HN_DIM_SAME, 0) && is(1, HN_DIM_OFFSET, 1));
    cr_assert_eq(map[1].pad, 2);
    n = NODE(&m, global_avg_pool, f32_input(DIMS(1, 8, 4, 4)));
    take(n, 0);
    cr_assert(is(1, HN_DIM_SAME, 1) && is(2, HN_DIM_ALL, 2) && is(3, HN_DIM_ALL, 3));
}

Test(access, reshape_finds_equal_pieces) {
    hn_node *n = NODE(&m, reshape, f32_input(DIMS(2, 3, 4, 5)), S64(&m, DIMS(3), 2, 12, 5));
    take(n, 0);
    cr_assert(is(0, HN_DIM_SAME, 0) && is(1, HN_DIM_MERGED, 1) && is(2, HN_DIM_SAME, 3));
    n = NODE(&m, reshape, f32_input(DIMS(2, 1, 4)), S64(&m, DIMS(5), 2, 1, 1, 4, 1));
    take(n, 0);
    cr_assert(is(0, HN_DIM_SAME, 0) && is(1, HN_DIM_SAME, 1));
    n = NODE(&m, flatten, f32_input(DIMS(1, 16, 1, 1)));
    take(n, 0);
    cr_assert(is(0, HN_DIM_SAME, 0));
}

Test(access, products) {
    hn_node *n = NODE(&m, matmul, f32_input(DIMS(2, 4, 5)), f32_input(DIMS(1, 5, 6)));
    take(n, 0);
    cr_assert(is(0, HN_DIM_SAME, 0) && is(1, HN_DIM_SAME, 1) && is(2, HN_DIM_ALL, 2));
    take(n, 1);
    cr_assert(is(0, HN_DIM_BROADCAST, 0) && is(1, HN_DIM_BROADCAST, -1) && is(2, HN_DIM_SAME, 2));
    n = NODE(&m, fully_connected, f32_input(DIMS(3, 8)), f32_input(DIMS(10, 8)));
    take(n, 0);
    cr_assert(is(0, HN_DIM_SAME, 0) && is(1, HN_DIM_ALL, 1));
    take(n, 1);
    cr_assert(is(0, HN_DIM_BROADCAST, -1) && is(1, HN_DIM_SAME, 0));
    n = NODE(&m, fully_connected, f32_input(DIMS(3, 4, 2)), f32_input(DIMS(10, 8)));
    take(n, 0);
    cr_assert(is(0, HN_DIM_ALL, -1) && is(1, HN_DIM_ALL, -1));
}

Test(access, unknown_ranks_have_no_map) {
    const hn_shape none = {.rank = -1};
    hn_node *n = NODE(&m, relu, f32_input(none));
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
    cr_assert_eq(hn_node_access(n, 0, map), HONE_E_SHAPE);
}

/* ---- permuting to channels last: new dimension i is old dimension perm[i] ---- */

static const int32_t to_nhwc[4] = {0, 2, 3, 1};

Test(access, permute_moves_axes) {
    hn_value *x = f32_input(DIMS(1, 8, 4, 4));
    hn_node *n = NODE(&m, concat, x, x);
    SET_INT(&m, n, "axis", -3);
    cr_assert_eq(n->op->hooks->permute(m.g, n, to_nhwc, 4), HONE_OK);
    cr_assert_eq(hn_attr_int(n, "axis", -9), 3);
    n = NODE(&m, softmax, x);
    SET_INT(&m, n, "axis", 2);
    cr_assert_eq(n->op->hooks->permute(m.g, n, to_nhwc, 4), HONE_OK);
    cr_assert_eq(hn_attr_int(n, "axis", -9), 1);
}

Test(access, permute_moves_reduced_axes) {
    int64_t axes[2];
    hn_node *n = NODE(&m, reduce_mean, f32_input(DIMS(1, 8, 4, 5)), S64(&m, DIMS(2), 2, 3));
    SET_INT(&m, n, "keepdims", 0);
    cr_assert_eq(n->op->hooks->permute(m.g, n, to_nhwc, 4), HONE_OK);
    cr_assert(hn_attr_ints(n, "axes", axes, 2) && axes[0] == 1 && axes[1] == 2);
    n->in[0]->shape = DIMS(1, 4, 5, 8);
    expect_shape(&m, n, DIMS(1, 8));
    n = NODE(&m, reduce_mean, f32_input(DIMS(1, 8, 4, 5)), S64(&m, DIMS(1), 2));
    SET_INT(&m, n, "keepdims", 0);
    cr_assert_eq(n->op->hooks->permute(m.g, n, to_nhwc, 4), HONE_OK);
    cr_assert(hn_attr_ints(n, "axes", axes, 1) && axes[0] == 1);
}

Test(access, permute_moves_pads) {
    hn_value *list = S32(&m, DIMS(4, 2), 0, 0, 1, 2, 3, 4, 5, 6);
    hn_node *n = NODE(&m, pad, f32_input(DIMS(1, 8, 4, 5)), list);
    SET_STRING(&m, n, "pads_order", "pairs");
    cr_assert_eq(n->op->hooks->permute(m.g, n, to_nhwc, 4), HONE_OK);
    n->in[0]->shape = DIMS(1, 4, 5, 8);
    expect_shape(&m, n, DIMS(1, 11, 16, 11));
}
