/* SPDX-License-Identifier: Apache-2.0
 * The integer form of TensorFlow Lite's LSTM with 12 intermediates: of each gate (i f c o) the sum
 * of its parts, x W and h R, whose scales and zero points they are. LiteRT has it for one step of a
 * cell with norms and a projection, without peepholes, whose gate i follows from f. */
#include <math.h>

#include "kernels/rnn/qlstm8.h"
#include "ops/infer.h"
#include "ops/sequence_layer.h"

enum { INTERMEDIATES = HN_NARROW_INTERMEDIATES, FIRST = 1 }; /* gate 0 is not there */

static bool is_q(const hn_value *v, hn_dtype dtype) {
    return v != NULL && v->dtype == dtype && v->quant != NULL && hn_quant_channels(v) == 1;
}

static bool is_bias(const hn_value *v) {
    return v != NULL && v->dtype == HN_DTYPE_S32;
}

static const char *check_cell(const hn_cell *c) {
    if (!c->couples || c->x->shape.rank != 2) return "12 intermediates, and a gate i or a sequence";
    if (!is_q(c->x, HN_DTYPE_S8) || !is_q(c->h, HN_DTYPE_S8) || !is_q(c->y, HN_DTYPE_S8)) {
        return "data without an 8-bit scale";
    }
    if (!is_q(c->c, HN_DTYPE_S16) || hn_quant_scale(c->c, 0) != 0x1p-15f) {
        return "a cell state whose scale is not 2^-15";
    }
    for (uint32_t g = FIRST; g < HN_CELL_GATES; g++) {
        const bool fits = is_q(c->w[g], HN_DTYPE_S8) && is_q(c->r[g], HN_DTYPE_S8) &&
                          c->r[g]->shape.rank == 2 && is_q(c->norm[g], HN_DTYPE_S16) &&
                          is_bias(c->bias[g]);
        if (!fits) return "12 intermediates, and a gate that is not of 8 bits with norms of 16";
    }
    for (uint32_t k = 0; k < HN_CELL_PEEPHOLES; k++) {
        if (c->peephole[k] != NULL) return "12 intermediates and peepholes";
    }
    return is_q(c->projection, HN_DTYPE_S8) && is_bias(c->projection_bias)
               ? NULL
               : "12 intermediates without a projection";
}

static float scale_of(const hn_value *v) {
    return hn_quant_scale(v, 0);
}

static void set_pair(double scale, int32_t *multiplier, int32_t *shift) {
    hn_quantize_multiplier(scale, multiplier, shift);
}

static void fill_gate(const hn_cell *c, uint32_t g, const hn_value *const between[3],
                      hn_qlstm8_args *a) {
    const uint32_t k = g - FIRST;
    const float sum = scale_of(between[0]), s_x = scale_of(between[1]), s_h = scale_of(between[2]);
    int32_t multiplier, shift;
    set_pair((double)(scale_of(c->w[g]) * scale_of(c->x) / s_x), &a->x_mult[k], &a->x_shift[k]);
    set_pair((double)(scale_of(c->r[g]) * scale_of(c->h) / s_h), &a->h_mult[k], &a->h_shift[k]);
    set_pair((double)(s_x / sum), &a->sum_x_mult[k], &a->sum_x_shift[k]);
    set_pair((double)(s_h / sum), &a->sum_h_mult[k], &a->sum_h_shift[k]);
    if (g == HN_CELL_GATES - 1) a->sum_h_mult[k] = 0;
    a->x_middle[k] = hn_quant_zero(between[1], 0);
    a->h_middle[k] = hn_quant_zero(between[2], 0);
    set_pair((double)scale_of(c->norm[g]), &multiplier, &shift);
    a->norm_scale[k] = (float)ldexp((double)multiplier, shift - 31);
}

static int32_t clip_of(float limit, float scale, float most) {
    const float clip = limit / scale;
    return (int32_t)(clip < most ? clip : most);
}

static void fill(const hn_node *node, const hn_cell *c, const hn_value *const *between,
                 hn_qlstm8_args *a) {
    const float cell_clip = hn_attr_float(node, "cell_clip", 0.0f);
    const float proj_clip = hn_attr_float(node, "proj_clip", 0.0f);
    a->in_n = (int32_t)c->in;
    a->cells = (int32_t)c->units;
    a->out = (int32_t)c->out;
    a->x_zero = hn_quant_zero(c->x, 0);
    a->h_zero = hn_quant_zero(c->h, 0);
    for (uint32_t g = FIRST; g < HN_CELL_GATES; g++) fill_gate(c, g, between + 3 * g, a);
    const double projected = (double)scale_of(c->projection) * 0x1p-15 / (double)scale_of(c->h);
    set_pair((double)(float)projected, &a->projected_mult, &a->projected_shift);
    if (cell_clip > 0.0f && cell_clip < 1.0f) a->cell_clip = clip_of(cell_clip, 0x1p-15f, 32767.0f);
    if (proj_clip > 0.0f) a->proj_clip = clip_of(proj_clip, scale_of(c->y), 127.0f);
}

static hone_status operands_of(hn_lower *L, const hn_cell *c, hn_operand *o) {
    const uint64_t n = (uint64_t)c->units, in = (uint64_t)c->in, out = (uint64_t)c->out;
    const uint32_t n_gates = HN_CELL_GATES - FIRST;
    HN_TRY(hn_lower_operand(L, c->x, &o[HN_QLSTM8_X]));
    HN_TRY(hn_lower_joined(L, c->w + FIRST, n_gates, n * in, &o[HN_QLSTM8_W]));
    HN_TRY(hn_lower_joined(L, c->r + FIRST, n_gates, n * out, &o[HN_QLSTM8_R]));
    HN_TRY(hn_lower_joined(L, c->norm + FIRST, n_gates, 2 * n, &o[HN_QLSTM8_NORMS]));
    HN_TRY(hn_lower_joined(L, c->bias + FIRST, n_gates, 4 * n, &o[HN_QLSTM8_NORM_BIAS]));
    HN_TRY(hn_lower_joined(L, &c->projection, 1, n * out, &o[HN_QLSTM8_PROJECTION]));
    HN_TRY(hn_lower_joined(L, &c->projection_bias, 1, 4 * out, &o[HN_QLSTM8_PROJECTION_BIAS]));
    o[HN_QLSTM8_H] = hn_operand_value(c->h);
    o[HN_QLSTM8_C] = hn_operand_value(c->c);
    o[HN_QLSTM8_Y] = hn_operand_value(c->y);
    return HONE_OK;
}

hone_status hn_lower_layer_narrow(hn_lower *L, const hn_node *node, const hn_layer *l) {
    const hn_cell *c = &l->cell[0];
    const hn_value *between[INTERMEDIATES] = {NULL};
    hn_qlstm8_args args = {.batch = (int32_t)l->batch};
    hn_operand o[HN_QLSTM8_OPERANDS];
    const char *problem = hn_layer_intermediates(L->graph, node, 3 * FIRST, INTERMEDIATES, between);
    if (problem == NULL) problem = check_cell(c);
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (c->units > 1 << 14 || c->in > 1 << 16 || c->out > 1 << 14) {
        return hn_fail(L->env, HONE_E_LIMIT, "too many cells");
    }
    fill(node, c, between, &args);
    HN_TRY(operands_of(L, c, o));
    const hn_step_request request = {
        HN_FAMILY_qlstm8, HN_TYPES_s8, &args, o, HN_QLSTM8_OPERANDS, 3};
    return L->step(L, &request);
}
