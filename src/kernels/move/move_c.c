/* SPDX-License-Identifier: Apache-2.0
 * Data movement: the definition and the portable form. Elements move as unsigned integers of their
 * size. A row whose elements are neighbours in both views is copied straight. Where neighbours in
 * the input lie in different output rows (a transpose), eight rows are written together, so that
 * each cache line that is read is used eight times and not once. */
#include <stdbool.h>

#include "core/assume.h"
#include "core/strided.h"
#include "kernels/move/move.h"

/* The bytes may be of any type: floats are moved as integers. */
#if defined(__GNUC__)
#define MOVE_ALIAS __attribute__((may_alias))
#else
#define MOVE_ALIAS
#endif
typedef uint8_t move_b8;
typedef uint16_t MOVE_ALIAS move_b16;
typedef uint32_t MOVE_ALIAS move_b32;
typedef uint64_t MOVE_ALIAS move_b64;

enum { MOVE_ROWS = 8 };

/* Rows of a step: n elements from in to out with their steps, `rows` of them one row step apart. */
typedef struct move_rows {
    intptr_t in, out;           /* the first element's offset */
    intptr_t in_step, out_step; /* from one element to the next */
    intptr_t out_row;           /* from one row to the next; in the input it is 1, or rows is 1 */
    uint32_t n, rows;
} move_rows;

#define MOVE_ROWS_FUNCTION(type)                                                                   \
    static inline void move_rows_##type(const move_rows *r, const move_##type *in,                 \
                                        move_##type *out) {                                        \
        in += r->in;                                                                               \
        out += r->out;                                                                             \
        if (r->rows == 1 && r->in_step == 1 && r->out_step == 1) {                                 \
            for (uint32_t i = 0; i < r->n; i++) out[i] = in[i];                                    \
            return;                                                                                \
        }                                                                                          \
        for (uint32_t i = 0; i < r->n; i++) {                                                      \
            const move_##type *from = in + (intptr_t)i * r->in_step;                               \
            move_##type *to = out + (intptr_t)i * r->out_step;                                     \
            for (uint32_t k = 0; k < r->rows; k++) to[(intptr_t)k * r->out_row] = from[k];         \
        }                                                                                          \
    }

MOVE_ROWS_FUNCTION(b8)
MOVE_ROWS_FUNCTION(b16)
MOVE_ROWS_FUNCTION(b32)
MOVE_ROWS_FUNCTION(b64)

/* The next rows from unit u: up to eight where the dimension before the last is contiguous in the
 * input, else one. */
static inline uint32_t move_next(const hn_move_args *a, uint32_t u, uint32_t end, move_rows *r) {
    const int32_t outer = a->rank > 0 ? a->rank - 1 : 0;
    hn_walk in, out;
    hn_walk_begin(&in, outer, a->dim, a->in_stride, u);
    hn_walk_begin(&out, outer, a->dim, a->out_stride, u);
    r->in = a->in_offset + in.offset;
    r->out = a->out_offset + out.offset;
    r->n = a->rank > 0 ? (uint32_t)a->dim[a->rank - 1] : 1;
    r->in_step = a->rank > 0 ? a->in_stride[a->rank - 1] : 1;
    r->out_step = a->rank > 0 ? a->out_stride[a->rank - 1] : 1;
    r->rows = 1;
    r->out_row = 0;
    if (outer > 0 && a->in_stride[outer - 1] == 1 && r->in_step != 1) {
        const uint32_t most = end - u < MOVE_ROWS ? end - u : MOVE_ROWS;
        r->rows = hn_walk_run(&in, outer, a->dim, most);
        r->out_row = a->out_stride[outer - 1];
    }
    return r->rows;
}

HN_INLINE void move_body(const hn_move_args *a, const void *in, void *out, const hn_work *w,
                         int32_t bits) {
    for (uint32_t u = w->begin; u < w->end;) {
        move_rows r;
        u += move_next(a, u, w->end, &r);
        switch (bits) {
        case 8:
            move_rows_b8(&r, in, out);
            break;
        case 16:
            move_rows_b16(&r, in, out);
            break;
        case 32:
            move_rows_b32(&r, in, out);
            break;
        default:
            move_rows_b64(&r, in, out);
            break;
        }
    }
}

HN_KERNEL(hn_move_b8_c) {
    move_body(args, buf[HN_MOVE_IN], buf[HN_MOVE_OUT], w, 8);
}

HN_KERNEL(hn_move_b16_c) {
    move_body(args, buf[HN_MOVE_IN], buf[HN_MOVE_OUT], w, 16);
}

HN_KERNEL(hn_move_b32_c) {
    move_body(args, buf[HN_MOVE_IN], buf[HN_MOVE_OUT], w, 32);
}

HN_KERNEL(hn_move_b64_c) {
    move_body(args, buf[HN_MOVE_IN], buf[HN_MOVE_OUT], w, 64);
}

HN_INLINE void fill_body(const hn_fill_args *a, void *out, const hn_work *w, int32_t bits) {
    const uint32_t n = (uint32_t)a->n;
    const uint32_t begin = w->begin * HN_FILL_BLOCK;
    const uint32_t end = w->end * HN_FILL_BLOCK < n ? w->end * HN_FILL_BLOCK : n;
    const uint64_t wide = (uint64_t)a->high << 32 | a->low;
    switch (bits) {
    case 8:
        for (uint32_t i = begin; i < end; i++) ((move_b8 *)out)[i] = (uint8_t)a->low;
        break;
    case 16:
        for (uint32_t i = begin; i < end; i++) ((move_b16 *)out)[i] = (uint16_t)a->low;
        break;
    case 32:
        for (uint32_t i = begin; i < end; i++) ((move_b32 *)out)[i] = a->low;
        break;
    default:
        for (uint32_t i = begin; i < end; i++) ((move_b64 *)out)[i] = wide;
        break;
    }
}

HN_KERNEL(hn_fill_b8_c) {
    fill_body(args, buf[HN_FILL_OUT], w, 8);
}

HN_KERNEL(hn_fill_b16_c) {
    fill_body(args, buf[HN_FILL_OUT], w, 16);
}

HN_KERNEL(hn_fill_b32_c) {
    fill_body(args, buf[HN_FILL_OUT], w, 32);
}

HN_KERNEL(hn_fill_b64_c) {
    fill_body(args, buf[HN_FILL_OUT], w, 64);
}
