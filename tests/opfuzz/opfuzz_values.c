/* SPDX-License-Identifier: Apache-2.0
 * Changes to what a node reads and makes: shapes (one extent, the same extent everywhere, ranks),
 * element types, the elements of constants, quantization, and whether an operand is a constant or
 * an input. */
#include <string.h>

#include "opfuzz.h"

enum { MOST_ELEMENTS = 1 << 16, MOST_CHANGED = 3 };

static const hn_dtype types[] = {HN_DTYPE_F32, HN_DTYPE_S8,   HN_DTYPE_U8,  HN_DTYPE_S16,
                                 HN_DTYPE_S32, HN_DTYPE_S64,  HN_DTYPE_F16, HN_DTYPE_BOOL,
                                 HN_DTYPE_F64, HN_DTYPE_BF16, HN_DTYPE_U16, HN_DTYPE_U32,
                                 HN_DTYPE_U64, HN_DTYPE_S4,   HN_DTYPE_U4,  HN_DTYPE_C64};

static hn_dtype any_type(mutant *m) {
    return types[roll(&m->dice, sizeof types / sizeof types[0])];
}

static bool is_input(const hn_graph *g, const hn_value *v) {
    for (uint32_t i = 0; i < g->n_inputs; i++) {
        if (g->inputs[i] == v) return true;
    }
    return false;
}

/* An operand that no node computes. */
static hn_value *any_operand(mutant *m, const hn_graph *g, const hn_node *node) {
    for (uint32_t tries = 0; tries < 8 && node->n_in > 0; tries++) {
        hn_value *v = node->in[roll(&m->dice, node->n_in)];
        if (v == NULL || v->kind != HN_VALUE_TENSOR) continue;
        if (v->constant != NULL || is_input(g, v)) return v;
    }
    return NULL;
}

/* The value becomes a constant of that type and shape; bytes that it has are used again in turn,
 * else they are random. */
static bool make_constant(mutant *m, hn_graph *g, hn_value *v, hn_dtype dtype,
                          const hn_shape *shape) {
    const hn_constant *old = v->dtype == dtype ? v->constant : NULL;
    const seed_input *feed = v->id < m->n_feeds && g == m->g ? m->feeds[v->id] : NULL;
    const uint8_t *from = old != NULL ? old->bytes : NULL;
    uint64_t n = 0, n_bytes = 0, n_from = old != NULL ? old->n_bytes : 0;
    if (old == NULL && feed != NULL && v->dtype == dtype) {
        from = feed->data;
        n_from = feed->n_bytes;
    }
    if (!hn_shape_count(shape, &n) || n > MOST_ELEMENTS || !hn_type_bytes(dtype, n, &n_bytes)) {
        return false;
    }
    uint8_t *bytes = hn_arena_alloc_aligned(g->arena, (size_t)n_bytes + 1, 64);
    hn_constant *constant = HN_NEW(g->arena, hn_constant);
    if (bytes == NULL || constant == NULL) return false;
    if (from == NULL || n_from == 0) {
        roll_elements(&m->dice, dtype, bytes, (size_t)n_bytes);
    } else {
        for (uint64_t i = 0; i < n_bytes; i++) bytes[i] = from[i % n_from];
    }
    constant->bytes = bytes;
    constant->n_bytes = n_bytes;
    hn_shape_strides(shape, constant->stride);
    v->constant = constant;
    v->dtype = dtype;
    v->shape = *shape;
    return true;
}

/* A shape or type for an operand: constants get bytes for it. */
static bool reform(mutant *m, hn_graph *g, hn_value *v, hn_dtype dtype, const hn_shape *shape) {
    if (v->constant != NULL) {
        return v->dtype != HN_DTYPE_STRING && make_constant(m, g, v, dtype, shape);
    }
    v->dtype = dtype;
    v->shape = *shape;
    return true;
}

/* ---- shapes ---- */

static bool extent(mutant *m, hn_graph *g, hn_node *node) {
    hn_value *v = any_operand(m, g, node);
    if (v == NULL || v->shape.rank <= 0) return false;
    hn_shape shape = v->shape;
    shape.dim[roll(&m->dice, (uint32_t)shape.rank)] = roll_extent(&m->dice);
    return reform(m, g, v, v->dtype, &shape);
}

/* All dimensions of inputs and constants that are one number become another, so that they still
 * fit together. */
static bool extents(mutant *m, hn_graph *g, hn_node *node) {
    const hn_value *v = any_operand(m, g, node);
    if (v == NULL || v->shape.rank <= 0) return false;
    const int64_t from = v->shape.dim[roll(&m->dice, (uint32_t)v->shape.rank)];
    const int64_t to = roll_extent(&m->dice);
    for (uint32_t i = 0; i < node->n_in; i++) {
        hn_value *x = node->in[i];
        if (x == NULL || x->producer != NULL || x->kind != HN_VALUE_TENSOR) continue;
        hn_shape shape = x->shape;
        for (int32_t d = 0; d < shape.rank; d++) {
            if (shape.dim[d] == from) shape.dim[d] = to;
        }
        (void)reform(m, g, x, x->dtype, &shape);
    }
    return true;
}

static bool rank(mutant *m, hn_graph *g, hn_node *node) {
    hn_value *v = any_operand(m, g, node);
    if (v == NULL) return false;
    hn_shape shape = v->shape;
    const int32_t old = shape.rank > 0 ? shape.rank : 0;
    shape.rank = (int32_t)roll(&m->dice, HN_MAX_RANK + 1);
    for (int32_t d = old; d < shape.rank; d++) {
        shape.dim[d] = one_in(&m->dice, 2) ? 1 : roll(&m->dice, 4);
        shape.sym[d] = NULL;
    }
    if (v->constant == NULL && one_in(&m->dice, 16)) shape.rank = -1;
    return reform(m, g, v, v->dtype, &shape);
}

/* ---- types and elements ---- */

static bool type(mutant *m, hn_graph *g, hn_node *node) {
    hn_value *v = any_operand(m, g, node);
    return v != NULL && reform(m, g, v, any_type(m), &v->shape);
}

/* Everything around the node that has one type gets another. */
static bool types_alike(mutant *m, hn_graph *g, hn_node *node) {
    const hn_value *v = any_operand(m, g, node);
    if (v == NULL) return false;
    const hn_dtype from = v->dtype, to = any_type(m);
    for (uint32_t i = 0; i < node->n_in; i++) {
        hn_value *x = node->in[i];
        if (x == NULL || x->dtype != from || x->producer != NULL) continue;
        (void)reform(m, g, x, to, &x->shape);
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        hn_value *y = node->out[i];
        if (y != NULL && y->dtype == from) y->dtype = to;
    }
    return true;
}

static bool type_made(mutant *m, hn_graph *g, hn_node *node) {
    (void)g;
    if (node->n_out == 0) return false;
    hn_value *y = node->out[roll(&m->dice, node->n_out)];
    if (y == NULL || y->kind != HN_VALUE_TENSOR) return false;
    y->dtype = any_type(m);
    return true;
}

static bool elements(mutant *m, hn_graph *g, hn_node *node) {
    hn_value *v = any_operand(m, g, node);
    uint64_t n = 0, n_bytes = 0;
    if (v == NULL || v->constant == NULL || !hn_shape_count(&v->shape, &n) || n == 0) return false;
    if (!hn_type_bytes(v->dtype, n, &n_bytes) || !make_constant(m, g, v, v->dtype, &v->shape)) {
        return false;
    }
    const size_t size = hn_dtype_bits(v->dtype) >= 8 ? hn_dtype_bits(v->dtype) / 8 : 1;
    uint8_t *bytes = (uint8_t *)(uintptr_t)v->constant->bytes; /* just made */
    const uint32_t n_changed = 1 + roll(&m->dice, MOST_CHANGED);
    for (uint32_t k = 0; k < n_changed; k++) {
        const size_t at = roll(&m->dice, (uint32_t)(n_bytes / size)) * size;
        int64_t near = 0;
        memcpy(&near, bytes + at, size);
        if (hn_dtype_is_integer(v->dtype)) {
            near = roll_int(&m->dice, near);
            memcpy(bytes + at, &near, size);
        } else {
            roll_elements(&m->dice, v->dtype, bytes + at, size);
        }
    }
    return true;
}

/* ---- constant or input ---- */

static bool const_to_input(mutant *m, hn_graph *g, hn_node *node) {
    hn_value *v = any_operand(m, g, node);
    if (v == NULL || v->constant == NULL || v->is_state || g != m->g) return false;
    hn_value **inputs = HN_NEW_N(g->arena, hn_value *, (uint64_t)g->n_inputs + 1);
    if (inputs == NULL) return false;
    memcpy(inputs, g->inputs, g->n_inputs * sizeof *inputs);
    inputs[g->n_inputs++] = v;
    g->inputs = inputs;
    v->constant = NULL;
    return true;
}

static bool input_to_const(mutant *m, hn_graph *g, hn_node *node) {
    hn_value *v = any_operand(m, g, node);
    if (v == NULL || v->constant != NULL || g != m->g || v->is_state) return false;
    if (!make_constant(m, g, v, v->dtype, &v->shape)) return false;
    uint32_t n = 0;
    for (uint32_t i = 0; i < g->n_inputs; i++) {
        if (g->inputs[i] != v) g->inputs[n++] = g->inputs[i];
    }
    g->n_inputs = n;
    return true;
}

/* ---- quantization ---- */

static hn_value *any_port(mutant *m, const hn_node *node) {
    const uint32_t i = roll(&m->dice, node->n_in + node->n_out);
    if (node->n_in + node->n_out == 0) return NULL;
    return i < node->n_in ? node->in[i] : node->out[i - node->n_in];
}

/* Scales and zero points of n channels. */
static bool set_quant(mutant *m, hn_graph *g, hn_value *v, uint32_t n, int32_t axis) {
    const int64_t dim = n;
    const hn_shape shape = hn_shape_of(1, &dim);
    hn_quant *q = HN_NEW(g->arena, hn_quant);
    float *scales = HN_NEW_N(g->arena, float, (uint64_t)n + 1);
    int32_t *zeros = HN_NEW_N(g->arena, int32_t, (uint64_t)n + 1);
    if (q == NULL || scales == NULL || zeros == NULL) return false;
    const bool is_wild = one_in(&m->dice, 3);
    for (uint32_t i = 0; i < n; i++) {
        scales[i] = is_wild ? roll_float(&m->dice) : 0.01f * (float)(1 + roll(&m->dice, 20));
        zeros[i] = one_in(&m->dice, 2) ? 0 : (int32_t)roll(&m->dice, 300) - 130;
    }
    q->scale = hn_graph_constant(g, "scale", HN_DTYPE_F32, &shape, scales);
    q->zero_point =
        one_in(&m->dice, 4) ? NULL : hn_graph_constant(g, "zero", HN_DTYPE_S32, &shape, zeros);
    q->axis = axis;
    if (q->scale == NULL) return false;
    v->quant = q;
    return true;
}

static bool quant_set(mutant *m, hn_graph *g, hn_node *node) {
    hn_value *v = any_port(m, node);
    if (v == NULL || v->kind != HN_VALUE_TENSOR) return false;
    const int32_t n_dims = v->shape.rank;
    if (n_dims <= 0 || !one_in(&m->dice, 3)) return set_quant(m, g, v, 1, -1);
    const int32_t axis = (int32_t)roll(&m->dice, (uint32_t)n_dims);
    const int64_t n = v->shape.dim[axis];
    return n > 0 && n < 1024 && set_quant(m, g, v, (uint32_t)n, axis);
}

static bool quant_gone(mutant *m, hn_graph *g, hn_node *node) {
    hn_value *v = any_port(m, node);
    (void)g;
    if (v == NULL || v->quant == NULL) return false;
    v->quant = NULL;
    return true;
}

const change value_changes[] = {
    extent,   extent,   extents,        extents,        rank,       rank,      type,
    elements, elements, types_alike,    types_alike,    type_made,  quant_set, quant_set,
    elements, extents,  const_to_input, input_to_const, quant_gone,
};
const uint32_t n_value_changes = sizeof value_changes / sizeof value_changes[0];
