/* SPDX-License-Identifier: Apache-2.0
 * Integer matrix product, eight columns a vector, two products a step (vpmaddwd): gemm_tile_int.h.
 */
#include "kernels/vec/vec_avx2.h"

HN_INLINE vi tile_mac(vi acc, vi left, vi right) {
    return _mm256_add_epi32(acc, _mm256_madd_epi16(left, right));
}

#include "kernels/vec/tile_int.h"

#include "kernels/vec/rows_s16.h"

#include "kernels/gemm/gemm_tile_int.h"

HN_KERNEL(hn_gemm_s8_avx2) {
    gemm_int_all((const hn_gemm_args *)args, buf, w, true);
}

HN_KERNEL(hn_gemm_u8_avx2) {
    gemm_int_all((const hn_gemm_args *)args, buf, w, false);
}
