/* SPDX-License-Identifier: Apache-2.0
 * Elementwise operators. On floats each is a program of the expr family with its fused activation
 * at the end. On 8 bits, two tensors go to the qbinary family, and a function of one is a table of
 * 256 bytes. Integers without a scale, and f64, go to the ewise family. elementwise.def has one row
 * per operator. */
#include <math.h>
#include <string.h>

#include "ops/elementwise.h"
#include "ops/hooks.h"
#include "ops/infer.h"

static bool is_clip(const hn_node *node) {
    return node->op == hn_op_at(HN_OP_clip);
}

static bool is_binary(const hn_node *node) {
    return node->op->n_min == 2;
}

/* A power's exponent may have a type of its own. */
static bool may_differ(const hn_node *node) {
    return node->op == hn_op_at(HN_OP_pow) || node->arith != HN_ARITH_NONE;
}

static hone_status elementwise_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_shape out = x->shape;
    if (x->dtype == HN_DTYPE_C64 && node->op == hn_op_at(HN_OP_mul)) {
        node->op = hn_op_at(HN_OP_complex_mul);
        return node->op->hooks->shape(g, node);
    }
    if (is_binary(node)) {
        const hn_value *y = node->in[1];
        if (x->dtype != y->dtype && !may_differ(node)) {
            return hn_fail(g->env, HONE_E_SHAPE, "operands of types %s and %s",
                           hn_dtype_name(x->dtype), hn_dtype_name(y->dtype));
        }
        if (!hn_shape_broadcast(&x->shape, &y->shape, &out)) {
            return hn_fail(g->env, HONE_E_SHAPE, "the shapes do not broadcast");
        }
    }
    return hn_node_set_shape(g, node, hn_node_out_dtype(node, x), &out);
}

/* ---- bounds ---- */

/* Bound i (1 lower, 2 upper) of a clip, from its constant operand. */
static hone_status clip_operand(hn_lower *L, const hn_node *node, uint32_t i, float *bound) {
    const hn_value *v = hn_node_in(node, i);
    if (v == NULL || v->constant == NULL) return HONE_OK;
    float read;
    HN_TRY(hn_constant_read_f32(L->graph, v, &read, 1));
    if (v->quant != NULL) read = (read - (float)hn_quant_zero(v, 0)) * hn_quant_scale(v, 0);
    if (read == read) *bound = read;
    return HONE_OK;
}

/* The clamp at the end: the operator's own, a clip's, then the fused activation's. */
static hone_status bounds_of(hn_lower *L, const hn_node *node, float bounds[2]) {
    float low, high;
    bounds[0] = hn_elementwise_of(node)->low;
    bounds[1] = hn_elementwise_of(node)->high;
    if (is_clip(node)) {
        bounds[0] = hn_attr_float(node, "clip_min", -INFINITY);
        bounds[1] = hn_attr_float(node, "clip_max", INFINITY);
        HN_TRY(clip_operand(L, node, 1, &bounds[0]));
        HN_TRY(clip_operand(L, node, 2, &bounds[1]));
    } else {
        hn_activation_f32(node, &low, &high);
        if (low > bounds[0]) bounds[0] = low;
        if (high < bounds[1]) bounds[1] = high;
    }
    if (bounds[0] != bounds[0]) bounds[0] = -INFINITY;
    if (bounds[1] != bounds[1]) bounds[1] = INFINITY;
    return HONE_OK;
}

/* ---- floats ---- */

static hone_status add_input(hn_lower *L, hn_program *p, const hn_value *v) {
    hn_operand in;
    HN_TRY(hn_lower_as(L, v, HN_DTYPE_F32, &in));
    hn_program_input(p, in, &v->shape);
    return HONE_OK;
}

static hone_status float_lower(hn_lower *L, const hn_node *node) {
    float bounds[2];
    hn_program p;
    HN_TRY(bounds_of(L, node, bounds));
    hn_program_begin(&p, &node->out[0]->shape);
    HN_TRY(add_input(L, &p, node->in[0]));
    if (is_binary(node)) HN_TRY(add_input(L, &p, node->in[1]));
    uint32_t computed[3] = {0};
    for (uint32_t i = 1; is_clip(node) && i <= 2; i++) {
        const hn_value *v = hn_node_in(node, i);
        if (v == NULL || v->constant != NULL) continue;
        computed[i] = (uint32_t)p.args.n_in;
        HN_TRY(add_input(L, &p, v));
    }
    p.last = 0;
    hn_elementwise_program(node, &p, bounds);
    if (computed[1] != 0) hn_program_op(&p, HN_EXPR_max, p.last, computed[1]);
    if (computed[2] != 0) hn_program_op(&p, HN_EXPR_min, p.last, computed[2]);
    return hn_program_end(L, &p, hn_operand_value(node->out[0]));
}

/* ---- 8 or 16 bits, one tensor ---- */

static hone_status table_lower(hn_lower *L, const hn_node *node) {
    const hn_value *x = node->in[0], *out = node->out[0];
    const bool is_wide = node->arith == HN_ARITH_TFLITE && hn_value_is_q16(x) &&
                         hn_value_is_q16(out) && node->n_in == 1;
    float bounds[2];
    if (is_wide) {
        HN_TRY(bounds_of(L, node, bounds));
        return hn_lower_curve(L, node, bounds);
    }
    if (!hn_value_is_q8(x) || !hn_value_is_q8(out)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "from %s to %s", hn_dtype_name(x->dtype),
                       hn_dtype_name(out->dtype));
    }
    for (uint32_t i = 1; i < node->n_in; i++) {
        if (node->in[i] == NULL || node->in[i]->constant != NULL) continue;
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "bounds that are not constant");
    }
    uint8_t table[256];
    HN_TRY(bounds_of(L, node, bounds));
    HN_TRY(hn_elementwise_table(L, node, bounds, table));
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    const int64_t n = hn_shape_product(&x->shape, 0, x->shape.rank);
    return hn_lower_lut(L, (uint64_t)n, in, table, hn_operand_value(out));
}

/* ---- other types ---- */

/* Up to three steps: the operation, a lower and an upper bound; all but the last write to memory of
 * the node. */
typedef struct chain {
    hn_operand second[3];
    hn_shape shape[3];
    int32_t op[3];
    uint32_t n;
} chain;

static void chain_add(chain *c, int32_t op, hn_operand second, const hn_shape *shape) {
    c->op[c->n] = op;
    c->second[c->n] = second;
    c->shape[c->n++] = *shape;
}

static bool is_unsigned(hn_dtype dtype) {
    return dtype == HN_DTYPE_U8 || dtype == HN_DTYPE_U16 || dtype == HN_DTYPE_U32 ||
           dtype == HN_DTYPE_U64;
}

/* A bound: operand `port` of a clip, or a number unless it is open. */
static hone_status chain_bound(hn_lower *L, const hn_node *node, uint32_t port, chain *c) {
    const hn_dtype dtype = node->in[0]->dtype;
    const hn_value *v = is_clip(node) ? hn_node_in(node, port) : NULL;
    const int32_t op = port == 1 ? HN_EWISE_max : HN_EWISE_min;
    const hn_shape one = {.rank = 0};
    float bounds[2];
    hn_operand second;
    if (v != NULL) {
        HN_TRY(hn_lower_as(L, v, dtype, &second));
        chain_add(c, op, second, &v->shape);
        return HONE_OK;
    }
    HN_TRY(bounds_of(L, node, bounds));
    const double bound = (double)bounds[port - 1];
    const double limit = dtype == HN_DTYPE_F64 ? INFINITY : 1e9;
    if (!(bound > -limit) || !(bound < limit)) return HONE_OK;
    if (port == 1 && bound <= 0.0 && is_unsigned(dtype)) return HONE_OK;
    HN_TRY(hn_lower_scalar(L, dtype, bound, &second));
    chain_add(c, op, second, &one);
    return HONE_OK;
}

static hone_status chain_lower(hn_lower *L, const hn_node *node, const chain *c) {
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_operand at;
    hn_shape shape = x->shape;
    HN_TRY(hn_lower_operand(L, x, &at));
    for (uint32_t i = 0; i < c->n; i++) {
        hn_typed t = hn_typed_begin(c->op[i], x->dtype, &out->shape);
        hn_operand to = hn_operand_value(out);
        if (i + 1 < c->n) HN_TRY(hn_lower_temp(L, x->dtype, &out->shape, &to));
        hn_typed_input(&t, at, &shape);
        if (hn_ewise_operands(c->op[i]) == 2) hn_typed_input(&t, c->second[i], &c->shape[i]);
        HN_TRY(hn_lower_typed(L, &t, to));
        at = to;
        shape = out->shape;
    }
    return HONE_OK;
}

/* *at becomes the pair of it and a number. */
static hone_status bound_count(hn_lower *L, const hn_value *count, int32_t op, double bound,
                               hn_operand *at) {
    const hn_shape one = {.rank = 0};
    hn_typed t = hn_typed_begin(op, count->dtype, &count->shape);
    hn_operand number, bounded;
    HN_TRY(hn_lower_scalar(L, count->dtype, bound, &number));
    HN_TRY(hn_lower_temp(L, count->dtype, &count->shape, &bounded));
    hn_typed_input(&t, *at, &count->shape);
    hn_typed_input(&t, number, &one);
    HN_TRY(hn_lower_typed(L, &t, bounded));
    *at = bounded;
    return HONE_OK;
}

/* TensorFlow Lite shifts by 0 where the count is negative, by the width less one where it is
 * larger. */
static hone_status limited_count(hn_lower *L, const hn_value *count, hn_operand *second) {
    const double most = (double)hn_dtype_bits(count->dtype) - 1.0;
    if (hn_dtype_is_signed(count->dtype)) {
        HN_TRY(bound_count(L, count, HN_EWISE_max, 0.0, second));
    }
    return bound_count(L, count, HN_EWISE_min, most, second);
}

/* A sum of bools is true where one of them is. */
static int32_t operation_of(const hn_elementwise *row, hn_dtype dtype) {
    const bool is_any = row->integer == HN_EWISE_add && dtype == HN_DTYPE_BOOL;
    return is_any ? HN_EWISE_logical_or : row->integer;
}

static hone_status typed_lower(hn_lower *L, const hn_node *node) {
    const hn_value *x = node->in[0];
    const hn_elementwise *row = hn_elementwise_of(node);
    chain c = {.n = 0};
    const bool is_bound = row->table == HN_TABLE_clamp;
    if (node->out[0]->dtype != x->dtype) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel from %s to %s",
                       hn_dtype_name(x->dtype), hn_dtype_name(node->out[0]->dtype));
    }
    if (!is_bound && row->integer < 0) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel computes on %s here",
                       hn_dtype_name(x->dtype));
    }
    if (!is_bound) {
        hn_operand second = HN_NO_OPERAND;
        const bool is_pair = is_binary(node);
        if (is_pair) HN_TRY(hn_lower_as(L, node->in[1], x->dtype, &second));
        if (is_pair && hn_attr_int(node, "is_limited", 0) != 0) {
            HN_TRY(limited_count(L, node->in[1], &second));
        }
        chain_add(&c, operation_of(row, x->dtype), second,
                  is_pair ? &node->in[1]->shape : &x->shape);
    }
    HN_TRY(chain_bound(L, node, 1, &c));
    HN_TRY(chain_bound(L, node, 2, &c));
    if (c.n == 0) return L->alias(L, x, node->out[0]);
    return chain_lower(L, node, &c);
}

/* An integer to the power of a float: as floats, then back. */
static hone_status power_lower(hn_lower *L, const hn_node *node) {
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_program p;
    hn_operand real;
    hn_conversion back = {.from = HN_DTYPE_F32, .to = x->dtype};
    hn_program_begin(&p, &out->shape);
    HN_TRY(add_input(L, &p, x));
    HN_TRY(add_input(L, &p, node->in[1]));
    hn_program_op(&p, HN_EXPR_pow, 0, 1);
    HN_TRY(hn_lower_temp(L, HN_DTYPE_F32, &out->shape, &real));
    HN_TRY(hn_program_end(L, &p, real));
    (void)hn_shape_count(&out->shape, &back.n);
    return hn_lower_cast(L, &back, real, hn_operand_value(out));
}

/* ---- the choice ---- */

static bool is_pair_q8(const hn_node *node) {
    return hn_elementwise_of(node)->qbinary >= 0 && hn_qbinary_fits(node) &&
           node->out[0]->dtype == node->in[0]->dtype;
}

static hone_status elementwise_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0];
    const hn_elementwise *row = hn_elementwise_of(node);
    if (x->dtype == HN_DTYPE_F32 && row->program != NULL) return float_lower(L, node);
    if (is_binary(node)) {
        if (is_pair_q8(node)) return hn_lower_qbinary(L, node, row->qbinary);
        const hn_value *y = node->in[1];
        if (row->qbinary >= 0 && x->quant != NULL && node->arith != HN_ARITH_NONE) {
            return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel for %s, %s to %s",
                           hn_dtype_name(x->dtype), hn_dtype_name(y->dtype),
                           hn_dtype_name(node->out[0]->dtype));
        }
        if (node->op == hn_op_at(HN_OP_pow) && hn_dtype_is_float(y->dtype) &&
            hn_dtype_is_integer(x->dtype)) {
            return power_lower(L, node);
        }
        return typed_lower(L, node);
    }
    const bool is_scaled = node->arith != HN_ARITH_NONE && x->quant != NULL;
    const bool is_negated = node->op == hn_op_at(HN_OP_neg) && node->arith == HN_ARITH_TFLITE;
    if (is_negated) return typed_lower(L, node); /* LiteRT negates the numbers, not the reals */
    return is_scaled ? table_lower(L, node) : typed_lower(L, node);
}

/* The smaller or larger of two bytes of one scale is one of them. */
static bool is_choice(const hn_node *node) {
    const int32_t op = hn_elementwise_of(node)->integer;
    const hn_value *a = node->in[0], *b = node->in[1], *out = node->out[0];
    return (op == HN_EWISE_min || op == HN_EWISE_max) && hn_value_is_q8(a) &&
           hn_quant_is_equal(a, b) && hn_quant_is_equal(a, out);
}

static bool elementwise_quantized(const hn_node *node) {
    if (is_binary(node)) return is_pair_q8(node) || is_choice(node);
    for (uint32_t i = 1; i < node->n_in; i++) {
        if (node->in[i] != NULL && node->in[i]->constant == NULL) return false;
    }
    return hn_value_is_q8(node->in[0]) && hn_value_is_q8(node->out[0]);
}

#define X(name, program, low, high, integer, table, qbinary)                                       \
    const hn_op_hooks hn_hooks_##name = {.shape = elementwise_shape,                               \
                                         .lower = elementwise_lower,                               \
                                         .quantized = elementwise_quantized};
#include "ops/elementwise.def"
#undef X
