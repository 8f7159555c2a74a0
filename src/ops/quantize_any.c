/* SPDX-License-Identifier: Apache-2.0
 * Quantize and dequantize through float32: see quantize_any.h. The tensor is seen as [outer,
 * channels, block, inner], the scales with dimensions of 1 where they are shared, and one float
 * program does the rest. */
#include "ops/quantize_any.h"

#include "ops/infer.h"
#include "ops/typed.h"

typedef struct views {
    hn_shape x, scale;
} views;

static const char *block_views(const hn_shape *x, const hn_scaling *s, int32_t axis, views *out) {
    const hn_shape *scale = &s->scale->shape;
    if (scale->rank != x->rank || s->block < 0) return "there must be a scale for each block";
    for (int32_t d = 0; d < x->rank; d++) {
        const int64_t each = d == axis ? s->block : 1;
        if (scale->dim[d] > INT64_MAX / each || scale->dim[d] * each != x->dim[d]) {
            return "the scales are not one for each block of the axis";
        }
    }
    const int64_t outer = hn_shape_product(x, 0, axis);
    const int64_t inner = hn_shape_product(x, axis + 1, x->rank);
    out->x = hn_shape_of(4, (const int64_t[]){outer, scale->dim[axis], s->block, inner});
    out->scale = hn_shape_of(4, (const int64_t[]){outer, scale->dim[axis], 1, inner});
    return NULL;
}

static const char *read_views(const hn_shape *x, const hn_scaling *s, views *out) {
    const int64_t n = hn_shape_product(&s->scale->shape, 0, s->scale->shape.rank);
    int32_t axis = 0;
    out->x = hn_shape_of(4, (const int64_t[]){1, 1, 1, hn_shape_product(x, 0, x->rank)});
    out->scale = hn_shape_of(4, (const int64_t[]){1, 1, 1, 1});
    if (n == 1 && s->block == 0) return NULL;
    if (!hn_axis_resolve(s->axis, x->rank, &axis)) return "the axis is not a dimension";
    if (s->block != 0) return block_views(x, s, axis, out);
    if (x->dim[axis] != n) return "scales that are neither one nor one per channel";
    const int64_t inner = hn_shape_product(x, axis + 1, x->rank);
    out->x = hn_shape_of(4, (const int64_t[]){hn_shape_product(x, 0, axis), n, 1, inner});
    out->scale = hn_shape_of(4, (const int64_t[]){1, n, 1, 1});
    return NULL;
}

/* The program's inputs: x, scale, zero (where there is one). */
static hone_status begin(hn_lower *L, const hn_value *x, const hn_scaling *s, hn_program *p) {
    const hn_value *const all[3] = {x, s->scale, s->zero};
    views v;
    const char *problem = read_views(&x->shape, s, &v);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    if (s->zero != NULL && hn_shape_product(&s->zero->shape, 0, s->zero->shape.rank) !=
                               hn_shape_product(&s->scale->shape, 0, s->scale->shape.rank)) {
        return hn_fail(L->env, HONE_E_SHAPE, "scales and zero points differ in number");
    }
    hn_program_begin(p, &v.x);
    for (int i = 0; i < 3 && all[i] != NULL; i++) {
        hn_operand in;
        HN_TRY(hn_lower_as(L, all[i], HN_DTYPE_F32, &in));
        hn_program_input(p, in, i == 0 ? &v.x : &v.scale);
    }
    return HONE_OK;
}

/* Least and greatest number of an integer type. */
static void range_of(hn_dtype dtype, float *low, float *high) {
    const uint32_t bits = hn_dtype_bits(dtype);
    const double all = (double)((uint64_t)1 << (bits < 32 ? bits : 32));
    *low = hn_dtype_is_signed(dtype) ? (float)(-all / 2) : 0.0f;
    *high = *low + (float)(all - 1);
}

hone_status hn_lower_quantize_any(hn_lower *L, const hn_node *node, const hn_scaling *s) {
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_conversion c = {.from = HN_DTYPE_F32, .to = out->dtype};
    hn_program p;
    hn_operand wide;
    HN_TRY(begin(L, x, s, &p));
    (void)hn_shape_count(&x->shape, &c.n);
    hn_program_op(&p, HN_EXPR_div, 0, 1);
    const bool is_float = hn_dtype_is_float(out->dtype);
    if (!is_float) hn_program_op(&p, HN_EXPR_round_even, p.last, 0);
    if (s->zero != NULL) hn_program_op(&p, HN_EXPR_add, p.last, 2);
    if (!is_float) {
        float low, high;
        range_of(out->dtype, &low, &high);
        hn_program_clamp(&p, low, high);
    }
    c.overflows = hn_attr_int(node, "saturate", 1) == 0;
    HN_TRY(hn_lower_temp(L, HN_DTYPE_F32, &x->shape, &wide));
    HN_TRY(hn_program_end(L, &p, wide));
    return hn_lower_cast(L, &c, wide, hn_operand_value(out));
}

hone_status hn_lower_dequantize_any(hn_lower *L, const hn_node *node, const hn_scaling *s) {
    hn_program p;
    HN_TRY(begin(L, node->in[0], s, &p));
    if (s->zero != NULL) hn_program_op(&p, HN_EXPR_sub, 0, 2);
    hn_program_op(&p, HN_EXPR_mul, s->zero != NULL ? p.last : 0, 1);
    return hn_program_end(L, &p, hn_operand_value(node->out[0]));
}
