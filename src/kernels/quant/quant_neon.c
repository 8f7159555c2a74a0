/* SPDX-License-Identifier: Apache-2.0
 * Quantize and dequantize, four elements a vector: quant_vec.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/quant/quant_vec.h"

HN_KERNEL(hn_quant_f32_s8_neon) {
    quant_vec((const hn_quant_args *)args, buf, w, QUANT_TO);
}

HN_KERNEL(hn_quant_f32_u8_neon) {
    quant_vec((const hn_quant_args *)args, buf, w, QUANT_TO);
}

HN_KERNEL(hn_quant_s8_f32_neon) {
    quant_vec((const hn_quant_args *)args, buf, w, QUANT_FROM_SIGNED);
}

HN_KERNEL(hn_quant_u8_f32_neon) {
    quant_vec((const hn_quant_args *)args, buf, w, QUANT_FROM_UNSIGNED);
}
