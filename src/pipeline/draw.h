/* SPDX-License-Identifier: Apache-2.0
 * Drawing on RGB pictures: what answers of models need. Coordinates may lie outside; what does is
 * cut off. Colours come from a palette by number, so that a label has the same colour everywhere.
 */
#ifndef HN_PIPELINE_DRAW_H
#define HN_PIPELINE_DRAW_H

#include "pipeline/image.h"

typedef struct hn_color {
    uint8_t rgb[3];
} hn_color;

/* Colour i of the palette, which repeats; neighbours are far apart. */
hn_color hn_palette(uint32_t i);

/* Black or white, whichever is read better on a colour. */
hn_color hn_color_on(hn_color background);

typedef struct hn_rect {
    int32_t x, y, w, h;
} hn_rect;

/* Fills a rectangle; alpha 0 to 255 is how much of the colour covers what was there. */
void hn_draw_fill(hn_image *image, hn_rect r, hn_color color, uint32_t alpha);

/* The outline, `thickness` pixels inward. */
void hn_draw_frame(hn_image *image, hn_rect r, int32_t thickness, hn_color color);

/* A line between two points with round ends, and a disc. */
void hn_draw_line(hn_image *image, const int32_t from[2], const int32_t to[2], int32_t thickness,
                  hn_color color);
void hn_draw_disc(hn_image *image, const int32_t center[2], int32_t radius, hn_color color);

/* A line of text in the 5 x 7 font enlarged `factor` times; (x, y) is its top left corner. Returns
 * its width in pixels. */
int32_t hn_draw_text(hn_image *image, const int32_t at[2], const char *text, int32_t factor,
                     hn_color color);
int32_t hn_text_pixels(const char *text, int32_t factor);

/* A text on a filled rectangle of the colour, kept inside the picture; (x, y) is the rectangle's
 * lower left corner. */
void hn_draw_caption(hn_image *image, int32_t x, int32_t y, const char *text, int32_t factor,
                     hn_color color);

/* How many pixels a line should be thick, and the factor of the font, for a picture of this size.
 */
int32_t hn_draw_scale(const hn_image *image);

#endif
