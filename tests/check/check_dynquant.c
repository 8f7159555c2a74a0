/* SPDX-License-Identifier: Apache-2.0
 * Dynamic quantization: ranges and bytes of every shape of cases/dynquant.def in every mode,
 * against the same rules with the C library's rounding. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "kernels/dynquant/dynquant.h"

static float bits(int32_t word) {
    float v;
    memcpy(&v, &word, sizeof v);
    return v;
}

static void expect_block(const hn_dynrange_args *a, const float *x, int32_t *block) {
    float low = 0, high = 0, scale = 1, factor = 0;
    int32_t zero = 0;
    for (int32_t i = 0; i < a->n; ++i) {
        low = fminf(low, x[i]);
        high = fmaxf(high, x[i]);
    }
    if (low < high && a->mode == HN_DYN_SYMMETRIC) {
        scale = fmaxf(-low, high) / 127.0f;
        factor = 127.0f / fmaxf(-low, high);
    } else if (low < high && a->mode == HN_DYN_ONNX) {
        scale = (high - low) / 255.0f;
        zero = (int32_t)fminf(fmaxf(rintf(0.0f - low / scale), 0.0f), 255.0f);
    } else if (low < high) {
        const double wide = ((double)high - (double)low) / 255.0;
        const double from_low = -128.0 - (double)low / wide,
                     from_high = 127.0 - (double)high / wide;
        const bool is_low = 128.0 - (double)low / wide < 127.0 + (double)high / wide;
        zero = (int32_t)round(fmin(fmax(is_low ? from_low : from_high, -128.0), 127.0));
        scale = (float)wide;
        factor = 1.0f / scale;
    }
    memcpy(block + HN_DYN_SCALE, &scale, sizeof scale);
    memcpy(block + HN_DYN_FACTOR, &factor, sizeof factor);
    block[HN_DYN_ZERO] = zero;
}

static uint8_t expect_byte(int32_t mode, float x, const int32_t *block) {
    const float zero = (float)block[HN_DYN_ZERO], factor = bits(block[HN_DYN_FACTOR]);
    float v = roundf(x * factor), low = -127.0f, high = 127.0f;
    if (mode == HN_DYN_ASYMMETRIC) {
        v = roundf(zero + x * factor);
        low = -128.0f;
    } else if (mode == HN_DYN_ONNX) {
        v = rintf(x / bits(block[HN_DYN_SCALE])) + zero;
        low = 0.0f;
        high = 255.0f;
    }
    return (uint8_t)(int32_t)fminf(fmaxf(v, low), high);
}

static void run(check *c, int32_t rows, int32_t n, const float range[2]) {
    for (int32_t mode = HN_DYN_SYMMETRIC; mode <= HN_DYN_ONNX; ++mode) {
        const hn_dynrange_args a = {rows, n, mode};
        const size_t count = (size_t)rows * (size_t)n;
        const size_t block_bytes = (size_t)rows * HN_DYN_WORDS * sizeof(int32_t);
        const float *x = check_floats(c, count, range[0], range[1]);
        int32_t *blocks = check_alloc(c, block_bytes);
        uint8_t *want = check_alloc(c, count);
        for (int32_t r = 0; r < rows; ++r)
            expect_block(&a, x + (size_t)r * (size_t)n, blocks + r * HN_DYN_WORDS);
        for (size_t i = 0; i < count; ++i)
            want[i] = expect_byte(mode, x[i], blocks + i / (size_t)n * HN_DYN_WORDS);
        check_case k = {.family = HN_FAMILY_dynrange, .types = HN_TYPES_f32, .args = &a};
        snprintf(k.name, sizeof k.name, "%d x %d mode %d", rows, n, mode);
        k.operand[HN_DYNRANGE_IN] = (check_operand){x, count * sizeof *x};
        k.operand[HN_DYNRANGE_OUT].bytes = block_bytes;
        k.n_operands = HN_DYNRANGE_OPERANDS;
        k.out = HN_DYNRANGE_OUT;
        k.expect = blocks;
        k.work = count;
        check_run(c, &k);
        k.family = HN_FAMILY_dynquant;
        k.types = mode == HN_DYN_ONNX ? HN_TYPES_f32_u8 : HN_TYPES_f32_s8;
        k.operand[HN_DYNQUANT_ROWS] = (check_operand){blocks, block_bytes};
        k.operand[HN_DYNQUANT_OUT] = (check_operand){NULL, count};
        k.n_operands = HN_DYNQUANT_OPERANDS;
        k.out = HN_DYNQUANT_OUT;
        k.expect = want;
        check_run(c, &k);
    }
}

void check_dynquant(check *c) {
#define X(rows, n, low, high) run(c, rows, n, (const float[]){low, high});
#include "../cases/dynquant.def"
}
