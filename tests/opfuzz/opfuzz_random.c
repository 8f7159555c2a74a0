/* SPDX-License-Identifier: Apache-2.0
 * Numbers that look for trouble: extents, attributes and elements are drawn from lists of what is
 * likely to matter (0, 1, odd, one beyond, the ends of a type) as often as from small ranges. */
#include <math.h>
#include <string.h>

#include "opfuzz.h"

dice dice_of(uint64_t number) {
    const dice d = {(number + 1) * UINT64_C(0x9E3779B97F4A7C15)};
    return d;
}

static uint64_t next(dice *d) {
    uint64_t z = d->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

uint32_t roll(dice *d, uint32_t n) {
    return n > 0 ? (uint32_t)(next(d) >> 32) % n : 0;
}

bool one_in(dice *d, uint32_t n) {
    return roll(d, n) == 0;
}

int64_t roll_extent(dice *d) {
    static const int64_t extents[] = {0,  1,  2,  3,  5,   7,   8,     9,       15,        16,
                                      17, 31, 33, 64, 100, 255, 65536, 1 << 24, INT32_MAX, -1};
    const uint32_t n = sizeof extents / sizeof extents[0];
    return roll(d, 4) > 0 ? extents[roll(d, n - 6)] : extents[roll(d, n)];
}

int64_t roll_int(dice *d, int64_t near) {
    static const int64_t ints[] = {
        0,     1,     -1,      2,         -2,        3,         4,         5,
        7,     8,     16,      127,       -128,      255,       256,       -32768,
        65535, 65536, 1 << 24, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, INT64_MAX / 8};
    switch (roll(d, 4)) {
    case 0:
        return (int64_t)((uint64_t)near + roll(d, 5) - 2);
    case 1:
        return (int64_t)roll(d, 12) - 4;
    default:
        return ints[roll(d, sizeof ints / sizeof ints[0])];
    }
}

float roll_float(dice *d) {
    static const float floats[] = {0.0f,  -0.0f,  1.0f,  -1.0f,  0.5f,  1e-5f,  1e-30f,
                                   1e30f, -1e30f, 3e38f, 1e-45f, 1e10f, 127.5f, -2.5f};
    switch (roll(d, 8)) {
    case 0:
        return INFINITY;
    case 1:
        return NAN;
    case 2:
        return -INFINITY;
    case 3:
    case 4:
        return (float)roll(d, 65536) / 8192.0f - 4.0f;
    default:
        return floats[roll(d, sizeof floats / sizeof floats[0])];
    }
}

static void roll_bytes(dice *d, uint8_t *bytes, size_t n_bytes) {
    for (size_t i = 0; i < n_bytes; i++) bytes[i] = (uint8_t)next(d);
}

static void roll_reals(dice *d, uint8_t *bytes, size_t n) {
    const bool is_wild = one_in(d, 8);
    for (size_t i = 0; i < n; i++) {
        const float v = is_wild ? roll_float(d) : (float)roll(d, 65536) / 8192.0f - 4.0f;
        memcpy(bytes + 4 * i, &v, sizeof v);
    }
}

void roll_elements(dice *d, hn_dtype dtype, void *bytes, size_t n_bytes) {
    const size_t size = hn_dtype_bits(dtype) / 8;
    const uint32_t mode = roll(d, 4);
    if (dtype == HN_DTYPE_F32) {
        roll_reals(d, bytes, n_bytes / 4);
    } else if (dtype == HN_DTYPE_BOOL) {
        for (size_t i = 0; i < n_bytes; i++) ((uint8_t *)bytes)[i] = (uint8_t)roll(d, 2);
    } else if (hn_dtype_is_integer(dtype) && mode > 0) {
        for (size_t i = 0; i < n_bytes / size; i++) {
            const int64_t v = mode == 1 ? roll_int(d, 0) : (int64_t)roll(d, 4) - (mode == 3);
            memcpy((uint8_t *)bytes + i * size, &v, size);
        }
    } else {
        roll_bytes(d, bytes, n_bytes);
    }
}
