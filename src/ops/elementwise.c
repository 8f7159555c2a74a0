/* SPDX-License-Identifier: Apache-2.0
 * Elementwise operators. On floats each is a program of the expr family with its fused activation
 * at the end. On 8 bits, two tensors go to the qbinary family, and a function of one is a table of
 * 256 bytes: by LiteRT's multiplier where the operator only clamps, otherwise by running the same
 * float program over all 256 values. elementwise.def has one row per operator. */
#include <math.h>
#include <string.h>

#include "kernels/qbinary/qbinary.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

typedef struct elementwise_row {
    hn_expr_op op;
    float low, high;
    int32_t qbinary;
} elementwise_row;

static const elementwise_row rows[HN_OP_COUNT] = {
#define X(name, op, low, high, qbinary) [HN_OP_##name] = {HN_EXPR_##op, low, high, qbinary},
#include "ops/elementwise.def"
#undef X
};

static const elementwise_row *row_of(const hn_node *node) {
    return &rows[node->op - hn_ops];
}

static bool is_clip(const hn_node *node) {
    return node->op == hn_op_at(HN_OP_clip);
}

static bool is_binary(const hn_node *node) {
    return node->op->n_min == 2;
}

static hone_status elementwise_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_shape out = x->shape;
    if (is_binary(node)) {
        const hn_value *y = node->in[1];
        if (x->dtype != y->dtype && node->arith == HN_ARITH_NONE) {
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
    bounds[0] = row_of(node)->low;
    bounds[1] = row_of(node)->high;
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

/* The operation and the clamp over inputs that the program has already. */
static void append(const hn_node *node, hn_program *p, const float bounds[2]) {
    const hn_expr_op op = row_of(node)->op;
    p->last = 0;
    if (op != HN_EXPR_copy) hn_program_op(p, op, 0, is_binary(node) ? 1 : 0);
    hn_program_clamp(p, bounds[0], bounds[1]);
}

static hone_status add_input(hn_lower *L, hn_program *p, const hn_value *v) {
    if (v->dtype != HN_DTYPE_F32) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel computes on %s here",
                       hn_dtype_name(v->dtype));
    }
    hn_operand in;
    HN_TRY(hn_lower_operand(L, v, &in));
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
    append(node, &p, bounds);
    if (computed[1] != 0) hn_program_op(&p, HN_EXPR_max, p.last, computed[1]);
    if (computed[2] != 0) hn_program_op(&p, HN_EXPR_min, p.last, computed[2]);
    return hn_program_end(L, &p, hn_operand_value(node->out[0]));
}

/* ---- 8 bits, one tensor ---- */

static int32_t byte_value(const hn_value *x, int32_t byte) {
    return x->dtype == HN_DTYPE_S8 && byte >= 128 ? byte - 256 : byte;
}

/* LiteRT's relu and its like: rescale, then clamp in the output's units. */
static void clamp_table(const hn_node *node, const int32_t act[2], uint8_t table[256]) {
    const hn_value *x = node->in[0], *out = node->out[0];
    const float ratio = hn_quant_scale(x, 0) / hn_quant_scale(out, 0);
    int32_t multiplier, shift;
    hn_quantize_multiplier((double)ratio, &multiplier, &shift);
    for (int32_t i = 0; i < 256; i++) {
        const int32_t q = byte_value(x, i) - hn_quant_zero(x, 0);
        const int32_t v = hn_requant_q31(q, multiplier, shift) + hn_quant_zero(out, 0);
        table[i] = (uint8_t)hn_clamp_s32(v, act[0], act[1]);
    }
}

/* The float program over all values that x can have, then the output's quantization. */
static hone_status float_table(hn_lower *L, const hn_node *node, const float bounds[2],
                               uint8_t table[256]) {
    const hn_value *x = node->in[0], *out = node->out[0];
    const int64_t n = 256;
    const hn_shape shape = hn_shape_of(1, &n);
    float in[256], result[256];
    for (int32_t i = 0; i < 256; i++) {
        in[i] = hn_quant_scale(x, 0) * (float)(byte_value(x, i) - hn_quant_zero(x, 0));
    }
    hn_program p;
    hn_program_begin(&p, &shape);
    hn_program_input(&p, HN_NO_OPERAND, &shape);
    append(node, &p, bounds);
    if (p.args.n_code == 0) hn_program_op(&p, HN_EXPR_copy, 0, 0);
    HN_TRY(hn_program_finish(L, &p));
    const hn_step_request request = {HN_FAMILY_expr, HN_TYPES_f32, &p.args, p.operands, 2, 1};
    void *const buf[2] = {in, result};
    HN_TRY(hn_step_run(L->env, &request, buf));
    int32_t low = 0, high = 0;
    (void)hn_integer_range(out->dtype, &low, &high);
    const float scale = hn_quant_scale(out, 0), inverse = 1.0f / scale;
    const bool is_rne = node->arith == HN_ARITH_RNE;
    for (int32_t i = 0; i < 256; i++) {
        const float scaled = is_rne ? result[i] / scale : result[i] * inverse;
        table[i] =
            (uint8_t)hn_quantize_scaled(node->arith, scaled, hn_quant_zero(out, 0), low, high);
    }
    return HONE_OK;
}

static hone_status table_lower(hn_lower *L, const hn_node *node) {
    const hn_value *x = node->in[0], *out = node->out[0];
    if (!hn_value_is_q8(x) || !hn_value_is_q8(out)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "from %s to %s", hn_dtype_name(x->dtype),
                       hn_dtype_name(out->dtype));
    }
    for (uint32_t i = 1; i < node->n_in; i++) {
        if (node->in[i] == NULL || node->in[i]->constant != NULL) continue;
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "bounds that are not constant");
    }
    float bounds[2];
    uint8_t table[256];
    HN_TRY(bounds_of(L, node, bounds));
    if (node->arith == HN_ARITH_TFLITE && row_of(node)->op == HN_EXPR_copy) {
        int32_t act[2];
        HN_TRY(hn_bounds_int(L->graph, node, out, bounds, &act[0], &act[1]));
        clamp_table(node, act, table);
    } else {
        HN_TRY(float_table(L, node, bounds, table));
    }
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    const int64_t n = hn_shape_product(&x->shape, 0, x->shape.rank);
    return hn_lower_lut(L, (uint64_t)n, in, table, hn_operand_value(out));
}

/* ---- 8 bits, two tensors ---- */

/* LiteRT's preparation. Its Sub is an Add whose second multiplier is negative; the rounding of ties
 * differs from a subtraction. */
static void fill_tflite(hn_qbinary_args *a) {
    const float s_a = a->a_scale, s_b = a->b_scale;
    if (a->kind == HN_QBINARY_MUL) {
        const float real = s_a * s_b / a->out_scale;
        hn_quantize_multiplier((double)real, &a->out_multiplier, &a->out_shift);
        return;
    }
    a->left_shift = 20;
    const double twice = 2.0 * (double)(s_a > s_b ? s_a : s_b);
    const double out = (double)((float)(1 << 20) * a->out_scale);
    hn_quantize_multiplier((double)s_a / twice, &a->a_multiplier, &a->a_shift);
    hn_quantize_multiplier((double)s_b / twice, &a->b_multiplier, &a->b_shift);
    hn_quantize_multiplier(twice / out, &a->out_multiplier, &a->out_shift);
    if (a->kind == HN_QBINARY_SUB) {
        a->kind = HN_QBINARY_ADD;
        a->b_multiplier = -a->b_multiplier;
    }
}

static void fill_view(const hn_node *node, hn_qbinary_args *args) {
    const hn_shape *out = &node->out[0]->shape;
    int64_t dim[HN_MAX_RANK], stride[2][HN_MAX_RANK];
    int32_t rank = out->rank;
    memcpy(dim, out->dim, sizeof dim);
    for (uint32_t i = 0; i < 2; i++) hn_broadcast_strides(&node->in[i]->shape, out, stride[i]);
    hn_collapse(&rank, dim, stride, 2);
    args->rank = rank;
    for (int32_t d = 0; d < rank; d++) {
        args->dim[d] = (int32_t)dim[d];
        args->a_stride[d] = (int32_t)stride[0][d];
        args->b_stride[d] = (int32_t)stride[1][d];
    }
}

static bool is_qbinary(const hn_node *node) {
    const hn_value *a = node->in[0], *b = node->in[1], *out = node->out[0];
    return row_of(node)->qbinary >= 0 && hn_value_is_q8(a) && hn_value_is_q8(b) &&
           hn_value_is_q8(out) && a->dtype == b->dtype && a->dtype == out->dtype;
}

static hone_status qbinary_lower(hn_lower *L, const hn_node *node, hn_types types) {
    const hn_value *a = node->in[0], *b = node->in[1], *out = node->out[0];
    if (!is_qbinary(node)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel for %s, %s to %s",
                       hn_dtype_name(a->dtype), hn_dtype_name(b->dtype), hn_dtype_name(out->dtype));
    }
    hn_qbinary_args args = {.kind = row_of(node)->qbinary, .arith = (int32_t)node->arith};
    args.n_elements = (int32_t)hn_shape_product(&out->shape, 0, out->shape.rank);
    fill_view(node, &args);
    args.a_zero = hn_quant_zero(a, 0);
    args.b_zero = hn_quant_zero(b, 0);
    args.out_zero = hn_quant_zero(out, 0);
    args.a_scale = hn_quant_scale(a, 0);
    args.b_scale = hn_quant_scale(b, 0);
    args.out_scale = hn_quant_scale(out, 0);
    if (node->arith == HN_ARITH_TFLITE) fill_tflite(&args);
    HN_TRY(hn_activation_int(L->graph, node, out, &args.act_min, &args.act_max));
    hn_operand operands[HN_QBINARY_OPERANDS];
    HN_TRY(hn_lower_operand(L, a, &operands[HN_QBINARY_A]));
    HN_TRY(hn_lower_operand(L, b, &operands[HN_QBINARY_B]));
    operands[HN_QBINARY_OUT] = hn_operand_value(out);
    return hn_lower_step(L, HN_FAMILY_qbinary, types, &args, operands, HN_QBINARY_OPERANDS);
}

static hone_status elementwise_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    hn_types types;
    HN_TRY(hn_lower_types(L, node, node->in[0], &types));
    if (types == HN_TYPES_f32) return float_lower(L, node);
    return is_binary(node) ? qbinary_lower(L, node, types) : table_lower(L, node);
}

static bool elementwise_quantized(const hn_node *node) {
    if (is_binary(node)) return is_qbinary(node);
    for (uint32_t i = 1; i < node->n_in; i++) {
        if (node->in[i] != NULL && node->in[i]->constant == NULL) return false;
    }
    return hn_value_is_q8(node->in[0]) && hn_value_is_q8(node->out[0]);
}

#define X(name, op, low, high, qbinary)                                                            \
    const hn_op_hooks hn_hooks_##name = {.shape = elementwise_shape,                               \
                                         .lower = elementwise_lower,                               \
                                         .quantized = elementwise_quantized};
#include "ops/elementwise.def"
#undef X
