/* SPDX-License-Identifier: Apache-2.0
 * The one case in which a reshape of a re-ordered value costs nothing. */
#ifndef HN_PASSES_LAYOUT_FLATTEN_H
#define HN_PASSES_LAYOUT_FLATTEN_H

#include "passes/layout.h"

/* `reshape` flattens [n, ...] to [n, k], its operand is stored in order p (batch first), and all
 * its readers are matrix products with a constant right side: the matrix's rows are re-ordered
 * instead, once, here. *done tells whether that was so; otherwise nothing changed. */
hone_status hn_layout_flatten(hn_layout *L, hn_node *reshape, const hn_perm *p, bool *done);

#endif
