/* SPDX-License-Identifier: Apache-2.0
 * Operators on quantized tensors whose scales and zero points are operands (domain com.microsoft):
 * each operand is dequantized, attribute `function` names the operator on floats, and the result is
 * quantized. Where an integer kernel exists, pass fold_qdq makes one operator of the three. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static hn_compose begin(hn_graph *g) {
    hn_compose c = hn_compose_begin(g);
    c.arith = HN_ARITH_RNE;
    return c;
}

static hn_value *real_of(hn_compose *c, const hn_node *node, uint32_t first) {
    if (first + 1 >= node->n_in || node->in[first] == NULL || node->in[first + 1] == NULL) {
        return hn_compose_fail(c, HONE_E_SHAPE, "a quantized operand is not complete");
    }
    return HN_MAKE(c, dequantize, node->in[first], node->in[first + 1],
                   hn_node_in(node, first + 2));
}

static hone_status quantized(hn_compose *c, hn_node *node, hn_value *y, uint32_t first) {
    hn_value *zero = hn_node_in(node, first + 1);
    if (first >= node->n_in || node->in[first] == NULL) {
        (void)hn_compose_fail(c, HONE_E_SHAPE, "the result has no scale");
    }
    if (c->status != HONE_OK) return c->status;
    hn_value *q = HN_MAKE(c, quantize, y, node->in[first], zero);
    return hn_compose_end(c, q, node);
}

static const hn_op *function_of(const hn_node *node) {
    return hn_op_find(hn_attr_string(node, "function", ""));
}

static hone_status one_expand(hn_graph *g, hn_node *node) {
    hn_compose c = begin(g);
    const hn_op *function = function_of(node);
    if (function == NULL) return hn_fail(g->env, HONE_E_INTERNAL, "no function");
    if (hn_attr_int(node, "channels_last", 0) != 0) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "channels last");
    }
    hn_value *x = real_of(&c, node, 0);
    hn_with_node(&c, node, "function");
    hn_value *y = hn_make(&c, (hn_op_id)(function - hn_ops), &x, 1);
    return quantized(&c, node, y, 3);
}

static hone_status two_expand(hn_graph *g, hn_node *node) {
    hn_compose c = begin(g);
    const hn_op *function = function_of(node);
    if (function == NULL) return hn_fail(g->env, HONE_E_INTERNAL, "no function");
    hn_value *const in[2] = {real_of(&c, node, 0), real_of(&c, node, 3)};
    return quantized(&c, node, hn_make(&c, (hn_op_id)(function - hn_ops), in, 2), 6);
}

static hone_status concat_expand(hn_graph *g, hn_node *node) {
    enum { MOST = 256 };
    hn_compose c = begin(g);
    hn_value *in[MOST];
    const uint32_t n = node->n_in >= 2 ? (node->n_in - 2) / 3 : 0;
    if (n == 0 || n > MOST || node->n_in != 2 + 3 * n) {
        return hn_fail(g->env, HONE_E_SHAPE, "the operands are not in threes");
    }
    for (uint32_t i = 0; i < n; i++) in[i] = real_of(&c, node, 2 + 3 * i);
    hn_with_int(&c, "axis", hn_attr_int(node, "axis", 0));
    return quantized(&c, node, hn_make(&c, HN_OP_concat, in, n), 0);
}

/* The bias has the product of the scales, and no zero point. */
static hone_status gemm_expand(hn_graph *g, hn_node *node) {
    hn_compose c = begin(g);
    hn_value *bias = hn_node_in(node, 6);
    hn_value *a = real_of(&c, node, 0), *b = real_of(&c, node, 3);
    const float alpha = hn_attr_float(node, "alpha", 1.0f);
    if (bias != NULL && c.status == HONE_OK) {
        hn_value *scale = HN_MAKE(&c, mul, node->in[1], node->in[4]);
        hn_value *factor = hn_make_number(&c, HN_DTYPE_F32, (double)alpha);
        scale = HN_MAKE(&c, mul, scale, factor);
        bias = HN_MAKE(&c, mul, hn_make_cast(&c, bias, HN_DTYPE_F32), scale);
    }
    hn_with_int(&c, "trans_a", hn_attr_int(node, "trans_a", 0));
    hn_with_int(&c, "trans_b", hn_attr_int(node, "trans_b", 0));
    hn_with_float(&c, "alpha", alpha);
    hn_value *y = HN_MAKE(&c, gemm, a, b, bias);
    if (hn_node_in(node, 7) == NULL) return hn_compose_end(&c, y, node);
    return quantized(&c, node, y, 7);
}

const hn_op_hooks hn_hooks_qlinear_one = {.shape = hn_compose_shape, .expand = one_expand};
const hn_op_hooks hn_hooks_qlinear_two = {.shape = hn_compose_shape, .expand = two_expand};
const hn_op_hooks hn_hooks_qlinear_concat = {.shape = hn_compose_shape, .expand = concat_expand};
const hn_op_hooks hn_hooks_qlinear_gemm = {.shape = hn_compose_shape, .expand = gemm_expand};
