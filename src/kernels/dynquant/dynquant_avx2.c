/* SPDX-License-Identifier: Apache-2.0
 * Dynamic quantization again, compiled for vectors of eight: each element has the same bits. */
#define hn_dynrange_f32_c    hn_dynrange_f32_avx2
#define hn_dynquant_f32_s8_c hn_dynquant_f32_s8_avx2
#define hn_dynquant_f32_u8_c hn_dynquant_f32_u8_avx2

#include "kernels/dynquant/dynquant_c.c"
