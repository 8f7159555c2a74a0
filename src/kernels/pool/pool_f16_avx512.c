/* SPDX-License-Identifier: Apache-2.0
 * Pooling of halves, sixteen channels a vector: pool_vec.h. */
#include "kernels/vec/vec_avx512.h"

#include "kernels/pool/pool_vec.h"

HN_KERNEL(hn_pool_f16_avx512) {
    pool_vec_all((const hn_pool_args *)args, buf, w, 'x');
}
