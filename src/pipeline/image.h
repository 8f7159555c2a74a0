/* SPDX-License-Identifier: Apache-2.0
 * Pictures: JPEG, PNG, BMP and PNM files become rows of 8-bit pixels, upright (the EXIF orientation
 * is applied), grey or RGB. The format is found from the bytes, never from the name. Transparency
 * is dropped, not composited, as Pillow's convert("RGB") does. Every byte is hostile: sizes are
 * checked before anything is allocated, and a damaged file gives a status and a message. */
#ifndef HN_PIPELINE_IMAGE_H
#define HN_PIPELINE_IMAGE_H

#include "base/env.h"
#include "base/picture.h"

enum { HN_IMAGE_MAX_SIDE = 65535, HN_IMAGE_MAX_PIXELS = 1 << 28 };

typedef hn_picture hn_image; /* hn_image_free gives back its pixels */

/* E_FORMAT for an empty picture, E_LIMIT where a side or the number of pixels is too large. */
hone_status hn_image_check_size(hn_env *env, uint64_t width, uint64_t height);

/* A black picture of an allowed size. */
hone_status hn_image_new(hn_env *env, uint32_t width, uint32_t height, uint32_t channels,
                         hn_image *out);

/* E_ARGUMENT or E_LIMIT when it is no picture: no pixels, sides or channels out of range. For those
 * who take pictures that they did not make. */
hone_status hn_image_check(hn_env *env, const hn_image *image);

/* Frees the pixels and leaves an empty picture; an empty one is allowed. */
void hn_image_free(hn_env *env, hn_image *image);

/* Reads a file. A message names the path. The caller frees the picture with hn_image_free. */
hone_status hn_image_load(hn_env *env, const char *path, hn_image *out);
hone_status hn_image_load_memory(hn_env *env, const void *bytes, uint64_t n_bytes, hn_image *out);

/* An hn_picture_decode: not turned, whatever the file says. */
hone_status hn_image_decode(hn_env *env, const void *bytes, uint64_t n_bytes, uint32_t channels,
                            hn_image *out);

/* A copy with 1 or 3 channels. Grey from RGB is the luma of BT.601 in 16-bit fixed point. */
hone_status hn_image_convert(hn_env *env, const hn_image *in, uint32_t channels, hn_image *out);

#endif
