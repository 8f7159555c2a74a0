/* SPDX-License-Identifier: Apache-2.0
 * Steps of the ewise and cast families: type keys, views and conversions. */
#include "ops/typed.h"

#include <string.h>

#include "kernels/quant/quant.h"
#include "kernels/small/small.h"
#include "ops/infer.h"

static const uint8_t operands_of[HN_EWISE_OP_COUNT] = {
#define X(name, operands, kind, value) [HN_EWISE_##name] = (operands),
#include "kernels/ewise/ewise_ops.def"
#undef X
};

static const uint8_t kind_of[HN_EWISE_OP_COUNT] = {
#define X(name, operands, kind, value) [HN_EWISE_##name] = HN_EWISE_##kind,
#include "kernels/ewise/ewise_ops.def"
#undef X
};

uint32_t hn_ewise_operands(int32_t op) {
    return operands_of[op];
}

hn_ewise_kind hn_ewise_kind_of(int32_t op) {
    return (hn_ewise_kind)kind_of[op];
}

/* The key of each type, and its name as a target of cast. */
static const struct type_row {
    hn_dtype dtype;
    hn_types types;
    hn_cast_to to;
} rows[] = {
    {HN_DTYPE_S8, HN_TYPES_s8, HN_CAST_TO_s8},       {HN_DTYPE_U8, HN_TYPES_u8, HN_CAST_TO_u8},
    {HN_DTYPE_S16, HN_TYPES_s16, HN_CAST_TO_s16},    {HN_DTYPE_U16, HN_TYPES_u16, HN_CAST_TO_u16},
    {HN_DTYPE_S32, HN_TYPES_s32, HN_CAST_TO_s32},    {HN_DTYPE_U32, HN_TYPES_u32, HN_CAST_TO_u32},
    {HN_DTYPE_S64, HN_TYPES_s64, HN_CAST_TO_s64},    {HN_DTYPE_U64, HN_TYPES_u64, HN_CAST_TO_u64},
    {HN_DTYPE_BOOL, HN_TYPES_b8, HN_CAST_TO_b8},     {HN_DTYPE_F16, HN_TYPES_f16, HN_CAST_TO_f16},
    {HN_DTYPE_BF16, HN_TYPES_bf16, HN_CAST_TO_bf16}, {HN_DTYPE_F32, HN_TYPES_f32, HN_CAST_TO_f32},
    {HN_DTYPE_F64, HN_TYPES_f64, HN_CAST_TO_f64},
};

static const struct type_row *row_of(hn_dtype dtype) {
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].dtype == dtype) return &rows[i];
    }
    return NULL;
}

/* ---- elementwise ---- */

hn_typed hn_typed_begin(int32_t op, hn_dtype dtype, const hn_shape *out) {
    hn_typed t = {.op = op, .dtype = dtype, .out = *out};
    return t;
}

void hn_typed_input(hn_typed *t, hn_operand in, const hn_shape *shape) {
    t->in[t->n_in] = in;
    t->shape[t->n_in++] = *shape;
}

hone_status hn_lower_typed(hn_lower *L, const hn_typed *t, hn_operand out) {
    const struct type_row *row = row_of(t->dtype);
    if (row == NULL) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no kernel computes on %s",
                       hn_dtype_name(t->dtype));
    }
    hn_ewise_args args = {.op = t->op};
    int64_t dim[HN_MAX_RANK], stride[2][HN_MAX_RANK];
    int32_t rank = t->out.rank;
    uint64_t n;
    if (!hn_shape_count(&t->out, &n) || n > INT32_MAX) {
        return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more");
    }
    memcpy(dim, t->out.dim, sizeof dim);
    for (uint32_t i = 0; i < t->n_in; i++) hn_broadcast_strides(&t->shape[i], &t->out, stride[i]);
    hn_collapse(&rank, dim, stride, t->n_in);
    args.n_elements = (int32_t)n;
    args.rank = rank;
    for (int32_t d = 0; d < rank; d++) {
        args.dim[d] = (int32_t)dim[d];
        args.a_stride[d] = (int32_t)stride[0][d];
        args.b_stride[d] = t->n_in > 1 ? (int32_t)stride[1][d] : 0;
    }
    const hn_operand operands[HN_EWISE_OPERANDS] = {t->in[0],
                                                    t->n_in > 1 ? t->in[1] : HN_NO_OPERAND, out};
    const hn_types types = t->dtype == HN_DTYPE_BOOL ? HN_TYPES_u8 : row->types;
    return hn_lower_step(L, HN_FAMILY_ewise, types, &args, operands, HN_EWISE_OPERANDS);
}

hone_status hn_lower_typed_node(hn_lower *L, const hn_node *node, int32_t op) {
    const hn_value *x = node->in[0];
    hn_typed t = hn_typed_begin(op, x->dtype, &node->out[0]->shape);
    for (uint32_t i = 0; i < hn_ewise_operands(op); i++) {
        hn_operand in;
        HN_TRY(hn_lower_as(L, node->in[i], x->dtype, &in));
        hn_typed_input(&t, in, &node->in[i]->shape);
    }
    return hn_lower_typed(L, &t, hn_operand_value(node->out[0]));
}

/* ---- conversions and memory ---- */

static hone_status small_step(hn_lower *L, const hn_conversion *c, hn_operand in, hn_operand out) {
    hn_small f;
    const bool is_read = hn_small_of(c->from, &f);
    if (!is_read) (void)hn_small_of(c->to, &f);
    const hn_unpack_args args = {(int32_t)c->n, f.bits,    f.exponent,           f.mantissa,
                                 f.bias,        f.special, c->overflows ? 0 : 1, c->rounding};
    const hn_operand operands[HN_SMALL_OPERANDS] = {in, out};
    return hn_lower_step(L, is_read ? HN_FAMILY_unpack : HN_FAMILY_pack, HN_TYPES_f32, &args,
                         operands, HN_SMALL_OPERANDS);
}

/* Between a small type and any other, through float32; integers give their low bits. */
static hone_status cast_small(hn_lower *L, const hn_conversion *c, hn_operand in, hn_operand out) {
    const bool is_from = row_of(c->from) == NULL, is_to = row_of(c->to) == NULL;
    const bool is_whole = hn_dtype_is_integer(c->from) && hn_dtype_bits(c->from) > 8;
    if (is_from != is_to && (is_from ? c->to : c->from) == HN_DTYPE_F32) {
        return small_step(L, c, in, out);
    }
    hn_conversion first = *c, second = *c;
    first.to = second.from = is_whole ? HN_DTYPE_U8 : HN_DTYPE_F32;
    const int64_t n = (int64_t)c->n;
    const hn_shape shape = hn_shape_of(1, &n);
    hn_operand between;
    HN_TRY(hn_lower_temp(L, first.to, &shape, &between));
    HN_TRY(hn_lower_cast(L, &first, in, between));
    return hn_lower_cast(L, &second, between, out);
}

hone_status hn_lower_cast(hn_lower *L, const hn_conversion *c, hn_operand in, hn_operand out) {
    const struct type_row *from = row_of(c->from), *to = row_of(c->to);
    hn_small small;
    const bool is_known = (from != NULL || hn_small_of(c->from, &small)) &&
                          (to != NULL || hn_small_of(c->to, &small));
    if (!is_known) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "from %s to %s", hn_dtype_name(c->from),
                       hn_dtype_name(c->to));
    }
    if (c->n > INT32_MAX) return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more");
    if (from == NULL || to == NULL) return cast_small(L, c, in, out);
    const hn_cast_args args = {(int32_t)c->n, (int32_t)to->to};
    const hn_operand operands[HN_CAST_OPERANDS] = {in, out};
    return hn_lower_step(L, HN_FAMILY_cast, from->types, &args, operands, HN_CAST_OPERANDS);
}

hone_status hn_lower_temp(hn_lower *L, hn_dtype dtype, const hn_shape *shape, hn_operand *out) {
    uint64_t n, n_bytes;
    if (!hn_shape_count(shape, &n) || !hn_type_bytes(dtype, n, &n_bytes)) {
        return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more");
    }
    return L->temp(L, n_bytes, out);
}

hone_status hn_lower_as(hn_lower *L, const hn_value *v, hn_dtype dtype, hn_operand *out) {
    hn_operand in;
    HN_TRY(hn_lower_operand(L, v, &in));
    if (v->dtype == dtype) {
        *out = in;
        return HONE_OK;
    }
    hn_conversion c = {.from = v->dtype, .to = dtype};
    if (!hn_shape_count(&v->shape, &c.n)) {
        return hn_fail(L->env, HONE_E_SHAPE, "an operand of unknown shape");
    }
    hn_operand copy;
    HN_TRY(hn_lower_temp(L, dtype, &v->shape, &copy));
    HN_TRY(hn_lower_cast(L, &c, in, copy));
    *out = copy;
    return HONE_OK;
}

/* Integers wrap to their width; all are little-endian, so the low bytes are the number. */
hone_status hn_lower_scalar(hn_lower *L, hn_dtype dtype, double v, hn_operand *out) {
    const float narrow = (float)v;
    const bool is_whole = hn_dtype_is_integer(dtype) || dtype == HN_DTYPE_BOOL;
    const int64_t whole = is_whole ? (int64_t)v : 0;
    uint64_t n_bytes;
    if (!hn_type_bytes(dtype, 1, &n_bytes)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "no number of type %s", hn_dtype_name(dtype));
    }
    if (dtype == HN_DTYPE_F32) return L->constant(L, &narrow, sizeof narrow, out);
    if (dtype == HN_DTYPE_F64) return L->constant(L, &v, sizeof v, out);
    return L->constant(L, &whole, n_bytes, out);
}

/* ---- to and from float32 ---- */

static hone_status scale_step(hn_lower *L, const hn_value *q, hn_types types, hn_arith arith,
                              const hn_operand ends[2]) {
    hn_quant_args args = {.outer = 1, .channels = 1, .arith = (int32_t)arith};
    uint64_t n;
    if (q->quant == NULL || hn_quant_channels(q) != 1 ||
        !hn_integer_range(q->dtype, &args.act_min, &args.act_max)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s without a scale for the tensor",
                       hn_dtype_name(q->dtype));
    }
    if (!hn_shape_count(&q->shape, &n) || n > INT32_MAX) {
        return hn_fail(L->env, HONE_E_LIMIT, "2^31 elements or more");
    }
    args.inner = (int32_t)n;
    const float scale = hn_quant_scale(q, 0);
    const int32_t zero = hn_quant_zero(q, 0);
    hn_operand operands[HN_QUANT_OPERANDS] = {ends[0], HN_NO_OPERAND, HN_NO_OPERAND, ends[1]};
    HN_TRY(L->constant(L, &scale, sizeof scale, &operands[HN_QUANT_SCALE]));
    HN_TRY(L->constant(L, &zero, sizeof zero, &operands[HN_QUANT_ZERO]));
    return hn_lower_step(L, HN_FAMILY_quant, types, &args, operands, HN_QUANT_OPERANDS);
}

hone_status hn_lower_dequantized(hn_lower *L, const hn_value *v, hn_operand *out) {
    hn_operand ends[2];
    HN_TRY(hn_lower_operand(L, v, &ends[0]));
    HN_TRY(hn_lower_temp(L, HN_DTYPE_F32, &v->shape, &ends[1]));
    *out = ends[1];
    const hn_types types = v->dtype == HN_DTYPE_S8   ? HN_TYPES_s8_f32
                           : v->dtype == HN_DTYPE_U8 ? HN_TYPES_u8_f32
                                                     : HN_TYPES_s16_f32;
    return scale_step(L, v, types, HN_ARITH_RNE, ends);
}

hone_status hn_lower_quantized(hn_lower *L, hn_arith arith, hn_operand in, const hn_value *out) {
    const hn_operand ends[2] = {in, hn_operand_value(out)};
    const hn_types types = out->dtype == HN_DTYPE_S8   ? HN_TYPES_f32_s8
                           : out->dtype == HN_DTYPE_U8 ? HN_TYPES_f32_u8
                                                       : HN_TYPES_f32_s16;
    return scale_step(L, out, types, arith == HN_ARITH_TFLITE ? arith : HN_ARITH_RNE, ends);
}
