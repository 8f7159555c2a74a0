/* SPDX-License-Identifier: Apache-2.0
 * What a planner asks of the vector rows of qbinary: three kinds, and inputs that are packed or one
 * element along the last dimension. */
#include "kernels/kernels.h"
#include "kernels/qbinary/qbinary.h"

extern const hn_traits hn_qbinary_traits; /* of the portable rows: qbinary_traits.c */

static bool supports(const void *args) {
    const hn_qbinary_args *a = (const hn_qbinary_args *)args;
    if (!hn_qbinary_traits.supports(args) || a->kind > HN_QBINARY_MUL) return false;
    if (a->rank == 0) return true;
    const int32_t x = a->a_stride[a->rank - 1], y = a->b_stride[a->rank - 1];
    return (x == 0 || x == 1) && (y == 0 || y == 1);
}

static uint32_t units(const void *args, const hn_tile *tile) {
    return hn_qbinary_traits.units(args, tile);
}

static uint64_t unit_cost(const void *args) {
    return hn_qbinary_traits.unit_cost(args) / 32;
}

const hn_traits hn_qbinary_vec_traits = {
    .supports = supports,
    .units = units,
    .unit_cost = unit_cost,
    .inplace = HN_QBINARY_A,
};
