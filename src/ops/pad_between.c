/* SPDX-License-Identifier: Apache-2.0
 * pad_between: a number put before, behind and between the elements along each dimension, as often
 * as attributes low, high and interior say; negative low and high cut elements off. dilate has the
 * steps between the elements as an operand. */
#include "ops/compose.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X, VALUE }; /* operands */

typedef struct between {
    int64_t low[HN_MAX_RANK], high[HN_MAX_RANK], interior[HN_MAX_RANK];
} between;

static bool read_list(const hn_node *node, const char *name, const char *foreign, int32_t rank,
                      int64_t least, int64_t *out) {
    const char *which = hn_attr_find(node, name) != NULL ? name : foreign;
    if (rank == 0) return true;
    if (!hn_attr_ints(node, which, out, (uint32_t)rank)) return false;
    for (int32_t d = 0; d < rank; d++) {
        if (out[d] < least || out[d] > INT32_MAX) return false;
    }
    return true;
}

static const char *read_between(const hn_node *node, between *b) {
    const hn_value *x = node->in[X], *value = node->in[VALUE];
    const int32_t rank = x->shape.rank;
    if (x->dtype != value->dtype) return "tensor and number differ in type";
    if (hn_shape_product(&value->shape, 0, value->shape.rank) != 1) return "not one number";
    const bool is_read = read_list(node, "low", "edge_padding_low", rank, -INT32_MAX, b->low) &&
                         read_list(node, "high", "edge_padding_high", rank, -INT32_MAX, b->high) &&
                         read_list(node, "interior", "interior_padding", rank, 0, b->interior);
    return is_read ? NULL : "the pads are not one for each dimension";
}

static hone_status pad_between_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[X];
    between b;
    if (!hn_shape_is_known(&x->shape) || node->in[VALUE]->shape.rank < 0) {
        const hn_shape unknown = hn_shape_unknown(x->shape.rank);
        return hn_node_set_shape(g, node, x->dtype, &unknown);
    }
    const char *problem = read_between(node, &b);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_shape out = x->shape;
    for (int32_t d = 0; d < out.rank; d++) {
        const int64_t n = x->shape.dim[d];
        out.dim[d] = b.low[d] + b.high[d] + n;
        if (n > 1 && b.interior[d] > INT32_MAX / n) out.dim[d] = -1;
        if (n > 1) out.dim[d] += (n - 1) * b.interior[d];
        if (out.dim[d] < 0) return hn_fail(g->env, HONE_E_SHAPE, "a dimension is not possible");
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

/* The part of x that is left along d: how many elements, from where to where. False for none. */
static bool clip_axis(const between *b, const hn_shape *x, const hn_shape *out, int32_t d,
                      int64_t part[3]) {
    const int64_t step = b->interior[d] + 1, low = b->low[d];
    const int64_t first = low < 0 ? (-low + step - 1) / step : 0;
    const int64_t at = low + first * step;
    if (first >= x->dim[d] || at >= out->dim[d]) return false;
    const int64_t room = (out->dim[d] - 1 - at) / step + 1, left = x->dim[d] - first;
    part[0] = left < room ? left : room;
    part[1] = first;
    part[2] = at;
    return true;
}

static hone_status pad_between_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[X], *out = node->out[0];
    between b;
    const char *problem = read_between(node, &b);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    hn_operand in, value, to = hn_operand_value(out);
    HN_TRY(hn_lower_operand(L, x, &in));
    HN_TRY(hn_lower_operand(L, node->in[VALUE], &value));
    hn_box all = {.rank = out->shape.rank}, box = {.rank = out->shape.rank};
    hn_shape_strides(&out->shape, all.stride[1]);
    hn_shape_strides(&x->shape, box.stride[0]);
    bool is_none = false;
    for (int32_t d = 0; d < all.rank; d++) {
        int64_t part[3] = {0};
        all.dim[d] = out->shape.dim[d];
        all.stride[0][d] = 0;
        is_none = is_none || !clip_axis(&b, &x->shape, &out->shape, d, part);
        box.dim[d] = part[0];
        box.offset[0] += part[1] * box.stride[0][d];
        box.offset[1] += part[2] * all.stride[1][d];
        box.stride[1][d] = all.stride[1][d] * (b.interior[d] + 1);
    }
    HN_TRY(hn_lower_move(L, x->dtype, &all, value, to));
    return is_none ? HONE_OK : hn_lower_move(L, x->dtype, &box, in, to);
}

/* ---- dilate ---- */

static hone_status dilate_expand(hn_graph *g, hn_node *node) {
    hn_compose c = hn_compose_begin(g);
    const int32_t rank = node->in[X]->shape.rank;
    const int64_t none[HN_MAX_RANK] = {0};
    int64_t step[HN_MAX_RANK];
    HN_TRY(hn_constant_read_s64(g, node->in[1], step, (uint64_t)rank));
    for (int32_t d = 0; d < rank; d++) {
        if (step[d] < 1) return hn_fail(g->env, HONE_E_SHAPE, "the steps are not positive");
        step[d]--;
    }
    hn_with_ints(&c, "low", none, (uint32_t)rank);
    hn_with_ints(&c, "high", none, (uint32_t)rank);
    hn_with_ints(&c, "interior", step, (uint32_t)rank);
    return hn_compose_end(&c, HN_MAKE(&c, pad_between, node->in[X], node->in[2]), node);
}

const hn_op_hooks hn_hooks_pad_between = {.shape = pad_between_shape, .lower = pad_between_lower};
const hn_op_hooks hn_hooks_dilate = {.shape = hn_compose_shape, .expand = dilate_expand};
