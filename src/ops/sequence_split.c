/* SPDX-License-Identifier: Apache-2.0
 * A tensor cut along an axis into a sequence, and a sequence joined to a tensor. Both see a tensor
 * as [outer, axis, inner] bytes. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lists.h"

enum { X, SIZES }; /* operands of split_to_sequence */

/* ---- split ---- */

static hone_status split_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[X];
    int32_t axis;
    if (x->shape.rank >= 0) HN_TRY(hn_node_axis(g->env, node, 0, x->shape.rank, &axis));
    hn_node_set_list(node, HN_VALUE_SEQUENCE, x->dtype);
    return HONE_OK;
}

/* How an axis is cut: into pieces of `each` (the last may be smaller), or by a list. */
typedef struct cutting {
    const hn_value *sizes;
    const void *list; /* NULL: pieces of `each` */
    int64_t each;
    uint64_t n;
} cutting;

static int64_t number_at(const hn_value *v, const void *bytes, uint64_t i) {
    int64_t wide;
    int32_t narrow;
    if (v->dtype == HN_DTYPE_S32) {
        memcpy(&narrow, (const uint8_t *)bytes + 4 * i, sizeof narrow);
        return narrow;
    }
    memcpy(&wide, (const uint8_t *)bytes + 8 * i, sizeof wide);
    return wide;
}

static hone_status read_cutting(hn_host_eval *H, const hn_node *node, int64_t extent, cutting *c) {
    const hn_value *sizes = hn_node_in(node, SIZES);
    const void *bytes = NULL;
    *c = (cutting){sizes, NULL, 1, (uint64_t)extent};
    if (sizes == NULL) return HONE_OK;
    if ((sizes->dtype != HN_DTYPE_S32 && sizes->dtype != HN_DTYPE_S64) || sizes->shape.rank > 1) {
        return hn_fail(H->env, HONE_E_SHAPE, "the sizes are no list of integers");
    }
    HN_TRY(H->input(H, sizes, &bytes));
    if (sizes->shape.rank == 0) {
        c->each = number_at(sizes, bytes, 0);
        if (c->each < 1) return hn_fail(H->env, HONE_E_DATA, "pieces of no size");
        c->n = (uint64_t)((extent + c->each - 1) / c->each);
        return HONE_OK;
    }
    int64_t sum = 0;
    c->list = bytes;
    c->n = (uint64_t)sizes->shape.dim[0];
    for (uint64_t i = 0; i < c->n; i++) {
        const int64_t size = number_at(sizes, bytes, i);
        if (size < 0 || size > extent - sum) {
            return hn_fail(H->env, HONE_E_DATA, "the sizes do not add up to the extent");
        }
        sum += size;
    }
    if (sum == extent) return HONE_OK;
    return hn_fail(H->env, HONE_E_DATA, "the sizes do not add up to the extent");
}

/* One piece: rows of `size` from `from` on, of each outer index. */
static hone_status cut(hn_host_eval *H, const hn_item *x, int32_t axis, const int64_t range[2],
                       hn_item *piece) {
    const uint64_t inner = (uint64_t)hn_shape_product(&x->shape, axis + 1, x->shape.rank) *
                           hn_dtype_bits(x->dtype) / 8;
    const uint64_t outer = (uint64_t)hn_shape_product(&x->shape, 0, axis);
    const uint64_t row = (uint64_t)x->shape.dim[axis] * inner;
    const uint64_t n = (uint64_t)(range[1] - range[0]) * inner;
    void *memory = NULL;
    *piece = *x;
    piece->shape.dim[axis] = range[1] - range[0];
    piece->n_bytes = outer * n;
    HN_TRY(H->temp(H, piece->n_bytes + 1, &memory));
    uint8_t *to = memory;
    for (uint64_t o = 0; o < outer && n > 0; o++) {
        memcpy(to + o * n, x->bytes + o * row + (uint64_t)range[0] * inner, (size_t)n);
    }
    piece->bytes = memory;
    return HONE_OK;
}

static void drop_axis(hn_shape *s, int32_t axis) {
    for (int32_t d = axis + 1; d < s->rank; d++) s->dim[d - 1] = s->dim[d];
    s->rank--;
}

static hone_status split_host(hn_host_eval *H, hn_node *node) {
    const bool drops = hn_node_in(node, SIZES) == NULL && hn_attr_int(node, "keepdims", 1) == 0;
    void *memory = NULL;
    int32_t axis = 0;
    cutting c;
    hn_item x;
    HN_TRY(hn_host_item(H, node->in[X], &x));
    HN_TRY(hn_node_axis(H->env, node, 0, x.shape.rank, &axis));
    if (hn_dtype_bits(x.dtype) < 8) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "elements of type %s", hn_dtype_name(x.dtype));
    }
    const int64_t extent = x.shape.dim[axis];
    HN_TRY(read_cutting(H, node, extent, &c));
    HN_TRY(H->temp(H, (c.n + 1) * sizeof(hn_item), &memory));
    hn_item *items = memory;
    int64_t range[2] = {0, 0};
    for (uint64_t i = 0; i < c.n; i++) {
        range[0] = range[1];
        range[1] += c.list != NULL ? number_at(c.sizes, c.list, i) : c.each;
        if (range[1] > extent) range[1] = extent;
        HN_TRY(cut(H, &x, axis, range, &items[i]));
        if (drops) drop_axis(&items[i].shape, axis);
    }
    return hn_host_give_list(H, node, items, c.n);
}

/* ---- concat ---- */

static hone_status concat_shape(hn_graph *g, hn_node *node) {
    const hn_shape unknown = hn_shape_unknown(-1);
    HN_TRY(hn_node_check_list(g, node, 0, HN_VALUE_SEQUENCE));
    return hn_node_set_shape(g, node, node->in[0]->dtype, &unknown);
}

/* The joined shape: items have equal extents besides the axis; with is_new they are stacked. */
static hone_status join_shapes(hn_host_eval *H, const hn_node *node, const void *block, bool is_new,
                               hn_shape *out, int32_t *axis) {
    const uint64_t n = hn_list_count(block);
    if (n == 0) return hn_fail(H->env, HONE_E_DATA, "the sequence is empty");
    *out = hn_list_item(block, 0).shape;
    const int32_t rank = out->rank + (is_new ? 1 : 0);
    if (rank > HN_MAX_RANK) return hn_fail(H->env, HONE_E_LIMIT, "a result of rank %d", (int)rank);
    HN_TRY(hn_node_axis(H->env, node, 0, rank, axis));
    for (uint64_t i = 1; i < n; i++) {
        const hn_shape s = hn_list_item(block, i).shape;
        bool fits = s.rank == out->rank;
        for (int32_t d = 0; d < s.rank && fits; d++) {
            fits = s.dim[d] == out->dim[d] || (d == *axis && !is_new);
        }
        if (!fits) return hn_fail(H->env, HONE_E_SHAPE, "the items differ in shape");
        if (!is_new) out->dim[*axis] += s.dim[*axis];
    }
    if (!is_new) return HONE_OK;
    for (int32_t d = out->rank; d > *axis; d--) out->dim[d] = out->dim[d - 1];
    out->dim[*axis] = (int64_t)n;
    out->rank = rank;
    return HONE_OK;
}

static hone_status concat_host(hn_host_eval *H, hn_node *node) {
    const bool is_new = hn_attr_int(node, "new_axis", 0) != 0;
    const void *block = NULL;
    void *memory = NULL;
    hn_shape shape;
    int32_t axis = 0;
    HN_TRY(hn_host_list(H, node->in[0], &block));
    HN_TRY(join_shapes(H, node, block, is_new, &shape, &axis));
    const hn_item first = hn_list_item(block, 0);
    if (hn_dtype_bits(first.dtype) < 8) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "elements of type %s",
                       hn_dtype_name(first.dtype));
    }
    node->out[0]->dtype = first.dtype;
    HN_TRY(H->output(H, node, 0, &shape, &memory));
    uint8_t *to = memory;
    const uint64_t outer = (uint64_t)hn_shape_product(&shape, 0, axis);
    for (uint64_t o = 0; o < outer; o++) {
        for (uint64_t i = 0; i < hn_list_count(block); i++) {
            const hn_item item = hn_list_item(block, i);
            const uint64_t n = item.n_bytes / outer;
            if (n > 0) memcpy(to, item.bytes + o * n, (size_t)n);
            to += n;
        }
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_split_to_sequence = {.shape = split_shape, .host = split_host};
const hn_op_hooks hn_hooks_concat_from_sequence = {.shape = concat_shape, .host = concat_host};
