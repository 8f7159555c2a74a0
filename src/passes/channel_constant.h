/* SPDX-License-Identifier: Apache-2.0
 * Constants that hold one number per channel, as fuse_bias and fuse_scale meet them. */
#ifndef HN_PASSES_CHANNEL_CONSTANT_H
#define HN_PASSES_CHANNEL_CONSTANT_H

#include "passes/pass.h"

/* The dimension of the output channels of a conv, deconv or matrix product. */
int32_t hn_channel_axis(const hn_node *node);

/* The float constant as [channels] when its only dimension that is not 1 is `axis` of `out`; NULL
 * otherwise, or when memory is out. */
hn_value *hn_channel_constant(hn_graph *g, hn_value *c, const hn_shape *out, int32_t axis);

#endif
