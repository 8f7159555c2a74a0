/* SPDX-License-Identifier: Apache-2.0
 * The parts of elementwise operators: the row of each, its float program, its table of 8 bits, and
 * pairs of 8-bit tensors. */
#ifndef HN_OPS_ELEMENTWISE_H
#define HN_OPS_ELEMENTWISE_H

#include "ops/typed.h"

/* How the 8-bit form of an operator with one operand is made in LiteRT's arithmetic. */
typedef enum hn_table_kind {
    HN_TABLE_program, /* its float program over all 256 values */
    HN_TABLE_clamp,   /* LiteRT's own integer arithmetic, as the others */
    HN_TABLE_hard_swish,
    HN_TABLE_leaky_relu,
    HN_TABLE_abs,
    HN_TABLE_sqrt,
    HN_TABLE_rsqrt,
    HN_TABLE_log
} hn_table_kind;

typedef struct hn_elementwise {
    void (*program)(hn_program *p, const hn_node *node); /* NULL: no float form */
    float low, high;     /* bounds that the operator itself puts on its result */
    int32_t integer;     /* hn_ewise_op, or -1 */
    hn_table_kind table; /* for operators of one operand */
    int32_t qbinary;     /* kind of kernels/qbinary, or -1 */
} hn_elementwise;

/* The row of an operator of elementwise.def (elementwise_program.c). */
const hn_elementwise *hn_elementwise_of(const hn_node *node);

/* The operation and the clamp over inputs that the program has already. */
void hn_elementwise_program(const hn_node *node, hn_program *p, const float bounds[2]);

/* The 256 results of an operator of one 8-bit operand; bounds are those of its result. */
hone_status hn_elementwise_table(hn_lower *L, const hn_node *node, const float bounds[2],
                                 uint8_t bytes[256]);

/* The step of an operator of one 16-bit operand (elementwise_wide.c). */
hone_status hn_lower_curve(hn_lower *L, const hn_node *node, const float bounds[2]);

/* Two tensors of 8 or 16 bits with scales (elementwise_pair.c): whether the node has them, and the
 * step of a kind of kernels/qbinary; the output may be bool. */
bool hn_qbinary_fits(const hn_node *node);
hone_status hn_lower_qbinary(hn_lower *L, const hn_node *node, int32_t kind);

#endif
