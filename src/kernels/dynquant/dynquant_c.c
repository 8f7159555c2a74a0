/* SPDX-License-Identifier: Apache-2.0
 * Dynamic quantization: the definition and the portable form. */
#include <stddef.h>

#include "kernels/dynquant/dynquant_block.h"

HN_KERNEL(hn_dynrange_f32_c) {
    const hn_dynrange_args *a = (const hn_dynrange_args *)args;
    for (uint32_t u = w->begin; u < w->end; ++u) {
        const float *x = (const float *)buf[HN_DYNRANGE_IN] + (size_t)u * (size_t)a->n;
        int32_t *out = (int32_t *)buf[HN_DYNRANGE_OUT] + (size_t)u * HN_DYN_WORDS;
        dynquant_block(a->mode, dynquant_range_of(x, a->n), out);
    }
}

/* n elements of one row. */
static inline void dynquant_c_run(int32_t mode, const float *x, const int32_t *block, uint32_t n,
                                  uint8_t *out) {
    const float scale = hn_float_of_bits(block[HN_DYN_SCALE]);
    const float factor = hn_float_of_bits(block[HN_DYN_FACTOR]);
    const int32_t zero = block[HN_DYN_ZERO];
    for (uint32_t i = 0; i < n; ++i) {
        int32_t q;
        if (mode == HN_DYN_ONNX)
            q = hn_clamp_s32(hn_round_small(hn_limit_small(x[i] / scale)) + zero, 0, 255);
        else
            q = dynquant_value(mode, x[i], factor, zero);
        out[i] = (uint8_t)q;
    }
}

static inline void dynquant_c_all(const hn_dynquant_args *a, void *const *buf, const hn_work *w) {
    const uint32_t n = (uint32_t)a->rows * (uint32_t)a->n;
    const uint32_t end = w->end * HN_DYN_BLOCK < n ? w->end * HN_DYN_BLOCK : n;
    uint32_t run;
    for (uint32_t at = w->begin * HN_DYN_BLOCK; at < end; at += run) {
        const uint32_t row = at / (uint32_t)a->n, left = (row + 1) * (uint32_t)a->n - at;
        run = left < end - at ? left : end - at;
        const int32_t *block = (const int32_t *)buf[HN_DYNQUANT_ROWS] + (size_t)row * HN_DYN_WORDS;
        dynquant_c_run(a->mode, (const float *)buf[HN_DYNQUANT_IN] + at, block, run,
                       (uint8_t *)buf[HN_DYNQUANT_OUT] + at);
    }
}

HN_KERNEL(hn_dynquant_f32_s8_c) {
    dynquant_c_all((const hn_dynquant_args *)args, buf, w);
}

HN_KERNEL(hn_dynquant_f32_u8_c) {
    dynquant_c_all((const hn_dynquant_args *)args, buf, w);
}
