/* SPDX-License-Identifier: Apache-2.0
 * Table look-ups of every length of cases/lut.def. */
#include "check.h"

#include <stdio.h>

#include "kernels/lut/lut.h"

static void run(check *c, int32_t n) {
    const hn_lut_args args = {n};
    const uint8_t *in = check_bytes(c, (size_t)n), *table = check_bytes(c, 256);
    uint8_t *want = check_alloc(c, (size_t)n);
    for (int32_t i = 0; i < n; ++i) want[i] = table[in[i]];
    check_case k = {.family = HN_FAMILY_lut, .types = HN_TYPES_b8, .args = &args};
    snprintf(k.name, sizeof k.name, "%d", n);
    k.operand[HN_LUT_IN] = (check_operand){in, (size_t)n};
    k.operand[HN_LUT_TABLE] = (check_operand){table, 256};
    k.operand[HN_LUT_OUT].bytes = (size_t)n;
    k.n_operands = HN_LUT_OPERANDS;
    k.out = HN_LUT_OUT;
    k.expect = want;
    k.work = (uint64_t)n;
    check_run(c, &k);
}

void check_lut(check *c) {
#define X(n) run(c, n);
#include "../cases/lut.def"
}
