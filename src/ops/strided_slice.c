/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow's strided slice: begin, end and strides with masks that open an end, stand for all
 * dimensions between (ellipsis), add a dimension of 1 or drop one. It is one move of the part of
 * the input that is meant; only the output's shape knows of added and dropped dimensions. Bit i of
 * a mask belongs to entry i of the lists, as in LiteRT. */
#include "ops/hooks.h"
#include "ops/slice.h"

enum { BEGIN = 1, END, STRIDES }; /* operands */

typedef struct spec {
    hn_ints begin, end, strides;
    int64_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask;
    bool is_offset; /* ends are relative to the beginnings */
} spec;

static bool has_bit(int64_t mask, uint32_t i) {
    return (mask >> i & 1) != 0;
}

static const char *read_spec(const hn_node *node, spec *s, bool *is_known) {
    const hn_ints_state state[3] = {hn_node_ints(node, BEGIN, "begin", &s->begin),
                                    hn_node_ints(node, END, "end", &s->end),
                                    hn_node_ints(node, STRIDES, "strides", &s->strides)};
    *is_known = true;
    for (uint32_t i = 0; i < 3; i++) {
        if (state[i] == HN_INTS_BAD) return "begin, end and strides must be lists of integers";
        if (state[i] == HN_INTS_UNKNOWN) *is_known = false;
    }
    if (!*is_known) return NULL;
    if (s->begin.n != s->end.n || s->begin.n != s->strides.n) {
        return "begin, end and strides differ in length";
    }
    s->begin_mask = hn_attr_int(node, "begin_mask", 0);
    s->end_mask = hn_attr_int(node, "end_mask", 0);
    s->ellipsis_mask = hn_attr_int(node, "ellipsis_mask", 0);
    s->new_axis_mask = hn_attr_int(node, "new_axis_mask", 0);
    s->shrink_mask = hn_attr_int(node, "shrink_axis_mask", 0);
    s->is_offset = hn_attr_int(node, "offset", 0) != 0;
    return NULL;
}

static int64_t clamp(int64_t v, int64_t low, int64_t high) {
    return v < low ? low : v > high ? high : v;
}

/* Entry i of the lists for input dimension d. */
static const char *take(const spec *s, uint32_t i, int64_t dim, hn_part *p, int32_t d) {
    const int64_t step = s->strides.v[i], begin = s->begin.v[i], end = s->end.v[i];
    const int64_t low = step > 0 ? 0 : -1, high = step > 0 ? dim : dim - 1;
    const bool shrinks = has_bit(s->shrink_mask, i);
    if (step == 0 || step < -INT32_MAX || step > INT32_MAX) return "a stride is 0 or too large";
    if (begin < INT32_MIN || begin > INT32_MAX || end < INT32_MIN || end > INT32_MAX) {
        return "begin or end is too large";
    }
    p->step[d] = step;
    p->count[d] = -1;
    if (shrinks && step < 0) return "a dropped dimension with a negative stride";
    if (shrinks) p->count[d] = 1;
    if (dim < 0) return NULL;
    int64_t from = clamp(begin < 0 ? begin + dim : begin, low, high);
    if (has_bit(s->begin_mask, i)) from = step > 0 ? 0 : dim - 1;
    if (shrinks && (from >= dim || (begin < -dim && !has_bit(s->begin_mask, i)))) {
        return "an index is outside its dimension";
    }
    int64_t to = s->is_offset ? end + from : end;
    to = clamp(to < 0 ? to + dim : to, low, high);
    if (has_bit(s->end_mask, i)) to = step > 0 ? dim : -1;
    if (shrinks) to = from + 1;
    const int64_t way = step > 0 ? to - from : from - to, stride = step > 0 ? step : -step;
    p->begin[d] = way > 0 ? from : 0;
    p->count[d] = way > 0 ? (way + stride - 1) / stride : 0;
    return NULL;
}

/* Goes through the entries: the part of the input, and the output's shape. */
static const char *apply(const spec *s, const hn_shape *x, hn_part *p, hn_shape *out) {
    uint32_t n_new = 0, ellipsis = s->begin.n;
    for (uint32_t i = 0; i < s->begin.n; i++) {
        const bool is_ellipsis = has_bit(s->ellipsis_mask, i);
        if (is_ellipsis && ellipsis < s->begin.n) return "more than one ellipsis";
        if (is_ellipsis) ellipsis = i;
        if (!is_ellipsis && has_bit(s->new_axis_mask, i)) n_new++;
    }
    const uint32_t n_given = s->begin.n - n_new - (ellipsis < s->begin.n ? 1 : 0);
    if (n_given > (uint32_t)x->rank) return "more entries than the input has dimensions";
    const uint32_t n_open = (uint32_t)x->rank - n_given; /* by the ellipsis, or at the end */
    int32_t d = 0;
    for (uint32_t i = 0; i <= s->begin.n; i++) {
        const bool opens = i == ellipsis;
        for (uint32_t k = 0; opens && k < n_open; k++, d++) {
            p->step[d] = 1;
            p->count[d] = x->dim[d];
            if (out->rank == HN_MAX_RANK) return "the output has too many dimensions";
            hn_shape_take(out, out->rank++, x, d);
        }
        if (opens || i == s->begin.n) continue;
        const bool is_new = has_bit(s->new_axis_mask, i);
        if (!is_new) {
            const char *problem = take(s, i, x->dim[d], p, d);
            if (problem != NULL) return problem;
        }
        const int64_t count = is_new ? 1 : p->count[d++];
        if (!is_new && has_bit(s->shrink_mask, i)) continue;
        if (out->rank == HN_MAX_RANK) return "the output has too many dimensions";
        out->dim[out->rank++] = count;
    }
    return NULL;
}

static const char *read_part(const hn_node *node, hn_part *p, hn_shape *out) {
    spec s;
    bool is_known;
    const hn_part whole = {.is_known = true};
    const hn_shape none = {.rank = 0};
    *p = whole;
    *out = none;
    const char *problem = read_spec(node, &s, &is_known);
    if (problem != NULL) return problem;
    p->is_known = is_known;
    if (!is_known) *out = hn_shape_unknown(-1);
    return is_known ? apply(&s, &node->in[0]->shape, p, out) : NULL;
}

static hone_status strided_slice_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    if (x->shape.rank < 0) return hn_node_set_shape(g, node, x->dtype, &x->shape);
    hn_part p;
    hn_shape out;
    const char *problem = read_part(node, &p, &out);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static hone_status strided_slice_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    hn_part p;
    hn_shape out;
    const char *problem = read_part(node, &p, &out);
    if (problem == NULL && !p.is_known) problem = "begin, end or strides are not constant";
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    return hn_lower_part(L, node->in[0], &p, hn_operand_value(node->out[0]));
}

const hn_op_hooks hn_hooks_strided_slice = {
    .shape = strided_slice_shape, .lower = strided_slice_lower, .quantized = hn_quantized_move};
