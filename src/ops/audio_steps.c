/* SPDX-License-Identifier: Apache-2.0
 * The operators of TensorFlow Lite Micro's signal library that have kernels: the transform of 16
 * bits, integer roots, the subtraction of noise, whose estimate is state, gain and logarithm. */
#include <math.h>

#include "kernels/audio/audio.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static int64_t count_of(const hn_value *v) {
    return hn_shape_product(&v->shape, 0, v->shape.rank);
}

/* Operand i has that type. */
static hone_status check_type(hn_env *env, const hn_node *node, uint32_t i, hn_dtype dtype) {
    const hn_value *v = hn_node_in(node, i);
    if (v != NULL && v->dtype == dtype) return HONE_OK;
    return hn_fail(env, HONE_E_SHAPE, "operand %u is not of type %s", (unsigned)i,
                   hn_dtype_name(dtype));
}

static bool is_in(int64_t v, int64_t low, int64_t high) {
    return v >= low && v <= high;
}

/* ---- the transform ---- */

enum { PAIR = 2 };

static hone_status rfft16_shape(hn_graph *g, hn_node *node) {
    HN_TRY(check_type(g->env, node, 0, HN_DTYPE_S16));
    const int64_t length = hn_attr_int(node, "fft_length", 0);
    hn_shape out = node->in[0]->shape;
    if (out.rank < 1 || !is_in(length, 4, HN_RFFT16_MOST) || (length & (length - 1)) != 0 ||
        out.dim[out.rank - 1] > length) {
        return hn_fail(g->env, HONE_E_SHAPE, "frames or fft_length are not possible");
    }
    out.dim[out.rank - 1] = PAIR * (length / 2 + 1);
    return hn_node_set_shape(g, node, HN_DTYPE_S16, &out);
}

static void put_turn(int16_t *at, double angle) {
    at[0] = (int16_t)floor(0.5 + 32767.0 * cos(angle));
    at[1] = (int16_t)floor(0.5 + 32767.0 * sin(angle));
}

static hone_status rfft16_lower(hn_lower *L, const hn_node *node) {
    const double pi = 3.14159265358979323846264338327;
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_shape *x = &node->in[0]->shape;
    hn_rfft16_args a = {.in_n = (int32_t)x->dim[x->rank - 1]};
    a.outer = (int32_t)hn_shape_product(x, 0, x->rank - 1);
    a.length = (int32_t)hn_attr_int(node, "fft_length", 0);
    const int32_t n = a.length / 2, n_turns = n + n / 2;
    int16_t *turns = hn_alloc(L->env, (size_t)n_turns * PAIR * sizeof *turns);
    if (turns == NULL) return hn_no_memory(L->env);
    for (int32_t i = 0; i < n; i++) put_turn(turns + PAIR * i, -2.0 * pi * i / n);
    for (int32_t i = 0; i < n / 2; i++) {
        put_turn(turns + PAIR * (n + i), -pi * ((double)(i + 1) / n + 0.5));
    }
    hn_operand o[HN_RFFT16_OPERANDS];
    hone_status status =
        L->constant(L, turns, (uint64_t)n_turns * PAIR * sizeof *turns, &o[HN_RFFT16_TWIDDLES]);
    hn_free(L->env, turns);
    HN_TRY(status);
    HN_TRY(hn_lower_operand(L, node->in[0], &o[HN_RFFT16_IN]));
    o[HN_RFFT16_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_rfft16, HN_TYPES_s16, &a, o, HN_RFFT16_OPERANDS);
}

/* ---- roots ---- */

static hone_status isqrt_shape(hn_graph *g, hn_node *node) {
    HN_TRY(check_type(g->env, node, 0, HN_DTYPE_U64));
    HN_TRY(check_type(g->env, node, 1, HN_DTYPE_S32));
    if (hn_shape_is_known(&node->in[1]->shape) && count_of(node->in[1]) != 1) {
        return hn_fail(g->env, HONE_E_SHAPE, "the shift is not one number");
    }
    return hn_node_set_shape(g, node, HN_DTYPE_U32, &node->in[0]->shape);
}

static hone_status isqrt_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_isqrt_args a = {(int32_t)count_of(node->in[0])};
    hn_operand o[HN_ISQRT_OPERANDS];
    HN_TRY(hn_lower_operand(L, node->in[0], &o[HN_ISQRT_IN]));
    HN_TRY(hn_lower_operand(L, node->in[1], &o[HN_ISQRT_SHIFT]));
    o[HN_ISQRT_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_isqrt, HN_TYPES_u64, &a, o, HN_ISQRT_OPERANDS);
}

/* ---- noise ---- */

static hone_status denoise_shape(hn_graph *g, hn_node *node) {
    const hn_shape *x = &node->in[0]->shape;
    HN_TRY(check_type(g->env, node, 0, HN_DTYPE_U32));
    HN_TRY(check_type(g->env, node, 1, HN_DTYPE_U32));
    if (!node->in[1]->is_state || !hn_shape_equal(x, &node->in[1]->shape)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the noise is no variable of the signal's shape");
    }
    if (node->n_out > 1) HN_TRY(hn_node_set_output(g, node, 1, HN_DTYPE_U32, x));
    return hn_node_set_shape(g, node, HN_DTYPE_U32, x);
}

static hone_status denoise_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    hn_denoise_args a = {.n = (int32_t)count_of(node->in[0])};
    a.smoothing[0] = (uint32_t)hn_attr_int(node, "smoothing", 0);
    a.smoothing[1] = (uint32_t)hn_attr_int(node, "alternate_smoothing", 0);
    a.keeping[0] = (uint32_t)hn_attr_int(node, "one_minus_smoothing", 0);
    a.keeping[1] = (uint32_t)hn_attr_int(node, "alternate_one_minus_smoothing", 0);
    a.floor = (uint32_t)hn_attr_int(node, "min_signal_remaining", 0);
    a.clamps = hn_attr_int(node, "clamping", 0) != 0;
    const int64_t smoothing = hn_attr_int(node, "smoothing_bits", 0);
    const int64_t bits = hn_attr_int(node, "spectral_subtraction_bits", 0);
    if (!is_in(smoothing, 0, 31) || !is_in(bits, 0, 31)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "bits that are not possible");
    }
    a.smoothing_bits = (int32_t)smoothing;
    a.bits = (int32_t)bits;
    hn_operand o[HN_DENOISE_OPERANDS];
    HN_TRY(hn_lower_operand(L, node->in[0], &o[HN_DENOISE_IN]));
    o[HN_DENOISE_OLD] = o[HN_DENOISE_NEW] = hn_operand_value(node->in[1]);
    o[HN_DENOISE_OUT] = hn_operand_value(node->out[0]);
    o[HN_DENOISE_NOISE] = hn_operand_value(node->n_out > 1 ? node->out[1] : NULL);
    const hn_step_request request = {
        HN_FAMILY_denoise, HN_TYPES_u32, &a, o, HN_DENOISE_OPERANDS, 3};
    return L->step(L, &request);
}

/* ---- gain and logarithm ---- */

static hone_status pcan_shape(hn_graph *g, hn_node *node) {
    const int64_t n = hn_shape_is_known(&node->in[2]->shape) ? count_of(node->in[2]) : -1;
    HN_TRY(check_type(g->env, node, 0, HN_DTYPE_U32));
    HN_TRY(check_type(g->env, node, 1, HN_DTYPE_U32));
    HN_TRY(check_type(g->env, node, 2, HN_DTYPE_S16));
    if (n < HN_PCAN_GAIN_COUNT || !hn_shape_equal(&node->in[0]->shape, &node->in[1]->shape)) {
        return hn_fail(g->env, HONE_E_SHAPE, "signal, noise and gains do not fit");
    }
    return hn_node_set_shape(g, node, HN_DTYPE_U32, &node->in[0]->shape);
}

static hone_status pcan_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const int64_t shift = hn_attr_int(node, "snr_shift", 0);
    if (!is_in(shift, 0, 31)) return hn_fail(L->env, HONE_E_UNSUPPORTED, "a bad snr_shift");
    const hn_pcan_args a = {(int32_t)count_of(node->in[0]), (int32_t)shift};
    hn_operand o[HN_PCAN_OPERANDS];
    for (uint32_t i = 0; i < 3; i++) HN_TRY(hn_lower_operand(L, node->in[i], &o[i]));
    o[HN_PCAN_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_pcan, HN_TYPES_u32, &a, o, HN_PCAN_OPERANDS);
}

static hone_status fixlog_shape(hn_graph *g, hn_node *node) {
    HN_TRY(check_type(g->env, node, 0, HN_DTYPE_U32));
    return hn_node_set_shape(g, node, HN_DTYPE_S16, &node->in[0]->shape);
}

static hone_status fixlog_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const int64_t shift = hn_attr_int(node, "input_correction_bits", 0);
    const int64_t scale = hn_attr_int(node, "output_scale", 0);
    if (!is_in(shift, 0, 31) || !is_in(scale, 0, INT32_MAX)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "a bad scale");
    }
    const hn_fixlog_args a = {(int32_t)count_of(node->in[0]), (int32_t)scale, (int32_t)shift};
    int16_t table[HN_FIXLOG_ENTRIES] = {0};
    for (int32_t i = 0; i + 1 < HN_FIXLOG_ENTRIES; i++) {
        table[i] = (int16_t)floor(65536.0 * (log2(1.0 + i / 128.0) - i / 128.0) + 0.5);
    }
    hn_operand o[HN_FIXLOG_OPERANDS];
    HN_TRY(hn_lower_operand(L, node->in[0], &o[HN_FIXLOG_IN]));
    HN_TRY(L->constant(L, table, sizeof table, &o[HN_FIXLOG_TABLE]));
    o[HN_FIXLOG_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_fixlog, HN_TYPES_u32, &a, o, HN_FIXLOG_OPERANDS);
}

const hn_op_hooks hn_hooks_rfft16 = {.shape = rfft16_shape, .lower = rfft16_lower};
const hn_op_hooks hn_hooks_isqrt = {.shape = isqrt_shape, .lower = isqrt_lower};
const hn_op_hooks hn_hooks_denoise = {
    .shape = denoise_shape, .lower = denoise_lower, .max_outputs = 2};
const hn_op_hooks hn_hooks_pcan = {.shape = pcan_shape, .lower = pcan_lower};
const hn_op_hooks hn_hooks_fixlog = {.shape = fixlog_shape, .lower = fixlog_lower};
