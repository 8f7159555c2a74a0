/* SPDX-License-Identifier: Apache-2.0
 * The integer form of TensorFlow Lite's LSTM: scales become multipliers as LiteRT computes them (in
 * float32, then from a double), zero points go into the biases. The scale of h before it is stored
 * is the fifth of the node's intermediates. */
#include <math.h>
#include <string.h>

#include "kernels/rnn/qlstm.h"
#include "ops/infer.h"
#include "ops/sequence_lstm.h"

static const float gate_scale = 1.0f / 4096.0f; /* Q3.12, what the activations take */

static const hn_value *hidden_of(const hn_lower *L, const hn_node *node) {
    const hn_attr *list = hn_attr_find(node, "intermediates");
    if (list == NULL || list->kind != HN_ATTR_INTS || list->n != 5) return NULL;
    const int64_t id = list->v.ints[4];
    if (id < 0 || id >= L->graph->n_values) return NULL;
    const hn_value *v = L->graph->values[id];
    return v->quant != NULL && hn_quant_channels(v) == 1 ? v : NULL;
}

static bool is_q(const hn_value *v, hn_dtype dtype) {
    return v != NULL && v->dtype == dtype && v->quant != NULL && hn_quant_channels(v) == 1;
}

static const char *check_types(const hn_node *node, const hn_sequence_lstm *l) {
    const hn_value *x = node->in[0], *h = node->in[HN_LSTM_H], *c = node->in[HN_LSTM_C];
    if (!is_q(x, HN_DTYPE_S8) || !is_q(h, HN_DTYPE_S8) || !is_q(node->out[0], HN_DTYPE_S8)) {
        return "data without an 8-bit scale";
    }
    if (!is_q(c, HN_DTYPE_S16)) return "a cell state without a 16-bit scale";
    for (uint32_t g = l->couples ? 1 : 0; g < 4; g++) {
        if (!is_q(node->in[HN_LSTM_W + g], HN_DTYPE_S8) ||
            !is_q(node->in[HN_LSTM_R + g], HN_DTYPE_S8)) {
            return "weights that are not 8-bit with one scale";
        }
        if (node->in[HN_LSTM_BIAS + g]->dtype != HN_DTYPE_S32) return "a bias that is not s32";
    }
    for (uint32_t k = 0; k < 3; k++) {
        const hn_value *p = node->in[HN_LSTM_P + k];
        if (p != NULL && !is_q(p, HN_DTYPE_S16)) return "peepholes that are not 16-bit";
    }
    return NULL;
}

static void set_pair(float scale, int32_t *multiplier, int32_t *shift) {
    hn_quantize_multiplier((double)scale, multiplier, shift);
}

static hone_status fill_scales(hn_lower *L, const hn_node *node, const hn_sequence_lstm *l,
                               hn_qlstm_args *a) {
    const hn_value *hidden = hidden_of(L, node), *h = node->in[HN_LSTM_H];
    const float x_scale = hn_quant_scale(node->in[0], 0), h_scale = hn_quant_scale(h, 0);
    const float c_scale = hn_quant_scale(node->in[HN_LSTM_C], 0);
    int exponent;
    if (hidden == NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "no scale of the hidden state");
    if (frexpf(c_scale, &exponent) != 0.5f) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "a cell scale that is no power of two");
    }
    a->cell_shift = exponent - 1;
    for (uint32_t g = l->couples ? 1 : 0; g < 4; g++) {
        const float w = hn_quant_scale(node->in[HN_LSTM_W + g], 0);
        const float r = hn_quant_scale(node->in[HN_LSTM_R + g], 0);
        set_pair(w * x_scale / gate_scale, &a->x_mult[g], &a->x_shift[g]);
        set_pair(r * h_scale / gate_scale, &a->h_mult[g], &a->h_shift[g]);
    }
    for (uint32_t k = 0; k < 3; k++) {
        const hn_value *p = node->in[HN_LSTM_P + k];
        if (p == NULL) continue;
        set_pair(c_scale * hn_quant_scale(p, 0) / gate_scale, &a->p_mult[k], &a->p_shift[k]);
    }
    const float half = 1.0f / 32768.0f;
    set_pair(half / hn_quant_scale(hidden, 0) * half, &a->hidden_mult, &a->hidden_shift);
    a->hidden_zero = hn_quant_zero(hidden, 0);
    const float clip = hn_attr_float(node, "cell_clip", 0.0f) / c_scale;
    if (clip > 0.0f) a->cell_clip = clip < 32767.0f ? (int32_t)clip : 32767;
    return HONE_OK;
}

/* bias[i] = given[i] - zero * (sum of row i). */
static hone_status effective_bias(hn_lower *L, const hn_value *w, const hn_value *given,
                                  int32_t zero, int32_t *bias) {
    const uint64_t rows = (uint64_t)w->shape.dim[0], columns = (uint64_t)w->shape.dim[1];
    int8_t *bytes = hn_alloc(L->env, (size_t)(rows * columns));
    int64_t *wide = hn_alloc(L->env, (size_t)rows * sizeof *wide);
    hone_status status = bytes == NULL || wide == NULL ? hn_no_memory(L->env) : HONE_OK;
    if (status == HONE_OK && given != NULL)
        status = hn_constant_read_s64(L->graph, given, wide, rows);
    if (status == HONE_OK) hn_constant_copy(w, bytes);
    for (uint64_t i = 0; status == HONE_OK && i < rows; i++) {
        int32_t sum = 0;
        for (uint64_t k = 0; k < columns; k++) sum += bytes[i * columns + k];
        bias[i] = (int32_t)((uint32_t)wide[i] - (uint32_t)zero * (uint32_t)sum);
    }
    hn_free(L->env, bytes);
    hn_free(L->env, wide);
    return status;
}

static hone_status bias_operand(hn_lower *L, const hn_node *node, const hn_sequence_lstm *l,
                                hn_operand *out) {
    const uint64_t n = (uint64_t)l->cells;
    int32_t *bias = hn_alloc(L->env, (size_t)(8 * n) * sizeof *bias);
    hone_status status = bias == NULL ? hn_no_memory(L->env) : HONE_OK;
    for (uint32_t g = l->couples ? 1 : 0; status == HONE_OK && g < 4; g++) {
        int32_t *at = bias + 2 * n * g;
        status = effective_bias(L, node->in[HN_LSTM_W + g], node->in[HN_LSTM_BIAS + g],
                                hn_quant_zero(node->in[0], 0), at);
        if (status != HONE_OK) break;
        status = effective_bias(L, node->in[HN_LSTM_R + g], NULL,
                                hn_quant_zero(node->in[HN_LSTM_H], 0), at + n);
    }
    if (status == HONE_OK) status = L->constant(L, bias, 8 * n * sizeof *bias, out);
    hn_free(L->env, bias);
    return status;
}

/* n constants of n_bytes each, one after the other; absent ones are zero. */
static hone_status joined(hn_lower *L, hn_value *const *list, uint32_t n, uint64_t n_bytes,
                          hn_operand *out) {
    uint8_t *bytes = hn_alloc(L->env, (size_t)(n * n_bytes));
    if (bytes == NULL) return hn_no_memory(L->env);
    for (uint32_t i = 0; i < n; i++) {
        if (list[i] != NULL) hn_constant_copy(list[i], bytes + i * n_bytes);
    }
    const hone_status status = L->constant(L, bytes, n * n_bytes, out);
    hn_free(L->env, bytes);
    return status;
}

hone_status hn_lower_sequence_qlstm(hn_lower *L, const hn_node *node, const hn_sequence_lstm *l) {
    const uint64_t n = (uint64_t)l->cells, in = (uint64_t)l->in;
    const char *problem = check_types(node, l);
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    if (n > 1 << 14 || in > 1 << 16) return hn_fail(L->env, HONE_E_LIMIT, "too many cells");
    hn_qlstm_args a = {.seq = (int32_t)l->seq, .batch = (int32_t)l->batch, .in_n = (int32_t)in};
    hn_operand o[HN_QLSTM_OPERANDS];
    a.cells = (int32_t)n;
    a.couples = l->couples ? 1 : 0;
    a.x_step = (l->is_time_first ? a.batch : 1) * a.in_n;
    a.x_batch = (l->is_time_first ? 1 : a.seq) * a.in_n;
    a.y_step = (l->is_time_first ? a.batch : 1) * a.cells;
    a.y_batch = (l->is_time_first ? 1 : a.seq) * a.cells;
    HN_TRY(fill_scales(L, node, l, &a));
    o[HN_QLSTM_PEEPHOLES] = HN_NO_OPERAND;
    HN_TRY(hn_lower_operand(L, node->in[0], &o[HN_QLSTM_X]));
    HN_TRY(joined(L, node->in + HN_LSTM_W, 4, n * in, &o[HN_QLSTM_W]));
    HN_TRY(joined(L, node->in + HN_LSTM_R, 4, n * n, &o[HN_QLSTM_R]));
    HN_TRY(bias_operand(L, node, l, &o[HN_QLSTM_BIAS]));
    if (l->has_peepholes) {
        HN_TRY(joined(L, node->in + HN_LSTM_P, 3, 2 * n, &o[HN_QLSTM_PEEPHOLES]));
    }
    o[HN_QLSTM_H] = hn_operand_value(node->in[HN_LSTM_H]);
    o[HN_QLSTM_C] = hn_operand_value(node->in[HN_LSTM_C]);
    o[HN_QLSTM_Y] = hn_operand_value(node->out[0]);
    const hn_step_request request = {HN_FAMILY_qlstm, HN_TYPES_s8, &a, o, HN_QLSTM_OPERANDS, 3};
    return L->step(L, &request);
}
