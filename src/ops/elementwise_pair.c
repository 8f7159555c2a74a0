/* SPDX-License-Identifier: Apache-2.0
 * Two 8- or 16-bit tensors with scales: the numbers of the qbinary family, as LiteRT prepares them.
 */
#include <math.h>
#include <string.h>

#include "kernels/qbinary/qbinary.h"
#include "ops/elementwise.h"
#include "ops/infer.h"

/* Both inputs on a common scale of twice the larger one. LiteRT's Sub is an Add whose second
 * multiplier is negative; the rounding of ties differs from a subtraction. */
static void fill_sum(hn_qbinary_args *a, bool is_wide) {
    const bool is_square = a->kind == HN_QBINARY_SQUARED_DIFFERENCE;
    const float s_a = a->a_scale, s_b = a->b_scale;
    a->left_shift = is_square ? 7 : is_wide ? 15 : 20;
    const double twice = 2.0 * (double)(s_a > s_b ? s_a : s_b);
    const double unit = (double)((float)(1 << (is_square ? 14 : a->left_shift)) * a->out_scale);
    hn_quantize_multiplier((double)s_a / twice, &a->a_multiplier, &a->a_shift);
    hn_quantize_multiplier((double)s_b / twice, &a->b_multiplier, &a->b_shift);
    hn_quantize_multiplier((is_square ? twice * twice : twice) / unit, &a->out_multiplier,
                           &a->out_shift);
    if (a->kind == HN_QBINARY_SUB) {
        a->kind = HN_QBINARY_ADD;
        a->b_multiplier = -a->b_multiplier;
    }
}

/* The exponent of a scale that is a power of two, as near as LiteRT asks. */
static bool is_power(float scale, int32_t *exponent) {
    const double log = log2((double)scale), whole = round(log);
    if (!(fabs(log - whole) < 1e-3)) return false; /* infinities and NaN as well */
    *exponent = (int32_t)whole;
    return true;
}

/* 16-bit sums on scales that are powers of two only shift their inputs. A tensor that already has
 * the output's scale stays as it is; LiteRT allows nothing else. */
static bool fill_shifts(const hn_node *node, hn_qbinary_args *a) {
    int32_t e_a, e_b, e_out;
    if (hn_attr_int(node, "pot_scale_int16", 1) == 0) return false;
    if (!is_power(a->a_scale, &e_a) || !is_power(a->b_scale, &e_b)) return false;
    if (!is_power(a->out_scale, &e_out)) return false;
    a->a_shift = e_a - e_out;
    a->b_shift = e_b - e_out;
    if (a->a_shift > 0 || a->b_shift > 0 || a->a_shift < -31 || a->b_shift < -31) return false;
    a->kind = a->kind == HN_QBINARY_ADD ? HN_QBINARY_SHIFT_ADD : HN_QBINARY_SHIFT_SUB;
    return true;
}

static void fill_tflite(const hn_node *node, hn_qbinary_args *a) {
    const float s_a = a->a_scale, s_b = a->b_scale;
    const bool is_wide = node->in[0]->dtype == HN_DTYPE_S16;
    const bool is_sum = a->kind == HN_QBINARY_ADD || a->kind == HN_QBINARY_SUB;
    if (is_wide && is_sum && fill_shifts(node, a)) return;
    switch (a->kind) {
    case HN_QBINARY_MUL:
        hn_quantize_multiplier((double)(s_a * s_b / a->out_scale), &a->out_multiplier,
                               &a->out_shift);
        return;
    case HN_QBINARY_DIV:
        hn_quantize_multiplier((double)(s_a / (s_b * a->out_scale)), &a->out_multiplier,
                               &a->out_shift);
        return;
    case HN_QBINARY_PRELU:
        hn_quantize_multiplier((double)(s_a / a->out_scale), &a->a_multiplier, &a->a_shift);
        hn_quantize_multiplier((double)(s_a * s_b / a->out_scale), &a->out_multiplier,
                               &a->out_shift);
        return;
    case HN_QBINARY_ADD:
    case HN_QBINARY_SUB:
    case HN_QBINARY_SQUARED_DIFFERENCE:
        fill_sum(a, is_wide);
        return;
    default: /* comparisons */
        a->left_shift = 8;
        hn_quantize_multiplier((double)s_a, &a->a_multiplier, &a->a_shift);
        hn_quantize_multiplier((double)s_b, &a->b_multiplier, &a->b_shift);
        return;
    }
}

static void fill_view(const hn_node *node, hn_qbinary_args *args) {
    const hn_shape *out = &node->out[0]->shape;
    int64_t dim[HN_MAX_RANK], stride[2][HN_MAX_RANK];
    int32_t rank = out->rank;
    memcpy(dim, out->dim, sizeof dim);
    for (uint32_t i = 0; i < 2; i++) hn_broadcast_strides(&node->in[i]->shape, out, stride[i]);
    hn_collapse(&rank, dim, stride, 2);
    args->rank = rank;
    for (int32_t d = 0; d < rank; d++) {
        args->dim[d] = (int32_t)dim[d];
        args->a_stride[d] = (int32_t)stride[0][d];
        args->b_stride[d] = (int32_t)stride[1][d];
    }
}

bool hn_qbinary_fits(const hn_node *node) {
    const hn_value *a = node->in[0], *b = node->in[1], *out = node->out[0];
    if (node->arith == HN_ARITH_TFLITE && hn_value_is_q16(a) && hn_value_is_q16(b)) {
        return out->dtype == HN_DTYPE_BOOL || hn_value_is_q16(out);
    }
    return node->arith != HN_ARITH_NONE && hn_value_is_q8(a) && hn_value_is_q8(b) &&
           a->dtype == b->dtype && (out->dtype == HN_DTYPE_BOOL || hn_value_is_q8(out));
}

hone_status hn_lower_qbinary(hn_lower *L, const hn_node *node, int32_t kind) {
    const hn_value *a = node->in[0], *b = node->in[1], *out = node->out[0];
    hn_qbinary_args args = {.kind = kind, .arith = (int32_t)node->arith};
    args.n_elements = (int32_t)hn_shape_product(&out->shape, 0, out->shape.rank);
    fill_view(node, &args);
    args.a_zero = hn_quant_zero(a, 0);
    args.b_zero = hn_quant_zero(b, 0);
    args.a_scale = hn_quant_scale(a, 0);
    args.b_scale = hn_quant_scale(b, 0);
    if (out->dtype != HN_DTYPE_BOOL) {
        args.out_zero = hn_quant_zero(out, 0);
        args.out_scale = hn_quant_scale(out, 0);
        HN_TRY(hn_activation_int(L->graph, node, out, &args.act_min, &args.act_max));
    }
    if (node->arith == HN_ARITH_TFLITE) fill_tflite(node, &args);
    hn_operand operands[HN_QBINARY_OPERANDS];
    HN_TRY(hn_lower_operand(L, a, &operands[HN_QBINARY_A]));
    HN_TRY(hn_lower_operand(L, b, &operands[HN_QBINARY_B]));
    operands[HN_QBINARY_OUT] = hn_operand_value(out);
    hn_types types;
    (void)hn_types_of(a->dtype, &types);
    return hn_lower_step(L, HN_FAMILY_qbinary, types, &args, operands, HN_QBINARY_OPERANDS);
}
