/* SPDX-License-Identifier: Apache-2.0
 * Softmax of 16 bits: the two splines of LiteRT's reference, which depend on no model. Powers of
 * e^(-10/1024) are made by products, so that every machine has the same. */
#include "ops/softmax_wide.h"

#include <math.h>

#include "kernels/softmax/softmax16.h"
#include "ops/emit.h"
#include "ops/infer.h"

enum { KNOTS = HN_SPLINE_KNOTS, POINTS = 2 * KNOTS - 1 };

/* Knots of a function at POINTS places, in Q0.15; each is moved by half of the error that the line
 * has in its middle. */
static void make_knots(const double *at, int16_t *knots) {
    const double unit = 32768.0;
    for (int32_t i = 0; i + 1 < KNOTS; i++) {
        const double here = round(at[2 * i] * unit);
        const double line = round((at[2 * i + 2] * unit + here) / 2.0);
        const double v = here - round((line - round(at[2 * i + 1] * unit)) / 2.0);
        knots[i] = (int16_t)(v > 32767.0 ? 32767.0 : v);
    }
    const double last = round(at[POINTS - 1] * unit);
    knots[KNOTS - 1] = (int16_t)(last > 32767.0 ? 32767.0 : last);
}

bool hn_softmax_is_wide(const hn_node *node) {
    const hn_value *x = node->in[0], *out = node->out[0];
    const int64_t axis = hn_attr_int(node, "axis", -1);
    return node->op == hn_op_at(HN_OP_softmax) && node->arith == HN_ARITH_TFLITE &&
           hn_value_is_q16(x) && hn_value_is_q16(out) && x->shape.rank > 0 &&
           fabsf(hn_quant_scale(out, 0) * 32768.0f - 1.0f) <= 1e-3f &&
           (axis == -1 || axis == x->shape.rank - 1);
}

hone_status hn_lower_softmax_wide(hn_lower *L, const hn_node *node) {
    const hn_value *x = node->in[0];
    const int32_t rank = x->shape.rank;
    hn_softmax16_args a = {.n = (int32_t)x->shape.dim[rank - 1]};
    a.outer = (int32_t)hn_shape_product(&x->shape, 0, rank - 1);
    const double scale = (double)(hn_quant_scale(x, 0) * hn_attr_float(node, "beta", 1.0f));
    hn_quantize_multiplier(scale / (10.0 / 65535.0), &a.multiplier, &a.shift);
    double at[POINTS];
    int16_t knots[2 * KNOTS];
    at[POINTS - 1] = 1.0;
    for (int32_t i = POINTS - 1; i > 0; i--) at[i - 1] = at[i] * 0.9902819038736084;
    make_knots(at, knots);
    for (int32_t i = 0; i < POINTS; i++) at[i] = 1.0 / (1.0 + (double)i / (POINTS - 1));
    make_knots(at, knots + KNOTS);
    hn_operand operands[HN_SOFTMAX16_OPERANDS];
    HN_TRY(hn_lower_operand(L, x, &operands[HN_SOFTMAX16_IN]));
    HN_TRY(L->constant(L, knots, sizeof knots, &operands[HN_SOFTMAX16_KNOTS]));
    operands[HN_SOFTMAX16_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_softmax16, HN_TYPES_s16, &a, operands, HN_SOFTMAX16_OPERANDS);
}
