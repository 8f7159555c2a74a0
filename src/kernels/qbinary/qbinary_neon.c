/* SPDX-License-Identifier: Apache-2.0
 * Quantized addition, subtraction and multiplication, four elements a vector: qbinary_vec.h. */
#include "kernels/vec/vec_neon.h"

#include "kernels/qbinary/qbinary_vec.h"

HN_KERNEL(hn_qbinary_s8_neon) {
    qbinary_vec_all((const hn_qbinary_args *)args, buf, w, true);
}

HN_KERNEL(hn_qbinary_u8_neon) {
    qbinary_vec_all((const hn_qbinary_args *)args, buf, w, false);
}
