/* SPDX-License-Identifier: Apache-2.0
 * tree_ensemble: TreeEnsemble of ai.onnx.ml 5, which has lists of branches and of leaves and names
 * the roots. It becomes tree_scores, whose lists hold the nodes of a tree together: from each root
 * the nodes that it reaches get numbers as they are found. A branch by membership in a set is a
 * chain of comparisons with its members, which all lead to the same child. */
#include <math.h>
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/post_transform.h"

enum { MEMBER = 6, N_MODES };

/* What the file says: branches (n of them), leaves, sets. */
typedef struct forest5 {
    uint32_t n, n_leaves, n_members, n_roots;
    const int64_t *roots, *features, *yes, *no, *yes_is_leaf, *no_is_leaf, *nan_is_true, *targets;
    int64_t *modes;
    float *splits, *weights, *members;
    uint32_t *set; /* of a branch: the first of its members; set[n + i]: how many */
} forest5;

/* The lists of tree_scores, with room for `most` nodes. */
typedef struct lists {
    int64_t *tree, *id, *feature, *yes, *no, *nan_is_true, *leaf_tree, *leaf_id, *target;
    float *split, *weight;
    const char **mode;
    uint32_t n, n_votes, most;
} lists;

/* Numbers of branches and leaves in the tree at hand (stamp: which), and those still to be written.
 */
typedef struct walk {
    const forest5 *f;
    lists *to;
    uint32_t *stamp, *number, *open; /* a leaf's place is n + its index */
    uint32_t n_open, tree, first;
} walk;

static const char *read_ints(const hn_node *node, const char *name, uint32_t n,
                             const int64_t **out) {
    const hn_attr *attr = hn_attr_find(node, name);
    if (attr == NULL || attr->kind != HN_ATTR_INTS || attr->n != n) return name;
    *out = attr->v.ints;
    return NULL;
}

/* The elements of a tensor as f32; *n 0 where there is none. */
static hone_status read_floats(hn_graph *g, const hn_node *node, const char *name, float **out,
                               uint32_t *n) {
    const hn_attr *attr = hn_attr_find(node, name);
    uint64_t count = 0;
    *n = 0;
    if (attr == NULL) return HONE_OK;
    if (attr->kind != HN_ATTR_TENSOR || !hn_shape_count(&attr->v.tensor->shape, &count) ||
        count > INT32_MAX) {
        return hn_fail(g->env, HONE_E_SHAPE, "%s is no tensor", name);
    }
    *out = HN_NEW_N(g->arena, float, count);
    if (*out == NULL) return hn_no_memory(g->env);
    *n = (uint32_t)count;
    return hn_constant_read_f32(g, attr->v.tensor, *out, count);
}

static hone_status read_modes(hn_graph *g, const hn_node *node, forest5 *f) {
    const hn_attr *attr = hn_attr_find(node, "nodes_modes");
    uint64_t n = 0;
    if (attr == NULL || attr->kind != HN_ATTR_TENSOR ||
        !hn_shape_count(&attr->v.tensor->shape, &n) || n < 1 || n > INT32_MAX) {
        return hn_fail(g->env, HONE_E_SHAPE, "there are no branches");
    }
    f->n = (uint32_t)n;
    f->modes = HN_NEW_N(g->arena, int64_t, n);
    f->set = HN_NEW_N(g->arena, uint32_t, 2 * n);
    if (f->modes == NULL || f->set == NULL) return hn_no_memory(g->env);
    HN_TRY(hn_constant_read_s64(g, attr->v.tensor, f->modes, n));
    for (uint64_t i = 0; i < n; i++) {
        if (f->modes[i] >= 0 && f->modes[i] < N_MODES) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "a mode that is not known");
    }
    return HONE_OK;
}

/* Sets come in the order of the branches that ask for them, a NaN behind each. */
static void find_sets(forest5 *f) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < f->n; i++) {
        if (f->modes[i] != MEMBER) continue;
        f->set[i] = at;
        while (at < f->n_members && !isnan(f->members[at])) at++;
        f->set[f->n + i] = at - f->set[i];
        if (at < f->n_members) at++;
    }
}

static bool are_children(const forest5 *f, const int64_t *child, const int64_t *is_leaf) {
    for (uint32_t i = 0; i < f->n; i++) {
        const int64_t end = is_leaf[i] != 0 ? f->n_leaves : f->n;
        if (child[i] < 0 || child[i] >= end) return false;
    }
    return true;
}

/* Every branch hangs from one place: it is a root, or a child of one branch. So no tree goes in
 * circles. */
static hone_status check_trees(hn_graph *g, const forest5 *f) {
    bool *is_held = HN_NEW_N(g->arena, bool, f->n);
    if (is_held == NULL) return hn_no_memory(g->env);
    bool is_tree = true;
    for (uint32_t i = 0; i < f->n_roots; i++) {
        if (is_held[f->roots[i]]) is_tree = false;
        is_held[f->roots[i]] = true;
    }
    for (uint32_t i = 0; i < 2 * f->n; i++) {
        const uint32_t at = i / 2;
        const bool is_leaf = (i % 2 == 0 ? f->yes_is_leaf : f->no_is_leaf)[at] != 0;
        const int64_t child = (i % 2 == 0 ? f->yes : f->no)[at];
        if (is_leaf) continue;
        if (is_held[child]) is_tree = false;
        is_held[child] = true;
    }
    return is_tree ? HONE_OK : hn_fail(g->env, HONE_E_SHAPE, "a branch is in two places");
}

static hone_status read_forest(hn_graph *g, const hn_node *node, forest5 *f) {
    const hn_attr *roots = hn_attr_find(node, "tree_roots");
    const char *missing = NULL;
    uint32_t n_splits;
    HN_TRY(read_modes(g, node, f));
    HN_TRY(read_floats(g, node, "nodes_splits", &f->splits, &n_splits));
    HN_TRY(read_floats(g, node, "leaf_weights", &f->weights, &f->n_leaves));
    HN_TRY(read_floats(g, node, "membership_values", &f->members, &f->n_members));
    if (n_splits != f->n) missing = "nodes_splits";
    if (missing == NULL) missing = read_ints(node, "nodes_featureids", f->n, &f->features);
    if (missing == NULL) missing = read_ints(node, "nodes_truenodeids", f->n, &f->yes);
    if (missing == NULL) missing = read_ints(node, "nodes_falsenodeids", f->n, &f->no);
    if (missing == NULL) missing = read_ints(node, "nodes_trueleafs", f->n, &f->yes_is_leaf);
    if (missing == NULL) missing = read_ints(node, "nodes_falseleafs", f->n, &f->no_is_leaf);
    if (missing == NULL) missing = read_ints(node, "leaf_targetids", f->n_leaves, &f->targets);
    if (missing == NULL && hn_attr_find(node, "nodes_missing_value_tracks_true") != NULL) {
        missing = read_ints(node, "nodes_missing_value_tracks_true", f->n, &f->nan_is_true);
    }
    if (roots == NULL || roots->kind != HN_ATTR_INTS) missing = "tree_roots";
    if (missing != NULL) {
        return hn_fail(g->env, HONE_E_SHAPE, "%s is missing or of another length", missing);
    }
    f->roots = roots->v.ints;
    f->n_roots = roots->n;
    for (uint32_t i = 0; i < f->n_roots; i++) {
        if (f->roots[i] >= 0 && f->roots[i] < f->n) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "a root that is no branch");
    }
    if (!are_children(f, f->yes, f->yes_is_leaf) || !are_children(f, f->no, f->no_is_leaf)) {
        return hn_fail(g->env, HONE_E_SHAPE, "a child that is not there");
    }
    HN_TRY(check_trees(g, f));
    find_sets(f);
    return HONE_OK;
}

/* ---- the other lists ---- */

static hone_status lists_new(hn_graph *g, const forest5 *f, lists *to) {
    const uint64_t most = 2 * ((uint64_t)f->n + f->n_members + f->n_leaves);
    int64_t **const numbers[] = {&to->tree,      &to->id,      &to->feature,
                                 &to->yes,       &to->no,      &to->nan_is_true,
                                 &to->leaf_tree, &to->leaf_id, &to->target};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        *numbers[i] = HN_NEW_N(g->arena, int64_t, most);
        if (*numbers[i] == NULL) return hn_no_memory(g->env);
    }
    to->split = HN_NEW_N(g->arena, float, most);
    to->weight = HN_NEW_N(g->arena, float, most);
    to->mode = HN_NEW_N(g->arena, const char *, most);
    to->most = (uint32_t)(most < UINT32_MAX ? most : UINT32_MAX);
    const bool has_all = to->split != NULL && to->weight != NULL && to->mode != NULL;
    return has_all ? HONE_OK : hn_no_memory(g->env);
}

/* Nodes that place `at` becomes. */
static uint32_t size_of(const forest5 *f, uint32_t at) {
    const bool is_chain = at < f->n && f->modes[at] == MEMBER && f->set[f->n + at] > 1;
    return is_chain ? f->set[f->n + at] : 1;
}

/* The number of place `at` in this tree; false: no room. */
static bool number_of(walk *w, uint32_t at, int64_t *out) {
    if (w->stamp[at] != w->tree + 1) {
        const uint32_t size = size_of(w->f, at);
        if (size > w->to->most - w->to->n) return false;
        w->stamp[at] = w->tree + 1;
        w->number[at] = w->to->n - w->first;
        w->to->n += size;
        w->open[w->n_open++] = at;
    }
    *out = w->number[at];
    return true;
}

static void put_node(walk *w, uint32_t number, const char *mode, float split) {
    lists *to = w->to;
    const uint32_t at = w->first + number;
    to->tree[at] = w->tree;
    to->id[at] = number;
    to->mode[at] = mode;
    to->split[at] = split;
}

static void put_leaf(walk *w, uint32_t number, uint32_t leaf) {
    lists *to = w->to;
    const uint32_t vote = to->n_votes++;
    put_node(w, number, "LEAF", 0.0f);
    to->leaf_tree[vote] = w->tree;
    to->leaf_id[vote] = number;
    to->target[vote] = w->f->targets[leaf];
    to->weight[vote] = w->f->weights[leaf];
}

static bool put_branch(walk *w, uint32_t number, uint32_t i) {
    static const char *const names[N_MODES] = {"BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE",
                                               "BRANCH_GT",  "BRANCH_EQ", "BRANCH_NEQ",
                                               "BRANCH_EQ"};
    const forest5 *f = w->f;
    const uint32_t size = size_of(f, i), n_members = f->set[f->n + i];
    const bool is_set = f->modes[i] == MEMBER;
    int64_t yes, no;
    if (!number_of(w, (uint32_t)f->yes[i] + (f->yes_is_leaf[i] != 0 ? f->n : 0), &yes) ||
        !number_of(w, (uint32_t)f->no[i] + (f->no_is_leaf[i] != 0 ? f->n : 0), &no)) {
        return false;
    }
    for (uint32_t k = 0; k < size; k++) {
        const float member = k < n_members ? f->members[f->set[i] + k] : NAN;
        const uint32_t at = w->first + number + k;
        put_node(w, number + k, names[f->modes[i]], is_set ? member : f->splits[i]);
        w->to->feature[at] = f->features[i];
        w->to->nan_is_true[at] = f->nan_is_true != NULL ? f->nan_is_true[i] : 0;
        w->to->yes[at] = yes;
        w->to->no[at] = k + 1 < size ? (int64_t)number + k + 1 : no;
    }
    return true;
}

static hone_status fill(hn_graph *g, const forest5 *f, lists *to) {
    const uint64_t places = (uint64_t)f->n + f->n_leaves;
    walk w = {.f = f, .to = to};
    w.stamp = HN_NEW_N(g->arena, uint32_t, places);
    w.number = HN_NEW_N(g->arena, uint32_t, places);
    w.open = HN_NEW_N(g->arena, uint32_t, places);
    if (w.stamp == NULL || w.number == NULL || w.open == NULL) return hn_no_memory(g->env);
    for (; w.tree < f->n_roots; w.tree++) {
        int64_t root;
        w.first = to->n;
        bool fits = number_of(&w, (uint32_t)f->roots[w.tree], &root);
        while (fits && w.n_open > 0) {
            const uint32_t at = w.open[--w.n_open];
            if (at < f->n) {
                fits = put_branch(&w, w.number[at], at);
            } else {
                put_leaf(&w, w.number[at], at - f->n);
            }
        }
        if (!fits) return hn_fail(g->env, HONE_E_LIMIT, "the trees share too many nodes");
    }
    return HONE_OK;
}

static hn_attr attr_of(const char *name, hn_attr_kind kind, uint32_t n, const void *list) {
    hn_attr attr = {.name = name, .kind = kind, .n = n};
    if (kind == HN_ATTR_INTS) attr.v.ints = list;
    if (kind == HN_ATTR_FLOATS) attr.v.floats = list;
    if (kind == HN_ATTR_STRINGS) attr.v.strings = list;
    return attr;
}

static hn_value *scores_of(hn_compose *c, const hn_node *node, const lists *l, int64_t how) {
    static const char *const sums[4] = {"AVERAGE", "SUM", "MIN", "MAX"};
    const hn_attr attrs[] = {
        attr_of("nodes_treeids", HN_ATTR_INTS, l->n, l->tree),
        attr_of("nodes_nodeids", HN_ATTR_INTS, l->n, l->id),
        attr_of("nodes_featureids", HN_ATTR_INTS, l->n, l->feature),
        attr_of("nodes_truenodeids", HN_ATTR_INTS, l->n, l->yes),
        attr_of("nodes_falsenodeids", HN_ATTR_INTS, l->n, l->no),
        attr_of("nodes_missing_value_tracks_true", HN_ATTR_INTS, l->n, l->nan_is_true),
        attr_of("nodes_modes", HN_ATTR_STRINGS, l->n, l->mode),
        attr_of("nodes_values", HN_ATTR_FLOATS, l->n, l->split),
        attr_of("target_treeids", HN_ATTR_INTS, l->n_votes, l->leaf_tree),
        attr_of("target_nodeids", HN_ATTR_INTS, l->n_votes, l->leaf_id),
        attr_of("target_ids", HN_ATTR_INTS, l->n_votes, l->target),
        attr_of("target_weights", HN_ATTR_FLOATS, l->n_votes, l->weight),
    };
    hn_value *x = hn_make_cast(c, node->in[0], HN_DTYPE_F32);
    for (size_t i = 0; i < sizeof attrs / sizeof attrs[0]; i++) hn_with_attr(c, &attrs[i]);
    hn_with_text(c, "aggregate_function", sums[how]);
    hn_with_int(c, "n_targets", hn_attr_int(node, "n_targets", 1));
    return HN_MAKE(c, tree_scores, x);
}

/* A number from 0 to most; false where the attribute is none (before version 5 these were texts).
 */
static bool read_choice(const hn_node *node, const char *name, int64_t absent, int64_t most,
                        int64_t *out) {
    const hn_attr *attr = hn_attr_find(node, name);
    *out = hn_attr_int(node, name, absent);
    return (attr == NULL || attr->kind == HN_ATTR_INT) && *out >= 0 && *out <= most;
}

static hone_status tree_ensemble_expand(hn_graph *g, hn_node *node) {
    static const char *const transforms[5] = {"NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO",
                                              "PROBIT"};
    int64_t transform, how;
    hn_compose c = hn_compose_begin(g);
    forest5 f = {0};
    lists l = {0};
    if (!read_choice(node, "post_transform", 0, 4, &transform) ||
        !read_choice(node, "aggregate_function", 1, 3, &how)) {
        return hn_fail(g->env, HONE_E_SHAPE, "a transform or an aggregation that is not known");
    }
    HN_TRY(read_forest(g, node, &f));
    HN_TRY(lists_new(g, &f, &l));
    HN_TRY(fill(g, &f, &l));
    hn_value *y = hn_make_transform(&c, transforms[transform], scores_of(&c, node, &l, how));
    return hn_compose_end(&c, hn_make_cast(&c, y, node->in[0]->dtype), node);
}

const hn_op_hooks hn_hooks_tree_ensemble = {.shape = hn_compose_shape,
                                            .expand = tree_ensemble_expand};
