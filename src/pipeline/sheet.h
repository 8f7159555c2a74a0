/* SPDX-License-Identifier: Apache-2.0
 * A contact sheet: small pictures in rows, enlarged by whole factors, with a caption under each.
 *
 *     +----------+ +----------+
 *     | picture  | | picture  |     a row is as high as its highest picture,
 *     +----------+ +----------+     a column as wide as the widest of all
 *       caption      caption                                                    */
#ifndef HN_PIPELINE_SHEET_H
#define HN_PIPELINE_SHEET_H

#include "pipeline/image.h"

typedef struct hn_sheet_item {
    const hn_image *picture; /* borrowed */
    const char *caption;     /* ASCII; cut to the column's width; NULL for none */
    uint8_t color[3];        /* of the caption; black is {0, 0, 0} */
} hn_sheet_item;

typedef struct hn_sheet_format {
    uint32_t columns;        /* pictures in a row */
    uint32_t factor;         /* pixels of the sheet for one of a picture */
    uint32_t caption_factor; /* the same for the 5 x 7 font */
    uint32_t min_width;      /* of a column, in pixels of the sheet: room for captions */
} hn_sheet_format;

/* An RGB picture on white; the caller frees it. E_ARGUMENT for no items or a zero in the format
 * (min_width apart), E_LIMIT where the sheet would be too large. */
hone_status hn_sheet_compose(hn_env *env, const hn_sheet_item *items, uint32_t n,
                             const hn_sheet_format *format, hn_image *out);

#endif
