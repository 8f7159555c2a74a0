/* SPDX-License-Identifier: Apache-2.0
 * Integer matrix product, sixteen columns a vector, four products a step (vpdpbusd, which does
 * not saturate): gemm_tile_int.h. */
#include "kernels/vec/vec_avx512.h"

HN_INLINE vi tile_mac(vi acc, vi left, vi right) {
    return _mm512_dpbusd_epi32(acc, left, right);
}

#include "kernels/vec/tile_int.h"

#include "kernels/vec/rows_u8.h"

#include "kernels/gemm/gemm_tile_int.h"

HN_KERNEL(hn_gemm_s8_avx512vnni) {
    gemm_int_all((const hn_gemm_args *)args, buf, w, true);
}

HN_KERNEL(hn_gemm_u8_avx512vnni) {
    gemm_int_all((const hn_gemm_args *)args, buf, w, false);
}
