/* SPDX-License-Identifier: Apache-2.0
 * Whether an output is what LiteRT gave: integers by a hash of all bytes (or within steps, where
 * LiteRT computes in float through libm), floats by samples and an alternating sum over all,
 * random numbers by their moments. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lite_case.h"

enum { ANSWER_EQUAL, ANSWER_STEP, ANSWER_CLOSE, ANSWER_RANDOM };

/* The types in the order of lite_archive.py. */
static const hone_dtype types[] = {
    HONE_DTYPE_F32, HONE_DTYPE_F16, HONE_DTYPE_F64,  HONE_DTYPE_S8,
    HONE_DTYPE_U8,  HONE_DTYPE_S16, HONE_DTYPE_U16,  HONE_DTYPE_S32,
    HONE_DTYPE_U32, HONE_DTYPE_S64, HONE_DTYPE_U64,  HONE_DTYPE_BOOL,
    HONE_DTYPE_C64, HONE_DTYPE_S4,  HONE_DTYPE_BF16, HONE_DTYPE_STRING,
};

/* Numbers of a tensor; complex elements are two. */
static size_t count(const hone_tensor *y) {
    size_t n = y->dtype == HONE_DTYPE_C64 ? 2 : 1;
    for (uint32_t d = 0; d < y->rank; d++) n *= (size_t)y->dim[d];
    return n;
}

static uint64_t fnv(uint64_t h, const void *bytes, size_t n) {
    const uint8_t *at = bytes;
    for (size_t i = 0; i < n; i++) h = (h ^ at[i]) * UINT64_C(0x100000001B3);
    return h;
}

/* Of the bytes; of strings: of each one's length and characters. */
static uint64_t hash(const hone_tensor *y) {
    uint64_t h = UINT64_C(0xCBF29CE484222325);
    if (y->dtype != HONE_DTYPE_STRING) return fnv(h, y->data, y->n_bytes);
    for (uint64_t i = 0; i < count(y); i++) {
        size_t length = 0;
        const char *text = hone_string_at(y, i, &length);
        const uint32_t n = (uint32_t)length;
        h = fnv(fnv(h, &n, sizeof n), text, length);
    }
    return h;
}

/* float16 as a number. */
static double half(uint16_t h) {
    const int exponent = (h >> 10) & 31, fraction = h & 1023;
    const double sign = h >> 15 != 0 ? -1.0 : 1.0;
    if (exponent == 31) return fraction != 0 ? (double)NAN : sign * INFINITY;
    if (exponent == 0) return sign * ldexp(fraction, -24);
    return sign * ldexp(1024 + fraction, exponent - 25);
}

/* Number i of a tensor. */
static double element(const hone_tensor *y, size_t i) {
    const uint8_t *at = y->data;
    float f32;
    double f64;
    int64_t whole = 0;
    uint16_t f16;
    switch (y->dtype) {
    case HONE_DTYPE_F32:
    case HONE_DTYPE_C64:
        memcpy(&f32, at + 4 * i, 4);
        return (double)f32;
    case HONE_DTYPE_F64:
        memcpy(&f64, at + 8 * i, 8);
        return f64;
    case HONE_DTYPE_F16:
        memcpy(&f16, at + 2 * i, 2);
        return half(f16);
    case HONE_DTYPE_S8:
        return (double)(int8_t)at[i];
    case HONE_DTYPE_S16:
        memcpy(&whole, at + 2 * i, 2);
        return (double)(int16_t)whole;
    case HONE_DTYPE_S32:
        memcpy(&whole, at + 4 * i, 4);
        return (double)(int32_t)whole;
    case HONE_DTYPE_S64:
        memcpy(&whole, at + 8 * i, 8);
        return (double)whole;
    default:
        return (double)at[i];
    }
}

static bool is_close(double a, double b, double tolerance) {
    return a == b || (a != a && b != b) || fabs(a - b) <= tolerance;
}

static bool differs(char *reason, size_t i, double got, double want) {
    snprintf(reason, REASON_BYTES, "element %zu is %.9g instead of %.9g", i, got, want);
    return false;
}

static bool is_step(source *s, const hone_tensor *y, char *reason) {
    const double steps = (double)take_f32(s);
    const uint32_t n = take_u32(s);
    bool agrees = true;
    for (uint32_t i = 0; i < n; i++) {
        const double want = (double)take_f32(s);
        if (!agrees || y == NULL || s->bad) continue;
        const double got = element(y, i);
        if (!is_close(got, want, steps)) agrees = differs(reason, i, got, want);
    }
    return agrees;
}

static bool is_near(source *s, const hone_tensor *y, char *reason) {
    const double tolerance = (double)take_f32(s), total = take_f64(s);
    const uint32_t n_samples = take_u16(s);
    const size_t n = y != NULL ? count(y) : 0;
    bool agrees = true;
    for (uint32_t k = 0; k < n_samples; k++) {
        const double want = (double)take_f32(s);
        if (!agrees || y == NULL || s->bad) continue;
        const size_t i = k * n / n_samples;
        const double got = element(y, i);
        if (!is_close(got, want, tolerance)) agrees = differs(reason, i, got, want);
    }
    if (!agrees || y == NULL || total != total) return agrees;
    double sum = 0;
    for (size_t i = 0; i < n; i++) sum += i % 3 == 1 ? -element(y, i) : element(y, i);
    if (is_close(sum, total, tolerance * (double)n)) return true;
    snprintf(reason, REASON_BYTES, "the alternating sum is %.9g instead of %.9g", sum, total);
    return false;
}

/* Moments of numbers that have no order; the limits are wide enough for other generators. */
static bool is_alike(source *s, const hone_tensor *y, char *reason) {
    double want[4], sum = 0, squares = 0;
    for (int i = 0; i < 4; i++) want[i] = (double)take_f32(s);
    const size_t n = y != NULL ? count(y) : 0;
    if (n == 0) return true;
    for (size_t i = 0; i < n; i++) sum += element(y, i);
    const double mean = sum / (double)n;
    for (size_t i = 0; i < n; i++) {
        squares += (element(y, i) - mean) * (element(y, i) - mean);
    }
    const double deviation = sqrt(squares / (double)n), margin = 8 * want[1] / sqrt((double)n);
    if (fabs(mean - want[0]) <= margin && fabs(deviation - want[1]) <= margin) return true;
    snprintf(reason, REASON_BYTES, "mean %.4g, deviation %.4g instead of %.4g, %.4g", mean,
             deviation, want[0], want[1]);
    return false;
}

static bool is_equal(source *s, const hone_tensor *y, char *reason) {
    const uint64_t want = take_u64(s);
    if (y == NULL || hash(y) == want) return true;
    snprintf(reason, REASON_BYTES, "its bytes differ");
    return false;
}

static bool has_shape(source *s, const hone_tensor *y, char *reason) {
    const uint8_t type = take_u8(s), rank = take_u8(s);
    bool is_same = y != NULL && rank == y->rank;
    for (uint8_t d = 0; d < rank; d++) {
        const int32_t dim = (int32_t)take_u32(s);
        is_same = is_same && dim == y->dim[d];
    }
    if (y == NULL) return false;
    if (!is_same) {
        snprintf(reason, REASON_BYTES, "an output has another shape");
    } else if (type >= sizeof types / sizeof types[0] || types[type] != y->dtype) {
        snprintf(reason, REASON_BYTES, "an output has type %s", hone_dtype_name(y->dtype));
        is_same = false;
    }
    return is_same;
}

bool output_agrees(source *answers, const hone_tensor *y, char *reason) {
    const uint8_t kind = take_u8(answers);
    const bool is_same = has_shape(answers, y, reason);
    if (!is_same) y = NULL;
    bool agrees = false;
    if (kind == ANSWER_EQUAL) agrees = is_equal(answers, y, reason);
    if (kind == ANSWER_STEP) agrees = is_step(answers, y, reason);
    if (kind == ANSWER_CLOSE) agrees = is_near(answers, y, reason);
    if (kind == ANSWER_RANDOM) agrees = is_alike(answers, y, reason);
    return is_same && agrees;
}

void output_skip(source *answers) {
    char reason[REASON_BYTES];
    (void)output_agrees(answers, NULL, reason);
}
