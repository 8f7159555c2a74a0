/* SPDX-License-Identifier: Apache-2.0
 * The interpreter of elementwise programs: the definition and the portable form. It runs one
 * instruction over a whole block before the next, so that each inner loop is one operation over
 * contiguous floats and vectorises. A result goes to the spare block, which then becomes its
 * register's; so no loop writes what it reads, and pointers may be restrict. Packed inputs are read
 * where they lie, and the last result is written where it belongs, unless that is its own input. */
#include <stdbool.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/expr/expr.h"

typedef struct expr_value {
    const float *at;
    bool is_one; /* one element for the whole block */
} expr_value;

static inline void expr_unary(uint32_t op, float *restrict d, const float *restrict a, uint32_t n) {
#define EXPR_CASE(name, value)                                                                     \
    case HN_EXPR_##name:                                                                           \
        for (uint32_t i = 0; i < n; i++) {                                                         \
            const float x = a[i];                                                                  \
            d[i] = value;                                                                          \
        }                                                                                          \
        break;
    switch (op) {
        EXPR_CASE(copy, x)
        EXPR_CASE(neg, -x)
        EXPR_CASE(abs, hn_abs(x))
        EXPR_CASE(relu, x < 0.0f ? 0.0f : x)
        EXPR_CASE(exp, hn_exp(x))
        EXPR_CASE(log, hn_log(x))
        EXPR_CASE(sqrt, hn_sqrt(x))
        EXPR_CASE(rsqrt, hn_rsqrt(x))
        EXPR_CASE(reciprocal, 1.0f / x)
        EXPR_CASE(sigmoid, hn_sigmoid(x))
        EXPR_CASE(tanh, hn_tanh(x))
        EXPR_CASE(erf, hn_erf(x))
        EXPR_CASE(sin, hn_sin(x))
        EXPR_CASE(cos, hn_cos(x))
        EXPR_CASE(floor, hn_floor(x))
        EXPR_CASE(ceil, hn_ceil(x))
        EXPR_CASE(round_even, hn_round(x))
        EXPR_CASE(sign, x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : x == 0.0f ? 0.0f : x)
        EXPR_CASE(square, x * x)
        EXPR_CASE(expm1, hn_expm1(x))
        EXPR_CASE(log1p, hn_log1p(x))
        EXPR_CASE(atan, hn_atan(x))
    default:
        break;
    }
#undef EXPR_CASE
}

/* Not both operands are one element, unless n is 1. */
static inline void expr_binary(uint32_t op, float *restrict d, const expr_value *left,
                               const expr_value *right, uint32_t n) {
    const float *restrict a = left->at;
    const float *restrict b = right->at;
#define EXPR_LOOP(x_at, y_at, value)                                                               \
    for (uint32_t i = 0; i < n; i++) {                                                             \
        const float x = x_at, y = y_at;                                                            \
        d[i] = value;                                                                              \
    }
#define EXPR_CASE(name, value)                                                                     \
    case HN_EXPR_##name:                                                                           \
        if (left->is_one) {                                                                        \
            const float x_one = a[0];                                                              \
            EXPR_LOOP(x_one, b[i], value)                                                          \
        } else if (right->is_one) {                                                                \
            const float y_one = b[0];                                                              \
            EXPR_LOOP(a[i], y_one, value)                                                          \
        } else {                                                                                   \
            EXPR_LOOP(a[i], b[i], value)                                                           \
        }                                                                                          \
        break;
    switch (op) {
        EXPR_CASE(add, x + y)
        EXPR_CASE(sub, x - y)
        EXPR_CASE(mul, x * y)
        EXPR_CASE(div, x / y)
        EXPR_CASE(min, x < y || x != x ? x : y)
        EXPR_CASE(max, x > y || x != x ? x : y)
        EXPR_CASE(pow, hn_pow(x, y))
        EXPR_CASE(mod, hn_fmod(x, y))
        EXPR_CASE(floor_mod, hn_floor_mod(x, y))
        EXPR_CASE(atan2, hn_atan2(x, y))
        EXPR_CASE(prelu, x < 0.0f ? x * y : x)
        EXPR_CASE(greater, x > y ? 1.0f : 0.0f)
        EXPR_CASE(mask, y != 0.0f ? x : 0.0f)
    default:
        break;
    }
#undef EXPR_CASE
#undef EXPR_LOOP
}

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

HN_KERNEL(hn_expr_f32_c) {
    expr_body(args, buf, w);
}
