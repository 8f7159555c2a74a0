/* SPDX-License-Identifier: Apache-2.0
 * Data movement: every box of cases/move.def and fills around block edges, in every element size.
 * Bytes outside the box must stay as they were. */
#include "check.h"

#include <stdio.h>
#include <string.h>

#include "kernels/move/move.h"

enum { UNWRITTEN = 0xa5 }; /* what the harness fills outputs with */

static const struct shape {
    const char *name;
    hn_move_args args;
} shapes[] = {
#define X(name, rank, dim, in_stride, out_stride, in_offset, out_offset)                           \
    {name, {rank, dim, in_stride, out_stride, in_offset, out_offset}},
#include "../cases/move.def"
};

static const hn_types types_of[4] = {HN_TYPES_b8, HN_TYPES_b16, HN_TYPES_b32, HN_TYPES_b64};

/* One more than the highest offset that a view of the box touches. */
static size_t extent(const hn_move_args *a, const int32_t *stride, int32_t offset) {
    for (int32_t d = 0; d < a->rank; ++d) {
        if (a->dim[d] == 0) return 1;
        if (stride[d] > 0) offset += (a->dim[d] - 1) * stride[d];
    }
    return (size_t)offset + 1;
}

static void run_move(check *c, const char *name, const hn_move_args *a, int log_size) {
    const size_t size = (size_t)1 << log_size;
    const size_t n_in = extent(a, a->in_stride, a->in_offset) * size;
    const size_t n_out = extent(a, a->out_stride, a->out_offset) * size;
    const uint8_t *in = check_bytes(c, n_in);
    uint8_t *want = check_alloc(c, n_out);
    int32_t n = 1;
    memset(want, UNWRITTEN, n_out);
    for (int32_t d = 0; d < a->rank; ++d) n *= a->dim[d];
    for (int32_t i = 0; i < n; ++i) {
        int32_t rest = i, from = a->in_offset, to = a->out_offset;
        for (int32_t d = a->rank - 1; d >= 0; --d) {
            from += rest % a->dim[d] * a->in_stride[d];
            to += rest % a->dim[d] * a->out_stride[d];
            rest /= a->dim[d];
        }
        memcpy(want + (size_t)to * size, in + (size_t)from * size, size);
    }
    check_case k = {.family = HN_FAMILY_move, .types = types_of[log_size], .args = a};
    snprintf(k.name, sizeof k.name, "%s", name);
    k.operand[HN_MOVE_IN] = (check_operand){in, n_in};
    k.operand[HN_MOVE_OUT].bytes = n_out;
    k.n_operands = HN_MOVE_OPERANDS;
    k.out = HN_MOVE_OUT;
    k.expect = want;
    k.work = (uint64_t)n;
    check_run(c, &k);
}

static void run_fill(check *c, int32_t n, int log_size) {
    const size_t size = (size_t)1 << log_size;
    const hn_fill_args a = {n, check_random(c), check_random(c)};
    const uint64_t value = (uint64_t)a.high << 32 | a.low;
    uint8_t *want = check_alloc(c, (size_t)n * size);
    for (int32_t i = 0; i < n; ++i) memcpy(want + (size_t)i * size, &value, size);
    check_case k = {.family = HN_FAMILY_fill, .types = types_of[log_size], .args = &a};
    snprintf(k.name, sizeof k.name, "fill %d", n);
    k.operand[HN_FILL_OUT].bytes = (size_t)n * size;
    k.n_operands = HN_FILL_OPERANDS;
    k.out = HN_FILL_OUT;
    k.expect = want;
    k.work = (uint64_t)n;
    check_run(c, &k);
}

void check_move(check *c) {
    static const int32_t lengths[] = {0, 1, 4095, 4096, 4097, 60000};
    for (int log_size = 0; log_size < 4; ++log_size) {
        for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; ++i)
            run_move(c, shapes[i].name, &shapes[i].args, log_size);
        for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; ++i)
            run_fill(c, lengths[i], log_size);
    }
}
