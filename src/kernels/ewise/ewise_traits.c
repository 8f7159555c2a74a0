/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of ewise, select and cast rows. An operation is supported by the types of its
 * kind, so there is a traits record for each group of types. */
#include "kernels/ewise/ewise.h"
#include "kernels/kernels.h"

static const uint8_t kinds[HN_EWISE_OP_COUNT] = {
#define X(name, operands, kind, value) [HN_EWISE_##name] = HN_EWISE_##kind,
#include "kernels/ewise/ewise_ops.def"
#undef X
};

/* Kinds as bits. */
static bool has_kind(const void *args, uint32_t allowed) {
    const hn_ewise_args *a = args;
    if (a->rank < 0 || a->rank > 8 || a->n_elements < 0) return false;
    if (a->op < 0 || a->op >= HN_EWISE_OP_COUNT) return false;
    return (allowed >> kinds[a->op] & 1u) != 0;
}

#define BIT(kind) (1u << HN_EWISE_##kind)

static bool supports_int(const void *args) {
    return has_kind(args, BIT(ARITHMETIC) | BIT(INTEGER) | BIT(COMPARE));
}

static bool supports_u8(const void *args) {
    return has_kind(args, BIT(ARITHMETIC) | BIT(INTEGER) | BIT(COMPARE) | BIT(LOGIC));
}

static bool supports_f32(const void *args) {
    return has_kind(args, BIT(COMPARE) | BIT(TEST));
}

static bool supports_f64(const void *args) {
    return has_kind(args, BIT(ARITHMETIC) | BIT(COMPARE) | BIT(TEST));
}

static uint32_t blocks(int32_t n) {
    return ((uint32_t)n + HN_EWISE_BLOCK - 1) / HN_EWISE_BLOCK;
}

static uint32_t units_ewise(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_ewise_args *a = args;
    return blocks(a->n_elements);
}

static uint64_t unit_cost(const void *args) {
    (void)args;
    return 30 * HN_EWISE_BLOCK;
}

static bool supports_select(const void *args) {
    const hn_select_args *a = args;
    return a->rank >= 0 && a->rank <= 8 && a->n_elements >= 0;
}

static uint32_t units_select(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_select_args *a = args;
    return blocks(a->n_elements);
}

static bool supports_cast(const void *args) {
    const hn_cast_args *a = args;
    return a->n >= 0 && a->to >= 0 && a->to < HN_CAST_TO_COUNT;
}

static bool supports_narrow(const void *args) {
    return supports_cast(args) && ((const hn_cast_args *)args)->to == HN_CAST_TO_f16;
}

static bool supports_widen(const void *args) {
    return supports_cast(args) && ((const hn_cast_args *)args)->to == HN_CAST_TO_f32;
}

static uint32_t units_cast(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_cast_args *a = args;
    return blocks(a->n);
}

const hn_traits hn_ewise_int_traits = {
    .supports = supports_int, .units = units_ewise, .unit_cost = unit_cost, .inplace = -1};
const hn_traits hn_ewise_u8_traits = {
    .supports = supports_u8, .units = units_ewise, .unit_cost = unit_cost, .inplace = -1};
const hn_traits hn_ewise_f32_traits = {
    .supports = supports_f32, .units = units_ewise, .unit_cost = unit_cost, .inplace = -1};
const hn_traits hn_ewise_f64_traits = {
    .supports = supports_f64, .units = units_ewise, .unit_cost = unit_cost, .inplace = -1};
const hn_traits hn_select_traits = {
    .supports = supports_select, .units = units_select, .unit_cost = unit_cost, .inplace = -1};
const hn_traits hn_cast_traits = {
    .supports = supports_cast, .units = units_cast, .unit_cost = unit_cost, .inplace = -1};
static uint64_t unit_cost_vec(const void *args) {
    return unit_cost(args) / 16;
}

/* Between f32 and f16 only: the vector rows. */
const hn_traits hn_cast_narrow_traits = {
    .supports = supports_narrow, .units = units_cast, .unit_cost = unit_cost_vec, .inplace = -1};
const hn_traits hn_cast_widen_traits = {
    .supports = supports_widen, .units = units_cast, .unit_cost = unit_cost_vec, .inplace = -1};
