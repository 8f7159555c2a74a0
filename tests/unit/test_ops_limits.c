/* SPDX-License-Identifier: Apache-2.0
 * What evaluating a node does at its limits: sizes, operands that are not constant, types without a
 * kernel, memory that runs out. */
#include "node_maker.h"
#include "torture.h"

static maker m;

static void open_maker(void) {
    maker_open(&m);
}

static void close_maker(void) {
    maker_close(&m);
}

TestSuite(ops_limits, .init = open_maker, .fini = close_maker);

Test(ops_limits, keeps_to_its_limits) {
    hn_node *n = NODE(&m, add, F32(&m, DIMS(4, 1), 1, 2, 3, 4), F32(&m, DIMS(4), 1, 2, 3, 4));
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
    cr_assert_eq(hn_node_eval(m.g, n, 63), HONE_E_LIMIT);
    cr_assert_null(n->out[0]->constant);
    cr_assert_eq(hn_node_eval(m.g, n, 64), HONE_OK);
    n = NODE(&m, neg, maker_input(&m, HN_DTYPE_F32, DIMS(2)));
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
    cr_assert_eq(hn_node_eval(m.g, n, 64), HONE_E_UNSUPPORTED);
    n = NODE(&m, sigmoid, S32(&m, DIMS(1), 1));
    cr_assert_eq(hn_node_infer(m.g, n), HONE_OK);
    cr_assert_eq(hn_node_eval(m.g, n, 64), HONE_E_UNSUPPORTED);
}

/* One convolution with every allocation failing in turn. */
static hone_status conv_once(torture *t) {
    maker saved = m;
    torture_env(&m.env, t);
    hn_arena_init(&m.arena, &m.env, 0);
    hone_status status = HONE_E_MEMORY;
    m.g = hn_graph_new(&m.env, &m.arena);
    const hn_shape x_shape = DIMS(1, 1, 2, 1), w_shape = DIMS(2, 1, 1, 1);
    const float data[2] = {2, 3};
    hn_node *n = m.g != NULL ? hn_graph_node(m.g, hn_op_at(HN_OP_conv), 2, 1) : NULL;
    if (n != NULL) {
        n->in[0] = hn_graph_constant(m.g, "", HN_DTYPE_F32, &x_shape, data);
        n->in[1] = hn_graph_constant(m.g, "", HN_DTYPE_F32, &w_shape, data);
        hn_value *out = hn_graph_value(m.g, "", HN_DTYPE_F32, &x_shape);
        const bool is_set = hn_attr_set_string(m.g, n, "layout", "nhwc");
        if (is_set && n->in[0] != NULL && n->in[1] != NULL && out != NULL) {
            hn_node_set_out(n, 0, out);
            status = hn_node_infer(m.g, n);
            if (status == HONE_OK) status = hn_node_eval(m.g, n, 1 << 20);
            cr_assert(status == HONE_OK || out->constant == NULL);
        }
    }
    hn_arena_fini(&m.arena);
    m = saved;
    return status;
}

Test(ops_limits, survives_every_failed_allocation) {
    hone_status status = HONE_E_MEMORY;
    for (int at = 1; status != HONE_OK; at++) {
        torture t = {0, 0, at};
        status = conv_once(&t);
        cr_assert(status == HONE_OK || status == HONE_E_MEMORY);
        cr_assert_eq(t.n_blocks, 0, "request %d leaks", at);
        cr_assert(at < 1000);
    }
}
