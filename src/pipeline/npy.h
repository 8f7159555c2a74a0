/* SPDX-License-Identifier: Apache-2.0
 * NumPy's .npy files: a text header and the elements in C order. Versions 1 and 2 are read, 1 is
 * written. Fortran order, big-endian and structured types are refused with the reason. */
#ifndef HN_PIPELINE_NPY_H
#define HN_PIPELINE_NPY_H

#include "base/env.h"

/* An array inside a file's bytes. */
typedef struct hn_npy {
    hone_dtype dtype;
    uint32_t rank; /* 0 to HONE_MAX_RANK; 0 is a scalar */
    int64_t shape[HONE_MAX_RANK];
    const void *data; /* borrowed from the bytes read; may be unaligned in a file not of NumPy's */
    uint64_t n_bytes;
} hn_npy;

/* `out` points into `bytes`. */
hone_status hn_npy_read(hn_env *env, const void *bytes, uint64_t n_bytes, hn_npy *out);

/* Writes dtype, rank, shape and data; n_bytes is computed from them and not looked at. */
hone_status hn_npy_write(hn_env *env, const char *path, const hn_npy *array);

#endif
