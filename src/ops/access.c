/* SPDX-License-Identifier: Apache-2.0
 * Access maps: for one input of a node, what each output dimension reads of it. The row names the
 * rule; the attributes fill in axes, windows and pads. Shapes must have been inferred. */
#include "ops/infer.h"
#include "ops/slice.h"
#include "ops/window.h"

static const hn_access whole = {HN_DIM_ALL, -1, 0, 0, 0, 0};
static const hn_access none = {HN_DIM_BROADCAST, -1, 0, 0, 0, 0};

static hn_access same(int32_t dim) {
    const hn_access a = {HN_DIM_SAME, dim, 0, 0, 0, 0};
    return a;
}

static hn_access of_kind(hn_access_kind kind, int32_t dim) {
    const hn_access a = {kind, dim, 0, 0, 0, 0};
    return a;
}

/* Output dimension d against the input's, right-aligned. */
static void broadcast_map(const hn_shape *in, const hn_shape *out, hn_access *map) {
    for (int32_t d = 0; d < out->rank; d++) {
        const int32_t at = d - (out->rank - in->rank);
        if (at < 0) {
            map[d] = none;
        } else if (in->dim[at] == 1 && out->dim[d] != 1) {
            map[d] = of_kind(HN_DIM_BROADCAST, at);
        } else {
            map[d] = same(at);
        }
    }
}

/* Weights and bias of a convolution: the output's channels follow their own, no other does. */
static bool conv_parameters(const hn_node *node, uint32_t input, int32_t channel, hn_access *map) {
    const hn_shape *w = &node->in[input]->shape;
    hn_kernel_dims k;
    for (int32_t d = 0; d < node->out[0]->shape.rank; d++) map[d] = none;
    if (input > 1) {
        map[channel] = same(w->rank - 1);
        return true;
    }
    if (hn_kernel_dims_read(node, w->rank, &k) != NULL) return false;
    map[channel] = same(k.out);
    return true;
}

/* How the channels of a convolution depend on the image's: all of them, one, or a group's. */
static hn_access channel_access(const hn_node *node, int32_t channel) {
    if (node->op != hn_op_at(HN_OP_conv)) return same(channel);
    const int64_t in = node->in[0]->shape.dim[channel], out = node->out[0]->shape.dim[channel];
    hn_kernel_dims k;
    const bool is_1hwo =
        hn_kernel_dims_read(node, node->in[1]->shape.rank, &k) == NULL && k.is_1hwo;
    const int64_t group = hn_attr_int(node, "group", is_1hwo ? in : 1);
    if (group == 1) return of_kind(HN_DIM_ALL, channel);
    return group == in && in == out ? same(channel) : of_kind(HN_DIM_MERGED, channel);
}

/* A transposed convolution spreads its input: no window of it is one of the output. */
static bool deconv_map(uint32_t input, hn_access *map) {
    if (input == 0) map[0] = same(0);
    return true;
}

static bool window_map(const hn_node *node, uint32_t input, hn_access *map) {
    const hn_shape *x = &node->in[0]->shape;
    if (x->rank < 3 || x->rank > 5 || node->out[0]->shape.rank != x->rank) return false;
    const bool is_conv = node->op == hn_op_at(HN_OP_conv);
    hn_kernel_dims k;
    hn_window w;
    int64_t kernel[3];
    if (node->op == hn_op_at(HN_OP_deconv)) return deconv_map(input, map);
    if (is_conv) {
        if (hn_kernel_dims_read(node, x->rank, &k) != NULL) return false;
        if (node->in[1]->shape.rank != x->rank) return false;
        for (int32_t i = 0; i < x->rank - 2; i++) kernel[i] = node->in[1]->shape.dim[k.first + i];
    } else if (hn_window_kernel(node, x, kernel) != NULL) {
        return false;
    }
    if (hn_window_read(node, x, kernel, &w) != NULL) return false;
    if (input > 0) return conv_parameters(node, input, w.channel, map);
    map[0] = same(0);
    for (int32_t i = 0; i < w.n_spatial; i++) {
        const hn_window_axis *a = &w.axis[i];
        const hn_access window = {HN_DIM_WINDOW,      w.first + i,          (int32_t)a->kernel,
                                  (int32_t)a->stride, (int32_t)a->dilation, (int32_t)a->pad_begin};
        map[w.first + i] = window;
    }
    map[w.channel] = channel_access(node, w.channel);
    return true;
}

static bool axis_map(const hn_node *node, hn_access_kind kind, hn_access *map) {
    const hn_shape *x = &node->in[0]->shape;
    int32_t axis;
    hn_ints list = {{hn_attr_int(node, "axis", kind == HN_DIM_ALL ? -1 : 0)}, 1};
    const bool is_split = node->op == hn_op_at(HN_OP_split); /* the axis may be operand 2 */
    if (is_split && hn_node_ints(node, 2, "axis", &list) == HN_INTS_UNKNOWN) return false;
    if (list.n != 1 || !hn_axis_resolve(list.v[0], x->rank, &axis)) return false;
    const bool is_2d = hn_attr_int(node, "coerce_2d", 0) != 0;
    for (int32_t d = 0; d < x->rank; d++) {
        map[d] = d == axis || (is_2d && d > axis) ? of_kind(kind, d) : same(d);
    }
    return true;
}

static bool reduce_map(const hn_node *node, hn_access *map) {
    const hn_shape *x = &node->in[0]->shape;
    hn_reduction r = {{false}, true, true};
    if (node->op == hn_op_at(HN_OP_global_avg_pool)) {
        int32_t first, channel;
        hn_image_dims(node, x->rank, &first, &channel);
        for (int32_t d = first; d < first + x->rank - 2; d++) r.reduced[d] = true;
    } else if (hn_reduction_read(node, &r) != NULL || !r.is_known) {
        return false;
    }
    int32_t at = 0;
    for (int32_t d = 0; d < x->rank; d++) {
        if (!r.reduced[d]) {
            map[at++] = same(d);
        } else if (r.keepdims) {
            map[at++] = of_kind(HN_DIM_ALL, d);
        }
    }
    return true;
}

static bool permute_map(const hn_node *node, hn_access *map) {
    int32_t perm[HN_MAX_RANK];
    bool is_known;
    const int32_t rank = node->in[0]->shape.rank;
    if (hn_perm_read(node, rank, perm, &is_known) != NULL || !is_known) return false;
    for (int32_t d = 0; d < rank; d++) map[d] = same(perm[d]);
    return true;
}

/* A slice whose steps are all 1 is a padding with negative pads. */
static bool part_map(const hn_node *node, hn_access *map) {
    hn_part p;
    if (hn_part_read(node, &node->in[0]->shape, &p) != NULL || !p.is_known) return false;
    for (int32_t d = 0; d < node->in[0]->shape.rank; d++) {
        const bool is_whole = p.count[d] == node->in[0]->shape.dim[d] && p.step[d] == 1;
        map[d] = is_whole ? same(d) : of_kind(HN_DIM_OFFSET, d);
        map[d].pad = is_whole ? 0 : (int32_t)-p.begin[d];
        map[d].stride = is_whole ? 0 : (int32_t)p.step[d];
    }
    return true;
}

static bool slice_map(const hn_node *node, hn_access *map) {
    if (node->op == hn_op_at(HN_OP_slice)) return part_map(node, map);
    hn_padding p;
    if (hn_padding_read(node, &p) != NULL || !p.is_known) return false;
    for (int32_t d = 0; d < node->in[0]->shape.rank; d++) {
        map[d] = same(d);
        if (p.begin[d] == 0 && p.end[d] == 0) continue;
        map[d] = of_kind(HN_DIM_OFFSET, d);
        map[d].pad = (int32_t)p.begin[d];
    }
    return true;
}

/* Both shapes are cut where the products of their leading dimensions meet: a piece of one dimension
 * on either side is the same dimension, others are merged or split.
 *
 *     in   2 | 3  4 | 5         out  2 | 12 | 5 */
static void reshape_map(const hn_shape *in, const hn_shape *out, hn_access *map) {
    int32_t i = 0, o = 0;
    while (o < out->rank) {
        const int32_t i0 = i, o0 = o;
        int64_t have = i < in->rank ? in->dim[i++] : 1, want = out->dim[o++];
        while (have != want && (i < in->rank || o < out->rank)) {
            if ((have < want && i < in->rank) || o == out->rank) {
                have *= in->dim[i++];
            } else {
                want *= out->dim[o++];
            }
        }
        const bool is_one = i - i0 == 1 && o - o0 == 1;
        for (int32_t d = o0; d < o; d++) {
            map[d] = is_one ? same(i0) : of_kind(HN_DIM_MERGED, i0 < in->rank ? i0 : -1);
        }
    }
}

/* A dimension that keeps its extent may still be resampled from a region, by attributes that only
 * the operator knows, so that only extents of 1 are told to be the same. */
static bool stretch_map(const hn_shape *in, const hn_shape *out, hn_access *map) {
    if (in->rank != out->rank) return false;
    for (int32_t d = 0; d < out->rank; d++) {
        map[d] = in->dim[d] == 1 && out->dim[d] == 1 ? same(d) : of_kind(HN_DIM_ALL, d);
    }
    return true;
}

/* Squeeze, unsqueeze and gather: the dimensions of x that the output keeps, in order. */
/* pack has one dimension more, unpack one less. */
static bool stack_map(const hn_node *node, int32_t x_rank, bool is_pack, hn_access *map) {
    const int32_t rank = is_pack ? x_rank + 1 : x_rank;
    int32_t axis;
    if (!hn_axis_resolve(hn_attr_int(node, "axis", 0), rank, &axis)) return false;
    for (int32_t d = 0, other = 0; d < rank; d++) {
        if (is_pack) map[d] = d == axis ? none : same(other);
        if (!is_pack && d != axis) map[other] = same(d);
        if (d != axis) other++;
    }
    return true;
}

static bool follow_map(const hn_node *node, hn_access *map) {
    const hn_shape *x = &node->in[0]->shape, *out = &node->out[0]->shape;
    const bool is_pack = node->op == hn_op_at(HN_OP_pack);
    if (is_pack || node->op == hn_op_at(HN_OP_unpack)) {
        return stack_map(node, x->rank, is_pack, map);
    }
    if (node->op == hn_op_at(HN_OP_gather)) {
        const hn_value *indices = hn_node_in(node, 1);
        int32_t axis;
        if (indices == NULL || indices->shape.rank > 1 || hn_attr_int(node, "batch_dims", 0) != 0 ||
            !hn_axis_resolve(hn_attr_int(node, "axis", 0), x->rank, &axis)) {
            return false;
        }
        for (int32_t d = 0, at = 0; at < x->rank; at++) {
            if (at != axis) map[d++] = same(at);
            if (at == axis && indices->shape.rank == 1) map[d++] = of_kind(HN_DIM_ALL, at);
        }
        return true;
    }
    hn_ints axes;
    uint32_t set = 0;
    const hn_ints_state state = hn_node_ints(node, 1, "axes", &axes);
    const bool is_squeeze = node->op == hn_op_at(HN_OP_squeeze);
    const int32_t rank = is_squeeze ? x->rank : out->rank;
    const bool is_list = state == HN_INTS_KNOWN && axes.n > 0;
    if (!is_list && (!is_squeeze || state == HN_INTS_UNKNOWN)) return false;
    for (uint32_t i = 0; is_list && i < axes.n; i++) {
        int32_t d;
        if (!hn_axis_resolve(axes.v[i], rank, &d)) return false;
        set |= 1u << d;
    }
    for (int32_t d = 0; d < rank && !is_list; d++) set |= x->dim[d] == 1 ? 1u << d : 0;
    for (int32_t d = 0, other = 0; d < rank; d++) {
        const bool is_named = (set >> d & 1u) != 0;
        if (!is_squeeze) map[d] = is_named ? none : same(other);
        if (is_squeeze && !is_named) map[other] = same(d);
        if (!is_named) other++;
    }
    return true;
}

/* Rows and columns of a product; `turned` where the input's matrix is transposed. */
static void matrix_map(const hn_shape *in, const hn_shape *out, bool is_left, bool turned,
                       hn_access *map) {
    const int32_t rank = in->rank, batches = out->rank - 2;
    for (int32_t d = 0; d < batches; d++) {
        const int32_t at = d - (batches - (rank - 2));
        if (at < 0) {
            map[d] = none;
        } else {
            map[d] =
                in->dim[at] == 1 && out->dim[d] != 1 ? of_kind(HN_DIM_BROADCAST, at) : same(at);
        }
    }
    const int32_t row = turned ? rank - 1 : rank - 2, column = turned ? rank - 2 : rank - 1;
    map[batches] = is_left ? same(row) : none;
    map[batches + 1] = is_left ? of_kind(HN_DIM_ALL, column) : same(column);
}

static bool gemm_map(const hn_node *node, uint32_t input, hn_access *map) {
    const hn_shape *in = &node->in[input]->shape, *out = &node->out[0]->shape;
    if (input > 1) {
        broadcast_map(in, out, map);
        return true;
    }
    if (node->op == hn_op_at(HN_OP_fully_connected)) {
        const int32_t last = out->rank - 1;
        for (int32_t d = 0; d < out->rank; d++) map[d] = input == 0 ? whole : none;
        if (input == 1) map[last] = same(0);
        if (input == 1 || in->rank != out->rank) return true;
        for (int32_t d = 0; d < last; d++) map[d] = same(d);
        map[last] = of_kind(HN_DIM_ALL, last);
        return true;
    }
    if (in->rank < 2 || out->rank < 2 || in->rank > out->rank) return false;
    const bool turned = hn_attr_int(node, input == 0 ? "trans_a" : "trans_b", 0) != 0;
    matrix_map(in, out, input == 0, turned, map);
    return true;
}

hone_status hn_node_access(const hn_node *node, uint32_t input, hn_access map[HN_MAX_RANK]) {
    const hn_value *x = hn_node_in(node, input);
    if (x == NULL || node->op == NULL || node->n_out == 0) return HONE_E_ARGUMENT;
    const hn_shape *out = &node->out[0]->shape;
    if (x->shape.rank < 0 || out->rank < 0 || node->in[0]->shape.rank < 0) return HONE_E_SHAPE;
    for (int32_t d = 0; d < HN_MAX_RANK; d++) map[d] = whole;
    const bool is_side = input > 0 && node->op->access != HN_ACCESS_SAME &&
                         node->op->access != HN_ACCESS_WINDOW &&
                         node->op->access != HN_ACCESS_GEMM && node->op->access != HN_ACCESS_CONCAT;
    if (is_side) return HONE_OK;
    bool is_mapped = true;
    switch (node->op->access) {
    case HN_ACCESS_ALL:
        break;
    case HN_ACCESS_SAME:
        broadcast_map(&x->shape, out, map);
        break;
    case HN_ACCESS_WINDOW:
        is_mapped = window_map(node, input, map);
        break;
    case HN_ACCESS_AXIS:
        is_mapped = axis_map(node, HN_DIM_ALL, map);
        break;
    case HN_ACCESS_REDUCE:
        is_mapped = reduce_map(node, map);
        break;
    case HN_ACCESS_PERMUTE:
        is_mapped = permute_map(node, map);
        break;
    case HN_ACCESS_CONCAT:
        is_mapped = axis_map(node, HN_DIM_OFFSET, map);
        break;
    case HN_ACCESS_RESHAPE: {
        uint64_t n_in, n_out;
        is_mapped =
            hn_shape_count(&x->shape, &n_in) && hn_shape_count(out, &n_out) && n_in == n_out;
        if (is_mapped && n_in > 0) reshape_map(&x->shape, out, map);
        break;
    }
    case HN_ACCESS_SLICE:
        is_mapped = slice_map(node, map);
        break;
    case HN_ACCESS_GEMM:
        is_mapped = gemm_map(node, input, map);
        break;
    case HN_ACCESS_BLOCK:
        for (int32_t d = 0; d < out->rank; d++) {
            map[d] = d == 0 ? same(d) : of_kind(HN_DIM_MERGED, d);
        }
        break;
    case HN_ACCESS_FOLLOW:
        is_mapped = follow_map(node, map);
        break;
    case HN_ACCESS_STRETCH:
        is_mapped = stretch_map(&x->shape, out, map);
        break;
    }
    return is_mapped ? HONE_OK : HONE_E_SHAPE;
}
