/* SPDX-License-Identifier: Apache-2.0
 * Choosing between two tensors by a third: the definition and the portable form. Elements move as
 * unsigned integers of their size. */
#include <stdbool.h>

#include "core/assume.h"
#include "kernels/ewise/ewise.h"

/* The bytes may be of any type: floats are moved as integers. */
#if defined(__GNUC__)
#define SELECT_ALIAS __attribute__((may_alias))
#else
#define SELECT_ALIAS
#endif
typedef uint8_t select_b8;
typedef uint16_t SELECT_ALIAS select_b16;
typedef uint32_t SELECT_ALIAS select_b32;
typedef uint64_t SELECT_ALIAS select_b64;

typedef struct select_run {
    const uint8_t *c;
    intptr_t a, b, c_step, a_step, b_step; /* a, b: where the run begins */
    uint32_t at, n;
} select_run;

#define SELECT_FUNCTION(type)                                                                      \
    static inline void select_run_##type(const select_run *r, void *const *buf) {                  \
        const select_##type *a = (const select_##type *)buf[HN_SELECT_A] + r->a;                   \
        const select_##type *b = (const select_##type *)buf[HN_SELECT_B] + r->b;                   \
        select_##type *out = (select_##type *)buf[HN_SELECT_OUT] + r->at;                          \
        for (uint32_t i = 0; i < r->n; i++) {                                                      \
            const intptr_t k = (intptr_t)i;                                                        \
            out[i] = r->c[k * r->c_step] != 0 ? a[k * r->a_step] : b[k * r->b_step];               \
        }                                                                                          \
    }

SELECT_FUNCTION(b8)
SELECT_FUNCTION(b16)
SELECT_FUNCTION(b32)
SELECT_FUNCTION(b64)

HN_INLINE void select_body(const hn_select_args *args, void *const *buf, const hn_work *w,
                           void (*run)(const select_run *r, void *const *buf)) {
    const uint32_t n = (uint32_t)args->n_elements;
    const uint32_t end = w->end * HN_EWISE_BLOCK < n ? w->end * HN_EWISE_BLOCK : n;
    const int32_t rank = args->rank, last = rank - 1;
    select_run r = {.at = w->begin * HN_EWISE_BLOCK};
    if (r.at >= end) return;
    if (rank > 0) {
        r.c_step = args->c_stride[last];
        r.a_step = args->a_stride[last];
        r.b_step = args->b_stride[last];
    }
    hn_walk a, b, c;
    hn_walk_begin(&a, rank, args->dim, args->a_stride, r.at);
    hn_walk_begin(&b, rank, args->dim, args->b_stride, r.at);
    hn_walk_begin(&c, rank, args->dim, args->c_stride, r.at);
    while (r.at < end) {
        r.n = hn_walk_run(&a, rank, args->dim, end - r.at);
        r.a = a.offset;
        r.b = b.offset;
        r.c = (const uint8_t *)buf[HN_SELECT_C] + c.offset;
        run(&r, buf);
        hn_walk_advance(&a, rank, args->dim, args->a_stride, r.n);
        hn_walk_advance(&b, rank, args->dim, args->b_stride, r.n);
        hn_walk_advance(&c, rank, args->dim, args->c_stride, r.n);
        r.at += r.n;
    }
}

HN_KERNEL(hn_select_b8_c) {
    select_body(args, buf, w, select_run_b8);
}

HN_KERNEL(hn_select_b16_c) {
    select_body(args, buf, w, select_run_b16);
}

HN_KERNEL(hn_select_b32_c) {
    select_body(args, buf, w, select_run_b32);
}

HN_KERNEL(hn_select_b64_c) {
    select_body(args, buf, w, select_run_b64);
}
