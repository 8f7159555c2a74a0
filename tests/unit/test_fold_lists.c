/* SPDX-License-Identifier: Apache-2.0
 * The pass that turns sequences of known length into tensors. */
#include "node_maker.h"
#include "passes/pass.h"

static maker m;

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(fold_lists, .init = open_maker, .fini = close_maker);

static void fold(hn_value *in, hn_value *out) {
    const hn_lower_options none = {0};
    m.g->inputs = HN_NEW_N(&m.arena, hn_value *, 1);
    m.g->outputs = HN_NEW_N(&m.arena, hn_value *, 1);
    m.g->inputs[0] = in;
    m.g->outputs[0] = out;
    m.g->n_inputs = m.g->n_outputs = 1;
    cr_assert_eq(hn_graph_infer(m.g), HONE_OK, "%s", m.env.message);
    cr_assert_eq(hn_pass_fold_lists(m.g, &none), HONE_OK, "%s", m.env.message);
    cr_assert_eq(hn_pass_dead_code(m.g, &none), HONE_OK);
    cr_assert_eq(hn_graph_compact(m.g), HONE_OK, "%s", m.env.message);
}

static uint32_t count_lists(void) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < m.g->n_nodes; i++) {
        n += m.g->nodes[i]->out[0]->kind == HN_VALUE_SEQUENCE;
    }
    return n;
}

Test(fold_lists, items_are_followed_through_changes) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(4, 3));
    hn_node *parts = NODE(&m, split_to_sequence, x, S64(&m, DIMS(2), 1, 3));
    hn_node *more = NODE(&m, sequence_insert, parts->out[0], x, S64(&m, DIMS(1), -1));
    hn_node *less = NODE(&m, sequence_erase, more->out[0], S64(&m, DIMS(1), 0));
    hn_node *whole = NODE(&m, concat_from_sequence, less->out[0]);
    fold(x, whole->out[0]);
    cr_assert_eq(count_lists(), 0);
    cr_assert_eq(whole->op, hn_op_at(HN_OP_concat));
    cr_assert_eq(whole->in[0], x);
    cr_assert_eq(whole->in[1]->producer->op, hn_op_at(HN_OP_split));
    cr_assert_eq(whole->out[0]->shape.dim[0], 7);
}

Test(fold_lists, a_length_may_be_a_position) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(2, 3));
    hn_node *parts = NODE(&m, split_to_sequence, x);
    hn_node *length = NODE(&m, sequence_length, parts->out[0]);
    hn_value *one = maker_constant(&m, HN_DTYPE_S64, hn_shape_of(0, NULL), (int64_t[]){1});
    hn_node *last = NODE(&m, sub, length->out[0], one);
    hn_node *item = NODE(&m, sequence_at, parts->out[0], last->out[0]);
    fold(x, item->out[0]);
    cr_assert_eq(count_lists(), 0);
    cr_assert_eq(item->op, hn_op_at(HN_OP_identity));
    cr_assert_eq(item->out[0]->shape.dim[0], 1);
}

Test(fold_lists, what_depends_on_data_stays) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(2, 3));
    hn_node *list = NODE(&m, sequence_construct, x, x);
    hn_node *place = NODE(&m, arg_max, x);
    hn_node *most = NODE(&m, reduce_max, place->out[0]);
    hn_node *item = NODE(&m, sequence_at, list->out[0], most->out[0]);
    fold(x, item->out[0]);
    cr_assert_eq(count_lists(), 1);
    cr_assert_eq(item->op, hn_op_at(HN_OP_sequence_at));
}

Test(fold_lists, a_place_that_is_not_there_is_left_to_the_run) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(2, 3));
    hn_node *list = NODE(&m, sequence_construct, x, x);
    hn_node *item = NODE(&m, sequence_at, list->out[0], S64(&m, DIMS(1), 2));
    fold(x, item->out[0]);
    cr_assert_eq(item->op, hn_op_at(HN_OP_sequence_at));
}

Test(fold_lists, a_map_becomes_a_body_for_each_item) {
    hn_value *x = maker_input(&m, HN_DTYPE_F32, DIMS(3, 2));
    hn_node *parts = NODE(&m, split_to_sequence, x);
    hn_node *map = NODE(&m, sequence_map, parts->out[0]);
    hn_node *whole = NODE(&m, concat_from_sequence, map->out[0]);
    maker inner = m;
    inner.g = hn_graph_new(&m.env, &m.arena);
    hn_value *item = maker_input(&inner, HN_DTYPE_F32, hn_shape_of(0, NULL));
    hn_node *change = NODE(&inner, neg, item);
    map->bodies = HN_NEW(&m.arena, hn_graph *);
    map->n_bodies = 1;
    map->bodies[0] = inner.g;
    inner.g->inputs = &item;
    inner.g->outputs = change->out;
    inner.g->n_inputs = inner.g->n_outputs = 1;
    fold(x, whole->out[0]);
    cr_assert_eq(count_lists(), 0);
    cr_assert_eq(whole->op, hn_op_at(HN_OP_concat));
    cr_assert_eq(whole->n_in, 3);
    cr_assert_eq(whole->in[2]->producer->op, hn_op_at(HN_OP_neg));
    cr_assert_eq(whole->out[0]->shape.dim[0], 3);
}
