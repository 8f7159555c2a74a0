/* SPDX-License-Identifier: Apache-2.0
 * Quantized sums and differences of packed bytes, four vectors at a time, where the scalings are of
 * the usual size; the bits are those of qbinary_lanes.h.
 *
 * Where V_HAS_DOUBT, the sum is made in floats by two multiply-adds: of the number of steps of the
 * output that a step of each input is worth. If no input is worth more than S steps, roundings here
 * and inside the exact form move it by less than S 2^-20 steps, and those of HN_ARITH_TFLITE's
 * integers by four of their units more. Where a lane is closer than that to the next change, all
 * four vectors go the exact way: HN_ARITH_RNE's by vf_quotient, the others one by one. */
#ifndef HN_KERNELS_QBINARY_BYTES_H
#define HN_KERNELS_QBINARY_BYTES_H

#include "kernels/qbinary/qbinary_lanes.h"
#include "kernels/vec/vec_divide.h"

typedef struct qbinary_bytes {
    bool is_fit;
    vi x_zero, y_zero;
    vf x, y; /* HN_ARITH_RNE: the scales, with the sign of a difference */
    vec_divisor scale;
    vf x_steps, y_steps, start; /* the sum: x x_steps + y y_steps + start */
    vf half;                    /* of requant_scale */
    vf doubt;
    bool has_steps;
} qbinary_bytes;

/* The largest |q - zero| of a byte. */
static inline double qbinary_bytes_span(int32_t zero, bool is_signed) {
    const int32_t low = is_signed ? -128 : 0, above = low + 255 - zero, below = zero - low;
    return above > below ? above : below;
}

/* 2^n, n within the shifts of a row. */
static inline double qbinary_bytes_power(int32_t n) {
    return n < 0 ? 1.0 / (double)(UINT64_C(1) << -n) : (double)(UINT64_C(1) << n);
}

/* The inputs' steps in the output's, x and y; `unit`: those of the integers that are added. */
static inline void qbinary_bytes_steps(const hn_qbinary_args *a, bool is_signed, double x, double y,
                                       double unit, qbinary_bytes *b) {
    const double x_most = x * qbinary_bytes_span(a->a_zero, is_signed);
    const double y_most = y * qbinary_bytes_span(a->b_zero, is_signed);
    const double most = x_most > y_most ? x_most : y_most;
    b->has_steps = x >= 0.0 && y >= 0.0 && most <= 1024.0 && unit >= 0.0 && unit <= 0x1p-16;
    if (!b->has_steps) return;
    if (a->kind == HN_QBINARY_SUB) y = -y;
    b->x_steps = vf_set((float)x);
    b->y_steps = vf_set((float)y);
    b->start = vf_set((float)(-x * a->a_zero - y * a->b_zero));
    b->doubt = vf_set((float)(most * 0x1p-20 + 4.0 * unit));
}

/* HN_ARITH_RNE: bytes by packs need products within 32 bits. */
static inline bool qbinary_bytes_real(const hn_qbinary_args *a, bool is_signed, qbinary_bytes *b) {
    const double x = a->a_scale, y = a->b_scale, scale = a->out_scale;
    if (!(x >= 0.0 && y >= 0.0 && vec_divisor_fits(a->out_scale))) return false;
    b->x = vf_set(a->a_scale);
    b->y = vf_set(a->kind == HN_QBINARY_SUB ? -a->b_scale : a->b_scale);
    b->scale = vec_divisor_of(a->out_scale);
    qbinary_bytes_steps(a, is_signed, x / scale, y / scale, 0.0, b);
    return x < 0x1p20 * scale && y < 0x1p20 * scale;
}

static inline void qbinary_bytes_q31(const hn_qbinary_args *a, bool is_signed, qbinary_bytes *b) {
    const double unit = a->out_multiplier * qbinary_bytes_power(a->out_shift - 31);
    const double left = qbinary_bytes_power(a->left_shift - 31) * unit;
    const double x = a->a_multiplier * qbinary_bytes_power(a->a_shift) * left;
    const double y = a->b_multiplier * qbinary_bytes_power(a->b_shift) * left;
    qbinary_bytes_steps(a, is_signed, x, y, unit, b);
}

static inline void qbinary_bytes_begin(const qbinary_vec *p, bool is_signed, qbinary_bytes *b) {
    const hn_qbinary_args *a = p->a;
    b->x_zero = vi_set(a->a_zero);
    b->y_zero = vi_set(a->b_zero);
    b->is_fit = b->has_steps = false;
    if (!p->o.has_bytes || a->kind == HN_QBINARY_MUL) return;
    if (a->arith == HN_ARITH_RNE) b->is_fit = qbinary_bytes_real(a, is_signed, b);
#ifdef V_HAS_DOUBT
    if (a->arith == HN_ARITH_RNE || !p->is_plain) return;
    b->half = p->out_scale.half;
    qbinary_bytes_q31(a, is_signed, b);
    b->is_fit = b->has_steps;
#endif
}

#ifdef V_HAS_DOUBT
/* Four vectors; false: at least one lane is in doubt. */
HN_INLINE bool qbinary_bytes_sums(const qbinary_bytes *b, int32_t arith, const vi x[4],
                                  const vi y[4], vi near[4]) {
    vf beyond[4];
    HN_UNROLL for (int k = 0; k < 4; ++k) {
        const vf rest = vf_fma(vf_of_int(y[k]), b->y_steps, b->start);
        const vf z = vf_fma(vf_of_int(x[k]), b->x_steps, rest);
        const vf away = arith == HN_ARITH_RNE ? z : vf_add(z, vf_signed(b->half, z));
        near[k] = arith == HN_ARITH_RNE ? vi_nearest(z) : vi_whole(away);
        beyond[k] = vf_beyond(away);
    }
    if (arith == HN_ARITH_RNE) {
        const vf most =
            vf_most_size(vf_most_size(beyond[0], beyond[1]), vf_most_size(beyond[2], beyond[3]));
        return !vf_any_below(vf_sub(vf_set(0.5f), most), b->doubt);
    }
    const vf least =
        vf_least_size(vf_least_size(beyond[0], beyond[1]), vf_least_size(beyond[2], beyond[3]));
    return !vf_any_below(least, b->doubt);
}
#endif

HN_INLINE void qbinary_bytes_quotients(const qbinary_bytes *b, const vi x[4], const vi y[4],
                                       vi near[4]) {
    HN_UNROLL for (int k = 0; k < 4; ++k) {
        const vf u = vf_mul(vf_of_int(vi_sub(x[k], b->x_zero)), b->x);
        const vf v = vf_mul(vf_of_int(vi_sub(y[k], b->y_zero)), b->y);
        near[k] = vi_nearest(vf_quotient(vf_add(u, v), &b->scale));
    }
}

/* Four vectors from element i on; false: they are left to others. */
HN_INLINE bool qbinary_bytes_four(const qbinary_vec *p, const qbinary_bytes *b, uint32_t i,
                                  int32_t arith, bool is_signed) {
    vi x[4], y[4], near[4];
    bool is_done = false;
    HN_UNROLL for (uint32_t k = 0; k < 4; ++k) {
        x[k] = vi_load_8(p->x + i + k * VN, is_signed);
        y[k] = vi_load_8(p->y + i + k * VN, is_signed);
    }
#ifdef V_HAS_DOUBT
    is_done = b->has_steps && qbinary_bytes_sums(b, arith, x, y, near);
#endif
    if (!is_done) {
        if (arith != HN_ARITH_RNE) return false;
        qbinary_bytes_quotients(b, x, y, near);
    }
    vb_store_part(p->out + i, v_unweave(requant_bytes(&p->o, near)), 0, 1, 4 * VN);
    return true;
}

/* How many elements of n are done. */
HN_INLINE uint32_t qbinary_bytes_run(const qbinary_vec *p, const qbinary_bytes *b, uint32_t n,
                                     int32_t arith, bool is_signed) {
    uint32_t i = 0;
    for (; i + 4 * VN <= n; i += 4 * VN) {
        if (qbinary_bytes_four(p, b, i, arith, is_signed)) continue;
        for (uint32_t k = 0; k < 4; ++k) {
            if (p->a->kind == HN_QBINARY_SUB)
                qbinary_vec_lanes(p, i + k * VN, VN, QBINARY_PLAIN, HN_QBINARY_SUB, is_signed);
            else
                qbinary_vec_lanes(p, i + k * VN, VN, QBINARY_PLAIN, HN_QBINARY_ADD, is_signed);
        }
    }
    return i;
}

#endif
