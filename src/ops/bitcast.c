/* SPDX-License-Identifier: Apache-2.0
 * The same bytes under another type (attribute `to`) of the same size. */
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static hone_status bitcast_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const hn_dtype dtype = hn_dtype_of_name(hn_attr_string(node, "to", ""));
    const uint32_t bits = hn_dtype_bits(dtype);
    if (bits == 0 || bits != hn_dtype_bits(x->dtype)) {
        return hn_fail(g->env, HONE_E_SHAPE, "from %s to %s: they differ in size",
                       hn_dtype_name(x->dtype), hn_dtype_name(dtype));
    }
    return hn_node_set_shape(g, node, dtype, &x->shape);
}

static hone_status bitcast_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    return is_empty ? HONE_OK : L->alias(L, node->in[0], node->out[0]);
}

const hn_op_hooks hn_hooks_bitcast = {.shape = bitcast_shape, .lower = bitcast_lower};
