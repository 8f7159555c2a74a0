/* SPDX-License-Identifier: Apache-2.0
 * Tiles of bytes by vec/tile_matrix.h, whose steps are eight bytes of each row and output. */
#ifndef HN_KERNELS_VEC_MATRIX_S8_H
#define HN_KERNELS_VEC_MATRIX_S8_H

#include "kernels/vec/vec_neon.h"

#define TILE_BY_MATRIX
#define TILE_OUTPUT_BYTES 8

#endif
