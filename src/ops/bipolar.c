/* SPDX-License-Identifier: Apache-2.0
 * The sign of binary networks: +1 from zero upwards, -1 below, times a scale where there is one
 * (Larq's Bsign, QONNX's BipolarQuant). Unlike sign, zero is positive. */
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static hone_status bipolar_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *scale = hn_node_in(node, 1);
    hn_shape out = x->shape;
    if (scale != NULL && hn_shape_is_known(&x->shape) && hn_shape_is_known(&scale->shape) &&
        !hn_shape_broadcast(&x->shape, &scale->shape, &out)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the scale does not fit the input");
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static hone_status bipolar_lower(hn_lower *L, const hn_node *node) {
    const hn_value *x = node->in[0], *scale = hn_node_in(node, 1);
    const hn_shape *shape = &node->out[0]->shape;
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    if (x->dtype != HN_DTYPE_F32 || (scale != NULL && scale->dtype != HN_DTYPE_F32)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "other numbers than f32");
    }
    hn_operand in;
    hn_program p;
    hn_program_begin(&p, shape);
    HN_TRY(hn_lower_operand(L, x, &in));
    hn_program_input(&p, in, &x->shape);
    if (scale != NULL) {
        HN_TRY(hn_lower_operand(L, scale, &in));
        hn_program_input(&p, in, &scale->shape);
    }
    hn_program_op(&p, HN_EXPR_greater, hn_program_imm(&p, 0.0f), 0); /* 1 below zero */
    hn_program_op(&p, HN_EXPR_mul, p.last, hn_program_imm(&p, -2.0f));
    hn_program_op(&p, HN_EXPR_add, p.last, hn_program_imm(&p, 1.0f));
    if (scale != NULL) hn_program_op(&p, HN_EXPR_mul, p.last, 1);
    return hn_program_end(L, &p, hn_operand_value(node->out[0]));
}

const hn_op_hooks hn_hooks_bipolar = {.shape = bipolar_shape, .lower = bipolar_lower};
