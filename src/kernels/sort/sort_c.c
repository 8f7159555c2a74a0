/* SPDX-License-Identifier: Apache-2.0
 * Order along an axis: the definition and the portable form. The k first are kept in a heap whose
 * root is the worst of them, so that most elements cost one comparison; a heap sort then puts them
 * in order. Functions are made for each element type. */
#include <stdbool.h>

#include "core/assume.h"
#include "kernels/sort/sort.h"

/* ---- arg ---- */

typedef struct sort_row {
    intptr_t at, step; /* of the row's elements */
    intptr_t n;
} sort_row;

static inline sort_row sort_row_of(uint32_t u, int32_t n, int32_t inner) {
    const sort_row r = {
        (intptr_t)(u / (uint32_t)inner) * n * inner + (intptr_t)(u % (uint32_t)inner), inner, n};
    return r;
}

#define SORT_ARG(type, name)                                                                       \
    static inline intptr_t sort_arg_##name(const type *in, const sort_row *r, bool is_min,         \
                                           bool is_last) {                                         \
        intptr_t best = 0;                                                                         \
        type top = in[r->at];                                                                      \
        for (intptr_t i = 1; i < r->n; i++) {                                                      \
            const type x = in[r->at + i * r->step];                                                \
            const bool is_better = is_min ? x < top : x > top;                                     \
            if (!is_better && !(is_last && x == top)) continue;                                    \
            best = i;                                                                              \
            top = x;                                                                               \
        }                                                                                          \
        return best;                                                                               \
    }                                                                                              \
    HN_KERNEL(hn_arg_##name##_c) {                                                                 \
        const hn_arg_args *a = args;                                                               \
        for (uint32_t u = w->begin; u < w->end; u++) {                                             \
            const sort_row r = sort_row_of(u, a->n, a->inner);                                     \
            const intptr_t best =                                                                  \
                sort_arg_##name(buf[HN_ARG_IN], &r, a->kind == HN_ARG_MIN, a->is_last != 0);       \
            sort_arg_store(a, buf[HN_ARG_OUT], u, &r, best);                                       \
        }                                                                                          \
    }

static inline void sort_arg_store(const hn_arg_args *a, void *out, uint32_t u, const sort_row *r,
                                  intptr_t best) {
    if (a->kind == HN_ARG_HOT) {
        float *hot = (float *)out + r->at;
        for (intptr_t i = 0; i < r->n; i++) hot[i * r->step] = i == best ? 1.0f : 0.0f;
    } else if (a->is_wide) {
        ((int64_t *)out)[u] = (int64_t)best;
    } else {
        ((int32_t *)out)[u] = (int32_t)best;
    }
}

SORT_ARG(float, f32)
SORT_ARG(int8_t, s8)
SORT_ARG(uint8_t, u8)
SORT_ARG(int16_t, s16)
SORT_ARG(int32_t, s32)
SORT_ARG(int64_t, s64)
SORT_ARG(uint64_t, u64)

/* ---- topk ---- */

/* Whether element a of the row comes before element b. */
#define SORT_TOPK(type, name)                                                                      \
    static inline bool sort_before_##name(const type *row, intptr_t step, bool is_largest,         \
                                          uint32_t a, uint32_t b) {                                \
        const type x = row[(intptr_t)a * step], y = row[(intptr_t)b * step];                       \
        if (x == y) return a < b;                                                                  \
        return is_largest ? x > y : x < y;                                                         \
    }                                                                                              \
    /* Moves heap[at] down until no child comes after it. */                                       \
    static inline void sort_sift_##name(const type *row, intptr_t step, bool is_largest,           \
                                        uint32_t *heap, uint32_t n, uint32_t at) {                 \
        for (;;) {                                                                                 \
            uint32_t last = at;                                                                    \
            for (uint32_t child = 2 * at + 1; child <= 2 * at + 2 && child < n; child++) {         \
                if (sort_before_##name(row, step, is_largest, heap[last], heap[child]))            \
                    last = child;                                                                  \
            }                                                                                      \
            if (last == at) return;                                                                \
            const uint32_t moved = heap[at];                                                       \
            heap[at] = heap[last];                                                                 \
            heap[last] = moved;                                                                    \
            at = last;                                                                             \
        }                                                                                          \
    }                                                                                              \
    static inline void sort_topk_##name(const hn_topk_args *a, const type *row, intptr_t step,     \
                                        uint32_t *heap) {                                          \
        const uint32_t k = (uint32_t)a->k;                                                         \
        const bool is_largest = a->is_largest != 0;                                                \
        for (uint32_t i = 0; i < k; i++) heap[i] = i;                                              \
        for (uint32_t i = k / 2; i-- > 0;) sort_sift_##name(row, step, is_largest, heap, k, i);    \
        for (uint32_t i = k; i < (uint32_t)a->n; i++) {                                            \
            if (!sort_before_##name(row, step, is_largest, i, heap[0])) continue;                  \
            heap[0] = i;                                                                           \
            sort_sift_##name(row, step, is_largest, heap, k, 0);                                   \
        }                                                                                          \
        for (uint32_t left = k; left > 1; left--) {                                                \
            const uint32_t worst = heap[0];                                                        \
            heap[0] = heap[left - 1];                                                              \
            heap[left - 1] = worst;                                                                \
            sort_sift_##name(row, step, is_largest, heap, left - 1, 0);                            \
        }                                                                                          \
    }                                                                                              \
    HN_KERNEL(hn_topk_##name##_c) {                                                                \
        const hn_topk_args *a = args;                                                              \
        uint32_t *heap = w->scratch;                                                               \
        if (a->k == 0) return;                                                                     \
        for (uint32_t u = w->begin; u < w->end; u++) {                                             \
            const sort_row in = sort_row_of(u, a->n, a->inner);                                    \
            const sort_row out = sort_row_of(u, a->k, a->inner);                                   \
            const type *row = (const type *)buf[HN_TOPK_IN] + in.at;                               \
            sort_topk_##name(a, row, in.step, heap);                                               \
            if (a->gives != HN_TOPK_VALUES) {                                                      \
                sort_store_indices(buf[HN_TOPK_OUT], &out, heap, a->gives == HN_TOPK_S64);         \
                continue;                                                                          \
            }                                                                                      \
            type *values = (type *)buf[HN_TOPK_OUT] + out.at;                                      \
            for (intptr_t i = 0; i < out.n; i++)                                                   \
                values[i * out.step] = row[(intptr_t)heap[i] * in.step];                           \
        }                                                                                          \
    }

static inline void sort_store_indices(void *out, const sort_row *r, const uint32_t *heap,
                                      bool is_wide) {
    for (intptr_t i = 0; i < r->n; i++) {
        const intptr_t at = r->at + i * r->step;
        if (is_wide) {
            ((int64_t *)out)[at] = (int64_t)heap[i];
        } else {
            ((int32_t *)out)[at] = (int32_t)heap[i];
        }
    }
}

SORT_TOPK(float, f32)
SORT_TOPK(int8_t, s8)
SORT_TOPK(uint8_t, u8)
SORT_TOPK(int16_t, s16)
SORT_TOPK(int32_t, s32)
SORT_TOPK(int64_t, s64)
SORT_TOPK(uint64_t, u64)

/* ---- scan ---- */

#define SORT_SCAN(type, wide, name)                                                                \
    HN_KERNEL(hn_scan_##name##_c) {                                                                \
        const hn_scan_args *a = args;                                                              \
        const bool is_sum = a->kind == HN_SCAN_SUM;                                                \
        for (uint32_t u = w->begin; u < w->end; u++) {                                             \
            const sort_row r = sort_row_of(u, a->n, a->inner);                                     \
            const type *in = (const type *)buf[HN_SCAN_IN] + r.at;                                 \
            type *out = (type *)buf[HN_SCAN_OUT] + r.at;                                           \
            wide total = is_sum ? (wide)0 : (wide)1;                                               \
            for (intptr_t i = 0; i < r.n; i++) {                                                   \
                const intptr_t at = (a->is_reverse ? r.n - 1 - i : i) * r.step;                    \
                const wide x = (wide)in[at];                                                       \
                const wide next = is_sum ? total + x : total * x;                                  \
                out[at] = (type)(a->is_exclusive ? total : next);                                  \
                total = next;                                                                      \
            }                                                                                      \
        }                                                                                          \
    }

SORT_SCAN(float, float, f32)
SORT_SCAN(int32_t, uint32_t, s32)
SORT_SCAN(int64_t, uint64_t, s64)
