/* SPDX-License-Identifier: Apache-2.0
 * Data movement: the definition and the portable form. */
#include "kernels/move/move_rows.h"

#define MOVE_FUNCTION(type)                                                                        \
    MOVE_ROWS_FUNCTION(type)                                                                       \
    static inline void move_##type##_rows(const move_rows *r, const void *in, void *out) {         \
        move_rows_##type(r, in, out);                                                              \
    }

MOVE_FUNCTION(b8)
MOVE_FUNCTION(b16)
MOVE_FUNCTION(b32)
MOVE_FUNCTION(b64)

HN_KERNEL(hn_move_b8_c) {
    move_walk(args, buf, w, move_b8_rows);
}

HN_KERNEL(hn_move_b16_c) {
    move_walk(args, buf, w, move_b16_rows);
}

HN_KERNEL(hn_move_b32_c) {
    move_walk(args, buf, w, move_b32_rows);
}

HN_KERNEL(hn_move_b64_c) {
    move_walk(args, buf, w, move_b64_rows);
}

HN_INLINE void fill_body(const hn_fill_args *a, void *out, const hn_work *w, int32_t bits) {
    const uint32_t n = (uint32_t)a->n;
    const uint32_t begin = w->begin * HN_FILL_BLOCK;
    const uint32_t end = w->end * HN_FILL_BLOCK < n ? w->end * HN_FILL_BLOCK : n;
    const uint64_t wide = (uint64_t)a->high << 32 | a->low;
    switch (bits) {
    case 8:
        for (uint32_t i = begin; i < end; i++) ((move_b8 *)out)[i] = (uint8_t)a->low;
        break;
    case 16:
        for (uint32_t i = begin; i < end; i++) ((move_b16 *)out)[i] = (uint16_t)a->low;
        break;
    case 32:
        for (uint32_t i = begin; i < end; i++) ((move_b32 *)out)[i] = a->low;
        break;
    default:
        for (uint32_t i = begin; i < end; i++) ((move_b64 *)out)[i] = wide;
        break;
    }
}

HN_KERNEL(hn_fill_b8_c) {
    fill_body(args, buf[HN_FILL_OUT], w, 8);
}

HN_KERNEL(hn_fill_b16_c) {
    fill_body(args, buf[HN_FILL_OUT], w, 16);
}

HN_KERNEL(hn_fill_b32_c) {
    fill_body(args, buf[HN_FILL_OUT], w, 32);
}

HN_KERNEL(hn_fill_b64_c) {
    fill_body(args, buf[HN_FILL_OUT], w, 64);
}
