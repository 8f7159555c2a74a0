/* SPDX-License-Identifier: Apache-2.0
 * Linear interpolation of images, four channels a vector: resample_vec.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/resample/resample_vec.h"

HN_KERNEL(hn_resample_f32_neon) {
    resample_vec_f32((const hn_resample_args *)args, buf, w);
}

HN_KERNEL(hn_resample_u8_neon) {
    resample_vec_u8((const hn_resample_args *)args, buf, w);
}
