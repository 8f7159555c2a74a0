/* SPDX-License-Identifier: Apache-2.0
 * What the recurrent operators of ONNX and TensorFlow Lite share. */
#ifndef HN_OPS_RECURRENT_H
#define HN_OPS_RECURRENT_H

#include "ops/lower.h"

/* A product of x [rows, in] and w [columns, in] in memory of this node: extent is rows, columns,
 * in. */
hone_status hn_lower_projection(hn_lower *L, hn_operand x, hn_operand w, const int64_t extent[3],
                                hn_operand *out);

/* The memory of such a product, without making it. */
hone_status hn_lower_projected(hn_lower *L, const int64_t extent[2], hn_operand *out);

#endif
