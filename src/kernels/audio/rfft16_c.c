/* SPDX-License-Identifier: Apache-2.0
 * The transform of real frames of 16 bits: the definition and the portable form. Even and odd
 * samples are the parts of half as many complex numbers, whose transform is parted at the end.
 * Butterflies are of four, with one of two where the length asks for it, as kissfft factors. */
#include <stddef.h>
#include <stdint.h>

#include "core/assume.h"
#include "kernels/audio/audio.h"

typedef struct rfft16_pair {
    int16_t r, i;
} rfft16_pair;

static inline int16_t rfft16_round(int32_t v) {
    return (int16_t)((v + (1 << 14)) >> 15);
}

static inline rfft16_pair rfft16_divided(rfft16_pair a, int32_t by) {
    const int32_t factor = INT16_MAX / by;
    const rfft16_pair v = {rfft16_round(a.r * factor), rfft16_round(a.i * factor)};
    return v;
}

static inline rfft16_pair rfft16_product(rfft16_pair a, rfft16_pair b) {
    const rfft16_pair v = {rfft16_round(a.r * b.r - a.i * b.i),
                           rfft16_round(a.r * b.i + a.i * b.r)};
    return v;
}

static inline rfft16_pair rfft16_sum(rfft16_pair a, rfft16_pair b) {
    const rfft16_pair v = {(int16_t)(a.r + b.r), (int16_t)(a.i + b.i)};
    return v;
}

static inline rfft16_pair rfft16_difference(rfft16_pair a, rfft16_pair b) {
    const rfft16_pair v = {(int16_t)(a.r - b.r), (int16_t)(a.i - b.i)};
    return v;
}

static inline void rfft16_two(rfft16_pair *x, const rfft16_pair *twiddles, int32_t stride,
                              int32_t m) {
    for (int32_t k = 0; k < m; k++) {
        const rfft16_pair a = rfft16_divided(x[k], 2);
        const rfft16_pair b = rfft16_product(rfft16_divided(x[k + m], 2), twiddles[k * stride]);
        x[k + m] = rfft16_difference(a, b);
        x[k] = rfft16_sum(a, b);
    }
}

static inline void rfft16_four(rfft16_pair *x, const rfft16_pair *twiddles, int32_t stride,
                               int32_t m) {
    for (int32_t k = 0; k < m; k++) {
        const rfft16_pair a = rfft16_divided(x[k], 4);
        const rfft16_pair b = rfft16_product(rfft16_divided(x[k + m], 4), twiddles[k * stride]);
        const rfft16_pair c =
            rfft16_product(rfft16_divided(x[k + 2 * m], 4), twiddles[2 * k * stride]);
        const rfft16_pair d =
            rfft16_product(rfft16_divided(x[k + 3 * m], 4), twiddles[3 * k * stride]);
        const rfft16_pair even = rfft16_sum(a, c), odd = rfft16_difference(a, c);
        const rfft16_pair sum = rfft16_sum(b, d), turned = rfft16_difference(b, d);
        x[k] = rfft16_sum(even, sum);
        x[k + 2 * m] = rfft16_difference(even, sum);
        x[k + m].r = (int16_t)(odd.r + turned.i);
        x[k + m].i = (int16_t)(odd.i - turned.r);
        x[k + 3 * m].r = (int16_t)(odd.r - turned.i);
        x[k + 3 * m].i = (int16_t)(odd.i + turned.r);
    }
}

/* Where sample `at` of n goes: the digits of its place, of base four and then two, turned round. */
static inline int32_t rfft16_place(int32_t at, int32_t n) {
    int32_t place = 0;
    while (n > 1) {
        const int32_t base = n % 4 == 0 ? 4 : 2;
        n /= base;
        place += at % base * n;
        at /= base;
    }
    return place;
}

/* out = the transform of n pairs. */
static inline void rfft16_complex(const rfft16_pair *in, const rfft16_pair *twiddles,
                                  rfft16_pair *out, int32_t n) {
    for (int32_t i = 0; i < n; i++) out[rfft16_place(i, n)] = in[i];
    int32_t odd = n;
    while (odd % 4 == 0) odd /= 4;
    for (int32_t m = 1; m < n;) {
        const int32_t base = m == 1 && odd == 2 ? 2 : 4, size = m * base;
        for (int32_t at = 0; at < n; at += size) {
            if (base == 2)
                rfft16_two(out + at, twiddles, n / size, m);
            else
                rfft16_four(out + at, twiddles, n / size, m);
        }
        m = size;
    }
}

static inline void rfft16_part(const rfft16_pair *x, const rfft16_pair *turns, rfft16_pair *out,
                               int32_t n) {
    const rfft16_pair first = rfft16_divided(x[0], 2);
    out[0].r = (int16_t)(first.r + first.i);
    out[n].r = (int16_t)(first.r - first.i);
    out[0].i = out[n].i = 0;
    for (int32_t k = 1; k <= n / 2; k++) {
        const rfft16_pair mirrored = {x[n - k].r, (int16_t)-x[n - k].i};
        const rfft16_pair a = rfft16_divided(x[k], 2), b = rfft16_divided(mirrored, 2);
        const rfft16_pair even = rfft16_sum(a, b);
        const rfft16_pair odd = rfft16_product(rfft16_difference(a, b), turns[k - 1]);
        out[k].r = (int16_t)((even.r + odd.r) >> 1);
        out[k].i = (int16_t)((even.i + odd.i) >> 1);
        out[n - k].r = (int16_t)((even.r - odd.r) >> 1);
        out[n - k].i = (int16_t)((odd.i - even.i) >> 1);
    }
}

HN_KERNEL(hn_rfft16_s16_c) {
    const hn_rfft16_args *a = (const hn_rfft16_args *)args;
    const int32_t n = a->length / 2;
    const rfft16_pair *twiddles = (const rfft16_pair *)buf[HN_RFFT16_TWIDDLES];
    rfft16_pair *padded = (rfft16_pair *)w->scratch, *spectrum = padded + n;
    for (uint32_t u = w->begin; u < w->end; u++) {
        const int16_t *in = (const int16_t *)buf[HN_RFFT16_IN] + (size_t)u * (size_t)a->in_n;
        rfft16_pair *out = (rfft16_pair *)buf[HN_RFFT16_OUT] + (size_t)u * (size_t)(n + 1);
        for (int32_t i = 0; i < n; i++) {
            padded[i].r = 2 * i < a->in_n ? in[2 * i] : 0;
            padded[i].i = 2 * i + 1 < a->in_n ? in[2 * i + 1] : 0;
        }
        rfft16_complex(padded, twiddles, spectrum, n);
        rfft16_part(spectrum, twiddles + n, out, n);
    }
}
