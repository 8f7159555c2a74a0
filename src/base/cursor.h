/* SPDX-License-Identifier: Apache-2.0
 * The bounded byte cursor: the only way in which loaders read bytes from outside. Every read is
 * checked against the end; after the first bad read the cursor is `bad`, gives zeros, and stays so,
 * which lets a reader check once at the end of a group of reads. Numbers are little-endian and
 * may be unaligned. */
#ifndef HN_BASE_CURSOR_H
#define HN_BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct hn_cursor {
    const uint8_t *bytes; /* borrowed */
    uint64_t size, at;
    bool bad;
} hn_cursor;

static inline hn_cursor hn_cursor_of(const void *bytes, uint64_t size) {
    const hn_cursor c = {(const uint8_t *)bytes, size, 0, false};
    return c;
}

/* A cursor over [offset, offset + size) of `c`; bad when that is not inside. */
hn_cursor hn_cursor_part(const hn_cursor *c, uint64_t offset, uint64_t size);

/* n bytes at the cursor, which moves past them; NULL when they are not there. */
const uint8_t *hn_cursor_take(hn_cursor *c, uint64_t n);

/* True when n bytes lie at `offset`. */
bool hn_cursor_has(const hn_cursor *c, uint64_t offset, uint64_t n);

uint8_t hn_cursor_u8(hn_cursor *c);
uint16_t hn_cursor_u16(hn_cursor *c);
uint32_t hn_cursor_u32(hn_cursor *c);
uint64_t hn_cursor_u64(hn_cursor *c);
float hn_cursor_f32(hn_cursor *c);

/* Big-endian, for PNG, EXIF and IDX files. */
uint16_t hn_cursor_u16be(hn_cursor *c);
uint32_t hn_cursor_u32be(hn_cursor *c);

/* Reads at a fixed place without moving; 0 and bad when it is not inside. */
uint16_t hn_cursor_u16_at(hn_cursor *c, uint64_t offset);
uint32_t hn_cursor_u32_at(hn_cursor *c, uint64_t offset);
uint64_t hn_cursor_u64_at(hn_cursor *c, uint64_t offset);

#endif
