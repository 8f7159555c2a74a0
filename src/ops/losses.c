/* SPDX-License-Identifier: Apache-2.0
 * The losses of classification: minus the log-probability of each position's class (nll_loss), and
 * that of the softmax of scores (cross_entropy). Both are functions of simpler operators. The class
 * is dimension 1; a position whose target is `ignore_index` counts for nothing. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, TARGET, WEIGHT }; /* operands */

/* What one loss is made of; mask NULL: nothing is ignored. */
typedef struct loss {
    hn_value *logs, *target, *mask, *weight;
} loss;

static const char *check_operands(const hn_node *node) {
    const hn_value *x = node->in[X], *target = node->in[TARGET], *weight = hn_node_in(node, WEIGHT);
    const char *mode = hn_attr_string(node, "reduction", "mean");
    const bool is_mode =
        strcmp(mode, "mean") == 0 || strcmp(mode, "sum") == 0 || strcmp(mode, "none") == 0;
    if (!is_mode) return "a reduction that is not known";
    if (x->shape.rank < 2 || target->shape.rank != x->shape.rank - 1) {
        return "targets need one dimension less than the scores, which need two or more";
    }
    for (int32_t d = 0; d < target->shape.rank; d++) {
        const int64_t dim = x->shape.dim[d == 0 ? 0 : d + 1];
        if (target->shape.dim[d] != dim) return "targets and scores differ in their extents";
    }
    if (target->dtype != HN_DTYPE_S32 && target->dtype != HN_DTYPE_S64) {
        return "the targets are no integers";
    }
    const bool has_bad_weight =
        weight != NULL && (weight->shape.rank != 1 || weight->shape.dim[0] != x->shape.dim[1]);
    return has_bad_weight ? "there must be one weight for each class" : NULL;
}

/* The weight of each position; NULL: all 1. */
static hn_value *weights_of(hn_compose *c, const loss *l) {
    if (c->status != HONE_OK) return NULL;
    const hn_dtype dtype = l->logs->dtype;
    hn_value *w = NULL;
    if (l->weight != NULL) {
        hn_with_int(c, "axis", 0);
        w = HN_MAKE(c, gather, l->weight, l->target);
    }
    if (l->mask == NULL) return w;
    hn_value *nothing = hn_make_number(c, dtype, 0);
    return HN_MAKE(c, where, l->mask, nothing, w != NULL ? w : hn_make_number(c, dtype, 1));
}

/* Minus the log of each target's class. */
static hn_value *negative_logs(hn_compose *c, const loss *l) {
    const int64_t one = 1;
    hn_value *axis = hn_make_vector(c, &one, 1);
    hn_value *index = HN_MAKE(c, unsqueeze, l->target, axis);
    hn_with_int(c, "axis", 1);
    hn_value *picked = HN_MAKE(c, gather_elements, l->logs, index);
    return HN_MAKE(c, neg, HN_MAKE(c, squeeze, picked, axis));
}

static hn_value *sum_of_all(hn_compose *c, hn_value *v) {
    hn_with_int(c, "keepdims", 0);
    return HN_MAKE(c, reduce_sum, v);
}

static hn_value *reduced(hn_compose *c, const char *mode, hn_value *each, hn_value *weight) {
    if (weight != NULL) each = HN_MAKE(c, mul, each, weight);
    if (strcmp(mode, "none") == 0) return each;
    if (strcmp(mode, "sum") == 0) return sum_of_all(c, each);
    if (weight == NULL) {
        hn_with_int(c, "keepdims", 0);
        return HN_MAKE(c, reduce_mean, each);
    }
    if (c->status != HONE_OK) return NULL;
    weight =
        HN_MAKE(c, expand, weight, hn_make_vector(c, each->shape.dim, (uint32_t)each->shape.rank));
    return HN_MAKE(c, div, sum_of_all(c, each), sum_of_all(c, weight));
}

static hn_value *loss_of(hn_compose *c, const hn_node *node, hn_value *logs) {
    loss l = {logs, node->in[TARGET], NULL, hn_node_in(node, WEIGHT)};
    const hn_attr *ignored = hn_attr_find(node, "ignore_index");
    if (ignored != NULL && ignored->kind == HN_ATTR_INT) {
        const hn_dtype dtype = l.target->dtype;
        hn_value *which = hn_make_number(c, dtype, (double)ignored->v.i);
        l.mask = HN_MAKE(c, equal, l.target, which);
        l.target = HN_MAKE(c, where, l.mask, hn_make_number(c, dtype, 0), l.target);
    }
    hn_value *each = negative_logs(c, &l);
    return reduced(c, hn_attr_string(node, "reduction", "mean"), each, weights_of(c, &l));
}

static hone_status nll_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const char *problem = check_operands(node);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    return hn_compose_end(&c, loss_of(&c, node, node->in[X]), node);
}

static hone_status cross_entropy_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const char *problem = check_operands(node);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_with_int(&c, "axis", 1);
    hn_value *logs = HN_MAKE(&c, log_softmax, node->in[X]);
    hn_value *result = loss_of(&c, node, logs);
    hn_compose_give(&c, logs, node, 1);
    return hn_compose_end(&c, result, node);
}

const hn_op_hooks hn_hooks_nll_loss = {.shape = hn_compose_shape, .expand = nll_expand};
const hn_op_hooks hn_hooks_cross_entropy = {
    .shape = hn_compose_shape, .expand = cross_entropy_expand, .max_outputs = 2};
