/* SPDX-License-Identifier: Apache-2.0
 * From one integer quantization to another, between all widths and in both arithmetics. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/quant/quant.h"

typedef struct type {
    hn_types key;
    int32_t bytes, low, high;
} type;

static const type types[] = {{HN_TYPES_s8, 1, -128, 127},
                             {HN_TYPES_u8, 1, 0, 255},
                             {HN_TYPES_s16, 2, -32768, 32767},
                             {HN_TYPES_s32, 4, INT32_MIN, INT32_MAX}};

/* d * multiplier / 2^31, ties up, then shifted right, ties away from zero. */
static double scale(int64_t d, int32_t multiplier, int32_t shift) {
    if (shift > 0) d *= INT64_C(1) << shift;
    const int64_t high = (d * multiplier + (INT64_C(1) << 30)) >> 31;
    return round(ldexp((double)high, shift < 0 ? shift : 0));
}

static void run(check *c, const type *from, const type *to, int32_t arith) {
    enum { N = 2100 };
    const bool is_wide = from->bytes == 4;
    const int32_t most = is_wide ? 100000 : from->high, least = is_wide ? -100000 : from->low;
    hn_requant_args a = {.n = N, .arith = arith, .out_bytes = to->bytes};
    check_case k = {.family = HN_FAMILY_requant, .types = from->key, .args = &a};
    a.in_zero = from->bytes == 1 ? check_range(c, from->low, from->high) : 0;
    a.out_zero = to->bytes == 1 ? check_range(c, to->low, to->high) : 0;
    a.multiplier = check_range(c, 1 << 30, INT32_MAX);
    a.shift = check_range(c, -6, 3);
    a.scale = (float)ldexp(a.multiplier, a.shift - 31);
    a.act_min = to->low;
    a.act_max = to->high;
    uint8_t *in = check_alloc(c, N * (size_t)from->bytes);
    uint8_t *want = check_alloc(c, N * (size_t)to->bytes);
    for (size_t i = 0; i < N; ++i) {
        const int32_t x = check_range(c, least, most), d = x - a.in_zero;
        const double v = arith == HN_ARITH_RNE ? rint((double)((float)d * a.scale))
                                               : scale(d, a.multiplier, a.shift);
        const int32_t q = (int32_t)fmin(fmax(v + a.out_zero, to->low), to->high);
        memcpy(in + i * (size_t)from->bytes, &x, (size_t)from->bytes);
        memcpy(want + i * (size_t)to->bytes, &q, (size_t)to->bytes);
    }
    k.operand[HN_REQUANT_IN] = (check_operand){in, N * (size_t)from->bytes};
    k.operand[HN_REQUANT_OUT].bytes = N * (size_t)to->bytes;
    k.n_operands = HN_REQUANT_OPERANDS;
    k.out = HN_REQUANT_OUT;
    k.expect = want;
    snprintf(k.name, sizeof k.name, "to %d bytes arith %d", to->bytes, arith);
    check_run(c, &k);
}

void check_requant(check *c) {
    for (size_t from = 0; from < 4; ++from) {
        for (size_t to = 0; to < 4; ++to) {
            run(c, &types[from], &types[to], HN_ARITH_TFLITE);
            run(c, &types[from], &types[to], HN_ARITH_RNE);
        }
    }
}
