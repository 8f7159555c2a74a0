/* SPDX-License-Identifier: Apache-2.0
 * Operands and attributes for shape hooks and access maps. */
#include "ops/infer.h"

#include <string.h>

/* ---- lists of integers ---- */

static int64_t int_at(const hn_value *v, uint64_t i) {
    int8_t v8;
    int16_t v16;
    int32_t v32;
    int64_t v64;
    switch (v->dtype) {
    case HN_DTYPE_S8:
        memcpy(&v8, v->constant->bytes + i, sizeof v8);
        return v8;
    case HN_DTYPE_S16:
        memcpy(&v16, v->constant->bytes + 2 * i, sizeof v16);
        return v16;
    case HN_DTYPE_S32:
        memcpy(&v32, v->constant->bytes + 4 * i, sizeof v32);
        return v32;
    default:
        memcpy(&v64, v->constant->bytes + 8 * i, sizeof v64);
        return v64;
    }
}

/* Elements of a small constant of signed integers. */
static hn_ints_state ints_of_value(const hn_value *v, hn_ints *out) {
    const bool is_integer = v->dtype == HN_DTYPE_S8 || v->dtype == HN_DTYPE_S16 ||
                            v->dtype == HN_DTYPE_S32 || v->dtype == HN_DTYPE_S64;
    if (!is_integer && v->dtype != HN_DTYPE_NONE) return HN_INTS_BAD;
    if (v->constant == NULL) return HN_INTS_UNKNOWN;
    uint64_t n;
    if (!hn_shape_count(&v->shape, &n) || n > HN_INTS_MAX) return HN_INTS_BAD;
    if (!is_integer) return HN_INTS_BAD;
    if (!hn_constant_is_contiguous(v)) return HN_INTS_BAD;
    for (uint64_t i = 0; i < n; i++) out->v[i] = int_at(v, i);
    out->n = (uint32_t)n;
    return HN_INTS_KNOWN;
}

hn_ints_state hn_node_ints(const hn_node *node, uint32_t operand, const char *name, hn_ints *out) {
    const hn_value *v = hn_node_in(node, operand);
    if (v != NULL) return ints_of_value(v, out);
    const hn_attr *attr = hn_attr_find(node, name);
    if (attr == NULL) return HN_INTS_ABSENT;
    if (attr->kind == HN_ATTR_INT) {
        out->v[0] = attr->v.i;
        out->n = 1;
        return HN_INTS_KNOWN;
    }
    if (attr->kind != HN_ATTR_INTS || attr->n > HN_INTS_MAX) return HN_INTS_BAD;
    if (attr->n > 0) memcpy(out->v, attr->v.ints, attr->n * sizeof out->v[0]);
    out->n = attr->n;
    return HN_INTS_KNOWN;
}

int64_t hn_list_length(const hn_value *v) {
    return v != NULL && v->shape.rank == 1 ? v->shape.dim[0] : -1;
}

bool hn_axis_resolve(int64_t axis, int32_t rank, int32_t *out) {
    if (axis < -(int64_t)rank || axis >= rank) return false;
    *out = (int32_t)(axis < 0 ? axis + rank : axis);
    return true;
}

hone_status hn_axis_permute(hn_graph *g, hn_node *node, int32_t axis, const int32_t *perm,
                            int32_t rank) {
    for (int32_t i = 0; i < rank; i++) {
        if (perm[i] != axis) continue;
        return hn_attr_set_int(g, node, "axis", i) ? HONE_OK : hn_no_memory(g->env);
    }
    return hn_fail(g->env, HONE_E_INTERNAL, "not a permutation");
}

/* ---- shapes ---- */

hn_shape hn_shape_before(const hn_shape *now, const int32_t *perm, int32_t rank) {
    hn_shape before = *now;
    for (int32_t i = 0; i < rank; i++) hn_shape_take(&before, perm[i], now, i);
    return before;
}

int64_t hn_shape_product(const hn_shape *s, int32_t from, int32_t to) {
    uint64_t product = 1;
    for (int32_t i = from; i < to; i++) {
        if (s->dim[i] < 0 || !hn_mul_u64(product, (uint64_t)s->dim[i], &product)) return -1;
    }
    return product <= INT64_MAX ? (int64_t)product : -1;
}

void hn_shape_take(hn_shape *out, int32_t d, const hn_shape *in, int32_t from) {
    out->dim[d] = in->dim[from];
    out->sym[d] = in->sym[from];
}

hn_shape hn_shape_unknown(int32_t rank) {
    hn_shape s = {.rank = rank};
    for (int32_t i = 0; i < rank; i++) s.dim[i] = -1;
    return s;
}

static bool is_narrow(hn_dtype dtype) {
    return hn_dtype_is_integer(dtype) && hn_dtype_bits(dtype) <= 16;
}

hn_dtype hn_node_out_dtype(const hn_node *node, const hn_value *x) {
    const hn_value *out = node->out[0];
    const bool is_own = node->arith != HN_ARITH_NONE && out->quant != NULL && is_narrow(x->dtype) &&
                        is_narrow(out->dtype);
    return is_own ? out->dtype : x->dtype;
}

hone_status hn_node_set_output(hn_graph *g, hn_node *node, uint32_t k, hn_dtype dtype,
                               const hn_shape *shape) {
    if (k >= node->n_out || node->out[k] == NULL) return HONE_OK;
    uint64_t n = 1, n_bytes;
    for (int32_t i = 0; i < shape->rank; i++) {
        const int64_t dim = shape->dim[i];
        if (dim < 0) continue;
        if (dim > 0 && !hn_mul_u64(n, (uint64_t)dim, &n)) n = UINT64_MAX;
    }
    const bool has_size = dtype != HN_DTYPE_STRING && dtype != HN_DTYPE_NONE;
    if (n > INT64_MAX || (has_size && !hn_type_bytes(dtype, n, &n_bytes))) {
        return hn_fail(g->env, HONE_E_LIMIT, "the output is too large");
    }
    node->out[k]->dtype = dtype;
    node->out[k]->shape = *shape;
    return HONE_OK;
}

hone_status hn_node_set_shape(hn_graph *g, hn_node *node, hn_dtype dtype, const hn_shape *shape) {
    return hn_node_set_output(g, node, 0, dtype, shape);
}

hone_status hn_node_axis(hn_env *env, const hn_node *node, int64_t absent, int32_t rank,
                         int32_t *axis) {
    if (hn_axis_resolve(hn_attr_int(node, "axis", absent), rank, axis)) return HONE_OK;
    return hn_fail(env, HONE_E_SHAPE, "the axis is not one of %d dimensions", (int)rank);
}

/* ---- quantization ---- */

bool hn_value_is_q8(const hn_value *v) {
    return v != NULL && (v->dtype == HN_DTYPE_S8 || v->dtype == HN_DTYPE_U8) && v->quant != NULL &&
           hn_quant_channels(v) == 1;
}

bool hn_value_is_q16(const hn_value *v) {
    return v != NULL && v->dtype == HN_DTYPE_S16 && v->quant != NULL && hn_quant_channels(v) == 1 &&
           hn_quant_zero(v, 0) == 0;
}

bool hn_weights_are_q8(const hn_value *w, int32_t axis) {
    if ((w->dtype != HN_DTYPE_S8 && w->dtype != HN_DTYPE_U8) || w->quant == NULL) return false;
    const uint32_t n = hn_quant_channels(w);
    if (n > 1 && (w->quant->axis != axis || w->shape.dim[axis] != (int64_t)n)) return false;
    for (uint32_t c = 1; c < n; c++) {
        if (hn_quant_zero(w, c) != hn_quant_zero(w, 0)) return false;
    }
    return n > 0;
}

bool hn_quant_is_equal(const hn_value *a, const hn_value *b) {
    if (a->dtype != b->dtype || a->quant == NULL || b->quant == NULL) return false;
    const uint32_t n = hn_quant_channels(a);
    if (n != hn_quant_channels(b) || (n > 1 && a->quant->axis != b->quant->axis)) return false;
    for (uint32_t c = 0; c < n; c++) {
        if (hn_quant_scale(a, c) != hn_quant_scale(b, c)) return false;
        if (hn_quant_zero(a, c) != hn_quant_zero(b, c)) return false;
    }
    return true;
}

bool hn_quantized_move(const hn_node *node) {
    const bool is_many = node->op->n_max == HN_MAX_NODE_PORTS;
    const uint32_t n = is_many ? node->n_in : 1;
    for (uint32_t i = 0; i < n; i++) {
        const hn_value *x = node->in[i];
        if (x == NULL || !hn_value_is_q8(x) || x->dtype != node->out[0]->dtype) return false;
        if (node->arith == HN_ARITH_RNE && !hn_quant_is_equal(x, node->out[0])) return false;
    }
    return n > 0;
}

/* ---- attributes of single operators that access maps need too ---- */

const char *hn_reduction_read(const hn_node *node, hn_reduction *out) {
    const int32_t rank = node->in[0]->shape.rank;
    hn_reduction r = {{false}, hn_attr_int(node, "keepdims", 1) != 0, true};
    hn_ints axes;
    const hn_ints_state state = hn_node_ints(node, 1, "axes", &axes);
    if (state == HN_INTS_BAD) return "the axes are not a short list of integers";
    if (state == HN_INTS_UNKNOWN) r.is_known = false;
    if (state == HN_INTS_KNOWN && axes.n > 0) {
        for (uint32_t i = 0; i < axes.n; i++) {
            int32_t axis;
            if (!hn_axis_resolve(axes.v[i], rank, &axis)) return "an axis is not a dimension";
            r.reduced[axis] = true;
        }
    } else if (r.is_known && hn_attr_int(node, "noop_with_empty_axes", 0) == 0) {
        for (int32_t d = 0; d < rank; d++) r.reduced[d] = true;
    }
    *out = r;
    return NULL;
}

const char *hn_perm_read(const hn_node *node, int32_t rank, int32_t *perm, bool *is_known) {
    hn_ints list;
    const hn_ints_state state = hn_node_ints(node, 1, "perm", &list);
    *is_known = state != HN_INTS_UNKNOWN;
    if (state == HN_INTS_UNKNOWN) return NULL;
    if (state == HN_INTS_BAD) return "perm is not a short list of integers";
    if (state == HN_INTS_ABSENT) {
        for (int32_t i = 0; i < rank; i++) perm[i] = rank - 1 - i;
        return NULL;
    }
    if (list.n != (uint32_t)rank) return "perm has another length than the input's rank";
    uint32_t seen = 0;
    for (int32_t i = 0; i < rank; i++) {
        if (!hn_axis_resolve(list.v[i], rank, &perm[i])) return "perm names no dimension";
        if ((seen >> perm[i] & 1u) != 0) return "perm names a dimension twice";
        seen |= 1u << perm[i];
    }
    return NULL;
}

/* The dimension of pad number i of n: operand `axes`, or all in order. */
static const char *pad_axes(const hn_node *node, int32_t rank, hn_ints *axes, bool *is_known) {
    const hn_ints_state state = hn_node_ints(node, 3, "axes", axes);
    if (state == HN_INTS_BAD) return "the axes are not a short list of integers";
    if (state == HN_INTS_UNKNOWN) *is_known = false;
    if (state != HN_INTS_ABSENT) return NULL;
    axes->n = (uint32_t)rank;
    for (int32_t i = 0; i < rank; i++) axes->v[i] = i;
    return NULL;
}

const char *hn_padding_read(const hn_node *node, hn_padding *out) {
    const int32_t rank = node->in[0]->shape.rank;
    hn_padding p = {{0}, {0}, true};
    hn_ints pads, axes;
    const hn_ints_state state = hn_node_ints(node, 1, "pads", &pads);
    if (state == HN_INTS_BAD) return "the pads are not a short list of integers";
    if (state == HN_INTS_ABSENT) return "the pads are missing";
    const char *problem = pad_axes(node, rank, &axes, &p.is_known);
    if (problem != NULL) return problem;
    if (state == HN_INTS_UNKNOWN) p.is_known = false;
    *out = p;
    if (!p.is_known) return NULL;
    if (axes.n > (uint32_t)rank || pads.n != 2 * axes.n) return "there must be two pads per axis";
    const bool is_pairs = strcmp(hn_attr_string(node, "pads_order", ""), "pairs") == 0;
    uint32_t seen = 0;
    for (uint32_t i = 0; i < axes.n; i++) {
        int32_t axis;
        if (!hn_axis_resolve(axes.v[i], rank, &axis)) return "an axis is not a dimension";
        if ((seen >> axis & 1u) != 0) return "an axis is named twice";
        seen |= 1u << axis;
        const int64_t begin = pads.v[is_pairs ? 2 * i : i];
        const int64_t end = pads.v[is_pairs ? 2 * i + 1 : i + axes.n];
        if (begin < -INT32_MAX || begin > INT32_MAX || end < -INT32_MAX || end > INT32_MAX) {
            return "a pad is too large";
        }
        out->begin[axis] = begin;
        out->end[axis] = end;
    }
    return NULL;
}
