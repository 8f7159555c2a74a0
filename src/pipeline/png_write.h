/* SPDX-License-Identifier: Apache-2.0
 * Pictures as PNG files. */
#ifndef HN_PIPELINE_PNG_WRITE_H
#define HN_PIPELINE_PNG_WRITE_H

#include "pipeline/image.h"

/* The bytes of a PNG file; the caller frees them with hn_free. */
hone_status hn_png_encode(hn_env *env, const hn_image *image, uint8_t **bytes, size_t *n_bytes);

/* The whole file or none. */
hone_status hn_png_write(hn_env *env, const char *path, const hn_image *image);

#endif
