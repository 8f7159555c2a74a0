/* SPDX-License-Identifier: Apache-2.0
 * Float normalisation, eight elements a vector: norm_vec.h. */
#include "kernels/vec/vec_avx2.h"

#include "kernels/norm/norm_vec.h"

HN_KERNEL(hn_norm_f32_avx2) {
    norm_f32_all((const hn_norm_args *)args, buf, w);
}
