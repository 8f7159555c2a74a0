/* SPDX-License-Identifier: Apache-2.0
 * ONNX's ConvInteger and MatMulInteger, whose results are the accumulators, and
 * DynamicQuantizeLinear, which makes their inputs from floats. The zero point of the activations is
 * usually such a computed value, so the kernel reads it from memory. */
#include <string.h>

#include "kernels/dynquant/dynquant.h"
#include "ops/direct_step.h"
#include "ops/hooks.h"
#include "ops/hybrid.h"
#include "ops/infer.h"
#include "ops/typed.h"

enum { X, W, X_ZERO, W_ZERO }; /* operands */

static bool is_byte(const hn_value *v) {
    return v->dtype == HN_DTYPE_S8 || v->dtype == HN_DTYPE_U8;
}

/* The node as the operator that multiplies floats so, for its shape hook. */
static hone_status shape_as(hn_graph *g, hn_node *node, hn_op_id id) {
    hn_value y = *node->out[0], *out[1] = {&y};
    hn_node plain = *node;
    if (!is_byte(node->in[X]) || !is_byte(node->in[W])) {
        return hn_fail(g->env, HONE_E_SHAPE, "the operands must have 8 bits");
    }
    for (uint32_t i = X_ZERO; i <= W_ZERO; i++) {
        const hn_value *zero = hn_node_in(node, i);
        if (zero == NULL || zero->dtype == node->in[i - X_ZERO]->dtype) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "a zero point of another type than its operand");
    }
    plain.op = hn_op_at(id);
    plain.out = out;
    plain.n_in = 2;
    HN_TRY(plain.op->hooks->shape(g, &plain));
    return hn_node_set_shape(g, node, HN_DTYPE_S32, &y.shape);
}

/* The one zero point of the weights, in their own type. */
static hone_status weight_zero(hn_lower *L, const hn_value *zero, int64_t *out) {
    uint64_t n;
    *out = 0;
    if (zero == NULL) return HONE_OK;
    if (zero->constant == NULL || !hn_shape_count(&zero->shape, &n) || n == 0) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "a zero point of weights that is not constant");
    }
    int64_t *all = hn_alloc(L->env, (size_t)n * sizeof *all);
    if (all == NULL) return hn_no_memory(L->env);
    hone_status status = hn_constant_read_s64(L->graph, zero, all, n);
    for (uint64_t i = 1; status == HONE_OK && i < n; i++) {
        if (all[i] == all[0]) continue;
        status = hn_fail(L->env, HONE_E_UNSUPPORTED, "weights with a zero point per channel");
    }
    if (status == HONE_OK) *out = all[0];
    hn_free(L->env, all);
    return status;
}

/* Weights in the kernel's order and the type of x. Computed ones are moved and must have it. */
static hone_status lower_weights(hn_lower *L, const hn_node *node, hn_weights_form form,
                                 int32_t *zero, hn_operand *out) {
    const hn_value *w = node->in[W];
    int64_t own;
    HN_TRY(weight_zero(L, hn_node_in(node, W_ZERO), &own));
    int32_t own_zero = (int32_t)own;
    float one = 1.0f;
    hn_constant zero_bytes = {.bytes = (const uint8_t *)&own_zero, .n_bytes = sizeof own_zero};
    hn_constant scale_bytes = {.bytes = (const uint8_t *)&one, .n_bytes = sizeof one};
    const int64_t single = 1;
    zero_bytes.stride[0] = scale_bytes.stride[0] = 1;
    hn_value scale = {.dtype = HN_DTYPE_F32, .shape = hn_shape_of(1, &single)}, zeros = scale;
    scale.constant = &scale_bytes;
    zeros.dtype = HN_DTYPE_S32;
    zeros.constant = &zero_bytes;
    hn_quant quant = {.scale = &scale, .zero_point = &zeros, .axis = -1};
    hn_value quantized = *w;
    quantized.quant = &quant;
    if (w->constant != NULL) {
        HN_TRY(hn_lower_weights(L, &quantized, &form, out, zero));
        if (out->kind == HN_OPERAND_VALUE) *out = hn_operand_value(w); /* the same bytes */
        return HONE_OK;
    }
    if (w->dtype != node->in[X]->dtype) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "computed weights of another type");
    }
    *zero = own_zero;
    return hn_lower_reordered(L, w, form.perm, out);
}

/* Blocks of scale and zero point for n images, from a zero point that is computed. */
static hone_status zero_blocks(hn_lower *L, const hn_value *zero, int32_t n, hn_operand *out) {
    hn_operand word;
    HN_TRY(L->temp(L, (uint64_t)n * HN_DYN_WORDS * sizeof(int32_t), out));
    HN_TRY(hn_lower_as(L, zero, HN_DTYPE_S32, &word));
    const hn_box fill = {.rank = 1, .dim = {(int64_t)n * HN_DYN_WORDS}, .stride = {{0}, {1}}};
    return hn_lower_move(L, HN_DTYPE_S32, &fill, word, *out);
}

static hone_status emit(hn_lower *L, const hn_node *node, hn_direct_args *a, hn_operand weights) {
    const hn_value *x = node->in[X], *zero = hn_node_in(node, X_ZERO);
    hn_operand operands[HN_DIRECT_OPERANDS];
    for (int i = 0; i < HN_DIRECT_OPERANDS; i++) operands[i] = HN_NO_OPERAND;
    uint64_t n = 1;
    if (zero != NULL && (!hn_shape_count(&zero->shape, &n) || n != 1)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "a zero point for each row");
    }
    int64_t known = 0;
    if (zero != NULL && zero->constant != NULL) {
        HN_TRY(hn_constant_read_s64(L->graph, zero, &known, 1));
        a->in_zero = (int32_t)known;
    } else if (zero != NULL) {
        HN_TRY(zero_blocks(L, zero, a->n, &operands[HN_DIRECT_IMAGES]));
    }
    a->arith = HN_ARITH_RNE;
    HN_TRY(hn_lower_operand(L, x, &operands[HN_DIRECT_IN]));
    operands[HN_DIRECT_WEIGHTS] = weights;
    operands[HN_DIRECT_OUT] = hn_operand_value(node->out[0]);
    const hn_types types = x->dtype == HN_DTYPE_S8 ? HN_TYPES_s8_s32 : HN_TYPES_u8_s32;
    return hn_lower_step(L, HN_FAMILY_direct, types, a, operands, HN_DIRECT_OPERANDS);
}

/* ---- ConvInteger ---- */

static hone_status conv_shape(hn_graph *g, hn_node *node) {
    return shape_as(g, node, HN_OP_conv);
}

static hone_status conv_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    hn_window w;
    hn_kernel_dims k;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[X], *weights = node->in[W];
    const char *problem = hn_kernel_dims_read(node, x->shape.rank, &k);
    if (problem == NULL) {
        problem = hn_window_read(node, &x->shape, &weights->shape.dim[k.first], &w);
    }
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    if (!hn_node_is_nhwc(node)) {
        return hn_fail(L->env, HONE_E_INTERNAL, "images must be channels last to be lowered");
    }
    hn_direct_args a = {.n = (int32_t)x->shape.dim[0],
                        .in_c = (int32_t)x->shape.dim[w.channel],
                        .out_c = (int32_t)weights->shape.dim[k.out],
                        .groups = (int32_t)hn_attr_int(node, "group", 1)};
    hn_direct_geometry(&w, &a);
    hn_weights_form form = {x->dtype == HN_DTYPE_S8 ? HN_TYPES_s8 : HN_TYPES_u8, {0}};
    form.perm[0] = k.out;
    for (int32_t i = 0; i < w.n_spatial; i++) form.perm[1 + i] = k.first + i;
    form.perm[1 + w.n_spatial] = k.in;
    hn_operand operand;
    HN_TRY(lower_weights(L, node, form, &a.w_zero, &operand));
    return emit(L, node, &a, operand);
}

/* ---- MatMulInteger: a row of m images of one pixel, or of one image of m rows ---- */

static hone_status matmul_shape(hn_graph *g, hn_node *node) {
    return shape_as(g, node, HN_OP_matmul);
}

static hone_status matmul_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_shape *x = &node->in[X]->shape, *w = &node->in[W]->shape;
    if (w->rank != 2 || x->rank < 1) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "a second factor that is no matrix");
    }
    const int64_t k = w->dim[0], m = hn_shape_product(x, 0, x->rank - 1);
    if (k == 0) return hn_fail(L->env, HONE_E_UNSUPPORTED, "an empty sum");
    hn_direct_args a = {.n = 1,
                        .in = {1, (int32_t)m, 1},
                        .in_c = (int32_t)k,
                        .out = {1, (int32_t)m, 1},
                        .out_c = (int32_t)w->dim[1],
                        .k = {1, 1, 1},
                        .stride = {1, 1, 1},
                        .dilation = {1, 1, 1},
                        .groups = 1};
    const hn_types types = node->in[X]->dtype == HN_DTYPE_S8 ? HN_TYPES_s8 : HN_TYPES_u8;
    const hn_weights_form form = {types, {1, 0}};
    hn_operand weights;
    HN_TRY(lower_weights(L, node, form, &a.w_zero, &weights));
    return emit(L, node, &a, weights);
}

/* ---- DynamicQuantizeLinear ---- */

enum { Y, Y_SCALE, Y_ZERO, N_OUT };

static hone_status dynamic_shape(hn_graph *g, hn_node *node) {
    const hn_shape scalar = {.rank = 0};
    if (node->n_out > Y_SCALE) {
        HN_TRY(hn_node_set_output(g, node, Y_SCALE, HN_DTYPE_F32, &scalar));
    }
    if (node->n_out > Y_ZERO) HN_TRY(hn_node_set_output(g, node, Y_ZERO, HN_DTYPE_U8, &scalar));
    return hn_node_set_shape(g, node, HN_DTYPE_U8, &node->in[X]->shape);
}

static hone_status dynamic_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    const hn_value *x = node->in[X];
    if (is_empty || x->dtype != HN_DTYPE_F32) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "nothing, or other numbers than f32");
    }
    const int64_t n = hn_shape_product(&x->shape, 0, x->shape.rank);
    hn_dynamic y = {HN_NO_OPERAND, hn_operand_value(node->out[Y])};
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    HN_TRY(hn_lower_dynamic(L, in, 1, n, HN_DYN_ONNX, &y));
    const hn_box word = {.rank = 1, .dim = {1}, .stride = {{1}, {1}}, .offset = {HN_DYN_SCALE, 0}};
    const hn_box byte = {
        .rank = 1, .dim = {1}, .stride = {{1}, {1}}, .offset = {4 * HN_DYN_ZERO, 0}};
    if (node->n_out > Y_SCALE && node->out[Y_SCALE] != NULL) {
        const hn_operand scale = hn_operand_value(node->out[Y_SCALE]);
        HN_TRY(hn_lower_move(L, HN_DTYPE_F32, &word, y.blocks, scale));
    }
    if (node->n_out <= Y_ZERO || node->out[Y_ZERO] == NULL) return HONE_OK;
    return hn_lower_move(L, HN_DTYPE_U8, &byte, y.blocks, hn_operand_value(node->out[Y_ZERO]));
}

const hn_op_hooks hn_hooks_conv_integer = {.shape = conv_shape, .lower = conv_lower};
const hn_op_hooks hn_hooks_matmul_integer = {.shape = matmul_shape, .lower = matmul_lower};
const hn_op_hooks hn_hooks_dynamic_quantize = {
    .shape = dynamic_shape, .lower = dynamic_lower, .max_outputs = N_OUT};
