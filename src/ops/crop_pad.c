/* SPDX-License-Identifier: Apache-2.0
 * center_crop_pad: each of `axes` gets the extent that operand 1 asks for, by cutting or adding
 * zeros at both ends; what is odd falls to the end. */
#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

/* Pads of each axis (negative ones crop), begins and then ends. */
static const char *read_pads(const hn_node *node, int64_t *pads) {
    const hn_shape *x = &node->in[0]->shape;
    hn_ints want, axes;
    if (hn_node_ints(node, 1, "", &want) != HN_INTS_KNOWN) return "the shape is no list";
    const hn_ints_state state = hn_node_ints(node, UINT32_MAX, "axes", &axes);
    if (state == HN_INTS_ABSENT) {
        axes.n = (uint32_t)x->rank;
        for (int32_t d = 0; d < x->rank; d++) axes.v[d] = d;
    } else if (state != HN_INTS_KNOWN) {
        return "the axes are no list";
    }
    if (axes.n != want.n) return "there must be one extent for each axis";
    for (uint32_t i = 0; i < axes.n; i++) {
        int32_t axis;
        if (!hn_axis_resolve(axes.v[i], x->rank, &axis)) return "an axis is not a dimension";
        if (want.v[i] < 0 || want.v[i] > INT32_MAX) return "an extent is not possible";
        const int64_t more = want.v[i] - x->dim[axis], size = more < 0 ? -more : more;
        pads[axis] = more < 0 ? -(size / 2) : size / 2;
        pads[x->rank + axis] = more - pads[axis];
    }
    return NULL;
}

static hone_status crop_pad_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    int64_t pads[2 * HN_MAX_RANK] = {0};
    const char *problem = read_pads(node, pads);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_value *list = hn_make_vector(&c, pads, 2 * (uint32_t)node->in[0]->shape.rank);
    return hn_compose_end(&c, HN_MAKE(&c, pad, node->in[0], list), node);
}

/* Where the extents are not known yet, their number is. */
static hone_status crop_pad_shape(hn_graph *g, hn_node *node) {
    const hn_attr *axes = hn_attr_find(node, "axes");
    const int64_t n = axes != NULL ? (int64_t)axes->n : node->in[0]->shape.rank;
    const int64_t n_extents = hn_list_length(node->in[1]);
    if (n >= 0 && n_extents >= 0 && n_extents != n) {
        return hn_fail(g->env, HONE_E_SHAPE, "there must be one extent for each axis");
    }
    return hn_compose_shape(g, node);
}

const hn_op_hooks hn_hooks_center_crop_pad = {.shape = crop_pad_shape, .expand = crop_pad_expand};
