/* SPDX-License-Identifier: Apache-2.0
 * Small numbers to and from float32: the definition and the portable form. Units begin at whole
 * bytes, so that no two write the same one. */
#include "core/assume.h"
#include "kernels/small/small.h"

static inline hn_small small_format(const hn_unpack_args *a) {
    const hn_small f = {a->bits, a->exponent, a->mantissa, a->bias, a->special};
    return f;
}

static inline uint32_t small_load(const uint8_t *in, uint32_t i, uint32_t bits) {
    if (bits == 8) return in[i];
    const uint32_t at = i * bits;
    return (uint32_t)in[at / 8] >> at % 8 & (((uint32_t)1 << bits) - 1);
}

HN_KERNEL(hn_unpack_f32_c) {
    const hn_unpack_args *a = args;
    const hn_small f = small_format(a);
    const uint8_t *in = buf[HN_SMALL_IN];
    float *out = buf[HN_SMALL_OUT];
    const uint32_t n = (uint32_t)a->n, bits = (uint32_t)a->bits;
    const uint32_t end = w->end * HN_SMALL_BLOCK < n ? w->end * HN_SMALL_BLOCK : n;
    for (uint32_t i = w->begin * HN_SMALL_BLOCK; i < end; i++) {
        out[i] = hn_small_read(&f, small_load(in, i, bits));
    }
}

HN_KERNEL(hn_pack_f32_c) {
    const hn_unpack_args *a = args;
    const hn_small f = small_format(a);
    const float *in = buf[HN_SMALL_IN];
    uint8_t *out = buf[HN_SMALL_OUT];
    const uint32_t n = (uint32_t)a->n, bits = (uint32_t)a->bits, each = 8 / bits;
    const uint32_t end = w->end * HN_SMALL_BLOCK < n ? w->end * HN_SMALL_BLOCK : n;
    for (uint32_t i = w->begin * HN_SMALL_BLOCK; i < end; i += each) {
        uint32_t byte = 0;
        for (uint32_t k = 0; k < each && i + k < end; k++) {
            byte |= hn_small_write(&f, in[i + k], a->saturate, a->rounding) << k * bits;
        }
        out[i / each] = (uint8_t)byte;
    }
}
