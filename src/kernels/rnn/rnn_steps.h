/* SPDX-License-Identifier: Apache-2.0
 * Recurrent layers through time. The includer has defined rnn_product, which multiplies h with
 * columns of R, and rnn_act, which applies a function to a gate. */
#ifndef HN_KERNELS_RNN_STEPS_H
#define HN_KERNELS_RNN_STEPS_H

#include "kernels/rnn/rnn_acts.h"
#include "kernels/rnn/rnn_matrix.h"

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

/* n floats, or zeros. */
static inline void rnn_copy(const float *from, int32_t n, float *to) {
    for (int32_t k = 0; k < n; ++k) to[k] = from == 0 ? 0.0f : from[k];
}

/* What one unit works on. */
typedef struct rnn_lane {
    rnn_matrix r, projection;
    const float *bias, *peepholes, *norms, *projection_bias;
    float *gates, *h, *c; /* scratch */
    int32_t dir, n_gates;
    bool has_projection;
} rnn_lane;

/* v to mean 0 and deviation 1, scaled by `norms`, and the bias. */
static inline void rnn_normalise(const float *norms, const float *bias, int32_t n, float *v) {
    float sum = 0.0f, squares = 0.0f;
    for (int32_t k = 0; k < n; ++k) sum += v[k];
    const float mean = sum / (float)n;
    for (int32_t k = 0; k < n; ++k) squares += (v[k] - mean) * (v[k] - mean);
    const float factor = 1.0f / hn_sqrt(squares / (float)n + 1e-8f);
    for (int32_t k = 0; k < n; ++k)
        v[k] = (v[k] - mean) * factor * norms[k] + (bias == 0 ? 0.0f : bias[k]);
}

/* The sum of an lstm gate becomes its value. */
static inline void rnn_finish(const hn_lstm_args *a, const rnn_lane *l, int32_t gate,
                              int32_t which) {
    const int32_t n = a->hidden, at = gate * n;
    float *v = l->gates + at;
    if (l->norms != 0) rnn_normalise(l->norms + at, l->bias == 0 ? 0 : l->bias + at, n, v);
    rnn_clip(a->clip, v, n);
    rnn_act(a, l->dir, which, v, n);
}

/* h of what the output gate lets through. */
static inline void rnn_project(const hn_lstm_args *a, const rnn_lane *l, const float *v) {
    const int32_t n = a->out;
    rnn_times(a->quantizes, &l->projection, v, l->h);
    for (int32_t k = 0; k < n; ++k) l->h[k] += l->projection_bias[k];
    rnn_clip(a->proj_clip, l->h, n);
}

static inline void rnn_lstm_step(const hn_lstm_args *a, const rnn_lane *l, const float *x) {
    const int32_t n = a->hidden;
    float *i = l->gates, *o = i + n, *f = o + n, *g = f + n;
    const float *p = l->peepholes;
    rnn_times(a->quantizes, &l->r, l->h, l->gates);
    rnn_add_input(x, l->norms != 0 ? 0 : l->bias, 4 * n, 4 * n, l->gates);
    if (p != 0) {
        for (int32_t k = 0; k < n; ++k) i[k] += p[k] * l->c[k];
        for (int32_t k = 0; k < n; ++k) f[k] += p[2 * n + k] * l->c[k];
    }
    rnn_finish(a, l, 0, 0);
    rnn_finish(a, l, 2, 0);
    rnn_finish(a, l, 3, 1);
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
    rnn_finish(a, l, 1, 0);
    if (a->act[3 * l->dir + 2] != HN_RNN_CANDIDATE) {
        rnn_copy(l->c, n, g);
        rnn_act(a, l->dir, 2, g, n);
    }
    float *h = l->has_projection ? g : l->h;
    for (int32_t k = 0; k < n; ++k) h[k] = o[k] * g[k];
    if (h == g) rnn_project(a, l, g);
}

static inline void rnn_gru_step(const hn_lstm_args *a, const rnn_lane *l, const float *x) {
    const int32_t n = a->hidden;
    float *z = l->gates, *r = z + n, *g = r + n;
    rnn_product(l->h, l->r.f32, n, 3 * n, 2 * n, z);
    rnn_add_input(x, l->bias, 2 * n, 3 * n, z);
    rnn_clip(a->clip, z, 2 * n);
    rnn_act(a, l->dir, 0, z, 2 * n);
    if (a->form == 1) {
        const float *bias = l->bias;
        rnn_product(l->h, l->r.f32 + 2 * n, n, 3 * n, n, g);
        for (int32_t k = 0; k < n && bias != 0; ++k) g[k] += bias[5 * n + k];
        for (int32_t k = 0; k < n; ++k) {
            g[k] = x[2 * n + k] + (bias != 0 ? bias[2 * n + k] : 0.0f) + r[k] * g[k];
        }
    } else {
        for (int32_t k = 0; k < n; ++k) l->c[k] = r[k] * l->h[k];
        rnn_product(l->c, l->r.f32 + 2 * n, n, 3 * n, n, g);
        rnn_add_input(x + 2 * n, l->bias == 0 ? 0 : l->bias + 2 * n, n, 3 * n, g);
    }
    rnn_clip(a->clip, g, n);
    rnn_act(a, l->dir, 1, g, n);
    for (int32_t k = 0; k < n; ++k) l->h[k] = (1.0f - z[k]) * g[k] + z[k] * l->h[k];
}

static inline void rnn_rnn_step(const hn_lstm_args *a, const rnn_lane *l, const float *x) {
    const int32_t n = a->hidden;
    rnn_times(a->quantizes, &l->r, l->h, l->gates);
    rnn_add_input(x, l->bias, n, n, l->gates);
    rnn_clip(a->clip, l->gates, n);
    rnn_act(a, l->dir, 0, l->gates, n);
    for (int32_t k = 0; k < n; ++k) l->h[k] = l->gates[k];
}

/* Element `at` of an operand that may be absent. */
static inline float *rnn_at(void *base, size_t at) {
    return base == 0 ? 0 : (float *)base + at;
}

/* A whole sequence once. */
HN_INLINE void rnn_pass(const hn_lstm_args *a, void *const *buf, int32_t n_gates, int32_t b,
                        const rnn_lane *l) {
    const int32_t *lengths = (const int32_t *)buf[HN_RNN_LENGTHS];
    const int32_t seq = a->seq, stated = lengths == 0 ? seq : lengths[b];
    const int32_t length = stated < 0 ? 0 : stated > seq ? seq : stated;
    const size_t part = (size_t)n_gates * (size_t)a->hidden, row = (size_t)a->dirs * part;
    const float *x = (const float *)buf[HN_RNN_X] + (size_t)l->dir * part;
    float *y = rnn_at(buf[HN_RNN_Y], (size_t)a->y_at + (size_t)l->dir * (size_t)a->y_dir +
                                         (size_t)b * (size_t)a->y_batch);
    const bool is_reverse = (a->reverse >> l->dir & 1) != 0;
    for (int32_t s = 0; s < length; ++s) {
        const int32_t t = is_reverse ? length - 1 - s : s;
        const size_t at = (size_t)t * (size_t)a->x_step + (size_t)b * (size_t)a->x_batch;
        if (n_gates == 4) rnn_lstm_step(a, l, x + at * row);
        if (n_gates == 3) rnn_gru_step(a, l, x + at * row);
        if (n_gates == 1) rnn_rnn_step(a, l, x + at * row);
        if (y != 0) rnn_copy(l->h, a->out, y + (size_t)t * (size_t)a->y_step);
    }
    for (int32_t t = length; t < seq && y != 0; ++t)
        rnn_copy(0, a->out, y + (size_t)t * (size_t)a->y_step);
}

HN_INLINE void rnn_unit(const hn_lstm_args *a, void *const *buf, int32_t n_gates, int32_t b,
                        const rnn_lane *l) {
    const size_t h = (size_t)l->dir * (size_t)a->h_dir + (size_t)b * (size_t)a->h_batch;
    const size_t c = (size_t)l->dir * (size_t)a->c_dir + (size_t)b * (size_t)a->c_batch;
    rnn_copy(rnn_at(buf[HN_RNN_H0], h), a->out, l->h);
    rnn_copy(rnn_at(buf[HN_RNN_C0], c), a->hidden, l->c);
    for (int32_t p = 0; p < a->passes; ++p) rnn_pass(a, buf, n_gates, b, l);
    if (buf[HN_RNN_H] != 0) rnn_copy(l->h, a->out, rnn_at(buf[HN_RNN_H], h));
    if (n_gates == 4 && buf[HN_RNN_C] != 0) rnn_copy(l->c, a->hidden, rnn_at(buf[HN_RNN_C], c));
}

/* The parts of the operands that one direction has. */
HN_INLINE rnn_lane rnn_lane_of(const hn_lstm_args *a, void *const *buf, int32_t n_gates,
                               int32_t dir, bool is_quantized) {
    const size_t n = (size_t)a->hidden, out = (size_t)a->out, gates = (size_t)n_gates * n;
    const size_t d = (size_t)dir, n_extras = gates + out + (size_t)n_gates + 1;
    const float *extras = rnn_at(buf[HN_RNN_EXTRAS], d * n_extras);
    rnn_lane l = {.dir = dir, .n_gates = n_gates};
    l.bias = rnn_at(buf[HN_RNN_BIAS], d * 2 * gates);
    l.peepholes = n_gates == 4 ? rnn_at(buf[HN_RNN_PEEPHOLES], d * 3 * n) : 0;
    l.norms = a->has_norms ? extras : 0;
    l.projection_bias = extras == 0 ? 0 : extras + gates;
    l.r = (rnn_matrix){.n = a->out, .columns = n_gates * a->hidden, .part = a->hidden};
    l.projection = (rnn_matrix){.n = a->hidden, .columns = a->out, .part = a->out};
    l.has_projection = n_gates == 4 && buf[HN_RNN_PROJECTION] != 0;
    const float *scales = is_quantized ? extras + gates + out : 0;
    rnn_choose(&l.r, buf[HN_RNN_R], d * out * gates, scales);
    if (l.has_projection) {
        const float *last = is_quantized ? extras + n_extras - 1 : 0;
        rnn_choose(&l.projection, buf[HN_RNN_PROJECTION], d * n * out, last);
    }
    return l;
}

HN_INLINE void rnn_body(const void *args, void *const *buf, const hn_work *w, int32_t n_gates,
                        bool is_quantized) {
    const hn_lstm_args *a = (const hn_lstm_args *)args;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const int32_t dir = (int32_t)(u / (uint32_t)a->batch);
        rnn_lane l = rnn_lane_of(a, buf, n_gates, dir, is_quantized);
        l.gates = (float *)w->scratch;
        l.h = l.gates + (size_t)n_gates * (size_t)a->hidden;
        l.c = l.h + a->out;
        l.r.quantized = l.projection.quantized = (int16_t *)(l.c + a->hidden);
        rnn_unit(a, buf, n_gates, (int32_t)(u % (uint32_t)a->batch), &l);
    }
}

#endif
