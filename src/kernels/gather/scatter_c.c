/* SPDX-License-Identifier: Apache-2.0
 * Writing by index: the definition and the portable form. */
#include <stdbool.h>

#include "core/assume.h"
#include "kernels/gather/scatter.h"

/* ---- joining one element ---- */

/* Integers of any size, widened to 64 bits by their sign; the low bits of the result are kept. */
static inline uint64_t scatter_join_integer(int32_t kind, bool is_signed, uint64_t old,
                                            uint64_t v) {
    const bool is_less = is_signed ? (int64_t)v < (int64_t)old : v < old;
    switch (kind) {
    case HN_SCATTER_ADD:
        return old + v;
    case HN_SCATTER_MUL:
        return old * v;
    case HN_SCATTER_MIN:
        return is_less ? v : old;
    case HN_SCATTER_MAX:
        return is_less || v == old ? old : v;
    default:
        return v;
    }
}

/* Sums of truth values are "or", products and minima "and". */
static inline uint8_t scatter_join_bool(int32_t kind, uint8_t old, uint8_t v) {
    if (kind == HN_SCATTER_ADD || kind == HN_SCATTER_MAX) return old != 0 || v != 0;
    if (kind == HN_SCATTER_MUL || kind == HN_SCATTER_MIN) return old != 0 && v != 0;
    return v;
}

#define SCATTER_JOIN_FLOAT(name, type)                                                             \
    static inline type name(int32_t kind, type old, type v) {                                      \
        switch (kind) {                                                                            \
        case HN_SCATTER_ADD:                                                                       \
            return old + v;                                                                        \
        case HN_SCATTER_MUL:                                                                       \
            return old * v;                                                                        \
        case HN_SCATTER_MIN:                                                                       \
            return v < old || v != v ? v : old;                                                    \
        case HN_SCATTER_MAX:                                                                       \
            return v > old || v != v ? v : old;                                                    \
        default:                                                                                   \
            return v;                                                                              \
        }                                                                                          \
    }

SCATTER_JOIN_FLOAT(scatter_join_f32, float)
SCATTER_JOIN_FLOAT(scatter_join_f64, double)

/* Joins *v into *to, both of `bits`. */
HN_INLINE void scatter_join(int32_t bits, int32_t kind, int32_t number, void *to, const void *v) {
    const bool is_signed = number == HN_NUMBER_SIGNED;
    switch (bits) {
    case 8: {
        hn_b8 *t = to;
        const hn_b8 n = *(const hn_b8 *)v;
        if (number == HN_NUMBER_BOOL) {
            *t = scatter_join_bool(kind, *t, n);
        } else if (is_signed) {
            *t = (hn_b8)scatter_join_integer(kind, true, (uint64_t)(int8_t)*t, (uint64_t)(int8_t)n);
        } else {
            *t = (hn_b8)scatter_join_integer(kind, false, *t, n);
        }
        break;
    }
    case 16: {
        hn_b16 *t = to;
        const hn_b16 n = *(const hn_b16 *)v;
        *t = (hn_b16)(is_signed ? scatter_join_integer(kind, true, (uint64_t)(int16_t)*t,
                                                       (uint64_t)(int16_t)n)
                                : scatter_join_integer(kind, false, *t, n));
        break;
    }
    case 32: {
        hn_b32 *t = to;
        const hn_b32 n = *(const hn_b32 *)v;
        if (number == HN_NUMBER_FLOAT) {
            *(float *)to = scatter_join_f32(kind, *(float *)to, *(const float *)v);
        } else if (is_signed) {
            *t = (hn_b32)scatter_join_integer(kind, true, (uint64_t)(int32_t)*t,
                                              (uint64_t)(int32_t)n);
        } else {
            *t = (hn_b32)scatter_join_integer(kind, false, *t, n);
        }
        break;
    }
    default: {
        hn_b64 *t = to;
        if (number == HN_NUMBER_FLOAT) {
            *(double *)to = scatter_join_f64(kind, *(double *)to, *(const double *)v);
        } else {
            *t = scatter_join_integer(kind, is_signed, *t, *(const hn_b64 *)v);
        }
        break;
    }
    }
}

/* ---- rows ---- */

/* The row that index number q names; -1 after a report. */
static inline int64_t scatter_row(const hn_scatter_args *a, const void *indices, uint32_t q,
                                  const hn_work *w) {
    int64_t row = 0;
    for (int32_t k = 0; k < a->n_parts; k++) {
        const uint32_t i = q * (uint32_t)a->n_parts + (uint32_t)k;
        const int64_t index = hn_index_load(a->index_type, indices, i);
        const int64_t part = hn_index_resolve(index, a->dim[k]);
        if (part < 0) {
            hn_report(w, HN_FAULT_INDEX, index);
            return -1;
        }
        row = row * a->dim[k] + part;
    }
    return row;
}

HN_INLINE void scatter_body(const hn_scatter_args *a, void *const *buf, const hn_work *w,
                            int32_t bits) {
    const intptr_t size = bits / 8, inner = a->inner;
    const uint8_t *updates = buf[HN_SCATTER_UPDATES];
    uint8_t *out = buf[HN_SCATTER_OUT];
    const intptr_t begin = (intptr_t)w->begin * HN_SCATTER_BLOCK;
    const intptr_t most = (intptr_t)w->end * HN_SCATTER_BLOCK;
    const intptr_t end = most < inner ? most : inner;
    for (uint32_t q = 0; q < (uint32_t)a->n_index; q++) {
        const int64_t row = scatter_row(a, buf[HN_SCATTER_INDICES], q, w);
        if (row < 0) continue;
        uint8_t *to = out + (intptr_t)row * inner * size;
        const uint8_t *from = updates + (intptr_t)q * inner * size;
        for (intptr_t i = begin; i < end; i++)
            scatter_join(bits, a->kind, a->number, to + i * size, from + i * size);
    }
}

/* ---- elements ---- */

HN_INLINE void scatter_elements_body(const hn_scatter_elements_args *a, void *const *buf,
                                     const hn_work *w, int32_t bits) {
    const intptr_t size = bits / 8;
    const uint8_t *updates = buf[HN_SCATTER_UPDATES];
    uint8_t *out = buf[HN_SCATTER_OUT];
    hn_walk in, to;
    hn_walk_begin(&in, a->rank, a->dim, a->in_stride, w->begin);
    hn_walk_begin(&to, a->rank, a->dim, a->out_stride, w->begin);
    for (uint32_t u = w->begin; u < w->end; u++) {
        for (int32_t k = 0; k < a->n_axis; k++) {
            const intptr_t at = in.offset + (intptr_t)k * a->in_axis;
            const int64_t index =
                hn_index_load(a->index_type, buf[HN_SCATTER_INDICES], (uint32_t)at);
            const int64_t place = hn_index_resolve(index, a->extent);
            if (place < 0) {
                hn_report(w, HN_FAULT_INDEX, index);
                continue;
            }
            uint8_t *element = out + (to.offset + (intptr_t)place * a->out_axis) * size;
            scatter_join(bits, a->kind, a->number, element, updates + at * size);
        }
        hn_walk_advance(&in, a->rank, a->dim, a->in_stride, 1);
        hn_walk_advance(&to, a->rank, a->dim, a->out_stride, 1);
    }
}

#define SCATTER_FUNCTION(n_bits)                                                                   \
    HN_KERNEL(hn_scatter_b##n_bits##_c) {                                                          \
        scatter_body(args, buf, w, n_bits);                                                        \
    }                                                                                              \
    HN_KERNEL(hn_scatter_elements_b##n_bits##_c) {                                                 \
        scatter_elements_body(args, buf, w, n_bits);                                               \
    }

SCATTER_FUNCTION(8)
SCATTER_FUNCTION(16)
SCATTER_FUNCTION(32)
SCATTER_FUNCTION(64)
