/* SPDX-License-Identifier: Apache-2.0
 * Recurrent layers through time. The includer has defined rnn_product, which multiplies h with
 * columns of R, and rnn_act, which applies a function to a gate. */
#ifndef HN_KERNELS_RNN_STEPS_H
#define HN_KERNELS_RNN_STEPS_H

#include "kernels/rnn/rnn_acts.h"

static inline void rnn_clip(float limit, float *v, int32_t n) {
    if (!(limit > 0.0f)) return;
    for (int32_t i = 0; i < n; ++i) v[i] = v[i] < -limit ? -limit : v[i] > limit ? limit : v[i];
}

/* out[j] = out[j] + x[j] + both biases. */
static inline void rnn_add_input(const float *x, const float *bias, int32_t n, int32_t all,
                                 float *out) {
    if (bias == 0) {
        for (int32_t j = 0; j < n; ++j) out[j] += x[j];
    } else {
        for (int32_t j = 0; j < n; ++j) out[j] += x[j] + (bias[j] + bias[all + j]);
    }
}

/* What one unit works on. */
typedef struct rnn_lane {
    const float *r, *bias, *peepholes;
    float *gates, *h, *c; /* scratch */
    int32_t dir, n_gates;
} rnn_lane;

static inline void rnn_lstm_step(const hn_lstm_args *a, const rnn_lane *l, const float *x) {
    const int32_t n = a->hidden;
    float *i = l->gates, *o = i + n, *f = o + n, *g = f + n;
    const float *p = l->peepholes;
    rnn_product(l->h, l->r, n, 4 * n, 4 * n, l->gates);
    rnn_add_input(x, l->bias, 4 * n, 4 * n, l->gates);
    if (p != 0) {
        for (int32_t k = 0; k < n; ++k) i[k] += p[k] * l->c[k];
        for (int32_t k = 0; k < n; ++k) f[k] += p[2 * n + k] * l->c[k];
    }
    rnn_clip(a->clip, i, n);
    rnn_clip(a->clip, f, 2 * n);
    rnn_act(a, l->dir, 0, i, n);
    rnn_act(a, l->dir, 0, f, n);
    rnn_act(a, l->dir, 1, g, n);
    if (a->form == 1) {
        for (int32_t k = 0; k < n; ++k) f[k] = 1.0f - i[k];
    } else if (a->form == 2) {
        for (int32_t k = 0; k < n; ++k) i[k] = 1.0f - f[k];
    }
    for (int32_t k = 0; k < n; ++k) l->c[k] = f[k] * l->c[k] + i[k] * g[k];
    rnn_clip(a->cell_clip, l->c, n);
    if (p != 0) {
        for (int32_t k = 0; k < n; ++k) o[k] += p[n + k] * l->c[k];
    }
    rnn_clip(a->clip, o, n);
    rnn_act(a, l->dir, 0, o, n);
    for (int32_t k = 0; k < n; ++k) g[k] = l->c[k];
    rnn_act(a, l->dir, 2, g, n);
    for (int32_t k = 0; k < n; ++k) l->h[k] = o[k] * g[k];
}

static inline void rnn_gru_step(const hn_lstm_args *a, const rnn_lane *l, const float *x) {
    const int32_t n = a->hidden;
    float *z = l->gates, *r = z + n, *g = r + n;
    rnn_product(l->h, l->r, n, 3 * n, 2 * n, z);
    rnn_add_input(x, l->bias, 2 * n, 3 * n, z);
    rnn_clip(a->clip, z, 2 * n);
    rnn_act(a, l->dir, 0, z, 2 * n);
    if (a->form == 1) {
        const float *bias = l->bias;
        rnn_product(l->h, l->r + 2 * n, n, 3 * n, n, g);
        for (int32_t k = 0; k < n && bias != 0; ++k) g[k] += bias[5 * n + k];
        for (int32_t k = 0; k < n; ++k) {
            g[k] = x[2 * n + k] + (bias != 0 ? bias[2 * n + k] : 0.0f) + r[k] * g[k];
        }
    } else {
        for (int32_t k = 0; k < n; ++k) l->c[k] = r[k] * l->h[k];
        rnn_product(l->c, l->r + 2 * n, n, 3 * n, n, g);
        rnn_add_input(x + 2 * n, l->bias == 0 ? 0 : l->bias + 2 * n, n, 3 * n, g);
    }
    rnn_clip(a->clip, g, n);
    rnn_act(a, l->dir, 1, g, n);
    for (int32_t k = 0; k < n; ++k) l->h[k] = (1.0f - z[k]) * g[k] + z[k] * l->h[k];
}

static inline void rnn_rnn_step(const hn_lstm_args *a, const rnn_lane *l, const float *x) {
    const int32_t n = a->hidden;
    rnn_product(l->h, l->r, n, n, n, l->gates);
    rnn_add_input(x, l->bias, n, n, l->gates);
    rnn_clip(a->clip, l->gates, n);
    rnn_act(a, l->dir, 0, l->gates, n);
    for (int32_t k = 0; k < n; ++k) l->h[k] = l->gates[k];
}

static inline void rnn_load(const float *from, int32_t n, float *to) {
    for (int32_t k = 0; k < n; ++k) to[k] = from == 0 ? 0.0f : from[k];
}

static inline void rnn_store(const float *from, int32_t n, float *to) {
    for (int32_t k = 0; k < n; ++k) to[k] = from == 0 ? 0.0f : from[k];
}

/* Element `at` of an operand that may be absent. */
static inline float *rnn_at(void *base, size_t at) {
    return base == 0 ? 0 : (float *)base + at;
}

HN_INLINE void rnn_unit(const hn_lstm_args *a, void *const *buf, int32_t n_gates, int32_t b,
                        const rnn_lane *l) {
    const int32_t n = a->hidden, seq = a->seq;
    const int32_t *lengths = (const int32_t *)buf[HN_RNN_LENGTHS];
    const int32_t stated = lengths == 0 ? seq : lengths[b];
    const int32_t length = stated < 0 ? 0 : stated > seq ? seq : stated;
    const size_t state = (size_t)l->dir * (size_t)a->h_dir + (size_t)b * (size_t)a->h_batch;
    const size_t row = (size_t)a->dirs * (size_t)n_gates * (size_t)n;
    const float *x = (const float *)buf[HN_RNN_X] + (size_t)l->dir * (size_t)n_gates * (size_t)n;
    float *y =
        rnn_at(buf[HN_RNN_Y], (size_t)l->dir * (size_t)a->y_dir + (size_t)b * (size_t)a->y_batch);
    const bool is_reverse = (a->reverse >> l->dir & 1) != 0;
    rnn_load(rnn_at(buf[HN_RNN_H0], state), n, l->h);
    rnn_load(rnn_at(buf[HN_RNN_C0], state), n, l->c);
    for (int32_t s = 0; s < length; ++s) {
        const int32_t t = is_reverse ? length - 1 - s : s;
        const size_t at = (size_t)t * (size_t)a->x_step + (size_t)b * (size_t)a->x_batch;
        if (n_gates == 4) rnn_lstm_step(a, l, x + at * row);
        if (n_gates == 3) rnn_gru_step(a, l, x + at * row);
        if (n_gates == 1) rnn_rnn_step(a, l, x + at * row);
        if (y != 0) rnn_store(l->h, n, y + (size_t)t * (size_t)a->y_step);
    }
    for (int32_t t = length; t < seq && y != 0; ++t)
        rnn_store(0, n, y + (size_t)t * (size_t)a->y_step);
    if (buf[HN_RNN_H] != 0) rnn_store(l->h, n, rnn_at(buf[HN_RNN_H], state));
    if (n_gates == 4 && buf[HN_RNN_C] != 0) rnn_store(l->c, n, rnn_at(buf[HN_RNN_C], state));
}

HN_INLINE void rnn_body(const hn_lstm_args *a, void *const *buf, const hn_work *w,
                        int32_t n_gates) {
    const size_t n = (size_t)a->hidden, gates = (size_t)n_gates * n;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const int32_t dir = (int32_t)(u / (uint32_t)a->batch),
                      b = (int32_t)(u % (uint32_t)a->batch);
        rnn_lane l;
        l.dir = dir;
        l.n_gates = n_gates;
        l.r = (const float *)buf[HN_RNN_R] + (size_t)dir * n * gates;
        l.bias = rnn_at(buf[HN_RNN_BIAS], (size_t)dir * 2 * gates);
        l.peepholes = n_gates == 4 ? rnn_at(buf[HN_RNN_PEEPHOLES], (size_t)dir * 3 * n) : 0;
        l.gates = (float *)w->scratch;
        l.h = l.gates + gates;
        l.c = l.h + n;
        rnn_unit(a, buf, n_gates, b, &l);
    }
}

#endif
