/* SPDX-License-Identifier: Apache-2.0
 * Batch normalisation: y = (x - mean) / sqrt(var + epsilon) * scale + bias along
 * dimension 1 (Ioffe and Szegedy, 2015). It has no steps of its own. With constant statistics it is
 * a product and a sum by per-channel constants, which the passes fuse into the operator before it;
 * otherwise the formula is spelled out. */
#include <math.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { X_IN, SCALE_IN, BIAS_IN, MEAN_IN, VAR_IN, N_IN };

static hone_status norm_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[X_IN];
    const bool is_training = hn_attr_int(node, "training_mode", 0) != 0;
    for (uint32_t k = 1; k < node->n_out; k++) {
        if (node->out[k] == NULL) continue;
        if (!is_training || k > 2) {
            return hn_fail(g->env, HONE_E_UNSUPPORTED, "output %u is not supported", k);
        }
        const hn_value *running = node->in[k == 1 ? MEAN_IN : VAR_IN];
        HN_TRY(hn_node_set_output(g, node, k, running->dtype, &running->shape));
    }
    if (x->shape.rank == 0 || x->shape.rank == 1) {
        return hn_fail(g->env, HONE_E_SHAPE, "the input has no channels");
    }
    for (uint32_t k = SCALE_IN; k < N_IN; k++) {
        const hn_shape *s = &node->in[k]->shape;
        const int64_t channels = x->shape.rank > 1 ? x->shape.dim[1] : -1;
        if (s->rank < 0 || (s->rank == 1 && (s->dim[0] < 0 || channels < 0))) continue;
        if (s->rank != 1 || s->dim[0] != channels) {
            return hn_fail(g->env, HONE_E_SHAPE, "operand %u is not one number per channel", k);
        }
    }
    return hn_node_set_shape(g, node, x->dtype, &x->shape);
}

/* The shape that broadcasts [channels] along dimension 1 of rank dimensions. */
static hn_shape channel_shape(int32_t rank, int64_t channels) {
    const int64_t ones[HN_MAX_RANK] = {1, 1, 1, 1, 1, 1, 1, 1};
    hn_shape s = hn_shape_of(rank - 1, ones);
    s.dim[0] = channels;
    return s;
}

/* a op b, into `out` or a new value; NULL when memory is out. */
static hn_value *emit(hn_graph *g, hn_op_id op, hn_value *a, hn_value *b, hn_value *out) {
    hn_node *node = hn_graph_node(g, hn_op_at(op), b != NULL ? 2 : 1, 1);
    if (out == NULL) out = hn_graph_value(g, "", HN_DTYPE_F32, NULL);
    if (node == NULL || out == NULL) return NULL;
    node->in[0] = a;
    if (b != NULL) node->in[1] = b;
    hn_node_set_out(node, 0, out);
    return out;
}

static hone_status expand_constant(hn_graph *g, hn_node *node, const hn_shape *shape, uint64_t n) {
    float *v = HN_NEW_N(g->arena, float, 4 * n);
    if (v == NULL) return hn_no_memory(g->env);
    for (uint32_t k = SCALE_IN; k < N_IN; k++) {
        HN_TRY(hn_constant_read_f32(g, node->in[k], v + (k - SCALE_IN) * n, n));
    }
    const float *scale = v, *bias = v + n, *mean = v + 2 * n, *var = v + 3 * n;
    float *factor = HN_NEW_N(g->arena, float, n), *term = HN_NEW_N(g->arena, float, n);
    if (factor == NULL || term == NULL) return hn_no_memory(g->env);
    const double epsilon = (double)hn_attr_float(node, "epsilon", 1e-5f);
    for (uint64_t c = 0; c < n; c++) {
        const double f = (double)scale[c] / sqrt((double)var[c] + epsilon);
        factor[c] = (float)f;
        term[c] = (float)((double)bias[c] - (double)mean[c] * f);
    }
    hn_value *a = hn_graph_constant_borrowed(g, "", HN_DTYPE_F32, shape, factor);
    hn_value *b = hn_graph_constant_borrowed(g, "", HN_DTYPE_F32, shape, term);
    if (a == NULL || b == NULL) return hn_no_memory(g->env);
    a->constant->is_borrowed = b->constant->is_borrowed = false;
    hn_value *scaled = emit(g, HN_OP_mul, node->in[X_IN], a, NULL);
    if (scaled == NULL || emit(g, HN_OP_add, scaled, b, node->out[0]) == NULL) {
        return hn_no_memory(g->env);
    }
    return HONE_OK;
}

static hone_status expand_formula(hn_graph *g, hn_node *node, const hn_shape *shape) {
    hn_value *p[N_IN];
    for (uint32_t k = SCALE_IN; k < N_IN; k++) {
        p[k] = emit(g, HN_OP_reshape, node->in[k], NULL, NULL);
        if (p[k] == NULL ||
            !hn_attr_set_ints(g, p[k]->producer, "shape", shape->dim, (uint32_t)shape->rank)) {
            return hn_no_memory(g->env);
        }
    }
    hn_value *epsilon = hn_graph_scalar_f32(g, hn_attr_float(node, "epsilon", 1e-5f));
    if (epsilon == NULL) return hn_no_memory(g->env);
    hn_value *spread = emit(g, HN_OP_add, p[VAR_IN], epsilon, NULL);
    if (spread != NULL) spread = emit(g, HN_OP_sqrt, spread, NULL, NULL);
    hn_value *v = emit(g, HN_OP_sub, node->in[X_IN], p[MEAN_IN], NULL);
    if (v != NULL && spread != NULL) v = emit(g, HN_OP_div, v, spread, NULL);
    if (v != NULL) v = emit(g, HN_OP_mul, v, p[SCALE_IN], NULL);
    if (v == NULL || emit(g, HN_OP_add, v, p[BIAS_IN], node->out[0]) == NULL) {
        return hn_no_memory(g->env);
    }
    return HONE_OK;
}

/* running * momentum + now * (1 - momentum) */
static hn_value *blend(hn_compose *c, hn_value *running, hn_value *now, double momentum) {
    if (c->status != HONE_OK) return NULL;
    now = hn_make_reshape(c, now, running->shape.dim, running->shape.rank);
    hn_value *kept = HN_MAKE(c, mul, running, hn_make_number(c, HN_DTYPE_F32, momentum));
    now = HN_MAKE(c, mul, now, hn_make_number(c, HN_DTYPE_F32, 1 - momentum));
    return HN_MAKE(c, add, kept, now);
}

/* In training the statistics are those of the input; those that come in are moved towards them. */
static hone_status expand_training(hn_graph *g, hn_node *node, const hn_shape *shape) {
    hn_compose c = hn_compose_begin(g);
    hn_value *x = node->in[X_IN];
    const double momentum = (double)hn_attr_float(node, "momentum", 0.9f);
    const double epsilon = (double)hn_attr_float(node, "epsilon", 1e-5f);
    int64_t axes[HN_MAX_RANK];
    uint32_t n = 0;
    for (int32_t d = 0; d < x->shape.rank; d++) {
        if (d != 1) axes[n++] = d;
    }
    hn_value *others = hn_make_vector(&c, axes, n);
    hn_value *mean = HN_MAKE(&c, reduce_mean, x, others);
    hn_value *far = HN_MAKE(&c, sub, x, mean);
    hn_value *var = HN_MAKE(&c, reduce_mean, HN_MAKE(&c, mul, far, far), others);
    hn_value *spread = HN_MAKE(&c, add, var, hn_make_number(&c, HN_DTYPE_F32, epsilon));
    hn_value *y = HN_MAKE(&c, div, far, HN_MAKE(&c, sqrt, spread));
    hn_value *scale = hn_make_reshape(&c, node->in[SCALE_IN], shape->dim, shape->rank);
    hn_value *bias = hn_make_reshape(&c, node->in[BIAS_IN], shape->dim, shape->rank);
    y = HN_MAKE(&c, add, HN_MAKE(&c, mul, y, scale), bias);
    hn_compose_give(&c, blend(&c, node->in[MEAN_IN], mean, momentum), node, 1);
    hn_compose_give(&c, blend(&c, node->in[VAR_IN], var, momentum), node, 2);
    return hn_compose_end(&c, y, node);
}

static hone_status norm_expand(hn_graph *g, hn_node *node) {
    const hn_shape *x = &node->in[X_IN]->shape;
    if (!hn_shape_is_known(x) || node->in[X_IN]->dtype != HN_DTYPE_F32) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "the input is not float32 of a known shape");
    }
    const hn_shape shape = channel_shape(x->rank, x->dim[1]);
    if (hn_attr_int(node, "training_mode", 0) != 0) return expand_training(g, node, &shape);
    bool is_constant = true;
    for (uint32_t k = SCALE_IN; k < N_IN; k++) {
        is_constant = is_constant && node->in[k]->constant != NULL;
    }
    return is_constant ? expand_constant(g, node, &shape, (uint64_t)x->dim[1])
                       : expand_formula(g, node, &shape);
}

const hn_op_hooks hn_hooks_batch_norm = {
    .shape = norm_shape, .expand = norm_expand, .max_outputs = 5};
