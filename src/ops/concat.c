/* SPDX-License-Identifier: Apache-2.0
 * Concatenation: one move per input into its part of the output. As in LiteRT's reference kernel, a
 * u8 input of another quantization than the output's is brought to it first, by a table. A fused
 * activation clamps the output where it lies. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/moves.h"

/* Joins the shape of one more input to `out`. */
static const char *join(hn_shape *out, const hn_shape *x, int32_t axis) {
    if (x->rank != out->rank) return "inputs have different ranks";
    for (int32_t d = 0; d < out->rank; d++) {
        const int64_t a = out->dim[d], b = x->dim[d];
        if (d == axis) {
            const bool is_known = a >= 0 && b >= 0;
            if (is_known && a > INT64_MAX - b) return "the output is too large";
            out->dim[d] = is_known ? a + b : -1;
            out->sym[d] = NULL;
        } else if (a < 0 && b >= 0) {
            hn_shape_take(out, d, x, d);
        } else if (a >= 0 && b >= 0 && a != b) {
            return "inputs differ beside the axis";
        }
    }
    return NULL;
}

static hone_status concat_shape(hn_graph *g, hn_node *node) {
    if (node->n_in == 0) return hn_fail(g->env, HONE_E_SHAPE, "has no operands");
    hn_shape out = {.rank = -1};
    int32_t axis = 0;
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *x = node->in[i];
        if (x == NULL) return hn_fail(g->env, HONE_E_SHAPE, "operand %u is missing", i);
        if (x->dtype != node->in[0]->dtype) {
            return hn_fail(g->env, HONE_E_SHAPE, "operands have different types");
        }
        if (x->shape.rank < 0) {
            return hn_node_set_shape(g, node, x->dtype, &x->shape);
        }
        if (i > 0) {
            const char *problem = join(&out, &x->shape, axis);
            if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
            continue;
        }
        out = x->shape;
        if (!hn_axis_resolve(hn_attr_int(node, "axis", 0), out.rank, &axis)) {
            return hn_fail(g->env, HONE_E_SHAPE, "the axis is not a dimension of the inputs");
        }
    }
    return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
}

/* Is an input of other scales requantized here? LiteRT does it for u8 only. */
static bool is_requantized(const hn_node *node, const hn_value *x) {
    const hn_value *out = node->out[0];
    if (!hn_value_is_q8(x) || !hn_value_is_q8(out) || hn_quant_is_equal(x, out)) return false;
    return node->arith == HN_ARITH_RNE || x->dtype == HN_DTYPE_U8;
}

/* What each byte of `x` is in the output. ONNX: what dequantizing and quantizing gives. */
static void requant_table(const hn_node *node, const hn_value *x, uint8_t table[256]) {
    const hn_value *out = node->out[0];
    const float s_in = hn_quant_scale(x, 0), s_out = hn_quant_scale(out, 0);
    const int32_t z_in = hn_quant_zero(x, 0), z_out = hn_quant_zero(out, 0);
    const float scale = s_in * (1.0f / s_out), bias = (float)-z_in * scale;
    int32_t low = 0, high = 0;
    (void)hn_integer_range(out->dtype, &low, &high);
    for (int32_t i = 0; i < 256; i++) {
        const int32_t q = x->dtype == HN_DTYPE_S8 && i >= 128 ? i - 256 : i;
        const bool is_rne = node->arith == HN_ARITH_RNE;
        const float real = is_rne ? (float)(q - z_in) * s_in / s_out : (float)q * scale + bias;
        table[i] = (uint8_t)hn_quantize_scaled(node->arith, real, z_out, low, high);
    }
}

/* An input as operand, requantized where it must be. */
static hone_status input_of(hn_lower *L, const hn_node *node, const hn_value *x, hn_operand *in) {
    uint8_t table[256];
    HN_TRY(hn_lower_operand(L, x, in));
    if (!is_requantized(node, x)) return HONE_OK;
    requant_table(node, x, table);
    const hn_operand from = *in;
    const int64_t n = hn_shape_product(&x->shape, 0, x->shape.rank);
    HN_TRY(hn_lower_temp(L, x->dtype, &x->shape, in));
    return hn_lower_lut(L, (uint64_t)n, from, table, *in);
}

static hone_status clamp_output(hn_lower *L, const hn_node *node) {
    const hn_value *out = node->out[0];
    const hn_operand to = hn_operand_value(out);
    if (hn_attr_string(node, "activation", "")[0] == '\0') return HONE_OK;
    if (out->dtype == HN_DTYPE_F32) {
        float low, high;
        hn_program p;
        hn_activation_f32(node, &low, &high);
        hn_program_begin(&p, &out->shape);
        hn_program_input(&p, to, &out->shape);
        hn_program_clamp(&p, low, high);
        return hn_program_end(L, &p, to);
    }
    if (!hn_value_is_q8(out)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "an activation on %s",
                       hn_dtype_name(out->dtype));
    }
    int32_t low = 0, high = 0;
    uint8_t table[256];
    HN_TRY(hn_activation_int(L->graph, node, out, &low, &high));
    for (int32_t i = 0; i < 256; i++) {
        const int32_t q = out->dtype == HN_DTYPE_S8 && i >= 128 ? i - 256 : i;
        table[i] = (uint8_t)hn_clamp_s32(q, low, high);
    }
    const int64_t n = hn_shape_product(&out->shape, 0, out->shape.rank);
    return hn_lower_lut(L, (uint64_t)n, to, table, to);
}

static hone_status concat_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *out = node->out[0];
    int32_t axis;
    HN_TRY(hn_node_axis(L->env, node, 0, out->shape.rank, &axis));
    int64_t stride[HN_MAX_RANK], at = 0;
    hn_shape_strides(&out->shape, stride);
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *x = node->in[i];
        const int64_t extent = x->shape.dim[axis];
        hn_box box = {.rank = x->shape.rank, .offset = {0, at * stride[axis]}};
        memcpy(box.dim, x->shape.dim, sizeof box.dim);
        hn_shape_strides(&x->shape, box.stride[0]);
        memcpy(box.stride[1], stride, sizeof stride);
        at += extent;
        if (extent == 0) continue;
        hn_operand in;
        HN_TRY(input_of(L, node, x, &in));
        HN_TRY(hn_lower_move(L, out->dtype, &box, in, hn_operand_value(out)));
    }
    return clamp_output(L, node);
}

static hone_status concat_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    int32_t axis;
    HN_TRY(hn_node_axis(g->env, node, 0, rank, &axis));
    return hn_axis_permute(g, node, axis, perm, rank);
}

/* Inputs may have scales of their own: they are requantized. */
static bool concat_quantized(const hn_node *node) {
    const hn_value *out = node->out[0];
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *x = node->in[i];
        if (x == NULL || !hn_value_is_q8(x) || x->dtype != out->dtype) return false;
        if (hn_quant_channels(x) != 1) return false;
    }
    return hn_value_is_q8(out) && hn_quant_channels(out) == 1;
}

const hn_op_hooks hn_hooks_concat = {.shape = concat_shape,
                                     .lower = concat_lower,
                                     .permute = concat_permute,
                                     .quantized = concat_quantized};
