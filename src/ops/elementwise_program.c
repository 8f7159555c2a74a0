/* SPDX-License-Identifier: Apache-2.0
 * The float programs of elementwise operators: what is no single operation of the expr family is a
 * few of them. Register 0 holds the operand, register 1 the second one. Formulas are chosen so that
 * no intermediate overflows where the result does not, and small results keep their bits. */
#include <math.h>
#include <string.h>

#include "kernels/qbinary/qbinary.h"
#include "ops/elementwise.h"

enum { A = 0, B = 1 };

static uint32_t one(hn_program *p, hn_expr_op op, uint32_t a) {
    hn_program_op(p, op, a, 0);
    return p->last;
}

static uint32_t two(hn_program *p, hn_expr_op op, uint32_t a, uint32_t b) {
    hn_program_op(p, op, a, b);
    return p->last;
}

static uint32_t number(hn_program *p, float v) {
    return hn_program_imm(p, v);
}

#define PLAIN(name, arity)                                                                         \
    static void program_##name(hn_program *p, const hn_node *node) {                               \
        (void)node;                                                                                \
        hn_program_op(p, HN_EXPR_##name, A, (arity) == 2 ? B : 0);                                 \
    }
PLAIN(add, 2)
PLAIN(sub, 2)
PLAIN(mul, 2)
PLAIN(div, 2)
PLAIN(mod, 2)
PLAIN(floor_mod, 2)
PLAIN(min, 2)
PLAIN(max, 2)
PLAIN(pow, 2)
PLAIN(atan2, 2)
PLAIN(prelu, 2)
PLAIN(sigmoid, 1)
PLAIN(tanh, 1)
PLAIN(exp, 1)
PLAIN(log, 1)
PLAIN(sqrt, 1)
PLAIN(rsqrt, 1)
PLAIN(reciprocal, 1)
PLAIN(square, 1)
PLAIN(abs, 1)
PLAIN(neg, 1)
PLAIN(sign, 1)
PLAIN(floor, 1)
PLAIN(ceil, 1)
PLAIN(round_even, 1)
PLAIN(erf, 1)
PLAIN(sin, 1)
PLAIN(cos, 1)
PLAIN(atan, 1)

/* Nothing: the operator is its bounds. */
static void program_copy(hn_program *p, const hn_node *node) {
    (void)node;
    p->last = A;
}

static void program_floor_div(hn_program *p, const hn_node *node) {
    (void)node;
    one(p, HN_EXPR_floor, two(p, HN_EXPR_div, A, B));
}

static void program_squared_difference(hn_program *p, const hn_node *node) {
    (void)node;
    one(p, HN_EXPR_square, two(p, HN_EXPR_sub, A, B));
}

/* ---- trigonometric and hyperbolic ---- */

static void program_tan(hn_program *p, const hn_node *node) {
    (void)node;
    const uint32_t sine = one(p, HN_EXPR_sin, A);
    two(p, HN_EXPR_div, sine, one(p, HN_EXPR_cos, A));
}

/* sqrt((1 - x) (1 + x)), the other side of the triangle */
static uint32_t other_side(hn_program *p) {
    const uint32_t unit = number(p, 1.0f);
    const uint32_t less = two(p, HN_EXPR_sub, unit, A), more = two(p, HN_EXPR_add, A, unit);
    return one(p, HN_EXPR_sqrt, two(p, HN_EXPR_mul, less, more));
}

static void program_asin(hn_program *p, const hn_node *node) {
    (void)node;
    two(p, HN_EXPR_atan2, A, other_side(p));
}

static void program_acos(hn_program *p, const hn_node *node) {
    (void)node;
    two(p, HN_EXPR_atan2, other_side(p), A);
}

/* e / 2 (1 + 1 / (e + 1)) with e = expm1 |x|, with the sign of x */
static void program_sinh(hn_program *p, const hn_node *node) {
    (void)node;
    const uint32_t unit = number(p, 1.0f);
    const uint32_t e = one(p, HN_EXPR_expm1, one(p, HN_EXPR_abs, A));
    const uint32_t inverse = one(p, HN_EXPR_reciprocal, two(p, HN_EXPR_add, e, unit));
    const uint32_t factor = two(p, HN_EXPR_add, inverse, unit);
    const uint32_t half = two(p, HN_EXPR_mul, e, number(p, 0.5f));
    const uint32_t size = two(p, HN_EXPR_mul, half, factor);
    two(p, HN_EXPR_mul, size, one(p, HN_EXPR_sign, A));
}

static void program_cosh(hn_program *p, const hn_node *node) {
    (void)node;
    const uint32_t half = number(p, 0.5f);
    const uint32_t e = one(p, HN_EXPR_exp, one(p, HN_EXPR_abs, A));
    const uint32_t above = two(p, HN_EXPR_mul, e, half);
    two(p, HN_EXPR_add, above, two(p, HN_EXPR_div, half, e));
}

/* log1p(a + a / (1/a + sqrt(1 + 1/a^2))) with a = |x|, with the sign of x */
static void program_asinh(hn_program *p, const hn_node *node) {
    (void)node;
    const uint32_t a = one(p, HN_EXPR_abs, A);
    const uint32_t inverse = one(p, HN_EXPR_reciprocal, a);
    const uint32_t square = one(p, HN_EXPR_square, inverse);
    const uint32_t root = one(p, HN_EXPR_sqrt, two(p, HN_EXPR_add, square, number(p, 1.0f)));
    const uint32_t rest = two(p, HN_EXPR_div, a, two(p, HN_EXPR_add, inverse, root));
    const uint32_t size = one(p, HN_EXPR_log1p, two(p, HN_EXPR_add, a, rest));
    two(p, HN_EXPR_mul, size, one(p, HN_EXPR_sign, A));
}

/* log1p(t + sqrt(t) sqrt(t + 2)) with t = x - 1 */
static void program_acosh(hn_program *p, const hn_node *node) {
    (void)node;
    const uint32_t t = two(p, HN_EXPR_sub, A, number(p, 1.0f));
    const uint32_t root = one(p, HN_EXPR_sqrt, t);
    const uint32_t other = one(p, HN_EXPR_sqrt, two(p, HN_EXPR_add, t, number(p, 2.0f)));
    const uint32_t product = two(p, HN_EXPR_mul, root, other);
    one(p, HN_EXPR_log1p, two(p, HN_EXPR_add, t, product));
}

static void program_atanh(hn_program *p, const hn_node *node) {
    (void)node;
    const uint32_t more = one(p, HN_EXPR_log1p, A);
    const uint32_t less = one(p, HN_EXPR_log1p, one(p, HN_EXPR_neg, A));
    two(p, HN_EXPR_mul, two(p, HN_EXPR_sub, more, less), number(p, 0.5f));
}

/* ---- activations ---- */

/* max(x, 0) + alpha expm1(min(x, 0) / divisor) */
static void exponential_unit(hn_program *p, float alpha, float divisor) {
    const uint32_t zero = number(p, 0.0f);
    uint32_t below = two(p, HN_EXPR_min, A, zero);
    if (divisor != 1.0f) below = two(p, HN_EXPR_div, below, number(p, divisor));
    const uint32_t e = two(p, HN_EXPR_mul, one(p, HN_EXPR_expm1, below), number(p, alpha));
    two(p, HN_EXPR_add, two(p, HN_EXPR_max, A, zero), e);
}

static void program_elu(hn_program *p, const hn_node *node) {
    exponential_unit(p, hn_attr_float(node, "alpha", 1.0f), 1.0f);
}

static void program_selu(hn_program *p, const hn_node *node) {
    const float gamma = hn_attr_float(node, "gamma", 1.05070102214813232421875f);
    exponential_unit(p, hn_attr_float(node, "alpha", 1.67326319217681884765625f), 1.0f);
    two(p, HN_EXPR_mul, p->last, number(p, gamma));
}

static void program_celu(hn_program *p, const hn_node *node) {
    const float alpha = hn_attr_float(node, "alpha", 1.0f);
    exponential_unit(p, alpha, alpha);
}

static bool is_approximate(const hn_node *node) {
    const hn_attr *attr = hn_attr_find(node, "approximate");
    if (attr == NULL) return false;
    if (attr->kind == HN_ATTR_INT) return attr->v.i != 0;
    return attr->kind == HN_ATTR_STRING && strcmp(attr->v.s, "tanh") == 0;
}

/* x / 2 (1 + erf(x / sqrt 2)), or with the hyperbolic tangent that comes near it */
static void program_gelu(hn_program *p, const hn_node *node) {
    uint32_t t;
    if (is_approximate(node)) {
        const uint32_t cube = two(p, HN_EXPR_mul, one(p, HN_EXPR_square, A), A);
        const uint32_t scaled = two(p, HN_EXPR_mul, cube, number(p, 0.044715f));
        const uint32_t sum = two(p, HN_EXPR_add, scaled, A);
        t = one(p, HN_EXPR_tanh, two(p, HN_EXPR_mul, sum, number(p, 0.79788456080286536f)));
    } else {
        t = one(p, HN_EXPR_erf, two(p, HN_EXPR_mul, A, number(p, 0.70710678118654752f)));
    }
    const uint32_t half = two(p, HN_EXPR_mul, A, number(p, 0.5f));
    two(p, HN_EXPR_mul, two(p, HN_EXPR_add, t, number(p, 1.0f)), half);
}

/* max(x, 0) + log1p(e^-|x|) */
static void program_softplus(hn_program *p, const hn_node *node) {
    (void)node;
    const uint32_t size = one(p, HN_EXPR_abs, A);
    const uint32_t e = one(p, HN_EXPR_exp, one(p, HN_EXPR_neg, size));
    const uint32_t above = two(p, HN_EXPR_max, A, number(p, 0.0f));
    two(p, HN_EXPR_add, above, one(p, HN_EXPR_log1p, e));
}

static void program_mish(hn_program *p, const hn_node *node) {
    program_softplus(p, node);
    two(p, HN_EXPR_mul, A, one(p, HN_EXPR_tanh, p->last));
}

static void program_swish(hn_program *p, const hn_node *node) {
    const float alpha = hn_attr_float(node, "alpha", 1.0f);
    const uint32_t scaled = alpha == 1.0f ? A : two(p, HN_EXPR_mul, A, number(p, alpha));
    two(p, HN_EXPR_mul, A, one(p, HN_EXPR_sigmoid, scaled));
}

static void program_softsign(hn_program *p, const hn_node *node) {
    (void)node;
    const uint32_t size = one(p, HN_EXPR_abs, A);
    two(p, HN_EXPR_div, A, two(p, HN_EXPR_add, size, number(p, 1.0f)));
}

static void program_hard_sigmoid(hn_program *p, const hn_node *node) {
    const float alpha = hn_attr_float(node, "alpha", 0.2f);
    const float beta = hn_attr_float(node, "beta", 0.5f);
    const uint32_t scaled = two(p, HN_EXPR_mul, A, number(p, alpha));
    two(p, HN_EXPR_add, scaled, number(p, beta));
    hn_program_clamp(p, 0.0f, 1.0f);
}

/* x min(6, max(0, x + 3)) / 6 */
static void program_hard_swish(hn_program *p, const hn_node *node) {
    (void)node;
    two(p, HN_EXPR_add, A, number(p, 3.0f));
    hn_program_clamp(p, 0.0f, 6.0f);
    two(p, HN_EXPR_div, two(p, HN_EXPR_mul, A, p->last), number(p, 6.0f));
}

static void program_leaky_relu(hn_program *p, const hn_node *node) {
    two(p, HN_EXPR_prelu, A, number(p, hn_attr_float(node, "alpha", 0.01f)));
}

static void program_thresholded_relu(hn_program *p, const hn_node *node) {
    const uint32_t alpha = number(p, hn_attr_float(node, "alpha", 1.0f));
    two(p, HN_EXPR_mask, A, two(p, HN_EXPR_greater, A, alpha));
}

/* x + bias below -lambd, x - bias above lambd, 0 between */
static void program_shrink(hn_program *p, const hn_node *node) {
    const float lambd = hn_attr_float(node, "lambd", 0.5f);
    const uint32_t bias = number(p, hn_attr_float(node, "bias", 0.0f));
    const uint32_t more = two(p, HN_EXPR_add, A, bias), less = two(p, HN_EXPR_sub, A, bias);
    const uint32_t is_below = two(p, HN_EXPR_greater, number(p, -lambd), A);
    const uint32_t is_above = two(p, HN_EXPR_greater, A, number(p, lambd));
    const uint32_t low = two(p, HN_EXPR_mask, more, is_below);
    two(p, HN_EXPR_add, low, two(p, HN_EXPR_mask, less, is_above));
}

/* ---- the rows ---- */

enum {
#define X(name, operands, kind, value) INTEGER_##name = HN_EWISE_##name,
#include "kernels/ewise/ewise_ops.def"
#undef X
    INTEGER_none = -1
};

enum {
    QBINARY_none = -1,
    QBINARY_ADD = HN_QBINARY_ADD,
    QBINARY_SUB = HN_QBINARY_SUB,
    QBINARY_MUL = HN_QBINARY_MUL,
    QBINARY_DIV = HN_QBINARY_DIV,
    QBINARY_SQUARED_DIFFERENCE = HN_QBINARY_SQUARED_DIFFERENCE,
    QBINARY_PRELU = HN_QBINARY_PRELU
};

#define program_none NULL

static const hn_elementwise rows[HN_OP_COUNT] = {
#define X(name, program, low, high, integer, table, qbinary)                                       \
    [HN_OP_##name] = {program_##program, low, high, INTEGER_##integer, HN_TABLE_##table,           \
                      QBINARY_##qbinary},
#include "ops/elementwise.def"
#undef X
};

const hn_elementwise *hn_elementwise_of(const hn_node *node) {
    return &rows[node->op - hn_ops];
}

void hn_elementwise_program(const hn_node *node, hn_program *p, const float bounds[2]) {
    hn_elementwise_of(node)->program(p, node);
    hn_program_clamp(p, bounds[0], bounds[1]);
}
