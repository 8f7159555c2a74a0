/* SPDX-License-Identifier: Apache-2.0
 * Data movement, eight elements of 32 bits a vector: move_vec.h. */
#include "kernels/vec/vec_avx2.h"
#include "kernels/vec/weave_x86.h"

#include "kernels/move/move_vec.h"

HN_KERNEL(hn_move_b8_avx2) {
    move_walk((const hn_move_args *)args, buf, w, move_8);
}

HN_KERNEL(hn_move_b32_avx2) {
    move_walk((const hn_move_args *)args, buf, w, move_32);
}
