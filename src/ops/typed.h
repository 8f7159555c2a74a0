/* SPDX-License-Identifier: Apache-2.0
 * Steps on elements of any type: the ewise, select and cast families for operators whose tensors
 * are not float32. */
#ifndef HN_OPS_TYPED_H
#define HN_OPS_TYPED_H

#include "kernels/ewise/ewise.h"
#include "ops/emit.h"

/* An elementwise step: op over one or two operands with broadcasting. */
typedef struct hn_typed {
    int32_t op; /* hn_ewise_op */
    uint32_t n_in;
    hn_dtype dtype; /* of the operands */
    hn_operand in[2];
    hn_shape shape[2];
    hn_shape out; /* the result's shape */
} hn_typed;

/* Starts a description with no operands, and appends one. */
hn_typed hn_typed_begin(int32_t op, hn_dtype dtype, const hn_shape *out);
void hn_typed_input(hn_typed *t, hn_operand in, const hn_shape *shape);
hone_status hn_lower_typed(hn_lower *L, const hn_typed *t, hn_operand out);

/* One step for a node of one or two operands of one type. */
hone_status hn_lower_typed_node(hn_lower *L, const hn_node *node, int32_t op);

/* Number of operands and kind of an operation. */
uint32_t hn_ewise_operands(int32_t op);
hn_ewise_kind hn_ewise_kind_of(int32_t op);

/* n elements from one type to another. E_UNSUPPORTED for types that cast does not know. For small
 * floats: what is too large becomes an infinity or NaN, not the greatest number; how powers round.
 */
typedef struct hn_conversion {
    hn_dtype from, to;
    uint64_t n;
    bool overflows;
    int32_t rounding; /* HN_SMALL_NEAREST, _UP, _DOWN */
} hn_conversion;
hone_status hn_lower_cast(hn_lower *L, const hn_conversion *c, hn_operand in, hn_operand out);

/* v as an operand of elements of `dtype`: itself, or a converted copy in memory of the node. */
hone_status hn_lower_as(hn_lower *L, const hn_value *v, hn_dtype dtype, hn_operand *out);

/* A tensor with one scale as float32 in memory of the node, and a float32 result as such a tensor.
 */
hone_status hn_lower_dequantized(hn_lower *L, const hn_value *v, hn_operand *out);
hone_status hn_lower_quantized(hn_lower *L, hn_arith arith, hn_operand in, const hn_value *out);

/* Memory of the node for n elements. */
hone_status hn_lower_temp(hn_lower *L, hn_dtype dtype, const hn_shape *shape, hn_operand *out);

/* A constant of one element: v converted to dtype, an integer or a float of 32 or 64 bits. */
hone_status hn_lower_scalar(hn_lower *L, hn_dtype dtype, double v, hn_operand *out);

#endif
