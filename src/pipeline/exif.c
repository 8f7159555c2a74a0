/* SPDX-License-Identifier: Apache-2.0
 * The one EXIF tag that matters to a classifier: which way up the picture is. A JPEG file is a list
 * of segments; the EXIF segment (APP1) holds a TIFF block, whose first directory has the tag. All
 * is read through the bounded cursor, each loop moves forward or counts to at most 65535, and
 * anything odd means "upright". */
#include "pipeline/image_decode.h"

#include <string.h>

enum { TAG_ORIENTATION = 0x0112, TYPE_SHORT = 3, ENTRY_BYTES = 12 };
enum { MARKER_SOI = 0xd8, MARKER_EOI = 0xd9, MARKER_SOS = 0xda, MARKER_APP1 = 0xe1 };

static uint16_t tiff_u16(hn_cursor *c, bool is_big) {
    return is_big ? hn_cursor_u16be(c) : hn_cursor_u16(c);
}

static uint32_t tiff_u32(hn_cursor *c, bool is_big) {
    return is_big ? hn_cursor_u32be(c) : hn_cursor_u32(c);
}

uint32_t hn_exif_of_tiff(const hn_cursor *tiff) {
    hn_cursor c = *tiff;
    const uint8_t *order = hn_cursor_take(&c, 2);
    if (order == NULL) return 1;
    const bool is_big = memcmp(order, "MM", 2) == 0;
    if (!is_big && memcmp(order, "II", 2) != 0) return 1;
    if (tiff_u16(&c, is_big) != 42) return 1;
    c.at = tiff_u32(&c, is_big);
    const uint32_t n_entries = tiff_u16(&c, is_big);
    for (uint32_t i = 0; i < n_entries && !c.bad; i++) {
        hn_cursor entry = hn_cursor_part(&c, c.at, ENTRY_BYTES);
        const uint32_t tag = tiff_u16(&entry, is_big);
        const uint32_t type = tiff_u16(&entry, is_big);
        const uint32_t count = tiff_u32(&entry, is_big);
        const uint32_t value = tiff_u16(&entry, is_big);
        if (entry.bad) return 1;
        if (tag == TAG_ORIENTATION && type == TYPE_SHORT && count == 1) {
            return value >= 1 && value <= 8 ? value : 1;
        }
        hn_cursor_take(&c, ENTRY_BYTES);
    }
    return 1;
}

/* The next marker; fill bytes before it are skipped. 0 where there is none. */
static uint32_t next_marker(hn_cursor *c) {
    if (hn_cursor_u8(c) != 0xff) return 0;
    uint32_t marker = 0xff;
    while (marker == 0xff && !c->bad) marker = hn_cursor_u8(c);
    return marker;
}

uint32_t hn_exif_of_jpeg(const uint8_t *bytes, uint64_t n_bytes) {
    static const uint8_t signature[6] = {'E', 'x', 'i', 'f', 0, 0};
    hn_cursor c = hn_cursor_of(bytes, n_bytes);
    if (next_marker(&c) != MARKER_SOI) return 1;
    for (;;) {
        const uint32_t marker = next_marker(&c);
        if (marker == 0 || marker == MARKER_SOS || marker == MARKER_EOI) return 1;
        const uint32_t length = hn_cursor_u16be(&c); /* counts itself */
        if (length < 2) return 1;
        const uint8_t *body = hn_cursor_take(&c, length - 2);
        if (body == NULL) return 1;
        const hn_cursor segment = hn_cursor_of(body, length - 2);
        if (marker != MARKER_APP1 || !hn_cursor_has(&segment, 0, sizeof signature)) continue;
        if (memcmp(body, signature, sizeof signature) != 0) continue;
        const hn_cursor tiff =
            hn_cursor_part(&segment, sizeof signature, length - 2 - sizeof signature);
        return hn_exif_of_tiff(&tiff);
    }
}
