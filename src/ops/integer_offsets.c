/* SPDX-License-Identifier: Apache-2.0
 * Integer products whose second factor has a zero point that is computed, or one for each column:
 * ConvInteger and MatMulInteger as ONNX allows them, where the kernels take one constant. The sum
 * over x (w - z) is that over x w less z times that over x, and the last is the same product with
 * ones; all of it is exact. */
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, W, X_ZERO, W_ZERO };

/* A tensor of bytes of that shape, all ones: one element seen through strides of 0. */
static hn_value *ones(hn_compose *c, hn_dtype dtype, const hn_shape *shape) {
    static const uint8_t one = 1;
    if (c->status != HONE_OK) return NULL;
    hn_value *v = hn_graph_constant_borrowed(c->g, "", dtype, shape, &one);
    if (v == NULL) return hn_compose_fail(c, HONE_E_MEMORY, "no memory");
    memset(v->constant->stride, 0, sizeof v->constant->stride);
    v->constant->n_bytes = sizeof one;
    return v;
}

static hone_status offsets_expand(hn_graph *g, hn_node *node, hn_op_id op) {
    hn_compose c = hn_compose_begin(g);
    hn_value *w = node->in[W], *zero = node->in[W_ZERO], *x_zero = hn_node_in(node, X_ZERO);
    const bool is_conv = op == HN_OP_conv_integer;
    uint64_t n = 0;
    if (zero == NULL || w->shape.rank < 2 || !hn_shape_count(&zero->shape, &n)) {
        return hn_fail(g->env, HONE_E_SHAPE, "weights or their zero point are missing");
    }
    const int32_t axis = is_conv ? 0 : w->shape.rank - 1;
    if (n != 1 && (zero->shape.rank != 1 || (int64_t)n != w->shape.dim[axis])) {
        return hn_fail(g->env, HONE_E_SHAPE, "the zero points of the weights do not fit them");
    }
    hn_with_node(&c, node, "");
    hn_value *y = hn_make(&c, op, (hn_value *const[]){node->in[X], w, x_zero}, 3);
    hn_value *all = ones(&c, node->in[X]->dtype, &w->shape);
    hn_with_node(&c, node, "");
    hn_value *sums = hn_make(&c, op, (hn_value *const[]){node->in[X], all, x_zero}, 3);
    int64_t dim[HN_MAX_RANK] = {(int64_t)n, 1, 1, 1, 1, 1, 1, 1};
    zero = hn_make_reshape(&c, zero, dim, is_conv ? w->shape.rank - 1 : 1);
    sums = HN_MAKE(&c, mul, sums, hn_make_cast(&c, zero, HN_DTYPE_S32));
    return hn_compose_end(&c, HN_MAKE(&c, sub, y, sums), node);
}

static hone_status conv_expand(hn_graph *g, hn_node *node) {
    return offsets_expand(g, node, HN_OP_conv_integer);
}

static hone_status matmul_expand(hn_graph *g, hn_node *node) {
    return offsets_expand(g, node, HN_OP_matmul_integer);
}

const hn_op_hooks hn_hooks_conv_offsets = {.shape = hn_compose_shape, .expand = conv_expand};
const hn_op_hooks hn_hooks_matmul_offsets = {.shape = hn_compose_shape, .expand = matmul_expand};
