/* SPDX-License-Identifier: Apache-2.0
 * Lowering: type keys, requantising pairs, and the checks and small steps that operators share. */
#include "ops/lower.h"

#include <string.h>

#include "kernels/lut/lut.h"
#include "kernels/move/move.h"
#include "ops/emit.h"

bool hn_types_of(hn_dtype dtype, hn_types *types) {
    switch (dtype) {
    case HN_DTYPE_F32:
        *types = HN_TYPES_f32;
        return true;
    case HN_DTYPE_F16:
        *types = HN_TYPES_f16;
        return true;
    case HN_DTYPE_S8:
        *types = HN_TYPES_s8;
        return true;
    case HN_DTYPE_U8:
        *types = HN_TYPES_u8;
        return true;
    case HN_DTYPE_S16:
        *types = HN_TYPES_s16;
        return true;
    default:
        return false;
    }
}

bool hn_types_of_size(hn_dtype dtype, hn_types *types) {
    switch (hn_dtype_bits(dtype)) {
    case 8:
        *types = HN_TYPES_b8;
        return true;
    case 16:
        *types = HN_TYPES_b16;
        return true;
    case 32:
        *types = HN_TYPES_b32;
        return true;
    case 64:
        *types = HN_TYPES_b64;
        return true;
    default:
        return false;
    }
}

/* Strides count a dimension of 0 as 1, so the limit does too. */
static hone_status check_value(hn_lower *L, const hn_value *v, uint64_t *n) {
    if (!hn_shape_count(&v->shape, n)) {
        return hn_fail(L->env, HONE_E_SHAPE, "the shape of '%.64s' is not known", v->name);
    }
    uint64_t span = 1;
    bool is_small = true;
    for (int32_t d = 0; d < v->shape.rank && is_small; d++) {
        const int64_t dim = v->shape.dim[d];
        is_small = dim <= INT32_MAX && (dim == 0 || hn_mul_u64(span, (uint64_t)dim, &span)) &&
                   span <= INT32_MAX;
    }
    if (is_small) return HONE_OK;
    return hn_fail(L->env, HONE_E_LIMIT, "'%.64s' has 2^31 elements or more", v->name);
}

hone_status hn_lower_begin(hn_lower *L, const hn_node *node, bool *is_empty) {
    uint64_t n;
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] != NULL) HN_TRY(check_value(L, node->in[i], &n));
    }
    HN_TRY(check_value(L, node->out[0], &n));
    *is_empty = n == 0;
    return HONE_OK;
}

hone_status hn_lower_types(hn_lower *L, const hn_node *node, const hn_value *x, hn_types *types) {
    const char *name = hn_dtype_name(x->dtype);
    const bool has_types = hn_types_of(x->dtype, types);
    if (!has_types || (*types == HN_TYPES_f16 && node->arith != HN_ARITH_HALF)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel computes on %s", name);
    }
    if (hn_types_are_float(*types)) return HONE_OK;
    if (node->arith == HN_ARITH_NONE || x->quant == NULL || hn_quant_channels(x) != 1) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s without a scale for the tensor", name);
    }
    return HONE_OK;
}

hone_status hn_lower_step(hn_lower *L, hn_family family, hn_types types, const void *args,
                          const hn_operand *operands, uint32_t n) {
    const hn_step_request request = {family, types, args, operands, n, 1};
    return L->step(L, &request);
}

hone_status hn_lower_scales(hn_lower *L, hn_arith arith, const double *real, uint32_t n,
                            hn_operand *out) {
    const uint64_t n_bytes = (uint64_t)n * 2 * sizeof(int32_t);
    int32_t *pairs = hn_alloc(L->env, (size_t)n_bytes);
    if (pairs == NULL) return hn_no_memory(L->env);
    for (uint32_t c = 0; c < n; c++) {
        if (arith == HN_ARITH_REAL) {
            memcpy(&pairs[2 * (size_t)c], &real[c], sizeof real[c]);
        } else if (arith == HN_ARITH_RNE) {
            const float factor = (float)real[c];
            memcpy(&pairs[2 * (size_t)c], &factor, sizeof factor);
        } else {
            hn_quantize_multiplier(real[c], &pairs[2 * (size_t)c], &pairs[2 * (size_t)c + 1]);
        }
    }
    const hone_status status = L->constant(L, pairs, n_bytes, out);
    hn_free(L->env, pairs);
    return status;
}

/* ONNX's runtimes multiply and divide in float32; LiteRT in double, for some operators after a
 * product in float32. */
static double product_scale(const hn_node *node, const hn_product *p, uint32_t c) {
    const float x = hn_quant_scale(p->x, 0), w = hn_quant_scale(p->w, c);
    const float out = hn_quant_scale(p->out, 0);
    const float product = x * w;
    if (node->arith == HN_ARITH_RNE) return (double)(product / out);
    if (p->is_float_product) return (double)product / (double)out;
    return (double)x * (double)w / (double)out;
}

hone_status hn_lower_product(hn_lower *L, const hn_node *node, const hn_product *p,
                             hn_operand *out) {
    const bool is_quantized = p->x->quant != NULL && p->w->quant != NULL && p->out->quant != NULL;
    const uint32_t channels = is_quantized ? hn_quant_channels(p->w) : 0;
    if (channels == 0 || hn_quant_channels(p->out) != 1 || (channels > 1 && channels != p->n)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "scales are missing or of another channel");
    }
    double *real = hn_alloc(L->env, (size_t)p->n * sizeof *real);
    if (real == NULL) return hn_no_memory(L->env);
    for (uint32_t c = 0; c < p->n; c++) real[c] = product_scale(node, p, c);
    const hn_arith arith = p->is_real ? HN_ARITH_REAL : node->arith;
    const hone_status status = hn_lower_scales(L, arith, real, p->n, out);
    hn_free(L->env, real);
    return status;
}

hone_status hn_lower_lut(hn_lower *L, uint64_t n, hn_operand x, const uint8_t table[256],
                         hn_operand out) {
    const hn_lut_args args = {(int32_t)n};
    hn_operand operands[HN_LUT_OPERANDS] = {x, HN_NO_OPERAND, out};
    HN_TRY(L->constant(L, table, 256, &operands[HN_LUT_TABLE]));
    return hn_lower_step(L, HN_FAMILY_lut, HN_TYPES_b8, &args, operands, HN_LUT_OPERANDS);
}

/* ---- views ---- */

void hn_collapse(int32_t *rank, int64_t *dim, int64_t (*stride)[HN_MAX_RANK], uint32_t n) {
    int32_t kept = 0;
    for (int32_t d = 0; d < *rank; d++) {
        if (dim[d] == 1) continue;
        bool merges = kept > 0;
        for (uint32_t i = 0; i < n && merges; i++) {
            merges = stride[i][kept - 1] == stride[i][d] * dim[d];
        }
        const int32_t to = merges ? kept - 1 : kept++;
        dim[to] = merges ? dim[to] * dim[d] : dim[d];
        for (uint32_t i = 0; i < n; i++) stride[i][to] = stride[i][d];
    }
    if (kept == 0) {
        dim[kept++] = 1;
        for (uint32_t i = 0; i < n; i++) stride[i][0] = 1;
    }
    *rank = kept;
}

void hn_broadcast_strides(const hn_shape *in, const hn_shape *out, int64_t *stride) {
    int64_t own[HN_MAX_RANK];
    hn_shape_strides(in, own);
    for (int32_t d = 0; d < out->rank; d++) {
        const int32_t at = d - (out->rank - in->rank);
        stride[d] = at < 0 || in->dim[at] == 1 ? 0 : own[at];
    }
}

static bool fits(int64_t v) {
    return v >= INT32_MIN && v <= INT32_MAX;
}

hone_status hn_lower_move(hn_lower *L, hn_dtype dtype, const hn_box *box, hn_operand in,
                          hn_operand out) {
    hn_types types;
    if (!hn_types_of_size(dtype, &types)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s elements cannot be moved",
                       hn_dtype_name(dtype));
    }
    hn_box b = *box;
    hn_collapse(&b.rank, b.dim, b.stride, 2);
    hn_move_args args = {.rank = b.rank};
    bool is_small = fits(b.offset[0]) && fits(b.offset[1]);
    for (int32_t d = 0; d < b.rank; d++) {
        is_small = is_small && fits(b.dim[d]) && fits(b.stride[0][d]) && fits(b.stride[1][d]);
        args.dim[d] = (int32_t)b.dim[d];
        args.in_stride[d] = (int32_t)b.stride[0][d];
        args.out_stride[d] = (int32_t)b.stride[1][d];
    }
    if (!is_small) return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more to move");
    args.in_offset = (int32_t)b.offset[0];
    args.out_offset = (int32_t)b.offset[1];
    const hn_operand operands[HN_MOVE_OPERANDS] = {in, out};
    return hn_lower_step(L, HN_FAMILY_move, types, &args, operands, HN_MOVE_OPERANDS);
}

/* ---- float programs ---- */

void hn_program_begin(hn_program *p, const hn_shape *out) {
    memset(p, 0, sizeof *p);
    p->out = *out;
}

void hn_program_input(hn_program *p, hn_operand in, const hn_shape *shape) {
    const uint32_t i = (uint32_t)p->args.n_in++;
    p->operands[i] = in;
    hn_broadcast_strides(shape, &p->out, p->stride[i]);
    p->last = i;
}

void hn_program_op(hn_program *p, hn_expr_op op, uint32_t a, uint32_t b) {
    const uint32_t at = (uint32_t)p->args.n_code++;
    p->last = (uint32_t)p->args.n_in + at;
    p->args.code[at] = HN_EXPR_INSTR(op, p->last, a, b);
}

uint32_t hn_program_imm(hn_program *p, float v) {
    p->args.imm[p->n_imms] = v;
    return HN_EXPR_IMM + p->n_imms++;
}

void hn_program_clamp(hn_program *p, float low, float high) {
    const float open = hn_float_of_bits(0x7f800000);
    if (low > -open) hn_program_op(p, HN_EXPR_max, p->last, hn_program_imm(p, low));
    if (high < open) hn_program_op(p, HN_EXPR_min, p->last, hn_program_imm(p, high));
}

hone_status hn_program_finish(hn_lower *L, hn_program *p) {
    if (p->args.n_code == 0) hn_program_op(p, HN_EXPR_copy, p->last, 0);
    uint64_t n;
    if (!hn_shape_count(&p->out, &n) || n > INT32_MAX) {
        return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more");
    }
    const uint32_t n_in = (uint32_t)p->args.n_in;
    hn_shape view = p->out;
    hn_collapse(&view.rank, view.dim, p->stride, n_in);
    p->args.n_elements = (int32_t)n;
    p->args.rank = view.rank;
    for (int32_t d = 0; d < view.rank; d++) {
        p->args.dim[d] = (int32_t)view.dim[d];
        for (uint32_t i = 0; i < n_in; i++) {
            p->args.in_stride[i * HN_MAX_RANK + (uint32_t)d] = (int32_t)p->stride[i][d];
        }
    }
    return HONE_OK;
}

hone_status hn_program_end(hn_lower *L, hn_program *p, hn_operand out) {
    HN_TRY(hn_program_finish(L, p));
    const uint32_t n_in = (uint32_t)p->args.n_in;
    p->operands[n_in] = out;
    return hn_lower_step(L, HN_FAMILY_expr, HN_TYPES_f32, &p->args, p->operands, n_in + 1);
}
