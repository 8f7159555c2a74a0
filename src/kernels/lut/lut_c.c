/* SPDX-License-Identifier: Apache-2.0
 * Table look-up of bytes: the definition and the portable form. */
#include "core/assume.h"
#include "kernels/lut/lut.h"

static inline void lut_body(const hn_lut_args *a, const uint8_t *in, const uint8_t *table,
                            uint8_t *out, const hn_work *w) {
    const uint32_t n = (uint32_t)a->n;
    const uint32_t begin = w->begin * HN_LUT_BLOCK;
    const uint32_t end = w->end * HN_LUT_BLOCK < n ? w->end * HN_LUT_BLOCK : n;
    for (uint32_t i = begin; i < end; i++) out[i] = table[in[i]];
}

HN_KERNEL(hn_lut_b8_c) {
    lut_body(args, buf[HN_LUT_IN], buf[HN_LUT_TABLE], buf[HN_LUT_OUT], w);
}
