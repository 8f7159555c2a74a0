/* SPDX-License-Identifier: Apache-2.0
 * Quantized addition, subtraction and multiplication, eight elements a vector: qbinary_vec.h. */
#include "kernels/vec/vec_avx2.h"

#include "kernels/qbinary/qbinary_vec.h"

HN_KERNEL(hn_qbinary_s8_avx2) {
    qbinary_vec_all((const hn_qbinary_args *)args, buf, w, true);
}

HN_KERNEL(hn_qbinary_u8_avx2) {
    qbinary_vec_all((const hn_qbinary_args *)args, buf, w, false);
}
