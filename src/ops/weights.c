/* SPDX-License-Identifier: Apache-2.0
 * Weights in the order and type of a kernel. Constants that already lie so are used where they are;
 * others become a copy in the plan: permuted through their view, dequantized or widened for a float
 * kernel, or shifted between s8 and u8, which moves the zero point by 128 and changes no product.
 * Weights that are computed can only be shifted, by a table step. */
#include <string.h>

#include "ops/emit.h"

hn_weights_form hn_weights_as_is(hn_types types) {
    hn_weights_form form = {types, {0}};
    for (int32_t d = 0; d < HN_MAX_RANK; d++) form.perm[d] = d;
    return form;
}

/* A constant seen with its dimensions in another order. */
typedef struct view {
    hn_value value;
    hn_constant constant;
    int32_t quant_axis; /* in the new order */
} view;

static void view_open(view *v, const hn_value *w, const int32_t *perm) {
    v->value = *w;
    v->quant_axis = -1;
    const int32_t axis = w->quant != NULL ? w->quant->axis : -1;
    for (int32_t d = 0; d < w->shape.rank; d++) {
        v->value.shape.dim[d] = w->shape.dim[perm[d]];
        if (perm[d] == axis) v->quant_axis = d;
    }
    if (w->constant == NULL) return;
    v->constant = *w->constant;
    for (int32_t d = 0; d < w->shape.rank; d++) {
        v->constant.stride[d] = w->constant->stride[perm[d]];
    }
    v->value.constant = &v->constant;
}

static bool is_identity(const hn_value *w, const int32_t *perm) {
    for (int32_t d = 0; d < w->shape.rank; d++) {
        if (perm[d] != d) return false;
    }
    return true;
}

/* real = scale * (q - zero), per channel, in place. */
static void dequantize(const view *v, float *data, uint64_t n) {
    const uint32_t channels = hn_quant_channels(&v->value);
    uint64_t inner = 1;
    for (int32_t d = v->quant_axis + 1; d < v->value.shape.rank; d++) {
        inner *= (uint64_t)v->value.shape.dim[d];
    }
    for (uint64_t i = 0; i < n; i++) {
        const uint32_t c = channels > 1 ? (uint32_t)(i / inner % channels) : 0;
        const float zero = (float)hn_quant_zero(&v->value, c);
        data[i] = (data[i] - zero) * hn_quant_scale(&v->value, c);
    }
}

static hone_status float_copy(hn_lower *L, const view *v, hn_operand *out) {
    const hn_value *w = &v->value;
    uint64_t n, n_bytes;
    if (!hn_shape_count(&w->shape, &n) || !hn_mul_u64(n, sizeof(float), &n_bytes)) {
        return hn_fail(L->env, HONE_E_LIMIT, "the weights are too large");
    }
    const uint32_t channels = w->quant != NULL ? hn_quant_channels(w) : 0;
    const bool is_float = hn_dtype_is_float(w->dtype);
    const bool has_axis = v->quant_axis >= 0 && w->shape.dim[v->quant_axis] == (int64_t)channels;
    if (!is_float && (channels == 0 || (channels > 1 && !has_axis))) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s weights for a float input",
                       hn_dtype_name(w->dtype));
    }
    float *data = hn_alloc(L->env, (size_t)n_bytes);
    if (data == NULL) return hn_no_memory(L->env);
    hone_status status = hn_constant_read_f32(L->graph, w, data, n);
    if (status == HONE_OK && !is_float) dequantize(v, data, n);
    if (status == HONE_OK) status = L->constant(L, data, n_bytes, out);
    hn_free(L->env, data);
    return status;
}

static hone_status byte_copy(hn_lower *L, const hn_value *w, hn_operand *out) {
    uint64_t n_bytes;
    if (!hn_value_bytes(w, &n_bytes)) {
        return hn_fail(L->env, HONE_E_LIMIT, "the constant is too large");
    }
    uint8_t *data = hn_alloc(L->env, (size_t)n_bytes);
    if (data == NULL) return hn_no_memory(L->env);
    hn_constant_copy(w, data);
    const hone_status status = L->constant(L, data, n_bytes, out);
    hn_free(L->env, data);
    return status;
}

/* The view itself, for whoever packs or copies it. */
static hone_status keep_view(hn_lower *L, const view *v, hn_operand *out) {
    view *kept = hn_arena_copy(L->graph->arena, v, sizeof *v);
    if (kept == NULL) return hn_no_memory(L->env);
    kept->value.constant = &kept->constant;
    *out = (hn_operand){HN_OPERAND_VIEW, &kept->value, 0};
    return HONE_OK;
}

hone_status hn_lower_operand(hn_lower *L, const hn_value *v, hn_operand *out) {
    if (v == NULL || v->constant == NULL || hn_constant_is_contiguous(v)) {
        *out = hn_operand_value(v);
        return HONE_OK;
    }
    return byte_copy(L, v, out);
}

/* Computed bytes, shifted by a table step into memory of this node. */
static hone_status flip_step(hn_lower *L, const hn_value *w, hn_operand *out) {
    uint8_t table[256];
    for (unsigned i = 0; i < 256; i++) table[i] = (uint8_t)(i ^ 0x80u);
    uint64_t n_bytes;
    if (!hn_value_bytes(w, &n_bytes) || n_bytes > INT32_MAX) {
        return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more");
    }
    HN_TRY(L->temp(L, n_bytes, out));
    return hn_lower_lut(L, n_bytes, hn_operand_value(w), table, *out);
}

/* Per-tensor zero point; kernels take one for all channels. */
static hone_status common_zero(hn_lower *L, const hn_value *w, int32_t *zero) {
    const uint32_t channels = w->quant != NULL ? hn_quant_channels(w) : 0;
    if (channels == 0) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "integer weights without a scale");
    }
    *zero = hn_quant_zero(w, 0);
    for (uint32_t c = 1; c < channels; c++) {
        if (hn_quant_zero(w, c) == *zero) continue;
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "weights with a zero point per channel");
    }
    return HONE_OK;
}

hone_status hn_lower_reordered(hn_lower *L, const hn_value *w, const int32_t *perm,
                               hn_operand *out) {
    uint64_t n_bytes;
    int64_t from[HN_MAX_RANK];
    hn_box box = {.rank = w->shape.rank};
    hn_shape moved = w->shape;
    if (!hn_value_bytes(w, &n_bytes)) return hn_fail(L->env, HONE_E_LIMIT, "too large");
    hn_shape_strides(&w->shape, from);
    for (int32_t d = 0; d < box.rank; d++) {
        moved.dim[d] = box.dim[d] = w->shape.dim[perm[d]];
        box.stride[0][d] = from[perm[d]];
    }
    hn_shape_strides(&moved, box.stride[1]);
    HN_TRY(L->temp(L, n_bytes, out));
    return hn_lower_move(L, w->dtype, &box, hn_operand_value(w), *out);
}

hone_status hn_lower_weights(hn_lower *L, const hn_value *w, const hn_weights_form *form,
                             hn_operand *out, int32_t *zero) {
    const bool is_float = hn_types_are_float(form->types);
    hn_types own;
    const bool has_own = hn_types_of(w->dtype, &own);
    const hn_types wanted = form->types == HN_TYPES_s16 ? HN_TYPES_s8 : form->types;
    const bool is_same = has_own && own == wanted;
    const bool is_8_bit = w->dtype == HN_DTYPE_S8 || w->dtype == HN_DTYPE_U8;
    const bool is_8_step = form->types == HN_TYPES_s8 || form->types == HN_TYPES_u8;
    if (form->types == HN_TYPES_f16 && !is_same) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s weights for halves",
                       hn_dtype_name(w->dtype));
    }
    if (!is_float && !is_same && !(is_8_bit && is_8_step)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s weights for an integer input",
                       hn_dtype_name(w->dtype));
    }
    int32_t own_zero = 0;
    if (!is_float) HN_TRY(common_zero(L, w, &own_zero));
    if (!is_float && !is_same) own_zero += w->dtype == HN_DTYPE_S8 ? 128 : -128;
    *zero = own_zero;
    const bool is_in_order = is_identity(w, form->perm);
    if (w->constant == NULL) {
        if (is_same && !is_in_order) return hn_lower_reordered(L, w, form->perm, out);
        if (!is_in_order || (is_float && !is_same)) {
            return hn_fail(L->env, HONE_E_UNSUPPORTED,
                           "weights that are not constant, in an order "
                           "or type that no kernel takes");
        }
        if (!is_same) return flip_step(L, w, out);
        *out = hn_operand_value(w);
        return HONE_OK;
    }
    view v;
    view_open(&v, w, form->perm);
    if (is_same && hn_constant_is_contiguous(w) && hn_constant_is_contiguous(&v.value)) {
        *out = hn_operand_value(w);
        return HONE_OK;
    }
    if (is_same) return keep_view(L, &v, out);
    if (is_float) return float_copy(L, &v, out);
    v.constant.flip = 0x80;
    return keep_view(L, &v, out);
}

hone_status hn_lower_wide_bias(hn_lower *L, const hn_value *bias, hn_operand *out) {
    *out = HN_NO_OPERAND;
    if (bias == NULL) return HONE_OK;
    if (bias->dtype == HN_DTYPE_S64) return hn_lower_operand(L, bias, out);
    uint64_t n, n_bytes;
    if (bias->dtype != HN_DTYPE_S32 || bias->constant == NULL ||
        !hn_shape_count(&bias->shape, &n) || !hn_mul_u64(n, sizeof(int64_t), &n_bytes)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "a bias of type %s with 16-bit inputs",
                       hn_dtype_name(bias->dtype));
    }
    int64_t *wide = hn_alloc(L->env, (size_t)n_bytes);
    if (wide == NULL) return hn_no_memory(L->env);
    hone_status status = hn_constant_read_s64(L->graph, bias, wide, n);
    if (status == HONE_OK) status = L->constant(L, wide, n_bytes, out);
    hn_free(L->env, wide);
    return status;
}

hone_status hn_lower_bias(hn_lower *L, const hn_value *bias, hn_types types, hn_operand *out) {
    if (bias == NULL) {
        *out = HN_NO_OPERAND;
        return HONE_OK;
    }
    const hn_weights_form form = hn_weights_as_is(types);
    int32_t zero;
    if (hn_types_are_float(types)) return hn_lower_weights(L, bias, &form, out, &zero);
    if (bias->dtype != HN_DTYPE_S32) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "a bias of type %s with integer weights",
                       hn_dtype_name(bias->dtype));
    }
    return hn_lower_operand(L, bias, out);
}
