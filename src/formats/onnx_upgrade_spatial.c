/* SPDX-License-Identifier: Apache-2.0
 * Upgrades of operators over images: resizing, transposed convolution, pooling with several
 * outputs. See onnx_upgrade.c. */
#include "formats/onnx_reader.h"

#include <string.h>

static hone_status set_string(hn_graph *g, hn_node *node, const char *name, const char *value) {
    return hn_attr_set_string(g, node, name, value) ? HONE_OK : g->env->status;
}

/* The scales of Upsample 7, an attribute, as a constant. */
static hone_status scales_constant(hn_graph *g, const hn_node *node, hn_value **out) {
    const hn_attr *attr = hn_attr_find(node, "scales");
    if (attr == NULL || attr->kind != HN_ATTR_FLOATS) {
        return hn_fail(g->env, HONE_E_FORMAT, "scales are missing");
    }
    const int64_t n = attr->n;
    const hn_shape shape = hn_shape_of(1, &n);
    *out = hn_graph_constant(g, "", HN_DTYPE_F32, &shape, attr->v.floats);
    if (*out == NULL) return g->env->status;
    (*out)->n_uses++;
    return HONE_OK;
}

/* Upsample, and Resize before version 11, have only scales; their coordinates are today's
 * "asymmetric", and a shrinking Resize rounds up. */
hone_status hn_onnx_upgrade_resize(hn_graph *g, hn_node *node) {
    const bool is_upsample = strcmp(node->foreign, "Upsample") == 0;
    if (!is_upsample && node->version >= 11) return HONE_OK;
    if (node->version == 1 || node->n_in == 0) {
        node->op = NULL;
        return HONE_OK;
    }
    hn_value *scales = node->n_in > 1 ? node->in[1] : NULL;
    if (scales == NULL) HN_TRY(scales_constant(g, node, &scales));
    hn_value **in = HN_NEW_N(g->arena, hn_value *, 3);
    if (in == NULL) return hn_no_memory(g->env);
    in[0] = node->in[0];
    in[2] = scales;
    node->in = in;
    node->n_in = 3;
    HN_TRY(set_string(g, node, "coordinate_transformation_mode", "asymmetric"));
    return set_string(g, node, "nearest_mode", "simple");
}

/* Before version 16 regions began at the pixels' corners. */
hone_status hn_onnx_upgrade_roi_align(hn_graph *g, hn_node *node) {
    if (node->version >= 16) return HONE_OK;
    return set_string(g, node, "coordinate_transformation_mode", "output_half_pixel");
}

/* A constant of bytes that are all the same. */
static bool is_uniform(const hn_value *v) {
    uint64_t n = 0;
    if (v->constant == NULL || !hn_value_bytes(v, &n) || n == 0) return false;
    const uint8_t *bytes = v->constant->bytes;
    return n == 1 || memcmp(bytes, bytes + 1, (size_t)n - 1) == 0;
}

/* Zero points of weights that are not one constant have operators of their own. */
hone_status hn_onnx_upgrade_integer_product(hn_graph *g, hn_node *node) {
    const bool is_conv = node->op == hn_op_at(HN_OP_conv_integer);
    const hn_value *zero = node->n_in > 3 ? node->in[3] : NULL;
    if (is_conv) HN_TRY(hn_onnx_upgrade_window(g, node));
    if (zero == NULL || is_uniform(zero)) return HONE_OK;
    node->op = hn_op_at(is_conv ? HN_OP_conv_offsets : HN_OP_matmul_offsets);
    return HONE_OK;
}

/* Before version 20 the modes had the names of images. */
hone_status hn_onnx_upgrade_grid_sample(hn_graph *g, hn_node *node) {
    static const char *const names[][2] = {
        {"bilinear", "linear"}, {"nearest", "nearest"}, {"bicubic", "cubic"}};
    const int column = node->version >= 20;
    const char *mode = hn_attr_string(node, "mode", names[0][column]);
    for (int i = 0; i < 3; i++) {
        if (strcmp(mode, names[i][column]) == 0) return set_string(g, node, "mode", names[i][1]);
    }
    return hn_fail(g->env, HONE_E_FORMAT, "mode %.40s is not known", mode);
}

/* No window of a pooling lies in the padding alone: pads are smaller than the kernel. */
hone_status hn_onnx_upgrade_pool(hn_graph *g, hn_node *node) {
    const hn_attr *kernel = hn_attr_find(node, "kernel_shape"), *pads = hn_attr_find(node, "pads");
    const bool is_both = kernel != NULL && kernel->kind == HN_ATTR_INTS && pads != NULL &&
                         pads->kind == HN_ATTR_INTS && pads->n == 2 * (uint64_t)kernel->n;
    for (uint32_t i = 0; is_both && i < pads->n; i++) {
        if (pads->v.ints[i] < kernel->v.ints[i % kernel->n]) continue;
        return hn_fail(g->env, HONE_E_FORMAT, "a pad is not smaller than the kernel");
    }
    return hn_onnx_upgrade_window(g, node);
}
