/* SPDX-License-Identifier: Apache-2.0
 * Where a unit of resampling reads and writes: its tables and pixels. */
#ifndef HN_KERNELS_RESAMPLE_ROWS_H
#define HN_KERNELS_RESAMPLE_ROWS_H

#include <stddef.h>

#include "kernels/resample/resample.h"

/* Where a unit reads and writes, in elements. */
typedef struct resample_row {
    const hn_resample_args *a;
    const int32_t *rows, *columns;
    size_t image, out; /* before the input image; before the output row */
    int32_t y;
} resample_row;

static inline resample_row resample_at(const hn_resample_args *a, void *const *buf, uint32_t u) {
    resample_row r;
    const size_t image = u / (uint32_t)a->out_h;
    r.a = a;
    r.y = (int32_t)(u % (uint32_t)a->out_h);
    r.rows = (const int32_t *)buf[HN_RESAMPLE_ROWS] + (size_t)r.y * (size_t)a->k_h;
    r.columns = (const int32_t *)buf[HN_RESAMPLE_COLUMNS];
    r.image = image * (size_t)a->in_h * (size_t)a->in_w * (size_t)a->c;
    r.out = (size_t)u * (size_t)a->out_w * (size_t)a->c;
    return r;
}

/* Elements before the pixel of taps ky, kx of column x. */
static inline size_t resample_pixel(const resample_row *r, int32_t x, int32_t ky, int32_t kx) {
    const size_t column = (size_t)r->columns[(size_t)x * (size_t)r->a->k_w + (size_t)kx];
    return r->image + ((size_t)r->rows[ky] * (size_t)r->a->in_w + column) * (size_t)r->a->c;
}

#endif
