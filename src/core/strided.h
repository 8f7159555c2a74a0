/* SPDX-License-Identifier: Apache-2.0
 * Walking a row-major index space while following the offset of a strided operand. Kernels start
 * anywhere (a unit may begin in the middle of a row) and move by runs of the last dimension, so the
 * divisions are paid once a call and the inner loop sees one constant stride. */
#ifndef HN_CORE_STRIDED_H
#define HN_CORE_STRIDED_H

#include <stdint.h>

enum { HN_STRIDED_RANK = 8 };

/* A position in dim[0..rank) and the element offset that it has under some strides. */
typedef struct hn_walk {
    int32_t index[HN_STRIDED_RANK];
    intptr_t offset;
} hn_walk;

/* The position of flat index `at`. Dimensions may be 0 only when `at` is. */
static inline void hn_walk_begin(hn_walk *w, int32_t rank, const int32_t *dim,
                                 const int32_t *stride, uint32_t at) {
    w->offset = 0;
    for (int32_t d = rank - 1; d >= 0; d--) {
        const uint32_t left = at == 0 ? 0 : at / (uint32_t)dim[d];
        w->index[d] = (int32_t)(at - left * (uint32_t)dim[d]);
        at = left;
        w->offset += (intptr_t)w->index[d] * stride[d];
    }
}

/* How many elements are left in the current row of the last dimension, at most n. */
static inline uint32_t hn_walk_run(const hn_walk *w, int32_t rank, const int32_t *dim, uint32_t n) {
    if (rank == 0) return n;
    const uint32_t left = (uint32_t)(dim[rank - 1] - w->index[rank - 1]);
    return left < n ? left : n;
}

/* Moves on by `run` elements, which must not pass the end of the row. */
static inline void hn_walk_advance(hn_walk *w, int32_t rank, const int32_t *dim,
                                   const int32_t *stride, uint32_t run) {
    if (rank == 0) return;
    int32_t d = rank - 1;
    w->index[d] += (int32_t)run;
    w->offset += (intptr_t)run * stride[d];
    for (; d > 0 && w->index[d] == dim[d]; d--) {
        w->offset += stride[d - 1] - (intptr_t)dim[d] * stride[d];
        w->index[d] = 0;
        w->index[d - 1]++;
    }
}

/* Whether every dimension that has more than one index has the stride of a packed array. */
static inline int hn_strides_are_dense(int32_t rank, const int32_t *dim, const int32_t *stride) {
    int64_t packed = 1;
    for (int32_t d = rank - 1; d >= 0; d--) {
        if (dim[d] != 1 && stride[d] != packed) return 0;
        packed *= dim[d];
    }
    return 1;
}

/* Whether all indices lie on one element. */
static inline int hn_strides_are_zero(int32_t rank, const int32_t *dim, const int32_t *stride) {
    for (int32_t d = 0; d < rank; d++)
        if (dim[d] != 1 && stride[d] != 0) return 0;
    return 1;
}

#endif
