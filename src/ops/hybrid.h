/* SPDX-License-Identifier: Apache-2.0
 * LiteRT's dynamic-range ("hybrid") arithmetic: weights of 8 bits meet float activations, which are
 * quantized on the fly by the range of each image or row. */
#ifndef HN_OPS_HYBRID_H
#define HN_OPS_HYBRID_H

#include "ops/direct_step.h"

/* x is f32 and w constant s8 with scales, in a TensorFlow Lite model. */
bool hn_node_is_hybrid(const hn_node *node);

/* The two quantizing steps and the product, for a node with operands x, w, bias whose geometry is
 * in `a`; `weights` lie as the family direct takes them. */
hone_status hn_lower_hybrid(hn_lower *L, const hn_node *node, hn_direct_args *a, hn_operand weights,
                            bool is_asymmetric);

/* Rows of floats in 8 bits: a block of scale and zero point for each, and the bytes. */
typedef struct hn_dynamic {
    hn_operand blocks, bytes;
} hn_dynamic;

/* Quantizes `rows` rows of n floats (mode: kernels/dynquant). out->bytes may be given; what is not
 * given is a temporary. */
hone_status hn_lower_dynamic(hn_lower *L, hn_operand x, int64_t rows, int64_t n, int32_t mode,
                             hn_dynamic *out);

/* A product of rows as the family direct has it: extent is rows, columns, elements of a row. */
hn_direct_args hn_direct_rows(const int64_t extent[3]);

/* Quantized rows times weights s8 [columns, n], which have a scale for each column: floats. */
hone_status hn_lower_dynamic_product(hn_lower *L, const hn_dynamic *x, const hn_direct_args *a,
                                     hn_operand weights, hn_operand scales, hn_operand out);

/* n constant bytes as floats. LiteRT takes those of u8 for s8 and knows no zero point of either. */
hone_status hn_dynamic_floats(hn_lower *L, const hn_value *v, float *out, uint64_t n);

/* The scales of the weights, one for each of n channels. */
hone_status hn_lower_channel_scales(hn_lower *L, const hn_value *w, uint32_t n, hn_operand *out);

#endif
