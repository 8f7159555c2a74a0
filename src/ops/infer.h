/* SPDX-License-Identifier: Apache-2.0
 * What shape hooks share: operands and attributes read with the suspicion that a hostile file
 * deserves, and outputs set only after their size was checked. Functions that have no environment
 * give the reason of a refusal as a text (NULL: fine), so that ops/access.c can use them too. */
#ifndef HN_OPS_INFER_H
#define HN_OPS_INFER_H

#include "ops/op.h"

/* Operand i, or NULL when it is absent. */
static inline hn_value *hn_node_in(const hn_node *node, uint32_t i) {
    return i < node->n_in ? node->in[i] : NULL;
}

/* A short list of integers: axes, a permutation, pads, a shape. */
enum { HN_INTS_MAX = 2 * HN_MAX_RANK };
typedef enum hn_ints_state {
    HN_INTS_ABSENT,
    HN_INTS_KNOWN,
    HN_INTS_UNKNOWN, /* an operand whose value is not constant */
    HN_INTS_BAD      /* of another type, or too long */
} hn_ints_state;
typedef struct hn_ints {
    int64_t v[HN_INTS_MAX];
    uint32_t n;
} hn_ints;

/* The list that operand `operand` or else attribute `name` gives. An operand of UINT32_MAX is none.
 */
hn_ints_state hn_node_ints(const hn_node *node, uint32_t operand, const char *name, hn_ints *out);

/* The number of elements of a list, as far as its shape tells; -1: not known, or no list. */
int64_t hn_list_length(const hn_value *v);

/* Negative axes count from the end; false when it is none of `rank` dimensions. */
bool hn_axis_resolve(int64_t axis, int32_t rank, int32_t *out);

/* A permute hook's work for attribute `axis`: it becomes the place of `axis` in perm. */
hone_status hn_axis_permute(hn_graph *g, hn_node *node, int32_t axis, const int32_t *perm,
                            int32_t rank);

/* For permute hooks: the shape that an operand had before its dimensions were re-ordered. */
hn_shape hn_shape_before(const hn_shape *now, const int32_t *perm, int32_t rank);

/* Product of dim[from..to): -1 when one is unknown or when it overflows. */
int64_t hn_shape_product(const hn_shape *s, int32_t from, int32_t to);

/* dimension d of out is dimension `from` of `in`, with its symbol. */
void hn_shape_take(hn_shape *out, int32_t d, const hn_shape *in, int32_t from);

/* The output's type of an operator that computes: the declared one where the node maps one
 * quantized integer type to another, else the input's. */
hn_dtype hn_node_out_dtype(const hn_node *node, const hn_value *x);

/* Sets type and shape of output 0, after checking that its size can be computed; hn_node_set_output
 * those of output k, which may be absent. */
hone_status hn_node_set_shape(hn_graph *g, hn_node *node, hn_dtype dtype, const hn_shape *shape);
hone_status hn_node_set_output(hn_graph *g, hn_node *node, uint32_t k, hn_dtype dtype,
                               const hn_shape *shape);

/* Attribute `axis` (with a default) as one of `rank` dimensions, or E_SHAPE. */
hone_status hn_node_axis(hn_env *env, const hn_node *node, int64_t absent, int32_t rank,
                         int32_t *axis);

/* A shape of unknown rank, and one of a rank with unknown dimensions. */
hn_shape hn_shape_unknown(int32_t rank);

/* True when v holds 8-bit integers with one scale; 16-bit ones, which have no zero point. */
bool hn_value_is_q8(const hn_value *v);
bool hn_value_is_q16(const hn_value *v);

/* True when w holds 8-bit integers with one zero point, scaled per tensor or along `axis`. */
bool hn_weights_are_q8(const hn_value *w, int32_t axis);

/* True for no bias and for one of s32. */
static inline bool hn_bias_is_s32(const hn_value *bias) {
    return bias == NULL || bias->dtype == HN_DTYPE_S32;
}

/* Same type, and the same scale and zero point throughout. */
bool hn_quant_is_equal(const hn_value *a, const hn_value *b);

/* `quantized` hooks of operators that only move elements: all of one type, and in HN_ARITH_RNE of
 * one quantization (LiteRT ignores a difference). */
bool hn_quantized_move(const hn_node *node);

/* The axes of a reduction, sorted out: reduced[d] for each dimension of x. */
typedef struct hn_reduction {
    bool reduced[HN_MAX_RANK];
    bool keepdims, is_known;
} hn_reduction;
const char *hn_reduction_read(const hn_node *node, hn_reduction *out);

/* perm of a transpose: the attribute, or operand 1, or reversed. */
const char *hn_perm_read(const hn_node *node, int32_t rank, int32_t *perm, bool *is_known);

/* pads of a pad node, one begin and end per dimension; negative ones crop. */
typedef struct hn_padding {
    int64_t begin[HN_MAX_RANK], end[HN_MAX_RANK];
    bool is_known;
} hn_padding;
const char *hn_padding_read(const hn_node *node, hn_padding *out);

#endif
