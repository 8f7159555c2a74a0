/* SPDX-License-Identifier: Apache-2.0
 * Products with weights of few bits or of 8 (domain com.microsoft): matmul_nbits has 4-bit weights
 * with a scale for each block of a column, which are dequantized as they are; the other two have
 * 8-bit operands, of which matmul_integer makes sums that are scaled. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { A, B, SCALES, ZEROS, GROUPS, BIAS }; /* operands of matmul_nbits */

typedef struct blocks {
    int64_t k, n, block, per_row; /* per_row: blocks of a column of the weights */
} blocks;

static const char *read_blocks(const hn_node *node, blocks *b) {
    const hn_shape *w = &node->in[B]->shape, *a = &node->in[A]->shape;
    b->k = hn_attr_int(node, "K", 0);
    b->n = hn_attr_int(node, "N", 0);
    b->block = hn_attr_int(node, "block_size", 0);
    if (hn_attr_int(node, "bits", 4) != 4) return "weights of other than 4 bits";
    if (b->k < 1 || b->n < 1 || b->k > INT32_MAX || b->n > INT32_MAX || b->block < 16 ||
        b->block > 4096 || b->block % 2 != 0) {
        return "K, N or block_size are not possible";
    }
    b->per_row = (b->k + b->block - 1) / b->block;
    if (w->rank != 3 || w->dim[0] != b->n || w->dim[1] != b->per_row || w->dim[2] != b->block / 2) {
        return "the weights are not [N, blocks, block_size / 2]";
    }
    if (a->rank < 1 || a->dim[a->rank - 1] != b->k) return "the input's last dimension is not K";
    return hn_node_in(node, GROUPS) != NULL ? "weights in another order" : NULL;
}

/* A constant's bytes as [rows, columns] numbers of 4 bits. */
static hn_value *as_nibbles(hn_compose *c, const hn_value *v, int64_t rows, int64_t columns) {
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){rows, columns});
    if (c->status != HONE_OK) return NULL;
    const bool is_fit = v->constant != NULL && v->dtype == HN_DTYPE_U8 &&
                        hn_constant_is_contiguous(v) &&
                        v->constant->n_bytes >= (uint64_t)(rows * columns + 1) / 2;
    if (!is_fit) return hn_compose_fail(c, HONE_E_UNSUPPORTED, "4-bit numbers not in a constant");
    hn_value *made = hn_graph_constant_borrowed(c->g, "", HN_DTYPE_U4, &shape, v->constant->bytes);
    if (made != NULL) made->constant->is_borrowed = v->constant->is_borrowed;
    return made != NULL ? made : hn_compose_fail(c, HONE_E_MEMORY, "no memory");
}

static hn_value *zeros_of(hn_compose *c, const hn_node *node, const blocks *b) {
    const int64_t even = b->per_row + b->per_row % 2;
    const hn_value *zeros = hn_node_in(node, ZEROS);
    if (zeros == NULL) {
        hn_value *dims = hn_make_vector(c, (const int64_t[]){b->n, b->per_row}, 2);
        return HN_MAKE(c, expand, hn_make_number(c, HN_DTYPE_F32, 8), dims);
    }
    hn_value *v = hn_make_cast(c, as_nibbles(c, zeros, b->n, even), HN_DTYPE_F32);
    return even == b->per_row ? v : hn_make_slice(c, v, 1, (const int64_t[]){0, b->per_row});
}

static hone_status nbits_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    blocks b = {0};
    const char *problem = read_blocks(node, &b);
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    const int64_t all = b.per_row * b.block;
    hn_value *w = as_nibbles(&c, node->in[B], b.n, all);
    hn_value *scales = hn_make_reshape(&c, node->in[SCALES], (const int64_t[]){b.n, b.per_row}, 2);
    hn_value *zeros = zeros_of(&c, node, &b), *bias = hn_node_in(node, BIAS);
    hn_with_int(&c, "axis", 1);
    hn_with_int(&c, "block_size", b.block);
    w = HN_MAKE(&c, dequantize, w, scales, zeros);
    if (all > b.k) w = hn_make_slice(&c, w, 1, (const int64_t[]){0, b.k});
    hn_with_int(&c, "trans_b", 1);
    hn_value *y = HN_MAKE(&c, matmul, node->in[A], w);
    if (bias != NULL) y = HN_MAKE(&c, add, y, bias);
    return hn_compose_end(&c, y, node);
}

/* ---- sums of 8-bit products, scaled ---- */

/* (a - a_zero) (b - b_zero) a_scale b_scale + bias */
static hn_value *scaled_product(hn_compose *c, hn_value *const in[7]) {
    hn_value *sum = HN_MAKE(c, matmul_integer, in[0], in[1], in[4], in[5]);
    hn_value *y = hn_make_cast(c, sum, HN_DTYPE_F32);
    y = HN_MAKE(c, mul, y, HN_MAKE(c, mul, in[2], in[3]));
    return in[6] != NULL ? HN_MAKE(c, add, y, in[6]) : y;
}

static hone_status to_float_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_value *in[7];
    for (uint32_t i = 0; i < 7; i++) in[i] = hn_node_in(node, i);
    return hn_compose_end(&c, scaled_product(&c, in), node);
}

static hone_status dynamic_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    hn_with_outputs(&c, 3);
    hn_value *a = HN_MAKE(&c, dynamic_quantize, node->in[0]);
    hn_value *scale = hn_make_output(&c, 1), *zero = hn_make_output(&c, 2);
    hn_value *const in[7] = {
        a, node->in[1], scale, node->in[2], zero, hn_node_in(node, 3), hn_node_in(node, 4)};
    return hn_compose_end(&c, scaled_product(&c, in), node);
}

const hn_op_hooks hn_hooks_matmul_nbits = {.shape = hn_compose_shape, .expand = nbits_expand};
const hn_op_hooks hn_hooks_matmul_integer_to_float = {.shape = hn_compose_shape,
                                                      .expand = to_float_expand};
const hn_op_hooks hn_hooks_dynamic_quantize_matmul = {.shape = hn_compose_shape,
                                                      .expand = dynamic_expand};
