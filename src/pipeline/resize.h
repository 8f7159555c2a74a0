/* SPDX-License-Identifier: Apache-2.0
 * Resizing pictures with a triangle filter in 8-bit fixed point. The filter spans one source pixel
 * to each side (bilinear: the four nearest pixels with half-pixel centres, as OpenCV, TensorFlow
 * and the LiteRT task library do, and what most model cards mean), or is widened when shrinking so
 * that every source pixel counts (antialias: Pillow's and torchvision's BILINEAR, within one
 * level). */
#ifndef HN_PIPELINE_RESIZE_H
#define HN_PIPELINE_RESIZE_H

#include "pipeline/image.h"

typedef enum hn_resize_mode {
    HN_RESIZE_STRETCH,   /* to the wanted size, whatever the aspect */
    HN_RESIZE_CROP,      /* keep the aspect, cover the wanted size, cut the middle out */
    HN_RESIZE_LETTERBOX, /* keep the aspect, fit inside, pad with HN_LETTERBOX_GREY */
    HN_RESIZE_CORNER     /* the same with the picture in the top left corner */
} hn_resize_mode;

typedef enum hn_resize_filter { HN_FILTER_BILINEAR, HN_FILTER_ANTIALIAS } hn_resize_filter;

typedef struct hn_resize_how {
    hn_resize_mode mode;
    hn_resize_filter filter;
} hn_resize_how;

enum { HN_LETTERBOX_GREY = 114 };

/* Where the source lands: it is scaled to scaled_width x scaled_height, and its top left corner
 * lies at (x, y) of the result; negative where it is cut. Decoders of boxes go back through this:
 * source_x = (result_x - x) * source_width / scaled_width. */
typedef struct hn_resize_fit {
    uint32_t scaled_width, scaled_height;
    int32_t x, y;
} hn_resize_fit;

/* Sizes are at least 1. */
hn_resize_fit hn_resize_fit_of(hn_resize_mode mode, const hn_image *in, uint32_t width,
                               uint32_t height);

/* A new picture with the channels of `in`; the caller frees it. */
hone_status hn_resize(hn_env *env, const hn_image *in, hn_resize_how how, uint32_t width,
                      uint32_t height, hn_image *out);

#endif
