/* SPDX-License-Identifier: Apache-2.0
 * All shapes are made of clipped horizontal runs, in whole numbers: a picture drawn twice has the
 * same bytes, on every machine. */
#include "pipeline/draw.h"

#include <string.h>

#include "pipeline/tiny_font.h"

enum { FAR = 1 << 28, MAX_THICKNESS = 1024, SCALE_SIDE = 400 };

hn_color hn_palette(uint32_t i) {
    static const hn_color colors[] = {
        {{230, 25, 75}},   {{60, 180, 75}},   {{0, 130, 200}},   {{245, 130, 48}},
        {{145, 30, 180}},  {{70, 240, 240}},  {{240, 50, 230}},  {{210, 245, 60}},
        {{0, 128, 128}},   {{170, 110, 40}},  {{255, 225, 25}},  {{128, 0, 0}},
        {{128, 128, 0}},   {{0, 0, 128}},     {{250, 190, 212}}, {{170, 255, 195}},
        {{255, 215, 180}}, {{220, 190, 255}}, {{128, 128, 128}},
    };
    return colors[i % (sizeof colors / sizeof colors[0])];
}

hn_color hn_color_on(hn_color background) {
    const uint8_t *c = background.rgb;
    const bool is_light = 299 * c[0] + 587 * c[1] + 114 * c[2] > 140000;
    return is_light ? (hn_color){{0, 0, 0}} : (hn_color){{255, 255, 255}};
}

int32_t hn_draw_scale(const hn_image *image) {
    const uint32_t side = image->width < image->height ? image->width : image->height;
    return 1 + (int32_t)(side / SCALE_SIDE);
}

static int32_t limit(int32_t v) {
    return v < -FAR ? -FAR : v > FAR ? FAR : v;
}

/* Pixels x0 .. x1 - 1 of a row. */
static void draw_run(hn_image *image, int32_t x0, int32_t x1, int32_t y, hn_color color,
                     uint32_t alpha) {
    if (y < 0 || y >= (int32_t)image->height) return;
    if (x0 < 0) x0 = 0;
    if (x1 > (int32_t)image->width) x1 = (int32_t)image->width;
    uint8_t *to = image->pixels + ((size_t)y * image->width + (size_t)x0) * 3;
    for (int32_t x = x0; x < x1; x++, to += 3) {
        for (int c = 0; c < 3; c++) {
            const uint32_t mixed = to[c] * (255u - alpha) + color.rgb[c] * alpha;
            to[c] = (uint8_t)((mixed + 127u) / 255u);
        }
    }
}

void hn_draw_fill(hn_image *image, hn_rect r, hn_color color, uint32_t alpha) {
    const int32_t x = limit(r.x), y = limit(r.y), w = limit(r.w), h = limit(r.h);
    const int32_t first = y < 0 ? 0 : y;
    const int32_t end = y + h < (int32_t)image->height ? y + h : (int32_t)image->height;
    for (int32_t row = first; row < end; row++) draw_run(image, x, x + w, row, color, alpha);
}

void hn_draw_frame(hn_image *image, hn_rect r, int32_t thickness, hn_color color) {
    int32_t t = thickness;
    if (r.w < 2 * t || r.h < 2 * t) t = (r.w < r.h ? r.w : r.h) / 2;
    if (t < 1) t = 1;
    hn_draw_fill(image, (hn_rect){r.x, r.y, r.w, t}, color, 255);
    hn_draw_fill(image, (hn_rect){r.x, limit(r.y) + limit(r.h) - t, r.w, t}, color, 255);
    hn_draw_fill(image, (hn_rect){r.x, r.y, t, r.h}, color, 255);
    hn_draw_fill(image, (hn_rect){limit(r.x) + limit(r.w) - t, r.y, t, r.h}, color, 255);
}

void hn_draw_disc(hn_image *image, const int32_t center[2], int32_t radius, hn_color color) {
    const int32_t r = radius < MAX_THICKNESS ? radius : MAX_THICKNESS;
    const int32_t x = limit(center[0]), y = limit(center[1]);
    int32_t half = r;
    for (int32_t dy = 0; dy <= r; dy++) {
        while (half > 0 && half * half + dy * dy > r * r + r / 2) half--;
        draw_run(image, x - half, x + half + 1, y + dy, color, 255);
        if (dy > 0) draw_run(image, x - half, x + half + 1, y - dy, color, 255);
    }
}

/* Whether a disc of radius `margin` at a point can touch the picture. */
static bool is_near(const hn_image *image, int64_t x, int64_t y, int64_t margin) {
    return x >= -margin && y >= -margin && x < (int64_t)image->width + margin &&
           y < (int64_t)image->height + margin;
}

void hn_draw_line(hn_image *image, const int32_t from[2], const int32_t to[2], int32_t thickness,
                  hn_color color) {
    const int32_t radius = thickness / 2;
    const int64_t x0 = limit(from[0]), y0 = limit(from[1]);
    const int64_t dx = limit(to[0]) - x0, dy = limit(to[1]) - y0;
    const int64_t across = dx < 0 ? -dx : dx, down = dy < 0 ? -dy : dy;
    const int64_t n = across > down ? across : down;
    /* Far more steps than the picture has pixels: the line runs off it, and is left out. */
    if (n > 8 * ((int64_t)image->width + image->height)) return;
    for (int64_t i = 0; i <= n; i++) {
        const int64_t half = n / 2, x = n == 0 ? x0 : x0 + (dx * i + (dx < 0 ? -half : half)) / n;
        const int64_t y = n == 0 ? y0 : y0 + (dy * i + (dy < 0 ? -half : half)) / n;
        if (!is_near(image, x, y, radius)) continue;
        const int32_t at[2] = {(int32_t)x, (int32_t)y};
        hn_draw_disc(image, at, radius, color);
    }
}

int32_t hn_text_pixels(const char *text, int32_t factor) {
    const size_t n = strlen(text);
    return n == 0 ? 0 : ((int32_t)(n < 4096 ? n : 4096) * (HN_FONT_WIDTH + 1) - 1) * factor;
}

int32_t hn_draw_text(hn_image *image, const int32_t at[2], const char *text, int32_t factor,
                     hn_color color) {
    const int32_t width = hn_text_pixels(text, factor);
    int32_t x0 = limit(at[0]);
    for (; *text != '\0' && x0 < (int32_t)image->width; text++) {
        const uint8_t *rows = hn_font_glyph(*text);
        for (int32_t i = 0; i < HN_FONT_HEIGHT * HN_FONT_WIDTH; i++) {
            const int32_t y = i / HN_FONT_WIDTH, x = i % HN_FONT_WIDTH;
            if ((rows[y] >> (HN_FONT_WIDTH - 1 - x) & 1) == 0) continue;
            const hn_rect dot = {x0 + x * factor, limit(at[1]) + y * factor, factor, factor};
            hn_draw_fill(image, dot, color, 255);
        }
        x0 += (HN_FONT_WIDTH + 1) * factor;
    }
    return width;
}

void hn_draw_caption(hn_image *image, int32_t x, int32_t y, const char *text, int32_t factor,
                     hn_color color) {
    const int32_t w = hn_text_pixels(text, factor) + 2 * factor;
    const int32_t h = (HN_FONT_HEIGHT + 2) * factor;
    int32_t left = limit(x), top = limit(y) - h;
    if (left + w > (int32_t)image->width) left = (int32_t)image->width - w;
    if (left < 0) left = 0;
    if (top + h > (int32_t)image->height) top = (int32_t)image->height - h;
    if (top < 0) top = 0;
    hn_draw_fill(image, (hn_rect){left, top, w, h}, color, 255);
    const int32_t at[2] = {left + factor, top + factor};
    hn_draw_text(image, at, text, factor, hn_color_on(color));
}
