/* SPDX-License-Identifier: Apache-2.0
 * The bounded byte cursor. Everything goes through hn_cursor_take or a check of the same form
 * (n <= size and offset <= size - n), which cannot overflow. */
#include "base/cursor.h"

#include <string.h>

bool hn_cursor_has(const hn_cursor *c, uint64_t offset, uint64_t n) {
    return !c->bad && n <= c->size && offset <= c->size - n;
}

hn_cursor hn_cursor_part(const hn_cursor *c, uint64_t offset, uint64_t size) {
    hn_cursor part = {NULL, 0, 0, true};
    if (!hn_cursor_has(c, offset, size)) return part;
    part.bytes = size > 0 ? c->bytes + offset : c->bytes;
    part.size = size;
    part.bad = false;
    return part;
}

const uint8_t *hn_cursor_take(hn_cursor *c, uint64_t n) {
    static const uint8_t nothing[1] = {0};
    if (!hn_cursor_has(c, c->at, n)) {
        c->bad = true;
        return NULL;
    }
    if (n == 0) return nothing;
    const uint8_t *bytes = c->bytes + c->at;
    c->at += n;
    return bytes;
}

static uint64_t little(const uint8_t *p, unsigned n) {
    uint64_t value = 0;
    for (unsigned i = 0; p != NULL && i < n; i++) value |= (uint64_t)p[i] << (8 * i);
    return value;
}

static uint64_t big(const uint8_t *p, unsigned n) {
    uint64_t value = 0;
    for (unsigned i = 0; p != NULL && i < n; i++) value = value << 8 | p[i];
    return value;
}

/* n bytes at a fixed place; NULL, and bad, when they are not there. */
static const uint8_t *look(hn_cursor *c, uint64_t offset, uint64_t n) {
    if (hn_cursor_has(c, offset, n)) return c->bytes + offset;
    c->bad = true;
    return NULL;
}

uint8_t hn_cursor_u8(hn_cursor *c) {
    return (uint8_t)little(hn_cursor_take(c, 1), 1);
}

uint16_t hn_cursor_u16(hn_cursor *c) {
    return (uint16_t)little(hn_cursor_take(c, 2), 2);
}

uint32_t hn_cursor_u32(hn_cursor *c) {
    return (uint32_t)little(hn_cursor_take(c, 4), 4);
}

uint64_t hn_cursor_u64(hn_cursor *c) {
    return little(hn_cursor_take(c, 8), 8);
}

float hn_cursor_f32(hn_cursor *c) {
    const uint32_t bits = hn_cursor_u32(c);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint16_t hn_cursor_u16be(hn_cursor *c) {
    return (uint16_t)big(hn_cursor_take(c, 2), 2);
}

uint32_t hn_cursor_u32be(hn_cursor *c) {
    return (uint32_t)big(hn_cursor_take(c, 4), 4);
}

uint16_t hn_cursor_u16_at(hn_cursor *c, uint64_t offset) {
    return (uint16_t)little(look(c, offset, 2), 2);
}

uint32_t hn_cursor_u32_at(hn_cursor *c, uint64_t offset) {
    return (uint32_t)little(look(c, offset, 4), 4);
}

uint64_t hn_cursor_u64_at(hn_cursor *c, uint64_t offset) {
    return little(look(c, offset, 8), 8);
}
