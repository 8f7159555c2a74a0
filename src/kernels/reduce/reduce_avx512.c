/* SPDX-License-Identifier: Apache-2.0
 * Reductions, sixteen outputs a vector: reduce_vec.h. */
#include "kernels/vec/vec_avx512.h"

#include "kernels/reduce/reduce_vec.h"

HN_KERNEL(hn_reduce_f32_avx512) {
    reduce_vec((const hn_reduce_args *)args, buf, w, 'f');
}

HN_KERNEL(hn_reduce_s8_avx512) {
    reduce_vec((const hn_reduce_args *)args, buf, w, 's');
}

HN_KERNEL(hn_reduce_u8_avx512) {
    reduce_vec((const hn_reduce_args *)args, buf, w, 'u');
}
