/* SPDX-License-Identifier: Apache-2.0
 * Seeded numbers, the same as those of lite_fill.py. */
#include <math.h>
#include <string.h>

#include "lite_case.h"

enum { FILL_INTS, FILL_FLOATS, FILL_BITS, FILL_HALVES };
enum { F32, F16, F64, I8, U8, I16, U16, I32, U32, I64, U64, BOOL, C64, I4, BF16, N_TYPES };

static const uint8_t element_bytes[N_TYPES] = {4, 2, 8, 1, 1, 2, 2, 4, 4, 8, 8, 1, 4, 1, 1};

fill take_fill(source *s) {
    fill f;
    f.kind = take_u8(s);
    f.type = take_u8(s);
    f.seed = take_u32(s);
    f.low = (double)take_f32(s);
    f.high = (double)take_f32(s);
    f.step = (double)take_f32(s);
    if (f.type >= N_TYPES || f.kind > FILL_HALVES) s->bad = true;
    return f;
}

static uint32_t hash(uint32_t seed, uint64_t i) {
    uint64_t z = i + 1 + seed * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return (uint32_t)((z ^ (z >> 31)) >> 32);
}

static double number(const fill *f, uint32_t bits) {
    if (f->kind == FILL_FLOATS)
        return f->low + (f->high - f->low) * ((double)(bits >> 8) / 16777216);
    const int64_t n = (int64_t)f->high - (int64_t)f->low + 1;
    return (f->low + (double)((int64_t)bits % n)) * f->step;
}

/* The element of a number. */
static void store(uint8_t type, double v, uint8_t *to) {
    const float real = (float)v;
    const int64_t whole = (int64_t)v;
    switch (type) {
    case F32:
    case C64:
        memcpy(to, &real, 4);
        break;
    case F64:
        memcpy(to, &v, 8);
        break;
    default: /* little-endian: the low bytes of the number */
        memcpy(to, &whole, element_bytes[type]);
        break;
    }
}

void fill_bytes(const fill *f, uint32_t seed_add, void *bytes, size_t n_bytes) {
    uint8_t *to = bytes;
    const size_t size = f->kind == FILL_BITS ? 1 : element_bytes[f->type];
    for (size_t i = 0; i < n_bytes / size; i++) {
        const uint32_t bits = hash(f->seed + seed_add, i);
        if (f->kind == FILL_BITS) {
            to[i] = (uint8_t)bits;
        } else if (f->kind == FILL_HALVES) {
            const uint16_t half = (uint16_t)((bits & 0x83FF) | ((10 + (bits >> 16) % 6) << 10));
            memcpy(to + i * 2, &half, 2);
        } else {
            store(f->type, number(f, bits), to + i * size);
        }
    }
}
