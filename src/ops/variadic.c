/* SPDX-License-Identifier: Apache-2.0
 * The sum, mean, minimum or maximum of any number of tensors, with broadcasting. On floats it is a
 * chain of programs over as many tensors as one takes; on other types one step a tensor. */
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/typed.h"

typedef struct variadic_row {
    hn_expr_op real;
    int32_t integer;
    bool is_mean;
} variadic_row;

static variadic_row row_of(const hn_node *node) {
    static const variadic_row sum = {HN_EXPR_add, HN_EWISE_add, false};
    static const variadic_row mean = {HN_EXPR_add, HN_EWISE_add, true};
    static const variadic_row least = {HN_EXPR_min, HN_EWISE_min, false};
    static const variadic_row most = {HN_EXPR_max, HN_EWISE_max, false};
    if (node->op == hn_op_at(HN_OP_sum_of)) return sum;
    if (node->op == hn_op_at(HN_OP_mean_of)) return mean;
    return node->op == hn_op_at(HN_OP_min_of) ? least : most;
}

static hone_status variadic_shape(hn_graph *g, hn_node *node) {
    if (node->n_in == 0) return hn_fail(g->env, HONE_E_SHAPE, "there are no operands");
    hn_shape out = {.rank = 0};
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *x = node->in[i];
        if (x == NULL || x->dtype != node->in[0]->dtype) {
            return hn_fail(g->env, HONE_E_SHAPE, "operand %u is absent or of another type", i);
        }
        const hn_shape before = out;
        if (!hn_shape_broadcast(&before, &x->shape, &out)) {
            return hn_fail(g->env, HONE_E_SHAPE, "the shapes do not broadcast");
        }
    }
    return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
}

/* Tensors from *at on, after what was gathered before, in one program. */
static hone_status real_step(hn_lower *L, const hn_node *node, uint32_t *at, hn_operand *so_far) {
    const variadic_row row = row_of(node);
    const hn_value *out = node->out[0];
    hn_program p;
    hn_operand in;
    hn_program_begin(&p, &out->shape);
    if (*at > 0) hn_program_input(&p, *so_far, &out->shape);
    while (*at < node->n_in && p.args.n_in < HN_EXPR_INPUTS) {
        HN_TRY(hn_lower_operand(L, node->in[*at], &in));
        hn_program_input(&p, in, &node->in[(*at)++]->shape);
    }
    p.last = 0;
    for (int32_t i = 1; i < p.args.n_in; i++) hn_program_op(&p, row.real, p.last, (uint32_t)i);
    const bool is_last = *at == node->n_in;
    if (is_last && row.is_mean) {
        hn_program_op(&p, HN_EXPR_div, p.last, hn_program_imm(&p, (float)node->n_in));
    }
    *so_far = hn_operand_value(out);
    if (!is_last) HN_TRY(hn_lower_temp(L, HN_DTYPE_F32, &out->shape, so_far));
    return hn_program_end(L, &p, *so_far);
}

static hone_status typed_step(hn_lower *L, const hn_node *node, uint32_t at, hn_operand *so_far,
                              hn_shape *shape) {
    const hn_value *out = node->out[0];
    hn_typed t = hn_typed_begin(row_of(node).integer, out->dtype, &out->shape);
    hn_operand in, to = hn_operand_value(out);
    HN_TRY(hn_lower_operand(L, node->in[at], &in));
    if (at + 1 < node->n_in) HN_TRY(hn_lower_temp(L, out->dtype, &out->shape, &to));
    hn_typed_input(&t, *so_far, shape);
    hn_typed_input(&t, in, &node->in[at]->shape);
    *so_far = to;
    *shape = out->shape;
    return hn_lower_typed(L, &t, to);
}

static hone_status variadic_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    uint32_t at = 0;
    hn_operand so_far = HN_NO_OPERAND;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    if (node->in[0]->dtype == HN_DTYPE_F32) {
        while (at < node->n_in) HN_TRY(real_step(L, node, &at, &so_far));
        return HONE_OK;
    }
    if (row_of(node).is_mean || node->arith != HN_ARITH_NONE) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel computes on %s here",
                       hn_dtype_name(node->in[0]->dtype));
    }
    if (node->n_in == 1) return L->alias(L, node->in[0], node->out[0]);
    hn_shape shape = node->in[0]->shape;
    HN_TRY(hn_lower_operand(L, node->in[0], &so_far));
    for (at = 1; at < node->n_in; at++) HN_TRY(typed_step(L, node, at, &so_far, &shape));
    return HONE_OK;
}

const hn_op_hooks hn_hooks_sum_of = {.shape = variadic_shape, .lower = variadic_lower};
const hn_op_hooks hn_hooks_mean_of = {.shape = variadic_shape, .lower = variadic_lower};
const hn_op_hooks hn_hooks_min_of = {.shape = variadic_shape, .lower = variadic_lower};
const hn_op_hooks hn_hooks_max_of = {.shape = variadic_shape, .lower = variadic_lower};
