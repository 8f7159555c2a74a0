/* SPDX-License-Identifier: Apache-2.0
 * PNM: the six portable formats (bitmap, grey, RGB; as text, as bytes). The header is text with
 * comments from # to the end of the line; elements go up to a maximum of 1 to 65535 and are brought
 * to 0 to 255, of two bytes the high one first. In bitmaps 1 is black. */
#include "pipeline/image_decode.h"

typedef struct pnm {
    hn_cursor file;
    uint32_t width, height, channels, most;
    bool is_text, is_bitmap;
} pnm;

static bool is_space(uint8_t c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next byte of the file, or 0 behind its end. */
static uint8_t peek(const pnm *p) {
    return hn_cursor_has(&p->file, p->file.at, 1) ? p->file.bytes[p->file.at] : 0;
}

static void skip_space(pnm *p) {
    bool is_comment = false;
    while (hn_cursor_has(&p->file, p->file.at, 1)) {
        const uint8_t c = peek(p);
        if (c == '#') is_comment = true;
        if (c == '\n') is_comment = false;
        if (!is_comment && !is_space(c)) return;
        p->file.at++;
    }
}

/* A number of the header or of a text; -1: there is none. */
static int64_t read_number(pnm *p) {
    int64_t v = -1;
    skip_space(p);
    while (peek(p) >= '0' && peek(p) <= '9' && v < 1 << 24) {
        v = (v < 0 ? 0 : v) * 10 + (peek(p) - '0');
        p->file.at++;
    }
    return v;
}

static hone_status read_head(hn_env *env, pnm *p) {
    const uint8_t kind = hn_cursor_has(&p->file, 0, 2) ? p->file.bytes[1] : 0;
    if (kind < '1' || kind > '6') return hn_fail(env, HONE_E_FORMAT, "pnm: no kind of picture");
    p->file.at = 2;
    p->is_text = kind < '4';
    p->is_bitmap = kind == '1' || kind == '4';
    p->channels = kind == '3' || kind == '6' ? 3 : 1;
    const int64_t width = read_number(p), height = read_number(p);
    const int64_t most = p->is_bitmap ? 1 : read_number(p);
    if (width < 0 || height < 0 || most < 1 || most > 65535) {
        return hn_fail(env, HONE_E_FORMAT, "pnm: the header is damaged");
    }
    HN_TRY(hn_image_check_size(env, (uint64_t)width, (uint64_t)height));
    p->width = (uint32_t)width;
    p->height = (uint32_t)height;
    p->most = (uint32_t)most;
    if (!p->is_text) p->file.at++; /* one space ends the header */
    return HONE_OK;
}

static uint8_t scaled(const pnm *p, uint32_t v) {
    if (p->is_bitmap) return v != 0 ? 0 : 255;
    if (v >= p->most) return 255;
    return (uint8_t)((v * 255 + p->most / 2) / p->most);
}

static hone_status read_text(hn_env *env, pnm *p, uint8_t *out, size_t n) {
    for (size_t i = 0; i < n; i++) {
        int64_t v = -1;
        skip_space(p);
        if (p->is_bitmap && (peek(p) == '0' || peek(p) == '1'))
            v = p->file.bytes[p->file.at++] - '0';
        if (!p->is_bitmap) v = read_number(p);
        if (v < 0) return hn_fail(env, HONE_E_FORMAT, "pnm: the file ends early");
        out[i] = scaled(p, (uint32_t)v);
    }
    return HONE_OK;
}

static void read_bits(const pnm *p, const uint8_t *from, uint8_t *out) {
    const size_t row_bytes = (p->width + 7) / 8;
    for (size_t y = 0; y < p->height; y++, from += row_bytes) {
        for (size_t x = 0; x < p->width; x++) *out++ = scaled(p, from[x / 8] >> (7 - x % 8) & 1);
    }
}

static hone_status read_bytes(hn_env *env, pnm *p, uint8_t *out, size_t n) {
    const size_t wide = p->most > 255 ? 2 : 1;
    const size_t n_bytes = p->is_bitmap ? (size_t)(p->width + 7) / 8 * p->height : n * wide;
    const uint8_t *from = hn_cursor_take(&p->file, n_bytes);
    if (from == NULL) return hn_fail(env, HONE_E_FORMAT, "pnm: the file ends early");
    if (p->is_bitmap) {
        read_bits(p, from, out);
        return HONE_OK;
    }
    for (size_t i = 0; i < n; i++, from += wide) {
        out[i] = scaled(p, wide == 2 ? (uint32_t)from[0] << 8 | from[1] : from[0]);
    }
    return HONE_OK;
}

hone_status hn_pnm_decode(hn_env *env, const uint8_t *bytes, uint64_t n_bytes, hn_image *out) {
    pnm p = {.file = hn_cursor_of(bytes, n_bytes)};
    hn_image image;
    HN_TRY(read_head(env, &p));
    /* A file holds a bit for each element at least: no large picture from a small file. */
    if ((uint64_t)p.width * p.height / 8 > n_bytes) {
        return hn_fail(env, HONE_E_FORMAT, "pnm: the file ends early");
    }
    HN_TRY(hn_image_new(env, p.width, p.height, p.channels, &image));
    const size_t n = (size_t)p.width * p.height * p.channels;
    const hone_status status =
        p.is_text ? read_text(env, &p, image.pixels, n) : read_bytes(env, &p, image.pixels, n);
    if (status == HONE_OK) {
        *out = image;
    } else {
        hn_image_free(env, &image);
    }
    return status;
}
