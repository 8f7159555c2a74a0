/* SPDX-License-Identifier: Apache-2.0
 * Batched matrix product with NumPy's rules. Batches that all use one B become rows of one product;
 * an operand whose batches do not line up with the output's, or whose matrix must be turned, is
 * first moved into memory of the node, once per output batch. fuse_bias adds a third operand: a
 * float for each column of the second factor. */
#include "kernels/dynquant/dynquant.h"
#include "kernels/gemm/gemm.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/hybrid.h"
#include "ops/infer.h"
#include "ops/typed.h"

enum { BIAS = 2 }; /* operand */

/* One factor: batch dimensions and the matrix [rows, columns] after its transposition. */
typedef struct factor {
    hn_shape batch;
    int64_t rows, columns;
    bool is_turned, is_vector;
} factor;

static factor read_factor(const hn_node *node, uint32_t i) {
    const hn_shape *s = &node->in[i]->shape;
    factor f = {.batch = {.rank = 0}};
    f.is_vector = s->rank == 1;
    if (f.is_vector) {
        f.rows = i == 0 ? 1 : s->dim[0];
        f.columns = i == 0 ? s->dim[0] : 1;
        return f;
    }
    f.is_turned = hn_attr_int(node, i == 0 ? "trans_a" : "trans_b", 0) != 0;
    f.batch.rank = s->rank - 2;
    for (int32_t d = 0; d < f.batch.rank; d++) hn_shape_take(&f.batch, d, s, d);
    f.rows = s->dim[s->rank - (f.is_turned ? 1 : 2)];
    f.columns = s->dim[s->rank - (f.is_turned ? 2 : 1)];
    return f;
}

static const char *read_factors(const hn_node *node, factor f[2], hn_shape *batch) {
    if (node->in[0]->shape.rank < 1 || node->in[1]->shape.rank < 1) return "a factor is a scalar";
    for (uint32_t i = 0; i < 2; i++) f[i] = read_factor(node, i);
    const bool is_known = f[0].columns >= 0 && f[1].rows >= 0;
    if (is_known && f[0].columns != f[1].rows) return "the inner dimensions differ";
    if (!hn_shape_broadcast(&f[0].batch, &f[1].batch, batch)) return "the batches do not broadcast";
    return NULL;
}

static hone_status matmul_shape(hn_graph *g, hn_node *node) {
    const hn_shape *a = &node->in[0]->shape, *b = &node->in[1]->shape;
    const bool is_sum = node->arith == HN_ARITH_TFLITE && node->in[0]->dtype == HN_DTYPE_S8 &&
                        node->out[0]->dtype == HN_DTYPE_S32;
    const hn_dtype dtype = is_sum ? HN_DTYPE_S32 : hn_node_out_dtype(node, node->in[0]);
    hn_shape out = hn_shape_unknown(-1);
    if (a->rank < 0 || b->rank < 0) return hn_node_set_shape(g, node, dtype, &out);
    factor f[2];
    const char *problem = read_factors(node, f, &out);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    if (!f[0].is_vector) hn_shape_take(&out, out.rank++, a, a->rank - (f[0].is_turned ? 1 : 2));
    if (!f[1].is_vector) hn_shape_take(&out, out.rank++, b, b->rank - (f[1].is_turned ? 2 : 1));
    const hn_value *bias = hn_node_in(node, BIAS);
    const bool is_float = dtype == HN_DTYPE_F32 && node->in[1]->dtype == HN_DTYPE_F32;
    if (bias != NULL && (!is_float || bias->dtype != HN_DTYPE_F32 || bias->shape.rank != 1 ||
                         f[1].is_vector || bias->shape.dim[0] != f[1].columns)) {
        return hn_fail(g->env, HONE_E_SHAPE, "a bias that is not one float for each column");
    }
    return hn_node_set_shape(g, node, dtype, &out);
}

/* A copy of a factor with all batches of `batch`, its matrices turned where they must be. */
static hone_status spread(hn_lower *L, hn_dtype dtype, const factor *f, const hn_shape *batch,
                          hn_operand *operand) {
    hn_shape whole = *batch, own = f->batch;
    const int32_t row = whole.rank, column = whole.rank + 1;
    whole.rank += 2;
    own.rank += 2;
    whole.dim[row] = own.dim[own.rank - 2] = f->is_turned ? f->columns : f->rows;
    whole.dim[column] = own.dim[own.rank - 1] = f->is_turned ? f->rows : f->columns;
    hn_box box = {.rank = whole.rank};
    hn_broadcast_strides(&own, &whole, box.stride[0]);
    if (f->is_turned) {
        const int64_t stride = box.stride[0][row];
        box.stride[0][row] = box.stride[0][column];
        box.stride[0][column] = stride;
        whole.dim[row] = f->rows;
        whole.dim[column] = f->columns;
    }
    for (int32_t d = 0; d < whole.rank; d++) box.dim[d] = whole.dim[d];
    hn_shape_strides(&whole, box.stride[1]);
    uint64_t n, n_bytes;
    if (!hn_shape_count(&whole, &n) || n > INT32_MAX || !hn_type_bytes(dtype, n, &n_bytes)) {
        return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more");
    }
    hn_operand to;
    HN_TRY(L->temp(L, n_bytes, &to));
    HN_TRY(hn_lower_move(L, dtype, &box, *operand, to));
    *operand = to;
    return HONE_OK;
}

/* Elements from one matrix of a factor to the next: 0 for one matrix in all, -1 where the factor's
 * batches are neither one nor the output's. */
static int64_t batch_step(const factor *f, int64_t n_batch) {
    const int64_t n = hn_shape_product(&f->batch, 0, f->batch.rank);
    if (n == n_batch) return f->rows * f->columns;
    return n == 1 ? 0 : -1;
}

/* dtype: of both operands as the step reads them. */
static hone_status fill_batches(hn_lower *L, hn_dtype dtype, factor f[2], const hn_shape *batch,
                                hn_gemm_args *args, hn_operand *operands) {
    const int64_t n_batch = hn_shape_product(batch, 0, batch->rank);
    int64_t step[2];
    for (uint32_t i = 0; i < 2; i++) {
        step[i] = batch_step(&f[i], n_batch);
        const bool must_turn = i == 0 && f[i].is_turned;
        if (step[i] >= 0 && !must_turn) continue;
        const hn_shape *to = step[i] < 0 ? batch : &f[i].batch;
        HN_TRY(spread(L, dtype, &f[i], to, &operands[i]));
        if (step[i] < 0) step[i] = f[i].rows * f[i].columns;
        f[i].is_turned = false;
    }
    const bool is_one = hn_shape_product(&f[1].batch, 0, f[1].batch.rank) == 1 && step[0] > 0;
    args->batch = is_one ? 1 : (int32_t)n_batch;
    args->m = (int32_t)(is_one ? n_batch * f[0].rows : f[0].rows);
    args->n = (int32_t)f[1].columns;
    args->k = (int32_t)f[0].columns;
    args->a_batch = n_batch == 1 ? 0 : (int32_t)step[0];
    args->b_batch = is_one || n_batch == 1 ? 0 : (int32_t)step[1];
    if (is_one) args->a_batch = 0;
    args->b_is_kn = f[1].is_turned ? 0 : 1;
    return HONE_OK;
}

/* The second factor of a product of 16-bit tensors. */
static hone_status wide_factor(hn_lower *L, const hn_value *b, hn_operand *out) {
    const bool is_byte = b->dtype == HN_DTYPE_S8;
    if (b->quant == NULL || (b->dtype != HN_DTYPE_S16 && !is_byte) || hn_quant_zero(b, 0) != 0) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s times 16 bits", hn_dtype_name(b->dtype));
    }
    return hn_lower_as(L, b, HN_DTYPE_S16, out);
}

/* ---- bytes by rows ---- */

/* True where rows of the first factor meet bytes one by one (family direct): floats times constant
 * bytes, or bytes whose product is the sum itself. */
static bool is_by_rows(const hn_node *node) {
    const hn_value *a = node->in[0], *b = node->in[1];
    const bool is_sum =
        a->dtype == HN_DTYPE_S8 && b->dtype == HN_DTYPE_S8 && node->out[0]->dtype == HN_DTYPE_S32;
    return b->shape.rank > 1 && (hn_node_is_hybrid(node) || is_sum);
}

/* The second factor's matrices as the family takes weights, [columns, rows]. */
static hone_status byte_factor(hn_lower *L, const hn_value *b, factor *f, hn_operand *out,
                               int32_t *zero) {
    hn_weights_form form = hn_weights_as_is(HN_TYPES_s8);
    const int64_t rows = f->rows;
    const int32_t rank = b->shape.rank;
    if (!f->is_turned) {
        form.perm[rank - 2] = rank - 1;
        form.perm[rank - 1] = rank - 2;
    }
    f->rows = f->columns;
    f->columns = rows;
    f->is_turned = false;
    return hn_lower_weights(L, b, &form, out, zero);
}

/* Both factors, turned and with all batches where they must be; b of one matrix stays one. */
static hone_status row_factors(hn_lower *L, const hn_node *node, factor f[2], const hn_shape *batch,
                               hn_operand operands[2], hn_direct_args *args) {
    const int64_t n_batch = hn_shape_product(batch, 0, batch->rank), columns = f[1].columns;
    const bool is_one = hn_shape_product(&f[1].batch, 0, f[1].batch.rank) == 1;
    const int64_t n_sets = is_one ? 1 : n_batch;
    HN_TRY(hn_lower_operand(L, node->in[0], &operands[0]));
    HN_TRY(byte_factor(L, node->in[1], &f[1], &operands[1], &args->w_zero));
    if (f[0].is_turned || batch_step(&f[0], n_batch) <= 0) {
        HN_TRY(spread(L, node->in[0]->dtype, &f[0], batch, &operands[0]));
    }
    if (batch_step(&f[1], n_sets) <= 0) {
        HN_TRY(spread(L, HN_DTYPE_S8, &f[1], batch, &operands[1]));
    }
    const int64_t extent[3] = {n_batch * f[0].rows, columns, f[0].columns};
    const int32_t zero = args->w_zero;
    *args = hn_direct_rows(extent);
    args->w_zero = zero;
    if (n_sets > 1) args->set_images = (int32_t)f[0].rows;
    return HONE_OK;
}

static hone_status rows_lower(hn_lower *L, const hn_node *node, factor f[2],
                              const hn_shape *batch) {
    const bool is_asymmetric = hn_attr_int(node, "asymmetric_quantize_inputs", 0) != 0;
    const int32_t mode = is_asymmetric ? HN_DYN_ASYMMETRIC : HN_DYN_SYMMETRIC;
    const hn_operand out = hn_operand_value(node->out[0]);
    hn_direct_args args = {0};
    hn_operand operands[2], scales;
    hn_dynamic rows = {HN_NO_OPERAND, HN_NO_OPERAND};
    HN_TRY(row_factors(L, node, f, batch, operands, &args));
    if (node->in[0]->dtype == HN_DTYPE_S8) {
        const hn_operand o[HN_DIRECT_OPERANDS] = {operands[0],   operands[1],   HN_NO_OPERAND,
                                                  HN_NO_OPERAND, HN_NO_OPERAND, out};
        args.arith = HN_ARITH_TFLITE;
        args.w_zero = 0; /* LiteRT adds up the bytes as they are */
        return hn_lower_step(L, HN_FAMILY_direct, HN_TYPES_s8_s32, &args, o, HN_DIRECT_OPERANDS);
    }
    hn_activation_f32(node, &args.low, &args.high);
    HN_TRY(hn_lower_channel_scales(L, node->in[1], (uint32_t)args.out_c, &scales));
    HN_TRY(hn_lower_dynamic(L, operands[0], args.n, args.in_c, mode, &rows));
    return hn_lower_dynamic_product(L, &rows, &args, operands[1], scales, out);
}

static hone_status matmul_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    factor f[2];
    hn_shape batch;
    const char *problem = read_factors(node, f, &batch);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    if (is_by_rows(node)) return rows_lower(L, node, f, &batch);
    hn_types types;
    HN_TRY(hn_lower_types(L, node, node->in[0], &types));
    hn_gemm_args args = {0};
    hn_activation_f32(node, &args.low, &args.high);
    hn_operand operands[HN_GEMM_OPERANDS];
    for (uint32_t i = 0; i < HN_GEMM_OPERANDS; i++) operands[i] = HN_NO_OPERAND;
    HN_TRY(hn_lower_operand(L, node->in[0], &operands[HN_GEMM_A]));
    if (types == HN_TYPES_s16) {
        HN_TRY(wide_factor(L, node->in[1], &operands[HN_GEMM_B]));
    } else {
        const hn_weights_form form = hn_weights_as_is(types);
        HN_TRY(hn_lower_weights(L, node->in[1], &form, &operands[HN_GEMM_B], &args.b_zero));
    }
    HN_TRY(fill_batches(L, node->in[0]->dtype, f, &batch, &args, operands));
    args.arith = hn_float_arith(types);
    if (!hn_types_are_float(types)) {
        HN_TRY(hn_lower_gemm_integer(L, node, &args, &operands[HN_GEMM_SCALE]));
    }
    HN_TRY(hn_lower_bias(L, hn_node_in(node, BIAS), types, &operands[HN_GEMM_BIAS]));
    operands[HN_GEMM_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_gemm, types, &args, operands, HN_GEMM_OPERANDS);
}

static uint64_t matmul_macs(const hn_node *node) {
    factor f[2];
    hn_shape batch;
    uint64_t n_out, macs;
    if (!hn_shape_count(&node->out[0]->shape, &n_out)) return 0;
    if (read_factors(node, f, &batch) != NULL || f[0].columns < 0) return 0;
    return hn_mul_u64(n_out, (uint64_t)f[0].columns, &macs) ? macs : UINT64_MAX;
}

static bool matmul_quantized(const hn_node *node) {
    const hn_value *a = node->in[0], *b = node->in[1], *out = node->out[0];
    if (b->shape.rank < 1) return false;
    const bool is_turned = b->shape.rank > 1 && hn_attr_int(node, "trans_b", 0) != 0;
    const int32_t columns = b->shape.rank - (is_turned ? 2 : 1);
    const bool is_per_channel = b->quant != NULL && hn_quant_channels(b) > 1;
    if (is_per_channel && (b->shape.rank != 2 || b->constant == NULL)) return false;
    return hn_value_is_q8(a) && hn_value_is_q8(out) && a->dtype == out->dtype &&
           hn_weights_are_q8(b, columns);
}

const hn_op_hooks hn_hooks_matmul = {.shape = matmul_shape,
                                     .lower = matmul_lower,
                                     .macs = matmul_macs,
                                     .quantized = matmul_quantized};
