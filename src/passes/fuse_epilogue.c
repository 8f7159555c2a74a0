/* SPDX-License-Identifier: Apache-2.0
 * What follows a float convolution moves into it: a function (sigmoid, x sigmoid(x), hard swish,
 * leaky relu), then the sum with a value of the same shape, with that sum's activation. Only where
 * nobody else reads what lies between. A sum of two convolutions goes into the later one. After
 * layout, when values of one shape lie in one order. */
#include "passes/pass.h"

#include <string.h>

static bool is_plain(const hn_node *node) {
    return hn_attr_string(node, "activation", "")[0] == '\0';
}

/* A float convolution that ends with its sums; NULL: not one. */
static hn_node *open_conv(const hn_value *v) {
    hn_node *conv = hn_producer_of(v, HN_OP_conv);
    if (conv == NULL || conv->provider != NULL || v->dtype != HN_DTYPE_F32 || !is_plain(conv)) {
        return NULL;
    }
    const bool is_float = conv->in[0]->dtype == HN_DTYPE_F32 && conv->in[1]->dtype == HN_DTYPE_F32;
    const bool has_addend = conv->n_in > 3 && conv->in[3] != NULL;
    return is_float && conv->in[0]->shape.rank <= 4 && !has_addend ? conv : NULL;
}

static bool has_function(const hn_node *conv) {
    return hn_attr_string(conv, "function", "")[0] != '\0';
}

static hone_status set_function(hn_graph *g, hn_node *conv, const char *name, float alpha) {
    if (!hn_attr_set_string(g, conv, "function", name) ||
        !hn_attr_set_float(g, conv, "function_alpha", alpha)) {
        return hn_no_memory(g->env);
    }
    return HONE_OK;
}

static hone_status try_unary(hn_graph *g, const hn_consumers *uses, hn_node *node) {
    float alpha = 0.0f;
    hn_node *conv = open_conv(node->in[0]);
    if (conv == NULL || has_function(conv) || !is_plain(node)) return HONE_OK;
    if (hn_single_consumer(g, uses, node->in[0]) != node) return HONE_OK;
    if (node->op == hn_op_at(HN_OP_leaky_relu)) alpha = hn_attr_float(node, "alpha", 0.01f);
    if (node->op == hn_op_at(HN_OP_swish) && hn_attr_float(node, "alpha", 1.0f) != 1.0f) {
        return HONE_OK;
    }
    HN_TRY(set_function(g, conv, node->op->name, alpha));
    return hn_fuse_into(g, conv, node);
}

/* y sigmoid(y), written as two nodes. */
static hone_status try_product(hn_graph *g, const hn_consumers *uses, hn_node *mul, bool *done) {
    *done = false;
    for (uint32_t side = 0; side < 2; side++) {
        hn_value *y = mul->in[side];
        hn_node *sigmoid = hn_producer_of(mul->in[1 - side], HN_OP_sigmoid);
        if (sigmoid == NULL || sigmoid->in[0] != y || !is_plain(sigmoid)) continue;
        hn_node *conv = open_conv(y);
        const uint32_t n_uses = uses->start[y->id + 1] - uses->start[y->id];
        if (conv == NULL || has_function(conv) || n_uses != 2 || hn_is_graph_output(g, y)) continue;
        if (hn_single_consumer(g, uses, sigmoid->out[0]) != mul) continue;
        HN_TRY(set_function(g, conv, "swish", 1.0f));
        if (!hn_origin_add(g, &conv->origin, &sigmoid->origin)) return hn_no_memory(g->env);
        hn_node_kill(sigmoid);
        HN_TRY(hn_fuse_into(g, conv, mul));
        *done = true;
        return HONE_OK;
    }
    return HONE_OK;
}

static hone_status take_activation(hn_graph *g, hn_node *conv, const hn_node *from) {
    static const char *const bounds[] = {"clip_min", "clip_max"};
    const char *name = hn_attr_string(from, "activation", "");
    if (name[0] == '\0') return HONE_OK;
    bool is_set = hn_attr_set_string(g, conv, "activation", name);
    for (int i = 0; i < 2; i++) {
        if (hn_attr_find(from, bounds[i]) == NULL) continue;
        const float v = hn_attr_float(from, bounds[i], 0.0f);
        is_set = is_set && hn_attr_set_float(g, conv, bounds[i], v);
    }
    return is_set ? HONE_OK : hn_no_memory(g->env);
}

/* Does every output see all channels of the image, which come last by now? */
static bool is_whole(const hn_node *conv) {
    const hn_shape *x = &conv->in[0]->shape, *w = &conv->in[1]->shape;
    const char *layout = hn_attr_string(conv, "kernel_layout", "oihw");
    if (strcmp(layout, "1hwo") == 0) return false;
    const int64_t channels = w->dim[strcmp(layout, "ohwi") == 0 ? w->rank - 1 : 1];
    return channels == x->dim[x->rank - 1];
}

/* Can the sum take place at the end of the convolution that makes this side? */
static hn_node *side_conv(const hn_graph *g, const hn_consumers *uses, const hn_node *add,
                          uint32_t side) {
    const hn_value *v = add->in[side], *other = add->in[1 - side];
    hn_node *conv = open_conv(v);
    if (conv == NULL || hn_single_consumer(g, uses, v) != add) return NULL;
    if (!is_whole(conv)) return NULL;
    if (other->constant != NULL || other->is_state || other->dtype != HN_DTYPE_F32) return NULL;
    return hn_shape_equal(&v->shape, &other->shape) ? conv : NULL;
}

static hone_status try_sum(hn_graph *g, const hn_consumers *uses, hn_node *add,
                           const uint32_t *place) {
    hn_node *first = side_conv(g, uses, add, 0), *second = side_conv(g, uses, add, 1);
    const bool is_second =
        first == NULL || (second != NULL && place[second->id] > place[first->id]);
    hn_node *conv = is_second ? second : first;
    if (conv == NULL) return HONE_OK;
    hn_value **in = HN_NEW_N(g->arena, hn_value *, 4);
    if (in == NULL) return hn_no_memory(g->env);
    for (uint32_t k = 0; k < conv->n_in && k < 3; k++) in[k] = conv->in[k];
    in[3] = add->in[is_second ? 0 : 1];
    conv->in = in;
    conv->n_in = 4;
    HN_TRY(take_activation(g, conv, add));
    return hn_fuse_into(g, conv, add);
}

static hone_status try_node(hn_graph *g, const hn_consumers *uses, hn_node *node,
                            const uint32_t *place) {
    const hn_op *op = node->op;
    if (op == hn_op_at(HN_OP_sigmoid) || op == hn_op_at(HN_OP_swish) ||
        op == hn_op_at(HN_OP_hard_swish) || op == hn_op_at(HN_OP_leaky_relu)) {
        return try_unary(g, uses, node);
    }
    bool done;
    if (op == hn_op_at(HN_OP_mul) && is_plain(node)) return try_product(g, uses, node, &done);
    return op == hn_op_at(HN_OP_add) ? try_sum(g, uses, node, place) : HONE_OK;
}

hone_status hn_pass_fuse_epilogue(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    hn_consumers uses;
    HN_TRY(hn_consumers_make(g, &uses));
    uint32_t *place = HN_NEW_N(g->arena, uint32_t, (uint64_t)g->next_node_id + 1);
    if (place == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 0; i < g->n_nodes; i++) place[g->nodes[i]->id] = i;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        if (node->is_dead || node->provider != NULL || node->arith != HN_ARITH_NONE) continue;
        HN_TRY(try_node(g, &uses, node, place));
    }
    return HONE_OK;
}
