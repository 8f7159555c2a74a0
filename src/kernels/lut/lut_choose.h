/* SPDX-License-Identifier: Apache-2.0
 * Look-up where one instruction looks up in sixteen bytes (x86): in sixteen parts of the table by
 * the low bits, of which the high bits choose one, bit by bit. The includer has defined vb,
 * lut_part, which spreads sixteen bytes; lut_look; and lut_choose, which gives y where a bit of x
 * is set. */
#ifndef HN_KERNELS_LUT_CHOOSE_H
#define HN_KERNELS_LUT_CHOOSE_H

typedef struct lut_tables {
    vb part[16];
} lut_tables;

HN_INLINE lut_tables lut_load(const uint8_t *table) {
    lut_tables t;
    HN_UNROLL for (int i = 0; i < 16; ++i) t.part[i] = lut_part(table + 16 * i);
    return t;
}

HN_INLINE vb lut_at(const lut_tables *t, vb x) {
    vb y[16];
    HN_UNROLL for (int i = 0; i < 16; ++i) y[i] = lut_look(t->part[i], x);
    HN_UNROLL for (int i = 0; i < 8; ++i) y[i] = lut_choose(x, 4, y[2 * i], y[2 * i + 1]);
    HN_UNROLL for (int i = 0; i < 4; ++i) y[i] = lut_choose(x, 5, y[2 * i], y[2 * i + 1]);
    HN_UNROLL for (int i = 0; i < 2; ++i) y[i] = lut_choose(x, 6, y[2 * i], y[2 * i + 1]);
    return lut_choose(x, 7, y[0], y[1]);
}

#endif
