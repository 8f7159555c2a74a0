/* SPDX-License-Identifier: Apache-2.0
 * linear_attention: for each head a state of [d_k, d_v] that takes in a key and a value at every
 * step and is read by the query of that step. `update_rule` says whether the state decays first
 * ("gated"), and whether the value is corrected by what the key reads already ("delta"). Positions
 * depend on each other, so it runs step by step on the host. */
#include <math.h>
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

enum { Q, K, V, PAST, DECAY, BETA, N_OPERANDS };

typedef struct rule {
    bool is_gated, is_delta;
    int64_t batch, steps, q_heads, heads, d_k, d_v;
    int64_t decay_width, beta_width; /* numbers per step: per head, or per key dimension; or one */
    float scale;
} rule;

static const char *read_heads(const hn_node *node, rule *r) {
    const hn_shape *q = &node->in[Q]->shape, *k = &node->in[K]->shape, *v = &node->in[V]->shape;
    r->q_heads = hn_attr_int(node, "q_num_heads", 0);
    r->heads = hn_attr_int(node, "kv_num_heads", 0);
    if (r->heads < 1 || r->q_heads < 1 || r->q_heads % r->heads != 0) {
        return "q_num_heads is no multiple of kv_num_heads";
    }
    if (q->rank != 3 || k->rank != 3 || v->rank != 3) return "operands must have rank 3";
    for (int32_t d = 0; d < 2; d++) {
        if (k->dim[d] != q->dim[d] || v->dim[d] != q->dim[d]) return "batches or steps differ";
    }
    r->batch = q->dim[0];
    r->steps = q->dim[1];
    r->d_k = q->dim[2] / r->q_heads;
    r->d_v = v->dim[2] / r->heads;
    const bool fits = r->d_k * r->q_heads == q->dim[2] && r->d_k * r->heads == k->dim[2] &&
                      r->d_v * r->heads == v->dim[2];
    return fits ? NULL : "the heads do not divide the sizes";
}

static const char *check_gate(const hn_value *v, const rule *r, int64_t *width) {
    if (v->shape.rank != 3 || v->shape.dim[0] != r->batch || v->shape.dim[1] != r->steps) {
        return "decay or beta do not fit the steps";
    }
    *width = v->shape.dim[2];
    return NULL;
}

static const char *read_rule(const hn_node *node, rule *r) {
    const char *name = hn_attr_string(node, "update_rule", "gated_delta");
    const hn_value *past = hn_node_in(node, PAST), *decay = hn_node_in(node, DECAY);
    const hn_value *beta = hn_node_in(node, BETA);
    const char *problem = read_heads(node, r);
    if (problem != NULL) return problem;
    r->is_gated = strncmp(name, "gated", 5) == 0;
    r->is_delta = strcmp(name, "delta") == 0 || strcmp(name, "gated_delta") == 0;
    if (!r->is_gated && !r->is_delta && strcmp(name, "linear") != 0) return "an unknown rule";
    if (r->is_gated != (decay != NULL)) return "decay goes with gated rules";
    if (r->is_delta != (beta != NULL)) return "beta goes with delta rules";
    if (decay != NULL) problem = check_gate(decay, r, &r->decay_width);
    if (beta != NULL && problem == NULL) problem = check_gate(beta, r, &r->beta_width);
    if (problem != NULL) return problem;
    if (decay != NULL && r->decay_width != r->heads && r->decay_width != r->heads * r->d_k) {
        return "decay has neither a number per head nor one per key dimension";
    }
    if (beta != NULL && r->beta_width != r->heads && r->beta_width != 1) {
        return "beta has neither a number per head nor one";
    }
    if (past != NULL && (past->shape.rank != 4 || past->shape.dim[0] != r->batch ||
                         past->shape.dim[1] != r->heads || past->shape.dim[2] != r->d_k ||
                         past->shape.dim[3] != r->d_v)) {
        return "the past state does not fit";
    }
    const float stated = hn_attr_float(node, "scale", 0.0f);
    r->scale = stated != 0.0f ? stated : 1.0f / sqrtf((float)(r->d_k > 0 ? r->d_k : 1));
    return NULL;
}

static hn_shape output_shape(const rule *r) {
    return hn_shape_of(3, (const int64_t[]){r->batch, r->steps, r->q_heads * r->d_v});
}

static hn_shape state_shape(const rule *r) {
    return hn_shape_of(4, (const int64_t[]){r->batch, r->heads, r->d_k, r->d_v});
}

static hone_status linear_shape(hn_graph *g, hn_node *node) {
    const hn_dtype dtype = node->in[Q]->dtype;
    hn_shape y = hn_shape_unknown(3), state = hn_shape_unknown(4);
    bool is_known = true;
    rule r = {0};
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] != NULL && !hn_shape_is_known(&node->in[i]->shape)) is_known = false;
    }
    if (is_known) {
        const char *problem = read_rule(node, &r);
        if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
        y = output_shape(&r);
        state = state_shape(&r);
    }
    if (node->n_out > 1) HN_TRY(hn_node_set_output(g, node, 1, dtype, &state));
    return hn_node_set_shape(g, node, dtype, &y);
}

/* The operands of one head at one step. */
typedef struct moment {
    const float *k, *v, *decay, *beta; /* decay, beta: NULL where there is none */
    bool is_wide;                      /* a decay per key dimension */
} moment;

static void step(const rule *r, const moment *m, float *state, float *value) {
    const int64_t d_k = r->d_k, d_v = r->d_v;
    for (int64_t i = 0; i < d_k && m->decay != NULL; i++) {
        const float by = expf(m->decay[m->is_wide ? i : 0]);
        for (int64_t j = 0; j < d_v; j++) state[i * d_v + j] *= by;
    }
    for (int64_t j = 0; j < d_v; j++) {
        value[j] = m->v[j];
        if (m->beta == NULL) continue;
        float read = 0.0f;
        for (int64_t i = 0; i < d_k; i++) read += state[i * d_v + j] * m->k[i];
        value[j] = *m->beta * (m->v[j] - read);
    }
    for (int64_t i = 0; i < d_k; i++) {
        for (int64_t j = 0; j < d_v; j++) state[i * d_v + j] += m->k[i] * value[j];
    }
}

static void read_state(const rule *r, const float *state, const float *q, float *y) {
    for (int64_t j = 0; j < r->d_v; j++) {
        float sum = 0.0f;
        for (int64_t i = 0; i < r->d_k; i++) sum += q[i] * state[i * r->d_v + j];
        y[j] = r->scale * sum;
    }
}

/* All steps of batch b and head h. */
static void run_head(const rule *r, const float *const *in, int64_t b, int64_t h, float *state,
                     float *value, float *y) {
    const int64_t each = r->q_heads / r->heads;
    for (int64_t t = 0; t < r->steps; t++) {
        const int64_t row = b * r->steps + t;
        const bool is_wide = r->decay_width == r->heads * r->d_k && r->d_k > 1;
        moment m = {in[K] + (row * r->heads + h) * r->d_k, in[V] + (row * r->heads + h) * r->d_v,
                    NULL, NULL, is_wide};
        if (r->is_gated) m.decay = in[DECAY] + row * r->decay_width + h * (is_wide ? r->d_k : 1);
        if (r->is_delta) m.beta = in[BETA] + row * r->beta_width + (r->beta_width > 1 ? h : 0);
        step(r, &m, state, value);
        for (int64_t q = h * each; q < (h + 1) * each; q++) {
            const int64_t at = row * r->q_heads + q;
            read_state(r, state, in[Q] + at * r->d_k, y + at * r->d_v);
        }
    }
}

static hone_status linear_host(hn_host_eval *H, hn_node *node) {
    const float *in[N_OPERANDS] = {NULL};
    void *y = NULL, *state = NULL, *value = NULL;
    rule r = {0};
    const char *problem = read_rule(node, &r);
    if (problem != NULL) return hn_fail(H->env, HONE_E_SHAPE, "%s", problem);
    for (uint32_t i = 0; i < N_OPERANDS; i++) {
        const hn_value *v = hn_node_in(node, i);
        const void *bytes = NULL;
        if (v == NULL) continue;
        if (v->dtype != HN_DTYPE_F32) {
            return hn_fail(H->env, HONE_E_UNSUPPORTED, "operand %u of type %s", i,
                           hn_dtype_name(v->dtype));
        }
        HN_TRY(H->input(H, v, &bytes));
        in[i] = bytes;
    }
    const hn_shape y_shape = output_shape(&r), shape = state_shape(&r);
    const uint64_t n = (uint64_t)(r.batch * r.heads * r.d_k * r.d_v) * sizeof(float);
    HN_TRY(H->output(H, node, 0, &y_shape, &y));
    if (node->n_out > 1 && node->out[1] != NULL) {
        HN_TRY(H->output(H, node, 1, &shape, &state));
    } else {
        HN_TRY(H->temp(H, n + 1, &state));
    }
    HN_TRY(H->temp(H, (uint64_t)r.d_v * sizeof(float) + 1, &value));
    if (n > 0 && in[PAST] != NULL) memcpy(state, in[PAST], (size_t)n);
    if (n > 0 && in[PAST] == NULL) memset(state, 0, (size_t)n);
    for (int64_t b = 0; b < r.batch; b++) {
        for (int64_t h = 0; h < r.heads; h++) {
            float *own = (float *)state + (b * r.heads + h) * r.d_k * r.d_v;
            run_head(&r, in, b, h, own, value, y);
        }
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_linear_attention = {
    .shape = linear_shape, .host = linear_host, .max_outputs = 2};
