/* SPDX-License-Identifier: Apache-2.0
 * What operators of attention share. */
#ifndef HN_OPS_ATTENTION_HEADS_H
#define HN_OPS_ATTENTION_HEADS_H

#include "ops/compose.h"

/* [batch, heads, rows, size] seen with another number of heads, the rows of each one after the
 * other: queries that share keys become the rows of one product so, and scores their heads'. */
hn_value *hn_make_regrouped(hn_compose *c, hn_value *v, int64_t heads);

#endif
