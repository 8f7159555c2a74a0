/* SPDX-License-Identifier: Apache-2.0
 * The models of ai.onnx.ml made of trees, as functions of tree_scores: a regressor is the scores
 * transformed, a classifier the best class's label and the scores. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/post_transform.h"

static hn_value *scores_of(hn_compose *c, hn_node *node) {
    hn_value *x = hn_make_cast(c, node->in[0], HN_DTYPE_F32);
    hn_with_node(c, node, "post_transform");
    return HN_MAKE(c, tree_scores, x);
}

static hone_status regressor_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    return hn_compose_end(&c, hn_make_post_transform(&c, node, scores_of(&c, node)), node);
}

/* The only class that votes are for; -1: there are several. */
static int64_t only_class(const hn_node *node) {
    const hn_attr *ids = hn_attr_find(node, "class_ids");
    if (ids == NULL || ids->kind != HN_ATTR_INTS || ids->n == 0) return -1;
    for (uint32_t i = 1; i < ids->n; i++) {
        if (ids->v.ints[i] != ids->v.ints[0]) return -1;
    }
    return ids->v.ints[0];
}

static bool has_negative(const hn_node *node) {
    const hn_attr *weights = hn_attr_find(node, "class_weights");
    for (uint32_t i = 0; weights != NULL && weights->kind == HN_ATTR_FLOATS && i < weights->n;
         i++) {
        if (weights->v.floats[i] < 0) return true;
    }
    return false;
}

/* Two classes, as ONNX Runtime has them: the second is chosen where its score is above 0, or, where
 * votes are for one class and all positive, above a half. With votes for the first only, they count
 * for the second, and the first's score is what is missing to 1, or minus the second's. */
static hn_value *two_classes(hn_compose *c, const hn_node *node, hn_value **scores) {
    const int64_t one = only_class(node), from = one == 0 ? 0 : 1, axis = 1;
    const bool is_positive = !has_negative(node);
    const float least = one >= 0 && is_positive ? 0.5f : 0.0f;
    hn_value *s = hn_make_slice(c, *scores, 1, (const int64_t[]){from, from + 1}), *other;
    hn_value *is_second = HN_MAKE(c, greater, s, hn_make_number(c, HN_DTYPE_F32, (double)least));
    hn_value *best = hn_make_cast(c, is_second, HN_DTYPE_S64);
    best = HN_MAKE(c, squeeze, best, hn_make_vector(c, &axis, 1));
    if (one != 0) {
        *scores = hn_make_post_transform(c, node, *scores);
        return best;
    }
    if (is_positive) {
        other = HN_MAKE(c, sub, hn_make_number(c, HN_DTYPE_F32, 1), s);
    } else {
        other = HN_MAKE(c, neg, s);
    }
    hn_with_int(c, "axis", 1);
    *scores = HN_MAKE(c, concat, other, s);
    if (!is_positive) *scores = hn_make_post_transform(c, node, *scores);
    return best;
}

static hone_status classifier_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *scores = scores_of(&c, node), *best;
    if (c.status != HONE_OK) return c.status;
    if (scores->shape.dim[1] == 2) {
        best = two_classes(&c, node, &scores);
    } else {
        hn_with_int(&c, "axis", 1);
        hn_with_int(&c, "keepdims", 0);
        best = HN_MAKE(&c, arg_max, scores);
        scores = hn_make_post_transform(&c, node, scores);
    }
    hn_with_node(&c, node, "post_transform");
    hn_value *label = HN_MAKE(&c, class_label, best);
    hn_compose_give(&c, scores, node, 1);
    return hn_compose_end(&c, label, node);
}

const hn_op_hooks hn_hooks_tree_regressor = {.shape = hn_compose_shape, .expand = regressor_expand};
const hn_op_hooks hn_hooks_tree_classifier = {
    .shape = hn_compose_shape, .expand = classifier_expand, .max_outputs = 2};
