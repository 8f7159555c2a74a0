/* SPDX-License-Identifier: Apache-2.0
 * Contact sheets. All sizes are computed in 64 bits from sides of at most 65535 and checked by
 * hn_image_new, so no product can overflow before it is refused. */
#include "pipeline/sheet.h"

#include <string.h>

#include "pipeline/tiny_font.h"

enum { GAP = 8, MAX_FACTOR = 64, MAX_ITEMS = 65535 };

typedef struct layout {
    uint64_t column_width, row_height, caption_height;
} layout;

static hone_status check(hn_env *env, const hn_sheet_item *items, uint32_t n,
                         const hn_sheet_format *f) {
    if (n == 0 || n > MAX_ITEMS || f->columns == 0 || f->columns > MAX_ITEMS || f->factor == 0 ||
        f->factor > MAX_FACTOR || f->caption_factor == 0 || f->caption_factor > MAX_FACTOR) {
        return hn_fail(env, HONE_E_ARGUMENT, "a sheet of %u pictures in %u columns, factor %u",
                       (unsigned)n, (unsigned)f->columns, (unsigned)f->factor);
    }
    for (uint32_t i = 0; i < n; i++) HN_TRY(hn_image_check(env, items[i].picture));
    return HONE_OK;
}

static layout layout_of(const hn_sheet_item *items, uint32_t n, const hn_sheet_format *f) {
    layout l = {f->min_width, 0, 0};
    for (uint32_t i = 0; i < n; i++) {
        const uint64_t width = (uint64_t)items[i].picture->width * f->factor;
        const uint64_t height = (uint64_t)items[i].picture->height * f->factor;
        if (width > l.column_width) l.column_width = width;
        if (height > l.row_height) l.row_height = height;
    }
    l.caption_height = (uint64_t)(HN_FONT_HEIGHT + 2) * f->caption_factor;
    return l;
}

static void fill(hn_image *sheet, uint64_t x0, uint64_t y0, uint64_t side, const uint8_t rgb[3]) {
    for (uint64_t y = y0; y < y0 + side; y++) {
        uint8_t *to = sheet->pixels + (y * sheet->width + x0) * 3;
        for (uint64_t x = 0; x < side; x++, to += 3) memcpy(to, rgb, 3);
    }
}

static void draw_picture(hn_image *sheet, uint64_t x0, uint64_t y0, const hn_image *picture,
                         uint32_t factor) {
    const uint8_t *from = picture->pixels;
    const uint32_t channels = picture->channels;
    for (uint32_t y = 0; y < picture->height; y++) {
        for (uint32_t x = 0; x < picture->width; x++, from += channels) {
            const uint8_t rgb[3] = {from[0], from[channels / 2], from[channels - 1]};
            fill(sheet, x0 + (uint64_t)x * factor, y0 + (uint64_t)y * factor, factor, rgb);
        }
    }
}

static void draw_character(hn_image *sheet, uint64_t x0, uint64_t y0, char c,
                           const hn_sheet_item *item, uint32_t factor) {
    const uint8_t *rows = hn_font_glyph(c);
    for (uint32_t i = 0; i < HN_FONT_HEIGHT * HN_FONT_WIDTH; i++) {
        const uint32_t y = i / HN_FONT_WIDTH, x = i % HN_FONT_WIDTH;
        if ((rows[y] >> (HN_FONT_WIDTH - 1 - x) & 1) == 0) continue;
        fill(sheet, x0 + (uint64_t)x * factor, y0 + (uint64_t)y * factor, factor, item->color);
    }
}

/* Centred under its picture, as many characters as there is room for. */
static void draw_caption(hn_image *sheet, uint64_t x0, uint64_t y0, uint64_t width,
                         const hn_sheet_item *item, uint32_t factor) {
    const uint64_t advance = (uint64_t)(HN_FONT_WIDTH + 1) * factor;
    uint64_t n = item->caption != NULL ? strlen(item->caption) : 0;
    if (n * advance > width + factor) n = (width + factor) / advance;
    if (n == 0) return;
    x0 += (width - (n * advance - factor)) / 2;
    for (uint64_t i = 0; i < n; i++) {
        draw_character(sheet, x0 + i * advance, y0, item->caption[i], item, factor);
    }
}

hone_status hn_sheet_compose(hn_env *env, const hn_sheet_item *items, uint32_t n,
                             const hn_sheet_format *format, hn_image *out) {
    HN_TRY(check(env, items, n, format));
    const layout l = layout_of(items, n, format);
    const uint64_t columns = n < format->columns ? n : format->columns;
    const uint64_t rows = (n + columns - 1) / columns;
    const uint64_t step_x = l.column_width + GAP,
                   step_y = l.row_height + l.caption_height + 2 * GAP;
    const uint64_t width = columns * step_x + GAP, height = rows * step_y + GAP;
    HN_TRY(hn_image_check_size(env, width, height));
    hn_image sheet;
    HN_TRY(hn_image_new(env, (uint32_t)width, (uint32_t)height, 3, &sheet));
    memset(sheet.pixels, 255, (size_t)(width * height * 3));
    for (uint32_t i = 0; i < n; i++) {
        const hn_image *picture = items[i].picture;
        const uint64_t x = GAP + i % columns * step_x, y = GAP + i / columns * step_y;
        const uint64_t inset = (l.column_width - (uint64_t)picture->width * format->factor) / 2;
        draw_picture(&sheet, x + inset, y, picture, format->factor);
        draw_caption(&sheet, x, y + l.row_height + GAP, l.column_width, &items[i],
                     format->caption_factor);
    }
    *out = sheet;
    return HONE_OK;
}
