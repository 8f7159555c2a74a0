/* SPDX-License-Identifier: Apache-2.0
 * Functions of one 16-bit tensor: the numbers and tables of the family curve, as LiteRT prepares
 * them. Its exponentials, logarithms and the like are lines between 513 knots, each knot moved by
 * half of the error that the line has in its middle; its sigmoid and tanh share one table. */
#include <math.h>

#include "core/spline.h"
#include "kernels/curve/curve.h"
#include "ops/elementwise.h"
#include "ops/infer.h"

enum { KNOTS = HN_SPLINE_KNOTS, POINTS = 2 * KNOTS - 1 }; /* points: knots and the middles */

/* ---- the table of sigmoid and tanh ---- */

/* sigmoid(i / 24) * 2^16 to the nearest integer; LiteRT's table is one more at some places, which
 * have their bit set in `more`. The powers of e^(-1/24) are exact enough for any rounding. */
static hone_status sigmoid_table(hn_lower *L, hn_operand *out) {
    static const uint32_t more[8] = {0xfa7bd110, 0xc0467bae, 0x20440005, 0x00110090,
                                     0x00000080, 0,          0,          0x80000000};
    uint16_t table[HN_CURVE_SIGMOIDS];
    double power = 1.0;
    for (uint32_t i = 0; i < HN_CURVE_SIGMOIDS; i++) {
        const uint32_t nearest = (uint32_t)(65536.0 / (1.0 + power) + 0.5);
        table[i] = (uint16_t)(nearest + (more[i / 32] >> (i % 32) & 1u));
        power *= 0.9591894571091382;
    }
    return L->constant(L, table, sizeof table, out);
}

/* The input on the table's scale of 1 / 12288. A power of two that fits is only multiplied by 3. */
static void fill_sigmoid(float scale, int32_t most_left, hn_curve_args *a) {
    for (int32_t left = 0; left <= most_left; left++) {
        if (scale != ldexpf(1.0f, left - 12)) continue;
        a->multiplier = 3 << left;
        return;
    }
    double multiplier = (double)scale * 4096.0 * 3.0;
    while (multiplier <= 32767.0 / 2.0 && a->shift <= 30) {
        a->shift++;
        multiplier *= 2.0;
    }
    a->multiplier = multiplier < 32768.0 ? (int32_t)fmax(multiplier, 0.0) : 32767;
    if (a->shift > 30) a->multiplier = a->shift = 0;
}

/* ---- lines between knots ---- */

/* The operator at all points; result has room for them. */
static hone_status run_points(hn_lower *L, const hn_node *node, const float bounds[2], float *x,
                              float *result) {
    const int64_t n = POINTS;
    const hn_shape shape = hn_shape_of(1, &n);
    hn_program p;
    hn_program_begin(&p, &shape);
    hn_program_input(&p, HN_NO_OPERAND, &shape);
    hn_elementwise_program(node, &p, bounds);
    HN_TRY(hn_program_finish(L, &p));
    const hn_step_request request = {HN_FAMILY_expr, HN_TYPES_f32, &p.args, p.operands, 2, 1};
    void *const buf[2] = {x, result};
    return hn_step_run(L->env, &request, buf);
}

/* What LiteRT takes where a logarithm or an inverse root does not exist. */
static void mend_points(const hn_node *node, float s_out, const float *x, float *result) {
    const hn_table_kind kind = hn_elementwise_of(node)->table;
    if (kind != HN_TABLE_log && kind != HN_TABLE_rsqrt) return;
    const float v = kind == HN_TABLE_log ? -32768.0f * s_out : 32767.0f * s_out;
    for (int32_t i = 0; i < POINTS; i++) {
        if (x[i] <= 0.0f) result[i] = v;
    }
}

static int16_t limited(float v) {
    if (!(v > -32768.0f)) return INT16_MIN;
    return v < 32767.0f ? (int16_t)v : INT16_MAX;
}

static void make_knots(const float *result, float per_step, int16_t *table) {
    for (int32_t i = 0; i + 1 < KNOTS; i++) {
        const float at = roundf(result[2 * i] * per_step);
        const float line = roundf((result[2 * i + 2] * per_step + at) / 2.0f);
        const float error = line - roundf(result[2 * i + 1] * per_step);
        table[i] = limited(at - roundf(error / 2.0f));
    }
    table[KNOTS - 1] = limited(roundf(result[POINTS - 1] * per_step));
}

static hone_status spline_table(hn_lower *L, const hn_node *node, const float bounds[2],
                                hn_operand *out) {
    const float s_in = hn_quant_scale(node->in[0], 0), s_out = hn_quant_scale(node->out[0], 0);
    const float low = s_in * -32768.0f, high = s_in * 32767.0f;
    const float step = (high - low) / 512.0f, half = step / 2.0f;
    float x[POINTS], result[POINTS];
    int16_t table[KNOTS];
    for (int32_t i = 0; i < KNOTS; i++) {
        x[2 * i] = low + (float)i * step;
        if (i + 1 < KNOTS) x[2 * i + 1] = low + (float)i * step + half;
    }
    HN_TRY(run_points(L, node, bounds, x, result));
    mend_points(node, s_out, x, result);
    make_knots(result, 65536.0f / (s_out * 32767.0f - s_out * -32768.0f), table);
    return L->constant(L, table, sizeof table, out);
}

/* ---- the choice ---- */

static hone_status fill_linear(hn_lower *L, const hn_node *node, const float bounds[2],
                               hn_curve_args *a) {
    const float ratio = a->in_scale / a->out_scale;
    hn_quantize_multiplier((double)ratio, &a->multiplier, &a->shift);
    a->below = a->multiplier;
    a->below_shift = a->shift;
    if (hn_elementwise_of(node)->table == HN_TABLE_leaky_relu) {
        const float alpha = hn_attr_float(node, "alpha", 0.01f);
        hn_quantize_multiplier((double)(a->in_scale * alpha / a->out_scale), &a->below,
                               &a->below_shift);
        return HONE_OK;
    }
    return hn_bounds_int(L->graph, node, node->out[0], bounds, &a->act_min, &a->act_max);
}

hone_status hn_lower_curve(hn_lower *L, const hn_node *node, const float bounds[2]) {
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_curve_args a = {.n = (int32_t)hn_shape_product(&x->shape, 0, x->shape.rank)};
    hn_operand operands[HN_CURVE_OPERANDS];
    HN_TRY(hn_lower_operand(L, x, &operands[HN_CURVE_IN]));
    operands[HN_CURVE_TABLE] = HN_NO_OPERAND;
    operands[HN_CURVE_OUT] = hn_operand_value(out);
    a.in_scale = hn_quant_scale(x, 0);
    a.out_scale = hn_quant_scale(out, 0);
    (void)hn_integer_range(HN_DTYPE_S16, &a.act_min, &a.act_max);
    const hn_table_kind kind = hn_elementwise_of(node)->table;
    if (node->op == hn_op_at(HN_OP_sigmoid) || node->op == hn_op_at(HN_OP_tanh)) {
        const bool is_tanh = node->op == hn_op_at(HN_OP_tanh);
        a.kind = is_tanh ? HN_CURVE_TANH : HN_CURVE_SIGMOID;
        fill_sigmoid(a.in_scale, is_tanh ? 1 : 0, &a);
        HN_TRY(sigmoid_table(L, &operands[HN_CURVE_TABLE]));
    } else if (kind == HN_TABLE_sqrt) {
        a.kind = HN_CURVE_ROOT;
    } else if (kind == HN_TABLE_clamp || kind == HN_TABLE_leaky_relu || kind == HN_TABLE_abs) {
        a.kind = kind == HN_TABLE_abs ? HN_CURVE_ABS : HN_CURVE_LINEAR;
        HN_TRY(fill_linear(L, node, bounds, &a));
    } else {
        a.kind = HN_CURVE_SPLINE;
        HN_TRY(spline_table(L, node, bounds, &operands[HN_CURVE_TABLE]));
    }
    return hn_lower_step(L, HN_FAMILY_curve, HN_TYPES_s16, &a, operands, HN_CURVE_OPERANDS);
}
