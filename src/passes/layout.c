/* SPDX-License-Identifier: Apache-2.0
 * Assigns each value an order of dimensions. Convolution and pooling want channels last;
 * elementwise operators, softmax, reductions, concatenation and padding follow their operands by
 * their access rule; a transpose node is absorbed by relabelling; a flatten before a constant
 * matrix permutes the matrix. Only what no rule absorbs becomes a transpose. One walk over the
 * nodes. */
#include "passes/layout.h"

#include <string.h>

#include "passes/layout_flatten.h"
#include "passes/layout_reshape.h"

static hone_status want_identity(hn_layout *L, hn_node *node) {
    for (uint32_t k = 0; k < node->n_in; k++) {
        if (node->in[k] == NULL || node->in[k]->shape.rank < 0) continue;
        const hn_perm id = hn_perm_identity(node->in[k]->shape.rank);
        HN_TRY(hn_layout_want(L, node->in[k], &id, &node->in[k]));
    }
    return HONE_OK;
}

/* Operands that are data: those whose value is not needed to know shapes. */
static bool is_data(const hn_node *node, uint32_t k) {
    const char *at = node->op->operands;
    for (uint32_t i = 0; i < k && *at != 0; at++) {
        if (*at == ' ') i++;
        if (*at == '*') return true;
    }
    while (*at != 0 && *at != ' ' && *at != '#') at++;
    return *at != '#';
}

static hone_status store_outputs(hn_layout *L, hn_node *node, const hn_perm *p) {
    for (uint32_t k = 0; k < node->n_out; k++) {
        hn_value *v = node->out[k];
        if (v != NULL && v->shape.rank == p->rank) HN_TRY(hn_layout_store(L, v, p));
    }
    return HONE_OK;
}

static hone_status rule_window(hn_layout *L, hn_node *node) {
    const int32_t rank = node->in[0]->shape.rank;
    if (strcmp(hn_attr_string(node, "layout", "nchw"), "nchw") != 0 || rank < 3) {
        return want_identity(L, node);
    }
    const hn_perm last = hn_perm_channels_last(rank);
    HN_TRY(hn_layout_want(L, node->in[0], &last, &node->in[0]));
    if (!hn_attr_set_string(L->g, node, "layout", "nhwc")) return hn_no_memory(L->g->env);
    if (node->op == hn_op_at(HN_OP_conv) &&
        strcmp(hn_attr_string(node, "kernel_layout", "oihw"), "oihw") == 0) {
        HN_TRY(hn_layout_want(L, node->in[1], &last, &node->in[1]));
        if (!hn_attr_set_string(L->g, node, "kernel_layout", "ohwi")) {
            return hn_no_memory(L->g->env);
        }
    }
    return store_outputs(L, node, &last);
}

/* The order in which most bytes of the operands of this rank lie. */
static hn_perm majority(const hn_layout *L, const hn_node *node, int32_t rank) {
    hn_perm best = hn_perm_identity(rank);
    uint64_t best_bytes = 0;
    for (uint32_t k = 0; k < node->n_in; k++) {
        const hn_value *v = node->in[k];
        if (v == NULL || v->constant != NULL || v->shape.rank != rank) continue;
        const hn_perm p = hn_layout_of(L, v);
        uint64_t sum = 0, n_bytes = 0;
        for (uint32_t j = 0; j < node->n_in; j++) {
            const hn_value *w = node->in[j];
            if (w == NULL || w->constant != NULL || w->shape.rank != rank) continue;
            const hn_perm q = hn_layout_of(L, w);
            if (hn_perm_equal(&p, &q) && hn_value_bytes(w, &n_bytes)) sum += n_bytes;
        }
        const bool prefer = sum == best_bytes && hn_perm_is_identity(&best);
        if (sum > best_bytes || prefer) {
            best = p;
            best_bytes = sum;
        }
    }
    return best;
}

/* A lower-rank operand of an elementwise operator gets leading dimensions of size 1. */
static hone_status raise_rank(hn_layout *L, hn_value *v, int32_t rank, hn_value **out) {
    hn_shape shape = hn_shape_of(rank, (const int64_t[HN_MAX_RANK]){1, 1, 1, 1, 1, 1, 1, 1});
    const int32_t lead = rank - v->shape.rank;
    for (int32_t d = 0; d < v->shape.rank; d++) shape.dim[lead + d] = v->shape.dim[d];
    if (v->constant != NULL) {
        hn_value *view =
            hn_graph_constant_borrowed(L->g, v->name, v->dtype, &shape, v->constant->bytes);
        if (view == NULL) return hn_no_memory(L->g->env);
        const hn_constant whole = *v->constant;
        *view->constant = whole;
        for (int32_t d = 0; d < rank; d++) {
            view->constant->stride[d] = d < lead ? 0 : whole.stride[d - lead];
        }
        view->quant = v->quant;
        *out = view;
        return HONE_OK;
    }
    const hn_perm id = hn_perm_identity(v->shape.rank);
    HN_TRY(hn_layout_want(L, v, &id, &v));
    hn_node *node = hn_graph_node(L->g, hn_op_at(HN_OP_reshape), 1, 1);
    hn_value *copy = hn_graph_value(L->g, v->name, v->dtype, &shape);
    if (node == NULL || copy == NULL) return hn_no_memory(L->g->env);
    if (!hn_attr_set_ints(L->g, node, "shape", shape.dim, (uint32_t)rank) ||
        !hn_attr_set_int(L->g, node, "allow_zero", 1)) {
        return hn_no_memory(L->g->env);
    }
    node->foreign = "layout";
    node->in[0] = v;
    hn_node_set_out(node, 0, copy);
    copy->quant = v->quant;
    *out = copy;
    return HONE_OK;
}

static bool has_one_element(const hn_value *v) {
    uint64_t n = 0;
    return hn_shape_count(&v->shape, &n) && n == 1;
}

/* Operands behind the first of quantize and dequantize (scales) and of cast (an example of its
 * type) keep their own order. */
static hone_status rule_same(hn_layout *L, hn_node *node) {
    const int32_t rank = node->out[0]->shape.rank;
    const hn_perm p = majority(L, node, rank);
    if (hn_perm_is_identity(&p)) return want_identity(L, node);
    const bool by_channel =
        node->op == hn_op_at(HN_OP_quantize) || node->op == hn_op_at(HN_OP_dequantize);
    for (uint32_t k = 0; k < node->n_in; k++) {
        hn_value *v = node->in[k];
        if (v == NULL || has_one_element(v) || !is_data(node, k)) continue;
        if (k > 0 && (by_channel || node->op == hn_op_at(HN_OP_cast))) continue;
        if (v->shape.rank < rank) HN_TRY(raise_rank(L, v, rank, &v));
        HN_TRY(hn_layout_want(L, v, &p, &node->in[k]));
    }
    if (by_channel) {
        const hn_perm inverse = hn_perm_inverse(&p);
        int64_t axis = hn_attr_int(node, "axis", 1);
        if (axis < 0) axis += rank;
        if (axis >= 0 && axis < rank && !hn_attr_set_int(L->g, node, "axis", inverse.to[axis])) {
            return hn_no_memory(L->g->env);
        }
    }
    return store_outputs(L, node, &p);
}

/* Shape of a value that is stored in order p, in the file's order. */
static hn_shape logical_shape(const hn_shape *stored, const hn_perm *p) {
    hn_shape out = *stored;
    for (int32_t i = 0; i < p->rank; i++) {
        out.dim[p->to[i]] = stored->dim[i];
        out.sym[p->to[i]] = stored->sym[i];
    }
    return out;
}

static hone_status call_permute(hn_layout *L, hn_node *node, const hn_perm *p) {
    int32_t perm[HN_MAX_RANK];
    for (int32_t i = 0; i < p->rank; i++) perm[i] = p->to[i];
    return node->op->hooks->permute(L->g, node, perm, p->rank);
}

/* There is a permute hook, and the lists that it rewrites are constant. */
static bool is_permutable(const hn_node *node) {
    for (uint32_t k = 0; k < node->n_in; k++) {
        const hn_value *v = node->in[k];
        if (v != NULL && v->constant == NULL && !is_data(node, k)) return false;
    }
    return node->op->hooks->permute != NULL;
}

/* *spans: the node is a softmax of an old ONNX version that takes all dimensions from its axis on
 * together; behind the last axis there are none. */
static hone_status end_span(hn_layout *L, hn_node *node, int32_t rank, bool *spans) {
    const int64_t axis = hn_attr_int(node, "axis", -1);
    *spans = hn_attr_int(node, "coerce_2d", 0) != 0;
    if (!*spans || (axis != -1 && axis != rank - 1)) return HONE_OK;
    *spans = false;
    return hn_attr_set_int(L->g, node, "coerce_2d", 0) ? HONE_OK : hn_no_memory(L->g->env);
}

/* softmax, concat, pad: same rank in and out, attributes rewritten by the permute hook. */
static hone_status rule_axis(hn_layout *L, hn_node *node) {
    const int32_t rank = node->out[0]->shape.rank;
    const hn_perm p = majority(L, node, rank);
    bool spans = false;
    HN_TRY(end_span(L, node, rank, &spans));
    if (hn_perm_is_identity(&p) || !is_permutable(node) || spans) return want_identity(L, node);
    for (uint32_t k = 0; k < node->n_in; k++) {
        if (node->in[k] == NULL || !is_data(node, k) || node->in[k]->shape.rank != rank) continue;
        HN_TRY(hn_layout_want(L, node->in[k], &p, &node->in[k]));
    }
    HN_TRY(call_permute(L, node, &p));
    return store_outputs(L, node, &p);
}

/* The output of a reduction without kept dimensions has the surviving dimensions in stored order.
 */
static hn_perm surviving(const hn_perm *p, const bool *is_reduced) {
    hn_perm out = {0, {0}};
    int8_t rank_of[HN_MAX_RANK] = {0};
    int8_t n = 0;
    for (int32_t d = 0; d < p->rank; d++) rank_of[d] = is_reduced[d] ? -1 : n++;
    for (int32_t i = 0; i < p->rank; i++) {
        if (!is_reduced[p->to[i]]) out.to[out.rank++] = rank_of[p->to[i]];
    }
    return out;
}

static hone_status rule_reduce(hn_layout *L, hn_node *node) {
    if (node->op == hn_op_at(HN_OP_global_avg_pool)) return rule_window(L, node);
    const int32_t rank = node->in[0]->shape.rank, out_rank = node->out[0]->shape.rank;
    const hn_perm p = hn_layout_of(L, node->in[0]);
    if (hn_perm_is_identity(&p) || node->op->hooks->permute == NULL) return want_identity(L, node);
    bool is_reduced[HN_MAX_RANK] = {false};
    hn_access map[HN_MAX_RANK];
    if (out_rank != rank) {
        if (hn_node_access(node, 0, map) != HONE_OK) return want_identity(L, node);
        for (int32_t d = 0; d < rank; d++) is_reduced[d] = true;
        for (int32_t d = 0; d < out_rank; d++) {
            if (map[d].kind == HN_DIM_SAME && map[d].dim >= 0) is_reduced[map[d].dim] = false;
        }
    }
    const hn_perm out = out_rank == rank ? p : surviving(&p, is_reduced);
    if (out.rank != out_rank) return want_identity(L, node);
    HN_TRY(call_permute(L, node, &p));
    return out_rank == 0 ? HONE_OK : store_outputs(L, node, &out);
}

/* Squeeze, unsqueeze, gather: the output keeps the order of the dimensions that it has from x;
 * those that are new stand before them. */
static hone_status rule_follow(hn_layout *L, hn_node *node) {
    const int32_t rank = node->out[0]->shape.rank;
    const hn_perm p = hn_layout_of(L, node->in[0]);
    const hn_shape stored = node->in[0]->shape;
    hn_access map[HN_MAX_RANK];
    if (hn_perm_is_identity(&p) || !is_permutable(node)) return want_identity(L, node);
    node->in[0]->shape = logical_shape(&stored, &p);
    const hone_status mapped = hn_node_access(node, 0, map);
    node->in[0]->shape = stored;
    if (mapped != HONE_OK) return want_identity(L, node);
    hn_perm out = {0, {0}};
    for (int32_t d = 0; d < rank; d++) {
        if (map[d].dim < 0) out.to[out.rank++] = (int8_t)d;
    }
    for (int32_t i = 0; i < p.rank; i++) {
        for (int32_t d = 0; d < rank; d++) {
            if (map[d].dim == p.to[i]) out.to[out.rank++] = (int8_t)d;
        }
    }
    for (uint32_t k = 1; node->op == hn_op_at(HN_OP_pack) && k < node->n_in; k++) {
        HN_TRY(hn_layout_want(L, node->in[k], &p, &node->in[k]));
    }
    HN_TRY(call_permute(L, node, &p));
    return rank == 0 ? HONE_OK : store_outputs(L, node, &out);
}

/* Depth to space and back are a move in either order: they take the one that they find. */
static hone_status rule_block(hn_layout *L, hn_node *node) {
    const hn_perm p = hn_layout_of(L, node->in[0]), last = hn_perm_channels_last(p.rank);
    const bool is_nchw = strcmp(hn_attr_string(node, "layout", "nchw"), "nchw") == 0;
    return is_nchw && hn_perm_equal(&p, &last) ? rule_window(L, node) : want_identity(L, node);
}

/* A transpose moves nothing: its output is the bytes of its input under another label. */
static hone_status rule_permute(hn_layout *L, hn_node *node) {
    const int32_t rank = node->in[0]->shape.rank;
    const hn_perm have = hn_layout_of(L, node->in[0]);
    hn_access map[HN_MAX_RANK];
    if (hn_node_access(node, 0, map) != HONE_OK) return want_identity(L, node);
    hn_perm inverse = {rank, {0}}, out = {rank, {0}};
    for (int32_t j = 0; j < rank; j++) inverse.to[map[j].dim] = (int8_t)j;
    for (int32_t i = 0; i < rank; i++) out.to[i] = inverse.to[have.to[i]];
    node->op = hn_op_at(HN_OP_identity);
    node->n_in = 1;
    node->n_attrs = 0;
    return rank == 0 ? HONE_OK : hn_layout_store(L, node->out[0], &out);
}

static hone_status rule_reshape(hn_layout *L, hn_node *node) {
    const hn_perm p = hn_layout_of(L, node->in[0]);
    bool done = hn_perm_is_identity(&p);
    if (!done) HN_TRY(hn_layout_flatten(L, node, &p, &done));
    if (!done) HN_TRY(hn_layout_reshape(L, node, &p, &done));
    return done ? HONE_OK : want_identity(L, node);
}

static hone_status visit(hn_layout *L, hn_node *node) {
    if (node->provider != NULL || node->n_in == 0 || node->in[0] == NULL || node->n_out == 0 ||
        node->out[0] == NULL || node->out[0]->kind != HN_VALUE_TENSOR) {
        return want_identity(L, node);
    }
    if (node->in[0]->shape.rank < 0 || node->out[0]->shape.rank < 0) return want_identity(L, node);
    switch (node->op->access) {
    case HN_ACCESS_WINDOW:
        return rule_window(L, node);
    case HN_ACCESS_SAME:
        return rule_same(L, node);
    case HN_ACCESS_AXIS:
    case HN_ACCESS_CONCAT:
    case HN_ACCESS_SLICE:
    case HN_ACCESS_STRETCH:
        return rule_axis(L, node);
    case HN_ACCESS_REDUCE:
        return rule_reduce(L, node);
    case HN_ACCESS_PERMUTE:
        return rule_permute(L, node);
    case HN_ACCESS_FOLLOW:
        return rule_follow(L, node);
    case HN_ACCESS_BLOCK:
        return rule_block(L, node);
    case HN_ACCESS_RESHAPE:
        return rule_reshape(L, node);
    case HN_ACCESS_ALL:
    case HN_ACCESS_GEMM:
        break;
    }
    return want_identity(L, node);
}

hone_status hn_pass_layout(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    hn_layout L = {g, NULL, NULL, g->n_values + 64, {NULL, NULL}};
    L.of = HN_NEW_N(g->arena, hn_perm, L.capacity);
    L.moved = HN_NEW_N(g->arena, hn_value *, L.capacity);
    if (L.of == NULL || L.moved == NULL) return hn_no_memory(g->env);
    HN_TRY(hn_consumers_make(g, &L.uses));
    const uint32_t n = g->n_nodes;
    for (uint32_t i = 0; i < n; i++) HN_TRY(visit(&L, g->nodes[i]));
    for (uint32_t i = 0; i < g->n_outputs; i++) {
        hn_value *v = g->outputs[i];
        if (v->shape.rank <= 0) continue;
        const hn_perm id = hn_perm_identity(v->shape.rank);
        HN_TRY(hn_layout_want(&L, v, &id, &g->outputs[i]));
    }
    return HONE_OK;
}
