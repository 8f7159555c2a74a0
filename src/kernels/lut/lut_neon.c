/* SPDX-License-Identifier: Apache-2.0
 * Table look-up of bytes, sixteen at a time, in four parts of the table that an instruction each
 * looks up. */
#include "kernels/vec/vec_neon.h"

enum { LUT_BYTES = 16 };

typedef struct lut_tables {
    uint8x16x4_t part[4];
} lut_tables;

HN_INLINE lut_tables lut_load(const uint8_t *table) {
    lut_tables t;
    for (int i = 0; i < 4; ++i) t.part[i] = vld1q_u8_x4(table + 64 * i);
    return t;
}
/* An index past a part leaves what is there. */
HN_INLINE vb lut_at(const lut_tables *t, vb x) {
    vb y = vqtbl4q_u8(t->part[0], x);
    y = vqtbx4q_u8(y, t->part[1], vsubq_u8(x, vdupq_n_u8(64)));
    y = vqtbx4q_u8(y, t->part[2], vsubq_u8(x, vdupq_n_u8(128)));
    return vqtbx4q_u8(y, t->part[3], vsubq_u8(x, vdupq_n_u8(192)));
}
HN_INLINE vb lut_read(const uint8_t *p) {
    return vld1q_u8(p);
}
HN_INLINE void lut_write(uint8_t *p, vb x) {
    vst1q_u8(p, x);
}

#include "kernels/lut/lut_vec.h"

HN_KERNEL(hn_lut_b8_neon) {
    lut_vec((const hn_lut_args *)args, buf, w);
}
