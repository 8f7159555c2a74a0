/* SPDX-License-Identifier: Apache-2.0
 * Sizes and names of element types, and checked size arithmetic. */
#ifndef HN_BASE_ELEMENT_H
#define HN_BASE_ELEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/dtype.h"
#include "core/small_number.h"

uint32_t hn_dtype_bits(hn_dtype dtype);
const char *hn_dtype_name(hn_dtype dtype);
const char *hn_dtype_numpy(hn_dtype dtype); /* "" where NumPy has none */
bool hn_dtype_is_float(hn_dtype dtype);
bool hn_dtype_is_integer(hn_dtype dtype); /* s and u types of 8 to 64 bits */
bool hn_dtype_is_signed(hn_dtype dtype);  /* s types of any size; false for floats */

/* The type of that name, or HN_DTYPE_NONE. */
hn_dtype hn_dtype_of_name(const char *name);

/* The fields of a type of 2 to 16 bits that is no plain integer; false for others. */
bool hn_small_of(hn_dtype dtype, hn_small *out);

/* Bytes of n elements; sub-byte types are packed. False when it does not fit in 63 bits, and for
 * the types without a size (none, string). */
bool hn_type_bytes(hn_dtype dtype, uint64_t n, uint64_t *n_bytes);

/* a * b and a + b; false on overflow, *out untouched. */
bool hn_mul_u64(uint64_t a, uint64_t b, uint64_t *out);
bool hn_add_u64(uint64_t a, uint64_t b, uint64_t *out);

#endif
