/* SPDX-License-Identifier: Apache-2.0
 * Operators that give a bool: comparisons, logic, and tests of floats. Two 8-bit tensors with
 * scales are compared by what they stand for, as LiteRT does; all others by their elements. */
#include "kernels/qbinary/qbinary.h"
#include "ops/elementwise.h"
#include "ops/hooks.h"
#include "ops/infer.h"

/* One row: operator, operation of kernels/ewise, kind of kernels/qbinary (-1: none). */
#define COMPARISONS(X)                                                                             \
    X(equal, equal, HN_QBINARY_EQUAL)                                                              \
    X(not_equal, not_equal, HN_QBINARY_NOT_EQUAL)                                                  \
    X(less, less, HN_QBINARY_LESS)                                                                 \
    X(less_equal, less_equal, HN_QBINARY_LESS_EQUAL)                                               \
    X(greater, greater, HN_QBINARY_GREATER)                                                        \
    X(greater_equal, greater_equal, HN_QBINARY_GREATER_EQUAL)                                      \
    X(logical_and, logical_and, -1)                                                                \
    X(logical_or, logical_or, -1)                                                                  \
    X(logical_xor, logical_xor, -1)                                                                \
    X(logical_not, logical_not, -1)                                                                \
    X(is_nan, is_nan, -1)                                                                          \
    X(is_inf, is_inf, -1)

static const struct compare_row {
    int32_t op, qbinary;
} rows[HN_OP_COUNT] = {
#define ROW(name, op, qbinary) [HN_OP_##name] = {HN_EWISE_##op, qbinary},
    COMPARISONS(ROW)
#undef ROW
};

static const struct compare_row *row_of(const hn_node *node) {
    return &rows[node->op - hn_ops];
}

/* A quantized tensor is compared with a quantized one of its type. */
static hone_status check_types(hn_graph *g, const hn_node *node, hn_dtype x, hn_dtype y) {
    const bool is_logic = hn_ewise_kind_of(row_of(node)->op) == HN_EWISE_LOGIC;
    if (is_logic && x != HN_DTYPE_BOOL) {
        return hn_fail(g->env, HONE_E_SHAPE, "an operand of type %s, not bool", hn_dtype_name(x));
    }
    if (x == y) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "operands of types %s and %s", hn_dtype_name(x),
                   hn_dtype_name(y));
}

static hone_status compare_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0], *y = hn_node_in(node, 1);
    const bool is_unlike = node->op == hn_op_at(HN_OP_not_equal);
    if (x->dtype == HN_DTYPE_STRING && (is_unlike || node->op == hn_op_at(HN_OP_equal))) {
        node->op = hn_op_at(HN_OP_string_equal);
        if (is_unlike && !hn_attr_set_int(g, node, "is_unlike", 1)) return hn_no_memory(g->env);
        return node->op->hooks->shape(g, node);
    }
    hn_shape out = x->shape;
    HN_TRY(check_types(g, node, x->dtype, y != NULL ? y->dtype : x->dtype));
    if (y != NULL && !hn_shape_broadcast(&x->shape, &y->shape, &out)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the shapes do not broadcast");
    }
    return hn_node_set_shape(g, node, HN_DTYPE_BOOL, &out);
}

/* Infinities of one sign may be asked for. */
static int32_t infinity_op(const hn_node *node) {
    const bool has_positive = hn_attr_int(node, "detect_positive", 1) != 0;
    const bool has_negative = hn_attr_int(node, "detect_negative", 1) != 0;
    if (has_positive == has_negative) return HN_EWISE_is_inf;
    return has_positive ? HN_EWISE_is_positive_inf : HN_EWISE_is_negative_inf;
}

static bool asks_for_nothing(const hn_node *node) {
    return node->op == hn_op_at(HN_OP_is_inf) && hn_attr_int(node, "detect_positive", 1) == 0 &&
           hn_attr_int(node, "detect_negative", 1) == 0;
}

/* Of 16 bits LiteRT puts the numbers themselves in order; whether they are equal it asks of reals.
 */
static bool is_of_reals(const hn_node *node) {
    const int32_t kind = row_of(node)->qbinary;
    if (kind < 0 || !hn_qbinary_fits(node)) return false;
    return hn_value_is_q8(node->in[0]) || kind == HN_QBINARY_EQUAL || kind == HN_QBINARY_NOT_EQUAL;
}

static hone_status compare_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const struct compare_row *row = row_of(node);
    if (is_of_reals(node)) return hn_lower_qbinary(L, node, row->qbinary);
    int32_t op = row->op;
    if (op == HN_EWISE_is_inf) op = infinity_op(node);
    if (!asks_for_nothing(node)) return hn_lower_typed_node(L, node, op);
    /* No number is less than itself. */
    hn_operand x;
    hn_typed none = hn_typed_begin(HN_EWISE_less, node->in[0]->dtype, &node->out[0]->shape);
    HN_TRY(hn_lower_operand(L, node->in[0], &x));
    hn_typed_input(&none, x, &node->in[0]->shape);
    hn_typed_input(&none, x, &node->in[0]->shape);
    return hn_lower_typed(L, &none, hn_operand_value(node->out[0]));
}

#define HOOKS(name, op, qbinary)                                                                   \
    const hn_op_hooks hn_hooks_##name = {.shape = compare_shape, .lower = compare_lower};
COMPARISONS(HOOKS)
#undef HOOKS
