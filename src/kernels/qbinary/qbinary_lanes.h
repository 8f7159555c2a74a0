/* SPDX-License-Identifier: Apache-2.0
 * Quantized addition, subtraction and multiplication of one vector, whatever its length, with the
 * bits of the portable form. Every element is scaled by itself: three multiplications in vectors
 * cost less than two tables.
 *
 * A scaled input, (d 2^left_shift m + 2^30) / 2^31 rounded down, has a difference d of ten bits.
 * With s = 31 - left_shift <= 20 and m = h 2^s + l that is d h + (d l + 2^(s - 1)) / 2^s, all of
 * which fits 32 bits. */
#ifndef HN_KERNELS_QBINARY_LANES_H
#define HN_KERNELS_QBINARY_LANES_H

#include "kernels/qbinary/qbinary.h"
#include "kernels/vec/requant.h"

/* HN_ARITH_TFLITE where all scalings are plain. */
enum { QBINARY_PLAIN = -1 };

/* An input's scaling, in parts; right is the shift after it, less one, where there is one. */
typedef struct qbinary_vec_scale {
    vi high, low, half, s, right;
    bool is_shifted;
} qbinary_vec_scale;

typedef struct qbinary_vec {
    const hn_qbinary_args *a;
    qbinary_vec_scale x_scale, y_scale;
    requant_out o;
    requant_scale out_scale;
    bool is_plain; /* the scalings are of the usual size */
    const uint8_t *x, *y;
    bool is_x_one, is_y_one;
    uint8_t *out;
} qbinary_vec;

HN_INLINE vi qbinary_vec_load(const uint8_t *p, bool is_one, bool is_signed, uint32_t i,
                              int32_t n) {
    if (is_one) return vi_set(is_signed ? (int8_t)*p : *p);
    return n < VN ? vi_load_8_n(p + i, is_signed, n) : vi_load_8(p + i, is_signed);
}

HN_INLINE vi qbinary_vec_real(const hn_qbinary_args *a, int32_t kind, vi x, vi y) {
    const vf u = vf_mul(vf_set(a->a_scale), vf_of_int(x));
    const vf v = vf_mul(vf_set(a->b_scale), vf_of_int(y));
    const vf z = kind == HN_QBINARY_MUL   ? vf_mul(u, v)
                 : kind == HN_QBINARY_SUB ? vf_sub(u, v)
                                          : vf_add(u, v);
    const vf quotient = vf_number(vf_div(z, vf_set(a->out_scale)));
    return vi_nearest(vf_clamp(quotient, vf_set(-4194303.0f), vf_set(4194303.0f)));
}

static inline qbinary_vec_scale qbinary_vec_scale_of(const hn_qbinary_args *a, int32_t multiplier,
                                                     int32_t shift) {
    const int32_t s = 31 - a->left_shift;
    const qbinary_vec_scale scale = {vi_set(multiplier >> s), vi_set(multiplier & ((1 << s) - 1)),
                                     vi_set(1 << (s - 1)),    vi_set(s),
                                     vi_set(-1 - shift),      shift < 0};
    return scale;
}

/* Sets what all elements share. */
static inline void qbinary_vec_begin(qbinary_vec *p) {
    const hn_qbinary_args *a = p->a;
    p->o = requant_out_of(a->arith, a->out_zero, a->act_min, a->act_max);
    p->out_scale = requant_scale_of(a->arith, vi_set(a->out_multiplier), vi_set(a->out_shift));
    p->is_plain = a->arith == HN_ARITH_TFLITE && p->out_scale.is_plain && a->left_shift >= 11 &&
                  a->a_shift <= 0 && a->b_shift <= 0;
    if (!p->is_plain) return;
    p->x_scale = qbinary_vec_scale_of(a, a->a_multiplier, a->a_shift);
    p->y_scale = qbinary_vec_scale_of(a, a->b_multiplier, a->b_shift);
}

HN_INLINE vi qbinary_vec_scaled(const qbinary_vec_scale *s, vi d) {
    const vi rest = vi_shift_right_by(vi_add(vi_mul(d, s->low), s->half), s->s);
    const vi h = vi_add(vi_mul(d, s->high), rest);
    if (!s->is_shifted) return h;
    const vi g = vi_add(h, vi_shift_right(h, 31));
    return vi_shift_right(vi_add(vi_shift_right_by(g, s->right), vi_set(1)), 1);
}

/* Sums and differences whose scalings are plain, finished. */
HN_INLINE vi qbinary_vec_plain(const qbinary_vec *p, int32_t kind, vi x, vi y) {
    const vi u = qbinary_vec_scaled(&p->x_scale, x), v = qbinary_vec_scaled(&p->y_scale, y);
    const vi z = kind == HN_QBINARY_SUB ? vi_sub(u, v) : vi_add(u, v);
    return requant_lanes(&p->o, &p->out_scale, HN_ARITH_TFLITE, true, z);
}

HN_INLINE vi qbinary_vec_q31(const hn_qbinary_args *a, int32_t kind, vi x, vi y) {
    vi z;
    if (kind == HN_QBINARY_MUL) {
        z = vi_mul(x, y);
    } else {
        const vi left = vi_set(1 << a->left_shift);
        x = v_q31(vi_mul(x, left), vi_set(a->a_multiplier), vi_set(a->a_shift));
        y = v_q31(vi_mul(y, left), vi_set(a->b_multiplier), vi_set(a->b_shift));
        z = kind == HN_QBINARY_SUB ? vi_sub(x, y) : vi_add(x, y);
    }
    return v_q31(z, vi_set(a->out_multiplier), vi_set(a->out_shift));
}

/* Elements i .. i + n of a run, n <= VN. */
HN_INLINE void qbinary_vec_lanes(const qbinary_vec *p, uint32_t i, int32_t n, int32_t arith,
                                 int32_t kind, bool is_signed) {
    const bool is_plain = arith == QBINARY_PLAIN;
    const hn_qbinary_args *a = p->a;
    vi x = qbinary_vec_load(p->x, p->is_x_one, is_signed, i, n);
    vi y = qbinary_vec_load(p->y, p->is_y_one, is_signed, i, n);
    x = vi_sub(x, vi_set(a->a_zero));
    y = vi_sub(y, vi_set(a->b_zero));
    vi v;
    if (is_plain) {
        v = qbinary_vec_plain(p, kind, x, y);
    } else {
        const vi q = arith == HN_ARITH_RNE ? qbinary_vec_real(a, kind, x, y)
                                           : qbinary_vec_q31(a, kind, x, y);
        v = vi_clamp(vi_add(q, vi_set(a->out_zero)), vi_set(a->act_min), vi_set(a->act_max));
    }
    if (n < VN)
        vi_store_8_n(p->out + i, v, n);
    else
        vi_store_8(p->out + i, v);
}

#endif
