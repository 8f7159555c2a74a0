/* SPDX-License-Identifier: Apache-2.0
 * Pictures as tensors: resized, normalised, quantized, in the order that the model wants. A model
 * that takes pictures is described by one hn_picture_format, filled from its metadata or from the
 * command line. Batch 1; a batch is filled one picture at a time. */
#ifndef HN_PIPELINE_PICTURE_TENSOR_H
#define HN_PIPELINE_PICTURE_TENSOR_H

#include "pipeline/resize.h"

/* value = (pixel * scale - mean[c]) / std[c], c in the picture's order (R, G, B). Then:
 *   f32               the value
 *   u8, s8, s16       round half away from zero(value / q_scale) + q_zero, clamped to the type
 *   u8, s8 with raw   the pixel, or the pixel - 128; scale, mean, std and q_* are not looked at */
typedef struct hn_picture_format {
    uint32_t height, width, channels; /* channels 1 or 3 */
    bool channels_first;              /* CHW; else HWC */
    bool bgr;                         /* channel order in the tensor */
    bool raw;
    hone_dtype dtype;
    hn_resize_mode mode;
    hn_resize_filter filter;
    float scale, mean[3], std[3];
    float q_scale;
    int32_t q_zero;
} hn_picture_format;

/* f32 HWC of the raw pixel values (scale 1, mean 0, std 1), stretched, bilinear. */
hn_picture_format hn_picture_format_of(uint32_t height, uint32_t width, uint32_t channels);

/* Fills `data`, which has exactly height * width * channels elements of the type in n_bytes.
 * E_ARGUMENT for a format that makes no sense, E_SHAPE for a wrong n_bytes. Grey pictures are
 * spread to 3 channels, RGB ones become luma where 1 is wanted. */
hone_status hn_picture_tensor(hn_env *env, const hn_image *image, const hn_picture_format *format,
                              void *data, uint64_t n_bytes);

#endif
