/* SPDX-License-Identifier: Apache-2.0
 * Floats as halves and back, four at a time: cast_vec_half.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/ewise/cast_vec_half.h"

HN_KERNEL(hn_cast_f32_neon) {
    cast_narrow((const hn_cast_args *)args, buf, w);
}

HN_KERNEL(hn_cast_f16_neon) {
    cast_widen((const hn_cast_args *)args, buf, w);
}
