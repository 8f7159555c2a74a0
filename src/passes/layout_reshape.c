/* SPDX-License-Identifier: Apache-2.0
 * Reshapes of values that are stored in another order than the file's. A reshape is a row of
 * groups, each of which turns some neighbouring dimensions into others of the same product: in
 * [1,85,13,13] -> [1,85,169] the groups are 85 -> 85 and 13,13 -> 169. Where the dimensions of each
 * group are neighbours in the stored order too, the groups only change places, and the result is
 * stored in the groups' order: nothing moves. Dimensions of size 1 take no part. */
#include "passes/layout_reshape.h"

typedef struct group {
    int32_t in, n_in;   /* the range of dimensions of the operand */
    int32_t out, n_out; /* of the result */
} group;

typedef struct groups {
    int64_t dim[HN_MAX_RANK]; /* of the operand, in the file's order */
    group at[HN_MAX_RANK];
    int32_t n;
    int32_t n_lead; /* dimensions of size 1 at the front of the result, of no group */
} groups;

/* Takes dimensions of both sides until their products are equal. */
static bool take_group(const groups *all, int32_t rank, const hn_shape *out, group *g) {
    int64_t in_product = all->dim[g->in], out_product = out->dim[g->out];
    g->n_in = g->n_out = 1;
    while (in_product != out_product) {
        const bool is_in = in_product < out_product;
        const int32_t next = is_in ? g->in + g->n_in++ : g->out + g->n_out++;
        if (next >= (is_in ? rank : out->rank)) return false;
        if (is_in) {
            in_product *= all->dim[next];
        } else {
            out_product *= out->dim[next];
        }
    }
    return true;
}

static bool find_groups(groups *all, int32_t rank, const hn_shape *out) {
    int32_t i = 0, j = 0;
    all->n = 0;
    while (j < out->rank && out->dim[j] == 1) j++;
    all->n_lead = j;
    for (;;) {
        while (i < rank && all->dim[i] == 1) i++;
        if (i == rank || j == out->rank) break;
        group *g = &all->at[all->n];
        *g = (group){i, 0, j, 0};
        if (!take_group(all, rank, out, g)) return false;
        all->n++;
        i += g->n_in;
        j += g->n_out;
        while (j < out->rank && out->dim[j] == 1) {
            g->n_out++;
            j++;
        }
    }
    return i == rank && j == out->rank;
}

/* The stored positions of the dimensions of a group follow one another, apart from size 1. The
 * first is at `*i`, which is left behind the last. */
static bool is_together(const groups *all, const group *g, const hn_perm *p, int32_t *i) {
    for (int32_t d = g->in; d < g->in + g->n_in; d++) {
        if (all->dim[d] == 1) continue;
        while (*i < p->rank && all->dim[p->to[*i]] == 1) (*i)++;
        if (*i == p->rank || p->to[*i] != d) return false;
        (*i)++;
    }
    return true;
}

static const group *group_of(const groups *all, int32_t d) {
    for (int32_t k = 0; k < all->n; k++) {
        if (d >= all->at[k].in && d < all->at[k].in + all->at[k].n_in) return &all->at[k];
    }
    return NULL;
}

/* The order of the result, when the operand is stored in order p. */
static bool order_of(const groups *all, const hn_perm *p, int32_t rank, hn_perm *order) {
    order->rank = rank;
    int32_t n = 0, i = 0;
    for (; n < all->n_lead; n++) order->to[n] = (int8_t)n;
    while (i < p->rank) {
        if (all->dim[p->to[i]] == 1) {
            i++;
            continue;
        }
        const group *g = group_of(all, p->to[i]);
        if (g == NULL || !is_together(all, g, p, &i)) return false;
        for (int32_t k = 0; k < g->n_out; k++) order->to[n++] = (int8_t)(g->out + k);
    }
    return n == rank;
}

hone_status hn_layout_reshape(hn_layout *L, hn_node *reshape, const hn_perm *p, bool *done) {
    const hn_value *in = reshape->in[0];
    hn_value *out = reshape->out[0];
    uint64_t n_in, n_out;
    groups all;
    hn_perm order = {0, {0}};
    *done = false;
    if (!hn_shape_count(&in->shape, &n_in) || !hn_shape_count(&out->shape, &n_out)) return HONE_OK;
    if (n_in != n_out || n_in == 0 || n_in > INT64_MAX) return HONE_OK;
    for (int32_t i = 0; i < p->rank; i++) all.dim[p->to[i]] = in->shape.dim[i];
    if (!find_groups(&all, p->rank, &out->shape)) return HONE_OK;
    if (!order_of(&all, p, out->shape.rank, &order)) return HONE_OK;
    HN_TRY(hn_layout_store(L, out, &order));
    reshape->op = hn_op_at(HN_OP_reshape);
    reshape->n_in = 1;
    reshape->n_attrs = 0;
    if (!hn_attr_set_ints(L->g, reshape, "shape", out->shape.dim, (uint32_t)out->shape.rank) ||
        !hn_attr_set_int(L->g, reshape, "allow_zero", 1)) {
        return hn_no_memory(L->g->env);
    }
    *done = true;
    return HONE_OK;
}
