/* SPDX-License-Identifier: Apache-2.0
 * Changing the element type: the definition and the portable form. A block is read into one of
 * three wide types (int64 for integers and bool, float for floats of up to 32 bits, double) and
 * written from there, so that 13 types need 13 readers and 39 writers, not 169 loops. u64 passes
 * through int64 as its bits. A double is rounded to a half once, not through a float. */
#include <stdbool.h>

#include "core/assume.h"
#include "core/half.h"
#include "core/math.h"
#include "kernels/ewise/ewise.h"

enum { CAST_BLOCK = 64 };

typedef enum cast_wide { CAST_WIDE_INT, CAST_WIDE_FLOAT, CAST_WIDE_DOUBLE } cast_wide;

typedef union cast_block {
    int64_t whole[CAST_BLOCK];
    float real[CAST_BLOCK];
    double wide[CAST_BLOCK];
} cast_block;

/* v truncated, saturated to low..high; 0 for a NaN. The bounds are powers of two or 0. */
static inline int64_t cast_to_int(double v, double low, double end) {
    if (v != v) return 0;
    if (v <= low) return low < -9.2e18 ? INT64_MIN : (int64_t)low;
    if (v >= end) return end > 9.2e18 ? INT64_MAX : (int64_t)end - 1;
    return (int64_t)v;
}

static inline uint64_t cast_to_u64(double v) {
    if (!(v > -1.0)) return 0;
    if (v >= 18446744073709551616.0) return UINT64_MAX;
    return v < 9223372036854775808.0
               ? (uint64_t)(int64_t)v
               : (uint64_t)(int64_t)(v - 9223372036854775808.0) | (uint64_t)1 << 63;
}

static inline double cast_from_u64(uint64_t v) {
    return (double)v;
}

/* ---- reading ---- */

#define CAST_WIDE_OF_I CAST_WIDE_INT
#define CAST_WIDE_OF_B CAST_WIDE_INT
#define CAST_WIDE_OF_H CAST_WIDE_FLOAT
#define CAST_WIDE_OF_Q CAST_WIDE_FLOAT
#define CAST_WIDE_OF_F CAST_WIDE_FLOAT
#define CAST_WIDE_OF_D CAST_WIDE_DOUBLE

#define CAST_READ_I(v) block->whole[i] = (int64_t)(v)
#define CAST_READ_B(v) block->whole[i] = (v) != 0
#define CAST_READ_H(v) block->real[i] = hn_f32_of_f16(v)
#define CAST_READ_Q(v) block->real[i] = hn_f32_of_bf16(v)
#define CAST_READ_F(v) block->real[i] = (v)
#define CAST_READ_D(v) block->wide[i] = (v)

#define X(name, type, kind)                                                                        \
    static inline void cast_read_##name(const void *in, uint32_t at, uint32_t n,                   \
                                        cast_block *block) {                                       \
        const type *from = (const type *)in + at;                                                  \
        for (uint32_t i = 0; i < n; i++) CAST_READ_##kind(from[i]);                                \
    }
#include "kernels/ewise/cast_types.def"
#undef X

/* ---- writing: from int64 (is_u64: its bits), float, double ---- */

#define CAST_HALF(type) ((double)((uint64_t)1 << (8 * sizeof(type) - 1)))
#define CAST_LOW(type)  ((type)-1 < (type)1 ? -CAST_HALF(type) : 0.0)
#define CAST_SIGN(type) ((type)-1 < (type)1 ? 1u : 0u)
#define CAST_END(type)  (2.0 * (double)((uint64_t)1 << (8 * sizeof(type) - 1 - CAST_SIGN(type))))

#define CAST_INT_I(type, v) (type)(v)
#define CAST_INT_B(type, v) (type)((v) != 0)
#define CAST_INT_H(type, v) hn_f16_of_f32(is_u64 ? (float)(uint64_t)(v) : (float)(v))
#define CAST_INT_Q(type, v) hn_bf16_of_f32(is_u64 ? (float)(uint64_t)(v) : (float)(v))
#define CAST_INT_F(type, v) is_u64 ? (float)(uint64_t)(v) : (float)(v)
#define CAST_INT_D(type, v) is_u64 ? cast_from_u64((uint64_t)(v)) : (double)(v)

#define CAST_REAL_I(type, v)                                                                       \
    (type)(sizeof(type) == 8 && CAST_SIGN(type) == 0                                               \
               ? (int64_t)cast_to_u64((double)(v))                                                 \
               : cast_to_int((double)(v), CAST_LOW(type), CAST_END(type)))
#define CAST_REAL_B(type, v) (type)((v) != 0)
#define CAST_REAL_H(type, v) hn_f16_of_f32(v)
#define CAST_REAL_Q(type, v) hn_bf16_of_f32(v)
#define CAST_REAL_F(type, v) (float)(v)
#define CAST_REAL_D(type, v) (double)(v)

#define CAST_WIDE_I(type, v) CAST_REAL_I(type, v)
#define CAST_WIDE_B(type, v) (type)((v) != 0)
#define CAST_WIDE_H(type, v) hn_f16_of_f64(v)
#define CAST_WIDE_Q(type, v) hn_bf16_of_f32((float)(v))
#define CAST_WIDE_F(type, v) (float)(v)
#define CAST_WIDE_D(type, v) (v)

#define X(name, type, kind)                                                                        \
    static inline void cast_write_##name(void *out, uint32_t at, uint32_t n,                       \
                                         const cast_block *block, cast_wide wide, bool is_u64) {   \
        type *to = (type *)out + at;                                                               \
        (void)is_u64;                                                                              \
        if (wide == CAST_WIDE_INT) {                                                               \
            for (uint32_t i = 0; i < n; i++) to[i] = CAST_INT_##kind(type, block->whole[i]);       \
        } else if (wide == CAST_WIDE_FLOAT) {                                                      \
            for (uint32_t i = 0; i < n; i++) to[i] = CAST_REAL_##kind(type, block->real[i]);       \
        } else {                                                                                   \
            for (uint32_t i = 0; i < n; i++) to[i] = CAST_WIDE_##kind(type, block->wide[i]);       \
        }                                                                                          \
    }
#include "kernels/ewise/cast_types.def"
#undef X

static void cast_write(int32_t to, void *out, uint32_t at, uint32_t n, const cast_block *block,
                       cast_wide wide, bool is_u64) {
    switch (to) {
#define X(name, type, kind)                                                                        \
    case HN_CAST_TO_##name:                                                                        \
        cast_write_##name(out, at, n, block, wide, is_u64);                                        \
        break;
#include "kernels/ewise/cast_types.def"
#undef X
    default:
        break;
    }
}

HN_INLINE void cast_body(const hn_cast_args *a, void *const *buf, const hn_work *w, int32_t from) {
    const uint32_t n = (uint32_t)a->n;
    const uint32_t end = w->end * HN_EWISE_BLOCK < n ? w->end * HN_EWISE_BLOCK : n;
    const void *in = buf[HN_CAST_IN];
    const bool is_u64 = from == HN_CAST_TO_u64;
    cast_wide wide = CAST_WIDE_INT;
    for (uint32_t at = w->begin * HN_EWISE_BLOCK; at < end; at += CAST_BLOCK) {
        const uint32_t run = end - at < CAST_BLOCK ? end - at : CAST_BLOCK;
        cast_block block;
        switch (from) {
#define X(name, type, kind)                                                                        \
    case HN_CAST_TO_##name:                                                                        \
        wide = CAST_WIDE_OF_##kind;                                                                \
        cast_read_##name(in, at, run, &block);                                                     \
        break;
#include "kernels/ewise/cast_types.def"
#undef X
        default:
            break;
        }
        cast_write(a->to, buf[HN_CAST_OUT], at, run, &block, wide, is_u64);
    }
}

#define X(name, type, kind)                                                                        \
    HN_KERNEL(hn_cast_##name##_c) {                                                                \
        cast_body(args, buf, w, HN_CAST_TO_##name);                                                \
    }
#include "kernels/ewise/cast_types.def"
#undef X
