/* SPDX-License-Identifier: Apache-2.0
 * Axes turned round: all of them (reverse, a move with negative strides), or as much of each
 * sequence as its length says (reverse_sequence), which only the run knows. */
#include "kernels/pattern/pattern.h"
#include "ops/hooks.h"
#include "ops/moves.h"

static int32_t product32(const hn_shape *s, int32_t from, int32_t to) {
    return (int32_t)hn_shape_product(s, from, to);
}

/* ---- reverse ---- */

static hone_status reverse_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_ints axes;
    const hn_ints_state state = hn_node_ints(node, 1, "axes", &axes);
    if (state == HN_INTS_BAD || state == HN_INTS_ABSENT) {
        return hn_fail(g->env, HONE_E_SHAPE, "the axes are not a short list of integers");
    }
    for (uint32_t i = 0; state == HN_INTS_KNOWN && x->shape.rank >= 0 && i < axes.n; i++) {
        int32_t d;
        if (hn_axis_resolve(axes.v[i], x->shape.rank, &d)) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "an axis is not a dimension");
    }
    return hn_node_set_shape(g, node, x->dtype, &x->shape);
}

static hone_status reverse_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_ints axes;
    HN_TRY(hn_lower_ints(L, node, 1, "axes", &axes));
    hn_box box = {.rank = x->shape.rank};
    hn_shape_strides(&x->shape, box.stride[0]);
    hn_shape_strides(&out->shape, box.stride[1]);
    for (int32_t d = 0; d < box.rank; d++) box.dim[d] = x->shape.dim[d];
    for (uint32_t i = 0; i < axes.n; i++) {
        int32_t d;
        if (!hn_axis_resolve(axes.v[i], box.rank, &d) || box.stride[0][d] < 0) {
            return hn_fail(L->env, HONE_E_SHAPE, "an axis is no dimension, or named twice");
        }
        box.offset[0] += (box.dim[d] - 1) * box.stride[0][d];
        box.stride[0][d] = -box.stride[0][d];
    }
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    return hn_lower_move(L, x->dtype, &box, in, hn_operand_value(out));
}

static hone_status reverse_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    hn_ints axes;
    if (hn_node_ints(node, 1, "axes", &axes) != HN_INTS_KNOWN) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "the axes are not constant");
    }
    for (uint32_t i = 0; i < axes.n; i++) {
        int32_t d;
        if (!hn_axis_resolve(axes.v[i], rank, &d)) {
            return hn_fail(g->env, HONE_E_SHAPE, "an axis is not a dimension");
        }
        for (int32_t k = 0; k < rank; k++) {
            if (perm[k] == d) axes.v[i] = k;
        }
    }
    return hn_node_fix_ints(g, node, 1, "axes", axes.v, axes.n);
}

/* ---- reverse_sequence ---- */

static hone_status sequence_axes(hn_env *env, const hn_node *node, int32_t *seq, int32_t *batch) {
    const int32_t rank = node->in[0]->shape.rank;
    if (hn_axis_resolve(hn_attr_int(node, "seq_dim", 0), rank, seq) &&
        hn_axis_resolve(hn_attr_int(node, "batch_dim", 1), rank, batch) && *seq != *batch) {
        return HONE_OK;
    }
    return hn_fail(env, HONE_E_SHAPE, "the sequence and the batch must be two dimensions");
}

static hone_status reverse_sequence_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *lengths = node->in[1];
    if (!hn_dtype_is_integer(lengths->dtype)) {
        return hn_fail(g->env, HONE_E_SHAPE, "lengths of type %s", hn_dtype_name(lengths->dtype));
    }
    if (x->shape.rank >= 0) {
        int32_t seq, batch;
        HN_TRY(sequence_axes(g->env, node, &seq, &batch));
        const int64_t have = x->shape.dim[batch];
        const int64_t n = lengths->shape.rank == 1 ? lengths->shape.dim[0] : -1;
        if (lengths->shape.rank > 1 || lengths->shape.rank == 0 ||
            (n >= 0 && have >= 0 && n != have)) {
            return hn_fail(g->env, HONE_E_SHAPE, "there must be one length per batch");
        }
    }
    return hn_node_set_shape(g, node, x->dtype, &x->shape);
}

static hone_status reverse_sequence_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0];
    const hn_shape *s = &x->shape;
    int32_t seq, batch;
    HN_TRY(sequence_axes(L->env, node, &seq, &batch));
    const int32_t low = seq < batch ? seq : batch, high = seq < batch ? batch : seq;
    hn_reverse_sequence_args args = {.n_outer = product32(s, 0, low),
                                     .dim0 = (int32_t)s->dim[low],
                                     .n_middle = product32(s, low + 1, high),
                                     .dim1 = (int32_t)s->dim[high],
                                     .n_inner = product32(s, high + 1, s->rank),
                                     .seq_first = seq < batch};
    hn_types types;
    hn_operand operands[HN_REVERSE_OPERANDS];
    HN_TRY(hn_lower_size_types(L, x->dtype, &types));
    HN_TRY(hn_lower_operand(L, x, &operands[HN_REVERSE_X]));
    HN_TRY(hn_lower_indices(L, node->in[1], &operands[HN_REVERSE_LENGTHS], &args.index_type));
    operands[HN_REVERSE_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_reverse_sequence, types, &args, operands,
                         HN_REVERSE_OPERANDS);
}

const hn_op_hooks hn_hooks_reverse = {.shape = reverse_shape,
                                      .lower = reverse_lower,
                                      .permute = reverse_permute,
                                      .quantized = hn_quantized_move};
const hn_op_hooks hn_hooks_reverse_sequence = {.shape = reverse_sequence_shape,
                                               .lower = reverse_sequence_lower,
                                               .quantized = hn_quantized_move};
