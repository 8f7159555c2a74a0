/* SPDX-License-Identifier: Apache-2.0
 * The interpreter of elementwise programs. It runs one instruction over a whole block before the
 * next. A result goes to the spare block, which then becomes its register's; so no loop writes what
 * it reads. Packed inputs are read where they lie, and the last result is written where it belongs,
 * unless that is its own input. The includer has defined expr_unary. */
#ifndef HN_KERNELS_EXPR_BODY_H
#define HN_KERNELS_EXPR_BODY_H

#include "kernels/expr/expr_loops.h"

/* One instruction over a block. Operands that are all one element are computed once. */
static inline void expr_apply(uint32_t op, float *d, const expr_value *a, const expr_value *b,
                              uint32_t n) {
    const bool is_binary = op >= HN_EXPR_add;
    const bool is_one = a->is_one && (!is_binary || b->is_one);
    float one = 0.0f;
    float *to = is_one ? &one : d;
    const uint32_t count = is_one ? 1 : n;
    if (is_binary) {
        expr_binary(op, to, a, b, count);
    } else {
        expr_unary(op, to, a->at, count);
    }
    if (!is_one) return;
    for (uint32_t i = 0; i < n; i++) d[i] = one;
}

/* Elements begin..begin+n of a strided input, packed. */
static inline void expr_gather(const hn_expr_args *a, int32_t input, const float *restrict in,
                               uint32_t begin, uint32_t n, float *restrict out) {
    const int32_t *stride = a->in_stride + 8 * input;
    const intptr_t step = stride[a->rank - 1];
    hn_walk w;
    hn_walk_begin(&w, a->rank, a->dim, stride, begin);
    for (uint32_t done = 0; done < n;) {
        const uint32_t run = hn_walk_run(&w, a->rank, a->dim, n - done);
        const float *restrict from = in + w.offset;
        float *restrict to = out + done;
        if (step == 1) {
            for (uint32_t i = 0; i < run; i++) to[i] = from[i];
        } else {
            for (uint32_t i = 0; i < run; i++) to[i] = from[(intptr_t)i * step];
        }
        hn_walk_advance(&w, a->rank, a->dim, stride, run);
        done += run;
    }
}

static inline expr_value expr_operand(const expr_value *value, const float *imm, uint32_t code) {
    if (code < HN_EXPR_IMM) return value[code];
    const expr_value one = {imm + (code - HN_EXPR_IMM), true};
    return one;
}

/* The program over one block of n elements; block[r] is register r's block, block[16] the spare. */
static inline void expr_block(const hn_expr_args *a, expr_value *value, float **block, float *out,
                              uint32_t n) {
    for (int32_t j = 0; j < a->n_code; j++) {
        const uint32_t code = a->code[j];
        const uint32_t r = code >> 8 & 0xffu;
        const bool is_last = j + 1 == a->n_code;
        const expr_value x = expr_operand(value, a->imm, code >> 16 & 0xffu);
        const bool is_binary = (code & 0xffu) >= HN_EXPR_add;
        const expr_value y = is_binary ? expr_operand(value, a->imm, code >> 24) : x;
        float *spare = block[HN_EXPR_REGISTERS];
        const bool is_direct = is_last && x.at != out && y.at != out;
        expr_apply(code & 0xffu, is_direct ? out : spare, &x, &y, n);
        if (is_direct) return;
        if (is_last) {
            for (uint32_t i = 0; i < n; i++) out[i] = spare[i];
            return;
        }
        block[HN_EXPR_REGISTERS] = block[r];
        block[r] = spare;
        value[r].at = spare;
        value[r].is_one = false;
    }
}

static inline void expr_body(const hn_expr_args *a, void *const *buf, const hn_work *w) {
    hn_expr_layout layout[HN_EXPR_INPUTS];
    float *block[HN_EXPR_REGISTERS + 1];
    expr_value value[HN_EXPR_REGISTERS];
    const uint32_t mask = hn_expr_blocks(a);
    float *next = w->scratch;
    for (uint32_t r = 0; r < HN_EXPR_REGISTERS; r++) {
        block[r] = next;
        if (mask >> r & 1u) next += HN_EXPR_BLOCK;
    }
    block[HN_EXPR_REGISTERS] = next;
    for (int32_t i = 0; i < a->n_in; i++) layout[i] = hn_expr_input_layout(a, i);
    for (uint32_t u = w->begin; u < w->end; u++) {
        const uint32_t begin = u * HN_EXPR_BLOCK;
        const uint32_t left = (uint32_t)a->n_elements - begin;
        const uint32_t n = left < HN_EXPR_BLOCK ? left : HN_EXPR_BLOCK;
        for (int32_t i = 0; i < a->n_in; i++) {
            const float *in = buf[i];
            if (layout[i] == HN_EXPR_STRIDED) expr_gather(a, i, in, begin, n, block[i]);
            value[i].is_one = layout[i] == HN_EXPR_ONE;
            value[i].at = layout[i] == HN_EXPR_STRIDED  ? block[i]
                          : layout[i] == HN_EXPR_PACKED ? in + begin
                                                        : in;
        }
        expr_block(a, value, block, (float *)buf[a->n_in] + begin, n);
    }
}

#endif
