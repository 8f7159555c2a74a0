/* SPDX-License-Identifier: Apache-2.0
 * Pooling, four channels a vector: pool_vec.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/pool/pool_vec.h"

HN_KERNEL(hn_pool_f32_neon) {
    pool_vec_all((const hn_pool_args *)args, buf, w, 'f');
}

HN_KERNEL(hn_pool_s8_neon) {
    pool_vec_all((const hn_pool_args *)args, buf, w, 's');
}

HN_KERNEL(hn_pool_u8_neon) {
    pool_vec_all((const hn_pool_args *)args, buf, w, 'u');
}
