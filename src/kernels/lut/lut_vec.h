/* SPDX-License-Identifier: Apache-2.0
 * Table look-up of bytes, whatever the vector length. The includer has defined vb, a vector of
 * LUT_BYTES bytes, lut_tables with lut_load, which spreads a table of 256 bytes over registers, and
 * lut_at, lut_read, lut_write. */
#ifndef HN_KERNELS_LUT_VEC_H
#define HN_KERNELS_LUT_VEC_H

#include "kernels/lut/lut.h"

static inline void lut_vec(const hn_lut_args *a, void *const *buf, const hn_work *w) {
    const uint32_t n = (uint32_t)a->n;
    const uint32_t end = w->end * HN_LUT_BLOCK < n ? w->end * HN_LUT_BLOCK : n;
    const uint8_t *in = (const uint8_t *)buf[HN_LUT_IN];
    const uint8_t *table = (const uint8_t *)buf[HN_LUT_TABLE];
    uint8_t *out = (uint8_t *)buf[HN_LUT_OUT];
    const lut_tables t = lut_load(table);
    uint32_t i = w->begin * HN_LUT_BLOCK;
    for (; i + LUT_BYTES <= end; i += LUT_BYTES) lut_write(out + i, lut_at(&t, lut_read(in + i)));
    for (; i < end; ++i) out[i] = table[in[i]];
}

#endif
