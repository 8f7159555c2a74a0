/* SPDX-License-Identifier: Apache-2.0
 * The pass that gives operators without a kernel for f16, bf16 or f64 float32 operands. */
#include "node_maker.h"
#include "passes/pass.h"

static maker m;

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(widen, .init = open_maker, .fini = close_maker);

static void set_ports(hn_value *in, hn_value *out) {
    m.g->inputs = HN_NEW_N(&m.arena, hn_value *, 1);
    m.g->outputs = HN_NEW_N(&m.arena, hn_value *, 1);
    m.g->inputs[0] = in;
    m.g->outputs[0] = out;
    m.g->n_inputs = m.g->n_outputs = 1;
}

static uint32_t count(hn_op_id op) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < m.g->n_nodes; i++) n += m.g->nodes[i]->op == hn_op_at(op);
    return n;
}

static void widen(void) {
    const hn_lower_options none = {0};
    cr_assert_eq(hn_graph_infer(m.g), HONE_OK, "%s", m.env.message);
    cr_assert_eq(hn_pass_widen(m.g, &none), HONE_OK, "%s", m.env.message);
    cr_assert_eq(hn_graph_compact(m.g), HONE_OK, "%s", m.env.message);
}

Test(widen, a_chain_is_converted_at_its_ends) {
    hn_value *x = maker_input(&m, HN_DTYPE_F16, DIMS(4));
    hn_node *first = NODE(&m, sigmoid, x);
    hn_node *second = NODE(&m, tanh, first->out[0]);
    set_ports(x, second->out[0]);
    widen();
    cr_assert_eq(count(HN_OP_cast), 2);
    cr_assert_eq(second->in[0], first->out[0]);
    cr_assert_eq(first->out[0]->dtype, HN_DTYPE_F32);
    cr_assert_eq(m.g->outputs[0]->dtype, HN_DTYPE_F16);
    cr_assert_eq(m.g->outputs[0]->producer->op, hn_op_at(HN_OP_cast));
}

Test(widen, what_is_only_moved_stays_as_it_is) {
    hn_value *x = maker_input(&m, HN_DTYPE_BF16, DIMS(2, 3));
    hn_node *n = NODE(&m, transpose, x);
    set_ports(x, n->out[0]);
    widen();
    cr_assert_eq(count(HN_OP_cast), 0);
    cr_assert_eq(n->out[0]->dtype, HN_DTYPE_BF16);
}

Test(widen, f64_has_kernels_of_its_own) {
    hn_value *x = maker_input(&m, HN_DTYPE_F64, DIMS(2));
    hn_node *sum = NODE(&m, add, x, x);
    hn_node *root = NODE(&m, sqrt, sum->out[0]);
    set_ports(x, root->out[0]);
    widen();
    cr_assert_eq(sum->out[0]->dtype, HN_DTYPE_F64);
    cr_assert_eq(root->out[0]->dtype, HN_DTYPE_F32);
    cr_assert_eq(count(HN_OP_cast), 2);
}
