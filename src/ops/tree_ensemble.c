/* SPDX-License-Identifier: Apache-2.0
 * tree_ensemble: the leaves that a row reaches in each tree add their weights to targets
 * (ai.onnx.ml TreeEnsembleRegressor; with `class_ids` TreeEnsembleClassifier, whose scores these
 * are). Nodes come as lists, those of a tree together and counted from 0, so that a child is found
 * by adding. A walk takes no more steps than there are nodes. It runs on the host. */
#include <math.h>
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

typedef struct votes { /* of leaves: tree, node, target, weight */
    const hn_attr *trees, *nodes, *targets, *weights;
} votes;

typedef struct ensemble {
    const hn_attr *trees, *ids, *features, *yes, *no, *modes, *splits, *nan_is_true;
    votes v;
    const hn_attr *base;
    uint32_t n;
    int64_t n_targets;
    bool is_classifier;
} ensemble;

static const hn_attr *list_of(const hn_node *node, const char *name, hn_attr_kind kind,
                              uint32_t n) {
    const hn_attr *attr = hn_attr_find(node, name);
    return attr != NULL && attr->kind == kind && (n == 0 || attr->n == n) ? attr : NULL;
}

static const char *read_votes(const hn_node *node, ensemble *e) {
    const bool c = e->is_classifier;
    votes *v = &e->v;
    v->weights = list_of(node, c ? "class_weights" : "target_weights", HN_ATTR_FLOATS, 0);
    if (v->weights == NULL) return "the weights of leaves are missing";
    const uint32_t n = v->weights->n;
    v->trees = list_of(node, c ? "class_treeids" : "target_treeids", HN_ATTR_INTS, n);
    v->nodes = list_of(node, c ? "class_nodeids" : "target_nodeids", HN_ATTR_INTS, n);
    v->targets = list_of(node, c ? "class_ids" : "target_ids", HN_ATTR_INTS, n);
    if (v->trees == NULL || v->nodes == NULL || v->targets == NULL) {
        return "the lists of leaves differ in length";
    }
    for (uint32_t i = 0; i < n; i++) {
        if (v->targets->v.ints[i] < 0 || v->targets->v.ints[i] >= e->n_targets) {
            return "a leaf is for no target";
        }
    }
    return NULL;
}

static const char *read_ensemble(const hn_node *node, ensemble *e) {
    const hn_attr *labels = hn_attr_find(node, "classlabels_int64s");
    if (labels == NULL) labels = hn_attr_find(node, "classlabels_strings");
    e->is_classifier = hn_attr_find(node, "class_ids") != NULL;
    e->n_targets = e->is_classifier ? (labels != NULL ? (int64_t)labels->n : 0)
                                    : hn_attr_int(node, "n_targets", 1);
    if (e->n_targets < 1 || e->n_targets > INT32_MAX) return "there are no targets";
    e->trees = list_of(node, "nodes_treeids", HN_ATTR_INTS, 0);
    if (e->trees == NULL) return "there are no nodes";
    const uint32_t n = e->n = e->trees->n;
    e->ids = list_of(node, "nodes_nodeids", HN_ATTR_INTS, n);
    e->features = list_of(node, "nodes_featureids", HN_ATTR_INTS, n);
    e->yes = list_of(node, "nodes_truenodeids", HN_ATTR_INTS, n);
    e->no = list_of(node, "nodes_falsenodeids", HN_ATTR_INTS, n);
    e->modes = list_of(node, "nodes_modes", HN_ATTR_STRINGS, n);
    e->splits = list_of(node, "nodes_values", HN_ATTR_FLOATS, n);
    e->nan_is_true = list_of(node, "nodes_missing_value_tracks_true", HN_ATTR_INTS, n);
    if (e->ids == NULL || e->features == NULL || e->yes == NULL || e->no == NULL ||
        e->modes == NULL || e->splits == NULL) {
        return "the lists of nodes differ in length, or are of double";
    }
    e->base = list_of(node, "base_values", HN_ATTR_FLOATS, (uint32_t)e->n_targets);
    for (uint32_t i = 0; i < n; i++) {
        const bool is_first = i == 0 || e->trees->v.ints[i] != e->trees->v.ints[i - 1];
        if (e->ids->v.ints[i] != (is_first ? 0 : e->ids->v.ints[i - 1] + 1)) {
            return "the nodes of a tree are not counted from 0";
        }
    }
    return read_votes(node, e);
}

static hone_status tree_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_shape out = x->shape;
    ensemble e = {.trees = NULL};
    const char *problem = read_ensemble(node, &e);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    if (out.rank >= 0 && out.rank != 2) {
        return hn_fail(g->env, HONE_E_SHAPE, "the input has rank %d", (int)out.rank);
    }
    for (uint32_t i = 0; i < e.n && out.rank == 2 && out.dim[1] >= 0; i++) {
        const int64_t feature = e.features->v.ints[i];
        if (feature >= 0 && feature < out.dim[1]) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "a node asks for feature %lld", (long long)feature);
    }
    if (out.rank == 2) {
        out.dim[1] = e.n_targets;
        out.sym[1] = NULL;
    }
    return hn_node_set_shape(g, node, HN_DTYPE_F32, &out);
}

/* ---- running ---- */

typedef enum mode { LEQ, LT, GTE, GT, EQ, NEQ, LEAF, N_MODES } mode;

/* A node as the walk wants it: children by place, the first of its votes. */
typedef struct tree_node {
    mode mode;
    uint32_t feature, yes, no, vote; /* vote: 1 + its place; 0: none */
    float split;
    bool nan_is_true, is_root;
} tree_node;

typedef struct forest {
    const ensemble *e;
    tree_node *nodes;
    uint32_t *next; /* of each vote: the next of its leaf, 1 + its place */
} forest;

static bool read_mode(const char *name, mode *out) {
    static const char *const names[N_MODES] = {
        "BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ", "LEAF"};
    for (int i = 0; i < N_MODES; i++) {
        if (strcmp(names[i], name) != 0) continue;
        *out = (mode)i;
        return true;
    }
    return false;
}

static const char *build_nodes(const ensemble *e, tree_node *nodes) {
    uint32_t root = 0, end = 0;
    for (uint32_t i = 0; i < e->n; i++) {
        tree_node *t = &nodes[i];
        t->is_root = e->ids->v.ints[i] == 0;
        if (t->is_root) {
            root = end = i;
            while (end < e->n && e->trees->v.ints[end] == e->trees->v.ints[root]) end++;
        }
        const int64_t size = end - root, yes = e->yes->v.ints[i], no = e->no->v.ints[i];
        if (!read_mode(e->modes->v.strings[i], &t->mode)) return "a mode that is not known";
        if (t->mode != LEAF && (yes < 0 || no < 0 || yes >= size || no >= size)) {
            return "a child is not in its tree";
        }
        t->yes = t->mode != LEAF ? root + (uint32_t)yes : 0;
        t->no = t->mode != LEAF ? root + (uint32_t)no : 0;
        t->feature = (uint32_t)e->features->v.ints[i];
        t->split = e->splits->v.floats[i];
        t->nan_is_true = e->nan_is_true != NULL && e->nan_is_true->v.ints[i] != 0;
    }
    return NULL;
}

/* The place of the leaf of vote k: trees of votes come mostly in order, so the search goes on where
 * the last one was found. */
static uint32_t leaf_of(const ensemble *e, uint32_t k, uint32_t from) {
    for (uint32_t i = 0; i < e->n; i++) {
        const uint32_t at = (from + i) % e->n;
        if (e->trees->v.ints[at] == e->v.trees->v.ints[k] &&
            e->ids->v.ints[at] == e->v.nodes->v.ints[k]) {
            return at;
        }
    }
    return e->n;
}

static const char *build_votes(forest *f) {
    const ensemble *e = f->e;
    uint32_t at = 0;
    for (uint32_t k = e->v.weights->n; k-- > 0;) {
        const uint32_t back = at > 8 ? at - 8 : 0;
        at = leaf_of(e, k, back);
        if (at == e->n) return "a leaf is in no tree";
        f->next[k] = f->nodes[at].vote;
        f->nodes[at].vote = k + 1;
    }
    return NULL;
}

static bool goes_yes(const tree_node *t, float x) {
    switch (t->mode) {
    case LEQ:
        return x <= t->split;
    case LT:
        return x < t->split;
    case GTE:
        return x >= t->split;
    case GT:
        return x > t->split;
    case EQ:
        return x == t->split;
    case NEQ:
        return x != t->split;
    default:
        return false;
    }
}

/* The leaf that a row reaches from a root; NULL: the tree goes in circles. */
static const tree_node *walk(const forest *f, const tree_node *t, const float *x) {
    for (uint32_t steps = 0; t->mode != LEAF; steps++) {
        const float v = x[t->feature];
        const bool is_yes = goes_yes(t, v) || (t->nan_is_true && v != v);
        if (steps == f->e->n) return NULL;
        t = &f->nodes[is_yes ? t->yes : t->no];
    }
    return t;
}

typedef enum aggregate { SUM, AVERAGE, MIN, MAX } aggregate;

static aggregate aggregate_of(const hn_node *node) {
    const char *name = hn_attr_string(node, "aggregate_function", "SUM");
    return strcmp(name, "AVERAGE") == 0 ? AVERAGE
           : strcmp(name, "MIN") == 0   ? MIN
           : strcmp(name, "MAX") == 0   ? MAX
                                        : SUM;
}

/* Scores of one row, and seen[t]: target t has a vote already. False: a tree goes in circles. */
static bool score_row(const forest *f, aggregate how, const float *x, float *out, uint8_t *seen) {
    const ensemble *e = f->e;
    uint32_t n_trees = 0;
    memset(seen, 0, (size_t)e->n_targets);
    for (int64_t t = 0; t < e->n_targets; t++) out[t] = 0.0f;
    for (uint32_t i = 0; i < e->n; i++) {
        if (!f->nodes[i].is_root) continue;
        const tree_node *leaf = walk(f, &f->nodes[i], x);
        if (leaf == NULL) return false;
        n_trees++;
        for (uint32_t k = leaf->vote; k != 0; k = f->next[k - 1]) {
            const int64_t t = e->v.targets->v.ints[k - 1];
            const float w = e->v.weights->v.floats[k - 1];
            const bool is_least = how == MIN && (seen[t] == 0 || w < out[t]);
            const bool is_most = how == MAX && (seen[t] == 0 || w > out[t]);
            if (how == SUM || how == AVERAGE) out[t] += w;
            if (is_least || is_most) out[t] = w;
            seen[t] = 1;
        }
    }
    for (int64_t t = 0; t < e->n_targets; t++) {
        if (how == AVERAGE) out[t] /= (float)(n_trees > 0 ? n_trees : 1);
        if (e->base != NULL) out[t] += e->base->v.floats[t];
    }
    return true;
}

static hone_status build(hn_host_eval *H, forest *f) {
    void *nodes = NULL, *next = NULL;
    HN_TRY(H->temp(H, (uint64_t)f->e->n * sizeof(tree_node), &nodes));
    HN_TRY(H->temp(H, (uint64_t)f->e->v.weights->n * sizeof(uint32_t), &next));
    memset(nodes, 0, (size_t)f->e->n * sizeof(tree_node));
    f->nodes = nodes;
    f->next = next;
    const char *problem = build_nodes(f->e, f->nodes);
    if (problem == NULL) problem = build_votes(f);
    return problem == NULL ? HONE_OK : hn_fail(H->env, HONE_E_SHAPE, "%s", problem);
}

static hone_status tree_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = node->in[0];
    const aggregate how = aggregate_of(node);
    ensemble e = {.trees = NULL};
    forest f = {.e = &e};
    const void *bytes = NULL;
    void *out = NULL, *seen = NULL;
    if (read_ensemble(node, &e) != NULL || x->dtype != HN_DTYPE_F32) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "rows of %s", hn_dtype_name(x->dtype));
    }
    HN_TRY(build(H, &f));
    HN_TRY(H->input(H, x, &bytes));
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){x->shape.dim[0], e.n_targets});
    HN_TRY(H->output(H, node, 0, &shape, &out));
    HN_TRY(H->temp(H, (uint64_t)e.n_targets, &seen));
    for (int64_t i = 0; i < x->shape.dim[0]; i++) {
        const float *row = (const float *)bytes + i * x->shape.dim[1];
        if (!score_row(&f, how, row, (float *)out + i * e.n_targets, seen)) {
            return hn_fail(H->env, HONE_E_DATA, "a tree goes in circles");
        }
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_tree_scores = {.shape = tree_shape, .host = tree_host};
