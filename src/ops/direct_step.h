/* SPDX-License-Identifier: Apache-2.0
 * The step of the family direct, for operators that the tuned kernels do not cover. */
#ifndef HN_OPS_DIRECT_STEP_H
#define HN_OPS_DIRECT_STEP_H

#include "kernels/direct/direct.h"
#include "ops/emit.h"
#include "ops/window.h"

/* Geometry along the spatial dimensions of a window; leading ones that are missing become 1. */
void hn_direct_geometry(const hn_window *w, hn_direct_args *a);

/* The step of a node with operands x, w, bias: everything but the geometry, channels and groups in
 * `a` is filled in. `weights` lie as the kernel takes them, with zero point `w_zero`. */
typedef struct hn_direct_operands {
    const hn_value *x, *w, *bias, *out;
    hn_types types;
    hn_operand weights;
    bool is_real; /* requantised by a double: HN_ARITH_REAL */
} hn_direct_operands;
hone_status hn_direct_emit(hn_lower *L, const hn_node *node, hn_direct_args *a,
                           const hn_direct_operands *o);

#endif
