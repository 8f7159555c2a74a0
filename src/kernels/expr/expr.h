/* SPDX-License-Identifier: Apache-2.0
 * A fused elementwise program over float32: every unary and binary float operator, and chains of
 * them, are one step of this family. A program is a list of instructions over registers; registers
 * 0..n_in-1 hold the inputs' current values, the last instruction's result is stored.
 *
 * Operands: 0..n_in-1 the inputs, n_in the output (row-major over dim[0..rank)). An input's element
 * for output index i lies at sum i[d] * in_stride[8 * input + d] (0 where it broadcasts).
 * code[j] packs {op: bits 0-7, destination: 8-15, a: 16-23, b: 24-31}; a and b are registers, or
 * HN_EXPR_IMM + index into imm[]. Ops are in expr_ops.def.
 * min, max and relu give NaN where an operand is NaN; sign gives 0 for both zeros. prelu is a,
 * times b where a is negative; greater is 1 where a > b and else 0; mask is a where b is not 0 and
 * else 0. Unit: HN_EXPR_BLOCK consecutive output elements. Scratch: a block of floats for each
 * input that is neither packed nor a single element, for each register written before the last
 * instruction, and one more. */
#ifndef HN_KERNELS_EXPR_H
#define HN_KERNELS_EXPR_H

#include "core/args.h"
#include "core/strided.h"
#include "core/work.h"

enum { HN_EXPR_INPUTS = 6, HN_EXPR_CODE = 32, HN_EXPR_IMMS = 16, HN_EXPR_BLOCK = 256 };
enum { HN_EXPR_REGISTERS = 16, HN_EXPR_IMM = 128 };

/* clang-format off */
#define HN_EXPR_FIELDS(F, A)                                                                       \
    F(s32, n_elements) F(s32, rank) A(s32, dim, 8) F(s32, n_in) A(s32, in_stride, 48)              \
    F(s32, n_code) A(u32, code, 32) A(f32, imm, 16)
/* clang-format on */

HN_ARGS(expr, HN_EXPR_FIELDS);

typedef enum hn_expr_op {
#define X(name, arity) HN_EXPR_##name,
#include "kernels/expr/expr_ops.def"
#undef X
    HN_EXPR_OP_COUNT
} hn_expr_op;

#define HN_EXPR_INSTR(op, dst, a, b)                                                               \
    ((uint32_t)(op) | (uint32_t)(dst) << 8 | (uint32_t)(a) << 16 | (uint32_t)(b) << 24)

/* How an input lies: packed like the output (read where it is), one element for all, or neither
 * (gathered into a block). */
typedef enum hn_expr_layout { HN_EXPR_PACKED, HN_EXPR_ONE, HN_EXPR_STRIDED } hn_expr_layout;

static inline hn_expr_layout hn_expr_input_layout(const hn_expr_args *a, int32_t input) {
    const int32_t *stride = a->in_stride + 8 * input;
    if (hn_strides_are_dense(a->rank, a->dim, stride)) return HN_EXPR_PACKED;
    return hn_strides_are_zero(a->rank, a->dim, stride) ? HN_EXPR_ONE : HN_EXPR_STRIDED;
}

/* The registers that need a block of their own, as bits. */
static inline uint32_t hn_expr_blocks(const hn_expr_args *a) {
    uint32_t mask = 0;
    for (int32_t i = 0; i < a->n_in; i++)
        if (hn_expr_input_layout(a, i) == HN_EXPR_STRIDED) mask |= 1u << i;
    for (int32_t j = 0; j + 1 < a->n_code; j++) mask |= 1u << (a->code[j] >> 8 & 0xffu);
    return mask;
}

#endif
