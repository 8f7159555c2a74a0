/* SPDX-License-Identifier: Apache-2.0
 * Scaled dot product attention (Vaswani et al., 2017) as a function of products and a softmax:
 * softmax(q k' scale + mask) v for each head. Several heads of q may share one of k and v: their
 * rows then follow each other in one product. Which keys a query sees (a mask, the causal frontier,
 * a window, the lengths of the keys) is one boolean tensor; a query that sees none gives zeros. */
#include <math.h>
#include <string.h>

#include "ops/attention_heads.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { Q, K, V, MASK, PAST_K, PAST_V, LENGTHS }; /* operands */
enum { Y, PRESENT_K, PRESENT_V, SCORES };        /* outputs */
enum { RAW, CAPPED, MASKED, PROBABILITIES };     /* attribute qk_matmul_output_mode */

/* [batch, heads, rows, size] of each, seen keys, and what is added to the scores. */
typedef struct attention {
    hn_value *q, *k, *v, *seen, *bias, *scores[4];
    int64_t batch, heads, groups, rows, keys, past;
    bool is_flat; /* operands have rank 3: [batch, rows, heads * size] */
} attention;

static const char *check_operands(const hn_node *node) {
    const hn_shape *q = &node->in[Q]->shape, *k = &node->in[K]->shape, *v = &node->in[V]->shape;
    const hn_value *past_k = hn_node_in(node, PAST_K), *past_v = hn_node_in(node, PAST_V);
    const int64_t mode = hn_attr_int(node, "qk_matmul_output_mode", 0);
    if (q->rank != k->rank || q->rank != v->rank || (q->rank != 3 && q->rank != 4)) {
        return "queries, keys and values must have rank 3 or 4, all the same";
    }
    if (q->dim[0] != k->dim[0] || q->dim[0] != v->dim[0]) return "the batches differ";
    if (k->dim[k->rank - 2] != v->dim[v->rank - 2]) return "keys and values differ in number";
    if ((past_k == NULL) != (past_v == NULL)) return "past keys and values go together";
    if (past_k != NULL && hn_node_in(node, LENGTHS) != NULL) return "past keys and lengths exclude";
    if (past_k != NULL && (past_k->shape.rank != 4 || past_v->shape.rank != 4 ||
                           past_k->shape.dim[2] != past_v->shape.dim[2])) {
        return "past keys and values do not fit each other";
    }
    return mode < RAW || mode > PROBABILITIES ? "an output mode that is not known" : NULL;
}

/* [batch, rows, heads * size] as [batch, heads, rows, size]. */
static hn_value *split_heads(hn_compose *c, hn_value *v, int64_t heads) {
    if (c->status != HONE_OK || v->shape.rank == 4) return v;
    const int64_t *d = v->shape.dim;
    if (heads <= 0 || d[2] % heads != 0) {
        return hn_compose_fail(c, HONE_E_SHAPE, "the heads do not divide the hidden size");
    }
    v = hn_make_reshape(c, v, (const int64_t[]){d[0], d[1], heads, d[2] / heads}, 4);
    return hn_make_transpose(c, v, (const int64_t[]){0, 2, 1, 3}, 4);
}

static hn_value *with_past(hn_compose *c, hn_value *past, hn_value *v) {
    if (past == NULL) return v;
    hn_with_int(c, "axis", 2);
    return HN_MAKE(c, concat, past, v);
}

static void read_heads(hn_compose *c, hn_node *node, attention *a) {
    const int64_t kv_heads = hn_attr_int(node, "kv_num_heads", 0);
    a->is_flat = node->in[Q]->shape.rank == 3;
    a->q = split_heads(c, node->in[Q], hn_attr_int(node, "q_num_heads", 0));
    a->k = with_past(c, hn_node_in(node, PAST_K), split_heads(c, node->in[K], kv_heads));
    a->v = with_past(c, hn_node_in(node, PAST_V), split_heads(c, node->in[V], kv_heads));
    if (c->status != HONE_OK) return;
    a->batch = a->q->shape.dim[0];
    a->heads = a->q->shape.dim[1];
    a->groups = a->k->shape.dim[1];
    a->rows = a->q->shape.dim[2];
    a->keys = a->k->shape.dim[2];
    a->past = hn_node_in(node, PAST_K) != NULL ? node->in[PAST_K]->shape.dim[2] : 0;
    const bool fits = a->groups > 0 && a->heads % a->groups == 0 &&
                      a->v->shape.dim[1] == a->groups && a->q->shape.dim[3] == a->k->shape.dim[3];
    if (!fits) (void)hn_compose_fail(c, HONE_E_SHAPE, "heads or sizes of keys do not fit");
}

/* ---- which keys are seen ---- */

static void see(hn_compose *c, attention *a, hn_value *allowed) {
    a->seen = a->seen == NULL ? allowed : HN_MAKE(c, logical_and, a->seen, allowed);
}

/* 0, 1, ... n - 1 with that shape. */
static hn_value *count_up(hn_compose *c, int64_t n, const int64_t *dim, int32_t rank) {
    hn_value *v =
        HN_MAKE(c, range, hn_make_number(c, HN_DTYPE_S64, 0),
                hn_make_number(c, HN_DTYPE_S64, (double)n), hn_make_number(c, HN_DTYPE_S64, 1));
    return hn_make_reshape(c, v, dim, rank);
}

static hn_value *shifted(hn_compose *c, hn_value *v, int64_t by) {
    return by == 0 ? v : HN_MAKE(c, add, v, hn_make_number(c, HN_DTYPE_S64, (double)by));
}

static void see_positions(hn_compose *c, const hn_node *node, attention *a) {
    const int64_t left = hn_attr_int(node, "left_window_size", -1);
    const int64_t right = hn_attr_int(node, "right_window_size", -1);
    const bool is_causal = hn_attr_int(node, "is_causal", 0) != 0;
    hn_value *lengths = hn_node_in(node, LENGTHS);
    if (left < -1 || right < -1) (void)hn_compose_fail(c, HONE_E_SHAPE, "a window below -1");
    if (!is_causal && left < 0 && right < 0 && lengths == NULL) return;
    hn_value *keys = count_up(c, a->keys, (const int64_t[]){1, a->keys}, 2);
    hn_value *row = count_up(c, a->rows, (const int64_t[]){a->rows, 1}, 2);
    if (lengths != NULL) {
        lengths = hn_make_reshape(c, lengths, (const int64_t[]){a->batch, 1, 1, 1}, 4);
        see(c, a, HN_MAKE(c, less, keys, lengths));
        row = HN_MAKE(c, add, row, shifted(c, lengths, -a->rows));
    }
    row = shifted(c, row, a->past);
    if (is_causal) see(c, a, HN_MAKE(c, less_equal, keys, row));
    if (left >= 0) see(c, a, HN_MAKE(c, greater_equal, keys, shifted(c, row, -left)));
    if (right >= 0) see(c, a, HN_MAKE(c, less_equal, keys, shifted(c, row, right)));
}

/* A mask may be shorter than the keys: those behind it are not seen. */
static hn_value *padded_mask(hn_compose *c, const attention *a, hn_value *mask) {
    const int32_t rank = mask->shape.rank;
    int64_t pads[2 * HN_MAX_RANK] = {0};
    if (rank < 1 || mask->shape.dim[rank - 1] == 1 || mask->shape.dim[rank - 1] >= a->keys) {
        return mask;
    }
    const bool is_bool = mask->dtype == HN_DTYPE_BOOL;
    pads[2 * rank - 1] = a->keys - mask->shape.dim[rank - 1];
    return HN_MAKE(c, pad, mask, hn_make_vector(c, pads, 2 * (uint32_t)rank),
                   hn_make_number(c, mask->dtype, is_bool ? 0.0 : -(double)INFINITY));
}

static void see_mask(hn_compose *c, const hn_node *node, attention *a) {
    hn_value *mask = hn_node_in(node, MASK);
    if (mask == NULL || c->status != HONE_OK) return;
    mask = padded_mask(c, a, mask);
    if (mask != NULL && mask->dtype != HN_DTYPE_BOOL) {
        a->bias = mask;
        mask = HN_MAKE(c, greater, mask, hn_make_number(c, mask->dtype, -(double)INFINITY));
    }
    see(c, a, mask);
}

/* ---- scores and their sum ---- */

hn_value *hn_make_regrouped(hn_compose *c, hn_value *v, int64_t heads) {
    if (c->status != HONE_OK || v->shape.dim[1] == heads) return v;
    const int64_t *d = v->shape.dim;
    if (heads < 1) return hn_compose_fail(c, HONE_E_SHAPE, "there are no heads");
    return hn_make_reshape(c, v, (const int64_t[]){d[0], heads, d[1] * d[2] / heads, d[3]}, 4);
}

static void make_scores(hn_compose *c, const hn_node *node, attention *a) {
    if (c->status != HONE_OK) return;
    const float size = (float)a->q->shape.dim[3], cap = hn_attr_float(node, "softcap", 0.0f);
    const float scale = hn_attr_float(node, "scale", 1.0f / sqrtf(size > 0 ? size : 1));
    const hn_dtype dtype = a->q->dtype;
    hn_value *q = HN_MAKE(c, mul, a->q, hn_make_number(c, dtype, (double)scale));
    q = hn_make_regrouped(c, q, a->groups);
    hn_with_int(c, "trans_b", 1);
    hn_value *s = hn_make_regrouped(c, HN_MAKE(c, matmul, q, a->k), a->heads);
    a->scores[RAW] = s;
    if (cap > 0) {
        s = HN_MAKE(c, tanh, HN_MAKE(c, div, s, hn_make_number(c, dtype, (double)cap)));
        s = HN_MAKE(c, mul, s, hn_make_number(c, dtype, (double)cap));
    }
    a->scores[CAPPED] = s;
    if (a->bias != NULL) s = HN_MAKE(c, add, s, a->bias);
    if (a->seen != NULL) {
        s = HN_MAKE(c, where, a->seen, s, hn_make_number(c, dtype, -(double)INFINITY));
    }
    a->scores[MASKED] = s;
    hn_with_int(c, "axis", -1);
    s = HN_MAKE(c, softmax, s);
    if (a->seen != NULL) s = HN_MAKE(c, where, a->seen, s, hn_make_number(c, dtype, 0));
    a->scores[PROBABILITIES] = s;
}

static hn_value *make_result(hn_compose *c, const attention *a) {
    hn_value *p = hn_make_regrouped(c, a->scores[PROBABILITIES], a->groups);
    hn_value *y = hn_make_regrouped(c, HN_MAKE(c, matmul, p, a->v), a->heads);
    if (c->status != HONE_OK || !a->is_flat) return y;
    const int64_t size = y->shape.dim[3];
    y = hn_make_transpose(c, y, (const int64_t[]){0, 2, 1, 3}, 4);
    return hn_make_reshape(c, y, (const int64_t[]){a->batch, a->rows, a->heads * size}, 3);
}

static hone_status attention_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    attention a = {.k = NULL};
    const char *problem = check_operands(node);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    read_heads(&c, node, &a);
    if (c.status == HONE_OK) see_positions(&c, node, &a);
    see_mask(&c, node, &a);
    make_scores(&c, node, &a);
    hn_value *y = make_result(&c, &a);
    hn_compose_give(&c, a.k, node, PRESENT_K);
    hn_compose_give(&c, a.v, node, PRESENT_V);
    hn_compose_give(&c, a.scores[hn_attr_int(node, "qk_matmul_output_mode", 0)], node, SCORES);
    return hn_compose_end(&c, y, node);
}

const hn_op_hooks hn_hooks_attention = {
    .shape = hn_compose_shape, .expand = attention_expand, .max_outputs = 4};
