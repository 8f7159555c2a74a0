/* SPDX-License-Identifier: Apache-2.0
 * Data movement, sixteen elements of 32 bits a vector: move_vec.h. */
#include "kernels/vec/vec_avx512.h"
#include "kernels/vec/weave_x86.h"

#include "kernels/move/move_vec.h"

HN_KERNEL(hn_move_b8_avx512) {
    move_walk((const hn_move_args *)args, buf, w, move_8);
}

HN_KERNEL(hn_move_b32_avx512) {
    move_walk((const hn_move_args *)args, buf, w, move_32);
}
