/* SPDX-License-Identifier: Apache-2.0
 * Activations of one operand that gate another: swiglu is swish(a) * b, `alpha` as for swish. */
#include "ops/compose.h"
#include "ops/hooks.h"

static hone_status swiglu_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_value *a = node->in[0], *b = node->in[1];
    if (!hn_shape_equal(&a->shape, &b->shape)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the operands differ in shape");
    }
    hn_with_float(&c, "alpha", hn_attr_float(node, "alpha", 1.0f));
    hn_value *gate = HN_MAKE(&c, swish, node->in[0]);
    return hn_compose_end(&c, HN_MAKE(&c, mul, gate, node->in[1]), node);
}

const hn_op_hooks hn_hooks_swiglu = {.shape = hn_compose_shape, .expand = swiglu_expand};
