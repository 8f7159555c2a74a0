/* SPDX-License-Identifier: Apache-2.0
 * What support vector machines of ai.onnx.ml compute on the host. svm_scores: for each row the
 * kernels with all support vectors, summed with coefficients; a regressor has one sum, a classifier
 * one for each pair of classes (over the vectors of both) and, as output 1, the votes that the
 * signs of these sums are. pair_probabilities: probabilities of classes from those of pairs, by the
 * iteration of Wu, Lin and Weng (2004) as libsvm has it. */
#include <string.h>

#include "core/math.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

enum { MOST_ITERATIONS = 100, MOST_CLASSES = 4096 };

typedef enum kernel_kind { LINEAR, POLY, RBF, SIGMOID, N_KERNELS } kernel_kind;

typedef struct machine {
    kernel_kind kind;
    float gamma, coef0, degree;
    const float *vectors, *coefficients, *rho;
    const int64_t *per_class; /* NULL: a regressor */
    int64_t n, features, classes, columns;
} machine;

static const hn_attr *list_of(const hn_node *node, const char *name, hn_attr_kind kind) {
    const hn_attr *attr = hn_attr_find(node, name);
    return attr != NULL && attr->kind == kind ? attr : NULL;
}

static const char *read_kernel(const hn_node *node, machine *m) {
    static const char *const names[N_KERNELS] = {"LINEAR", "POLY", "RBF", "SIGMOID"};
    const char *name = hn_attr_string(node, "kernel_type", "LINEAR");
    const hn_attr *params = list_of(node, "kernel_params", HN_ATTR_FLOATS);
    int kind = 0;
    while (kind < N_KERNELS && strcmp(names[kind], name) != 0) kind++;
    if (kind == N_KERNELS) return "a kernel that is not known";
    m->kind = (kernel_kind)kind;
    if (kind == LINEAR) return NULL;
    if (params == NULL || params->n != 3) return "kernel_params are not three numbers";
    m->gamma = params->v.floats[0];
    m->coef0 = params->v.floats[1];
    m->degree = params->v.floats[2];
    return NULL;
}

static const char *read_classes(const hn_attr *counts, machine *m) {
    m->per_class = counts->v.ints;
    m->classes = counts->n;
    m->columns = m->classes * (m->classes - 1) / 2;
    if (m->classes < 2 || m->classes > MOST_CLASSES) return "too few classes, or too many";
    for (int64_t i = 0; i < m->classes; i++) {
        if (m->per_class[i] < 0 || m->per_class[i] > INT32_MAX) return "a class of no size";
        m->n += m->per_class[i];
    }
    return NULL;
}

static const char *read_machine(const hn_node *node, machine *m) {
    const hn_attr *vectors = list_of(node, "support_vectors", HN_ATTR_FLOATS);
    const hn_attr *coefficients = list_of(node, "coefficients", HN_ATTR_FLOATS);
    const hn_attr *rho = list_of(node, "rho", HN_ATTR_FLOATS);
    const hn_attr *counts = list_of(node, "vectors_per_class", HN_ATTR_INTS);
    const char *problem = read_kernel(node, m);
    if (problem != NULL) return problem;
    if (vectors == NULL || coefficients == NULL || rho == NULL) return "vectors or their weights";
    m->columns = 1;
    if (counts != NULL) problem = read_classes(counts, m);
    if (problem != NULL) return problem;
    if (counts == NULL) m->n = coefficients->n;
    const int64_t sums = counts != NULL ? m->classes - 1 : 1;
    if (m->n < 1 || vectors->n == 0 || vectors->n % m->n != 0 || rho->n != m->columns ||
        coefficients->n != sums * m->n) {
        return "vectors, coefficients and rho do not fit";
    }
    m->features = vectors->n / m->n;
    m->vectors = vectors->v.floats;
    m->coefficients = coefficients->v.floats;
    m->rho = rho->v.floats;
    return NULL;
}

static hone_status scores_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_shape out = x->shape;
    machine m = {.n = 0};
    const char *problem = read_machine(node, &m);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    const bool fits = out.rank == 2 && (out.dim[1] < 0 || out.dim[1] == m.features);
    if (x->dtype != HN_DTYPE_F32 || (out.rank >= 0 && !fits)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the rows have not %lld features",
                       (long long)m.features);
    }
    if (out.rank == 2) {
        out.dim[1] = m.columns;
        out.sym[1] = NULL;
    }
    HN_TRY(hn_node_set_shape(g, node, HN_DTYPE_F32, &out));
    if (node->n_out < 2 || node->out[1] == NULL) return HONE_OK;
    if (out.rank == 2) out.dim[1] = m.classes;
    return hn_node_set_output(g, node, 1, HN_DTYPE_F32, &out);
}

static float kernel_of(const machine *m, const float *x, const float *vector) {
    float sum = 0.0f;
    for (int64_t i = 0; i < m->features; i++) {
        const float d = x[i] - vector[i];
        sum += m->kind == RBF ? d * d : x[i] * vector[i];
    }
    if (m->kind == RBF) return hn_exp(-m->gamma * sum);
    if (m->kind == LINEAR) return sum;
    sum = m->gamma * sum + m->coef0;
    return m->kind == POLY ? hn_pow(sum, m->degree) : hn_tanh(sum);
}

static float weighted(const float *kernels, const float *weights, int64_t first, int64_t n) {
    float sum = 0.0f;
    for (int64_t i = first; i < first + n; i++) sum += kernels[i] * weights[i];
    return sum;
}

/* Scores of one row from its kernels; votes may be NULL. */
static void score_row(const machine *m, const float *kernels, float *out, float *votes) {
    int64_t begin_i = 0;
    if (m->per_class == NULL) *out = weighted(kernels, m->coefficients, 0, m->n) + m->rho[0];
    for (int64_t i = 0; votes != NULL && i < m->classes; i++) votes[i] = 0.0f;
    for (int64_t i = 0; i < m->classes; i++) {
        int64_t begin_j = begin_i + m->per_class[i];
        const float *of_i = m->coefficients + i * m->n;
        for (int64_t j = i + 1; j < m->classes; j++) {
            const float *of_j = m->coefficients + (j - 1) * m->n;
            const int64_t pair = i * m->classes - i * (i + 1) / 2 + j - i - 1;
            float sum = weighted(kernels, of_j, begin_i, m->per_class[i]);
            sum += weighted(kernels, of_i, begin_j, m->per_class[j]);
            out[pair] = sum + m->rho[pair];
            if (votes != NULL) votes[out[pair] > 0.0f ? i : j] += 1.0f;
            begin_j += m->per_class[j];
        }
        begin_i += m->per_class[i];
    }
}

static uint64_t scores_macs(const hn_node *node) {
    machine m = {.n = 0};
    uint64_t rows = 0, macs = 0;
    if (read_machine(node, &m) != NULL || node->in[0]->shape.rank != 2) return 0;
    rows = node->in[0]->shape.dim[0] > 0 ? (uint64_t)node->in[0]->shape.dim[0] : 0;
    const bool fits = hn_mul_u64(rows, (uint64_t)m.n * (uint64_t)(m.features + m.classes), &macs);
    return fits ? macs : UINT64_MAX;
}

static hone_status scores_host(hn_host_eval *H, hn_node *node) {
    const int64_t rows = node->in[0]->shape.dim[0];
    const void *bytes = NULL;
    void *out = NULL, *votes = NULL, *memory = NULL;
    machine m = {.n = 0};
    const char *problem = read_machine(node, &m);
    if (problem != NULL) return hn_fail(H->env, HONE_E_SHAPE, "%s", problem);
    HN_TRY(H->input(H, node->in[0], &bytes));
    HN_TRY(H->temp(H, (uint64_t)m.n * sizeof(float), &memory));
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){rows, m.columns});
    const hn_shape counts = hn_shape_of(2, (const int64_t[]){rows, m.classes});
    HN_TRY(H->output(H, node, 0, &shape, &out));
    if (node->n_out > 1 && node->out[1] != NULL) HN_TRY(H->output(H, node, 1, &counts, &votes));
    float *kernels = memory;
    for (int64_t r = 0; r < rows; r++) {
        const float *x = (const float *)bytes + r * m.features;
        for (int64_t i = 0; i < m.n; i++) {
            kernels[i] = kernel_of(&m, x, m.vectors + i * m.features);
        }
        float *row_votes = votes != NULL ? (float *)votes + r * m.classes : NULL;
        score_row(&m, kernels, (float *)out + r * m.columns, row_votes);
    }
    return HONE_OK;
}

/* ---- pair_probabilities ---- */

/* n classes whose pairs' probabilities come from scores by a sigmoid a s + b. */
typedef struct coupling {
    const float *a, *b;
    int64_t n, pairs;
    float *r, *q, *qp; /* [n, n] of pairs, [n, n] and [n] of the iteration */
} coupling;

static bool read_coupling(const hn_node *node, coupling *c) {
    const hn_attr *a = list_of(node, "prob_a", HN_ATTR_FLOATS);
    const hn_attr *b = list_of(node, "prob_b", HN_ATTR_FLOATS);
    c->n = hn_attr_int(node, "classes", 0);
    if (c->n < 2 || c->n > MOST_CLASSES) return false;
    c->pairs = c->n * (c->n - 1) / 2;
    if (a == NULL || b == NULL || a->n != c->pairs || b->n != c->pairs) return false;
    c->a = a->v.floats;
    c->b = b->v.floats;
    return true;
}

static hone_status pairs_shape(hn_graph *g, hn_node *node) {
    hn_shape out = node->in[0]->shape;
    coupling c = {.n = 0};
    if (!read_coupling(node, &c) || node->in[0]->dtype != HN_DTYPE_F32 ||
        (out.rank >= 0 && (out.rank != 2 || (out.dim[1] >= 0 && out.dim[1] != c.pairs)))) {
        return hn_fail(g->env, HONE_E_SHAPE, "prob_a and prob_b do not fit the pairs of classes");
    }
    if (out.rank == 2) out.dim[1] = c.n;
    return hn_node_set_shape(g, node, HN_DTYPE_F32, &out);
}

static void read_pairs(const coupling *c, const float *scores) {
    const float least = 1e-7f;
    int64_t pair = 0;
    for (int64_t i = 0; i < c->n; i++) {
        for (int64_t j = i + 1; j < c->n; j++, pair++) {
            float p = 1.0f / (1.0f + hn_exp(scores[pair] * c->a[pair] + c->b[pair]));
            p = p < least ? least : p > 1.0f - least ? 1.0f - least : p;
            c->r[i * c->n + j] = p;
            c->r[j * c->n + i] = 1.0f - p;
        }
    }
    for (int64_t t = 0; t < c->n; t++) {
        float sum = 0.0f;
        for (int64_t j = 0; j < c->n; j++) {
            const float of_j = c->r[j * c->n + t];
            if (j != t) sum += of_j * of_j;
            if (j != t) c->q[t * c->n + j] = -of_j * c->r[t * c->n + j];
        }
        c->q[t * c->n + t] = sum;
    }
}

/* Q p, and p Q p; true when no class is further from it than the bound. */
static bool has_settled(const coupling *c, const float *p, float *pqp) {
    const float bound = 0.005f / (float)c->n;
    bool is_near = true;
    *pqp = 0.0f;
    for (int64_t t = 0; t < c->n; t++) {
        c->qp[t] = weighted(p, c->q + t * c->n, 0, c->n);
        *pqp += p[t] * c->qp[t];
    }
    for (int64_t t = 0; t < c->n; t++) {
        const float error = c->qp[t] - *pqp;
        is_near = is_near && error < bound && error > -bound;
    }
    return is_near;
}

static void couple(const coupling *c, float *p) {
    float pqp = 0.0f;
    for (int64_t t = 0; t < c->n; t++) p[t] = 1.0f / (float)c->n;
    for (int k = 0; k < MOST_ITERATIONS && !has_settled(c, p, &pqp); k++) {
        for (int64_t t = 0; t < c->n; t++) {
            const float *row = c->q + t * c->n;
            const float by = (pqp - c->qp[t]) / row[t], whole = 1.0f + by;
            p[t] += by;
            pqp = (pqp + by * (by * row[t] + 2.0f * c->qp[t])) / whole / whole;
            for (int64_t j = 0; j < c->n; j++) {
                c->qp[j] = (c->qp[j] + by * row[j]) / whole;
                p[j] /= whole;
            }
        }
    }
}

static hone_status pairs_host(hn_host_eval *H, hn_node *node) {
    const int64_t rows = node->in[0]->shape.dim[0];
    const void *bytes = NULL;
    void *out = NULL, *memory = NULL;
    coupling c = {.n = 0};
    if (!read_coupling(node, &c)) return hn_fail(H->env, HONE_E_INTERNAL, "no pairs");
    const uint64_t square = (uint64_t)c.n * (uint64_t)c.n;
    HN_TRY(H->input(H, node->in[0], &bytes));
    HN_TRY(H->temp(H, (2 * square + (uint64_t)c.n) * sizeof(float), &memory));
    c.r = memory;
    c.q = c.r + square;
    c.qp = c.q + square;
    const hn_shape shape = hn_shape_of(2, (const int64_t[]){rows, c.n});
    HN_TRY(H->output(H, node, 0, &shape, &out));
    for (int64_t r = 0; r < rows; r++) {
        read_pairs(&c, (const float *)bytes + r * c.pairs);
        couple(&c, (float *)out + r * c.n);
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_svm_scores = {
    .shape = scores_shape, .macs = scores_macs, .host = scores_host, .max_outputs = 2};
const hn_op_hooks hn_hooks_pair_probabilities = {.shape = pairs_shape, .host = pairs_host};
