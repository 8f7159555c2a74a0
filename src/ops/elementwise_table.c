/* SPDX-License-Identifier: Apache-2.0
 * 8-bit functions of one operand as tables of 256 bytes. Where LiteRT has integer arithmetic of its
 * own the table is filled by it, so that every byte agrees; elsewhere LiteRT fills a table from
 * floats itself, and so does this: the operator's float program over all values that the operand
 * can have, then the output's quantization. */
#include <math.h>

#include "core/math.h"
#include "ops/elementwise.h"
#include "ops/infer.h"

/* One table: the operand, the output, and its range. */
typedef struct table {
    const hn_node *node;
    const hn_value *x, *out;
    float s_in, s_out;
    int32_t z_in, z_out, low, high;
    uint8_t *bytes;
} table;

/* The operand's number for a byte, without its zero point. */
static int32_t number_of(const table *t, int32_t byte) {
    const bool is_negative = t->x->dtype == HN_DTYPE_S8 && byte >= 128;
    return (is_negative ? byte - 256 : byte) - t->z_in;
}

/* The byte of a number without its zero point; a multiplier of any size may have made it. */
static void store_within(const table *t, int32_t byte, int32_t v, const int32_t range[2]) {
    const int64_t sum = (int64_t)v + t->z_out;
    t->bytes[byte] = (uint8_t)(sum < range[0] ? range[0] : sum > range[1] ? range[1] : sum);
}

static void store(const table *t, int32_t byte, int32_t v) {
    store_within(t, byte, v, (const int32_t[]){t->low, t->high});
}

/* ---- LiteRT's integer arithmetic ---- */

static void clamp_table(const table *t, const int32_t act[2]) {
    int32_t multiplier, shift;
    hn_quantize_multiplier((double)(t->s_in / t->s_out), &multiplier, &shift);
    for (int32_t i = 0; i < 256; i++) {
        store_within(t, i, hn_requant_q31(number_of(t, i), multiplier, shift), act);
    }
}

static void abs_table(const table *t) {
    int32_t multiplier, shift;
    hn_quantize_multiplier((double)(t->s_in / t->s_out), &multiplier, &shift);
    for (int32_t i = 0; i < 256; i++) {
        const int32_t q = number_of(t, i), size = q < 0 ? -q : q;
        store(t, i, t->s_in == t->s_out ? size : hn_requant_q31(size, multiplier, shift));
    }
}

/* A negative alpha gives a negative multiplier, which is applied as its absolute value. */
static void leaky_table(const table *t) {
    const float alpha = hn_attr_float(t->node, "alpha", 0.01f);
    int32_t above, above_shift, below, below_shift;
    hn_quantize_multiplier((double)(t->s_in * alpha / t->s_out), &below, &below_shift);
    hn_quantize_multiplier((double)(t->s_in / t->s_out), &above, &above_shift);
    const int32_t sign = below < 0 ? -1 : 1;
    for (int32_t i = 0; i < 256; i++) {
        const int32_t q = number_of(t, i);
        store(t, i,
              q >= 0 ? hn_requant_q31(q, above, above_shift)
                     : sign * hn_requant_q31(q, sign * below, below_shift));
    }
}

/* 16-bit counterparts of the Q31 arithmetic. */
static int32_t saturate_16(int64_t v) {
    return v > INT16_MAX ? INT16_MAX : v < INT16_MIN ? INT16_MIN : (int32_t)v;
}

static int32_t rounded_product_16(int32_t a, int32_t b) {
    if (a == INT16_MIN && b == INT16_MIN) return INT16_MAX;
    const int32_t product = a * b;
    return (product + (product >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15);
}

static int32_t truncated_product_16(int32_t a, int32_t b) {
    if (a == INT16_MIN && b == INT16_MIN) return INT16_MAX;
    return a * b / (1 << 15);
}

static int32_t narrow_multiplier(int32_t multiplier) {
    return multiplier >= INT32_MAX - (1 << 15) ? INT16_MAX : (multiplier + (1 << 15)) >> 16;
}

/* x relu6(x + 3) / 6: the second factor on a scale of 3 / 2^15, as 16 bits from 0 to 1. */
static void hard_swish_table(const table *t) {
    const float fine = 1.0f / 128.0f * t->s_in, reluish = 3.0f / 32768.0f;
    int32_t out_wide, out_shift, relu_wide, relu_shift;
    hn_quantize_multiplier((double)(fine / t->s_out), &out_wide, &out_shift);
    hn_quantize_multiplier((double)(fine / reluish), &relu_wide, &relu_shift);
    const int32_t out = narrow_multiplier(out_wide), relu = narrow_multiplier(relu_wide);
    for (int32_t i = 0; i < 256; i++) {
        const int32_t x = (int16_t)(number_of(t, i) * 128);
        int32_t v = x;
        if (relu_shift > 0) v = saturate_16(v * (INT64_C(1) << (relu_shift - 1)));
        v = rounded_product_16(v, relu);
        if (relu_shift > 0) v = saturate_16((int64_t)v * 2);
        if (relu_shift < 0) v = hn_rounding_shift_right(v, -relu_shift);
        v = (v + (1 << 15)) >> 1;
        v = truncated_product_16((int16_t)v, rounded_product_16(x, out));
        const int32_t right = out_shift < 0 ? -out_shift : 0;
        store(t, i, (int16_t)hn_rounding_shift_right(v, right));
    }
}

/* The inverse root of the integer in Q31, brought to 20 fraction bits, then to the output's scale.
 * What is not positive gives the greatest value. */
static void rsqrt_table(const table *t) {
    enum { FRACTION = 20 };
    int32_t multiplier, shift, root, right;
    const double real = 1.0 / (double)(hn_sqrt(t->s_in) * t->s_out);
    hn_quantize_multiplier(real, &multiplier, &shift);
    for (int32_t i = 0; i < 256; i++) {
        const int32_t q = number_of(t, i);
        hn_inverse_sqrt_q31(q, &root, &right);
        const int32_t fine = hn_requant_q31(1, root, FRACTION - right);
        const int32_t v = hn_requant_q31(fine, multiplier, hn_clamp_s32(shift - FRACTION, -31, 30));
        store(t, i, q > 0 ? v : t->high - t->z_out);
    }
}

/* The quotient is truncated. What is negative has no root and gives 0. */
static void sqrt_table(const table *t) {
    for (int32_t i = 0; i < 256; i++) {
        const float v = t->s_in * (float)number_of(t, i);
        const float q = v > 0.0f ? hn_sqrt(v) / t->s_out : 0.0f;
        store(t, i, q < 1e6f ? (int32_t)q : 1000000);
    }
}

/* ---- floats ---- */

static void quantize_results(const table *t, const float *result) {
    const float inverse = 1.0f / t->s_out;
    const bool is_rne = t->node->arith == HN_ARITH_RNE;
    for (int32_t i = 0; i < 256; i++) {
        const float scaled = is_rne ? result[i] / t->s_out : result[i] * inverse;
        t->bytes[i] =
            (uint8_t)hn_quantize_scaled(t->node->arith, scaled, t->z_out, t->low, t->high);
    }
}

static hone_status program_table(hn_lower *L, const table *t, const float bounds[2]) {
    const int64_t n = 256;
    const hn_shape shape = hn_shape_of(1, &n);
    float in[256], result[256];
    for (int32_t i = 0; i < 256; i++) in[i] = t->s_in * (float)number_of(t, i);
    hn_program p;
    hn_program_begin(&p, &shape);
    hn_program_input(&p, HN_NO_OPERAND, &shape);
    hn_elementwise_program(t->node, &p, bounds);
    HN_TRY(hn_program_finish(L, &p));
    const hn_step_request request = {HN_FAMILY_expr, HN_TYPES_f32, &p.args, p.operands, 2, 1};
    void *const buf[2] = {in, result};
    HN_TRY(hn_step_run(L->env, &request, buf));
    /* LiteRT's logarithm of what is not positive is the output's lowest value. */
    for (int32_t i = 0; i < 256 && hn_elementwise_of(t->node)->table == HN_TABLE_log; i++) {
        if (in[i] <= 0.0f) result[i] = (float)(t->low - t->z_out) * t->s_out;
    }
    quantize_results(t, result);
    return HONE_OK;
}

hone_status hn_elementwise_table(hn_lower *L, const hn_node *node, const float bounds[2],
                                 uint8_t bytes[256]) {
    table t = {.node = node, .x = node->in[0], .out = node->out[0], .bytes = bytes};
    t.s_in = hn_quant_scale(t.x, 0);
    t.s_out = hn_quant_scale(t.out, 0);
    t.z_in = hn_quant_zero(t.x, 0);
    t.z_out = hn_quant_zero(t.out, 0);
    (void)hn_integer_range(t.out->dtype, &t.low, &t.high);
    if (node->arith != HN_ARITH_TFLITE) return program_table(L, &t, bounds);
    int32_t act[2];
    switch (hn_elementwise_of(node)->table) {
    case HN_TABLE_clamp:
        HN_TRY(hn_bounds_int(L->graph, node, t.out, bounds, &act[0], &act[1]));
        clamp_table(&t, act);
        return HONE_OK;
    case HN_TABLE_hard_swish:
        hard_swish_table(&t);
        return HONE_OK;
    case HN_TABLE_leaky_relu:
        leaky_table(&t);
        return HONE_OK;
    case HN_TABLE_abs:
        abs_table(&t);
        return HONE_OK;
    case HN_TABLE_sqrt:
        sqrt_table(&t);
        return HONE_OK;
    case HN_TABLE_rsqrt:
        rsqrt_table(&t);
        return HONE_OK;
    case HN_TABLE_program:
    case HN_TABLE_log:
        break;
    }
    return program_table(L, &t, bounds);
}
