/* SPDX-License-Identifier: Apache-2.0
 * Operators that ONNX Runtime's optimizer makes of several (domain com.microsoft), taken apart
 * again: products with a factor, activations with a bias, convolutions and products with an
 * activation, normalisations of a sum. The passes fuse what this engine fuses. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

/* ---- products ---- */

static hone_status fused_matmul_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const float alpha = hn_attr_float(node, "alpha", 1.0f);
    if (hn_attr_int(node, "transBatchA", 0) != 0 || hn_attr_int(node, "transBatchB", 0) != 0) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "transposed batches");
    }
    hn_with_int(&c, "trans_a", hn_attr_int(node, "trans_a", 0));
    hn_with_int(&c, "trans_b", hn_attr_int(node, "trans_b", 0));
    hn_value *y = HN_MAKE(&c, matmul, node->in[0], node->in[1]);
    if (alpha != 1.0f && c.status == HONE_OK) {
        y = HN_MAKE(&c, mul, y, hn_make_number(&c, y->dtype, (double)alpha));
    }
    return hn_compose_end(&c, y, node);
}

/* ---- activations ---- */

static hone_status bias_gelu_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = node->in[0], *bias = hn_node_in(node, 1);
    if (bias != NULL) x = HN_MAKE(&c, add, x, bias);
    hn_with_text(&c, "approximate", hn_attr_string(node, "approximate", "none"));
    return hn_compose_end(&c, HN_MAKE(&c, gelu, x), node);
}

/* The activation that attribute `activation` names, with its parameters. */
static hn_value *activated(hn_compose *c, const hn_node *node, hn_value *x) {
    static const struct {
        const char *name;
        hn_op_id op;
        const char *first, *second; /* what the parameters are */
    } rows[] = {{"Relu", HN_OP_relu, NULL, NULL},
                {"Tanh", HN_OP_tanh, NULL, NULL},
                {"Sigmoid", HN_OP_sigmoid, NULL, NULL},
                {"LeakyRelu", HN_OP_leaky_relu, "alpha", NULL},
                {"HardSigmoid", HN_OP_hard_sigmoid, "alpha", "beta"},
                {"Clip", HN_OP_clip, "clip_min", "clip_max"}};
    const char *name = hn_attr_string(node, "activation", "");
    const hn_attr *numbers = hn_attr_find(node, "activation_params");
    const uint32_t n = numbers != NULL && numbers->kind == HN_ATTR_FLOATS ? numbers->n : 0;
    if (name[0] == '\0') return x;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, name) != 0) continue;
        if (rows[i].first != NULL && n > 0) {
            hn_with_float(c, rows[i].first, numbers->v.floats[0]);
        }
        if (rows[i].second != NULL && n > 1) {
            hn_with_float(c, rows[i].second, numbers->v.floats[1]);
        }
        return hn_make(c, rows[i].op, &x, 1);
    }
    return hn_compose_fail(c, HONE_E_UNSUPPORTED, "an activation that is not known");
}

static hone_status fused_conv_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *other = hn_node_in(node, 3);
    hn_with_node(&c, node, "activation");
    hn_value *y = HN_MAKE(&c, conv, node->in[0], node->in[1], hn_node_in(node, 2));
    if (other != NULL) y = HN_MAKE(&c, add, y, other);
    return hn_compose_end(&c, activated(&c, node, y), node);
}

static hone_status fused_gemm_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_with_node(&c, node, "activation");
    hn_value *y = HN_MAKE(&c, gemm, node->in[0], node->in[1], hn_node_in(node, 2));
    return hn_compose_end(&c, activated(&c, node, y), node);
}

/* ---- normalisations ---- */

enum { X, SKIP, GAMMA }; /* operands; then beta (not of skip_rms_norm) and a bias of the sum */

static hone_status skip_norm(hn_graph *g, hn_node *node, bool is_rms) {
    hn_compose c = hn_compose_begin(g);
    hn_value *bias = hn_node_in(node, is_rms ? 3 : 4), *y;
    hn_value *sum = HN_MAKE(&c, add, node->in[X], node->in[SKIP]);
    if (bias != NULL) sum = HN_MAKE(&c, add, sum, bias);
    hn_with_float(&c, "epsilon", hn_attr_float(node, "epsilon", 1e-12f));
    hn_with_int(&c, "axis", -1);
    if (is_rms) {
        y = HN_MAKE(&c, rms_norm, sum, node->in[GAMMA]);
    } else {
        y = HN_MAKE(&c, layer_norm, sum, node->in[GAMMA], hn_node_in(node, 3));
    }
    for (uint32_t i = 1; i < node->n_out && i < 3; i++) {
        if (node->out[i] == NULL) continue;
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "output %u is not supported", i);
    }
    hn_compose_give(&c, sum, node, 3);
    return hn_compose_end(&c, y, node);
}

static hone_status skip_norm_expand(hn_graph *g, hn_node *node) {
    return skip_norm(g, node, false);
}

static hone_status skip_rms_norm_expand(hn_graph *g, hn_node *node) {
    return skip_norm(g, node, true);
}

enum { WORDS, SEGMENTS, WORD_TABLE, PLACE_TABLE, SEGMENT_TABLE, SCALE, SHIFT, WORD_MASK, PLACES };

static hn_value *rows_of(hn_compose *c, hn_value *table, hn_value *ids) {
    hn_with_int(c, "axis", 0);
    return HN_MAKE(c, gather, table, ids);
}

static hone_status embed_norm_expand(hn_graph *g, hn_node *node) {
    static const uint32_t needed[] = {WORD_TABLE, PLACE_TABLE, SCALE, SHIFT};
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++) {
        if (hn_node_in(node, needed[i]) != NULL) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "operand %u is missing", needed[i]);
    }
    hn_compose c = hn_compose_begin(g);
    hn_value *segments = hn_node_in(node, SEGMENTS), *places = hn_node_in(node, PLACES);
    hn_value *mask = hn_node_in(node, WORD_MASK);
    const hn_shape *ids = &node->in[WORDS]->shape;
    const int64_t last = 1;
    if (ids->rank != 2) return hn_fail(g->env, HONE_E_SHAPE, "the words are not [batch, n]");
    const int64_t batch = ids->dim[0], n = ids->dim[1];
    hn_value *sum = rows_of(&c, node->in[WORD_TABLE], node->in[WORDS]);
    if (places != NULL) {
        places = rows_of(&c, node->in[PLACE_TABLE], places);
    } else {
        places = hn_make_slice(&c, node->in[PLACE_TABLE], 0, (const int64_t[]){0, n});
    }
    sum = HN_MAKE(&c, add, sum, places);
    if (segments != NULL && hn_node_in(node, SEGMENT_TABLE) != NULL) {
        sum = HN_MAKE(&c, add, sum, rows_of(&c, node->in[SEGMENT_TABLE], segments));
    }
    hn_with_float(&c, "epsilon", hn_attr_float(node, "epsilon", 1e-12f));
    hn_with_int(&c, "axis", -1);
    hn_value *y = HN_MAKE(&c, layer_norm, sum, node->in[SCALE], node->in[SHIFT]);
    if (mask != NULL) {
        hn_value *axes = hn_make_vector(&c, &last, 1);
        hn_with_int(&c, "keepdims", 0);
        mask = HN_MAKE(&c, reduce_sum, mask, axes);
    } else {
        mask =
            HN_MAKE(&c, expand, hn_make_number(&c, HN_DTYPE_S32, 0), hn_make_vector(&c, &batch, 1));
    }
    hn_compose_give(&c, mask, node, 1);
    hn_compose_give(&c, sum, node, 2);
    return hn_compose_end(&c, y, node);
}

#define FUNCTION(name, outputs)                                                                    \
    const hn_op_hooks hn_hooks_##name = {                                                          \
        .shape = hn_compose_shape, .expand = name##_expand, .max_outputs = (outputs)}
FUNCTION(fused_matmul, 1);
FUNCTION(bias_gelu, 1);
FUNCTION(fused_conv, 1);
FUNCTION(fused_gemm, 1);
FUNCTION(skip_norm, 4);
FUNCTION(skip_rms_norm, 4);
FUNCTION(embed_norm, 3);
