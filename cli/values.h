/* SPDX-License-Identifier: Apache-2.0
 * Looking at a tensor's elements from outside the library, as real numbers. */
#ifndef CLI_VALUES_H
#define CLI_VALUES_H

#include "hone/hone_tools.h"

/* Elements of the tensor. */
size_t value_count(const hone_tensor *tensor);
/* Bytes of one element of a type whose elements are whole bytes, else 0. */
size_t value_bytes(hone_dtype dtype);
/* Element i, dequantized; 0 when the type cannot be read here. */
int value_read(const hone_tensor *tensor, size_t i, double *value);

typedef struct value_range {
    int is_known; /* 0: no element, or a type that is not read here */
    double min, max, mean;
    size_t n_nan; /* left out of the others */
} value_range;
value_range value_summary(const hone_tensor *tensor);

/* A vector of 2 to 100000 scores: at most one dimension above 1. */
int value_is_class_vector(const hone_tensor *tensor);

/* Seeded data: floats in [0, 1), any small integer, 1 for integers of 32 bits and more (which may
 * be indices). */
void value_fill(hone_tensor *tensor, uint64_t *seed);

#endif
