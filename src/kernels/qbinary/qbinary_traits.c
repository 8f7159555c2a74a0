/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of qbinary rows. */
#include "kernels/kernels.h"
#include "kernels/qbinary/qbinary.h"

static bool is_within(int32_t v, int32_t low, int32_t high) {
    return v >= low && v <= high;
}

static bool supports(const void *args) {
    const hn_qbinary_args *a = args;
    if (a->rank < 0 || a->rank > 8 || a->n_elements < 0) return false;
    if (a->kind < HN_QBINARY_ADD || a->kind >= HN_QBINARY_KINDS) return false;
    if (!is_within(a->a_zero, -128, 255) || !is_within(a->b_zero, -128, 255)) return false;
    if (!is_within(a->out_zero, -128, 255)) return false;
    if (a->arith == HN_ARITH_RNE) return true;
    return a->arith == HN_ARITH_TFLITE && is_within(a->left_shift, 0, 22) &&
           is_within(a->a_shift, -31, 30) && is_within(a->b_shift, -31, 30) &&
           is_within(a->out_shift, -31, 30);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    (void)tile;
    const hn_qbinary_args *a = args;
    return ((uint32_t)a->n_elements + HN_QBINARY_BLOCK - 1) / HN_QBINARY_BLOCK;
}

static uint32_t scratch_bytes(const void *args) {
    const hn_qbinary_args *a = args;
    return a->n_elements < HN_QBINARY_TABLED ? 0 : 2 * HN_QBINARY_TABLE * (uint32_t)sizeof(int32_t);
}

static uint64_t unit_cost(const void *args) {
    (void)args;
    return 70 * HN_QBINARY_BLOCK;
}

const hn_traits hn_qbinary_traits = {
    .supports = supports,
    .units = units,
    .scratch_bytes = scratch_bytes,
    .unit_cost = unit_cost,
    .inplace = HN_QBINARY_A,
};

/* 16 bits: no tables. */
const hn_traits hn_qbinary_s16_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = HN_QBINARY_A,
};
