/* SPDX-License-Identifier: Apache-2.0
 * Windows: strides, dilations, pads and automatic padding as in ONNX; TensorFlow's SAME is
 * same_upper and its VALID is valid. All numbers are bounded before they are multiplied.
 *
 *     extent = (kernel - 1) * dilation + 1        what one window covers
 *     out    = (in + pads - extent) / stride + 1  rounded down, or up with ceil_mode */
#include "ops/window.h"

#include <string.h>

static const int64_t most = INT32_MAX;

bool hn_node_is_nhwc(const hn_node *node) {
    return strcmp(hn_attr_string(node, "layout", "nchw"), "nhwc") == 0;
}

void hn_image_dims(const hn_node *node, int32_t rank, int32_t *first, int32_t *channel) {
    const bool is_nhwc = hn_node_is_nhwc(node);
    *first = is_nhwc ? 1 : 2;
    *channel = is_nhwc ? rank - 1 : 1;
}

/* n integers of an attribute within low..most; where it is absent they stay as they are. */
static bool read_list(const hn_node *node, const char *name, int64_t low, uint32_t n,
                      int64_t *out) {
    if (hn_attr_find(node, name) == NULL) return true;
    if (!hn_attr_ints(node, name, out, n)) return false;
    for (uint32_t i = 0; i < n; i++) {
        if (out[i] < low || out[i] > most) return false;
    }
    return true;
}

const char *hn_window_kernel(const hn_node *node, const hn_shape *x, int64_t *kernel) {
    int32_t first, channel;
    const int32_t n = x->rank - 2;
    hn_image_dims(node, x->rank, &first, &channel);
    if (strcmp(hn_attr_string(node, "kernel", ""), "global") == 0) {
        for (int32_t i = 0; i < n; i++) kernel[i] = x->dim[first + i];
        return NULL;
    }
    for (int32_t i = 0; i < n; i++) kernel[i] = 0;
    if (!read_list(node, "kernel_shape", 1, (uint32_t)n, kernel) || kernel[0] == 0) {
        return "kernel_shape must have one positive extent per spatial dimension";
    }
    return NULL;
}

/* Pads of SAME: as many as make out = ceil(in / stride), the odd one at the end or the beginning.
 */
static void same_pads(hn_window_axis *a, bool is_lower) {
    a->out = a->in < 0 ? -1 : (a->in + a->stride - 1) / a->stride;
    a->pad_begin = a->pad_end = 0;
    if (a->out <= 0 || a->kernel < 0) return;
    const int64_t extent = (a->kernel - 1) * a->dilation + 1;
    int64_t total = (a->out - 1) * a->stride + extent - a->in;
    if (total < 0) total = 0;
    a->pad_begin = is_lower ? total - total / 2 : total / 2;
    a->pad_end = total - a->pad_begin;
}

static void count_out(hn_window_axis *a, bool is_ceil) {
    a->out = -1;
    if (a->in < 0 || a->kernel < 0) return;
    const int64_t extent = (a->kernel - 1) * a->dilation + 1;
    const int64_t room = a->in + a->pad_begin + a->pad_end - extent;
    if (room < 0) {
        a->out = 0;
        return;
    }
    a->out = (room + (is_ceil ? a->stride - 1 : 0)) / a->stride + 1;
    if (is_ceil && (a->out - 1) * a->stride >= a->in + a->pad_begin) a->out--;
}

static const char *fill_axes(const hn_node *node, const hn_shape *x, hn_window *w) {
    int64_t stride[3] = {1, 1, 1}, dilation[3] = {1, 1, 1}, pads[6] = {0};
    const uint32_t n = (uint32_t)w->n_spatial;
    if (!read_list(node, "strides", 1, n, stride)) return "the strides must be positive, one each";
    if (!read_list(node, "dilations", 1, n, dilation)) {
        return "the dilations must be positive, one each";
    }
    const char *mode = hn_attr_string(node, "auto_pad", "");
    const bool is_upper = strcmp(mode, "same_upper") == 0, is_valid = strcmp(mode, "valid") == 0;
    const bool is_lower = strcmp(mode, "same_lower") == 0;
    if (!is_upper && !is_valid && !is_lower && mode[0] != '\0') return "auto_pad is unknown";
    if (mode[0] == '\0' && !read_list(node, "pads", 0, 2 * n, pads)) {
        return "the pads must not be negative, two each";
    }
    const bool is_ceil = hn_attr_int(node, "ceil_mode", 0) != 0 && !is_valid;
    for (uint32_t i = 0; i < n; i++) {
        hn_window_axis *a = &w->axis[i];
        a->in = x->dim[w->first + (int32_t)i];
        if (a->in > most || a->kernel > most || a->kernel == 0) return "an extent is not possible";
        a->stride = stride[i];
        a->dilation = dilation[i];
        a->pad_begin = pads[i];
        a->pad_end = pads[i + n];
        if (is_upper || is_lower) {
            same_pads(a, is_lower);
        } else {
            count_out(a, is_ceil);
        }
        if (a->out == 0) return "the window is larger than the padded image";
    }
    return NULL;
}

/* Attribute kernel_shape says no other thing than the weights. */
static bool is_kernel(const hn_node *node, const hn_window *w) {
    int64_t stated[HN_MAX_RANK];
    if (hn_attr_find(node, "kernel_shape") == NULL) return true;
    if (!hn_attr_ints(node, "kernel_shape", stated, (uint32_t)w->n_spatial)) return false;
    for (int32_t i = 0; i < w->n_spatial; i++) {
        if (w->axis[i].kernel >= 0 && w->axis[i].kernel != stated[i]) return false;
    }
    return true;
}

const char *hn_window_read(const hn_node *node, const hn_shape *x, const int64_t *kernel,
                           hn_window *out) {
    if (x->rank < 3 || x->rank > 5) return "an image has 3 to 5 dimensions";
    const char *layout = hn_attr_string(node, "layout", "nchw");
    if (strcmp(layout, "nchw") != 0 && strcmp(layout, "nhwc") != 0) return "layout is unknown";
    hn_window w = {.n_spatial = x->rank - 2};
    hn_image_dims(node, x->rank, &w.first, &w.channel);
    for (int32_t i = 0; i < w.n_spatial; i++) w.axis[i].kernel = kernel[i];
    if (!is_kernel(node, &w)) return "kernel_shape is not that of the weights";
    const char *problem = fill_axes(node, x, &w);
    if (problem == NULL) *out = w;
    return problem;
}

const char *hn_kernel_dims_read(const hn_node *node, int32_t rank, hn_kernel_dims *out) {
    const char *layout = hn_attr_string(node, "kernel_layout", "oihw");
    const hn_kernel_dims oihw = {0, 1, 2, false}, ohwi = {0, rank - 1, 1, false};
    const hn_kernel_dims hwo = {rank - 1, 0, 1, true}, hwio = {rank - 1, rank - 2, 0, false};
    if (strcmp(layout, "oihw") == 0) {
        *out = oihw;
    } else if (strcmp(layout, "ohwi") == 0) {
        *out = ohwi;
    } else if (strcmp(layout, "1hwo") == 0) {
        *out = hwo;
    } else if (strcmp(layout, "hwio") == 0) {
        *out = hwio;
    } else {
        return "kernel_layout is unknown";
    }
    return NULL;
}
