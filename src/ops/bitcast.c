/* SPDX-License-Identifier: Apache-2.0
 * The same bytes under another type: attribute `to`, else the type that the file gives the output.
 * A smaller one adds a last dimension, a larger one takes it away. */
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static hone_status bitcast_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_dtype dtype = hn_dtype_of_name(hn_attr_string(node, "to", ""));
    if (dtype == HN_DTYPE_NONE) dtype = node->out[0]->dtype;
    const uint32_t to = hn_dtype_bits(dtype), from = hn_dtype_bits(x->dtype);
    hn_shape out = x->shape;
    bool fits = to >= 8 && from >= 8;
    if (fits && to < from && out.rank >= 0) {
        fits = from % to == 0 && out.rank < HN_MAX_RANK;
        if (fits) out.dim[out.rank++] = from / to;
    } else if (fits && to > from && out.rank >= 0) {
        fits = to % from == 0 && out.rank > 0 && out.dim[out.rank - 1] == to / from;
        if (fits) out.rank--;
    }
    if (!fits) {
        return hn_fail(g->env, HONE_E_SHAPE, "from %s to %s: they differ in size",
                       hn_dtype_name(x->dtype), hn_dtype_name(dtype));
    }
    return hn_node_set_shape(g, node, dtype, &out);
}

static hone_status bitcast_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    return is_empty ? HONE_OK : L->alias(L, node->in[0], node->out[0]);
}

const hn_op_hooks hn_hooks_bitcast = {.shape = bitcast_shape, .lower = bitcast_lower};
