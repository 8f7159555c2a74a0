/* SPDX-License-Identifier: Apache-2.0
 * Reshapes of values that the layout pass has stored in another order. */
#include "passes/layout_reshape.h"

#include "node_maker.h"

static maker m;

static void open_graph(void) {
    maker_open(&m);
}

static void close_graph(void) {
    maker_close(&m);
}

TestSuite(layout_reshape, .init = open_graph, .fini = close_graph);

static hn_perm order_of(int32_t rank, const char *digits) {
    hn_perm p = {rank, {0}};
    for (int32_t i = 0; i < rank; i++) p.to[i] = (int8_t)(digits[i] - '0');
    return p;
}

/* x, of a shape in the file's order, is stored in `order` and reshaped. The result's stored order
 * must be `want`, NULL: a move is needed. */
static void check(hn_shape x, const char *order, hn_shape to, const char *want) {
    hn_layout L = {m.g, NULL, NULL, 64, {NULL, NULL}};
    L.of = HN_NEW_N(&m.arena, hn_perm, L.capacity);
    L.moved = HN_NEW_N(&m.arena, hn_value *, L.capacity);
    hn_node *n = NODE(&m, reshape, maker_input(&m, HN_DTYPE_F32, x), NULL);
    const hn_perm p = order_of(x.rank, order);
    bool done = false;
    n->out[0]->shape = to;
    cr_assert_eq(hn_layout_store(&L, n->in[0], &p), HONE_OK);
    cr_assert_eq(hn_layout_reshape(&L, n, &p, &done), HONE_OK);
    cr_assert_eq(done, want != NULL);
    if (want == NULL) {
        cr_assert(hn_shape_equal(&n->out[0]->shape, &to));
        return;
    }
    const hn_perm have = hn_layout_of(&L, n->out[0]), wanted = order_of(to.rank, want);
    cr_assert(hn_perm_equal(&have, &wanted));
    hn_shape stored = to;
    for (int32_t i = 0; i < to.rank; i++) stored.dim[i] = to.dim[wanted.to[i]];
    expect_shape(&m, n, stored);
}

Test(layout_reshape, merges_neighbours) {
    check(DIMS(1, 85, 13, 13), "0231", DIMS(1, 85, 169), "021");
    check(DIMS(2, 3, 4), "201", DIMS(6, 4), "10");
}

Test(layout_reshape, splits_one_dimension) {
    check(DIMS(1, 9, 4, 4), "0231", DIMS(1, 1, 3, 3, 4, 4), "014523");
    check(DIMS(2, 24, 484), "210", DIMS(2, 1, 24, 22, 22), "34201");
}

Test(layout_reshape, passes_over_dimensions_of_one) {
    check(DIMS(1, 10, 1, 1), "0231", DIMS(1, 10), "01");
    check(DIMS(1, 1, 1), "201", DIMS(1), "0");
}

Test(layout_reshape, leaves_what_mixes_dimensions) {
    check(DIMS(1, 8, 4, 5), "0231", DIMS(1, 160), NULL);
    check(DIMS(2, 6, 4, 4), "0231", DIMS(12, 16), NULL);
    check(DIMS(1, 6, 4), "021", DIMS(1, 4, 6), NULL);
}
