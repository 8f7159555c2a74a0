/* SPDX-License-Identifier: Apache-2.0
 * Dimensions of 1 that go and come: the same elements under another shape. Axes are given by
 * operand 1 or attribute `axes`; a squeeze without any drops all dimensions of 1. */
#include "ops/hooks.h"
#include "ops/moves.h"

enum { AXES = 1 }; /* operand */

/* Bit d of *set: dimension d of `rank` is named. */
static const char *axis_set(const hn_ints *axes, int32_t rank, uint32_t *set) {
    *set = 0;
    for (uint32_t i = 0; i < axes->n; i++) {
        int32_t d;
        if (!hn_axis_resolve(axes->v[i], rank, &d)) return "an axis is not a dimension";
        if ((*set >> d & 1u) != 0) return "an axis is named twice";
        *set |= 1u << d;
    }
    return NULL;
}

/* The dimensions of x that a squeeze drops, as far as it is known: false when it is not. */
static const char *squeezed(const hn_node *node, const hn_shape *x, uint32_t *set, bool *is_known) {
    hn_ints axes;
    const hn_ints_state state = hn_node_ints(node, AXES, "axes", &axes);
    *set = 0;
    *is_known = state != HN_INTS_UNKNOWN;
    if (state == HN_INTS_BAD) return "the axes are not a short list of integers";
    if (state == HN_INTS_KNOWN && axes.n > 0) {
        const char *problem = axis_set(&axes, x->rank, set);
        if (problem != NULL) return problem;
    } else if (*is_known) {
        for (int32_t d = 0; d < x->rank; d++) {
            if (x->dim[d] == 1) *set |= 1u << d;
            if (x->dim[d] < 0) *is_known = false;
        }
    }
    for (int32_t d = 0; d < x->rank; d++) {
        if ((*set >> d & 1u) != 0 && x->dim[d] >= 0 && x->dim[d] != 1) {
            return "a dimension to drop is not 1";
        }
    }
    return NULL;
}

static hone_status squeeze_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_shape out = hn_shape_unknown(-1);
    if (x->shape.rank >= 0) {
        uint32_t set;
        bool is_known;
        const char *problem = squeezed(node, &x->shape, &set, &is_known);
        if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
        if (is_known) out.rank = 0;
        for (int32_t d = 0; is_known && d < x->shape.rank; d++) {
            if ((set >> d & 1u) == 0) hn_shape_take(&out, out.rank++, &x->shape, d);
        }
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static hone_status squeeze_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    uint32_t set;
    bool is_known;
    const hn_shape x = hn_shape_before(&node->in[0]->shape, perm, rank);
    const char *problem = squeezed(node, &x, &set, &is_known);
    if (problem == NULL && !is_known) problem = "the axes are not constant";
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    int64_t axes[HN_MAX_RANK];
    uint32_t n = 0;
    for (int32_t i = 0; i < rank; i++) {
        if ((set >> perm[i] & 1u) != 0) axes[n++] = i;
    }
    return n == 0 ? HONE_OK : hn_node_fix_ints(g, node, AXES, "axes", axes, n);
}

/* ---- unsqueeze ---- */

static hone_status unsqueeze_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_ints axes;
    const hn_ints_state state = hn_node_ints(node, AXES, "axes", &axes);
    hn_shape out = hn_shape_unknown(-1);
    if (state == HN_INTS_BAD || state == HN_INTS_ABSENT) {
        return hn_fail(g->env, HONE_E_SHAPE, "the axes are not a short list of integers");
    }
    if (x->shape.rank < 0 || state == HN_INTS_UNKNOWN) {
        return hn_node_set_shape(g, node, x->dtype, &out);
    }
    if (axes.n > (uint32_t)(HN_MAX_RANK - x->shape.rank)) {
        return hn_fail(g->env, HONE_E_LIMIT, "the output has too many dimensions");
    }
    uint32_t set;
    out.rank = x->shape.rank + (int32_t)axes.n;
    const char *problem = axis_set(&axes, out.rank, &set);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    for (int32_t d = 0, at = 0; d < out.rank; d++) {
        out.dim[d] = 1;
        if ((set >> d & 1u) == 0) hn_shape_take(&out, d, &x->shape, at++);
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

/* The new dimensions stand before the others, whatever their order: see rule_follow in
 * passes/layout.c. */
static hone_status unsqueeze_permute(hn_graph *g, hn_node *node, const int32_t *perm,
                                     int32_t rank) {
    (void)perm;
    int64_t axes[HN_MAX_RANK];
    const int32_t n = node->out[0]->shape.rank - rank;
    for (int32_t i = 0; i < n; i++) axes[i] = i;
    return n <= 0 ? HONE_OK : hn_node_fix_ints(g, node, AXES, "axes", axes, (uint32_t)n);
}

static hone_status same_elements_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    return is_empty ? HONE_OK : L->alias(L, node->in[0], node->out[0]);
}

const hn_op_hooks hn_hooks_squeeze = {.shape = squeeze_shape,
                                      .lower = same_elements_lower,
                                      .permute = squeeze_permute,
                                      .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_unsqueeze = {.shape = unsqueeze_shape,
                                        .lower = same_elements_lower,
                                        .permute = unsqueeze_permute,
                                        .quantized = hn_quantized_move};
