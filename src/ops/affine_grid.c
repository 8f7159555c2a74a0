/* SPDX-License-Identifier: Apache-2.0
 * affine_grid: the places that grid_sample reads, by an affine map of each image. Coordinate i is
 * the sum of theta[i][j] times position j (the last dimension first) and of theta[i][last]. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

/* Positions -1 to 1 along dimension d of the grid, which has n spatial dimensions. */
static hn_value *positions(hn_compose *c, int64_t extent, int32_t d, int32_t n, bool is_aligned) {
    float *v = HN_NEW_N(c->g->arena, float, (uint64_t)extent + 1);
    int64_t dim[HN_MAX_RANK];
    if (v == NULL) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    for (int64_t i = 0; i < extent; i++) {
        const double at = is_aligned
                              ? (extent > 1 ? 2.0 * (double)i / (double)(extent - 1) - 1 : -1)
                              : (2.0 * (double)i + 1) / (double)extent - 1;
        v[i] = (float)at;
    }
    for (int32_t i = 0; i <= n; i++) dim[i] = i == d + 1 ? extent : 1;
    const hn_shape shape = hn_shape_of(n + 1, dim);
    return hn_make_floats(c, &shape, v);
}

/* theta[:, row, column] with dimensions of 1 for the grid. */
static hn_value *entry(hn_compose *c, hn_value *theta, int64_t row, int64_t column, int32_t n) {
    int64_t dim[HN_MAX_RANK] = {0};
    if (c->status != HONE_OK) return NULL;
    dim[0] = theta->shape.dim[0];
    for (int32_t i = 1; i <= n; i++) dim[i] = 1;
    hn_value *v = hn_make_slice(c, theta, 1, (const int64_t[]){row, row + 1});
    v = hn_make_slice(c, v, 2, (const int64_t[]){column, column + 1});
    return hn_make_reshape(c, v, dim, n + 1);
}

static hn_value *coordinate(hn_compose *c, hn_value *theta, hn_value *const *place, int32_t row,
                            int32_t n) {
    const int64_t last = n + 1;
    hn_value *sum = NULL;
    for (int32_t j = 0; j < n; j++) {
        hn_value *part = HN_MAKE(c, mul, entry(c, theta, row, j, n), place[n - 1 - j]);
        sum = sum == NULL ? part : HN_MAKE(c, add, sum, part);
    }
    sum = HN_MAKE(c, add, sum, entry(c, theta, row, n, n));
    return HN_MAKE(c, unsqueeze, sum, hn_make_vector(c, &last, 1));
}

static hone_status affine_grid_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_shape *theta = &node->in[0]->shape;
    const bool is_aligned = hn_attr_int(node, "align_corners", 0) != 0;
    hn_value *place[3] = {NULL}, *part[3] = {NULL};
    hn_ints size;
    if (hn_node_ints(node, 1, "", &size) != HN_INTS_KNOWN || (size.n != 4 && size.n != 5)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the size is no list of 4 or 5 extents");
    }
    const int32_t n = (int32_t)size.n - 2;
    if (theta->rank != 3 || theta->dim[0] != size.v[0] || theta->dim[1] != n ||
        theta->dim[2] != n + 1) {
        return hn_fail(g->env, HONE_E_SHAPE, "theta does not fit the size");
    }
    for (int32_t d = 0; d < n; d++) {
        if (size.v[d + 2] < 0 || size.v[d + 2] > INT32_MAX) {
            return hn_fail(g->env, HONE_E_SHAPE, "an extent is not possible");
        }
        place[d] = positions(&c, size.v[d + 2], d, n, is_aligned);
    }
    for (int32_t i = 0; i < n; i++) part[i] = coordinate(&c, node->in[0], place, i, n);
    hn_with_int(&c, "axis", n + 1);
    return hn_compose_end(&c, hn_make(&c, HN_OP_concat, part, (uint32_t)n), node);
}

const hn_op_hooks hn_hooks_affine_grid = {.shape = hn_compose_shape, .expand = affine_grid_expand};
