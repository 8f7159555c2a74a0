/* SPDX-License-Identifier: Apache-2.0
 * The tensors of a subgraph. A tensor whose buffer has bytes is a constant over them; so is, for
 * the time being, one of no elements, which some converters use for the shape of a scalar.
 * Quantization is kept for integers only: the ranges that converters leave on floats mean nothing
 * to a run. */
#include "formats/tflite_reader.h"
#include "graph/list.h"

#include <stdio.h>

/* Fields of the schema's tables. */
enum { TENSOR_SHAPE, TENSOR_TYPE, TENSOR_BUFFER, TENSOR_NAME, TENSOR_QUANTIZATION };
enum { TENSOR_IS_VARIABLE = 5, TENSOR_SPARSITY, TENSOR_SIGNATURE, TENSOR_EXTERNAL = 10 };
enum { SUBGRAPH_TENSORS = 0 };
enum { QUANT_SCALE = 2, QUANT_ZERO = 3, QUANT_DETAILS = 4, QUANT_AXIS = 6 };

/* Dimensions that the signature says are free are unknown; a constant's are as they are. */
static hone_status read_shape(hn_tflite *r, const hn_fb_table *t, bool is_constant, hn_shape *out) {
    const hn_fb_vector shape = hn_fb_items(t, TENSOR_SHAPE, 4);
    const hn_fb_vector signature = hn_fb_items(t, TENSOR_SIGNATURE, 4);
    HN_TRY(hn_tflite_sound(r));
    if (shape.n > HN_MAX_RANK) {
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "rank %u; up to %d is supported",
                       (unsigned)shape.n, HN_MAX_RANK);
    }
    const bool is_free = !is_constant && signature.n == shape.n;
    hn_shape s = {.rank = (int32_t)shape.n};
    for (uint32_t i = 0; i < shape.n; i++) {
        const int32_t dim = hn_fb_s32_at(&shape, i);
        const int32_t free_dim = is_free ? hn_fb_s32_at(&signature, i) : dim;
        if (dim < -1 || free_dim < -1 || (is_constant && dim < 0)) {
            return hn_fail(r->env, HONE_E_FORMAT, "dimension %u is %d", (unsigned)i,
                           (int)(dim < free_dim ? dim : free_dim));
        }
        s.dim[i] = free_dim;
    }
    *out = s;
    return HONE_OK;
}

/* ---- strings ---- */

/* A string tensor is: s32 count, count + 1 offsets from its start, then the characters. */
static hone_status read_strings(hn_tflite *r, hn_constant *k, uint64_t n) {
    hn_cursor c = hn_cursor_of(k->bytes, k->n_bytes);
    const uint64_t count = hn_cursor_u32(&c);
    if (c.bad || count != n || !hn_cursor_has(&c, 4, (count + 1) * 4)) {
        return hn_fail(r->env, HONE_E_FORMAT, "its bytes are not %llu strings",
                       (unsigned long long)n);
    }
    if (!hn_fb_spend(&r->fb, k->n_bytes)) return hn_tflite_sound(r);
    hn_chars *texts = HN_NEW_N(r->arena, hn_chars, count);
    if (texts == NULL) return hn_no_memory(r->env);
    uint64_t start = hn_cursor_u32(&c);
    for (uint64_t i = 0; i < count; i++) {
        const uint64_t end = hn_cursor_u32(&c);
        if (end < start || end > k->n_bytes) {
            return hn_fail(r->env, HONE_E_FORMAT, "string %llu lies outside its buffer",
                           (unsigned long long)i);
        }
        texts[i] = (hn_chars){(const char *)k->bytes + start, end - start};
        start = end;
    }
    k->bytes = hn_strings_block(r->arena, texts, count, &k->n_bytes);
    k->is_borrowed = false;
    return k->bytes != NULL ? HONE_OK : hn_no_memory(r->env);
}

/* ---- constants ---- */

static hone_status check_size(hn_tflite *r, const hn_value *v, uint64_t n_bytes) {
    uint64_t wanted;
    if (!hn_value_bytes(v, &wanted)) return hn_fail(r->env, HONE_E_FORMAT, "it is too large");
    if (wanted == n_bytes) return HONE_OK;
    return hn_fail(r->env, HONE_E_FORMAT, "its buffer has %llu bytes instead of %llu",
                   (unsigned long long)n_bytes, (unsigned long long)wanted);
}

static hone_status read_constant(hn_tflite *r, hn_value *v, const uint8_t *bytes,
                                 uint64_t n_bytes) {
    uint64_t n = 0;
    const bool is_known = hn_shape_count(&v->shape, &n);
    if (n_bytes == 0 && (!is_known || n != 0 || v->is_state)) return HONE_OK;
    if (v->kind != HN_VALUE_TENSOR) return HONE_OK;
    if (!is_known) return hn_fail(r->env, HONE_E_FORMAT, "it is too large");
    if (v->is_state) return hn_fail(r->env, HONE_E_FORMAT, "a variable that has bytes");
    hn_constant *k = HN_NEW(r->arena, hn_constant);
    if (k == NULL) return hn_no_memory(r->env);
    k->bytes = n_bytes > 0 ? bytes : r->bytes;
    k->n_bytes = n_bytes;
    k->is_borrowed = true;
    hn_shape_strides(&v->shape, k->stride);
    if (v->dtype != HN_DTYPE_STRING) {
        HN_TRY(check_size(r, v, n_bytes));
    } else if (n_bytes > 0) {
        HN_TRY(read_strings(r, k, n));
    } else {
        k->bytes = hn_strings_block(r->arena, NULL, 0, &k->n_bytes);
        if (k->bytes == NULL) return hn_no_memory(r->env);
    }
    v->constant = k;
    return HONE_OK;
}

/* ---- quantization ---- */

/* Zero points as s32, in the range of the tensor's type; *out NULL when all are 0. */
static hone_status read_zeros(hn_tflite *r, hn_graph *g, const hn_fb_vector *zeros, hn_dtype dtype,
                              hn_value **out) {
    const uint32_t bits = hn_dtype_bits(dtype) < 32 ? hn_dtype_bits(dtype) : 32;
    const bool is_signed = hn_dtype_is_signed(dtype) || bits == 32;
    const int64_t low = is_signed ? -((int64_t)1 << (bits - 1)) : 0;
    const int64_t high = is_signed ? -low - 1 : ((int64_t)1 << bits) - 1;
    int32_t *copy = HN_NEW_N(r->arena, int32_t, zeros->n);
    if (copy == NULL) return hn_no_memory(r->env);
    bool is_zero = true;
    for (uint32_t i = 0; i < zeros->n; i++) {
        const int64_t zero = hn_fb_s64_at(zeros, i);
        if (zero < low || zero > high) {
            return hn_fail(r->env, HONE_E_FORMAT, "zero point %lld is out of range",
                           (long long)zero);
        }
        copy[i] = (int32_t)zero;
        is_zero = is_zero && zero == 0;
    }
    *out = NULL;
    if (is_zero) return HONE_OK;
    const int64_t n = zeros->n;
    const hn_shape shape = hn_shape_of(1, &n);
    *out = hn_graph_constant_borrowed(g, "", HN_DTYPE_S32, &shape, copy);
    if (*out == NULL) return r->env->status;
    (*out)->constant->is_borrowed = false;
    return HONE_OK;
}

/* Scales must be finite and not negative; all zero means: not quantized. */
static hone_status check_scales(hn_tflite *r, const hn_fb_vector *scales, bool *is_zero) {
    *is_zero = true;
    for (uint32_t i = 0; i < scales->n; i++) {
        const float scale = hn_fb_f32_at(scales, i);
        if (!(scale >= 0 && scale <= 3.4e38f)) {
            return hn_fail(r->env, HONE_E_FORMAT, "scale %u is %g", (unsigned)i, (double)scale);
        }
        *is_zero = *is_zero && scale == 0;
    }
    return HONE_OK;
}

/* The axis of n scales: -1 for one scale. Old converters wrote the weights' axis on a bias too. */
static hone_status read_axis(hn_tflite *r, const hn_value *v, int32_t axis, uint32_t n,
                             int32_t *out) {
    *out = -1;
    if (n == 1) return HONE_OK;
    if (v->shape.rank == 1) axis = 0;
    if (axis < 0 || axis >= v->shape.rank) {
        return hn_fail(r->env, HONE_E_FORMAT, "quantized along axis %d of %d", (int)axis,
                       (int)v->shape.rank);
    }
    if (v->shape.dim[axis] >= 0 && v->shape.dim[axis] != (int64_t)n) {
        return hn_fail(r->env, HONE_E_FORMAT, "%u scales for %lld channels", (unsigned)n,
                       (long long)v->shape.dim[axis]);
    }
    *out = axis;
    return HONE_OK;
}

static hone_status read_quant(hn_tflite *r, hn_graph *g, hn_value *v, const hn_fb_table *t) {
    const hn_fb_vector scales = hn_fb_items(t, QUANT_SCALE, 4);
    const hn_fb_vector zeros = hn_fb_items(t, QUANT_ZERO, 8);
    HN_TRY(hn_tflite_sound(r));
    if (hn_fb_u8(t, QUANT_DETAILS, 0) != 0) {
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "custom or blockwise quantization");
    }
    const bool is_integer =
        hn_dtype_is_integer(v->dtype) || hn_dtype_is_signed(v->dtype) || v->dtype == HN_DTYPE_U4;
    if (!is_integer || scales.n == 0) return HONE_OK;
    bool is_zero;
    HN_TRY(check_scales(r, &scales, &is_zero));
    if (is_zero) return HONE_OK;
    if (zeros.n != 0 && zeros.n != scales.n) {
        return hn_fail(r->env, HONE_E_FORMAT, "%u zero points for %u scales", (unsigned)zeros.n,
                       (unsigned)scales.n);
    }
    hn_quant *q = HN_NEW(r->arena, hn_quant);
    if (q == NULL) return hn_no_memory(r->env);
    HN_TRY(read_axis(r, v, hn_fb_s32(t, QUANT_AXIS, 0), scales.n, &q->axis));
    const int64_t n = scales.n;
    const hn_shape shape = hn_shape_of(1, &n);
    q->scale = hn_graph_constant_borrowed(g, "", HN_DTYPE_F32, &shape, hn_fb_bytes(&scales));
    if (q->scale == NULL) return r->env->status;
    HN_TRY(read_zeros(r, g, &zeros, v->dtype, &q->zero_point));
    v->quant = q;
    return HONE_OK;
}

/* ---- all ---- */

static hone_status read_tensor(hn_tflite *r, hn_graph *g, const hn_fb_table *t, const char *name) {
    const int8_t type = hn_fb_s8(t, TENSOR_TYPE, 0);
    hn_dtype dtype = HN_DTYPE_NONE;
    hn_value_kind kind = HN_VALUE_TENSOR;
    if (!hn_tflite_dtype(type, &dtype, &kind)) {
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "type number %d", (int)type);
    }
    if (hn_fb_u32(t, TENSOR_EXTERNAL, 0) != 0) {
        return hn_fail(r->env, HONE_E_UNSUPPORTED, "its bytes are in another file");
    }
    const uint8_t *bytes = NULL;
    uint64_t n_bytes = 0;
    HN_TRY(hn_tflite_buffer(r, hn_fb_u32(t, TENSOR_BUFFER, 0), &bytes, &n_bytes));
    hn_shape shape;
    HN_TRY(read_shape(r, t, n_bytes > 0, &shape));
    hn_value *v = hn_graph_value(g, name, dtype, &shape);
    if (v == NULL) return r->env->status;
    v->kind = kind;
    v->is_state = hn_fb_bool(t, TENSOR_IS_VARIABLE, false);
    const bool is_sparse = hn_fb_has(t, TENSOR_SPARSITY) && n_bytes > 0;
    if (is_sparse) {
        const hn_fb_table sparsity = hn_fb_sub(t, TENSOR_SPARSITY);
        HN_TRY(hn_tflite_densify(r, &sparsity, v, &bytes, &n_bytes));
    }
    HN_TRY(read_constant(r, v, bytes, n_bytes));
    if (is_sparse && v->constant != NULL) v->constant->is_borrowed = false;
    return HONE_OK;
}

static hone_status fail_tensor(hn_tflite *r, hone_status status, uint32_t i, const char *name) {
    char what[96];
    snprintf(what, sizeof what, "tensor %u '%.64s'", (unsigned)i, name);
    return hn_fail_at(r->env, status, what);
}

hone_status hn_tflite_tensors(hn_tflite *r, hn_graph *g, const hn_fb_table *subgraph) {
    const hn_fb_vector tensors = hn_fb_items(subgraph, SUBGRAPH_TENSORS, 4);
    for (uint32_t i = 0; i < tensors.n; i++) {
        const hn_fb_table t = hn_fb_table_at(&tensors, i);
        const char *name = hn_fb_text(&t, TENSOR_NAME).text;
        const hone_status status = read_tensor(r, g, &t, name);
        if (status != HONE_OK) return fail_tensor(r, status, i, name);
    }
    r->n_tensors = g->n_values;
    for (uint32_t i = 0; i < r->n_tensors; i++) {
        const hn_fb_table t = hn_fb_table_at(&tensors, i);
        const hn_fb_table q = hn_fb_sub(&t, TENSOR_QUANTIZATION);
        const hone_status status = read_quant(r, g, g->values[i], &q);
        if (status != HONE_OK) return fail_tensor(r, status, i, g->values[i]->name);
    }
    return hn_tflite_sound(r);
}
