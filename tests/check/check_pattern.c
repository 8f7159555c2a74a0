/* SPDX-License-Identifier: Apache-2.0
 * Movement by patterns: every shape of cases/pattern.def in every element size. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "kernels/pattern/pattern.h"

static const hn_types types_of[4] = {HN_TYPES_b8, HN_TYPES_b16, HN_TYPES_b32, HN_TYPES_b64};

/* Runs the case with operands that have their element counts in `bytes` so far. */
static void run(check *c, check_case *k, int log_size, size_t n_out, int n_operands) {
    k->types = types_of[log_size];
    k->out = n_operands - 1;
    k->n_operands = n_operands;
    k->operand[k->out].bytes = n_out << log_size;
    k->work = n_out;
    check_run(c, k);
}

static void run_one_hot(check *c, int32_t outer, int32_t depth, int32_t inner, int log_size) {
    const size_t size = (size_t)1 << log_size, n = (size_t)(outer * inner);
    const size_t n_out = n * (size_t)depth;
    for (int32_t wraps = 0; wraps < 2; ++wraps) {
        const hn_one_hot_args a = {outer, depth, inner, 1, 2, wraps, HN_INDEX_S32};
        const int32_t *v = check_ints(c, n, -depth - 1, depth);
        const uint8_t *values = check_bytes(c, 3 * size);
        uint8_t *want = check_alloc(c, n_out * size);
        for (int32_t i = 0; i < (int32_t)n_out; ++i) {
            const int32_t d = i / inner % depth, o = i / inner / depth;
            int32_t index = v[o * inner + i % inner];
            if (wraps != 0 && index < 0) index += depth;
            memcpy(want + (size_t)i * size, values + (index == d ? 1 : 2) * size, size);
        }
        check_case k = {.family = HN_FAMILY_one_hot, .args = &a, .expect = want};
        snprintf(k.name, sizeof k.name, "one_hot %dx%dx%d wraps %d", outer, depth, inner, wraps);
        k.operand[HN_ONE_HOT_INDICES] = (check_operand){v, n * 4};
        k.operand[HN_ONE_HOT_ON] = (check_operand){values, 3 * size};
        k.operand[HN_ONE_HOT_OFF] = (check_operand){values, 3 * size};
        run(c, &k, log_size, n_out, HN_ONE_HOT_OPERANDS);
    }
}

static void run_reverse(check *c, hn_reverse_sequence_args a, int log_size) {
    const int32_t batch = a.seq_first != 0 ? a.dim1 : a.dim0;
    const int32_t length = a.seq_first != 0 ? a.dim0 : a.dim1;
    const int32_t rows = a.n_outer * a.dim0 * a.n_middle * a.dim1;
    const size_t row = (size_t)a.n_inner << log_size;
    const int32_t *v = check_ints(c, (size_t)batch, 0, length + 1); /* the last is too long */
    const uint8_t *x = check_bytes(c, (size_t)rows * row);
    uint8_t *want = check_alloc(c, (size_t)rows * row);
    for (int32_t u = 0; u < rows; ++u) {
        const int32_t i1 = u % a.dim1, m = u / a.dim1 % a.n_middle;
        const int32_t i0 = u / a.dim1 / a.n_middle % a.dim0;
        const int32_t o = u / a.dim1 / a.n_middle / a.dim0;
        const int32_t s = a.seq_first != 0 ? i0 : i1, n = v[a.seq_first != 0 ? i1 : i0];
        const int32_t from = n <= length && s < n ? n - 1 - s : s;
        const int32_t f0 = a.seq_first != 0 ? from : i0, f1 = a.seq_first != 0 ? i1 : from;
        const int32_t at = ((o * a.dim0 + f0) * a.n_middle + m) * a.dim1 + f1;
        memcpy(want + (size_t)u * row, x + (size_t)at * row, row);
    }
    check_case k = {.family = HN_FAMILY_reverse_sequence, .args = &a, .expect = want};
    snprintf(k.name, sizeof k.name, "reverse %dx%dx%d, %d first", a.dim0, a.dim1, a.n_inner,
             a.seq_first);
    k.may_report = true;
    k.operand[HN_REVERSE_X] = (check_operand){x, (size_t)rows * row};
    k.operand[HN_REVERSE_LENGTHS] = (check_operand){v, (size_t)batch * 4};
    run(c, &k, log_size, (size_t)(rows * a.n_inner), HN_REVERSE_OPERANDS);
}

static void run_triangle(check *c, hn_triangle_args a, int32_t k_value, int log_size) {
    const size_t size = (size_t)1 << log_size, n = (size_t)(a.n * a.rows * a.columns);
    int64_t *shift = check_alloc(c, 8);
    const uint8_t *x = check_bytes(c, n * size);
    uint8_t *want = check_alloc(c, n * size);
    *shift = k_value;
    for (int32_t i = 0; i < (int32_t)n; ++i) {
        const int32_t column = i % a.columns, row = i / a.columns % a.rows;
        const bool is_kept = a.upper != 0 ? column >= row + k_value : column <= row + k_value;
        if (is_kept) memcpy(want + (size_t)i * size, x + (size_t)i * size, size);
    }
    check_case k = {.family = HN_FAMILY_triangle, .args = &a, .expect = want};
    snprintf(k.name, sizeof k.name, "triangle %dx%d by %d, upper %d", a.rows, a.columns, k_value,
             a.upper);
    k.operand[HN_TRIANGLE_IN] = (check_operand){x, n * size};
    if (k_value != 0) k.operand[HN_TRIANGLE_K] = (check_operand){shift, 8};
    run(c, &k, log_size, n, HN_TRIANGLE_OPERANDS);
}

#define ONE_HOT(outer, depth, inner) run_one_hot(c, outer, depth, inner, log_size);
#define REVERSE(outer, dim0, middle, dim1, inner)                                                  \
    run_reverse(c,                                                                                 \
                (hn_reverse_sequence_args){outer, dim0, middle, dim1, inner, flag, HN_INDEX_S32},  \
                log_size);
#define TRIANGLE(n, rows, columns, k)                                                              \
    run_triangle(c, (hn_triangle_args){n, rows, columns, flag, HN_INDEX_S64}, k, log_size);

static void run_all(check *c, int log_size, int32_t flag) {
#include "../cases/pattern.def"
}

void check_pattern(check *c) {
    for (int log_size = 0; log_size < 4; ++log_size) {
        for (int32_t flag = 0; flag < 2; ++flag) run_all(c, log_size, flag);
    }
}
