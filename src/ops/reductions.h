/* SPDX-License-Identifier: Apache-2.0
 * What the reductions share: axes, shapes, and one step of the reduce family. */
#ifndef HN_OPS_REDUCTIONS_H
#define HN_OPS_REDUCTIONS_H

#include "kernels/reduce/reduce.h"
#include "ops/infer.h"
#include "ops/typed.h"

/* The axes that the node reduces, whichever operator it is; hn_reduction_known also refuses those
 * that are not constant. */
const char *hn_reduction_axes(const hn_node *node, hn_reduction *r);
const char *hn_reduction_known(const hn_node *node, hn_reduction *r);

hn_shape hn_reduced_shape(const hn_shape *x, const hn_reduction *r);

/* Hooks. */
hone_status hn_reduce_shape(hn_graph *g, hn_node *node);
hone_status hn_reduce_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank);

/* One step on elements without a scale: f32, s32, s64; s8, u8 and bool for maxima and minima. */
typedef struct hn_reduction_step {
    hn_dtype dtype;
    int32_t kind; /* of kernels/reduce */
    const hn_shape *x;
    const hn_reduction *axes;
} hn_reduction_step;
hone_status hn_lower_reduction(hn_lower *L, const hn_reduction_step *s, hn_operand in,
                               hn_operand out);

#endif
