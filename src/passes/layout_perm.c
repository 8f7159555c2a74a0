/* SPDX-License-Identifier: Apache-2.0
 * Orders of dimensions and the values that are stored in them: see passes/layout.h. */
#include "passes/layout.h"

#include <string.h>

hn_perm hn_perm_identity(int32_t rank) {
    hn_perm p = {rank, {0}};
    for (int32_t i = 0; i < rank; i++) p.to[i] = (int8_t)i;
    return p;
}

hn_perm hn_perm_channels_last(int32_t rank) {
    hn_perm p = hn_perm_identity(rank);
    for (int32_t i = 1; i + 1 < rank; i++) p.to[i] = (int8_t)(i + 1);
    p.to[rank - 1] = 1;
    return p;
}

hn_perm hn_perm_inverse(const hn_perm *p) {
    hn_perm q = {p->rank, {0}};
    for (int32_t i = 0; i < p->rank; i++) q.to[p->to[i]] = (int8_t)i;
    return q;
}

bool hn_perm_equal(const hn_perm *a, const hn_perm *b) {
    return a->rank == b->rank && (a->rank <= 0 || memcmp(a->to, b->to, (size_t)a->rank) == 0);
}

bool hn_perm_is_identity(const hn_perm *p) {
    for (int32_t i = 0; i < p->rank; i++) {
        if (p->to[i] != i) return false;
    }
    return true;
}

hn_perm hn_layout_of(const hn_layout *L, const hn_value *v) {
    const int32_t rank = v->shape.rank;
    if (v->id >= L->capacity || L->of[v->id].rank != rank) return hn_perm_identity(rank);
    return L->of[v->id];
}

/* Values made by the pass have ids past the tables' first size: at most a few per use. */
static hone_status reserve(hn_layout *L, uint32_t id) {
    if (id < L->capacity) return HONE_OK;
    const uint32_t n = (id + 1) * 2;
    hn_perm *of = HN_NEW_N(L->g->arena, hn_perm, n);
    hn_value **moved = HN_NEW_N(L->g->arena, hn_value *, n);
    if (of == NULL || moved == NULL) return hn_no_memory(L->g->env);
    memcpy(of, L->of, L->capacity * sizeof *of);
    memcpy(moved, L->moved, L->capacity * sizeof *moved);
    L->of = of;
    L->moved = moved;
    L->capacity = n;
    return HONE_OK;
}

hone_status hn_layout_set(hn_layout *L, const hn_value *v, const hn_perm *p) {
    HN_TRY(reserve(L, v->id));
    L->of[v->id] = *p;
    return HONE_OK;
}

static hn_shape permuted_shape(const hn_shape *s, const int8_t *to) {
    hn_shape out = *s;
    for (int32_t i = 0; i < s->rank; i++) {
        out.dim[i] = s->dim[to[i]];
        out.sym[i] = s->sym[to[i]];
    }
    return out;
}

static hone_status permute_quant_axis(hn_layout *L, hn_value *v, const hn_perm *step) {
    if (v->quant == NULL || v->quant->axis < 0) return HONE_OK;
    hn_quant *quant = HN_NEW(L->g->arena, hn_quant);
    if (quant == NULL) return hn_no_memory(L->g->env);
    const hn_perm inverse = hn_perm_inverse(step);
    *quant = *v->quant;
    quant->axis = inverse.to[v->quant->axis];
    v->quant = quant;
    return HONE_OK;
}

hone_status hn_layout_store(hn_layout *L, hn_value *v, const hn_perm *p) {
    v->shape = permuted_shape(&v->shape, p->to);
    HN_TRY(permute_quant_axis(L, v, p));
    return hn_layout_set(L, v, p);
}

/* step[i]: which dimension of the present order becomes dimension i of the wanted one. */
static hn_perm step_between(const hn_perm *have, const hn_perm *want) {
    const hn_perm inverse = hn_perm_inverse(have);
    hn_perm step = {want->rank, {0}};
    for (int32_t i = 0; i < want->rank; i++) step.to[i] = inverse.to[want->to[i]];
    return step;
}

/* Dimensions larger than 1 keep their order: the same bytes under another shape. */
static bool moves_nothing(const hn_shape *s, const hn_perm *step) {
    int32_t last = -1;
    for (int32_t i = 0; i < step->rank; i++) {
        if (s->dim[step->to[i]] == 1) continue;
        if (step->to[i] < last) return false;
        last = step->to[i];
    }
    return true;
}

static hone_status constant_view(hn_layout *L, hn_value *v, const hn_perm *step, hn_value **out) {
    const hn_shape shape = permuted_shape(&v->shape, step->to);
    hn_value *view =
        hn_graph_constant_borrowed(L->g, v->name, v->dtype, &shape, v->constant->bytes);
    if (view == NULL) return hn_no_memory(L->g->env);
    const hn_constant whole = *v->constant;
    *view->constant = whole;
    for (int32_t i = 0; i < shape.rank; i++) view->constant->stride[i] = whole.stride[step->to[i]];
    view->quant = v->quant;
    view->origin = v->origin;
    *out = view;
    return permute_quant_axis(L, view, step);
}

static hone_status moved_copy(hn_layout *L, hn_value *v, const hn_perm *step, hn_value **out) {
    hn_graph *g = L->g;
    const hn_shape shape = permuted_shape(&v->shape, step->to);
    const bool is_free = moves_nothing(&v->shape, step);
    hn_node *node = hn_graph_node(g, hn_op_at(is_free ? HN_OP_reshape : HN_OP_transpose), 1, 1);
    hn_value *copy = hn_graph_value(g, v->name, v->dtype, &shape);
    if (node == NULL || copy == NULL) return hn_no_memory(g->env);
    int64_t numbers[HN_MAX_RANK];
    for (int32_t i = 0; i < shape.rank; i++) numbers[i] = is_free ? shape.dim[i] : step->to[i];
    if (!hn_attr_set_ints(g, node, is_free ? "shape" : "perm", numbers, (uint32_t)shape.rank) ||
        (is_free && !hn_attr_set_int(g, node, "allow_zero", 1))) {
        return hn_no_memory(g->env);
    }
    node->name = v->name;
    node->foreign = "layout";
    node->in[0] = v;
    if (v->producer != NULL) node->origin = v->producer->origin;
    hn_node_set_out(node, 0, copy);
    copy->quant = v->quant;
    copy->origin = v->origin;
    *out = copy;
    return permute_quant_axis(L, copy, step);
}

hone_status hn_layout_want(hn_layout *L, hn_value *v, const hn_perm *want, hn_value **out) {
    const hn_perm have = hn_layout_of(L, v);
    if (hn_perm_equal(&have, want)) {
        *out = v;
        return HONE_OK;
    }
    if (v->id < L->capacity && L->moved[v->id] != NULL) {
        const hn_perm other = hn_layout_of(L, L->moved[v->id]);
        if (hn_perm_equal(&other, want)) {
            *out = L->moved[v->id];
            return HONE_OK;
        }
    }
    const hn_perm step = step_between(&have, want);
    hn_value *copy = NULL;
    HN_TRY(v->constant != NULL ? constant_view(L, v, &step, &copy)
                               : moved_copy(L, v, &step, &copy));
    HN_TRY(hn_layout_set(L, copy, want));
    HN_TRY(reserve(L, v->id));
    L->moved[v->id] = copy;
    *out = copy;
    return HONE_OK;
}
