/* SPDX-License-Identifier: Apache-2.0
 * Softmax of 16-bit tensors over their last dimension. */
#ifndef HN_OPS_SOFTMAX_WIDE_H
#define HN_OPS_SOFTMAX_WIDE_H

#include "ops/lower.h"

/* Whether the node is one that LiteRT has, and its step. */
bool hn_softmax_is_wide(const hn_node *node);
hone_status hn_lower_softmax_wide(hn_lower *L, const hn_node *node);

#endif
