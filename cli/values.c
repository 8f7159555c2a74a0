/* SPDX-License-Identifier: Apache-2.0
 * Elements of tensors as numbers, and seeded data for measuring. */
#include "values.h"

#include <math.h>
#include <string.h>

size_t value_count(const hone_tensor *tensor) {
    size_t n = 1;
    for (uint32_t i = 0; i < tensor->rank; i++) n *= (size_t)tensor->dim[i];
    return n;
}

size_t value_bytes(hone_dtype dtype) {
    switch ((int)dtype) {
    case HONE_DTYPE_S8:
    case HONE_DTYPE_U8:
    case HONE_DTYPE_BOOL:
        return 1;
    case HONE_DTYPE_F16:
    case HONE_DTYPE_BF16:
    case HONE_DTYPE_S16:
    case HONE_DTYPE_U16:
        return 2;
    case HONE_DTYPE_F32:
    case HONE_DTYPE_S32:
    case HONE_DTYPE_U32:
        return 4;
    case HONE_DTYPE_F64:
    case HONE_DTYPE_S64:
    case HONE_DTYPE_U64:
        return 8;
    default:
        return 0;
    }
}

static double from_f16(uint16_t h) {
    const int exponent = h >> 10 & 31, fraction = h & 1023;
    double v;
    if (exponent == 31) {
        v = fraction == 0 ? (double)INFINITY : (double)NAN;
    } else if (exponent == 0) {
        v = ldexp(fraction, -24);
    } else {
        v = ldexp(1024 + fraction, exponent - 25);
    }
    return h & 0x8000 ? -v : v;
}

static double from_f32_bits(uint32_t bits) {
    float f;
    memcpy(&f, &bits, sizeof f);
    return (double)f;
}

int value_read(const hone_tensor *tensor, size_t i, double *value) {
    const size_t size = value_bytes(tensor->dtype);
    uint64_t bits = 0;
    double v;
    if (size == 0 || tensor->data == NULL || (i + 1) * size > tensor->n_bytes) return 0;
    memcpy(&bits, (const unsigned char *)tensor->data + i * size, size);
    switch ((int)tensor->dtype) {
    case HONE_DTYPE_F32:
        v = from_f32_bits((uint32_t)bits);
        break;
    case HONE_DTYPE_F16:
        v = from_f16((uint16_t)bits);
        break;
    case HONE_DTYPE_BF16:
        v = from_f32_bits((uint32_t)bits << 16);
        break;
    case HONE_DTYPE_F64:
        memcpy(&v, &bits, sizeof v);
        break;
    case HONE_DTYPE_S8:
        v = (int8_t)bits;
        break;
    case HONE_DTYPE_S16:
        v = (int16_t)bits;
        break;
    case HONE_DTYPE_S32:
        v = (int32_t)bits;
        break;
    case HONE_DTYPE_S64:
        v = (double)(int64_t)bits;
        break;
    default:
        v = (double)bits;
        break;
    }
    if (tensor->scale != 0.0f) v = (double)tensor->scale * (v - tensor->zero_point);
    *value = v;
    return 1;
}

value_range value_summary(const hone_tensor *tensor) {
    value_range r = {0, 0, 0, 0, 0};
    const size_t n = value_count(tensor);
    double sum = 0;
    size_t n_seen = 0;
    for (size_t i = 0; i < n; i++) {
        double v;
        if (!value_read(tensor, i, &v)) return r;
        if (isnan(v)) {
            r.n_nan++;
            continue;
        }
        if (n_seen == 0 || v < r.min) r.min = v;
        if (n_seen == 0 || v > r.max) r.max = v;
        sum += v;
        n_seen++;
    }
    r.is_known = n_seen > 0;
    r.mean = n_seen > 0 ? sum / (double)n_seen : 0;
    return r;
}

int value_is_class_vector(const hone_tensor *tensor) {
    int n_long = 0;
    for (uint32_t i = 0; i < tensor->rank; i++) n_long += tensor->dim[i] > 1;
    const size_t n = value_count(tensor);
    return n_long <= 1 && n >= 2 && n <= 100000 && value_bytes(tensor->dtype) != 0;
}

static uint64_t next(uint64_t *seed) {
    uint64_t x = *seed;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return *seed = x;
}

/* The bits of one element. */
static uint64_t draw(hone_dtype dtype, uint64_t random) {
    uint64_t bits = random;
    const float f = (float)(random >> 40) / 16777216.0f;
    const double d = (double)f;
    switch ((int)dtype) {
    case HONE_DTYPE_F32:
        bits = 0;
        memcpy(&bits, &f, sizeof f);
        return bits;
    case HONE_DTYPE_F64:
        memcpy(&bits, &d, sizeof d);
        return bits;
    case HONE_DTYPE_F16:
        return 0x3800 | (random >> 54); /* in [0.5, 1) */
    case HONE_DTYPE_BF16:
        return 0x3f00 | (random >> 57);
    case HONE_DTYPE_S8:
    case HONE_DTYPE_U8:
    case HONE_DTYPE_S16:
    case HONE_DTYPE_U16:
        return random >> 48;
    default:
        return 1;
    }
}

void value_fill(hone_tensor *tensor, uint64_t *seed) {
    const size_t size = value_bytes(tensor->dtype);
    memset(tensor->data, 0, tensor->n_bytes);
    for (size_t i = 0; size != 0 && (i + 1) * size <= tensor->n_bytes; i++) {
        const uint64_t bits = draw(tensor->dtype, next(seed));
        memcpy((unsigned char *)tensor->data + i * size, &bits, size);
    }
}
