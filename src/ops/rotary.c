/* SPDX-License-Identifier: Apache-2.0
 * Rotary position embedding (Su et al., 2021): pairs of each head's numbers are turned by an angle
 * that grows with the position. The cosines and sines come as tables, of which position_ids choose
 * rows. Pairs are the halves of a head, or neighbours (`interleaved`); what lies behind
 * `rotary_embedding_dim` stays. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, COS, SIN, POSITIONS }; /* operands */

/* x as [batch, a, b, size], where positions run along dimension `at` (1 or 2). */
typedef struct rotary {
    hn_value *x, *cosine, *sine;
    int32_t at;
    int64_t size, turned;
    bool is_interleaved;
} rotary;

static const char *check_operands(const hn_node *node) {
    const hn_shape *x = &node->in[X]->shape;
    const hn_value *ids = hn_node_in(node, POSITIONS);
    const int32_t table_rank = ids != NULL ? 2 : 3;
    const int64_t heads = hn_attr_int(node, "num_heads", 0);
    if (x->rank != 3 && x->rank != 4) return "the input must have rank 3 or 4";
    if (x->rank == 3 && (heads <= 0 || x->dim[2] % heads != 0)) {
        return "num_heads must divide the hidden size";
    }
    if (node->in[COS]->shape.rank != table_rank || node->in[SIN]->shape.rank != table_rank) {
        return "the tables have another rank";
    }
    return ids != NULL && ids->shape.rank != 2 ? "position_ids must have rank 2" : NULL;
}

/* The table's rows for each position, with a dimension for the heads. */
static hn_value *table_rows(hn_compose *c, const hn_node *node, hn_value *table, int32_t at) {
    const int64_t axis = at == 1 ? 2 : 1;
    hn_value *ids = hn_node_in(node, POSITIONS);
    if (ids != NULL) {
        hn_with_int(c, "axis", 0);
        table = HN_MAKE(c, gather, table, ids);
    }
    return HN_MAKE(c, unsqueeze, table, hn_make_vector(c, &axis, 1));
}

/* Half `which` of the turned numbers. */
static hn_value *half_of(hn_compose *c, const rotary *r, hn_value *x, int64_t which) {
    const int64_t half = r->turned / 2;
    if (c->status != HONE_OK) return NULL;
    if (!r->is_interleaved) {
        return hn_make_slice(c, x, 3, (const int64_t[]){which * half, (which + 1) * half});
    }
    const int64_t last = 4, *d = x->shape.dim;
    x = hn_make_reshape(c, x, (const int64_t[]){d[0], d[1], d[2], half, 2}, 5);
    x = hn_make_slice(c, x, 4, (const int64_t[]){which, which + 1});
    return HN_MAKE(c, squeeze, x, hn_make_vector(c, &last, 1));
}

static hn_value *turn(hn_compose *c, const rotary *r) {
    const int64_t last = 4;
    hn_value *x = r->x;
    if (r->turned < r->size) x = hn_make_slice(c, x, 3, (const int64_t[]){0, r->turned});
    hn_value *a = half_of(c, r, x, 0), *b = half_of(c, r, x, 1);
    hn_value *real = HN_MAKE(c, sub, HN_MAKE(c, mul, r->cosine, a), HN_MAKE(c, mul, r->sine, b));
    hn_value *other = HN_MAKE(c, add, HN_MAKE(c, mul, r->sine, a), HN_MAKE(c, mul, r->cosine, b));
    if (c->status != HONE_OK) return NULL;
    if (!r->is_interleaved) {
        hn_with_int(c, "axis", 3);
        return HN_MAKE(c, concat, real, other);
    }
    hn_value *axis = hn_make_vector(c, &last, 1);
    real = HN_MAKE(c, unsqueeze, real, axis);
    other = HN_MAKE(c, unsqueeze, other, axis);
    hn_with_int(c, "axis", 4);
    hn_value *pairs = HN_MAKE(c, concat, real, other);
    return hn_make_reshape(c, pairs, x->shape.dim, 4);
}

static hone_status rotary_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const char *problem = check_operands(node);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const hn_shape shape = node->in[X]->shape;
    const int64_t heads = hn_attr_int(node, "num_heads", 0);
    rotary r = {.x = node->in[X], .at = shape.rank == 3 ? 1 : 2};
    r.size = shape.rank == 3 ? shape.dim[2] / heads : shape.dim[3];
    r.turned = hn_attr_int(node, "rotary_embedding_dim", 0);
    r.is_interleaved = hn_attr_int(node, "interleaved", 0) != 0;
    if (r.turned == 0) r.turned = r.size;
    if (r.turned < 0 || r.turned > r.size || r.turned % 2 != 0) {
        return hn_fail(g->env, HONE_E_SHAPE, "an odd size, or more than a head has, is turned");
    }
    if (shape.rank == 3) {
        r.x = hn_make_reshape(&c, r.x, (const int64_t[]){shape.dim[0], shape.dim[1], heads, r.size},
                              4);
    }
    r.cosine = table_rows(&c, node, node->in[COS], r.at);
    r.sine = table_rows(&c, node, node->in[SIN], r.at);
    hn_value *y = turn(&c, &r);
    if (r.turned < r.size) {
        hn_value *rest = hn_make_slice(&c, r.x, 3, (const int64_t[]){r.turned, r.size});
        hn_with_int(&c, "axis", 3);
        y = HN_MAKE(&c, concat, y, rest);
    }
    if (shape.rank == 3) y = hn_make_reshape(&c, y, shape.dim, 3);
    return hn_compose_end(&c, y, node);
}

const hn_op_hooks hn_hooks_rotary_embedding = {.shape = hn_compose_shape, .expand = rotary_expand};
