/* SPDX-License-Identifier: Apache-2.0
 * The geometry that convolution and pooling share: which taps of a window lie inside the image,
 * where a unit's row is, and how to walk down the rows of a ring buffer without dividing. Ranges
 * are found once per output row or pixel, so that inner loops have no bounds to check. */
#ifndef HN_CORE_TAPS_H
#define HN_CORE_TAPS_H

#include <stdbool.h>

#include "core/work.h"

/* Tap t reads coordinate first + t * dilation, which is inside for from <= t < to; from == to when
 * none is. */
typedef struct hn_taps {
    int32_t first, from, to;
} hn_taps;

static inline hn_taps hn_taps_at(int32_t first, int32_t dilation, int32_t n, int32_t size) {
    hn_taps t = {first, 0, n};
    for (int32_t at = first; t.from < n && at < 0; at += dilation) ++t.from;
    for (int32_t at = first + (n - 1) * dilation; t.to > t.from && at >= size; at -= dilation)
        --t.to;
    return t;
}

static inline bool hn_is_extent(int32_t v) {
    return v >= 1 && v <= 1 << 24;
}

/* Can a dimension be walked in 32 bits? step is {stride, dilation}. For a row's `supports`. */
static inline bool hn_is_axis(int32_t in, int32_t out, int32_t k, const int32_t step[2],
                              int32_t pad) {
    if (!hn_is_extent(in) || !hn_is_extent(out) || !hn_is_extent(k)) return false;
    if (!hn_is_extent(step[0]) || !hn_is_extent(step[1])) return false;
    if (pad < -(1 << 24) || pad > 1 << 24) return false;
    return (int64_t)k * step[1] <= 1 << 28 && (int64_t)out * step[0] <= 1 << 28;
}

/* The output row and columns of a unit. */
typedef struct hn_unit_row {
    int32_t image, y, x0, x1;
} hn_unit_row;

static inline hn_unit_row hn_unit_row_at(const hn_work *w, uint32_t u, int32_t out_h,
                                         int32_t out_w) {
    hn_unit_row r = {0, 0, 0, out_w};
    if (w->tile != 0) {
        r.y = w->tile->y0 + (int32_t)u;
        r.x0 = w->tile->x0;
        if (w->tile->x1 < out_w) r.x1 = w->tile->x1;
    } else {
        r.image = (int32_t)(u / (uint32_t)out_h);
        r.y = (int32_t)(u % (uint32_t)out_h);
    }
    return r;
}

/* Row r + step of an image, from where row r lies in the buffer. */
static inline int32_t hn_ring_next(int32_t row, int32_t step, const hn_tile *tile, int operand) {
    const int32_t ring = tile == 0 ? 0 : (int32_t)tile->ring[operand];
    row += step;
    if (ring == 0) return row;
    while (row >= ring) row -= ring;
    return row;
}

#endif
