/* SPDX-License-Identifier: Apache-2.0
 * The bodies of the AVX-512 FP16 kernels on stand-ins for its vectors: machine.c puts them in the
 * place of rows that this processor cannot run. */
#include "vec_half_stand_in.h"

#include "kernels/conv/conv_tile_f16.h"
#include "kernels/conv/dwconv_vec_f16.h"
#include "kernels/gemm/gemm_tile_f16.h"

HN_KERNEL(conv_f16_stand_in) {
    conv_f16_all((const hn_conv_args *)args, buf, w);
}

HN_KERNEL(dwconv_f16_stand_in) {
    dwconv_vec_float((const hn_conv_args *)args, buf, w);
}

HN_KERNEL(gemm_f16_stand_in) {
    gemm_f16_all((const hn_gemm_args *)args, buf, w);
}
