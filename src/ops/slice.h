/* SPDX-License-Identifier: Apache-2.0
 * The part of a tensor that a slice takes: per dimension a first index, a step and a count. */
#ifndef HN_OPS_SLICE_H
#define HN_OPS_SLICE_H

#include "ops/moves.h"

typedef struct hn_part {
    int64_t begin[HN_MAX_RANK], step[HN_MAX_RANK];
    int64_t count[HN_MAX_RANK]; /* -1: unknown */
    bool is_known;              /* begin and step; count too where the input's dimension is */
} hn_part;

/* Reads a `slice` node whose input has shape x, of known rank. NULL, or why it cannot be. */
const char *hn_part_read(const hn_node *node, const hn_shape *x, hn_part *out);

/* Moves that part of x, a tensor of `shape`, to `out`, contiguous. */
hone_status hn_lower_part(hn_lower *L, const hn_value *x, const hn_part *part, hn_operand out);

#endif
