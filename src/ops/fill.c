/* SPDX-License-Identifier: Apache-2.0
 * Tensors made from little: one value throughout (fill), ones on a diagonal (eye_like), and numbers
 * in even steps (range). The value of a fill is operand 1 or attribute `value`, f32 zero without
 * both. */
#include "core/half.h"
#include "ops/hooks.h"
#include "ops/moves.h"

#include <string.h>

enum { SHAPE, VALUE }; /* operands of fill */

/* ---- fill ---- */

static const hn_value *fill_value(const hn_node *node) {
    const hn_attr *attr = hn_attr_find(node, "value");
    const hn_value *v = hn_node_in(node, VALUE);
    return v != NULL ? v : attr != NULL && attr->kind == HN_ATTR_TENSOR ? attr->v.tensor : NULL;
}

static hone_status fill_shape(hn_graph *g, hn_node *node) {
    const hn_value *v = fill_value(node), *list_value = node->in[SHAPE];
    const hn_dtype dtype = v != NULL ? v->dtype : HN_DTYPE_F32;
    uint64_t n = 1;
    if (v != NULL && hn_shape_is_known(&v->shape) && (!hn_shape_count(&v->shape, &n) || n != 1)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the value must be one element");
    }
    hn_ints list;
    const hn_ints_state state = hn_node_ints(node, SHAPE, "", &list);
    hn_shape out = hn_shape_unknown(-1);
    if (state == HN_INTS_UNKNOWN) {
        const hn_shape *s = &list_value->shape;
        const bool has_rank = s->rank == 1 && s->dim[0] >= 0 && s->dim[0] <= HN_MAX_RANK;
        if (has_rank) out = hn_shape_unknown((int32_t)s->dim[0]);
        return hn_node_set_shape(g, node, dtype, &out);
    }
    if (state != HN_INTS_KNOWN || list.n > HN_MAX_RANK) {
        return hn_fail(g->env, HONE_E_SHAPE, "the shape is not a short list of integers");
    }
    out = hn_shape_of((int32_t)list.n, list.v);
    for (int32_t d = 0; d < out.rank; d++) {
        if (out.dim[d] < 0) return hn_fail(g->env, HONE_E_SHAPE, "a dimension is negative");
    }
    return hn_node_set_shape(g, node, dtype, &out);
}

static hone_status fill_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *v = fill_value(node), *out = node->out[0];
    const int64_t n = hn_shape_product(&out->shape, 0, out->shape.rank);
    const hn_operand to = hn_operand_value(out);
    if (v == NULL) return hn_lower_fill(L, out->dtype, n, 0, to);
    hn_types types;
    HN_TRY(hn_lower_size_types(L, v->dtype, &types));
    if (v->constant != NULL) return hn_lower_fill(L, out->dtype, n, hn_constant_bits(v, 0), to);
    const hn_box spread = {.rank = 1, .dim = {n}, .stride = {{0}, {1}}};
    return hn_lower_move(L, out->dtype, &spread, hn_operand_value(v), to);
}

/* ---- eye_like ---- */

static hone_status eye_like_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const char *name = hn_attr_string(node, "out_type", hn_dtype_name(x->dtype));
    const hn_dtype dtype = hn_dtype_of_name(name);
    if (x->shape.rank >= 0 && x->shape.rank != 2) {
        return hn_fail(g->env, HONE_E_SHAPE, "the input is not a matrix");
    }
    if (dtype == HN_DTYPE_NONE) return hn_fail(g->env, HONE_E_SHAPE, "no type %.20s", name);
    return hn_node_set_shape(g, node, dtype, &x->shape);
}

static bool one_of(hn_dtype dtype, uint64_t *bits) {
    *bits = 1;
    if (dtype == HN_DTYPE_F32) *bits = 0x3f800000;
    if (dtype == HN_DTYPE_F64) *bits = UINT64_C(0x3ff0000000000000);
    if (dtype == HN_DTYPE_F16) *bits = 0x3c00;
    if (dtype == HN_DTYPE_BF16) *bits = 0x3f80;
    return *bits != 1 || hn_dtype_is_integer(dtype) || dtype == HN_DTYPE_BOOL;
}

static hone_status eye_like_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *out = node->out[0];
    const int64_t rows = out->shape.dim[0], columns = out->shape.dim[1];
    const int64_t k = hn_attr_int(node, "k", 0);
    const hn_operand to = hn_operand_value(out);
    uint64_t bits;
    if (!one_of(out->dtype, &bits)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no one of type %s", hn_dtype_name(out->dtype));
    }
    HN_TRY(hn_lower_fill(L, out->dtype, rows * columns, 0, to));
    if (k <= -rows || k >= columns) return HONE_OK;
    const int64_t row = k < 0 ? -k : 0, column = k < 0 ? 0 : k;
    const int64_t n = rows - row < columns - column ? rows - row : columns - column;
    const hn_box box = {.rank = 1,
                        .dim = {n},
                        .stride = {{0}, {columns + 1}},
                        .offset = {0, row * columns + column}};
    hn_operand one;
    HN_TRY(L->constant(L, &bits, sizeof bits, &one));
    return hn_lower_move(L, out->dtype, &box, one, to);
}

/* ---- range ---- */

/* Start, limit and delta: integers as such, floats as double. */
typedef struct steps {
    double real[3];
    int64_t whole[3];
    bool is_real;
    int64_t n;
} steps;

static double real_of(const hn_value *v) {
    float f;
    double d;
    uint16_t half;
    memcpy(&half, v->constant->bytes, sizeof half);
    if (v->dtype == HN_DTYPE_F16) return (double)hn_f32_of_f16(half);
    if (v->dtype == HN_DTYPE_BF16) return (double)hn_f32_of_bf16(half);
    memcpy(&f, v->constant->bytes, sizeof f);
    if (v->dtype == HN_DTYPE_F32) return (double)f;
    memcpy(&d, v->constant->bytes, sizeof d);
    return d;
}

static hone_status count_real(hn_graph *g, steps *s) {
    const double n = (s->real[1] - s->real[0]) / s->real[2];
    if (s->real[2] == 0 || n != n || n > 9e15) {
        return hn_fail(g->env, HONE_E_SHAPE, "the range has no end");
    }
    s->n = n <= 0 ? 0 : (int64_t)n;
    if (n > 0 && (double)s->n < n) s->n++;
    return HONE_OK;
}

static hone_status count_whole(hn_graph *g, steps *s) {
    const int64_t start = s->whole[0], limit = s->whole[1], delta = s->whole[2];
    if (delta == 0) return hn_fail(g->env, HONE_E_SHAPE, "the range has no end");
    const bool is_up = delta > 0;
    s->n = 0;
    if (is_up ? limit <= start : limit >= start) return HONE_OK;
    const uint64_t way =
        is_up ? (uint64_t)limit - (uint64_t)start : (uint64_t)start - (uint64_t)limit;
    const uint64_t step = is_up ? (uint64_t)delta : UINT64_C(0) - (uint64_t)delta;
    const uint64_t n = way / step + (way % step != 0);
    if (n > INT64_MAX / 8) return hn_fail(g->env, HONE_E_LIMIT, "the range is too long");
    s->n = (int64_t)n;
    return HONE_OK;
}

/* is_known false: an operand is not constant. */
static hone_status read_steps(hn_graph *g, const hn_node *node, steps *s, bool *is_known) {
    const hn_dtype dtype = node->in[0]->dtype;
    s->is_real = dtype == HN_DTYPE_F32 || dtype == HN_DTYPE_F64 || dtype == HN_DTYPE_F16 ||
                 dtype == HN_DTYPE_BF16;
    *is_known = true;
    if (!s->is_real && !hn_dtype_is_integer(dtype)) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "a range of %s", hn_dtype_name(dtype));
    }
    for (uint32_t i = 0; i < 3; i++) {
        const hn_value *v = node->in[i];
        uint64_t n;
        if (v->dtype != dtype) return hn_fail(g->env, HONE_E_SHAPE, "operands of different types");
        if (v->constant == NULL) {
            *is_known = false;
        } else if (!hn_shape_count(&v->shape, &n) || n != 1) {
            return hn_fail(g->env, HONE_E_SHAPE, "start, limit and delta must be numbers");
        } else if (s->is_real) {
            s->real[i] = real_of(v);
        } else {
            HN_TRY(hn_constant_read_s64(g, v, &s->whole[i], 1));
        }
    }
    if (!*is_known) return HONE_OK;
    return s->is_real ? count_real(g, s) : count_whole(g, s);
}

static hone_status range_shape(hn_graph *g, hn_node *node) {
    steps s;
    bool is_known;
    hn_shape out = hn_shape_unknown(1);
    HN_TRY(read_steps(g, node, &s, &is_known));
    if (is_known) out.dim[0] = s.n;
    return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
}

/* Element i of the range, in the type's bytes. */
static void put_step(const steps *s, hn_dtype dtype, int64_t i, uint8_t *to) {
    const float single = (float)s->real[0] + (float)i * (float)s->real[2];
    if (dtype == HN_DTYPE_F32) {
        memcpy(to, &single, sizeof single);
    } else if (dtype == HN_DTYPE_F16 || dtype == HN_DTYPE_BF16) {
        const uint16_t v = dtype == HN_DTYPE_F16 ? hn_f16_of_f32(single) : hn_bf16_of_f32(single);
        memcpy(to, &v, sizeof v);
    } else if (dtype == HN_DTYPE_F64) {
        const double v = s->real[0] + (double)i * s->real[2];
        memcpy(to, &v, sizeof v);
    } else {
        const uint64_t v = (uint64_t)s->whole[0] + (uint64_t)i * (uint64_t)s->whole[2];
        memcpy(to, &v, hn_dtype_bits(dtype) / 8);
    }
}

static hone_status range_lower(hn_lower *L, const hn_node *node) {
    bool is_empty, is_known;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *out = node->out[0];
    steps s;
    HN_TRY(read_steps((hn_graph *)L->graph, node, &s, &is_known));
    if (!is_known) return hn_fail(L->env, HONE_E_UNSUPPORTED, "the range is not constant");
    const size_t item = hn_dtype_bits(out->dtype) / 8;
    if ((uint64_t)s.n > L->env->limits.memory_bytes / item) {
        return hn_fail(L->env, HONE_E_LIMIT, "the range is too long");
    }
    uint8_t *bytes = hn_alloc(L->env, (size_t)s.n * item);
    if (bytes == NULL) return hn_no_memory(L->env);
    for (int64_t i = 0; i < s.n; i++) put_step(&s, out->dtype, i, bytes + (size_t)i * item);
    const hone_status status = hn_lower_known(L, bytes, out);
    hn_free(L->env, bytes);
    return status;
}

const hn_op_hooks hn_hooks_fill = {.shape = fill_shape, .lower = fill_lower};
const hn_op_hooks hn_hooks_eye_like = {
    .shape = eye_like_shape, .lower = eye_like_lower, .is_of_shapes = true};
const hn_op_hooks hn_hooks_range = {.shape = range_shape, .lower = range_lower};
