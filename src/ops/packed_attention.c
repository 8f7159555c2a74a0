/* SPDX-License-Identifier: Apache-2.0
 * Attention as ONNX Runtime's exporters write it (domain com.microsoft), as functions of
 * `attention`: packed_attention makes queries, keys and values by one product, multi_head_attention
 * gets them, with a bias for all three. A mask of keys (1: seen; or the lengths of the sequences)
 * adds `mask_filter_value` to the scores of those that are not. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { INPUT, WEIGHTS, PACKED_BIAS, MASK, PAST, SCORES };       /* packed_attention */
enum { Q, K, V, BIAS, KEY_MASK, ADDED_SCORES, PAST_K, PAST_V }; /* multi_head_attention */

/* What is added to the scores for a mask of keys [batch, keys] or lengths [batch]. */
static hn_value *mask_scores(hn_compose *c, const hn_node *node, hn_value *mask, int64_t keys) {
    const double filter = (double)hn_attr_float(node, "mask_filter_value", -10000.0f);
    if (mask == NULL || c->status != HONE_OK) return NULL;
    const hn_shape s = mask->shape;
    hn_value *seen = NULL;
    if (s.rank == 1) {
        hn_value *count = HN_MAKE(c, range, hn_make_number(c, HN_DTYPE_S32, 0),
                                  hn_make_number(c, HN_DTYPE_S32, (double)keys),
                                  hn_make_number(c, HN_DTYPE_S32, 1));
        hn_value *lengths = hn_make_reshape(c, mask, (const int64_t[]){s.dim[0], 1}, 2);
        lengths = hn_make_cast(c, lengths, HN_DTYPE_S32);
        seen = HN_MAKE(c, less, count, lengths);
    } else if (s.rank == 2 && s.dim[1] == keys) {
        seen = hn_make_cast(c, mask, HN_DTYPE_BOOL);
    } else {
        return hn_compose_fail(c, HONE_E_UNSUPPORTED, "a mask that is neither of keys nor lengths");
    }
    seen = hn_make_reshape(c, seen, (const int64_t[]){s.dim[0], 1, 1, keys}, 4);
    return HN_MAKE(c, where, seen, hn_make_number(c, HN_DTYPE_F32, 0),
                   hn_make_number(c, HN_DTYPE_F32, filter));
}

static hn_value *sum_of(hn_compose *c, hn_value *a, hn_value *b) {
    if (a == NULL || b == NULL) return a != NULL ? a : b;
    return HN_MAKE(c, add, a, b);
}

static void with_heads(hn_compose *c, const hn_node *node) {
    const int64_t heads = hn_attr_int(node, "num_heads", 0);
    const float scale = hn_attr_float(node, "scale", 0.0f);
    hn_with_int(c, "q_num_heads", heads);
    hn_with_int(c, "kv_num_heads", heads);
    hn_with_int(c, "is_causal", hn_attr_int(node, "unidirectional", 0));
    if (scale != 0.0f) hn_with_float(c, "scale", scale);
}

static hone_status packed_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_shape *x = &node->in[INPUT]->shape, *w = &node->in[WEIGHTS]->shape;
    hn_value *bias = hn_node_in(node, PACKED_BIAS), *part[3];
    int64_t size[3], at = 0;
    if (hn_node_in(node, PAST) != NULL) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "past keys and values");
    }
    if (x->rank != 3 || w->rank != 2 || x->dim[2] != w->dim[0]) {
        return hn_fail(g->env, HONE_E_SHAPE, "input and weights do not fit");
    }
    if (!hn_attr_ints(node, "qkv_hidden_sizes", size, 3)) {
        size[0] = size[1] = size[2] = w->dim[1] / 3;
    }
    if (size[0] < 1 || size[0] != size[1] || size[2] < 1 || size[0] > w->dim[1] ||
        size[2] != w->dim[1] - 2 * size[0]) {
        return hn_fail(g->env, HONE_E_SHAPE, "the weights do not divide into three");
    }
    const int64_t keys = x->dim[1];
    hn_value *all = HN_MAKE(&c, matmul, node->in[INPUT], node->in[WEIGHTS]);
    if (bias != NULL) all = HN_MAKE(&c, add, all, bias);
    for (int i = 0; i < 3; i++, at += size[i - 1]) {
        part[i] = hn_make_slice(&c, all, 2, (const int64_t[]){at, at + size[i]});
    }
    hn_value *added = mask_scores(&c, node, hn_node_in(node, MASK), keys);
    added = sum_of(&c, added, hn_node_in(node, SCORES));
    with_heads(&c, node);
    return hn_compose_end(&c, HN_MAKE(&c, attention, part[0], part[1], part[2], added), node);
}

/* Operand `port` with its part of the bias, which begins at *at. */
static hn_value *with_bias(hn_compose *c, const hn_node *node, uint32_t port, int64_t *at) {
    hn_value *v = node->in[port], *bias = hn_node_in(node, BIAS);
    const int64_t size = v->shape.dim[2], begin = *at;
    *at += size;
    if (bias == NULL) return v;
    bias = hn_make_slice(c, bias, 0, (const int64_t[]){begin, begin + size});
    return HN_MAKE(c, add, v, bias);
}

static hone_status multi_head_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_value *bias = hn_node_in(node, BIAS), *past = hn_node_in(node, PAST_K);
    int64_t at = 0;
    for (uint32_t i = Q; i <= V; i++) {
        if (hn_node_in(node, i) == NULL || node->in[i]->shape.rank != 3) {
            return hn_fail(g->env, HONE_E_UNSUPPORTED, "operand %u is not of rank 3", i);
        }
    }
    const int64_t sizes =
        node->in[Q]->shape.dim[2] + node->in[K]->shape.dim[2] + node->in[V]->shape.dim[2];
    if (bias != NULL && (bias->shape.rank != 1 || bias->shape.dim[0] != sizes)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the bias does not fit");
    }
    const int64_t keys = node->in[K]->shape.dim[1] +
                         (past != NULL && past->shape.rank == 4 ? past->shape.dim[2] : 0);
    hn_value *q = with_bias(&c, node, Q, &at), *k = with_bias(&c, node, K, &at);
    hn_value *v = with_bias(&c, node, V, &at);
    hn_value *added = mask_scores(&c, node, hn_node_in(node, KEY_MASK), keys);
    added = sum_of(&c, added, hn_node_in(node, ADDED_SCORES));
    with_heads(&c, node);
    hn_with_outputs(&c, 3);
    hn_value *y =
        HN_MAKE(&c, attention, q, k, v, added, hn_node_in(node, PAST_K), hn_node_in(node, PAST_V));
    hn_value *present_k = hn_make_output(&c, 1), *present_v = hn_make_output(&c, 2);
    hn_compose_give(&c, present_k, node, 1);
    hn_compose_give(&c, present_v, node, 2);
    return hn_compose_end(&c, y, node);
}

const hn_op_hooks hn_hooks_packed_attention = {.shape = hn_compose_shape, .expand = packed_expand};
const hn_op_hooks hn_hooks_multi_head_attention = {
    .shape = hn_compose_shape, .expand = multi_head_expand, .max_outputs = 3};
