/* SPDX-License-Identifier: Apache-2.0
 * Models and steps of ai.onnx.ml that are functions of simpler operators: scaling, thresholds,
 * norms of rows, chosen features, linear regression and classification. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/post_transform.h"

static const hn_attr *floats_of(const hn_node *node, const char *name) {
    const hn_attr *attr = hn_attr_find(node, name);
    return attr != NULL && attr->kind == HN_ATTR_FLOATS ? attr : NULL;
}

static hn_value *constant_of(hn_compose *c, const hn_attr *list, int64_t rows, int64_t columns) {
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){rows, columns});
    return hn_make_floats(c, &shape, list->v.floats);
}

/* ---- scaler, binarizer, normalizer, array_feature_extractor ---- */

static hone_status scaler_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_attr *offset = floats_of(node, "offset"), *scale = floats_of(node, "scale");
    const hn_shape *x = &node->in[0]->shape;
    const int64_t last = x->rank > 0 ? x->dim[x->rank - 1] : 1;
    const hn_attr *const lists[2] = {offset, scale};
    hn_value *y = hn_make_cast(&c, node->in[0], HN_DTYPE_F32);
    for (int i = 0; i < 2; i++) {
        if (lists[i] == NULL || (lists[i]->n != 1 && (int64_t)lists[i]->n != last)) {
            return hn_fail(g->env, HONE_E_SHAPE, "offset or scale do not fit the features");
        }
        const int64_t n = lists[i]->n;
        const hn_shape shape = hn_shape_of(1, &n);
        hn_value *v = hn_make_floats(&c, &shape, lists[i]->v.floats);
        y = i == 0 ? HN_MAKE(&c, sub, y, v) : HN_MAKE(&c, mul, y, v);
    }
    return hn_compose_end(&c, y, node);
}

static hone_status binarizer_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = node->in[0];
    const double threshold = (double)hn_attr_float(node, "threshold", 0.0f);
    hn_value *is_above = HN_MAKE(&c, greater, x, hn_make_number(&c, x->dtype, threshold));
    return hn_compose_end(&c, hn_make_cast(&c, is_above, x->dtype), node);
}

/* A row whose norm is 0 stays. */
static hone_status normalizer_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const char *norm = hn_attr_string(node, "norm", "MAX");
    const int64_t last = -1;
    hn_value *x = hn_make_cast(&c, node->in[0], HN_DTYPE_F32), *length;
    hn_value *axes = hn_make_vector(&c, &last, 1);
    if (strcmp(norm, "MAX") == 0) {
        length = HN_MAKE(&c, reduce_max, x, axes);
    } else if (strcmp(norm, "L1") == 0) {
        length = HN_MAKE(&c, reduce_l1, x, axes);
    } else if (strcmp(norm, "L2") == 0) {
        length = HN_MAKE(&c, reduce_l2, x, axes);
    } else {
        return hn_fail(g->env, HONE_E_SHAPE, "a norm that is not known");
    }
    hn_value *zero = hn_make_number(&c, HN_DTYPE_F32, 0);
    hn_value *is_zero = HN_MAKE(&c, equal, length, zero);
    length = HN_MAKE(&c, where, is_zero, hn_make_number(&c, HN_DTYPE_F32, 1), length);
    return hn_compose_end(&c, HN_MAKE(&c, div, x, length), node);
}

static hone_status features_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = node->in[0], *at = node->in[1];
    const int64_t n = hn_shape_product(&at->shape, 0, at->shape.rank);
    if (x->shape.rank < 1) return hn_fail(g->env, HONE_E_SHAPE, "the input has no features");
    if (x->shape.rank == 1) {
        x = hn_make_reshape(&c, x, (const int64_t[]){1, x->shape.dim[0]}, 2);
    }
    at = hn_make_reshape(&c, at, &n, 1);
    hn_with_int(&c, "axis", -1);
    return hn_compose_end(&c, HN_MAKE(&c, gather, x, at), node);
}

/* ---- linear models ---- */

/* [n, targets] scores of [n, features]. */
static hn_value *linear_scores(hn_compose *c, const hn_node *node, int64_t targets) {
    const hn_attr *weights = floats_of(node, "coefficients"), *bias = floats_of(node, "intercepts");
    const hn_shape *x = &node->in[0]->shape;
    const int64_t features = x->rank == 2 ? x->dim[1] : -1;
    if (weights == NULL || targets < 1 || features < 1 || targets > INT32_MAX / features ||
        (int64_t)weights->n != targets * features ||
        (bias != NULL && (int64_t)bias->n != targets)) {
        return hn_compose_fail(c, HONE_E_SHAPE, "coefficients do not fit features and targets");
    }
    hn_value *w = constant_of(c, weights, targets, features);
    hn_value *y = hn_make_cast(c, node->in[0], HN_DTYPE_F32);
    hn_with_int(c, "trans_b", 1);
    y = HN_MAKE(c, matmul, y, w);
    return bias != NULL ? HN_MAKE(c, add, y, constant_of(c, bias, 1, targets)) : y;
}

static hone_status regressor_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *y = linear_scores(&c, node, hn_attr_int(node, "targets", 1));
    return hn_compose_end(&c, hn_make_post_transform(&c, node, y), node);
}

static hone_status classifier_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_attr *labels = hn_attr_find(node, "classlabels_ints");
    if (labels == NULL) labels = hn_attr_find(node, "classlabels_strings");
    const int64_t n = labels != NULL ? (int64_t)labels->n : 0;
    hn_value *scores = linear_scores(&c, node, n);
    hn_with_int(&c, "axis", 1);
    hn_with_int(&c, "keepdims", 0);
    hn_value *best = HN_MAKE(&c, arg_max, scores);
    hn_with_node(&c, node, "coefficients");
    hn_value *label = HN_MAKE(&c, class_label, best);
    hn_compose_give(&c, hn_make_post_transform(&c, node, scores), node, 1);
    return hn_compose_end(&c, label, node);
}

#define FUNCTION(name, hook, outputs)                                                              \
    const hn_op_hooks hn_hooks_##name = {                                                          \
        .shape = hn_compose_shape, .expand = hook##_expand, .max_outputs = (outputs)}
FUNCTION(scaler, scaler, 1);
FUNCTION(binarizer, binarizer, 1);
FUNCTION(normalizer, normalizer, 1);
FUNCTION(feature_extractor, features, 1);
FUNCTION(linear_regressor, regressor, 1);
FUNCTION(linear_classifier, classifier, 2);
