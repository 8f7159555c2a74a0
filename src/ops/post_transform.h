/* SPDX-License-Identifier: Apache-2.0
 * What models of ai.onnx.ml do with their scores (attribute `post_transform`). */
#ifndef HN_OPS_POST_TRANSFORM_H
#define HN_OPS_POST_TRANSFORM_H

#include "ops/compose.h"

/* The scores themselves ("NONE"), or "LOGISTIC", "SOFTMAX", "SOFTMAX_ZERO" (where 0 stays 0) or
 * "PROBIT" of them. */
hn_value *hn_make_transform(hn_compose *c, const char *name, hn_value *scores);

/* The same by the node's attribute. */
hn_value *hn_make_post_transform(hn_compose *c, const hn_node *node, hn_value *scores);

#endif
