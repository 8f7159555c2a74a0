/* SPDX-License-Identifier: Apache-2.0
 * Float softmax, four elements a vector: softmax_vec.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/softmax/softmax_vec.h"

HN_KERNEL(hn_softmax_f32_neon) {
    softmax_vec_f32((const hn_softmax_args *)args, buf, w);
}
