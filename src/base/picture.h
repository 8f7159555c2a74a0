/* SPDX-License-Identifier: Apache-2.0
 * Pictures as pixels, and who can make them: a model may decode pictures itself, but formats of
 * pictures are above the models (pipeline/), and a build may have none. */
#ifndef HN_BASE_PICTURE_H
#define HN_BASE_PICTURE_H

#include "hone/types.h"

/* Rows from top to bottom without padding; pixel (x, y) begins at (y * width + x) * channels. */
typedef struct hn_picture {
    uint8_t *pixels; /* owned; from hn_alloc */
    uint32_t width, height;
    uint32_t channels; /* 1 grey, 3 RGB */
} hn_picture;

struct hn_env;

/* The picture of a file's bytes as it is stored, in that many channels. E_FORMAT where it is
 * damaged, E_UNSUPPORTED where the format is not known. The caller frees the pixels. */
typedef hone_status (*hn_picture_decode)(struct hn_env *env, const void *bytes, uint64_t n_bytes,
                                         uint32_t channels, hn_picture *out);

#endif
