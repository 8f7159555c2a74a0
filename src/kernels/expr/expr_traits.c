/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of expr rows. A program is supported when every instruction exists and reads
 * only inputs, immediates and registers that were written before. */
#include "kernels/expr/expr.h"
#include "kernels/kernels.h"

/* Inputs of an operation, and about nanoseconds an element on a small core. */
static const uint8_t arity[HN_EXPR_OP_COUNT] = {
#define X(name, n) [HN_EXPR_##name] = (n),
#include "kernels/expr/expr_ops.def"
#undef X
};

static const uint16_t cost[HN_EXPR_OP_COUNT] = {
    [HN_EXPR_exp] = 200,       [HN_EXPR_log] = 200,        [HN_EXPR_sqrt] = 100,
    [HN_EXPR_rsqrt] = 150,     [HN_EXPR_reciprocal] = 100, [HN_EXPR_sigmoid] = 300,
    [HN_EXPR_tanh] = 400,      [HN_EXPR_erf] = 400,        [HN_EXPR_sin] = 400,
    [HN_EXPR_cos] = 400,       [HN_EXPR_floor] = 60,       [HN_EXPR_ceil] = 60,
    [HN_EXPR_round_even] = 60, [HN_EXPR_div] = 100,        [HN_EXPR_pow] = 5000,
    [HN_EXPR_expm1] = 300,     [HN_EXPR_log1p] = 400,      [HN_EXPR_atan] = 300,
    [HN_EXPR_atan2] = 400,     [HN_EXPR_mod] = 500,        [HN_EXPR_floor_mod] = 500,
};

static bool can_read(uint32_t operand, uint32_t written) {
    if (operand >= HN_EXPR_IMM) return operand < HN_EXPR_IMM + HN_EXPR_IMMS;
    return operand < HN_EXPR_REGISTERS && (written >> operand & 1u) != 0;
}

static bool supports(const void *args) {
    const hn_expr_args *a = args;
    if (a->rank < 0 || a->rank > 8 || a->n_in < 0 || a->n_in > HN_EXPR_INPUTS) return false;
    if (a->n_code < 1 || a->n_code > HN_EXPR_CODE || a->n_elements < 0) return false;
    uint32_t written = (1u << a->n_in) - 1u;
    for (int32_t j = 0; j < a->n_code; j++) {
        const uint32_t op = a->code[j] & 0xffu;
        const uint32_t r = a->code[j] >> 8 & 0xffu;
        if (op >= HN_EXPR_OP_COUNT || r >= HN_EXPR_REGISTERS) return false;
        if (!can_read(a->code[j] >> 16 & 0xffu, written)) return false;
        if (arity[op] == 2 && !can_read(a->code[j] >> 24, written)) return false;
        written |= 1u << r;
    }
    return true;
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_expr_args *a = args;
    return ((uint32_t)a->n_elements + HN_EXPR_BLOCK - 1) / HN_EXPR_BLOCK;
}

static uint32_t scratch_bytes(const void *args) {
    uint32_t n = 1;
    for (uint32_t mask = hn_expr_blocks(args); mask != 0; mask &= mask - 1) n++;
    return n * HN_EXPR_BLOCK * (uint32_t)sizeof(float);
}

static uint64_t unit_cost(const void *args) {
    const hn_expr_args *a = args;
    uint64_t sum = 20 * (uint64_t)a->n_in;
    for (int32_t j = 0; j < a->n_code; j++) {
        const uint32_t op = a->code[j] & 0xffu;
        sum += 20u + (op < HN_EXPR_OP_COUNT ? cost[op] : 0u);
    }
    return sum * HN_EXPR_BLOCK;
}

const hn_traits hn_expr_traits = {
    .supports = supports,
    .units = units,
    .scratch_bytes = scratch_bytes,
    .unit_cost = unit_cost,
    .inplace = 0,
};

static uint64_t unit_cost_vec(const void *args) {
    return unit_cost(args) / 16;
}

const hn_traits hn_expr_vec_traits = {
    .supports = supports,
    .units = units,
    .scratch_bytes = scratch_bytes,
    .unit_cost = unit_cost_vec,
    .inplace = 0,
};
