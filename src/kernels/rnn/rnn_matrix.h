/* SPDX-License-Identifier: Apache-2.0
 * What h, and what is projected, are multiplied with: floats, or bytes with scales that meet what
 * is quantized on the way. Integer sums are exact, so the bytes may be added in any order. The
 * includer has defined rnn_product. */
#ifndef HN_KERNELS_RNN_MATRIX_H
#define HN_KERNELS_RNN_MATRIX_H

#include "core/dot.h"
#include "kernels/dynquant/dynquant_block.h"
#include "kernels/rnn/rnn.h"

typedef struct rnn_matrix {
    int32_t n, columns; /* of what is multiplied, and of the result */
    int32_t part;       /* columns that share a scale */
    const float *f32;   /* [n, columns] */
    const int8_t *s8;   /* [columns, n] in place of f32 */
    const float *scale; /* of each part of s8 */
    int16_t *quantized; /* room for n */
} rnn_matrix;

/* base NULL: there is none; scale NULL: floats. */
static inline void rnn_choose(rnn_matrix *m, const void *base, size_t at, const float *scale) {
    if (base == 0) return;
    m->scale = scale;
    if (scale == 0)
        m->f32 = (const float *)base + at;
    else
        m->s8 = (const int8_t *)base + at;
}

/* One part of the columns: w are its rows, scale that of both factors. */
static inline void rnn_times_part(const rnn_matrix *m, const int8_t *w, float scale, float *out) {
    const uint8_t *at = (const uint8_t *)w;
    const size_t n = (size_t)m->n;
    int32_t j = 0;
    for (; j + 4 <= m->part; j += 4, at += 4 * n) {
        uint32_t acc[4];
        hn_dot_s16_1x4(m->quantized, at, n, m->n, true, acc);
        for (int32_t i = 0; i < 4; ++i) out[j + i] = (float)(int32_t)acc[i] * scale;
    }
    for (; j < m->part; ++j, at += n)
        out[j] = (float)(int32_t)hn_dot_s16_1x1(m->quantized, at, m->n, true) * scale;
}

/* out = v times m; mode: how v is quantized (kernels/dynquant). */
static inline void rnn_times(int32_t mode, const rnn_matrix *m, const float *v, float *out) {
    if (m->s8 == 0) {
        rnn_product(v, m->f32, m->n, m->columns, m->columns, out);
        return;
    }
    int32_t block[HN_DYN_WORDS];
    dynquant_block(mode, dynquant_range_of(v, m->n), block);
    const float scale = hn_float_of_bits(block[HN_DYN_SCALE]);
    const float factor = hn_float_of_bits(block[HN_DYN_FACTOR]);
    const int32_t zero = block[HN_DYN_ZERO];
    for (int32_t k = 0; k < m->n; ++k)
        m->quantized[k] = (int16_t)(dynquant_value(mode, v[k], factor, zero) - zero);
    hn_dot_order(m->quantized, m->n);
    const size_t n = (size_t)m->n;
    for (int32_t j = 0, p = 0; j < m->columns; j += m->part, ++p)
        rnn_times_part(m, m->s8 + (size_t)j * n, scale * m->scale[p], out + j);
}

#endif
