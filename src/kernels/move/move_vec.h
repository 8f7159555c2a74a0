/* SPDX-License-Identifier: Apache-2.0
 * Data movement of bytes and of 32 bits, whatever the vector length. Contiguous rows go by vectors
 * with a masked end, every second element by two vectors, transposes by squares. */
#ifndef HN_KERNELS_MOVE_VEC_H
#define HN_KERNELS_MOVE_VEC_H

#include "kernels/move/move_rows.h"

MOVE_ROWS_FUNCTION(b8)
MOVE_ROWS_FUNCTION(b32)

static inline void move_copy_32(const move_rows *r, const float *in, float *out) {
    const int32_t n = (int32_t)r->n;
    for (uint32_t k = 0; k < r->rows; ++k, in += r->in_row, out += r->out_row) {
        int32_t i = 0;
        for (; i + VN <= n; i += VN) vf_store(out + i, vf_load(in + i));
        if (i < n) vf_store_n(out + i, vf_load_n(in + i, n - i), n - i);
    }
}

/* Sixteen rows whose elements lie side by side in the input. */
static inline void move_square_32(const move_rows *r, const float *in, float *out) {
    for (uint32_t i = 0; i < r->n; i += VN)
        for (uint32_t k = 0; k < r->rows; k += VN)
            vf_transpose(in + (intptr_t)i * r->in_step + k, (size_t)r->in_step,
                         out + (intptr_t)k * r->out_row + i, (size_t)r->out_row);
}

/* Planes of the input, two or three, become pixels; returns how many rows were done. */
static inline uint32_t move_planes_32(const move_rows *r, const float *in, float *out) {
    const size_t step = (size_t)r->in_step;
    uint32_t k = 0;
    if (r->n == 2)
        for (; k + VN <= r->rows; k += VN) vf_weave_2(in + k, step, out + 2 * (size_t)k);
    if (r->n == 3)
        for (; k + VN <= r->rows; k += VN) vf_weave_3(in + k, step, out + 3 * (size_t)k);
    return k;
}

static inline void move_32(const move_rows *r, const void *from, void *to) {
    const float *in = (const float *)from + r->in;
    float *out = (float *)to + r->out;
    move_rows part = *r;
    if (r->in_step == 1 && r->out_step == 1) {
        move_copy_32(r, in, out);
        return;
    }
    const bool is_turned = r->in_row == 1 && r->out_step == 1 && r->in_step > 0;
    if (is_turned && r->out_row == (intptr_t)r->n) {
        const uint32_t done = move_planes_32(r, in, out);
        part.in += done;
        part.out += (intptr_t)done * r->out_row;
        part.rows -= done;
    }
    if (is_turned && part.rows == MOVE_ROWS && r->n >= VN && r->out_row > 0) {
        part.n = r->n / VN * VN;
        move_square_32(&part, in, out);
        part.in += (intptr_t)part.n * r->in_step;
        part.out += part.n;
        part.n = r->n - part.n;
    } else if (r->rows == 1 && r->in_step == 2 && r->out_step == 1) {
        uint32_t i = 0;
        for (; i + VN < r->n; i += VN) vf_store(out + i, vf_even(in + 2 * (size_t)i));
        part.in += 2 * (intptr_t)i;
        part.out += i;
        part.n = r->n - i;
    }
    move_rows_b32(&part, from, to);
}

/* Planes of the input, two or three, become pixels, the last of them together with some that were
 * done. False, and nothing is done: the rows are others, or too few. */
static inline bool move_planes_8(const move_rows *r, const uint8_t *in, uint8_t *out) {
    const size_t step = (size_t)r->in_step;
    if (r->in_row != 1 || r->out_step != 1 || r->in_step <= 0 || r->out_row != (intptr_t)r->n)
        return false;
    if (r->rows < V_WOVEN || (r->n != 2 && r->n != 3)) return false;
    for (uint32_t k = 0; k < r->rows; k += V_WOVEN) {
        const uint32_t at = k + V_WOVEN <= r->rows ? k : r->rows - V_WOVEN;
        if (r->n == 2)
            v_weave_bytes_2(in + at, step, out + 2 * (size_t)at);
        else
            v_weave_bytes_3(in + at, step, out + 3 * (size_t)at);
    }
    return true;
}

static inline void move_8(const move_rows *r, const void *from, void *to) {
    const uint8_t *in = (const uint8_t *)from + r->in;
    uint8_t *out = (uint8_t *)to + r->out;
    if (r->in_step != 1 || r->out_step != 1) {
        if (!move_planes_8(r, in, out)) move_rows_b8(r, from, to);
        return;
    }
    for (uint32_t k = 0; k < r->rows; ++k, in += r->in_row, out += r->out_row)
        v_copy(out, in, r->n);
}

#endif
