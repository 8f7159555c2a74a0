/* SPDX-License-Identifier: Apache-2.0
 * A builder of small flatbuffers for tests, right and wrong ones: written front to back, every
 * field of a table four bytes wide. Offsets are set after what they lead to was written. */
#ifndef FB_BUILDER_H
#define FB_BUILDER_H

#include <stdint.h>
#include <string.h>

typedef struct fb_builder {
    uint8_t bytes[1 << 16];
    uint32_t n;
} fb_builder;

static inline void fb_put(fb_builder *b, uint32_t at, uint32_t v) {
    memcpy(b->bytes + at, &v, 4);
}

static inline uint32_t fb_add(fb_builder *b, uint32_t v) {
    fb_put(b, b->n, v);
    b->n += 4;
    return b->n - 4;
}

/* The root offset and the identifier. */
static inline void fb_begin(fb_builder *b, const char *identifier) {
    memset(b, 0, sizeof *b);
    fb_add(b, 0);
    memcpy(b->bytes + 4, identifier, 4);
    b->n = 8;
}

/* A table with fields 0 to n - 1, all 0; returns where it is. */
static inline uint32_t fb_table(fb_builder *b, uint32_t n) {
    const uint32_t vtable = b->n;
    for (uint32_t i = 0; i < n + 2; i++) {
        const uint32_t v = i == 0 ? 4 + 2 * n : i == 1 ? 4 + 4 * n : 4 + 4 * (i - 2);
        b->bytes[vtable + 2 * i] = (uint8_t)v;
        b->bytes[vtable + 2 * i + 1] = (uint8_t)(v >> 8);
    }
    b->n += (4 + 2 * n + 3) / 4 * 4;
    const uint32_t at = fb_add(b, b->n - vtable);
    b->n += 4 * n;
    return at;
}

static inline void fb_drop(fb_builder *b, uint32_t table, uint32_t field) {
    uint32_t back;
    memcpy(&back, b->bytes + table, 4);
    memset(b->bytes + table - back + 4 + 2 * field, 0, 2);
}

/* Puts a field at another place in its table, so that one of eight bytes fits. */
static inline void fb_move(fb_builder *b, uint32_t table, uint32_t field, uint32_t slot) {
    uint32_t back;
    memcpy(&back, b->bytes + table, 4);
    b->bytes[table - back + 4 + 2 * field] = (uint8_t)(4 + 4 * slot);
}

static inline uint32_t fb_slot(uint32_t table, uint32_t field) {
    return table + 4 + 4 * field;
}

static inline void fb_set(fb_builder *b, uint32_t table, uint32_t field, uint32_t v) {
    fb_put(b, fb_slot(table, field), v);
}

/* Makes the field (or, with fb_point, any place) lead to what lies at `to`. */
static inline void fb_point(fb_builder *b, uint32_t place, uint32_t to) {
    fb_put(b, place, to - place);
}

static inline void fb_link(fb_builder *b, uint32_t table, uint32_t field, uint32_t to) {
    fb_point(b, fb_slot(table, field), to);
}

/* A vector of n words; the items follow its length. */
static inline uint32_t fb_words(fb_builder *b, uint32_t n, const int32_t *v) {
    const uint32_t at = fb_add(b, n);
    for (uint32_t i = 0; i < n; i++) fb_add(b, v != NULL ? (uint32_t)v[i] : 0);
    return at;
}

static inline uint32_t fb_text(fb_builder *b, const char *text) {
    const uint32_t n = (uint32_t)strlen(text), at = fb_add(b, n);
    memcpy(b->bytes + b->n, text, n + 1);
    b->n += (n + 4) / 4 * 4;
    return at;
}

#endif
