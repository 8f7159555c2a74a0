/* SPDX-License-Identifier: Apache-2.0
 * Operators that keep all elements in their order: reshape, flatten, identity. They cost nothing
 * where input and output may share memory. */
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

/* Output dimensions as the list says: copies of the input's (0), one unknown (-1), or numbers. */
typedef struct target {
    hn_shape shape;
    bool is_copied[HN_MAX_RANK]; /* of the output and of the input alike */
    int32_t inferred;            /* the dimension to compute; -1: none */
} target;

static const char *read_target(const hn_shape *x, const hn_ints *list, bool allows_zero,
                               target *t) {
    if (list->n > HN_MAX_RANK) return "the shape has too many dimensions";
    t->shape.rank = (int32_t)list->n;
    for (int32_t d = 0; d < t->shape.rank; d++) {
        const int64_t v = list->v[d];
        t->shape.dim[d] = v;
        if (v < -1) return "a dimension is negative";
        if (v == -1 && t->inferred >= 0) return "more than one dimension is to be inferred";
        if (v == -1) t->inferred = d;
        if (v != 0 || allows_zero) continue;
        if (d >= x->rank) return "a copied dimension is not in the input";
        hn_shape_take(&t->shape, d, x, d);
        t->is_copied[d] = true;
    }
    return NULL;
}

/* Product of the dimensions that are neither copied nor `skip`; -1 when one is unknown. */
static int64_t rest_of(const hn_shape *s, const bool *is_copied, int32_t skip) {
    hn_shape rest = {.rank = 0};
    for (int32_t d = 0; d < s->rank; d++) {
        if (!is_copied[d] && d != skip) rest.dim[rest.rank++] = s->dim[d];
    }
    return hn_shape_product(&rest, 0, rest.rank);
}

static bool has_zero(const hn_ints *list) {
    for (uint32_t i = 0; i < list->n; i++) {
        if (list->v[i] == 0) return true;
    }
    return false;
}

static const char *resolve(const hn_shape *x, const hn_ints *list, bool allows_zero,
                           hn_shape *out) {
    if (x->rank < 0 && !allows_zero && has_zero(list)) {
        *out = hn_shape_unknown(list->n <= HN_MAX_RANK ? (int32_t)list->n : -1);
        return NULL;
    }
    target t = {.inferred = -1};
    const char *problem = read_target(x, list, allows_zero, &t);
    if (problem != NULL) return problem;
    *out = t.shape;
    if (x->rank < 0) return NULL;
    const int64_t have = rest_of(x, t.is_copied, -1);
    const int64_t want = rest_of(&t.shape, t.is_copied, t.inferred);
    if (have < 0 || want < 0) return NULL;
    if (t.inferred < 0) return have == want ? NULL : "input and shape differ in elements";
    if (want == 0 || have % want != 0) return "the inferred dimension does not come out even";
    out->dim[t.inferred] = have / want;
    return NULL;
}

static hone_status reshape_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *list_value = hn_node_in(node, 1);
    hn_ints list;
    const hn_ints_state state = hn_node_ints(node, 1, "shape", &list);
    hn_shape out = hn_shape_unknown(-1);
    if (state == HN_INTS_BAD || state == HN_INTS_ABSENT) {
        return hn_fail(g->env, HONE_E_SHAPE, "the shape is missing or not a list of integers");
    }
    if (state == HN_INTS_UNKNOWN) {
        const hn_shape *s = &list_value->shape;
        if (s->rank == 1 && s->dim[0] >= 0 && s->dim[0] <= HN_MAX_RANK) {
            out = hn_shape_unknown((int32_t)s->dim[0]);
        }
        return hn_node_set_shape(g, node, x->dtype, &out);
    }
    const bool allows_zero = hn_attr_int(node, "allow_zero", 0) != 0;
    const char *problem = resolve(&x->shape, &list, allows_zero, &out);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static hone_status flatten_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const int32_t rank = x->shape.rank;
    hn_shape out = hn_shape_unknown(2);
    if (rank >= 0) {
        const int64_t axis = hn_attr_int(node, "axis", 1);
        if (axis < -(int64_t)rank || axis > rank) {
            return hn_fail(g->env, HONE_E_SHAPE, "the axis is not a dimension of the input");
        }
        const int32_t at = (int32_t)(axis < 0 ? axis + rank : axis);
        out.dim[0] = hn_shape_product(&x->shape, 0, at);
        out.dim[1] = hn_shape_product(&x->shape, at, rank);
        if (at == 1) hn_shape_take(&out, 0, &x->shape, 0);
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static hone_status identity_shape(hn_graph *g, hn_node *node) {
    node->out[0]->kind = node->in[0]->kind;
    node->out[0]->holds_lists = node->in[0]->holds_lists;
    return hn_node_set_shape(g, node, node->in[0]->dtype, &node->in[0]->shape);
}

static hone_status alias_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const hn_value *x = node->in[0], *out = node->out[0];
    uint64_t n_in, n_out;
    if (!hn_value_bytes(x, &n_in) || !hn_value_bytes(out, &n_out) || n_in != n_out) {
        return hn_fail(L->env, HONE_E_SHAPE, "input and output differ in size");
    }
    return is_empty ? HONE_OK : L->alias(L, x, out);
}

const hn_op_hooks hn_hooks_reshape = {
    .shape = reshape_shape, .lower = alias_lower, .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_flatten = {
    .shape = flatten_shape, .lower = alias_lower, .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_identity = {
    .shape = identity_shape, .lower = alias_lower, .quantized = hn_quantized_move};
