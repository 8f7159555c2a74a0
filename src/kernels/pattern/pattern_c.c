/* SPDX-License-Identifier: Apache-2.0
 * Data movement by patterns: the definition and the portable form. */
#include "core/assume.h"
#include "kernels/pattern/pattern.h"

/* ---- one_hot ---- */

#define ONE_HOT_FUNCTION(type)                                                                     \
    static inline void one_hot_body_##type(const hn_one_hot_args *a, const void *indices,          \
                                           hn_##type on, hn_##type off, hn_##type *out,            \
                                           const hn_work *w) {                                     \
        const uint32_t depth = (uint32_t)a->depth, n_inner = (uint32_t)a->n_inner;                 \
        for (uint32_t u = w->begin; u < w->end; u++) {                                             \
            const uint32_t d = u % depth, first = u / depth * n_inner;                             \
            for (uint32_t i = 0; i < n_inner; i++) {                                               \
                int64_t index = hn_index_load(a->index_type, indices, first + i);                  \
                if (a->wraps != 0 && index < 0 && index >= -a->depth) index += a->depth;           \
                out[(intptr_t)u * n_inner + i] = index == (int64_t)d ? on : off;                   \
            }                                                                                      \
        }                                                                                          \
    }                                                                                              \
    HN_KERNEL(hn_one_hot_##type##_c) {                                                             \
        const hn_one_hot_args *a = args;                                                           \
        const hn_##type *on = buf[HN_ONE_HOT_ON], *off = buf[HN_ONE_HOT_OFF];                      \
        one_hot_body_##type(a, buf[HN_ONE_HOT_INDICES], on[a->on_at], off[a->off_at],              \
                            buf[HN_ONE_HOT_OUT], w);                                               \
    }

ONE_HOT_FUNCTION(b8)
ONE_HOT_FUNCTION(b16)
ONE_HOT_FUNCTION(b32)
ONE_HOT_FUNCTION(b64)

/* ---- reverse_sequence ---- */

/* The row that goes into row u. */
static inline uint32_t reverse_sequence_from(const hn_reverse_sequence_args *a, const void *lengths,
                                             uint32_t u, const hn_work *w) {
    const uint32_t dim0 = (uint32_t)a->dim0, dim1 = (uint32_t)a->dim1;
    const uint32_t middle = (uint32_t)a->n_middle;
    const uint32_t i1 = u % dim1, m = u / dim1 % middle;
    const uint32_t i0 = u / dim1 / middle % dim0, o = u / dim1 / middle / dim0;
    const uint32_t s = a->seq_first != 0 ? i0 : i1, b = a->seq_first != 0 ? i1 : i0;
    const int64_t length = hn_index_load(a->index_type, lengths, b);
    if (length < 0 || length > (a->seq_first != 0 ? a->dim0 : a->dim1)) {
        hn_report(w, HN_FAULT_INDEX, length);
        return u;
    }
    if ((int64_t)s >= length) return u;
    const uint32_t from = (uint32_t)length - 1 - s;
    const uint32_t f0 = a->seq_first != 0 ? from : i0, f1 = a->seq_first != 0 ? i1 : from;
    return ((o * dim0 + f0) * middle + m) * dim1 + f1;
}

/* ---- triangle ---- */

/* The columns [*begin, *end) that row u keeps; k lies within +-2^32. */
static inline void triangle_columns(const hn_triangle_args *a, uint32_t u, int64_t k,
                                    int64_t *begin, int64_t *end) {
    const int64_t edge = (int64_t)(u % (uint32_t)a->rows) + k;
    *begin = a->upper != 0 ? edge : 0;
    *end = a->upper != 0 ? a->columns : edge + 1;
    if (*begin < 0) *begin = 0;
    if (*end > a->columns) *end = a->columns;
}

static inline int64_t triangle_k(const hn_triangle_args *a, const void *k) {
    const int64_t far = INT64_C(1) << 32, v = k != 0 ? hn_index_load(a->index_type, k, 0) : 0;
    return v > far ? far : v < -far ? -far : v;
}

#define PATTERN_FUNCTION(type)                                                                     \
    HN_KERNEL(hn_reverse_sequence_##type##_c) {                                                    \
        const hn_reverse_sequence_args *a = args;                                                  \
        const hn_##type *x = buf[HN_REVERSE_X];                                                    \
        hn_##type *out = buf[HN_REVERSE_OUT];                                                      \
        for (uint32_t u = w->begin; u < w->end; u++) {                                             \
            const uint32_t row = reverse_sequence_from(a, buf[HN_REVERSE_LENGTHS], u, w);          \
            const hn_##type *from = x + (intptr_t)row * a->n_inner;                                \
            hn_##type *to = out + (intptr_t)u * a->n_inner;                                        \
            for (int32_t i = 0; i < a->n_inner; i++) to[i] = from[i];                              \
        }                                                                                          \
    }                                                                                              \
    HN_KERNEL(hn_triangle_##type##_c) {                                                            \
        const hn_triangle_args *a = args;                                                          \
        const hn_##type *x = buf[HN_TRIANGLE_IN];                                                  \
        const int64_t k = triangle_k(a, buf[HN_TRIANGLE_K]);                                       \
        hn_##type *out = buf[HN_TRIANGLE_OUT];                                                     \
        for (uint32_t u = w->begin; u < w->end; u++) {                                             \
            const intptr_t at = (intptr_t)u * a->columns;                                          \
            int64_t begin, end;                                                                    \
            triangle_columns(a, u, k, &begin, &end);                                               \
            for (int32_t i = 0; i < a->columns; i++)                                               \
                out[at + i] = i >= begin && i < end ? x[at + i] : 0;                               \
        }                                                                                          \
    }

PATTERN_FUNCTION(b8)
PATTERN_FUNCTION(b16)
PATTERN_FUNCTION(b32)
PATTERN_FUNCTION(b64)
