/* SPDX-License-Identifier: Apache-2.0
 * Pictures in a terminal: each character cell shows two pixels, one above the other, as an upper
 * half block with a foreground and a background colour of 24 bits. */
#ifndef HN_PIPELINE_ANSI_H
#define HN_PIPELINE_ANSI_H

#include "base/arena.h"
#include "pipeline/image.h"

enum { HN_ANSI_MAX_COLUMNS = 1000 };

/* The picture as UTF-8 text of at most `columns` characters a line (fewer where the picture is
 * narrower), each line ended by a reset of colours and a newline. `*text` lives in the arena. */
hone_status hn_ansi_render(hn_arena *arena, const hn_image *image, uint32_t columns,
                           const char **text);

#endif
