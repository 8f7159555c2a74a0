/* SPDX-License-Identifier: Apache-2.0
 * ONNX's Gemm: alpha * A * B + beta * C. Factors fold into constants: alpha into B, beta into C. C
 * is the bias of the product where it has one number per column; what does not fold is a program
 * over the finished product. */
#include "kernels/gemm/gemm.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

/* Extents and factors of a node; extents -1: unknown. */
typedef struct product {
    int64_t m, n, k;
    bool trans_a, trans_b;
    float alpha, beta;
} product;

static const char *read_product(const hn_node *node, product *p) {
    const hn_shape *a = &node->in[0]->shape, *b = &node->in[1]->shape;
    if (a->rank != 2 || b->rank != 2) return "both factors must have rank 2";
    p->trans_a = hn_attr_int(node, "trans_a", 0) != 0;
    p->trans_b = hn_attr_int(node, "trans_b", 0) != 0;
    p->alpha = hn_attr_float(node, "alpha", 1.0f);
    p->beta = hn_attr_float(node, "beta", 1.0f);
    p->m = a->dim[p->trans_a ? 1 : 0];
    p->n = b->dim[p->trans_b ? 0 : 1];
    const int64_t k_a = a->dim[p->trans_a ? 0 : 1], k_b = b->dim[p->trans_b ? 1 : 0];
    if (k_a >= 0 && k_b >= 0 && k_a != k_b) return "the inner dimensions differ";
    p->k = k_a >= 0 ? k_a : k_b;
    return NULL;
}

static hone_status gemm_shape(hn_graph *g, hn_node *node) {
    const hn_value *a = node->in[0], *b = node->in[1], *c = hn_node_in(node, 2);
    hn_shape out = hn_shape_unknown(2), joined;
    if (a->shape.rank >= 0 && b->shape.rank >= 0) {
        product p;
        const char *problem = read_product(node, &p);
        if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
        hn_shape_take(&out, 0, &a->shape, p.trans_a ? 1 : 0);
        hn_shape_take(&out, 1, &b->shape, p.trans_b ? 0 : 1);
    }
    if (c != NULL && c->shape.rank >= 0 && hn_shape_is_known(&out) &&
        hn_shape_is_known(&c->shape) &&
        (!hn_shape_broadcast(&out, &c->shape, &joined) || !hn_shape_equal(&joined, &out))) {
        return hn_fail(g->env, HONE_E_SHAPE, "C does not fit the product");
    }
    return hn_node_set_shape(g, node, hn_node_out_dtype(node, a), &out);
}

hone_status hn_lower_gemm_integer(hn_lower *L, const hn_node *node, hn_gemm_args *args,
                                  hn_operand *scale) {
    const hn_value *a = node->in[0], *b = node->in[1], *out = node->out[0];
    if (out->dtype != a->dtype) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "input and output of different integer types");
    }
    /* LiteRT rounds fully connected layers once, with a product of the scales in double */
    const bool is_once =
        node->op == hn_op_at(HN_OP_fully_connected) && node->arith == HN_ARITH_TFLITE;
    args->arith = (int32_t)(is_once ? HN_ARITH_ONCE : node->arith);
    if (a->dtype == HN_DTYPE_S16) args->arith = HN_ARITH_WIDE;
    HN_TRY(hn_activation_int(L->graph, node, out, &args->act_min, &args->act_max));
    args->a_zero = hn_quant_zero(a, 0);
    args->out_zero = hn_quant_zero(out, 0);
    const bool is_per_channel = b->quant != NULL && hn_quant_channels(b) > 1;
    args->scale_stride = is_per_channel ? 1 : 0;
    const hn_product p = {
        a, b, out, is_per_channel ? (uint32_t)args->n : 1, !is_per_channel && !is_once, false};
    return hn_lower_product(L, node, &p, scale);
}

/* A constant of floats times a factor, one number repeated to n. */
static hone_status scaled_constant(hn_lower *L, const hn_value *v, float factor, uint64_t n,
                                   hn_operand *out) {
    uint64_t count;
    if (!hn_shape_count(&v->shape, &count) || !hn_dtype_is_float(v->dtype)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "a factor on %s", hn_dtype_name(v->dtype));
    }
    const uint64_t most = count > n ? count : n;
    float *data = hn_alloc(L->env, (size_t)most * sizeof *data);
    if (data == NULL) return hn_no_memory(L->env);
    hone_status status = hn_constant_read_f32(L->graph, v, data, count);
    for (uint64_t i = 1; count == 1 && i < n; i++) data[i] = data[0];
    for (uint64_t i = 0; i < most; i++) data[i] *= factor;
    if (status == HONE_OK) status = L->constant(L, data, most * sizeof *data, out);
    hn_free(L->env, data);
    return status;
}

/* Can C be the bias of the step: one number per column, or a constant number for all? */
static bool is_bias(const hn_value *c, const product *p, hn_types types) {
    const int64_t count = hn_shape_product(&c->shape, 0, c->shape.rank);
    const int32_t last = c->shape.rank - 1;
    const bool is_row = count == p->n && (p->n == 1 || (last >= 0 && c->shape.dim[last] == p->n));
    if (types != HN_TYPES_f32) return is_row;
    return c->constant != NULL ? is_row || count == 1 : is_row && p->beta == 1.0f;
}

static hone_status bias_operand(hn_lower *L, const hn_value *c, const product *p, hn_types types,
                                hn_operand *out) {
    const int64_t count = hn_shape_product(&c->shape, 0, c->shape.rank);
    if (types == HN_TYPES_f32 && c->constant != NULL && (p->beta != 1.0f || count != p->n)) {
        return scaled_constant(L, c, p->beta, (uint64_t)p->n, out);
    }
    return hn_lower_bias(L, c, types, out);
}

static hone_status transposed_a(hn_lower *L, const hn_value *a, hn_operand *operand) {
    uint64_t n_bytes;
    hn_operand to;
    if (!hn_value_bytes(a, &n_bytes)) return hn_fail(L->env, HONE_E_LIMIT, "A is too large");
    HN_TRY(L->temp(L, n_bytes, &to));
    const int64_t rows = a->shape.dim[0], columns = a->shape.dim[1];
    const hn_box box = {2, {columns, rows}, {{1, columns}, {rows, 1}}, {0, 0}};
    HN_TRY(hn_lower_move(L, a->dtype, &box, *operand, to));
    *operand = to;
    return HONE_OK;
}

/* out = clamp(alpha * product + beta * C). */
static hone_status finish(hn_lower *L, const hn_node *node, hn_operand product_operand, float alpha,
                          const hn_value *c, float beta) {
    const hn_shape *shape = &node->out[0]->shape;
    float low, high;
    hn_program p;
    hn_program_begin(&p, shape);
    hn_program_input(&p, product_operand, shape);
    if (c != NULL) {
        if (c->dtype != HN_DTYPE_F32) {
            return hn_fail(L->env, HONE_E_UNSUPPORTED, "C of type %s", hn_dtype_name(c->dtype));
        }
        hn_operand in;
        HN_TRY(hn_lower_operand(L, c, &in));
        hn_program_input(&p, in, &c->shape);
    }
    p.last = 0;
    if (alpha != 1.0f) hn_program_op(&p, HN_EXPR_mul, 0, hn_program_imm(&p, alpha));
    if (c != NULL) {
        const uint32_t scaled = p.last;
        p.last = 1;
        if (beta != 1.0f) hn_program_op(&p, HN_EXPR_mul, 1, hn_program_imm(&p, beta));
        hn_program_op(&p, HN_EXPR_add, scaled, p.last);
    }
    hn_activation_f32(node, &low, &high);
    hn_program_clamp(&p, low, high);
    return hn_program_end(L, &p, hn_operand_value(node->out[0]));
}

/* Which parts fold into the product and which are left for a program after it. */
typedef struct split {
    bool folds_alpha, has_bias, has_rest;
} split;

static hone_status emit(hn_lower *L, const hn_node *node, const product *p, const split *s,
                        hn_types types) {
    const hn_value *a = node->in[0], *b = node->in[1], *c = hn_node_in(node, 2);
    hn_gemm_args args = {.batch = 1, .m = (int32_t)p->m, .n = (int32_t)p->n, .k = (int32_t)p->k};
    args.b_is_kn = p->trans_b ? 0 : 1;
    hn_activation_f32(node, &args.low, &args.high);
    hn_operand operands[HN_GEMM_OPERANDS];
    for (uint32_t i = 0; i < HN_GEMM_OPERANDS; i++) operands[i] = HN_NO_OPERAND;
    HN_TRY(hn_lower_operand(L, a, &operands[HN_GEMM_A]));
    if (p->trans_a) HN_TRY(transposed_a(L, a, &operands[HN_GEMM_A]));
    if (s->folds_alpha && p->alpha != 1.0f) {
        HN_TRY(scaled_constant(L, b, p->alpha, 0, &operands[HN_GEMM_B]));
    } else {
        const hn_weights_form form = hn_weights_as_is(types);
        HN_TRY(hn_lower_weights(L, b, &form, &operands[HN_GEMM_B], &args.b_zero));
    }
    if (s->has_bias) HN_TRY(bias_operand(L, c, p, types, &operands[HN_GEMM_BIAS]));
    args.arith = hn_float_arith(types);
    if (!hn_types_are_float(types)) {
        HN_TRY(hn_lower_gemm_integer(L, node, &args, &operands[HN_GEMM_SCALE]));
    }
    operands[HN_GEMM_OUT] = hn_operand_value(node->out[0]);
    if (s->has_rest) {
        args.low = -hn_float_of_bits(0x7f800000);
        args.high = -args.low;
        const uint64_t n_bytes = (uint64_t)p->m * (uint64_t)p->n * sizeof(float);
        HN_TRY(L->temp(L, n_bytes, &operands[HN_GEMM_OUT]));
    }
    HN_TRY(hn_lower_step(L, HN_FAMILY_gemm, types, &args, operands, HN_GEMM_OPERANDS));
    if (!s->has_rest) return HONE_OK;
    return finish(L, node, operands[HN_GEMM_OUT], s->folds_alpha ? 1.0f : p->alpha,
                  s->has_bias ? NULL : c, p->beta);
}

static hone_status gemm_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    product p;
    const char *problem = read_product(node, &p);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    const hn_value *b = node->in[1], *c = hn_node_in(node, 2);
    hn_types types;
    HN_TRY(hn_lower_types(L, node, node->in[0], &types));
    split s;
    s.folds_alpha = p.alpha == 1.0f || (b->constant != NULL && hn_dtype_is_float(b->dtype));
    s.has_bias = c != NULL && s.folds_alpha && is_bias(c, &p, types);
    s.has_rest = !s.folds_alpha || (c != NULL && !s.has_bias);
    if (types != HN_TYPES_f32 && (s.has_rest || p.alpha != 1.0f || (c != NULL && p.beta != 1.0f))) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "integers or halves with factors or a matrix C");
    }
    return emit(L, node, &p, &s, types);
}

static uint64_t gemm_macs(const hn_node *node) {
    product p;
    uint64_t n_out, macs;
    if (!hn_shape_count(&node->out[0]->shape, &n_out)) return 0;
    if (read_product(node, &p) != NULL || p.k < 0) return 0;
    return hn_mul_u64(n_out, (uint64_t)p.k, &macs) ? macs : UINT64_MAX;
}

static bool gemm_quantized(const hn_node *node) {
    const hn_value *a = node->in[0], *b = node->in[1], *c = hn_node_in(node, 2);
    const hn_value *out = node->out[0];
    product p;
    if (read_product(node, &p) != NULL || p.alpha != 1.0f) return false;
    if (c != NULL && (p.beta != 1.0f || !is_bias(c, &p, HN_TYPES_s8))) return false;
    return hn_value_is_q8(a) && hn_value_is_q8(out) && a->dtype == out->dtype &&
           hn_weights_are_q8(b, p.trans_b ? 0 : 1) && hn_bias_is_s32(c);
}

const hn_op_hooks hn_hooks_gemm = {
    .shape = gemm_shape, .lower = gemm_lower, .macs = gemm_macs, .quantized = gemm_quantized};
