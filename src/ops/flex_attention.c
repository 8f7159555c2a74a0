/* SPDX-License-Identifier: Apache-2.0
 * flex_attention: softmax(q k' scale) v for each head, where bodies may change the scores before
 * the softmax ("score_mod") and the probabilities after it ("prob_mod"). Both get a tensor [batch,
 * heads, rows, keys] and give one like it. They are put in their place when the node is expanded;
 * until then they are inferred with the shape that the scores have, so that folding makes constants
 * of what depends on shapes alone. Attribute `bodies` says which body is which, `softmax_type` of
 * which type scores and probabilities are. */
#include <math.h>
#include <string.h>

#include "ops/attention_heads.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { Q, K, V, CAPTURES };

static const char *check_operands(const hn_node *node) {
    const hn_shape *q = &node->in[Q]->shape, *k = &node->in[K]->shape, *v = &node->in[V]->shape;
    for (int i = Q; i <= V; i++) {
        if (node->in[i]->shape.rank >= 0 && node->in[i]->shape.rank != 4)
            return "a rank that is not 4";
        if (node->in[i]->dtype != node->in[Q]->dtype) return "operands of different types";
    }
    const bool is_known = hn_shape_is_known(q) && hn_shape_is_known(k) && hn_shape_is_known(v);
    if (!is_known) return NULL;
    if (q->dim[0] != k->dim[0] || q->dim[0] != v->dim[0]) return "the batches differ";
    if (k->dim[2] != v->dim[2]) return "keys and values differ in number";
    if (q->dim[3] != k->dim[3]) return "queries and keys differ in size";
    const bool is_shared = k->dim[1] > 0 && q->dim[1] % k->dim[1] == 0;
    return is_shared && k->dim[1] == v->dim[1] ? NULL : "heads of keys do not fit those of queries";
}

/* The body of that name; NULL: there is none. */
static hn_graph *body_of(const hn_node *node, const char *name) {
    const hn_attr *names = hn_attr_find(node, "bodies");
    if (names == NULL || names->kind != HN_ATTR_STRINGS) return NULL;
    for (uint32_t i = 0; i < node->n_bodies && i < names->n; i++) {
        if (strcmp(names->v.strings[i], name) == 0) return node->bodies[i];
    }
    return NULL;
}

/* The type of scores: as stated, else at least float32. */
static hn_dtype score_type(const hn_node *node) {
    const hn_dtype stated = hn_dtype_of_name(hn_attr_string(node, "softmax_type", ""));
    if (stated != HN_DTYPE_NONE) return stated;
    return node->in[Q]->dtype == HN_DTYPE_F64 ? HN_DTYPE_F64 : HN_DTYPE_F32;
}

static hn_shape score_shape(const hn_node *node) {
    const hn_shape *q = &node->in[Q]->shape, *k = &node->in[K]->shape;
    hn_shape s = hn_shape_unknown(4);
    for (int32_t d = 0; d < 3 && q->rank == 4; d++) hn_shape_take(&s, d, q, d);
    if (k->rank == 4) hn_shape_take(&s, 3, k, 2);
    return s;
}

static hone_status infer_body(hn_graph *g, const hn_node *node, hn_graph *body) {
    const hn_shape scores = score_shape(node);
    const uint32_t n_captures = node->n_in - CAPTURES;
    if (body->n_inputs != 1 + n_captures || body->n_outputs != 1) {
        return hn_fail(g->env, HONE_E_SHAPE, "a body has not one input and one output");
    }
    body->inputs[0]->dtype = score_type(node);
    body->inputs[0]->shape = scores;
    for (uint32_t i = 0; i < n_captures; i++) {
        const hn_value *from = node->in[CAPTURES + i];
        if (from == NULL) return hn_fail(g->env, HONE_E_SHAPE, "capture %u is missing", i);
        body->inputs[1 + i]->kind = from->kind;
        body->inputs[1 + i]->dtype = from->dtype;
        body->inputs[1 + i]->shape = from->shape;
    }
    const hone_status status = hn_graph_infer(body);
    if (status != HONE_OK) return hn_fail_from(g->env, body->env, status);
    const hn_value *out = body->outputs[0];
    const bool is_known = hn_shape_is_known(&out->shape) && hn_shape_is_known(&scores);
    if (out->kind != HN_VALUE_TENSOR || out->dtype != score_type(node) ||
        (is_known && !hn_shape_equal(&out->shape, &scores))) {
        return hn_fail(g->env, HONE_E_SHAPE, "a body gives no tensor like its input");
    }
    return HONE_OK;
}

static hone_status flex_shape(hn_graph *g, hn_node *node) {
    hn_shape y = hn_shape_unknown(4);
    const char *problem = check_operands(node);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    if (!hn_dtype_is_float(node->in[Q]->dtype) || !hn_dtype_is_float(score_type(node))) {
        return hn_fail(g->env, HONE_E_SHAPE, "operands or scores are no floats");
    }
    for (uint32_t b = 0; b < node->n_bodies; b++) HN_TRY(infer_body(g, node, node->bodies[b]));
    const hn_shape *q = &node->in[Q]->shape, *v = &node->in[V]->shape;
    for (int32_t d = 0; d < 3 && q->rank == 4; d++) hn_shape_take(&y, d, q, d);
    if (v->rank == 4) hn_shape_take(&y, 3, v, 3);
    return hn_node_set_shape(g, node, node->in[Q]->dtype, &y);
}

static hn_value *modified(hn_compose *c, const hn_node *node, const char *name, hn_value *v) {
    const hn_graph *body = body_of(node, name);
    if (body == NULL || c->status != HONE_OK) return v;
    hn_value **operands = HN_NEW_N(c->g->arena, hn_value *, node->n_in);
    if (operands == NULL) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    operands[0] = v;
    for (uint32_t i = CAPTURES; i < node->n_in; i++) operands[1 + i - CAPTURES] = node->in[i];
    const hn_graph *made = hn_make_body(c, body, operands);
    return made != NULL ? made->outputs[0] : NULL;
}

/* The scale goes to both factors, as its root. */
static hone_status flex_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_dtype dtype = node->in[Q]->dtype, wide = score_type(node);
    const int64_t heads = node->in[Q]->shape.dim[1], groups = node->in[K]->shape.dim[1];
    const float size = (float)node->in[Q]->shape.dim[3];
    const float scale = hn_attr_float(node, "scale", 1.0f / sqrtf(size > 0 ? size : 1));
    if (!(scale >= 0)) return hn_fail(g->env, HONE_E_SHAPE, "the scale is negative");
    hn_value *root = hn_make_number(&c, dtype, (double)sqrtf(scale));
    hn_value *q = HN_MAKE(&c, mul, hn_make_regrouped(&c, node->in[Q], groups), root);
    hn_value *k = HN_MAKE(&c, mul, node->in[K], root);
    hn_with_int(&c, "trans_b", 1);
    hn_value *s = hn_make_regrouped(&c, HN_MAKE(&c, matmul, q, k), heads);
    s = modified(&c, node, "score_mod", hn_make_cast(&c, s, wide));
    hn_with_int(&c, "axis", -1);
    s = modified(&c, node, "prob_mod", HN_MAKE(&c, softmax, s));
    hn_value *v = hn_make_cast(&c, node->in[V], wide);
    hn_value *y = HN_MAKE(&c, matmul, hn_make_regrouped(&c, s, groups), v);
    y = hn_make_cast(&c, hn_make_regrouped(&c, y, heads), dtype);
    return hn_compose_end(&c, y, node);
}

const hn_op_hooks hn_hooks_flex_attention = {.shape = flex_shape, .expand = flex_expand};
