/* SPDX-License-Identifier: Apache-2.0
 * Writing packed weights, in portable C. Each step of a run is written whole, sixteen outputs side
 * by side, so that stores are in order and the loads are sixteen streams. Sums that correct for
 * zero points wrap, as the accumulators do. */
#include "kernels/pack.h"

#include <stddef.h>

#include "core/assume.h"
#include "core/math.h"
#include "kernels/pack_half.h"

/* The shift of outputs that are not there: one that kernels need not look at twice. */
#define LOW_SHIFT ((uint32_t)-31)

enum { WINO_POINTS = 6 };

static uint32_t n_head(uint32_t format) {
    return format == HN_PACKED_F32 || format == HN_PACKED_WINO ? 1 : 3;
}

static bool is_8(uint32_t format) {
    return format >= HN_PACKED_S8 && format <= HN_PACKED_S8_OCT;
}

static bool is_depthwise(uint32_t format) {
    return format >= HN_PACKED_DW8 && format <= HN_PACKED_DW64;
}

/* Channels of a block of depthwise weights. */
static int32_t block_of(uint32_t format) {
    return format == HN_PACKED_DW8 ? 8 : format == HN_PACKED_DW16 ? 16 : 32;
}

static int32_t n_taps(const hn_panels *p) {
    return p->k_h * p->k_w;
}

/* a * b, or 2^40 when that is more. */
static uint64_t product(uint64_t a, uint64_t b) {
    const uint64_t most = UINT64_C(1) << 40;
    return a != 0 && b > most / a ? most : a * b;
}

uint64_t hn_pack_bytes(const hn_panels *p) {
    const uint64_t most = UINT64_C(1) << 40;
    uint64_t bytes;
    if (p->format == HN_PACKED_DW64) {
        bytes = product(((uint64_t)p->n_out + 63) / 64, 64 * 4 * (3 + (uint64_t)p->k_w));
    } else if (is_depthwise(p->format)) {
        const uint64_t block = (uint64_t)block_of(p->format);
        const uint64_t pairs = ((uint64_t)n_taps(p) + 1) / 2;
        bytes = product(((uint64_t)p->n_out + block - 1) / block, block * 4 * (3 + pairs));
    } else if (p->format == HN_PACKED_F16) {
        const uint64_t outputs = product((uint64_t)p->groups, (uint64_t)hn_pack_half_width(p));
        const uint64_t steps = product((uint64_t)p->k_h * (uint64_t)p->k_w, (uint64_t)p->n_c);
        bytes = product(outputs, 2 + product(steps, 2));
    } else if (p->format == HN_PACKED_WINO) {
        const uint64_t outputs = (uint64_t)hn_pack_width(p);
        const uint64_t steps = product((uint64_t)p->k_h, (uint64_t)p->n_c);
        bytes = product(outputs, 4 + product(steps, WINO_POINTS * 4));
    } else {
        const int32_t quad = hn_pack_quad(p->format);
        const uint64_t n_runs = (uint64_t)p->k_h * (uint64_t)(p->k_w / p->run_columns);
        const uint64_t size = p->format == HN_PACKED_F32 ? 4 : p->format == HN_PACKED_S16 ? 2 : 1;
        const uint64_t steps = product(n_runs, (uint64_t)hn_pack_steps(p, quad));
        const uint64_t outputs = product((uint64_t)p->groups, (uint64_t)hn_pack_width(p));
        bytes = product(outputs, 4 * n_head(p->format) + product(steps, (uint64_t)quad * size));
    }
    return bytes >= most ? 0 : bytes;
}

HN_INLINE int32_t load(const hn_panels *p, const void *weights, ptrdiff_t at, bool is_signed) {
    const uint8_t byte = (uint8_t)(((const uint8_t *)weights)[at] ^ (uint8_t)p->flip);
    return is_signed ? (int32_t)(int8_t)byte : (int32_t)byte;
}

/* ---- the head ---- */

/* The i-th 32-bit word of bytes that lie anywhere, as constants of files do. */
HN_INLINE uint32_t word_at(const void *words, ptrdiff_t i) {
    const uint8_t *b = (const uint8_t *)words + 4 * i;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static void head_entry(const hn_panels *p, const void *const *source, int64_t from, uint32_t *at,
                       size_t step) {
    const void *bias = source[HN_PACK_BIAS];
    const int32_t *scale = (const int32_t *)source[HN_PACK_SCALE];
    if (p->is_apart) {
        at[0] = 0;
        at[step] = scale == 0 ? 0 : word_at(scale, (ptrdiff_t)from);
        at[2 * step] = bias == 0 ? 0 : word_at(bias, (ptrdiff_t)from);
        return;
    }
    at[0] = bias == 0 ? 0 : word_at(bias, (ptrdiff_t)from);
    at[step] = (uint32_t)scale[2 * from * p->scale_stride];
    at[2 * step] = (uint32_t)scale[2 * from * p->scale_stride + 1];
}

/* Bias and scales of all groups; for integers without the corrections. */
static void write_head(const hn_panels *p, const void *const *source, uint32_t *head) {
    const size_t width = (size_t)hn_pack_width(p), step = width * (size_t)p->groups;
    const void *bias = source[HN_PACK_BIAS];
    for (int32_t g = 0; g < p->groups; ++g, head += width) {
        for (size_t o = 0; o < width; ++o) {
            const int64_t from = g * p->head_step + (int64_t)o;
            for (size_t i = 0; i < n_head(p->format); ++i)
                head[i * step + o] = i == 2 ? LOW_SHIFT : 0;
            if (o >= (size_t)p->n_out) continue;
            if (n_head(p->format) == 1)
                head[o] = bias == 0 ? 0 : word_at(bias, (ptrdiff_t)from);
            else
                head_entry(p, source, from, head + o, step);
        }
    }
}

/* ---- panels ---- */

/* A panel being written: its outputs' first weights, how many there are, and for integers the sums
 * of the weights. */
typedef struct panel {
    const hn_panels *p;
    const void *weights;
    ptrdiff_t first[HN_PANEL];
    int32_t n;
    uint32_t sum[HN_PANEL];
} panel;

/* A walk along a run: elements from the output's first weight, and the channel. */
typedef struct walk {
    ptrdiff_t at;
    int32_t c;
} walk;

HN_INLINE void walk_on(const hn_panels *p, walk *w) {
    w->at += (ptrdiff_t)p->stride[4];
    if (++w->c < p->n_c) return;
    w->c = 0;
    w->at += (ptrdiff_t)(p->stride[3] - p->n_c * p->stride[4]);
}

static uint32_t *run_f32(const panel *b, walk at, uint32_t *to) {
    const hn_panels *p = b->p;
    for (int32_t k = 0; k < p->run_columns * p->n_c; ++k, to += HN_PANEL) {
        for (int32_t o = 0; o < b->n; ++o) to[o] = word_at(b->weights, at.at + b->first[o]);
        for (int32_t o = b->n; o < HN_PANEL; ++o) to[o] = 0;
        walk_on(p, &at);
    }
    return to;
}

HN_INLINE int16_t *run_s16(const panel *b, walk at, bool is_signed, int16_t *to) {
    const hn_panels *p = b->p;
    const int32_t n = p->run_columns * p->n_c;
    for (int32_t k = 0; k < n; k += 2, to += 2 * HN_PANEL) {
        for (int32_t i = 0; i < 2 * HN_PANEL; ++i) to[i] = 0;
        for (int32_t i = 0; i < 2 && k + i < n; ++i) {
            for (int32_t o = 0; o < b->n; ++o)
                to[2 * o + i] =
                    (int16_t)(load(p, b->weights, at.at + b->first[o], is_signed) - p->w_zero);
            walk_on(p, &at);
        }
    }
    return to;
}

HN_INLINE int8_t *run_s8(panel *b, walk at, bool is_signed, int32_t quad, int8_t *to) {
    const hn_panels *p = b->p;
    const int32_t n = p->run_columns * p->n_c, shift = is_signed ? 0 : 128;
    for (int32_t k = 0; k < n; k += quad, to += quad * HN_PANEL) {
        for (int32_t i = 0; i < quad * HN_PANEL; ++i) to[i] = 0;
        for (int32_t i = 0; i < quad && k + i < n; ++i) {
            for (int32_t o = 0; o < b->n; ++o) {
                const int32_t w = load(p, b->weights, at.at + b->first[o], is_signed) - shift;
                to[quad * o + i] = (int8_t)w;
                b->sum[o] += (uint32_t)w;
            }
            walk_on(p, &at);
        }
    }
    return to;
}

/* The same where a run's weights lie side by side: four at a time. */
static int8_t *run_s8_straight(panel *b, ptrdiff_t at, int8_t *to) {
    const uint32_t flip = (uint32_t)b->p->flip ^ (b->p->is_signed ? 0u : 0x80u);
    const uint32_t mask = flip * 0x01010101u;
    const int32_t n = b->p->run_columns * b->p->n_c, steps = (n + 3) / 4;
    uint32_t *words = (uint32_t *)(void *)to;
    for (int32_t o = b->n; o < HN_PANEL; ++o)
        for (int32_t k = 0; k < steps; ++k) words[k * HN_PANEL + o] = 0;
    for (int32_t o = 0; o < b->n; ++o) {
        const uint8_t *from = (const uint8_t *)b->weights + at + b->first[o];
        int32_t sum = 0; /* of fewer than 2^24 */
        for (int32_t k = 0; k < steps; ++k) {
            uint32_t word = 0;
            if (4 * k + 4 <= n) {
                word = word_at(from, k) ^ mask;
            } else {
                for (int32_t i = 0; i < n - 4 * k; ++i)
                    word |= ((from[4 * k + i] ^ mask) & 0xffu) << 8 * i;
            }
            for (int32_t i = 0; i < 32; i += 8) sum += (int8_t)(word >> i & 0xffu);
            words[k * HN_PANEL + o] = word;
        }
        b->sum[o] += (uint32_t)sum;
    }
    return to + 4 * (ptrdiff_t)steps * HN_PANEL;
}

static bool is_straight(const hn_panels *p) {
    return p->stride[4] == 1 && (p->run_columns == 1 || p->stride[3] == p->n_c);
}

/* All runs of a panel; returns what follows it. */
static void *write_panel(panel *b, void *to) {
    const hn_panels *p = b->p;
    for (int32_t y = 0; y < p->k_h; ++y)
        for (int32_t x = 0; x < p->k_w; x += p->run_columns) {
            const walk run = {(ptrdiff_t)(y * p->stride[2] + x * p->stride[3]), 0};
            if (p->format == HN_PACKED_F32)
                to = run_f32(b, run, (uint32_t *)to);
            else if (p->format == HN_PACKED_S16)
                to = p->is_signed ? run_s16(b, run, true, (int16_t *)to)
                                  : run_s16(b, run, false, (int16_t *)to);
            else if (p->format == HN_PACKED_S8_OCT)
                to = p->is_signed ? run_s8(b, run, true, 8, (int8_t *)to)
                                  : run_s8(b, run, false, 8, (int8_t *)to);
            else if (is_straight(p))
                to = run_s8_straight(b, run.at, (int8_t *)to);
            else
                to = p->is_signed ? run_s8(b, run, true, 4, (int8_t *)to)
                                  : run_s8(b, run, false, 4, (int8_t *)to);
        }
    return to;
}

/* sum (x - x_zero)(w - w_zero) - sum xu wu + w_zero' sum xu = k x_zero' w_zero' - x_zero' sum wu,
 * for inputs made unsigned or signed. */
static void correct(const panel *b, uint32_t *bias) {
    const hn_panels *p = b->p;
    const int32_t low =
        p->format == HN_PACKED_S8 ? (p->is_signed ? -128 : 0) : (p->is_signed ? 0 : 128);
    const uint32_t x_zero = p->is_apart ? 1u : (uint32_t)(p->x_zero - low);
    const uint32_t w_zero = (uint32_t)(p->w_zero - (p->is_signed ? 0 : 128));
    const uint32_t k = (uint32_t)n_taps(p) * (uint32_t)p->n_c;
    for (int32_t o = 0; o < b->n; ++o) bias[o] += x_zero * (k * w_zero - b->sum[o]);
}

static void write_panels(const hn_panels *p, const void *const *source, void *packed) {
    const int64_t width = hn_pack_width(p);
    uint32_t *head = (uint32_t *)packed;
    void *to = head + n_head(p->format) * (size_t)(width * p->groups);
    write_head(p, source, head);
    for (int32_t g = 0; g < p->groups; ++g)
        for (int64_t o = 0; o < width; o += HN_PANEL) {
            panel b = {p, source[HN_PACK_WEIGHTS], {0}, 0, {0}};
            b.n = p->n_out - o < HN_PANEL ? (int32_t)(p->n_out - o) : HN_PANEL;
            for (int32_t i = 0; i < b.n; ++i)
                b.first[i] = (ptrdiff_t)(g * p->stride[0] + (o + i) * p->stride[1]);
            to = write_panel(&b, to);
            if (is_8(p->format)) correct(&b, head + g * width + o);
        }
}

/* ---- Winograd ---- */

/* The points of sixteen outputs' three columns: w[0] to w[5] at 0, 1, -1, 2, -2 and infinity. */
static void wino_points(float g[3][HN_PANEL], float w[WINO_POINTS][HN_PANEL]) {
    for (int32_t o = 0; o < HN_PANEL; ++o) {
        const float sides = (g[0][o] + g[2][o]) * (-1.0f / 6.0f), middle = g[1][o] / 6.0f;
        const float far = g[0][o] / 24.0f + g[2][o] / 6.0f, half = g[1][o] / 12.0f;
        w[0][o] = g[0][o] * 0.25f;
        w[1][o] = sides - middle;
        w[2][o] = sides + middle;
        w[3][o] = far + half;
        w[4][o] = far - half;
        w[5][o] = g[2][o];
    }
}

/* One panel; `to` is that of the first point, the others lie `step` words on. */
static void wino_panel(const panel *b, uint32_t *to, size_t step) {
    const hn_panels *p = b->p;
    for (int32_t y = 0; y < p->k_h; ++y)
        for (int32_t c = 0; c < p->n_c; ++c, to += HN_PANEL) {
            float g[3][HN_PANEL] = {{0.0f}}, w[WINO_POINTS][HN_PANEL];
            for (int32_t x = 0; x < 3; ++x) {
                const int64_t at = y * p->stride[2] + x * p->stride[3] + c * p->stride[4];
                for (int32_t o = 0; o < b->n; ++o)
                    g[x][o] = hn_of_bits(word_at(b->weights, (ptrdiff_t)at + b->first[o]));
            }
            wino_points(g, w);
            for (size_t i = 0; i < WINO_POINTS; ++i)
                for (int32_t o = 0; o < HN_PANEL; ++o)
                    to[i * step + (size_t)o] = hn_bits_of(w[i][o]);
        }
}

static void write_wino(const hn_panels *p, const void *const *source, void *packed) {
    const int64_t width = hn_pack_width(p);
    const size_t steps = (size_t)p->k_h * (size_t)p->n_c;
    uint32_t *to = (uint32_t *)packed + width;
    write_head(p, source, (uint32_t *)packed);
    for (int64_t o = 0; o < width; o += HN_PANEL, to += steps * HN_PANEL) {
        panel b = {p, source[HN_PACK_WEIGHTS], {0}, 0, {0}};
        b.n = p->n_out - o < HN_PANEL ? (int32_t)(p->n_out - o) : HN_PANEL;
        for (int32_t i = 0; i < b.n; ++i) b.first[i] = (ptrdiff_t)((o + i) * p->stride[1]);
        wino_panel(&b, to, (size_t)width * steps);
    }
}

/* ---- depthwise ---- */

/* Channel of a block at place i of its vectors. */
static int32_t channel_of(int32_t i, int32_t block) {
    const int32_t half = i / (block / 2), at = i % (block / 2);
    return at / 4 * 8 + half * 4 + at % 4;
}

/* Place i of a block that begins at channel c: its head, and its weights, two by two. */
static void write_channel(const hn_panels *p, const void *const *source, int32_t from[2],
                          int32_t block, uint32_t *to) {
    const int32_t i = from[1], n = n_taps(p);
    const bool is_apart = p->format == HN_PACKED_DW8; /* the taps of a pair */
    int32_t c = from[0] + channel_of(i, block);
    if (block % p->n_out == 0) c %= p->n_out;
    int16_t *tap = (int16_t *)(to + 3 * block) + (is_apart ? i : 2 * i);
    uint32_t sum = 0;
    to[i] = to[block + i] = 0;
    to[2 * block + i] = LOW_SHIFT;
    for (int32_t t = 0; t < (n + 1) / 2 * 2; ++t) {
        int32_t w = 0;
        if (c < p->n_out && t < n) {
            const int64_t at =
                t / p->k_w * p->stride[2] + t % p->k_w * p->stride[3] + c * p->stride[1];
            w = load(p, source[HN_PACK_WEIGHTS], (ptrdiff_t)at, p->is_signed != 0) - p->w_zero;
        }
        tap[t / 2 * 2 * block + t % 2 * (is_apart ? block : 1)] = (int16_t)w;
        sum += (uint32_t)w;
    }
    if (c >= p->n_out) return;
    head_entry(p, source, c, to + i, (size_t)block);
    to[i] -= (uint32_t)p->x_zero * sum;
}

static void write_depthwise(const hn_panels *p, const void *const *source, void *packed) {
    const int32_t block = block_of(p->format);
    uint32_t *to = (uint32_t *)packed;
    for (int32_t c = 0; c < p->n_out; c += block) {
        for (int32_t i = 0; i < block; ++i) {
            int32_t from[2] = {c, i};
            write_channel(p, source, from, block, to);
        }
        to += (size_t)block * (size_t)(3 + (n_taps(p) + 1) / 2);
    }
}

/* Column and place of a block of 64 channels: the channel there, counted from the block's first. */
static int32_t column_channel_of(int32_t i) {
    return i % 16 / 4 * 16 + i / 16 * 4 + i % 4;
}

/* Place i of the block that begins at channel `first`. */
static void write_column_channel(const hn_panels *p, const void *const *source, int32_t first,
                                 int32_t i, uint32_t *to) {
    const int32_t at = column_channel_of(i), n = p->n_out;
    const int32_t c = n > 64 ? first + at : at < 64 / n * n ? at % n : n;
    const int32_t low = p->is_signed ? 0 : 128;
    uint8_t *tap = (uint8_t *)(to + 3 * 64) + 4 * i;
    uint32_t sum = 0;
    to[i] = to[64 + i] = 0;
    to[2 * 64 + i] = LOW_SHIFT;
    for (int32_t t = 0; t < 4 * p->k_w; ++t) {
        const int32_t y = t % 4, x = t / 4;
        int32_t w = 0;
        if (c < n && y < p->k_h) {
            const int64_t from = y * p->stride[2] + x * p->stride[3] + c * p->stride[1];
            w = load(p, source[HN_PACK_WEIGHTS], (ptrdiff_t)from, p->is_signed != 0) - low;
        }
        tap[x * 4 * 64 + y] = (uint8_t)w;
        sum += (uint32_t)w;
    }
    if (c >= n) return;
    head_entry(p, source, c, to + i, 64);
    const uint32_t x_zero = (uint32_t)(p->x_zero + (p->is_signed ? 128 : 0));
    to[i] += x_zero * ((uint32_t)n_taps(p) * (uint32_t)(p->w_zero - low) - sum);
}

static void write_columns(const hn_panels *p, const void *const *source, void *packed) {
    uint32_t *to = (uint32_t *)packed;
    for (int32_t c = 0; c < p->n_out; c += 64, to += (size_t)64 * (size_t)(3 + p->k_w))
        for (int32_t i = 0; i < 64; ++i) write_column_channel(p, source, c, i, to);
}

void hn_pack_write(const hn_panels *p, const void *const *source, void *packed) {
    if (p->format == HN_PACKED_DW64)
        write_columns(p, source, packed);
    else if (is_depthwise(p->format))
        write_depthwise(p, source, packed);
    else if (p->format == HN_PACKED_WINO)
        write_wino(p, source, packed);
    else if (p->format == HN_PACKED_F16)
        hn_pack_half_write(p, source, (uint16_t *)packed);
    else
        write_panels(p, source, packed);
}
