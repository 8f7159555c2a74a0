/* SPDX-License-Identifier: Apache-2.0
 * Elementwise work on typed elements: the definition and the portable form. One body, in
 * ewise_type.def, becomes a function for each type, with a loop for each operation over a run of
 * the last dimension, where each input has one stride (0 where it broadcasts). */
#include <stdbool.h>

#include "core/assume.h"
#include "kernels/ewise/ewise.h"

/* A run of n elements: where it begins in each operand, in elements, and its steps. */
typedef struct ewise_run {
    const void *a, *b;
    void *out;
    intptr_t a_offset, b_offset, a_step, b_step;
    uint32_t at, n;
    int32_t op;
} ewise_run;

#define EWISE_LOOP(name, type, value)                                                              \
    case HN_EWISE_##name:                                                                          \
        for (uint32_t i = 0; i < r->n; i++) {                                                      \
            const EWISE_T x = a[(intptr_t)i * r->a_step];                                          \
            const EWISE_T y = b[(intptr_t)i * r->b_step];                                          \
            (void)y;                                                                               \
            ((type *)r->out)[r->at + i] = (type)(value);                                           \
        }                                                                                          \
        break;
#define EWISE_DIV(x, y)      EWISE_NAME(div)(x, y, w)
#define EWISE_MOD(x, y)      EWISE_NAME(mod)(x, y, w)
#define EWISE_TURNS(x, y)    EWISE_NAME(turns)(x, y)
#define EWISE_POW(x, y)      EWISE_NAME(pow)(x, y, w)
#define EWISE_SHIFT(x, y, l) EWISE_NAME(shift)(x, y, l)

#define EWISE_CASE_ARITHMETIC(name, value) EWISE_LOOP(name, EWISE_T, value)
#define EWISE_CASE_INTEGER(name, value)    EWISE_LOOP(name, EWISE_T, value)
#define EWISE_CASE_COMPARE(name, value)    EWISE_LOOP(name, uint8_t, value)
#define EWISE_CASE_LOGIC(name, value)
#define EWISE_CASE_TEST(name, value)
#define EWISE_IS_NAN(x) false
#define EWISE_INT       1

/* ---- signed integers ---- */

#define EWISE_SIGNED         1
#define EWISE_IS_NEGATIVE(x) ((x) < 0)
#define EWISE_U              uint32_t

#define EWISE_T       int8_t
#define EWISE_NAME(f) ewise_##f##_s8
#include "kernels/ewise/ewise_type.def"
#undef EWISE_T
#undef EWISE_NAME

#define EWISE_T       int16_t
#define EWISE_NAME(f) ewise_##f##_s16
#include "kernels/ewise/ewise_type.def"
#undef EWISE_T
#undef EWISE_NAME

#define EWISE_T       int32_t
#define EWISE_NAME(f) ewise_##f##_s32
#include "kernels/ewise/ewise_type.def"
#undef EWISE_T
#undef EWISE_NAME
#undef EWISE_U

#define EWISE_T       int64_t
#define EWISE_U       uint64_t
#define EWISE_NAME(f) ewise_##f##_s64
#include "kernels/ewise/ewise_type.def"
#undef EWISE_T
#undef EWISE_NAME
#undef EWISE_SIGNED
#undef EWISE_IS_NEGATIVE

/* ---- unsigned integers ---- */

#define EWISE_SIGNED         0
#define EWISE_IS_NEGATIVE(x) ((void)(x), false)

#define EWISE_T       uint64_t
#define EWISE_NAME(f) ewise_##f##_u64
#include "kernels/ewise/ewise_type.def"
#undef EWISE_T
#undef EWISE_NAME
#undef EWISE_U

#define EWISE_U       uint32_t
#define EWISE_T       uint32_t
#define EWISE_NAME(f) ewise_##f##_u32
#include "kernels/ewise/ewise_type.def"
#undef EWISE_T
#undef EWISE_NAME

#define EWISE_T       uint16_t
#define EWISE_NAME(f) ewise_##f##_u16
#include "kernels/ewise/ewise_type.def"
#undef EWISE_T
#undef EWISE_NAME

#undef EWISE_CASE_LOGIC
#define EWISE_CASE_LOGIC(name, value) EWISE_LOOP(name, uint8_t, value)
#define EWISE_T                       uint8_t
#define EWISE_NAME(f)                 ewise_##f##_u8
#include "kernels/ewise/ewise_type.def"
#undef EWISE_T
#undef EWISE_NAME
#undef EWISE_U
#undef EWISE_SIGNED
#undef EWISE_IS_NEGATIVE
#undef EWISE_INT
#undef EWISE_IS_NAN
#undef EWISE_DIV

/* ---- floats ---- */

#undef EWISE_CASE_LOGIC
#undef EWISE_CASE_INTEGER
#undef EWISE_CASE_TEST
#define EWISE_CASE_LOGIC(name, value)
#define EWISE_CASE_INTEGER(name, value)
#define EWISE_CASE_TEST(name, value) EWISE_LOOP(name, uint8_t, value)
#define EWISE_IS_NAN(x)              ((x) != (x))
#define EWISE_IS_NEGATIVE(x)         ((x) < 0)
#define EWISE_DIV(x, y)              ((x) / (y))
#define EWISE_SIGNED                 1
#define EWISE_INT                    0

#define EWISE_T       double
#define EWISE_U       double
#define EWISE_NAME(f) ewise_##f##_f64
#include "kernels/ewise/ewise_type.def"
#undef EWISE_T
#undef EWISE_U
#undef EWISE_NAME

#undef EWISE_CASE_ARITHMETIC
#define EWISE_CASE_ARITHMETIC(name, value)
#define EWISE_T       float
#define EWISE_U       float
#define EWISE_NAME(f) ewise_##f##_f32
#include "kernels/ewise/ewise_type.def"
#undef EWISE_T
#undef EWISE_U
#undef EWISE_NAME

HN_INLINE void ewise_body(const hn_ewise_args *a, void *const *buf, const hn_work *w,
                          void (*run)(const ewise_run *r, const hn_work *w)) {
    const uint32_t n = (uint32_t)a->n_elements;
    const uint32_t end = w->end * HN_EWISE_BLOCK < n ? w->end * HN_EWISE_BLOCK : n;
    const bool is_unary = buf[HN_EWISE_B] == 0;
    ewise_run r = {.a = buf[HN_EWISE_A],
                   .b = is_unary ? buf[HN_EWISE_A] : buf[HN_EWISE_B],
                   .out = buf[HN_EWISE_OUT],
                   .at = w->begin * HN_EWISE_BLOCK,
                   .op = a->op};
    const int32_t *b_stride = is_unary ? a->a_stride : a->b_stride;
    if (r.at >= end) return;
    r.a_step = a->rank > 0 ? a->a_stride[a->rank - 1] : 0;
    r.b_step = a->rank > 0 ? b_stride[a->rank - 1] : 0;
    hn_walk walk_a, walk_b;
    hn_walk_begin(&walk_a, a->rank, a->dim, a->a_stride, r.at);
    hn_walk_begin(&walk_b, a->rank, a->dim, b_stride, r.at);
    while (r.at < end) {
        r.n = hn_walk_run(&walk_a, a->rank, a->dim, end - r.at);
        r.a_offset = walk_a.offset;
        r.b_offset = walk_b.offset;
        run(&r, w);
        hn_walk_advance(&walk_a, a->rank, a->dim, a->a_stride, r.n);
        hn_walk_advance(&walk_b, a->rank, a->dim, b_stride, r.n);
        r.at += r.n;
    }
}

#define EWISE_KERNEL(type)                                                                         \
    HN_KERNEL(hn_ewise_##type##_c) {                                                               \
        ewise_body(args, buf, w, ewise_run_##type);                                                \
    }

EWISE_KERNEL(s8)
EWISE_KERNEL(u8)
EWISE_KERNEL(s16)
EWISE_KERNEL(u16)
EWISE_KERNEL(s32)
EWISE_KERNEL(u32)
EWISE_KERNEL(s64)
EWISE_KERNEL(u64)
EWISE_KERNEL(f32)
EWISE_KERNEL(f64)
