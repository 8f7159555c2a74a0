/* SPDX-License-Identifier: Apache-2.0
 * Float normalisation, sixteen elements a vector: norm_vec.h. */
#include "kernels/vec/vec_avx512.h"

#include "kernels/norm/norm_vec.h"

HN_KERNEL(hn_norm_f32_avx512) {
    norm_f32_all((const hn_norm_args *)args, buf, w);
}
