/* SPDX-License-Identifier: Apache-2.0
 * Quantize and dequantize in the forms that have no integer kernel: packed and small float types,
 * 16 bits without a sign, and scales for blocks along an axis. They compute in float32. */
#ifndef HN_OPS_QUANTIZE_ANY_H
#define HN_OPS_QUANTIZE_ANY_H

#include "ops/lower.h"

typedef struct hn_scaling {
    const hn_value *scale, *zero; /* zero NULL: all zero */
    int64_t axis, block;          /* block 0: scales for the tensor or for each index of axis */
} hn_scaling;

hone_status hn_lower_quantize_any(hn_lower *L, const hn_node *node, const hn_scaling *s);
hone_status hn_lower_dequantize_any(hn_lower *L, const hn_node *node, const hn_scaling *s);

#endif
