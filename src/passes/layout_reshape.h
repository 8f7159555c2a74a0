/* SPDX-License-Identifier: Apache-2.0
 * Reshapes that keep a stored order: see layout_reshape.c. */
#ifndef HN_PASSES_LAYOUT_RESHAPE_H
#define HN_PASSES_LAYOUT_RESHAPE_H

#include "passes/layout.h"

/* `reshape` merges and splits dimensions that are neighbours in the order p of its operand as well
 * as in the file's: the result is stored in the order that follows, without a move. *done tells
 * whether that was so; otherwise nothing changed. */
hone_status hn_layout_reshape(hn_layout *L, hn_node *reshape, const hn_perm *p, bool *done);

#endif
