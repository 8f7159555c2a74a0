/* SPDX-License-Identifier: Apache-2.0
 * Quantized addition, subtraction and multiplication in vectors: runs along the last dimension, in
 * which an input is packed or one element. Most are done four vectors at a time (qbinary_bytes.h),
 * the rest one by one (qbinary_lanes.h). */
#ifndef HN_KERNELS_QBINARY_VEC_H
#define HN_KERNELS_QBINARY_VEC_H

#include "kernels/qbinary/qbinary_bytes.h"

HN_INLINE void qbinary_vec_run(const qbinary_vec *p, uint32_t n, int32_t arith, int32_t kind,
                               bool is_signed) {
    uint32_t i = 0;
    for (; i + VN <= n; i += VN) qbinary_vec_lanes(p, i, VN, arith, kind, is_signed);
    if (i < n) qbinary_vec_lanes(p, i, (int32_t)(n - i), arith, kind, is_signed);
}

HN_INLINE void qbinary_vec_kind(const qbinary_vec *p, uint32_t n, int32_t arith, bool is_signed) {
    if (p->a->kind == HN_QBINARY_MUL && arith != QBINARY_PLAIN)
        qbinary_vec_run(p, n, arith, HN_QBINARY_MUL, is_signed);
    else if (p->a->kind == HN_QBINARY_SUB)
        qbinary_vec_run(p, n, arith, HN_QBINARY_SUB, is_signed);
    else
        qbinary_vec_run(p, n, arith, HN_QBINARY_ADD, is_signed);
}

/* A run, from its first four vectors on. */
static inline void qbinary_vec_part(qbinary_vec *p, const qbinary_bytes *bytes, uint32_t n,
                                    bool is_signed) {
    const hn_qbinary_args *a = p->a;
    if (bytes->is_fit && !p->is_x_one && !p->is_y_one) {
        const uint32_t done = a->arith == HN_ARITH_RNE
                                  ? qbinary_bytes_run(p, bytes, n, HN_ARITH_RNE, is_signed)
                                  : qbinary_bytes_run(p, bytes, n, HN_ARITH_TFLITE, is_signed);
        p->x += done;
        p->y += done;
        p->out += done;
        n -= done;
    }
    if (a->arith == HN_ARITH_RNE)
        qbinary_vec_kind(p, n, HN_ARITH_RNE, is_signed);
    else if (p->is_plain && a->kind != HN_QBINARY_MUL)
        qbinary_vec_kind(p, n, QBINARY_PLAIN, is_signed);
    else
        qbinary_vec_kind(p, n, HN_ARITH_TFLITE, is_signed);
}

HN_INLINE void qbinary_vec_all(const hn_qbinary_args *a, void *const *buf, const hn_work *w,
                               bool is_signed) {
    const uint32_t n = (uint32_t)a->n_elements;
    const uint32_t end = w->end * HN_QBINARY_BLOCK < n ? w->end * HN_QBINARY_BLOCK : n;
    uint32_t at = w->begin * HN_QBINARY_BLOCK;
    qbinary_vec p = {.a = a};
    qbinary_bytes bytes;
    qbinary_vec_begin(&p);
    qbinary_bytes_begin(&p, is_signed, &bytes);
    p.is_x_one = a->rank > 0 && a->a_stride[a->rank - 1] == 0;
    p.is_y_one = a->rank > 0 && a->b_stride[a->rank - 1] == 0;
    hn_walk x, y;
    hn_walk_begin(&x, a->rank, a->dim, a->a_stride, at);
    hn_walk_begin(&y, a->rank, a->dim, a->b_stride, at);
    while (at < end) {
        const uint32_t run = hn_walk_run(&x, a->rank, a->dim, end - at);
        p.x = (const uint8_t *)buf[HN_QBINARY_A] + x.offset;
        p.y = (const uint8_t *)buf[HN_QBINARY_B] + y.offset;
        p.out = (uint8_t *)buf[HN_QBINARY_OUT] + at;
        qbinary_vec_part(&p, &bytes, run, is_signed);
        hn_walk_advance(&x, a->rank, a->dim, a->a_stride, run);
        hn_walk_advance(&y, a->rank, a->dim, a->b_stride, run);
        at += run;
    }
}

#endif
