/* SPDX-License-Identifier: Apache-2.0
 * Dynamic quantization, sixteen elements a vector: dynquant_vec.h. */
#include "kernels/vec/vec_avx512.h"

#include "kernels/dynquant/dynquant_vec.h"

HN_KERNEL(hn_dynrange_f32_avx512) {
    dynquant_vec_ranges((const hn_dynrange_args *)args, buf, w);
}

HN_KERNEL(hn_dynquant_f32_s8_avx512) {
    dynquant_vec((const hn_dynquant_args *)args, buf, w);
}

HN_KERNEL(hn_dynquant_f32_u8_avx512) {
    dynquant_vec((const hn_dynquant_args *)args, buf, w);
}
