/* SPDX-License-Identifier: Apache-2.0
 * Recurrent layers: lstm, gru and rnn of every shape of cases/rnn.def against double arithmetic
 * written from the formulas; the hybrid form against its portable one; the integer LSTM's
 * fixed-point functions against libm, and its own schedules. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/rnn/cell16.h"
#include "kernels/rnn/fixed16.h"
#include "kernels/rnn/qlstm.h"
#include "kernels/rnn/qlstm8.h"
#include "kernels/rnn/rnn.h"

typedef struct shape {
    const char *name;
    int32_t seq, batch, hidden, dirs, reverse, form;
    bool has_lengths, has_peepholes;
    int32_t out;
    bool has_norms;
} shape;

static const shape shapes[] = {
#define X(name, seq, batch, hidden, dirs, reverse, form, lengths, peepholes, out, norms)           \
    {name, seq, batch, hidden, dirs, reverse, form, lengths, peepholes, out, norms},
#include "../cases/rnn.def"
};

/* One layer's operands, as the kernel has them. */
typedef struct layer {
    const hn_lstm_args *a;
    int32_t gates;
    const float *x, *r, *bias, *h0, *c0, *peepholes, *projection, *extras;
    const int32_t *lengths;
} layer;

/* What gate g of unit k gets from the input and both biases, and from h. */
static double from_input(const layer *l, int32_t d, int32_t row, int32_t g, int32_t k) {
    const int32_t n = l->a->hidden, all = l->gates * n;
    const double x =
        (double)l->x[(size_t)(row * l->a->dirs + d) * (size_t)all + (size_t)(g * n + k)];
    return x + (double)l->bias[d * 2 * all + g * n + k];
}

static double from_bias_r(const layer *l, int32_t d, int32_t g, int32_t k) {
    const int32_t n = l->a->hidden, all = l->gates * n;
    return (double)l->bias[d * 2 * all + all + g * n + k];
}

static double from_h(const layer *l, int32_t d, const double *h, int32_t g, int32_t k) {
    const int32_t n = l->a->hidden, all = l->gates * n;
    double sum = 0;
    for (int32_t i = 0; i < l->a->out; ++i) {
        const size_t row = (size_t)(d * l->a->out + i);
        sum += h[i] * (double)l->r[row * (size_t)all + (size_t)(g * n + k)];
    }
    return sum;
}

static double all_of(const layer *l, int32_t d, int32_t row, const double *h, int32_t g,
                     int32_t k) {
    return from_input(l, d, row, g, k) + from_bias_r(l, d, g, k) + from_h(l, d, h, g, k);
}

static double sigmoid(double v) {
    return 1.0 / (1.0 + exp(-v));
}

/* What direction d has of the norms, the projection's bias and the scales. */
static size_t extras_of(const hn_lstm_args *a, int32_t gates) {
    return (size_t)(gates * a->hidden + a->out + gates + 1);
}

static void normalise(const layer *l, int32_t d, int32_t g, double *v) {
    const int32_t n = l->a->hidden;
    const float *norms = l->extras + (size_t)d * extras_of(l->a, 4) + g * n;
    double mean = 0, squares = 0;
    for (int32_t k = 0; k < n; ++k) mean += v[k] / n;
    for (int32_t k = 0; k < n; ++k) squares += (v[k] - mean) * (v[k] - mean) / n;
    for (int32_t k = 0; k < n; ++k) {
        v[k] = (v[k] - mean) / sqrt(squares + 1e-8) * (double)norms[k];
        v[k] += (double)l->bias[d * 8 * n + g * n + k];
    }
}

/* The sums of gate g, of i o f c. */
static void gate(const layer *l, int32_t d, int32_t row, int32_t g, const double *state[2],
                 double *v) {
    const int32_t n = l->a->hidden;
    for (int32_t k = 0; k < n; ++k) {
        v[k] = all_of(l, d, row, state[0], g, k);
        if (l->a->has_norms) v[k] -= (double)l->bias[d * 8 * n + g * n + k];
        if (l->a->has_norms) v[k] -= from_bias_r(l, d, g, k);
        if (l->peepholes != NULL && g < 3) {
            v[k] += (double)l->peepholes[(d * 3 + g) * n + k] * state[1][k];
        }
    }
    if (l->a->has_norms) normalise(l, d, g, v);
}

static void project(const layer *l, int32_t d, const double *v, double *next) {
    const int32_t n = l->a->hidden, out = l->a->out;
    const float *bias = l->extras + (size_t)d * extras_of(l->a, 4) + 4 * n;
    for (int32_t j = 0; j < out; ++j) {
        next[j] = (double)bias[j];
        for (int32_t k = 0; k < n; ++k) {
            next[j] += v[k] * (double)l->projection[(d * n + k) * out + j];
        }
    }
}

/* gates: room for four. */
static void lstm_step(const layer *l, int32_t d, int32_t row, double *const state[2], double *gates,
                      double *next) {
    const int32_t n = l->a->hidden;
    const double *before[2] = {state[0], state[1]};
    double *i = gates, *o = i + n, *f = o + n, *g = f + n, *c = state[1];
    gate(l, d, row, 0, before, i);
    gate(l, d, row, 2, before, f);
    gate(l, d, row, 3, before, g);
    for (int32_t k = 0; k < n; ++k) {
        const double in = sigmoid(i[k]), kept = sigmoid(f[k]);
        const double forget = l->a->form == 1 ? 1 - in : kept;
        c[k] = forget * c[k] + (l->a->form == 2 ? 1 - kept : in) * tanh(g[k]);
    }
    gate(l, d, row, 1, before, o);
    for (int32_t k = 0; k < n; ++k) o[k] = sigmoid(o[k]) * tanh(c[k]);
    if (l->projection != NULL) {
        project(l, d, o, next);
    } else {
        memcpy(next, o, sizeof *o * (size_t)n);
    }
}

static void gru_step(const layer *l, int32_t d, int32_t row, const double *h, double *rh,
                     double *next) {
    const int32_t n = l->a->hidden;
    for (int32_t k = 0; k < n; ++k) rh[k] = sigmoid(all_of(l, d, row, h, 1, k)) * h[k];
    for (int32_t k = 0; k < n; ++k) {
        const double z = sigmoid(all_of(l, d, row, h, 0, k));
        const double r = sigmoid(all_of(l, d, row, h, 1, k));
        const double in = from_input(l, d, row, 2, k), bias = from_bias_r(l, d, 2, k);
        const double g = l->a->form == 1 ? in + r * (from_h(l, d, h, 2, k) + bias)
                                         : in + bias + from_h(l, d, rh, 2, k);
        next[k] = (1 - z) * tanh(g) + z * h[k];
    }
}

/* y of one batch and direction, by double arithmetic. */
static void expect_lane(check *c, const layer *l, int32_t d, int32_t b, float *y) {
    const hn_lstm_args *a = l->a;
    const int32_t n = a->hidden, out = a->out, length = l->lengths == NULL ? a->seq : l->lengths[b];
    double *h = check_alloc(c, sizeof(double) * (size_t)(5 * n + 2 * out)), *cell = h + out;
    double *gates = cell + n, *next = gates + 4 * n;
    double *const state[2] = {h, cell};
    for (int32_t k = 0; k < out; ++k) h[k] = (double)l->h0[d * a->h_dir + b * a->h_batch + k];
    for (int32_t k = 0; k < n; ++k) cell[k] = (double)l->c0[d * a->c_dir + b * a->c_batch + k];
    for (int32_t s = 0; s < length; ++s) {
        const int32_t t = (a->reverse >> d & 1) != 0 ? length - 1 - s : s;
        const int32_t row = t * a->x_step + b * a->x_batch;
        if (l->gates == 4) lstm_step(l, d, row, state, gates, next);
        if (l->gates == 3) gru_step(l, d, row, h, gates, next);
        for (int32_t k = 0; k < n && l->gates == 1; ++k) next[k] = tanh(all_of(l, d, row, h, 0, k));
        for (int32_t k = 0; k < out; ++k) {
            h[k] = next[k];
            y[t * a->y_step + d * a->y_dir + b * a->y_batch + k] = (float)h[k];
        }
    }
}

static hn_lstm_args args_of(const shape *s, int32_t gates) {
    hn_lstm_args a = {.seq = s->seq, .batch = s->batch, .hidden = s->hidden, .dirs = s->dirs};
    a.out = s->out > 0 && gates == 4 ? s->out : s->hidden;
    a.has_norms = s->has_norms && gates == 4 ? 1 : 0;
    a.passes = 1;
    a.reverse = s->reverse;
    a.form = gates == 1 || (gates == 3 && s->form == 2) ? 0 : s->form;
    a.x_step = a.batch;
    a.x_batch = 1;
    a.y_step = a.dirs * a.batch * a.out;
    a.y_dir = a.h_dir = a.batch * a.out;
    a.y_batch = a.h_batch = a.out;
    a.c_dir = a.batch * a.hidden;
    a.c_batch = a.hidden;
    for (int d = 0; d < 2; ++d) {
        a.act[3 * d] = gates == 1 ? HN_RNN_TANH : HN_RNN_SIGMOID;
        a.act[3 * d + 1] = a.act[3 * d + 2] = HN_RNN_TANH;
    }
    return a;
}

/* Norms, the projection's bias, and scales with which bytes have the range of R. */
static float *make_extras(check *c, const hn_lstm_args *a, int32_t gates) {
    const size_t each = extras_of(a, gates), n = (size_t)a->dirs * each;
    float *extras = check_floats(c, n, 0.5f, 1.5f);
    for (size_t i = 0; i < n; ++i) {
        if (i % each + (size_t)gates + 1 >= each) extras[i] /= 64.0f * sqrtf((float)a->hidden);
    }
    return extras;
}

/* Operands but for R and the projection. */
static layer make_layer(check *c, const shape *s, const hn_lstm_args *a, int32_t gates) {
    const size_t n = (size_t)s->hidden, lanes = (size_t)s->dirs * (size_t)s->batch;
    const size_t width = (size_t)s->dirs * (size_t)gates * n;
    layer l = {.a = a, .gates = gates};
    l.x = check_floats(c, (size_t)s->seq * (size_t)s->batch * width + 1, -1, 1);
    l.bias = check_floats(c, 2 * width, -0.5f, 0.5f);
    l.h0 = check_floats(c, lanes * (size_t)a->out, -1, 1);
    l.c0 = check_floats(c, lanes * n, -1, 1);
    l.extras = make_extras(c, a, gates);
    if (s->has_peepholes && gates == 4) {
        l.peepholes = check_floats(c, (size_t)s->dirs * 3 * n, -1, 1);
    }
    if (s->has_lengths) l.lengths = check_ints(c, (size_t)s->batch, 0, s->seq);
    return l;
}

static check_operand operand(const void *data, size_t n_bytes) {
    return data == NULL ? (check_operand){NULL, 0} : (check_operand){data, n_bytes};
}

static check_case make_case(const shape *s, const layer *l) {
    const hn_lstm_args *a = l->a;
    const size_t size = sizeof(float), n = (size_t)a->hidden, out = (size_t)a->out;
    const size_t dirs = (size_t)a->dirs, lanes = dirs * (size_t)a->batch;
    const size_t width = dirs * (size_t)l->gates * n, rows = (size_t)a->seq * (size_t)a->batch;
    check_case k = {.args = a, .n_operands = HN_RNN_OPERANDS, .out = HN_RNN_Y};
    snprintf(k.name, sizeof k.name, "%s", s->name);
    k.operand[HN_RNN_X] = operand(l->x, size * rows * width);
    k.operand[HN_RNN_BIAS] = operand(l->bias, size * 2 * width);
    k.operand[HN_RNN_LENGTHS] = operand(l->lengths, sizeof(int32_t) * (size_t)a->batch);
    k.operand[HN_RNN_H0] = operand(l->h0, size * lanes * out);
    k.operand[HN_RNN_C0] = operand(l->c0, size * lanes * n);
    k.operand[HN_RNN_PEEPHOLES] = operand(l->peepholes, size * dirs * 3 * n);
    k.operand[HN_RNN_EXTRAS] = operand(l->extras, size * dirs * extras_of(a, l->gates));
    k.operand[HN_RNN_Y].bytes = size * (size_t)a->seq * lanes * out;
    k.work = (uint64_t)rows * width * out;
    return k;
}

static void run_float(check *c, const shape *s, int32_t gates, hn_family family) {
    const hn_lstm_args a = args_of(s, gates);
    const size_t n = (size_t)s->hidden, out = (size_t)a.out, dirs = (size_t)s->dirs;
    const size_t n_r = dirs * (size_t)gates * n * out, n_y = (size_t)s->seq * dirs * out;
    const float scale = 1.0f / (float)sqrt((double)n);
    layer l = make_layer(c, s, &a, gates);
    l.r = check_floats(c, n_r, -scale, scale);
    if (s->out > 0 && gates == 4) l.projection = check_floats(c, dirs * n * out, -scale, scale);
    float *want = check_alloc(c, sizeof(float) * (n_y * (size_t)s->batch + 1));
    for (int32_t d = 0; d < s->dirs; ++d) {
        for (int32_t b = 0; b < s->batch; ++b) expect_lane(c, &l, d, b, want);
    }
    check_case k = make_case(s, &l);
    k.family = family;
    k.types = HN_TYPES_f32;
    k.operand[HN_RNN_R] = operand(l.r, sizeof(float) * n_r);
    k.operand[HN_RNN_PROJECTION] = operand(l.projection, sizeof(float) * dirs * n * out);
    k.expect = want;
    k.bound = k.bound_isa = 5e-6f;
    check_run(c, &k);
}

/* Vectors differ in the last bits of a gate, which may round h to the next byte. */
static void run_hybrid(check *c, const shape *s, int32_t gates, hn_family family) {
    hn_lstm_args a = args_of(s, gates);
    const size_t n = (size_t)s->hidden, out = (size_t)a.out, dirs = (size_t)s->dirs;
    const size_t n_r = dirs * (size_t)gates * n * out;
    const layer l = make_layer(c, s, &a, gates);
    a.quantizes = s->batch % 2;
    check_case k = make_case(s, &l);
    k.family = family;
    k.types = HN_TYPES_s8_f32;
    k.operand[HN_RNN_R] = operand(check_bytes(c, n_r), n_r);
    if (s->out > 0 && gates == 4) {
        k.operand[HN_RNN_PROJECTION] = operand(check_bytes(c, dirs * n * out), dirs * n * out);
    }
    k.bound = k.bound_isa = 0.05f;
    check_run(c, &k);
}

static void run_all(check *c, int32_t gates, hn_family family) {
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i) {
        run_float(c, &shapes[i], gates, family);
        if (gates != 3) run_hybrid(c, &shapes[i], gates, family);
    }
}

void check_lstm(check *c) {
    run_all(c, 4, HN_FAMILY_lstm);
}

void check_gru(check *c) {
    run_all(c, 3, HN_FAMILY_gru);
}

void check_rnn(check *c) {
    run_all(c, 1, HN_FAMILY_rnn);
}

/* Every 16-bit input: within a few steps of 2^-15 of the exact function. */
static void check_functions(check *c) {
    bool holds = true;
    for (int32_t v = -32768; v < 32768; ++v) {
        const double logistic = 1.0 / (1.0 + exp(-v / 4096.0)) * 32768.0;
        holds = holds && fabs(hn_f16_logistic((int16_t)v) - fmin(logistic, 32767)) < 12;
        for (int32_t bits = 0; bits <= 6 && v > -32768; ++bits) {
            const double exact = tanh(v / ldexp(1.0, 15 - bits)) * 32768.0;
            holds = holds && fabs(hn_f16_tanh((int16_t)v, bits) - fmin(exact, 32767)) < 24;
        }
    }
    check_that(c, holds, "qlstm: tanh and the logistic function near the exact ones");
}

enum { SEQ = 5, BATCH = 3, IN = 9, CELLS = 14 };

/* One call over all batches, or one for each from the last to the first; y, h and c in turn. */
static uint8_t *run_quantized(check *c, const hn_qlstm_args *a, void *const *in, bool is_split) {
    const hn_kernel *row = hn_kernel_choose(HN_FAMILY_qlstm, HN_TYPES_s8, HN_ISA_C, a);
    const size_t n_y = SEQ * BATCH * CELLS, n_h = BATCH * CELLS;
    uint8_t *out = check_alloc(c, n_y + 4 * n_h);
    void *buf[HN_QLSTM_OPERANDS];
    memcpy(buf, in, sizeof buf);
    buf[HN_QLSTM_Y] = out;
    buf[HN_QLSTM_H] = out + n_y;
    buf[HN_QLSTM_C] = out + n_y + 2 * n_h;
    hn_work w = {.end = BATCH, .scratch = check_alloc(c, row->traits->scratch_bytes(a))};
    if (!is_split) row->fn(a, buf, &w);
    for (uint32_t b = BATCH; is_split && b-- > 0;) {
        w.begin = b;
        w.end = b + 1;
        row->fn(a, buf, &w);
    }
    return out;
}

/* Batches are independent, and the last h is the last y. */
void check_qlstm(check *c) {
    hn_qlstm_args a = {.seq = SEQ, .batch = BATCH, .in_n = IN, .cells = CELLS, .out = CELLS};
    a.p_batch = 1;
    a.cell_shift = -12;
    a.x_step = BATCH * IN;
    a.x_batch = IN;
    a.y_step = BATCH * CELLS;
    a.y_batch = CELLS;
    a.cell_clip = 20000;
    a.hidden_mult = 1 << 30;
    a.hidden_shift = -21;
    for (int g = 0; g < 4; ++g) {
        a.x_mult[g] = a.h_mult[g] = 1 << 30;
        a.x_shift[g] = a.h_shift[g] = -2;
    }
    for (int32_t couples = 0; couples < 2; ++couples) {
        void *const in[HN_QLSTM_OPERANDS] = {
            check_bytes(c, SEQ * BATCH * IN), check_bytes(c, 4 * CELLS * IN),
            check_bytes(c, 4 * CELLS * CELLS), check_ints(c, 4 * 2 * CELLS, -999, 999)};
        const size_t n_y = SEQ * BATCH * CELLS, n_h = BATCH * CELLS;
        a.couples = couples;
        const uint8_t *whole = run_quantized(c, &a, in, false);
        const uint8_t *split = run_quantized(c, &a, in, true);
        check_that(c, memcmp(whole, split, n_y + 4 * n_h) == 0, "qlstm: batches one by one");
        check_that(c, memcmp(whole + n_y - n_h, whole + n_y, n_h) == 0, "qlstm: the last h");
    }
    check_functions(c);
}

/* What is left of a sum of 8 bits when nothing is added is what norms and functions make of it: a
 * gate's bias alone. */
static void check_constant_gates(check *c) {
    hn_qlstm8_args a = {.batch = 1, .in_n = IN, .cells = CELLS, .out = CELLS};
    const hn_kernel *row = hn_kernel_choose(HN_FAMILY_qlstm8, HN_TYPES_s8, HN_ISA_C, &a);
    int8_t *w = check_alloc(c, 3 * CELLS * CELLS), *h = check_alloc(c, CELLS);
    int8_t *y = check_alloc(c, CELLS), *x = check_bytes(c, IN);
    int16_t *norms = check_alloc(c, 3 * CELLS * 2), *cell = check_alloc(c, CELLS * 2);
    int32_t *bias = check_alloc(c, 3 * CELLS * 4), *none = check_alloc(c, CELLS * 4);
    void *buf[HN_QLSTM8_OPERANDS] = {x, w, w, norms, bias, w, none, h, cell, y};
    const hn_work work = {.end = 1, .scratch = check_alloc(c, row->traits->scratch_bytes(&a))};
    memset(w, 0, 3 * CELLS * CELLS);
    memset(h, 0, CELLS);
    memset(norms, 0, 3 * CELLS * 2);
    memset(none, 0, CELLS * 4);
    for (int k = 0; k < CELLS; k++) cell[k] = (int16_t)(k * 1000);
    for (int k = 0; k < 3 * CELLS; k++) bias[k] = k % CELLS * 100 - 600;
    for (int g = 0; g < 3; g++) a.norm_scale[g] = 1.0f;
    row->fn(&a, buf, &work);
    bool holds = true;
    for (int k = 0; k < CELLS; k++) {
        const double v = bias[k] / 1024.0, f = 1.0 / (1.0 + exp(-v));
        const double want = f * k * 1000 + (1.0 - f) * tanh(v) * 32768.0;
        holds = holds && fabs(cell[k] - want) < 4.0 && y[k] == h[k] && y[k] == 0;
    }
    check_that(c, holds, "qlstm8: gates of their biases alone");
}

/* Batches are independent. */
void check_qlstm8(check *c) {
    hn_qlstm8_args a = {.batch = BATCH, .in_n = IN, .cells = CELLS, .out = CELLS};
    a.x_zero = 5;
    a.h_zero = -3;
    a.projected_mult = 1 << 30;
    a.projected_shift = -14;
    a.cell_clip = 20000;
    a.proj_clip = 90;
    for (int g = 0; g < 3; ++g) {
        a.x_mult[g] = a.h_mult[g] = a.sum_x_mult[g] = a.sum_h_mult[g] = 1 << 30;
        a.x_shift[g] = a.h_shift[g] = -6;
        a.sum_x_shift[g] = a.sum_h_shift[g] = 3;
        a.x_middle[g] = g;
        a.norm_scale[g] = 3e-5f;
    }
    const size_t n_h = BATCH * CELLS;
    const hn_kernel *row = hn_kernel_choose(HN_FAMILY_qlstm8, HN_TYPES_s8, HN_ISA_C, &a);
    uint8_t *out[2];
    void *const in[HN_QLSTM8_OPERANDS] = {check_bytes(c, BATCH * IN),
                                          check_bytes(c, 3 * CELLS * IN),
                                          check_bytes(c, 3 * CELLS * CELLS),
                                          check_bytes(c, 3 * CELLS * 2),
                                          check_ints(c, 3 * CELLS, -9999, 9999),
                                          check_bytes(c, CELLS * CELLS),
                                          check_ints(c, CELLS, -9999, 9999)};
    for (int is_split = 0; is_split < 2; is_split++) {
        void *buf[HN_QLSTM8_OPERANDS];
        uint8_t *made = out[is_split] = check_alloc(c, 4 * n_h);
        hn_work w = {.end = BATCH, .scratch = check_alloc(c, row->traits->scratch_bytes(&a))};
        memset(made, 0, 4 * n_h);
        memcpy(buf, in, sizeof buf);
        buf[HN_QLSTM8_H] = made;
        buf[HN_QLSTM8_Y] = made + n_h;
        buf[HN_QLSTM8_C] = made + 2 * n_h;
        if (is_split == 0) row->fn(&a, buf, &w);
        for (uint32_t b = BATCH; is_split == 1 && b-- > 0;) {
            w.begin = b;
            w.end = b + 1;
            row->fn(&a, buf, &w);
        }
    }
    check_that(c, memcmp(out[0], out[1], 4 * n_h) == 0, "qlstm8: batches one by one");
    check_constant_gates(c);
}

/* Schedules of the 16-bit cell, on sums far beyond the gates' range too. */
void check_cell16(check *c) {
    for (int32_t n = 1; n < 40; n += 19) {
        const hn_cell16_args a = {.batch = BATCH, .units = n, .multiplier = 1 << 30, .shift = -4};
        const size_t all = (size_t)(BATCH * n);
        check_case k = {.family = HN_FAMILY_cell16, .types = HN_TYPES_u8, .args = &a};
        snprintf(k.name, sizeof k.name, "%d units", n);
        k.operand[HN_CELL16_SUMS] =
            operand(check_ints(c, 4 * all, -3000000, 3000000), 4 * all * sizeof(int32_t));
        k.operand[HN_CELL16_OLD] = operand(check_bytes(c, 2 * all), 2 * all);
        k.operand[HN_CELL16_H].bytes = all;
        k.n_operands = HN_CELL16_OPERANDS;
        k.out = HN_CELL16_H;
        check_run(c, &k);
    }
}
