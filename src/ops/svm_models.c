/* SPDX-License-Identifier: Apache-2.0
 * SVMRegressor and SVMClassifier of ai.onnx.ml as functions of svm_scores, with ONNX Runtime's
 * answers where the standard is silent: a classifier's scores are the probabilities of classes
 * where it has prob_a and prob_b, else the sums of the pairs (of two classes that of the second,
 * and its opposite); labels go by votes. Without support vectors both are linear. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/post_transform.h"

static hn_value *number(hn_compose *c, double v) {
    return hn_make_number(c, HN_DTYPE_F32, v);
}

static const hn_attr *floats_of(const hn_node *node, const char *name) {
    const hn_attr *attr = hn_attr_find(node, name);
    return attr != NULL && attr->kind == HN_ATTR_FLOATS && attr->n > 0 ? attr : NULL;
}

/* Rows of f32: a vector is one row. */
static hn_value *rows_of(hn_compose *c, const hn_node *node) {
    hn_value *x = hn_make_cast(c, node->in[0], HN_DTYPE_F32);
    if (c->status != HONE_OK || x->shape.rank != 1) return x;
    return hn_make_reshape(c, x, (const int64_t[]){1, x->shape.dim[0]}, 2);
}

/* x times the coefficients of each target, and the one rho. */
static hn_value *linear_scores(hn_compose *c, const hn_node *node, hn_value *x, int64_t targets) {
    const hn_attr *weights = floats_of(node, "coefficients"), *rho = floats_of(node, "rho");
    if (c->status != HONE_OK) return NULL;
    const int64_t features = x->shape.rank == 2 ? x->shape.dim[1] : -1;
    if (weights == NULL || rho == NULL || targets < 1 || features < 1 ||
        weights->n % targets != 0 || (int64_t)weights->n / targets != features) {
        return hn_compose_fail(c, HONE_E_SHAPE, "coefficients do not fit features and classes");
    }
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){targets, features});
    hn_value *w = hn_make_floats(c, &shape, weights->v.floats);
    hn_with_int(c, "trans_b", 1);
    hn_value *y = HN_MAKE(c, matmul, x, w);
    return HN_MAKE(c, add, y, number(c, (double)rho->v.floats[0]));
}

static hone_status regressor_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = rows_of(&c, node), *y;
    const int64_t n_supports = hn_attr_int(node, "n_supports", 0);
    const hn_attr *weights = floats_of(node, "coefficients");
    if (n_supports > 0 && (weights == NULL || (int64_t)weights->n != n_supports)) {
        return hn_fail(g->env, HONE_E_SHAPE, "there are not n_supports coefficients");
    }
    if (n_supports > 0) {
        hn_with_node(&c, node, "vectors_per_class");
        y = HN_MAKE(&c, svm_scores, x);
    } else {
        y = linear_scores(&c, node, x, 1);
    }
    if (hn_attr_int(node, "one_class", 0) != 0) {
        hn_value *is_in = HN_MAKE(&c, greater, y, number(&c, 0));
        y = HN_MAKE(&c, where, is_in, number(&c, 1), number(&c, -1));
    }
    return hn_compose_end(&c, y, node);
}

/* ---- classifier ---- */

static hn_value *best_of(hn_compose *c, hn_value *v) {
    hn_with_int(c, "axis", 1);
    hn_with_int(c, "keepdims", 0);
    return HN_MAKE(c, arg_max, v);
}

/* Both scores of two classes from the one of their pair. */
static hn_value *both_scores(hn_compose *c, const hn_node *node, hn_value *s) {
    const char *transform = hn_attr_string(node, "post_transform", "NONE");
    const bool is_softmax = strncmp(transform, "SOFTMAX", 7) == 0;
    hn_value *other = is_softmax ? HN_MAKE(c, sub, number(c, 1), s) : HN_MAKE(c, neg, s);
    hn_with_int(c, "axis", 1);
    hn_value *both = HN_MAKE(c, concat, other, s);
    return is_softmax ? both : hn_make_transform(c, transform, both);
}

static hn_value *pair_scores(hn_compose *c, const hn_node *node, int64_t n, hn_value **best) {
    const hn_attr *a = floats_of(node, "prob_a"), *b = floats_of(node, "prob_b");
    hn_with_node(c, node, "post_transform");
    hn_with_outputs(c, 2);
    hn_value *s = HN_MAKE(c, svm_scores, rows_of(c, node));
    *best = best_of(c, hn_make_output(c, 1));
    if (a == NULL && n == 2) return both_scores(c, node, s);
    if (a != NULL) {
        hn_with_attr(c, a);
        if (b != NULL) hn_with_attr(c, b);
        hn_with_int(c, "classes", n);
        s = HN_MAKE(c, pair_probabilities, s);
    }
    return hn_make_post_transform(c, node, s);
}

static bool has_negative(const hn_attr *list) {
    for (uint32_t i = 0; list != NULL && i < list->n; i++) {
        if (list->v.floats[i] < 0) return true;
    }
    return false;
}

/* Of two classes the second is chosen as soon as a score is above 0, or a half where all
 * coefficients are positive. */
static hn_value *class_scores(hn_compose *c, const hn_node *node, int64_t n, hn_value **best) {
    const hn_attr *weights = floats_of(node, "coefficients");
    const int64_t axis = 1;
    hn_value *s = linear_scores(c, node, rows_of(c, node), n);
    *best = best_of(c, s);
    if (n == 2) {
        hn_with_int(c, "keepdims", 0);
        hn_value *most = HN_MAKE(c, reduce_max, s, hn_make_vector(c, &axis, 1));
        hn_value *is_second = has_negative(weights)
                                  ? HN_MAKE(c, greater, most, number(c, 0))
                                  : HN_MAKE(c, greater_equal, most, number(c, 0.5));
        *best = HN_MAKE(c, where, is_second, hn_make_number(c, HN_DTYPE_S64, 1), *best);
    }
    return hn_make_post_transform(c, node, s);
}

static hone_status classifier_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_attr *labels = hn_attr_find(node, "classlabels_ints");
    const hn_attr *vectors = floats_of(node, "support_vectors");
    const hn_attr *counts = hn_attr_find(node, "vectors_per_class");
    hn_value *best = NULL, *scores;
    if (labels == NULL) labels = hn_attr_find(node, "classlabels_strings");
    const int64_t n = labels != NULL ? (int64_t)labels->n : 0;
    if (vectors != NULL && (counts == NULL || (int64_t)counts->n != n)) {
        return hn_fail(g->env, HONE_E_SHAPE, "vectors_per_class does not fit the classes");
    }
    if (n < 2) return hn_fail(g->env, HONE_E_UNSUPPORTED, "a machine of less than two classes");
    scores = vectors != NULL ? pair_scores(&c, node, n, &best) : class_scores(&c, node, n, &best);
    hn_with_node(&c, node, "post_transform");
    hn_value *label = HN_MAKE(&c, class_label, best);
    hn_compose_give(&c, scores, node, 1);
    return hn_compose_end(&c, label, node);
}

const hn_op_hooks hn_hooks_svm_regressor = {.shape = hn_compose_shape, .expand = regressor_expand};
const hn_op_hooks hn_hooks_svm_classifier = {
    .shape = hn_compose_shape, .expand = classifier_expand, .max_outputs = 2};
