/* SPDX-License-Identifier: Apache-2.0
 * Pictures in a terminal. A cell is about twice as high as wide, so half a cell is a square pixel
 * and the aspect is kept. A colour is sent only where it changes. */
#include "pipeline/ansi.h"

#include <stdio.h>
#include <string.h>

#include "pipeline/resize.h"

/* The longest cell: twice "\033[38;2;255;255;255m" with its 0, and the three bytes of a block. */
enum { COLOR_BYTES = 20, CELL_BYTES = 2 * COLOR_BYTES + 3, LINE_BYTES = 8 };

static const uint8_t *pixel_at(const hn_image *image, uint32_t x, uint32_t y, uint8_t rgb[3]) {
    const uint8_t *from = image->pixels + ((size_t)y * image->width + x) * image->channels;
    for (uint32_t k = 0; k < 3; k++) rgb[k] = from[image->channels == 3 ? k : 0];
    return rgb;
}

/* Sets the foreground (38) or background (48), if it is not that colour already. */
static char *put_color(char *to, int ground, const uint8_t rgb[3], int last[3]) {
    if (last[0] == rgb[0] && last[1] == rgb[1] && last[2] == rgb[2]) return to;
    for (int k = 0; k < 3; k++) last[k] = rgb[k];
    return to + snprintf(to, COLOR_BYTES, "\033[%d;2;%d;%d;%dm", ground, last[0], last[1], last[2]);
}

/* Rows y and y + 1; an odd last row stands above the terminal's own background. */
static char *put_line(char *to, const hn_image *image, uint32_t y) {
    int upper[3] = {-1, -1, -1}, lower[3] = {-1, -1, -1};
    uint8_t rgb[3];
    for (uint32_t x = 0; x < image->width; x++) {
        to = put_color(to, 38, pixel_at(image, x, y, rgb), upper);
        if (y + 1 < image->height) {
            to = put_color(to, 48, pixel_at(image, x, y + 1, rgb), lower);
        }
        memcpy(to, "\xe2\x96\x80", 3);
        to += 3;
    }
    memcpy(to, "\033[0m\n", 5);
    return to + 5;
}

hone_status hn_ansi_render(hn_arena *arena, const hn_image *image, uint32_t columns,
                           const char **text) {
    hn_env *env = arena->env;
    HN_TRY(hn_image_check(env, image));
    if (columns == 0 || columns > HN_ANSI_MAX_COLUMNS) {
        return hn_fail(env, HONE_E_ARGUMENT, "%u columns are not between 1 and %d",
                       (unsigned)columns, HN_ANSI_MAX_COLUMNS);
    }
    const uint32_t width = image->width < columns ? image->width : columns;
    uint64_t height = (uint64_t)image->height * width / image->width;
    if (height == 0) height = 1;
    hn_image small;
    HN_TRY(hn_image_check_size(env, width, height));
    const hn_resize_how how = {HN_RESIZE_STRETCH, HN_FILTER_ANTIALIAS};
    HN_TRY(hn_resize(env, image, how, width, (uint32_t)height, &small));
    const uint64_t lines = (height + 1) / 2;
    char *made = hn_arena_array(arena, lines, (size_t)width * CELL_BYTES + LINE_BYTES);
    if (made != NULL) {
        char *to = made;
        for (uint32_t y = 0; y < small.height; y += 2) to = put_line(to, &small, y);
        *text = made;
    }
    hn_image_free(env, &small);
    return made != NULL ? HONE_OK : hn_no_memory(env);
}
