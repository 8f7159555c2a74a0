/* SPDX-License-Identifier: Apache-2.0
 * A bitmap font of 5 x 7 pixels for captions: the printable ASCII characters, drawn for this
 * project. A glyph is 7 rows from the top; bit 4 of a row is its left pixel. */
#ifndef HN_PIPELINE_TINY_FONT_H
#define HN_PIPELINE_TINY_FONT_H

#include <stdint.h>

enum { HN_FONT_WIDTH = 5, HN_FONT_HEIGHT = 7 };

/* The 7 rows of a character; '?' stands for those that are not printable ASCII. */
const uint8_t *hn_font_glyph(char c);

#endif
