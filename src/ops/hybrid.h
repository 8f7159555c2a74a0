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

/* The same into another operand than the node's output, with bounds that `a` has; a bias only where
 * it is that output. */
hone_status hn_lower_hybrid_into(hn_lower *L, const hn_node *node, hn_direct_args *a,
                                 hn_operand weights, bool is_asymmetric, hn_operand out);

/* Blocks of scale and zero point for each of `rows` rows of x, and the 8-bit rows, as temporaries
 * (mode: kernels/dynquant). */
hone_status hn_lower_dynamic(hn_lower *L, const hn_value *x, int64_t rows, int32_t mode,
                             hn_operand *blocks, hn_operand *bytes);

#endif
