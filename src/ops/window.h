/* SPDX-License-Identifier: Apache-2.0
 * The window of a convolution or pooling: attributes to geometry, checked. */
#ifndef HN_OPS_WINDOW_H
#define HN_OPS_WINDOW_H

#include "ops/op.h"

typedef struct hn_window_axis {
    int64_t in, out; /* -1: unknown */
    int64_t kernel, stride, dilation, pad_begin, pad_end;
} hn_window_axis;

typedef struct hn_window {
    int32_t n_spatial;      /* 1 to 3 */
    int32_t first, channel; /* dimensions of the image: the first spatial one, the channels */
    hn_window_axis axis[3];
} hn_window;

/* True when attribute `layout` says channels last. */
bool hn_node_is_nhwc(const hn_node *node);

/* The first spatial dimension and the channels' of an image of that rank. */
void hn_image_dims(const hn_node *node, int32_t rank, int32_t *first, int32_t *channel);

/* Fills the window of `node` on image x (rank known) with the kernel's extents (-1: unknown). NULL,
 * or the reason why it is not possible. */
const char *hn_window_read(const hn_node *node, const hn_shape *x, const int64_t *kernel,
                           hn_window *out);

/* Extents of the kernel of a pooling of x from attribute kernel_shape; with attribute `kernel`
 * "global" those of the image. */
const char *hn_window_kernel(const hn_node *node, const hn_shape *x, int64_t *kernel);

/* Dimensions of a convolution's weights by attribute kernel_layout. */
typedef struct hn_kernel_dims {
    int32_t out, in, first; /* output channels, input channels of a group, first spatial */
    bool is_1hwo;
} hn_kernel_dims;
const char *hn_kernel_dims_read(const hn_node *node, int32_t rank, hn_kernel_dims *out);

#endif
