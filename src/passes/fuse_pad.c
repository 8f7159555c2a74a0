/* SPDX-License-Identifier: Apache-2.0
 * A constant padding of zeros before a convolution becomes the convolution's own: nothing is filled
 * or moved then. Files of TensorFlow Lite pad so where a stride makes the pads uneven. Integers are
 * padded with their zero point, which is what a convolution leaves out. */
#include "ops/infer.h"
#include "ops/window.h"
#include "passes/pass.h"

#include <string.h>

enum { VALUE = 2 }; /* operand of pad */

static bool pads_zero(const hn_graph *g, const hn_node *pad) {
    const hn_value *x = pad->in[0], *v = hn_node_in(pad, VALUE);
    float real = 1.0f;
    if (strcmp(hn_attr_string(pad, "mode", "constant"), "constant") != 0) return false;
    if (x->dtype != HN_DTYPE_F32) {
        return v == NULL && hn_value_is_q8(x) && hn_value_is_q8(pad->out[0]) &&
               hn_quant_is_equal(x, pad->out[0]);
    }
    if (v == NULL) return true;
    uint64_t n = 0;
    return v->constant != NULL && v->dtype == HN_DTYPE_F32 && hn_shape_count(&v->shape, &n) &&
           n == 1 && hn_constant_read_f32(g, v, &real, 1) == HONE_OK && real == 0.0f;
}

/* The convolution's own pads, begins and ends; false where they follow from the image. */
static bool own_pads(const hn_node *conv, int32_t n, int64_t *pads) {
    const char *mode = hn_attr_string(conv, "auto_pad", "");
    memset(pads, 0, 6 * sizeof *pads);
    if (strcmp(mode, "valid") == 0) return true;
    if (mode[0] != '\0') return false;
    return hn_attr_find(conv, "pads") == NULL || hn_attr_ints(conv, "pads", pads, 2 * (uint32_t)n);
}

static hone_status try_pad(hn_graph *g, hn_node *conv) {
    hn_node *pad = hn_producer_of(conv->in[0], HN_OP_pad);
    const int32_t rank = conv->in[0]->shape.rank, n = rank - 2;
    hn_padding p;
    int64_t pads[6];
    int32_t first, channel;
    if (pad == NULL || pad->provider != NULL || n < 1 || n > 3 || !pads_zero(g, pad))
        return HONE_OK;
    if (hn_padding_read(pad, &p) != NULL || !p.is_known || !own_pads(conv, n, pads)) return HONE_OK;
    hn_image_dims(conv, rank, &first, &channel);
    for (int32_t d = 0; d < rank; d++) {
        const bool is_spatial = d >= first && d < first + n;
        if (p.begin[d] < 0 || p.end[d] < 0) return HONE_OK;
        if (!is_spatial && (p.begin[d] > 0 || p.end[d] > 0)) return HONE_OK;
        if (!is_spatial) continue;
        pads[d - first] += p.begin[d];
        pads[d - first + n] += p.end[d];
    }
    if (!hn_attr_set_ints(g, conv, "pads", pads, 2 * (uint32_t)n) ||
        !hn_attr_set_string(g, conv, "auto_pad", "") ||
        !hn_origin_add(g, &conv->origin, &pad->origin)) {
        return hn_no_memory(g->env);
    }
    conv->in[0] = pad->in[0];
    return HONE_OK;
}

hone_status hn_pass_fuse_pad(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        hn_node *node = g->nodes[i];
        if (node->op == hn_op_at(HN_OP_conv) && !node->is_dead) HN_TRY(try_pad(g, node));
    }
    return hn_pass_dead_code(g, options);
}
