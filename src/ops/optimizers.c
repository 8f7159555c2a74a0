/* SPDX-License-Identifier: Apache-2.0
 * Steps of optimizers as functions: operands are the rate, the count of updates, then all tensors,
 * all gradients and all of each kind of state; outputs the new tensors and the new state in the
 * same order. `norm_coefficient` adds that much of a tensor to its gradient. */
#include <math.h>
#include <string.h>

#include "ops/compose.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { RATE, COUNT, FIRST };

typedef struct update {
    hn_compose c;
    const hn_node *node;
    hn_value *rate, *x, *g;
    hn_value *state[2], *next[3]; /* next: the tensor, then its state */
} update;

static hn_value *scaled(update *u, hn_value *v, float by) {
    return HN_MAKE(&u->c, mul, v, hn_make_number(&u->c, HN_DTYPE_F32, (double)by));
}

static hn_value *plus(update *u, hn_value *a, hn_value *b) {
    return HN_MAKE(&u->c, add, a, b);
}

static float number(const update *u, const char *name, float absent) {
    return hn_attr_float(u->node, name, absent);
}

/* 1 - b^t for the count t. */
static hn_value *bias_of(update *u, float b) {
    hn_compose *c = &u->c;
    hn_value *t = hn_make_cast(c, u->node->in[COUNT], HN_DTYPE_F32);
    hn_value *power = HN_MAKE(c, pow, hn_make_number(c, HN_DTYPE_F32, (double)b), t);
    return HN_MAKE(c, sub, hn_make_number(c, HN_DTYPE_F32, 1), power);
}

static void adagrad_step(update *u) {
    hn_compose *c = &u->c;
    hn_value *t = hn_make_cast(c, u->node->in[COUNT], HN_DTYPE_F32);
    hn_value *decay = scaled(u, t, number(u, "decay_factor", 0.0f));
    decay = plus(u, decay, hn_make_number(c, HN_DTYPE_F32, 1));
    hn_value *rate = HN_MAKE(c, div, u->rate, decay);
    u->next[1] = plus(u, u->state[0], HN_MAKE(c, mul, u->g, u->g));
    hn_value *least = hn_make_number(c, HN_DTYPE_F32, (double)number(u, "epsilon", 1e-6f));
    hn_value *length = plus(u, HN_MAKE(c, sqrt, u->next[1]), least);
    hn_value *step = HN_MAKE(c, div, HN_MAKE(c, mul, rate, u->g), length);
    u->next[0] = HN_MAKE(c, sub, u->x, step);
}

static void adam_step(update *u) {
    hn_compose *c = &u->c;
    const float alpha = number(u, "alpha", 0.9f), beta = number(u, "beta", 0.999f);
    u->next[1] = plus(u, scaled(u, u->state[0], alpha), scaled(u, u->g, 1.0f - alpha));
    hn_value *square = HN_MAKE(c, mul, u->g, u->g);
    u->next[2] = plus(u, scaled(u, u->state[1], beta), scaled(u, square, 1.0f - beta));
    hn_value *ratio = HN_MAKE(c, div, HN_MAKE(c, sqrt, bias_of(u, beta)), bias_of(u, alpha));
    hn_value *zero = hn_make_number(c, HN_DTYPE_F32, 0);
    hn_value *count = hn_make_cast(c, u->node->in[COUNT], HN_DTYPE_F32);
    ratio = HN_MAKE(c, where, HN_MAKE(c, greater, count, zero), ratio,
                    hn_make_number(c, HN_DTYPE_F32, 1));
    hn_value *least = hn_make_number(c, HN_DTYPE_F32, (double)number(u, "epsilon", 1e-6f));
    hn_value *length = plus(u, HN_MAKE(c, sqrt, u->next[2]), least);
    hn_value *rate = HN_MAKE(c, mul, u->rate, ratio);
    hn_value *step = HN_MAKE(c, div, HN_MAKE(c, mul, rate, u->next[1]), length);
    u->next[0] =
        scaled(u, HN_MAKE(c, sub, u->x, step), 1.0f - number(u, "norm_coefficient_post", 0.0f));
}

static void momentum_step(update *u) {
    hn_compose *c = &u->c;
    const float alpha = number(u, "alpha", 0.0f), beta = number(u, "beta", 0.0f);
    const bool is_nesterov = strcmp(hn_attr_string(u->node, "mode", ""), "nesterov") == 0;
    hn_value *count = u->node->in[COUNT];
    hn_value *is_later = HN_MAKE(c, greater, count, hn_make_number(c, count->dtype, 0));
    hn_value *weight = HN_MAKE(c, where, is_later, hn_make_number(c, HN_DTYPE_F32, (double)beta),
                               hn_make_number(c, HN_DTYPE_F32, 1));
    u->next[1] = plus(u, scaled(u, u->state[0], alpha), HN_MAKE(c, mul, weight, u->g));
    hn_value *direction = u->next[1];
    if (is_nesterov) direction = plus(u, u->g, scaled(u, direction, alpha));
    u->next[0] = HN_MAKE(c, sub, u->x, HN_MAKE(c, mul, u->rate, direction));
}

static hone_status optimize(hn_graph *g, hn_node *node, uint32_t n_states, void (*step)(update *)) {
    update u = {.c = hn_compose_begin(g), .node = node};
    const uint32_t kinds = n_states + 2, n = (node->n_in - FIRST) / kinds;
    if (n == 0 || (node->n_in - FIRST) % kinds != 0 || node->n_out != n * (n_states + 1)) {
        return hn_fail(g->env, HONE_E_SHAPE, "tensors, gradients and state do not match");
    }
    u.rate = node->in[RATE];
    for (uint32_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < kinds; k++) {
            const hn_value *v = node->in[FIRST + k * n + i];
            if (v == NULL || v->dtype != HN_DTYPE_F32) {
                return hn_fail(g->env, HONE_E_UNSUPPORTED, "tensors that are not float32");
            }
        }
        u.x = node->in[FIRST + i];
        u.g = plus(&u, node->in[FIRST + n + i],
                   scaled(&u, u.x, hn_attr_float(node, "norm_coefficient", 0.0f)));
        for (uint32_t k = 0; k < n_states; k++) u.state[k] = node->in[FIRST + (2 + k) * n + i];
        step(&u);
        for (uint32_t k = 0; k <= n_states; k++) {
            hn_compose_give(&u.c, u.next[k], node, k * n + i);
        }
    }
    return u.c.status;
}

static hone_status adagrad_expand(hn_graph *g, hn_node *node) {
    return optimize(g, node, 1, adagrad_step);
}

static hone_status adam_expand(hn_graph *g, hn_node *node) {
    return optimize(g, node, 2, adam_step);
}

static hone_status momentum_expand(hn_graph *g, hn_node *node) {
    return optimize(g, node, 1, momentum_step);
}

#define OPTIMIZER(name)                                                                            \
    const hn_op_hooks hn_hooks_##name = {                                                          \
        .shape = hn_compose_shape, .expand = name##_expand, .max_outputs = HN_MAX_NODE_PORTS};
OPTIMIZER(adagrad)
OPTIMIZER(adam)
OPTIMIZER(momentum)
