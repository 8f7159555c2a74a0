/* SPDX-License-Identifier: Apache-2.0
 * State of the layout pass. A value is *stored* in some order: stored dimension i is the file's
 * dimension perm[i]. The pass walks the nodes once; an operator takes its operands in the order
 * that it finds or asks for another one, and only then a transpose is made (once per value and
 * order). */
#ifndef HN_PASSES_LAYOUT_H
#define HN_PASSES_LAYOUT_H

#include "passes/pass.h"

typedef struct hn_perm {
    int32_t rank;
    int8_t to[HN_MAX_RANK]; /* stored dimension i is logical dimension to[i] */
} hn_perm;

typedef struct hn_layout {
    hn_graph *g;
    hn_perm *of;       /* by value id: how the value is stored now; rank 0: as the file has it */
    hn_value **moved;  /* by value id: a copy in another order that was made already, or NULL */
    uint32_t capacity; /* of both */
    hn_consumers uses; /* as the pass found the graph */
} hn_layout;

hn_perm hn_perm_identity(int32_t rank);
hn_perm hn_perm_channels_last(int32_t rank); /* of N C spatial...: N spatial... C */
hn_perm hn_perm_inverse(const hn_perm *p);
bool hn_perm_equal(const hn_perm *a, const hn_perm *b);
bool hn_perm_is_identity(const hn_perm *p);

hn_perm hn_layout_of(const hn_layout *L, const hn_value *v);
hone_status hn_layout_set(hn_layout *L, const hn_value *v, const hn_perm *p);

/* The value in the order `want`: itself, a constant's other view, or a transposed copy (a reshape
 * where only dimensions of size 1 move). */
hone_status hn_layout_want(hn_layout *L, hn_value *v, const hn_perm *want, hn_value **out);

/* Gives v, a value whose shape is in the file's order, the stored order p: its shape is permuted.
 */
hone_status hn_layout_store(hn_layout *L, hn_value *v, const hn_perm *p);

#endif
