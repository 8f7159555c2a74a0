/* SPDX-License-Identifier: Apache-2.0
 * The hooks of all operators, one object per row of ops.def, each defined in its operator's file.
 */
#ifndef HN_OPS_HOOKS_H
#define HN_OPS_HOOKS_H

#include "ops/op.h"

#define X(name, operands, access, quant, effects) extern const hn_op_hooks hn_hooks_##name;
#include "ops/ops.def"
#undef X

#endif
