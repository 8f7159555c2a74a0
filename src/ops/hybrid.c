/* SPDX-License-Identifier: Apache-2.0
 * Steps of dynamic-range operators. What LiteRT does, found by comparing single operators with it:
 * a fully connected layer quantizes each row, symmetric unless its options say otherwise; a
 * convolution each image, symmetric with one scale for all weights, asymmetric with one a channel.
 */
#include "ops/hybrid.h"

#include "kernels/dynquant/dynquant.h"
#include "ops/infer.h"

bool hn_node_is_hybrid(const hn_node *node) {
    const hn_value *x = node->in[0], *w = node->in[1];
    return node->arith == HN_ARITH_TFLITE && x->dtype == HN_DTYPE_F32 && w->dtype == HN_DTYPE_S8 &&
           w->quant != NULL && w->constant != NULL;
}

hone_status hn_lower_dynamic(hn_lower *L, const hn_value *x, int64_t rows, int32_t mode,
                             hn_operand *blocks, hn_operand *bytes) {
    const int64_t n = hn_shape_product(&x->shape, 0, x->shape.rank);
    const hn_dynrange_args args = {(int32_t)rows, (int32_t)(n / rows), mode};
    HN_TRY(L->temp(L, (uint64_t)rows * HN_DYN_WORDS * sizeof(int32_t), blocks));
    if (bytes->kind == HN_OPERAND_NONE) HN_TRY(L->temp(L, (uint64_t)n, bytes));
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    const hn_operand range[HN_DYNRANGE_OPERANDS] = {in, *blocks};
    HN_TRY(hn_lower_step(L, HN_FAMILY_dynrange, HN_TYPES_f32, &args, range, HN_DYNRANGE_OPERANDS));
    const hn_operand quant[HN_DYNQUANT_OPERANDS] = {in, *blocks, *bytes};
    const hn_types types = mode == HN_DYN_ONNX ? HN_TYPES_f32_u8 : HN_TYPES_f32_s8;
    return hn_lower_step(L, HN_FAMILY_dynquant, types, &args, quant, HN_DYNQUANT_OPERANDS);
}

/* The scales of the weights, one for each of n channels. */
static hone_status channel_scales(hn_lower *L, const hn_value *w, uint32_t n, hn_operand *out) {
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

hone_status hn_lower_hybrid_into(hn_lower *L, const hn_node *node, hn_direct_args *a,
                                 hn_operand weights, bool is_asymmetric, hn_operand out) {
    const int32_t mode = is_asymmetric ? HN_DYN_ASYMMETRIC : HN_DYN_SYMMETRIC;
    hn_operand operands[HN_DIRECT_OPERANDS];
    operands[HN_DIRECT_IN] = HN_NO_OPERAND;
    HN_TRY(hn_lower_dynamic(L, node->in[0], a->n, mode, &operands[HN_DIRECT_IMAGES],
                            &operands[HN_DIRECT_IN]));
    operands[HN_DIRECT_WEIGHTS] = weights;
    operands[HN_DIRECT_BIAS] = HN_NO_OPERAND;
    if (out.kind == HN_OPERAND_VALUE) {
        HN_TRY(hn_lower_bias(L, hn_node_in(node, 2), HN_TYPES_f32, &operands[HN_DIRECT_BIAS]));
    }
    HN_TRY(channel_scales(L, node->in[1], (uint32_t)a->out_c, &operands[HN_DIRECT_SCALE]));
    operands[HN_DIRECT_OUT] = out;
    a->arith = HN_ARITH_TFLITE;
    return hn_lower_step(L, HN_FAMILY_direct, HN_TYPES_s8_f32, a, operands, HN_DIRECT_OPERANDS);
}

hone_status hn_lower_hybrid(hn_lower *L, const hn_node *node, hn_direct_args *a, hn_operand weights,
                            bool is_asymmetric) {
    const hn_operand out = hn_operand_value(node->out[0]);
    hn_activation_f32(node, &a->low, &a->high);
    return hn_lower_hybrid_into(L, node, a, weights, is_asymmetric, out);
}
