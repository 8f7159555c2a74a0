/* SPDX-License-Identifier: Apache-2.0
 * BMP: 1, 4, 8 bits with a palette, 16 and 32 bits plain or with masks, 24 bits; bottom-up or
 * top-down; headers from the first (12 bytes) to version 5. Run-length coded files are refused.
 * A palette of greys gives one channel; entries that are missing are black.
 *
 *     file header 14 | info header 12..124 | masks, if not in it | palette | ... | rows, 4-aligned
 */
#include "pipeline/image_decode.h"

#include <string.h>

enum { CODING_RGB = 0, CODING_MASKS = 3, CODING_ALPHA_MASKS = 6 };
enum { FILE_HEADER = 14, CORE_HEADER = 12, INFO_HEADER = 40, MASKED_HEADER = 52, MAX_HEADER = 124 };

typedef struct bmp_mask {
    uint32_t shift, max; /* max 0: the channel is absent */
} bmp_mask;

typedef struct bmp_header {
    uint64_t pixels_at, palette_at, row_bytes;
    uint32_t width, height, bits, coding, n_colors, entry_bytes;
    bool is_top_down, is_grey;
    bmp_mask masks[3];
    uint8_t palette[256][3];
} bmp_header;

static void read_sizes(hn_cursor *c, uint32_t header_bytes, bmp_header *h) {
    int64_t width, height;
    if (header_bytes == CORE_HEADER) {
        width = hn_cursor_u16(c);
        height = hn_cursor_u16(c);
    } else {
        width = (int32_t)hn_cursor_u32(c);
        height = (int32_t)hn_cursor_u32(c);
    }
    h->is_top_down = height < 0;
    h->width = width > 0 ? (uint32_t)width : 0;
    h->height = (uint32_t)(height < 0 ? -height : height);
    hn_cursor_u16(c); /* planes */
    h->bits = hn_cursor_u16(c);
}

/* A mask of consecutive bits; false for others. */
static bool mask_of(uint32_t bits, bmp_mask *mask) {
    mask->shift = 0;
    mask->max = 0;
    if (bits == 0) return true;
    while ((bits >> mask->shift & 1) == 0) mask->shift++;
    mask->max = bits >> mask->shift;
    return (mask->max & (mask->max + 1)) == 0;
}

static hone_status read_masks(hn_env *env, hn_cursor *c, bmp_header *h) {
    static const uint32_t plain[2][3] = {{0x7c00, 0x3e0, 0x1f}, {0xff0000, 0xff00, 0xff}};
    for (int k = 0; k < 3; k++) {
        const uint32_t bits = h->coding == CODING_RGB ? plain[h->bits == 32][k] : hn_cursor_u32(c);
        if (!mask_of(bits, &h->masks[k])) {
            return hn_fail(env, HONE_E_FORMAT, "bmp: the mask 0x%x has a gap", (unsigned)bits);
        }
    }
    return HONE_OK;
}

static void read_palette(hn_cursor file, bmp_header *h) {
    const uint32_t most = 1u << h->bits;
    const uint32_t n = h->n_colors == 0 || h->n_colors > most ? most : h->n_colors;
    file.at = h->palette_at;
    h->is_grey = true;
    for (uint32_t i = 0; i < n && file.at + h->entry_bytes <= h->pixels_at; i++) {
        const uint8_t *bgr = hn_cursor_take(&file, h->entry_bytes);
        if (bgr == NULL) return;
        for (int k = 0; k < 3; k++) h->palette[i][k] = bgr[2 - k];
        if (bgr[0] != bgr[1] || bgr[0] != bgr[2]) h->is_grey = false;
    }
}

static hone_status check_coding(hn_env *env, const bmp_header *h) {
    const bool is_masked = h->coding == CODING_MASKS || h->coding == CODING_ALPHA_MASKS;
    const bool is_palette = h->bits == 1 || h->bits == 4 || h->bits == 8;
    const bool is_wide = h->bits == 16 || h->bits == 32;
    if (h->coding == CODING_RGB && (is_palette || is_wide || h->bits == 24)) return HONE_OK;
    if (is_masked && is_wide) return HONE_OK;
    return hn_fail(env, HONE_E_UNSUPPORTED, "bmp: %u bits with coding %u", (unsigned)h->bits,
                   (unsigned)h->coding);
}

static hone_status read_header(hn_env *env, hn_cursor *c, bmp_header *h) {
    hn_cursor_take(c, 10); /* "BM", the file's size, two reserved fields */
    h->pixels_at = hn_cursor_u32(c);
    const uint32_t header_bytes = hn_cursor_u32(c);
    if (!c->bad && header_bytes != CORE_HEADER &&
        (header_bytes < INFO_HEADER || header_bytes > MAX_HEADER)) {
        return hn_fail(env, HONE_E_UNSUPPORTED, "bmp: header of %u bytes", (unsigned)header_bytes);
    }
    read_sizes(c, header_bytes, h);
    h->entry_bytes = header_bytes == CORE_HEADER ? 3 : 4;
    if (header_bytes != CORE_HEADER) {
        h->coding = hn_cursor_u32(c);
        hn_cursor_take(c, 12); /* bytes of the rows, resolution */
        h->n_colors = hn_cursor_u32(c);
        hn_cursor_take(c, 4);
    }
    HN_TRY(c->bad ? hn_fail(env, HONE_E_FORMAT, "bmp: the header is cut off") : HONE_OK);
    HN_TRY(hn_image_check_size(env, h->width, h->height));
    HN_TRY(check_coding(env, h));
    h->palette_at = (uint64_t)FILE_HEADER + header_bytes;
    if (h->bits == 16 || h->bits == 32) HN_TRY(read_masks(env, c, h));
    if (h->bits <= 8) read_palette(*c, h);
    h->row_bytes = ((uint64_t)h->width * h->bits + 31) / 32 * 4;
    const uint64_t last_row = ((uint64_t)h->width * h->bits + 7) / 8;
    if (c->bad || !hn_cursor_has(c, h->pixels_at, h->row_bytes * (h->height - 1) + last_row)) {
        return hn_fail(env, HONE_E_FORMAT, "bmp: the file ends early");
    }
    return HONE_OK;
}

static void row_from_palette(const bmp_header *h, const uint8_t *from, uint8_t *to) {
    const uint32_t per_byte = 8 / h->bits, channels = h->is_grey ? 1 : 3;
    for (uint32_t x = 0; x < h->width; x++, to += channels) {
        const uint32_t shift = (per_byte - 1 - x % per_byte) * h->bits;
        const uint32_t index = (uint32_t)from[x / per_byte] >> shift & ((1u << h->bits) - 1);
        memcpy(to, h->palette[index], channels);
    }
}

static void row_from_masks(const bmp_header *h, const uint8_t *from, uint8_t *to) {
    const uint32_t n = h->bits / 8;
    for (uint32_t x = 0; x < h->width; x++, from += n, to += 3) {
        uint32_t pixel = 0;
        for (uint32_t i = 0; i < n; i++) pixel |= (uint32_t)from[i] << (8 * i);
        for (int k = 0; k < 3; k++) {
            const bmp_mask *mask = &h->masks[k];
            const uint64_t value = pixel >> mask->shift & mask->max;
            to[k] = (uint8_t)(mask->max > 0 ? value * 255 / mask->max : 0);
        }
    }
}

static void row_from_bgr(const bmp_header *h, const uint8_t *from, uint8_t *to) {
    for (uint32_t x = 0; x < h->width; x++, from += 3, to += 3) {
        for (int k = 0; k < 3; k++) to[k] = from[2 - k];
    }
}

hone_status hn_bmp_decode(hn_env *env, const uint8_t *bytes, uint64_t n_bytes, hn_image *out) {
    hn_cursor c = hn_cursor_of(bytes, n_bytes);
    bmp_header h;
    memset(&h, 0, sizeof h);
    HN_TRY(read_header(env, &c, &h));
    hn_image image;
    HN_TRY(hn_image_new(env, h.width, h.height, h.is_grey ? 1 : 3, &image));
    for (uint32_t y = 0; y < h.height; y++) {
        const uint32_t row = h.is_top_down ? y : h.height - 1 - y;
        const uint8_t *from = bytes + h.pixels_at + row * h.row_bytes;
        uint8_t *to = image.pixels + (size_t)y * h.width * image.channels;
        if (h.bits <= 8) {
            row_from_palette(&h, from, to);
        } else if (h.bits == 24) {
            row_from_bgr(&h, from, to);
        } else {
            row_from_masks(&h, from, to);
        }
    }
    *out = image;
    return HONE_OK;
}
