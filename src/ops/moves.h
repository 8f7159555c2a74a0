/* SPDX-License-Identifier: Apache-2.0
 * What operators that only move elements share. Elements go by their size, so every type of 8 to
 * 64 bits is served by the same steps. */
#ifndef HN_OPS_MOVES_H
#define HN_OPS_MOVES_H

#include "ops/emit.h"
#include "ops/infer.h"
#include "ops/typed.h"

/* A move whose views split dimensions and so have more of them than a tensor may have. */
enum { HN_WIDE_RANK = 2 * HN_MAX_RANK };
typedef struct hn_wide {
    int32_t rank;
    int64_t dim[HN_WIDE_RANK], stride[2][HN_WIDE_RANK], offset[2]; /* input, output */
} hn_wide;

/* One step where eight dimensions are enough after merging, else one for each index of the outer
 * ones. No step when a dimension is 0. */
hone_status hn_lower_wide(hn_lower *L, hn_dtype dtype, const hn_wide *box, hn_operand in,
                          hn_operand out);

/* Adds a dimension to a wide box. */
void hn_wide_add(hn_wide *box, int64_t dim, int64_t stride_in, int64_t stride_out);

/* n elements of `out` become the low bits of `bits`. */
hone_status hn_lower_fill(hn_lower *L, hn_dtype dtype, int64_t n, uint64_t bits, hn_operand out);

/* All elements of x, in order, to `out`. */
hone_status hn_lower_copy(hn_lower *L, const hn_value *x, hn_operand out);

/* `out` becomes these bytes, which follow from shapes and constants. */
hone_status hn_lower_known(hn_lower *L, const void *bytes, const hn_value *out);

/* v as an operand of indices; *type is its HN_INDEX_*. */
hone_status hn_lower_indices(hn_lower *L, const hn_value *v, hn_operand *out, int32_t *type);

/* The list of integers that a lower hook needs, from operand or attribute: constant by then. */
hone_status hn_lower_ints(hn_lower *L, const hn_node *node, uint32_t operand, const char *name,
                          hn_ints *out);

/* Sets an attribute of n integers and drops the operand that it stands for. */
hone_status hn_node_fix_ints(hn_graph *g, hn_node *node, uint32_t operand, const char *name,
                             const int64_t *v, uint32_t n);

/* Type key of x's elements by size, or E_UNSUPPORTED. */
hone_status hn_lower_size_types(hn_lower *L, hn_dtype dtype, hn_types *types);

/* The bits of element `at` of a constant of 8 to 64 bits per element. */
uint64_t hn_constant_bits(const hn_value *v, uint64_t at);

#endif
