/* SPDX-License-Identifier: Apache-2.0
 * Steps of dynamic-range operators. What LiteRT does, found by comparing single operators with it:
 * products of matrices and recurrent layers quantize each row, symmetric unless their options say
 * otherwise; a convolution each image, symmetric with one scale for all weights, asymmetric with
 * one a channel. */
#include "ops/hybrid.h"

#include "kernels/dynquant/dynquant.h"
#include "ops/infer.h"

bool hn_node_is_hybrid(const hn_node *node) {
    const hn_value *x = node->in[0], *w = node->in[1];
    return node->arith == HN_ARITH_TFLITE && x->dtype == HN_DTYPE_F32 && w->dtype == HN_DTYPE_S8 &&
           w->quant != NULL && w->constant != NULL;
}

hone_status hn_lower_dynamic(hn_lower *L, hn_operand x, int64_t rows, int64_t n, int32_t mode,
                             hn_dynamic *out) {
    const hn_dynrange_args args = {(int32_t)rows, (int32_t)n, mode};
    const uint64_t n_rows = (uint64_t)rows;
    HN_TRY(L->temp(L, n_rows * HN_DYN_WORDS * sizeof(int32_t), &out->blocks));
    if (out->bytes.kind == HN_OPERAND_NONE) HN_TRY(L->temp(L, n_rows * (uint64_t)n, &out->bytes));
    const hn_operand range[HN_DYNRANGE_OPERANDS] = {x, out->blocks};
    HN_TRY(hn_lower_step(L, HN_FAMILY_dynrange, HN_TYPES_f32, &args, range, HN_DYNRANGE_OPERANDS));
    const hn_operand quant[HN_DYNQUANT_OPERANDS] = {x, out->blocks, out->bytes};
    const hn_types types = mode == HN_DYN_ONNX ? HN_TYPES_f32_u8 : HN_TYPES_f32_s8;
    return hn_lower_step(L, HN_FAMILY_dynquant, types, &args, quant, HN_DYNQUANT_OPERANDS);
}

hone_status hn_lower_channel_scales(hn_lower *L, const hn_value *w, uint32_t n, hn_operand *out) {
    const uint32_t channels = hn_quant_channels(w);
    if (channels != 1 && channels != n) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "scales of another channel");
    }
    float *scales = hn_alloc(L->env, n * sizeof *scales);
    if (scales == NULL) return hn_no_memory(L->env);
    for (uint32_t c = 0; c < n; c++) scales[c] = hn_quant_scale(w, channels == 1 ? 0 : c);
    const hone_status status = L->constant(L, scales, n * sizeof *scales, out);
    hn_free(L->env, scales);
    return status;
}

hone_status hn_dynamic_floats(hn_lower *L, const hn_value *v, float *out, uint64_t n) {
    const float scale = hn_quant_scale(v, 0);
    HN_TRY(hn_constant_read_f32(L->graph, v, out, n));
    for (uint64_t i = 0; i < n; i++) out[i] = (out[i] > 127.0f ? out[i] - 256.0f : out[i]) * scale;
    return HONE_OK;
}

hn_direct_args hn_direct_rows(const int64_t extent[3]) {
    const float most = hn_float_of_bits(0x7f800000);
    return (hn_direct_args){.n = (int32_t)extent[0],
                            .in = {1, 1, 1},
                            .in_c = (int32_t)extent[2],
                            .out = {1, 1, 1},
                            .out_c = (int32_t)extent[1],
                            .k = {1, 1, 1},
                            .stride = {1, 1, 1},
                            .dilation = {1, 1, 1},
                            .groups = 1,
                            .low = -most,
                            .high = most};
}

hone_status hn_lower_dynamic_product(hn_lower *L, const hn_dynamic *x, const hn_direct_args *a,
                                     hn_operand weights, hn_operand scales, hn_operand out) {
    hn_direct_args args = *a;
    hn_operand operands[HN_DIRECT_OPERANDS];
    operands[HN_DIRECT_IN] = x->bytes;
    operands[HN_DIRECT_IMAGES] = x->blocks;
    operands[HN_DIRECT_WEIGHTS] = weights;
    operands[HN_DIRECT_BIAS] = HN_NO_OPERAND;
    operands[HN_DIRECT_SCALE] = scales;
    operands[HN_DIRECT_OUT] = out;
    args.arith = HN_ARITH_TFLITE;
    return hn_lower_step(L, HN_FAMILY_direct, HN_TYPES_s8_f32, &args, operands, HN_DIRECT_OPERANDS);
}

hone_status hn_lower_hybrid(hn_lower *L, const hn_node *node, hn_direct_args *a, hn_operand weights,
                            bool is_asymmetric) {
    const int32_t mode = is_asymmetric ? HN_DYN_ASYMMETRIC : HN_DYN_SYMMETRIC;
    const int64_t n = hn_shape_product(&node->in[0]->shape, 0, node->in[0]->shape.rank);
    hn_operand operands[HN_DIRECT_OPERANDS], in;
    hn_dynamic x = {HN_NO_OPERAND, HN_NO_OPERAND};
    HN_TRY(hn_lower_operand(L, node->in[0], &in));
    HN_TRY(hn_lower_dynamic(L, in, a->n, n / a->n, mode, &x));
    operands[HN_DIRECT_IN] = x.bytes;
    operands[HN_DIRECT_IMAGES] = x.blocks;
    operands[HN_DIRECT_WEIGHTS] = weights;
    HN_TRY(hn_lower_bias(L, hn_node_in(node, 2), HN_TYPES_f32, &operands[HN_DIRECT_BIAS]));
    HN_TRY(hn_lower_channel_scales(L, node->in[1], (uint32_t)a->out_c, &operands[HN_DIRECT_SCALE]));
    operands[HN_DIRECT_OUT] = hn_operand_value(node->out[0]);
    a->arith = HN_ARITH_TFLITE;
    hn_activation_f32(node, &a->low, &a->high);
    return hn_lower_step(L, HN_FAMILY_direct, HN_TYPES_s8_f32, a, operands, HN_DIRECT_OPERANDS);
}
