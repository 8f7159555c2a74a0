/* SPDX-License-Identifier: Apache-2.0
 * Reductions, eight outputs a vector: reduce_vec.h. */
#include "kernels/vec/vec_avx2.h"

#include "kernels/reduce/reduce_vec.h"

HN_KERNEL(hn_reduce_f32_avx2) {
    reduce_vec((const hn_reduce_args *)args, buf, w, 'f');
}

HN_KERNEL(hn_reduce_s8_avx2) {
    reduce_vec((const hn_reduce_args *)args, buf, w, 's');
}

HN_KERNEL(hn_reduce_u8_avx2) {
    reduce_vec((const hn_reduce_args *)args, buf, w, 'u');
}
