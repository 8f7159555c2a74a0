/* SPDX-License-Identifier: Apache-2.0
 * Reductions that are a sum with something before or after it: sums of sizes and squares, the
 * norms, and logarithms of sums. A sum of exponentials is made of differences to the maximum, so
 * that none overflows. */
#include <float.h>

#include "ops/hooks.h"
#include "ops/reductions.h"

/* A reduction in float32 under way. */
typedef struct summing {
    hn_lower *L;
    const hn_value *x, *out;
    hn_reduction axes;
    hn_shape kept; /* the output's shape with dimensions of 1 where x was reduced */
} summing;

static hone_status begin(hn_lower *L, const hn_node *node, summing *s, bool *is_empty) {
    s->L = L;
    s->x = node->in[0];
    s->out = node->out[0];
    HN_TRY(hn_lower_begin(L, node, is_empty));
    const char *problem = hn_reduction_known(node, &s->axes);
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    s->kept = s->x->shape;
    for (int32_t d = 0; d < s->kept.rank; d++) {
        if (s->axes.reduced[d]) s->kept.dim[d] = 1;
    }
    return HONE_OK;
}

/* Where a result goes: to the output when it is the last one and float32, else to memory. */
static hone_status place(const summing *s, bool is_last, const hn_shape *shape, hn_operand *out) {
    if (!is_last || s->out->dtype != HN_DTYPE_F32) {
        return hn_lower_temp(s->L, HN_DTYPE_F32, shape, out);
    }
    *out = hn_operand_value(s->out);
    return HONE_OK;
}

static hone_status reduce(const summing *s, int32_t kind, hn_operand in, hn_operand out) {
    const hn_reduction_step step = {HN_DTYPE_F32, kind, &s->x->shape, &s->axes};
    return hn_lower_reduction(s->L, &step, in, out);
}

/* One operation over one tensor. */
static hone_status apply(const summing *s, hn_expr_op op, const hn_shape *shape, hn_operand in,
                         hn_operand out) {
    hn_program p;
    hn_program_begin(&p, shape);
    hn_program_input(&p, in, shape);
    hn_program_op(&p, op, 0, 0);
    return hn_program_end(s->L, &p, out);
}

/* The last result, where it is not the output yet. */
static hone_status finish(const summing *s, hn_operand result) {
    hn_conversion c = {.from = HN_DTYPE_F32, .to = s->out->dtype};
    if (c.to == HN_DTYPE_F32) return HONE_OK;
    (void)hn_shape_count(&s->out->shape, &c.n);
    return hn_lower_cast(s->L, &c, result, hn_operand_value(s->out));
}

/* after(sum of before(x)) in float32. */
static hone_status sum_lower(hn_lower *L, const hn_node *node, hn_expr_op before,
                             hn_expr_op after) {
    summing s;
    bool is_empty;
    hn_operand at, to;
    HN_TRY(begin(L, node, &s, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(hn_lower_as(L, s.x, HN_DTYPE_F32, &at));
    if (before != HN_EXPR_copy) {
        HN_TRY(place(&s, false, &s.x->shape, &to));
        HN_TRY(apply(&s, before, &s.x->shape, at, to));
        at = to;
    }
    HN_TRY(place(&s, after == HN_EXPR_copy, &s.kept, &to));
    HN_TRY(reduce(&s, HN_REDUCE_SUM, at, to));
    at = to;
    if (after != HN_EXPR_copy) {
        HN_TRY(place(&s, true, &s.kept, &to));
        HN_TRY(apply(&s, after, &s.kept, at, to));
    }
    return finish(&s, to);
}

/* Sums of integers stay integers: each element is made ready by an ewise operation. */
static hone_status whole_lower(hn_lower *L, const hn_node *node, int32_t op) {
    summing s;
    bool is_empty;
    hn_operand x, ready;
    HN_TRY(begin(L, node, &s, &is_empty));
    if (is_empty) return HONE_OK;
    hn_typed t = hn_typed_begin(op, s.x->dtype, &s.x->shape);
    HN_TRY(hn_lower_operand(L, s.x, &x));
    for (uint32_t i = 0; i < hn_ewise_operands(op); i++) hn_typed_input(&t, x, &s.x->shape);
    HN_TRY(hn_lower_temp(L, s.x->dtype, &s.x->shape, &ready));
    HN_TRY(hn_lower_typed(L, &t, ready));
    const hn_reduction_step step = {s.x->dtype, HN_REDUCE_SUM, &s.x->shape, &s.axes};
    return hn_lower_reduction(L, &step, ready, hn_operand_value(s.out));
}

static bool is_whole(const hn_node *node) {
    return node->in[0]->dtype == HN_DTYPE_S32 || node->in[0]->dtype == HN_DTYPE_S64;
}

static hone_status l1_lower(hn_lower *L, const hn_node *node) {
    if (is_whole(node)) return whole_lower(L, node, HN_EWISE_abs);
    return sum_lower(L, node, HN_EXPR_abs, HN_EXPR_copy);
}

static hone_status l2_lower(hn_lower *L, const hn_node *node) {
    return sum_lower(L, node, HN_EXPR_square, HN_EXPR_sqrt);
}

static hone_status sum_square_lower(hn_lower *L, const hn_node *node) {
    if (is_whole(node)) return whole_lower(L, node, HN_EWISE_mul);
    return sum_lower(L, node, HN_EXPR_square, HN_EXPR_copy);
}

static hone_status log_sum_lower(hn_lower *L, const hn_node *node) {
    return sum_lower(L, node, HN_EXPR_copy, HN_EXPR_log);
}

/* m + log(sum of e^(x - m)), m the maximum brought to finite numbers. */
static hone_status log_sum_exp_lower(hn_lower *L, const hn_node *node) {
    summing s;
    bool is_empty;
    hn_operand x, top, shifted, sum, result;
    hn_program p;
    HN_TRY(begin(L, node, &s, &is_empty));
    if (is_empty) return HONE_OK;
    HN_TRY(hn_lower_as(L, s.x, HN_DTYPE_F32, &x));
    HN_TRY(place(&s, false, &s.kept, &top));
    HN_TRY(reduce(&s, HN_REDUCE_MAX, x, top));
    hn_program_begin(&p, &s.x->shape);
    hn_program_input(&p, x, &s.x->shape);
    hn_program_input(&p, top, &s.kept);
    p.last = 1;
    hn_program_clamp(&p, -FLT_MAX, FLT_MAX);
    hn_program_op(&p, HN_EXPR_sub, 0, p.last);
    hn_program_op(&p, HN_EXPR_exp, p.last, 0);
    HN_TRY(place(&s, false, &s.x->shape, &shifted));
    HN_TRY(hn_program_end(L, &p, shifted));
    HN_TRY(place(&s, false, &s.kept, &sum));
    HN_TRY(reduce(&s, HN_REDUCE_SUM, shifted, sum));
    hn_program_begin(&p, &s.kept);
    hn_program_input(&p, sum, &s.kept);
    hn_program_input(&p, top, &s.kept);
    p.last = 1;
    hn_program_clamp(&p, -FLT_MAX, FLT_MAX);
    const uint32_t bounded = p.last;
    hn_program_op(&p, HN_EXPR_log, 0, 0);
    hn_program_op(&p, HN_EXPR_add, p.last, bounded);
    HN_TRY(place(&s, true, &s.kept, &result));
    HN_TRY(hn_program_end(L, &p, result));
    return finish(&s, result);
}

#define HOOKS(name)                                                                                \
    const hn_op_hooks hn_hooks_reduce_##name = {                                                   \
        .shape = hn_reduce_shape, .lower = name##_lower, .permute = hn_reduce_permute};
HOOKS(l1)
HOOKS(l2)
HOOKS(sum_square)
HOOKS(log_sum)
HOOKS(log_sum_exp)
