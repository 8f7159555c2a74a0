/* SPDX-License-Identifier: Apache-2.0
 * Quantize and dequantize. Scale and zero point are operands (ONNX), or those of the integer value
 * itself (TFLite). From 8 bits to 8 bits it is a table; a constant whose type no kernel reads, such
 * as f16, is converted when the plan is made. */
#include "kernels/quant/quant.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/quantize_any.h"
#include "ops/typed.h"

enum { X, SCALE, ZERO }; /* operands */

typedef struct parameters {
    const hn_value *scale, *zero; /* zero NULL: all zero */
    int64_t axis;
} parameters;

/* `integer` is the value with the 8-bit form: the output of quantize, the input of dequantize. */
static bool read_parameters(const hn_node *node, const hn_value *integer, parameters *p) {
    p->scale = hn_node_in(node, SCALE);
    p->zero = hn_node_in(node, ZERO);
    p->axis = hn_attr_int(node, "axis", 1);
    if (p->scale != NULL) return true;
    if (integer->quant == NULL) return false;
    p->scale = integer->quant->scale;
    p->zero = integer->quant->zero_point;
    p->axis = integer->quant->axis;
    return true;
}

static hone_status quantize_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[X], *zero = hn_node_in(node, ZERO), *out = node->out[0];
    parameters p;
    if (!read_parameters(node, out, &p)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the output has no scale");
    }
    hn_dtype dtype = zero != NULL ? zero->dtype : out->dtype;
    const bool is_default = zero == NULL && hn_node_in(node, SCALE) != NULL;
    if (is_default && !hn_dtype_is_integer(dtype)) dtype = HN_DTYPE_U8;
    const char *stated = zero == NULL ? hn_attr_string(node, "to", "") : "";
    if (stated[0] != '\0') dtype = hn_dtype_of_name(stated);
    return hn_node_set_shape(g, node, dtype, &x->shape);
}

static hone_status dequantize_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[X], *scale = hn_node_in(node, SCALE);
    const bool has_own = scale != NULL && hn_dtype_is_float(scale->dtype);
    return hn_node_set_shape(g, node, has_own ? scale->dtype : HN_DTYPE_F32, &x->shape);
}

/* Zero points as s32, one per channel. */
static hone_status zero_operand(hn_lower *L, const hn_value *zero, uint64_t n, hn_operand *out) {
    if (zero != NULL && zero->constant == NULL) return hn_lower_as(L, zero, HN_DTYPE_S32, out);
    int64_t *wide = hn_alloc(L->env, (size_t)n * sizeof *wide);
    int32_t *list = hn_alloc(L->env, (size_t)n * sizeof *list);
    hone_status status = wide == NULL || list == NULL ? hn_no_memory(L->env) : HONE_OK;
    if (status == HONE_OK && zero != NULL) status = hn_constant_read_s64(L->graph, zero, wide, n);
    for (uint64_t i = 0; status == HONE_OK && i < n; i++) {
        if (wide[i] < INT32_MIN || wide[i] > INT32_MAX) {
            status = hn_fail(L->env, HONE_E_SHAPE, "a zero point is too large");
        } else {
            list[i] = (int32_t)wide[i];
        }
    }
    if (status == HONE_OK) status = L->constant(L, list, n * sizeof *list, out);
    hn_free(L->env, wide);
    hn_free(L->env, list);
    return status;
}

/* The view [outer, channels, inner] of the tensor. */
static hone_status fill_view(hn_lower *L, const hn_shape *x, const parameters *p,
                             hn_quant_args *a) {
    const int64_t n = hn_shape_product(&p->scale->shape, 0, p->scale->shape.rank);
    a->outer = a->channels = 1;
    a->inner = (int32_t)hn_shape_product(x, 0, x->rank);
    if (n == 1) return HONE_OK;
    int32_t axis;
    if (!hn_axis_resolve(p->axis, x->rank, &axis) || x->dim[axis] != n) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED,
                       "scales that are neither one nor one per channel");
    }
    a->outer = (int32_t)hn_shape_product(x, 0, axis);
    a->channels = (int32_t)n;
    a->inner = (int32_t)hn_shape_product(x, axis + 1, x->rank);
    return HONE_OK;
}

static hone_status quant_step(hn_lower *L, const hn_node *node, const hn_value *integer,
                              hn_types types) {
    parameters p;
    if (!read_parameters(node, integer, &p)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "the tensor has no scale");
    }
    hn_quant_args args = {0};
    args.arith = node->arith == HN_ARITH_TFLITE ? HN_ARITH_TFLITE : HN_ARITH_RNE;
    if (!hn_integer_range(integer->dtype, &args.act_min, &args.act_max)) {
        args.act_min = INT32_MIN;
        args.act_max = INT32_MAX;
    }
    HN_TRY(fill_view(L, &node->in[X]->shape, &p, &args));
    hn_operand operands[HN_QUANT_OPERANDS];
    HN_TRY(hn_lower_operand(L, node->in[X], &operands[HN_QUANT_IN]));
    HN_TRY(hn_lower_bias(L, p.scale, HN_TYPES_f32, &operands[HN_QUANT_SCALE]));
    HN_TRY(zero_operand(L, p.zero, (uint64_t)args.channels, &operands[HN_QUANT_ZERO]));
    operands[HN_QUANT_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_quant, types, &args, operands, HN_QUANT_OPERANDS);
}

/* From one 8-bit quantization to another; LiteRT's multiplier, or through float32. */
static hone_status requantize(hn_lower *L, const hn_node *node) {
    const hn_value *x = node->in[X], *out = node->out[0];
    const float s_in = hn_quant_scale(x, 0), s_out = hn_quant_scale(out, 0);
    const int32_t z_in = hn_quant_zero(x, 0), z_out = hn_quant_zero(out, 0);
    int32_t multiplier, shift, low = 0, high = 0;
    hn_quantize_multiplier((double)s_in / (double)s_out, &multiplier, &shift);
    (void)hn_integer_range(out->dtype, &low, &high);
    uint8_t table[256];
    for (int32_t i = 0; i < 256; i++) {
        const int32_t q = (x->dtype == HN_DTYPE_S8 && i >= 128 ? i - 256 : i) - z_in;
        int32_t v;
        if (node->arith == HN_ARITH_TFLITE) {
            const int64_t sum = (int64_t)hn_requant_q31(q, multiplier, shift) + z_out;
            v = sum < low ? low : sum > high ? high : (int32_t)sum;
        } else {
            v = hn_quantize_scaled(HN_ARITH_RNE, (float)q * s_in / s_out, z_out, low, high);
        }
        table[i] = (uint8_t)v;
    }
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    const int64_t n = hn_shape_product(&x->shape, 0, x->shape.rank);
    return hn_lower_lut(L, (uint64_t)n, in, table, hn_operand_value(out));
}

static int32_t bytes_of(hn_dtype dtype) {
    switch (dtype) {
    case HN_DTYPE_S8:
    case HN_DTYPE_U8:
        return 1;
    case HN_DTYPE_S16:
        return 2;
    case HN_DTYPE_S32:
        return 4;
    default:
        return 0;
    }
}

/* Between integers of which one has more than 8 bits. */
static hone_status requant_step(hn_lower *L, const hn_node *node) {
    const hn_value *x = node->in[X], *out = node->out[0];
    hn_requant_args args = {.out_bytes = bytes_of(out->dtype)};
    const hn_types types = x->dtype == HN_DTYPE_S8    ? HN_TYPES_s8
                           : x->dtype == HN_DTYPE_U8  ? HN_TYPES_u8
                           : x->dtype == HN_DTYPE_S16 ? HN_TYPES_s16
                                                      : HN_TYPES_s32;
    const double real = (double)hn_quant_scale(x, 0) / (double)hn_quant_scale(out, 0);
    args.n = (int32_t)hn_shape_product(&x->shape, 0, x->shape.rank);
    args.arith = node->arith == HN_ARITH_TFLITE ? HN_ARITH_TFLITE : HN_ARITH_RNE;
    args.in_zero = hn_quant_zero(x, 0);
    args.out_zero = hn_quant_zero(out, 0);
    args.scale = (float)real;
    hn_quantize_multiplier(real, &args.multiplier, &args.shift);
    if (!hn_integer_range(out->dtype, &args.act_min, &args.act_max)) {
        args.act_min = INT32_MIN;
        args.act_max = INT32_MAX;
    }
    hn_operand operands[HN_REQUANT_OPERANDS];
    HN_TRY(hn_lower_operand(L, x, &operands[HN_REQUANT_IN]));
    operands[HN_REQUANT_OUT] = hn_operand_value(out);
    return hn_lower_step(L, HN_FAMILY_requant, types, &args, operands, HN_REQUANT_OPERANDS);
}

static bool is_scaled(const hn_value *v) {
    return bytes_of(v->dtype) > 0 && v->quant != NULL && hn_quant_channels(v) == 1;
}

/* For the forms without an integer kernel. */
static bool read_scaling(const hn_node *node, const hn_value *integer, hn_scaling *s) {
    parameters p;
    if (!read_parameters(node, integer, &p)) return false;
    *s = (hn_scaling){p.scale, p.zero, p.axis, hn_attr_int(node, "block_size", 0)};
    return true;
}

static hone_status quantize_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    hn_scaling s;
    const hn_value *x = node->in[X], *out = node->out[0];
    if (hn_value_is_q8(x) && hn_value_is_q8(out) && hn_node_in(node, SCALE) == NULL) {
        return requantize(L, node);
    }
    if (is_scaled(x) && is_scaled(out) && hn_node_in(node, SCALE) == NULL) {
        return requant_step(L, node);
    }
    if (x->dtype == HN_DTYPE_F32 && hn_attr_int(node, "block_size", 0) == 0) {
        switch (out->dtype) {
        case HN_DTYPE_S8:
            return quant_step(L, node, out, HN_TYPES_f32_s8);
        case HN_DTYPE_U8:
            return quant_step(L, node, out, HN_TYPES_f32_u8);
        case HN_DTYPE_S16:
            return quant_step(L, node, out, HN_TYPES_f32_s16);
        default:
            break;
        }
    }
    if (x->dtype == HN_DTYPE_F32 && read_scaling(node, out, &s)) {
        return hn_lower_quantize_any(L, node, &s);
    }
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "from %s to %s", hn_dtype_name(x->dtype),
                   hn_dtype_name(out->dtype));
}

/* A constant of a type without a kernel, converted here. */
static hone_status convert_constant(hn_lower *L, const hn_node *node) {
    const hn_value *x = node->in[X], *out = node->out[0];
    const hn_weights_form form = hn_weights_as_is(HN_TYPES_f32);
    hn_operand in;
    int32_t zero;
    HN_TRY(hn_lower_weights(L, x, &form, &in, &zero));
    const int64_t n = hn_shape_product(&x->shape, 0, x->shape.rank);
    const hn_box box = {.rank = 1, .dim = {n}, .stride = {{1}, {1}}};
    return hn_lower_move(L, out->dtype, &box, in, hn_operand_value(out));
}

static hone_status dequantize_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    hn_scaling s;
    const hn_value *x = node->in[X], *out = node->out[0];
    if (out->dtype == HN_DTYPE_F32 && hn_attr_int(node, "block_size", 0) == 0) {
        switch (x->dtype) {
        case HN_DTYPE_F32: /* another float that was widened */
            return L->alias(L, x, out);
        case HN_DTYPE_S8:
            return quant_step(L, node, x, HN_TYPES_s8_f32);
        case HN_DTYPE_U8:
            return quant_step(L, node, x, HN_TYPES_u8_f32);
        case HN_DTYPE_S16:
            return quant_step(L, node, x, HN_TYPES_s16_f32);
        case HN_DTYPE_S32:
            return quant_step(L, node, x, HN_TYPES_s32_f32);
        default:
            break;
        }
        if (x->constant != NULL && hn_node_in(node, SCALE) == NULL)
            return convert_constant(L, node);
    }
    if (out->dtype == HN_DTYPE_F32 && read_scaling(node, x, &s)) {
        return hn_lower_dequantize_any(L, node, &s);
    }
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "from %s to %s", hn_dtype_name(x->dtype),
                   hn_dtype_name(out->dtype));
}

const hn_op_hooks hn_hooks_quantize = {.shape = quantize_shape, .lower = quantize_lower};
const hn_op_hooks hn_hooks_dequantize = {.shape = dequantize_shape, .lower = dequantize_lower};
