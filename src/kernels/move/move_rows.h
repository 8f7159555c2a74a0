/* SPDX-License-Identifier: Apache-2.0
 * Rows of a move, by the portable loops, and the walk over them. Elements move as unsigned integers
 * of their size. Rows whose elements are neighbours in both views are copied straight. Where
 * neighbours in the input lie in different output rows (a transpose), sixteen rows are written
 * together, so that each cache line that is read is used sixteen times and not once. The walk
 * divides once a call; from row to row it only adds. */
#ifndef HN_KERNELS_MOVE_ROWS_H
#define HN_KERNELS_MOVE_ROWS_H

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

enum { MOVE_ROWS = 16 };

/* Rows of a step: n elements from in to out with their steps, `rows` of them a row step apart. */
typedef struct move_rows {
    intptr_t in, out;           /* the first element's offset */
    intptr_t in_step, out_step; /* from one element to the next */
    intptr_t in_row, out_row;   /* from one row to the next */
    uint32_t n, rows;
} move_rows;

#define MOVE_ROWS_FUNCTION(type)                                                                   \
    static inline void move_rows_##type(const move_rows *r, const move_##type *in,                 \
                                        move_##type *out) {                                        \
        in += r->in;                                                                               \
        out += r->out;                                                                             \
        if (r->in_step == 1 && r->out_step == 1) {                                                 \
            for (uint32_t k = 0; k < r->rows; k++, in += r->in_row, out += r->out_row)             \
                for (uint32_t i = 0; i < r->n; i++) out[i] = in[i];                                \
            return;                                                                                \
        }                                                                                          \
        for (uint32_t i = 0; i < r->n; i++, in += r->in_step, out += r->out_step)                  \
            for (uint32_t k = 0; k < r->rows; k++)                                                 \
                out[(intptr_t)k * r->out_row] = in[(intptr_t)k * r->in_row];                       \
    }

/* How many rows are done together: all to the end of the dimension before the last where they are
 * contiguous; where neighbours of the input lie in different rows sixteen, or all when rows are
 * short; else one. */
static inline uint32_t move_count(const hn_move_args *a, const hn_walk *in, const move_rows *r,
                                  uint32_t left) {
    const int32_t outer = a->rank - 1;
    const bool is_contiguous = r->in_step == 1 && r->out_step == 1;
    if (outer <= 0 || (!is_contiguous && r->in_row != 1)) return 1;
    const bool is_short = r->n <= 3;
    const uint32_t most = is_contiguous || is_short || left < MOVE_ROWS ? left : MOVE_ROWS;
    return hn_walk_run(in, outer, a->dim, most);
}

typedef void (*move_fn)(const move_rows *r, const void *in, void *out);

/* All units of a call, through a function that the compiler sees. */
HN_INLINE void move_walk(const hn_move_args *a, void *const *buf, const hn_work *w, move_fn fn) {
    const int32_t outer = a->rank > 0 ? a->rank - 1 : 0;
    hn_walk in, out;
    move_rows r = {0, 0, 1, 1, 0, 0, 1, 1};
    if (a->rank > 0) {
        r.n = (uint32_t)a->dim[outer];
        r.in_step = a->in_stride[outer];
        r.out_step = a->out_stride[outer];
    }
    if (outer > 0) {
        r.in_row = a->in_stride[outer - 1];
        r.out_row = a->out_stride[outer - 1];
    }
    hn_walk_begin(&in, outer, a->dim, a->in_stride, w->begin);
    hn_walk_begin(&out, outer, a->dim, a->out_stride, w->begin);
    for (uint32_t u = w->begin; u < w->end; u += r.rows) {
        r.in = a->in_offset + in.offset;
        r.out = a->out_offset + out.offset;
        r.rows = move_count(a, &in, &r, w->end - u);
        fn(&r, buf[HN_MOVE_IN], buf[HN_MOVE_OUT]);
        hn_walk_advance(&in, outer, a->dim, a->in_stride, r.rows);
        hn_walk_advance(&out, outer, a->dim, a->out_stride, r.rows);
    }
}

#endif
