/* SPDX-License-Identifier: Apache-2.0
 * What the readers of picture formats share. Each takes the whole file and gives a picture that the
 * caller frees; nothing is left allocated on failure. The orientation is found, not applied. */
#ifndef HN_PIPELINE_IMAGE_DECODE_H
#define HN_PIPELINE_IMAGE_DECODE_H

#include "base/cursor.h"
#include "pipeline/image.h"

hone_status hn_jpeg_decode(hn_env *env, const uint8_t *bytes, uint64_t n_bytes, hn_image *out);
hone_status hn_pnm_decode(hn_env *env, const uint8_t *bytes, uint64_t n_bytes, hn_image *out);
hone_status hn_bmp_decode(hn_env *env, const uint8_t *bytes, uint64_t n_bytes, hn_image *out);

/* *orientation is 1 to 8. */
hone_status hn_png_decode(hn_env *env, const uint8_t *bytes, uint64_t n_bytes, hn_image *out,
                          uint32_t *orientation);

/* The EXIF orientation, 1 to 8, of a JPEG file and of a TIFF block; 1 where there is none or it
 * makes no sense. */
uint32_t hn_exif_of_jpeg(const uint8_t *bytes, uint64_t n_bytes);
uint32_t hn_exif_of_tiff(const hn_cursor *tiff);

#endif
