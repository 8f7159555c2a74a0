/* SPDX-License-Identifier: Apache-2.0
 * Reductions, four outputs a vector: reduce_vec.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/reduce/reduce_vec.h"

HN_KERNEL(hn_reduce_f32_neon) {
    reduce_vec((const hn_reduce_args *)args, buf, w, 'f');
}

HN_KERNEL(hn_reduce_s8_neon) {
    reduce_vec((const hn_reduce_args *)args, buf, w, 's');
}

HN_KERNEL(hn_reduce_u8_neon) {
    reduce_vec((const hn_reduce_args *)args, buf, w, 'u');
}
