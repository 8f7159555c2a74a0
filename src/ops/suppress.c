/* SPDX-License-Identifier: Apache-2.0
 * TensorFlow's NonMaxSuppressionV4 and V5: at most `n` boxes, as many places in the outputs, and
 * how many are used. V5 has a sigma for soft suppression and gives scores too. */
#include "kernels/detect/suppress.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { BOXES, SCORES, MOST, OVERLAP, LEAST, SIGMA }; /* operands */

static bool has_sigma(const hn_node *node) {
    return hn_node_in(node, SIGMA) != NULL;
}

static const char *check_operands(const hn_node *node) {
    const hn_shape *boxes = &node->in[BOXES]->shape, *scores = &node->in[SCORES]->shape;
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *v = node->in[i];
        if (v == NULL || i == MOST) continue;
        if (v->dtype != HN_DTYPE_F32) return "boxes, scores and limits are f32";
        if (i > MOST && v->shape.rank >= 0 && hn_shape_product(&v->shape, 0, v->shape.rank) != 1) {
            return "a limit is not one number";
        }
    }
    if (boxes->rank != 2 || scores->rank != 1) return "boxes and scores have another rank";
    const bool fits = boxes->dim[1] == 4 && boxes->dim[0] == scores->dim[0];
    return fits ? NULL : "boxes and scores do not fit";
}

static hone_status suppress_shape(hn_graph *g, hn_node *node) {
    const char *problem = check_operands(node);
    const hn_shape one = {.rank = 0};
    const uint32_t n_out = has_sigma(node) ? 3 : 2;
    hn_shape list = hn_shape_unknown(1);
    if (problem == NULL && node->n_out != n_out) problem = "another number of outputs";
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] == NULL) problem = "an output is missing";
    }
    if (!hn_dtype_is_integer(node->in[MOST]->dtype)) problem = "the number of boxes is no integer";
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    if (node->in[MOST]->constant != NULL) {
        HN_TRY(hn_constant_read_s64(g, node->in[MOST], &list.dim[0], 1));
        if (list.dim[0] < 0 || list.dim[0] > INT32_MAX) {
            return hn_fail(g->env, HONE_E_SHAPE, "%lld boxes", (long long)list.dim[0]);
        }
    }
    if (n_out == 3) HN_TRY(hn_node_set_output(g, node, 1, HN_DTYPE_F32, &list));
    HN_TRY(hn_node_set_output(g, node, n_out - 1, HN_DTYPE_S32, &one));
    return hn_node_set_output(g, node, 0, HN_DTYPE_S32, &list);
}

static hone_status suppress_lower(hn_lower *L, const hn_node *node) {
    static const uint8_t place[] = {HN_SUPPRESS_BOXES,   HN_SUPPRESS_SCORES, 0,
                                    HN_SUPPRESS_OVERLAP, HN_SUPPRESS_LEAST,  HN_SUPPRESS_SIGMA};
    const char *problem = check_operands(node);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    const hn_suppress_args a = {(int32_t)node->in[BOXES]->shape.dim[0],
                                (int32_t)node->out[0]->shape.dim[0]};
    hn_operand o[HN_SUPPRESS_OPERANDS];
    o[HN_SUPPRESS_SIGMA] = o[HN_SUPPRESS_CHOSEN_SCORES] = HN_NO_OPERAND;
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (i != MOST) HN_TRY(hn_lower_operand(L, node->in[i], &o[place[i]]));
    }
    o[HN_SUPPRESS_CHOSEN] = hn_operand_value(node->out[0]);
    if (has_sigma(node)) o[HN_SUPPRESS_CHOSEN_SCORES] = hn_operand_value(node->out[1]);
    o[HN_SUPPRESS_COUNT] = hn_operand_value(node->out[node->n_out - 1]);
    const hn_step_request request = {
        HN_FAMILY_suppress, HN_TYPES_f32, &a, o, HN_SUPPRESS_OPERANDS, 3};
    return L->step(L, &request);
}

const hn_op_hooks hn_hooks_suppress = {
    .shape = suppress_shape, .lower = suppress_lower, .max_outputs = 3};
