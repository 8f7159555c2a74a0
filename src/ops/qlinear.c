/* SPDX-License-Identifier: Apache-2.0
 * ONNX's QLinearConv and QLinearMatMul: the scales and zero points are operands. Where they are
 * constant and an integer kernel exists, the node becomes a quantized convolution or product in the
 * arithmetic HN_ARITH_RNE; else dequantize, the operator on floats, quantize. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"

/* One quantized operand among those of the node. */
typedef struct qvalue {
    hn_value *v, *scale, *zero;
    int32_t axis; /* of scales for each channel */
} qvalue;

enum { N_QLINEAR = 8, BIAS = 8 }; /* operands: three for x, three for w, two for y, then the bias */

static qvalue operand_of(const hn_node *node, uint32_t first, int32_t axis) {
    const qvalue q = {node->in[first], node->in[first + 1], node->in[first + 2], axis};
    return q;
}

static qvalue result_of(const hn_node *node) {
    const qvalue q = {node->out[0], node->in[6], node->in[7], -1};
    return q;
}

/* The node without its scales, for the shape hook of the operator that it becomes. */
static hone_status shape_as(hn_graph *g, hn_node *node, hn_op_id id) {
    hn_value *in[3] = {node->in[0], node->in[3], hn_node_in(node, BIAS)};
    hn_value y = *node->out[0];
    hn_value *out[1] = {&y};
    hn_node plain = *node;
    plain.op = hn_op_at(id);
    plain.in = in;
    plain.out = out;
    plain.n_in = id == HN_OP_conv ? 3 : 2;
    plain.n_out = 1;
    HN_TRY(plain.op->hooks->shape(g, &plain));
    return hn_node_set_shape(g, node, node->in[7]->dtype, &y.shape);
}

static hone_status conv_shape(hn_graph *g, hn_node *node) {
    return shape_as(g, node, HN_OP_conv);
}

static hone_status matmul_shape(hn_graph *g, hn_node *node) {
    return shape_as(g, node, HN_OP_matmul);
}

/* ---- integers ---- */

/* Scales and zero points as the quantization of a value; NULL where they are not constant lists of
 * one length or memory is out. */
static hn_quant *make_quant(hn_graph *g, const qvalue *q) {
    uint64_t n, n_zero;
    const bool is_constant = q->scale->constant != NULL && q->zero->constant != NULL &&
                             q->scale->dtype == HN_DTYPE_F32 && q->zero->dtype == q->v->dtype;
    if (!is_constant || !hn_shape_count(&q->scale->shape, &n)) return NULL;
    if (!hn_shape_count(&q->zero->shape, &n_zero) || n == 0 || (n_zero != n && n_zero != 1)) {
        return NULL;
    }
    if (n > 1 && (q->axis < 0 || q->v->shape.dim[q->axis] != (int64_t)n)) return NULL;
    float *scales = HN_NEW_N(g->arena, float, n);
    int64_t *wide = HN_NEW_N(g->arena, int64_t, n);
    int32_t *zeros = HN_NEW_N(g->arena, int32_t, n);
    hn_quant *quant = HN_NEW(g->arena, hn_quant);
    if (scales == NULL || wide == NULL || zeros == NULL || quant == NULL) return NULL;
    if (hn_constant_read_f32(g, q->scale, scales, n) != HONE_OK ||
        hn_constant_read_s64(g, q->zero, wide, n_zero) != HONE_OK) {
        return NULL;
    }
    for (uint64_t i = 0; i < n; i++) zeros[i] = (int32_t)wide[n_zero == 1 ? 0 : i];
    const int64_t dim = (int64_t)n;
    const hn_shape shape = hn_shape_of(1, &dim);
    quant->scale = hn_graph_constant(g, "", HN_DTYPE_F32, &shape, scales);
    quant->zero_point = hn_graph_constant(g, "", HN_DTYPE_S32, &shape, zeros);
    quant->axis = n > 1 ? q->axis : -1;
    return quant->scale != NULL && quant->zero_point != NULL ? quant : NULL;
}

/* A value with that quantization: v itself, or the same bytes under another name where v has one
 * already. */
static hn_value *with_quant(hn_graph *g, hn_value *v, hn_quant *quant) {
    hn_value probe = *v;
    probe.quant = quant;
    if (v->quant == NULL && v->constant == NULL) v->quant = quant;
    if (hn_quant_is_equal(v, &probe)) return v;
    hn_value *copy = hn_graph_value(g, v->name, v->dtype, &v->shape);
    if (copy == NULL) return NULL;
    copy->quant = quant;
    copy->origin = v->origin;
    if (v->constant != NULL) {
        copy->constant = HN_NEW(g->arena, hn_constant);
        if (copy->constant != NULL) *copy->constant = *v->constant;
        return copy->constant != NULL ? copy : NULL;
    }
    hn_node *node = hn_graph_node(g, hn_op_at(HN_OP_identity), 1, 1);
    if (node == NULL) return NULL;
    node->in[0] = v;
    hn_node_set_out(node, 0, copy);
    return copy;
}

static bool copy_attrs(hn_graph *g, const hn_node *from, hn_node *to) {
    if (from->n_attrs == 0) return true;
    to->attrs = HN_NEW_N(g->arena, hn_attr, from->n_attrs);
    if (to->attrs == NULL) return false;
    memcpy(to->attrs, from->attrs, from->n_attrs * sizeof *to->attrs);
    to->n_attrs = from->n_attrs;
    return true;
}

/* Can the operator run on these integers? Asked of a copy of the node, before anything is made. */
static bool has_kernel(const hn_node *node, hn_op_id id, const qvalue q[3],
                       hn_quant *const *quant) {
    hn_value value[3], *in[3], *out[1] = {&value[2]};
    for (int i = 0; i < 3; i++) {
        value[i] = *q[i].v;
        value[i].quant = quant[i];
    }
    in[0] = &value[0];
    in[1] = &value[1];
    in[2] = hn_node_in(node, BIAS);
    hn_node plain = *node;
    plain.op = hn_op_at(id);
    plain.in = in;
    plain.out = out;
    plain.n_in = id == HN_OP_conv ? 3 : 2;
    plain.arith = HN_ARITH_RNE;
    return hn_node_is_quantized(&plain);
}

static hone_status expand_integer(hn_graph *g, hn_node *node, hn_op_id id, const qvalue q[3],
                                  hn_quant *const *quant) {
    hn_value *x = with_quant(g, q[0].v, quant[0]), *w = with_quant(g, q[1].v, quant[1]);
    if (x == NULL || w == NULL) return hn_no_memory(g->env);
    hn_node *made = hn_graph_node(g, hn_op_at(id), id == HN_OP_conv ? 3 : 2, 1);
    if (made == NULL || !copy_attrs(g, node, made)) return hn_no_memory(g->env);
    made->in[0] = x;
    made->in[1] = w;
    if (id == HN_OP_conv) made->in[2] = hn_node_in(node, BIAS);
    made->arith = HN_ARITH_RNE;
    q[2].v->quant = quant[2];
    hn_node_set_out(made, 0, q[2].v);
    return HONE_OK;
}

/* ---- floats ---- */

static hone_status add_dequantize(hn_graph *g, const qvalue *q, hn_value **out) {
    hn_node *node = hn_graph_node(g, hn_op_at(HN_OP_dequantize), 3, 1);
    hn_value *v = hn_graph_value(g, q->v->name, HN_DTYPE_F32, &q->v->shape);
    if (node == NULL || v == NULL) return hn_no_memory(g->env);
    node->in[0] = q->v;
    node->in[1] = q->scale;
    node->in[2] = q->zero;
    node->arith = HN_ARITH_RNE;
    if (q->axis >= 0 && !hn_attr_set_int(g, node, "axis", q->axis)) return hn_no_memory(g->env);
    hn_node_set_out(node, 0, v);
    *out = v;
    return HONE_OK;
}

static hone_status expand_float(hn_graph *g, hn_node *node, hn_op_id id, const qvalue q[3]) {
    hn_value *x, *w;
    if (hn_node_in(node, BIAS) != NULL) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "a bias, and scales without an integer kernel");
    }
    HN_TRY(add_dequantize(g, &q[0], &x));
    HN_TRY(add_dequantize(g, &q[1], &w));
    hn_node *made = hn_graph_node(g, hn_op_at(id), 2, 1);
    hn_node *quantize = hn_graph_node(g, hn_op_at(HN_OP_quantize), 3, 1);
    hn_value *y = hn_graph_value(g, q[2].v->name, HN_DTYPE_F32, &q[2].v->shape);
    if (made == NULL || quantize == NULL || y == NULL || !copy_attrs(g, node, made)) {
        return hn_no_memory(g->env);
    }
    made->in[0] = x;
    made->in[1] = w;
    hn_node_set_out(made, 0, y);
    quantize->in[0] = y;
    quantize->in[1] = q[2].scale;
    quantize->in[2] = q[2].zero;
    quantize->arith = HN_ARITH_RNE;
    hn_node_set_out(quantize, 0, q[2].v);
    return HONE_OK;
}

static hone_status expand(hn_graph *g, hn_node *node, hn_op_id id, int32_t w_axis) {
    const qvalue q[3] = {operand_of(node, 0, -1), operand_of(node, 3, w_axis), result_of(node)};
    hn_quant *quant[3];
    bool is_integer = true;
    for (int i = 0; i < 3; i++) {
        quant[i] = make_quant(g, &q[i]);
        is_integer = is_integer && quant[i] != NULL;
    }
    if (is_integer && has_kernel(node, id, q, quant)) return expand_integer(g, node, id, q, quant);
    return expand_float(g, node, id, q);
}

static hone_status conv_expand(hn_graph *g, hn_node *node) {
    return expand(g, node, HN_OP_conv, 0);
}

static hone_status matmul_expand(hn_graph *g, hn_node *node) {
    return expand(g, node, HN_OP_matmul, node->in[3]->shape.rank - 1);
}

const hn_op_hooks hn_hooks_qlinear_conv = {.shape = conv_shape, .expand = conv_expand};
const hn_op_hooks hn_hooks_qlinear_matmul = {.shape = matmul_shape, .expand = matmul_expand};
