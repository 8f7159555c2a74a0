/* SPDX-License-Identifier: Apache-2.0
 * causal_conv: a depthwise convolution over [batch, channels, length] that looks back only. What
 * came before is a state of the last k - 1 positions (zeros where there is none), which goes in and
 * comes out again. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, W, BIAS, PAST }; /* operands */

static const char *check_operands(const hn_node *node, bool *is_silu) {
    const hn_shape *x = &node->in[X]->shape, *w = &node->in[W]->shape;
    const hn_value *past = hn_node_in(node, PAST);
    const char *activation = hn_attr_string(node, "activation", "none");
    *is_silu = strcmp(activation, "silu") == 0 || strcmp(activation, "swish") == 0;
    if (!*is_silu && strcmp(activation, "none") != 0) return "an activation that is not known";
    if (x->rank != 3 || w->rank != 3) return "input and weights must have rank 3";
    if (w->dim[0] != x->dim[1] || w->dim[1] != 1 || w->dim[2] < 1) {
        return "the weights are not [channels, 1, k]";
    }
    const bool is_bad =
        past != NULL && (past->shape.rank != 3 || past->shape.dim[0] != x->dim[0] ||
                         past->shape.dim[1] != x->dim[1] || past->shape.dim[2] != w->dim[2] - 1);
    return is_bad ? "the state is not [batch, channels, k - 1]" : NULL;
}

static hone_status causal_conv_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = node->in[X], *past = hn_node_in(node, PAST);
    bool is_silu = false;
    const char *problem = check_operands(node, &is_silu);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const int64_t back = node->in[W]->shape.dim[2] - 1, channels = x->shape.dim[1];
    if (past != NULL) {
        hn_with_int(&c, "axis", 2);
        x = HN_MAKE(&c, concat, past, x);
    } else if (back > 0) {
        hn_value *pads = hn_make_vector(&c, (const int64_t[]){0, 0, back, 0, 0, 0}, 6);
        x = HN_MAKE(&c, pad, x, pads);
    }
    hn_with_int(&c, "group", channels);
    hn_value *y = HN_MAKE(&c, conv, x, node->in[W], hn_node_in(node, BIAS));
    if (is_silu) y = HN_MAKE(&c, mul, y, HN_MAKE(&c, sigmoid, y));
    if (c.status != HONE_OK) return c.status;
    const int64_t length = x->shape.dim[2];
    hn_value *state = hn_make_slice(&c, x, 2, (const int64_t[]){length - back, length});
    hn_compose_give(&c, state, node, 1);
    return hn_compose_end(&c, y, node);
}

const hn_op_hooks hn_hooks_causal_conv = {
    .shape = hn_compose_shape, .expand = causal_conv_expand, .max_outputs = 2};
