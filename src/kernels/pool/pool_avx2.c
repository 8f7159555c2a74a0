/* SPDX-License-Identifier: Apache-2.0
 * Pooling, eight channels a vector: pool_vec.h. */
#include "kernels/vec/vec_avx2.h"

#include "kernels/pool/pool_vec.h"

HN_KERNEL(hn_pool_f32_avx2) {
    pool_vec_all((const hn_pool_args *)args, buf, w, 'f');
}

HN_KERNEL(hn_pool_s8_avx2) {
    pool_vec_all((const hn_pool_args *)args, buf, w, 's');
}

HN_KERNEL(hn_pool_u8_avx2) {
    pool_vec_all((const hn_pool_args *)args, buf, w, 'u');
}
