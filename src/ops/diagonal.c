/* SPDX-License-Identifier: Apache-2.0
 * Matrices with a given main diagonal: zeros elsewhere (matrix_diag), or another matrix's elements
 * (matrix_set_diag). A constant mask chooses between the two. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { MOST = 1 << 24 }; /* elements of the mask */

/* True on the diagonal of a matrix. */
static hn_value *mask(hn_compose *c, int64_t rows, int64_t columns) {
    if (rows < 0 || columns < 0 || (rows > 0 && columns > MOST / rows)) {
        return hn_compose_fail(c, HONE_E_LIMIT, "the matrix is too large");
    }
    uint8_t *bytes = HN_NEW_N(c->g->arena, uint8_t, (uint64_t)(rows * columns) + 1);
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){rows, columns});
    if (bytes == NULL) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    for (int64_t i = 0; i < rows && i < columns; i++) bytes[i * columns + i] = 1;
    if (c->status != HONE_OK) return NULL;
    hn_value *v = hn_graph_constant_borrowed(c->g, "", HN_DTYPE_BOOL, &shape, bytes);
    if (v == NULL) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    v->constant->is_borrowed = false;
    return v;
}

static hone_status matrix_diag_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_shape *x = &node->in[0]->shape;
    if (x->rank < 1 || x->rank >= HN_MAX_RANK) return hn_fail(g->env, HONE_E_SHAPE, "a bad rank");
    const int64_t n = x->dim[x->rank - 1], last = x->rank;
    hn_value *row = HN_MAKE(&c, unsqueeze, node->in[0], hn_make_vector(&c, &last, 1));
    hn_value *zero = hn_make_number(&c, node->in[0]->dtype, 0);
    return hn_compose_end(&c, HN_MAKE(&c, where, mask(&c, n, n), row, zero), node);
}

static hone_status matrix_set_diag_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_shape *x = &node->in[0]->shape, *d = &node->in[1]->shape;
    if (x->rank < 2 || d->rank != x->rank - 1) return hn_fail(g->env, HONE_E_SHAPE, "a bad rank");
    const int64_t rows = x->dim[x->rank - 2], columns = x->dim[x->rank - 1];
    const bool is_wide = rows <= columns;
    if (d->dim[d->rank - 1] != (is_wide ? rows : columns)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the diagonal has another length");
    }
    const int64_t at = is_wide ? d->rank : d->rank - 1;
    hn_value *spread = HN_MAKE(&c, unsqueeze, node->in[1], hn_make_vector(&c, &at, 1));
    hn_value *out = HN_MAKE(&c, where, mask(&c, rows, columns), spread, node->in[0]);
    return hn_compose_end(&c, out, node);
}

const hn_op_hooks hn_hooks_matrix_diag = {.shape = hn_compose_shape, .expand = matrix_diag_expand};
const hn_op_hooks hn_hooks_matrix_set_diag = {.shape = hn_compose_shape,
                                              .expand = matrix_set_diag_expand};
