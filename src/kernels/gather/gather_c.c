/* SPDX-License-Identifier: Apache-2.0
 * Reading by index: the definition and the portable form. */
#include "core/assume.h"
#include "kernels/gather/gather.h"

/* The row that index number `at` names, within dim[0..n_parts); -1 after a report. */
static inline int64_t gather_row(const hn_gather_args *a, const void *indices, uint32_t at,
                                 const hn_work *w) {
    int64_t row = 0;
    for (int32_t k = 0; k < a->n_parts; k++) {
        const uint32_t i = at * (uint32_t)a->n_parts + (uint32_t)k;
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

#define GATHER_FUNCTION(type)                                                                      \
    static inline void gather_body_##type(const hn_gather_args *a, const hn_##type *x,             \
                                          const void *indices, hn_##type *out, const hn_work *w) { \
        int64_t span = 1;                                                                          \
        for (int32_t k = 0; k < a->n_parts; k++) span *= a->dim[k];                                \
        if (w->begin == w->end) return;                                                            \
        const uint32_t n_index = (uint32_t)a->n_index, n_outer = (uint32_t)a->n_outer;             \
        const intptr_t inner = a->inner;                                                           \
        uint32_t q = w->begin % n_index, block = w->begin / n_index;                               \
        for (uint32_t u = w->begin; u < w->end; u++) {                                             \
            const int64_t row = gather_row(a, indices, block / n_outer * n_index + q, w);          \
            const int64_t at = (int64_t)block * span + (row < 0 ? 0 : row);                        \
            const hn_##type *from = x + (intptr_t)at * inner;                                      \
            hn_##type *to = out + (intptr_t)u * inner;                                             \
            for (intptr_t i = 0; i < inner && row >= 0; i++) to[i] = from[i];                      \
            for (intptr_t i = 0; i < inner && row < 0; i++) to[i] = 0;                             \
            if (++q == n_index) {                                                                  \
                q = 0;                                                                             \
                block++;                                                                           \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    HN_KERNEL(hn_gather_##type##_c) {                                                              \
        gather_body_##type(args, buf[HN_GATHER_X], buf[HN_GATHER_INDICES], buf[HN_GATHER_OUT], w); \
    }

GATHER_FUNCTION(b8)
GATHER_FUNCTION(b16)
GATHER_FUNCTION(b32)
GATHER_FUNCTION(b64)

#define GATHER_ELEMENTS_FUNCTION(type)                                                             \
    static inline void gather_elements_body_##type(const hn_gather_elements_args *a,               \
                                                   const hn_##type *x, const void *indices,        \
                                                   hn_##type *out, const hn_work *w) {             \
        const uint32_t n = (uint32_t)a->n;                                                         \
        const uint32_t end = w->end * HN_GATHER_BLOCK < n ? w->end * HN_GATHER_BLOCK : n;          \
        hn_walk at;                                                                                \
        hn_walk_begin(&at, a->rank, a->dim, a->x_stride, w->begin *HN_GATHER_BLOCK);               \
        for (uint32_t i = w->begin * HN_GATHER_BLOCK; i < end; i++) {                              \
            const int64_t index = hn_index_load(a->index_type, indices, i);                        \
            const int64_t k = hn_index_resolve(index, a->extent);                                  \
            if (k < 0) hn_report(w, HN_FAULT_INDEX, index);                                        \
            out[i] = k < 0 ? 0 : x[at.offset + (intptr_t)k * a->axis_stride];                      \
            hn_walk_advance(&at, a->rank, a->dim, a->x_stride, 1);                                 \
        }                                                                                          \
    }                                                                                              \
    HN_KERNEL(hn_gather_elements_##type##_c) {                                                     \
        gather_elements_body_##type(args, buf[HN_GATHER_X], buf[HN_GATHER_INDICES],                \
                                    buf[HN_GATHER_OUT], w);                                        \
    }

GATHER_ELEMENTS_FUNCTION(b8)
GATHER_ELEMENTS_FUNCTION(b16)
GATHER_ELEMENTS_FUNCTION(b32)
GATHER_ELEMENTS_FUNCTION(b64)
