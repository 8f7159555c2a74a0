/* SPDX-License-Identifier: Apache-2.0
 * decode_image: the bytes of a picture's file become [height, width, channels] of u8, on the host,
 * by whoever the environment names (base/picture.h). Damaged pictures become an empty tensor, as
 * ONNX's ImageDecoder asks; formats that nobody knows are an error. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

/* Channels of the attribute pixel_format; 0: it is not known. */
static uint32_t channels_of(const hn_node *node, bool *is_swapped) {
    const char *name = hn_attr_string(node, "pixel_format", "RGB");
    *is_swapped = strcmp(name, "BGR") == 0;
    if (*is_swapped || strcmp(name, "RGB") == 0) return 3;
    return strcmp(name, "Grayscale") == 0 ? 1 : 0;
}

static hone_status decode_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    bool is_swapped;
    const uint32_t channels = channels_of(node, &is_swapped);
    hn_shape out = hn_shape_unknown(3);
    if (channels == 0) return hn_fail(g->env, HONE_E_SHAPE, "a format of pixels that is not known");
    if (x->dtype != HN_DTYPE_U8 || (x->shape.rank >= 0 && x->shape.rank != 1)) {
        return hn_fail(g->env, HONE_E_SHAPE, "the input is no list of bytes");
    }
    out.dim[2] = channels;
    return hn_node_set_shape(g, node, HN_DTYPE_U8, &out);
}

static void copy_swapped(const hn_picture *p, uint8_t *out) {
    const size_t n = (size_t)p->width * p->height;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < 3; k++) out[3 * i + k] = p->pixels[3 * i + 2 - k];
    }
}

static hone_status give_picture(hn_host_eval *H, hn_node *node, const hn_picture *p) {
    const int64_t dim[3] = {p->height, p->width, p->channels};
    const hn_shape shape = hn_shape_of(3, dim);
    bool is_swapped;
    void *out = NULL;
    (void)channels_of(node, &is_swapped);
    HN_TRY(H->output(H, node, 0, &shape, &out));
    if (is_swapped) {
        copy_swapped(p, out);
    } else if (p->pixels != NULL) {
        memcpy(out, p->pixels, (size_t)p->width * p->height * p->channels);
    }
    return HONE_OK;
}

static hone_status decode_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = node->in[0];
    const void *bytes = NULL;
    uint64_t n = 0;
    bool is_swapped;
    hn_picture p = {NULL, 0, 0, channels_of(node, &is_swapped)};
    HN_TRY(H->input(H, x, &bytes));
    if (H->env->decode_picture == NULL || !hn_shape_count(&x->shape, &n)) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "this build decodes no pictures");
    }
    hone_status status = H->env->decode_picture(H->env, bytes, n, p.channels, &p);
    if (status == HONE_OK || status == HONE_E_FORMAT) status = give_picture(H, node, &p);
    hn_free(H->env, p.pixels);
    return status;
}

const hn_op_hooks hn_hooks_decode_image = {.shape = decode_shape, .host = decode_host};
