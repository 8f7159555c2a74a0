/* SPDX-License-Identifier: Apache-2.0
 * See channel_constant.h. */
#include "passes/channel_constant.h"

hn_value *hn_channel_constant(hn_graph *g, hn_value *c, const hn_shape *out, int32_t axis) {
    const int64_t channels = out->dim[axis];
    int64_t stride = 0;
    if (c->constant == NULL || c->dtype != HN_DTYPE_F32 || c->shape.rank > out->rank) return NULL;
    for (int32_t d = 0; d < c->shape.rank; d++) {
        const int32_t at = out->rank - c->shape.rank + d;
        if (c->shape.dim[d] == 1) continue;
        if (at != axis || c->shape.dim[d] != channels) return NULL;
        stride = c->constant->stride[d];
    }
    if (stride == 0 && channels != 1) return NULL; /* a scalar for all channels: not a bias */
    const hn_shape shape = hn_shape_of(1, &channels);
    hn_value *v = hn_graph_constant_borrowed(g, c->name, c->dtype, &shape, c->constant->bytes);
    if (v == NULL) return NULL;
    *v->constant = *c->constant;
    v->constant->stride[0] = stride != 0 ? stride : 1;
    v->origin = c->origin;
    return v;
}

int32_t hn_channel_axis(const hn_node *node) {
    const int32_t rank = node->out[0]->shape.rank;
    if (node->op == hn_op_at(HN_OP_conv) || node->op == hn_op_at(HN_OP_deconv)) {
        return hn_attr_string(node, "layout", "nchw")[1] == 'c' ? 1 : rank - 1;
    }
    return rank - 1;
}
