/* SPDX-License-Identifier: Apache-2.0
 * Pooling of halves, four channels a vector: pool_vec.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/pool/pool_vec.h"

HN_KERNEL(hn_pool_f16_neon) {
    pool_vec_all((const hn_pool_args *)args, buf, w, 'x');
}
