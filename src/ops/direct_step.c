/* SPDX-License-Identifier: Apache-2.0
 * Arguments and operands of direct convolution from a node's operands. */
#include "ops/direct_step.h"

#include "ops/infer.h"

void hn_direct_geometry(const hn_window *w, hn_direct_args *a) {
    const hn_window_axis flat = {1, 1, 1, 1, 1, 0, 0};
    for (int32_t d = 0; d < 3; d++) {
        const int32_t i = d - (3 - w->n_spatial);
        const hn_window_axis *axis = i >= 0 ? &w->axis[i] : &flat;
        a->in[d] = (int32_t)axis->in;
        a->out[d] = (int32_t)axis->out;
        a->k[d] = (int32_t)axis->kernel;
        a->stride[d] = (int32_t)axis->stride;
        a->dilation[d] = (int32_t)axis->dilation;
        a->pad[d] = (int32_t)axis->pad_begin;
    }
}

static hone_status fill_integer(hn_lower *L, const hn_node *node, hn_direct_args *a,
                                const hn_direct_operands *o, hn_operand *scale) {
    if (o->out->dtype != o->x->dtype) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "input and output of different integer types");
    }
    const bool is_narrow = o->bias != NULL && o->bias->dtype == HN_DTYPE_S32;
    a->arith = (int32_t)node->arith;
    if (o->types == HN_TYPES_s16 && !is_narrow) a->arith = HN_ARITH_WIDE;
    if (o->is_real) a->arith = HN_ARITH_REAL;
    HN_TRY(hn_activation_int(L->graph, node, o->out, &a->act_min, &a->act_max));
    a->in_zero = hn_quant_zero(o->x, 0);
    a->out_zero = hn_quant_zero(o->out, 0);
    const hn_product product = {
        o->x, o->w, o->out, (uint32_t)a->out_c, o->types == HN_TYPES_u8, o->is_real};
    return hn_lower_product(L, node, &product, scale);
}

hone_status hn_direct_emit(hn_lower *L, const hn_node *node, hn_direct_args *a,
                           const hn_direct_operands *o) {
    hn_activation_f32(node, &a->low, &a->high);
    hn_operand operands[HN_DIRECT_OPERANDS];
    HN_TRY(hn_lower_operand(L, o->x, &operands[HN_DIRECT_IN]));
    operands[HN_DIRECT_WEIGHTS] = o->weights;
    operands[HN_DIRECT_SCALE] = operands[HN_DIRECT_IMAGES] = HN_NO_OPERAND;
    if (o->types != HN_TYPES_f32) {
        HN_TRY(fill_integer(L, node, a, o, &operands[HN_DIRECT_SCALE]));
    }
    if (a->arith == HN_ARITH_WIDE || a->arith == HN_ARITH_REAL) {
        HN_TRY(hn_lower_wide_bias(L, o->bias, &operands[HN_DIRECT_BIAS]));
    } else {
        HN_TRY(hn_lower_bias(L, o->bias, o->types, &operands[HN_DIRECT_BIAS]));
    }
    operands[HN_DIRECT_OUT] = hn_operand_value(o->out);
    return hn_lower_step(L, HN_FAMILY_direct, o->types, a, operands, HN_DIRECT_OPERANDS);
}
