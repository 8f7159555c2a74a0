/* SPDX-License-Identifier: Apache-2.0
 * Slices along axes with steps of either sign: one move. Operands or attributes starts, ends, axes
 * and steps mean what ONNX's do: negative places count from the end, and both ends are clamped.
 * With attribute `sizes` the ends are extents instead, -1 for all that is left (TFLite's SLICE). */
#include "ops/slice.h"

#include <string.h>

#include "ops/hooks.h"

enum { STARTS = 1, ENDS, AXES, STEPS }; /* operands */

typedef struct lists {
    hn_ints starts, ends, axes, steps;
    bool has_axes, has_steps, is_known;
} lists;

static const char *read_list(const hn_node *node, uint32_t operand, const char *name, hn_ints *list,
                             bool *is_there, bool *is_known) {
    const hn_ints_state state = hn_node_ints(node, operand, name, list);
    if (state == HN_INTS_BAD) return "starts, ends, axes and steps must be short lists of integers";
    if (state == HN_INTS_UNKNOWN) *is_known = false;
    *is_there = state != HN_INTS_ABSENT;
    return NULL;
}

static const char *read_lists(const hn_node *node, lists *l) {
    bool has_starts = false, has_ends = false;
    l->is_known = true;
    const char *problem = read_list(node, STARTS, "starts", &l->starts, &has_starts, &l->is_known);
    if (problem == NULL) problem = read_list(node, ENDS, "ends", &l->ends, &has_ends, &l->is_known);
    if (problem == NULL) {
        problem = read_list(node, AXES, "axes", &l->axes, &l->has_axes, &l->is_known);
    }
    if (problem == NULL) {
        problem = read_list(node, STEPS, "steps", &l->steps, &l->has_steps, &l->is_known);
    }
    if (problem == NULL && (!has_starts || !has_ends)) problem = "starts or ends are missing";
    return problem;
}

static int64_t clamp(int64_t v, int64_t low, int64_t high) {
    return v < low ? low : v > high ? high : v;
}

/* Steps beyond the tensor take one element, so that all numbers stay small. */
static void take(int64_t start, int64_t end, int64_t step, int64_t dim, hn_part *p, int32_t d) {
    const int64_t far = (int64_t)1 << 40;
    const int64_t last = step > 0 ? dim : dim - 1; /* where clamping ends above */
    int64_t from = clamp(start, -far, far), to = clamp(end, -far, far);
    step = clamp(step, -far, far);
    if (from < 0) from += dim;
    if (to < 0) to += dim;
    from = clamp(from, 0, last < 0 ? 0 : last);
    to = clamp(to, step > 0 ? 0 : -1, last);
    const int64_t way = step > 0 ? to - from : from - to;
    const int64_t stride = step > 0 ? step : -step;
    p->begin[d] = from;
    p->step[d] = step;
    p->count[d] = way <= 0 || dim == 0 ? 0 : (way + stride - 1) / stride;
}

static const char *take_size(int64_t start, int64_t size, int64_t dim, hn_part *p, int32_t d) {
    if (start < 0 || start > dim) return "the slice begins outside of its input";
    if (size == -1) size = dim - start;
    if (size < 0 || size > dim - start) return "the slice ends outside of its input";
    p->begin[d] = start;
    p->step[d] = 1;
    p->count[d] = size;
    return NULL;
}

const char *hn_part_read(const hn_node *node, const hn_shape *x, hn_part *out) {
    hn_part p = {.is_known = true};
    lists l;
    const char *problem = read_lists(node, &l);
    if (problem != NULL) return problem;
    for (int32_t d = 0; d < x->rank; d++) {
        p.step[d] = 1;
        p.count[d] = x->dim[d];
    }
    p.is_known = l.is_known;
    *out = p;
    if (!l.is_known) return NULL;
    const uint32_t n = l.starts.n;
    const bool are_alike = l.ends.n == n && (!l.has_axes || l.axes.n == n) &&
                           (!l.has_steps || l.steps.n == n) && n <= (uint32_t)x->rank;
    if (!are_alike) return "starts, ends, axes and steps differ in length, or are too many";
    const bool are_sizes = hn_attr_int(node, "sizes", 0) != 0;
    uint32_t seen = 0;
    for (uint32_t i = 0; i < n; i++) {
        int32_t d;
        if (!hn_axis_resolve(l.has_axes ? l.axes.v[i] : (int64_t)i, x->rank, &d)) {
            return "an axis is not a dimension";
        }
        if ((seen >> d & 1u) != 0) return "an axis is named twice";
        seen |= 1u << d;
        const int64_t step = l.has_steps ? l.steps.v[i] : 1;
        if (step == 0) return "a step is 0";
        if (x->dim[d] < 0) {
            p.count[d] = are_sizes && l.ends.v[i] >= 0 ? l.ends.v[i] : -1;
        } else if (are_sizes) {
            problem = take_size(l.starts.v[i], l.ends.v[i], x->dim[d], &p, d);
            if (problem != NULL) return problem;
        } else {
            take(l.starts.v[i], l.ends.v[i], step, x->dim[d], &p, d);
        }
    }
    *out = p;
    return NULL;
}

static hone_status slice_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    if (x->shape.rank < 0) return hn_node_set_shape(g, node, x->dtype, &x->shape);
    hn_part p;
    const char *problem = hn_part_read(node, &x->shape, &p);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_shape out = hn_shape_unknown(x->shape.rank);
    for (int32_t d = 0; p.is_known && d < out.rank; d++) {
        out.dim[d] = p.count[d];
        if (p.count[d] == x->shape.dim[d]) hn_shape_take(&out, d, &x->shape, d);
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

hone_status hn_lower_part(hn_lower *L, const hn_value *x, const hn_part *part, hn_operand out) {
    hn_box box = {.rank = x->shape.rank};
    int64_t stride[HN_MAX_RANK];
    hn_shape taken = {.rank = box.rank};
    hn_shape_strides(&x->shape, stride);
    for (int32_t d = 0; d < box.rank; d++) {
        taken.dim[d] = box.dim[d] = part->count[d];
        box.stride[0][d] = part->count[d] > 1 ? part->step[d] * stride[d] : stride[d];
        box.offset[0] += part->begin[d] * stride[d];
    }
    hn_shape_strides(&taken, box.stride[1]);
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    return hn_lower_move(L, x->dtype, &box, in, out);
}

static hone_status slice_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_part p;
    const char *problem = hn_part_read(node, &x->shape, &p);
    if (problem == NULL && !p.is_known) problem = "the part to take is not constant";
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    bool is_whole = true;
    for (int32_t d = 0; d < x->shape.rank; d++) {
        is_whole = is_whole && p.count[d] == x->shape.dim[d] && (p.step[d] == 1 || p.count[d] == 1);
    }
    return is_whole ? L->alias(L, x, out) : hn_lower_part(L, x, &p, hn_operand_value(out));
}

/* All lists become attributes over all dimensions, in the new order. */
static hone_status slice_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    hn_part p;
    const hn_shape x = hn_shape_before(&node->in[0]->shape, perm, rank);
    const char *problem = hn_part_read(node, &x, &p);
    if (problem == NULL && !p.is_known) problem = "the part to take is not constant";
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    int64_t starts[HN_MAX_RANK], ends[HN_MAX_RANK], axes[HN_MAX_RANK], steps[HN_MAX_RANK];
    for (int32_t i = 0; i < rank; i++) {
        const int32_t d = perm[i];
        const int64_t end = p.begin[d] + p.count[d] * p.step[d];
        starts[i] = p.count[d] > 0 ? p.begin[d] : 0;
        ends[i] = p.count[d] > 0 ? (end < 0 ? INT64_MIN : end) : 0;
        steps[i] = p.count[d] > 0 ? p.step[d] : 1;
        axes[i] = i;
    }
    const uint32_t n = (uint32_t)rank;
    HN_TRY(hn_node_fix_ints(g, node, STARTS, "starts", starts, n));
    HN_TRY(hn_node_fix_ints(g, node, ENDS, "ends", ends, n));
    HN_TRY(hn_node_fix_ints(g, node, AXES, "axes", axes, n));
    HN_TRY(hn_node_fix_ints(g, node, STEPS, "steps", steps, n));
    return hn_attr_set_int(g, node, "sizes", 0) ? HONE_OK : hn_no_memory(g->env);
}

const hn_op_hooks hn_hooks_slice = {.shape = slice_shape,
                                    .lower = slice_lower,
                                    .permute = slice_permute,
                                    .quantized = hn_quantized_move};
