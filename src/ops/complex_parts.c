/* SPDX-License-Identifier: Apache-2.0
 * Complex tensors: their real parts, imaginary parts, magnitudes and products, and the transform of
 * real images. A complex tensor is one of floats with a last dimension of 2. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static hn_value *as_pairs(hn_compose *c, hn_value *x) {
    if (x->dtype != HN_DTYPE_C64 || x->shape.rank >= HN_MAX_RANK) {
        return hn_compose_fail(c, HONE_E_UNSUPPORTED, "of a tensor that is not c64");
    }
    hn_with_text(c, "to", "f32");
    return HN_MAKE(c, bitcast, x);
}

/* Part 0 or 1 of pairs that were a tensor of that rank; the dimension of pairs stays, as 1. */
static hn_value *make_part(hn_compose *c, hn_value *pairs, int32_t rank, int64_t part) {
    const int64_t range[2] = {part, part + 1};
    return hn_make_slice(c, pairs, rank, range);
}

static hone_status part_expand(hn_graph *g, hn_node *node, int64_t part) {
    hn_compose c = hn_compose_begin(g);
    const int32_t last = node->in[0]->shape.rank;
    const int64_t axis = last;
    hn_value *v = make_part(&c, as_pairs(&c, node->in[0]), last, part);
    return hn_compose_end(&c, HN_MAKE(&c, squeeze, v, hn_make_vector(&c, &axis, 1)), node);
}

static hone_status real_expand(hn_graph *g, hn_node *node) {
    return part_expand(g, node, 0);
}

static hone_status imag_expand(hn_graph *g, hn_node *node) {
    return part_expand(g, node, 1);
}

static hone_status complex_abs_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const int64_t axis = node->in[0]->shape.rank;
    hn_value *v = as_pairs(&c, node->in[0]);
    hn_with_int(&c, "keepdims", 0);
    return hn_compose_end(&c, HN_MAKE(&c, reduce_l2, v, hn_make_vector(&c, &axis, 1)), node);
}

static hone_status complex_mul_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *re[2], *im[2];
    for (uint32_t i = 0; i < 2; i++) {
        const int32_t rank = node->in[i]->shape.rank;
        hn_value *pairs = as_pairs(&c, node->in[i]);
        re[i] = make_part(&c, pairs, rank, 0);
        im[i] = make_part(&c, pairs, rank, 1);
    }
    hn_value *real =
        HN_MAKE(&c, sub, HN_MAKE(&c, mul, re[0], re[1]), HN_MAKE(&c, mul, im[0], im[1]));
    hn_value *imag =
        HN_MAKE(&c, add, HN_MAKE(&c, mul, re[0], im[1]), HN_MAKE(&c, mul, im[0], re[1]));
    hn_with_int(&c, "axis", -1);
    hn_value *pairs = HN_MAKE(&c, concat, real, imag);
    hn_with_text(&c, "to", "c64");
    return hn_compose_end(&c, HN_MAKE(&c, bitcast, pairs), node);
}

/* Rows first, one side of their spectra; then columns. */
static hone_status rfft2d_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const hn_value *x = node->in[0];
    const int32_t rank = x->shape.rank;
    int64_t size[2], dim[HN_MAX_RANK];
    if (rank < 2 || rank >= HN_MAX_RANK || x->dtype != HN_DTYPE_F32) {
        return hn_fail(g->env, HONE_E_SHAPE, "images of that rank or type");
    }
    HN_TRY(hn_constant_read_s64(g, node->in[1], size, 2));
    for (int32_t i = 0; i < 2; i++) {
        if (size[i] > 0 && (size[i] & (size[i] - 1)) == 0) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "a length that is no power of two");
    }
    for (int32_t d = 0; d < rank; d++) dim[d] = x->shape.dim[d];
    dim[rank] = 1;
    hn_value *v = hn_make_reshape(&c, node->in[0], dim, rank + 1);
    hn_with_int(&c, "onesided", 1);
    v = HN_MAKE(&c, dft, v, hn_make_number(&c, HN_DTYPE_S64, (double)size[1]),
                hn_make_number(&c, HN_DTYPE_S64, rank - 1));
    v = HN_MAKE(&c, dft, v, hn_make_number(&c, HN_DTYPE_S64, (double)size[0]),
                hn_make_number(&c, HN_DTYPE_S64, rank - 2));
    hn_with_text(&c, "to", "c64");
    return hn_compose_end(&c, HN_MAKE(&c, bitcast, v), node);
}

const hn_op_hooks hn_hooks_real = {.shape = hn_compose_shape, .expand = real_expand};
const hn_op_hooks hn_hooks_imag = {.shape = hn_compose_shape, .expand = imag_expand};
const hn_op_hooks hn_hooks_complex_abs = {.shape = hn_compose_shape, .expand = complex_abs_expand};
const hn_op_hooks hn_hooks_complex_mul = {.shape = hn_compose_shape, .expand = complex_mul_expand};
const hn_op_hooks hn_hooks_rfft2d = {.shape = hn_compose_shape, .expand = rfft2d_expand};
