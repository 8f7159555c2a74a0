/* SPDX-License-Identifier: Apache-2.0
 * LiteRT's RESIZE_BILINEAR and RESIZE_NEAREST_NEIGHBOR: rows and columns of an image, channels
 * last, to a size that is an operand. Its integer kernels interpolate in the input's own units, by
 * arithmetic of their own: u8 in float32, s8 and s16 with weights in 1024ths. */
#include <string.h>

#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/resample_tables.h"

enum { SIZE = 1 }; /* operand */

static hone_status image_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_ints size;
    hn_resample_mode mode;
    const hn_ints_state state = hn_node_ints(node, SIZE, "size", &size);
    const char *problem = NULL;
    if (!hn_resample_mode_of(hn_attr_string(node, "mode", ""), &mode)) problem = "unknown mode";
    if (x->shape.rank >= 0 && x->shape.rank != 4) problem = "an image has 4 dimensions";
    if (state == HN_INTS_KNOWN && (size.n != 2 || size.v[0] < 1 || size.v[1] < 1)) {
        problem = "the size must be two positive numbers";
    }
    if (state != HN_INTS_KNOWN && state != HN_INTS_UNKNOWN) problem = "the size is missing";
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_shape out = hn_shape_unknown(4);
    if (x->shape.rank == 4) {
        hn_shape_take(&out, 0, &x->shape, 0);
        hn_shape_take(&out, 3, &x->shape, 3);
        if (x->shape.dim[1] == 0 || x->shape.dim[2] == 0) {
            return hn_fail(g->env, HONE_E_SHAPE, "an empty image cannot be resized");
        }
    }
    for (int32_t i = 0; state == HN_INTS_KNOWN && i < 2; i++) out.dim[1 + i] = size.v[i];
    return hn_node_set_shape(g, node, x->dtype, &out);
}

/* Both tables of an image and the step. */
static hone_status image_step(hn_lower *L, const hn_node *node, const hn_resample_rule *rule,
                              hn_resample_pass *p) {
    const hn_shape *x = &node->in[0]->shape, *out = &node->out[0]->shape;
    const bool is_fixed = p->types == HN_TYPES_s8 || p->types == HN_TYPES_s16;
    hn_resample_table table[2] = {{0}, {0}};
    int32_t *fixed[2] = {NULL, NULL};
    hone_status status = HONE_OK;
    for (int32_t i = 0; i < 2 && status == HONE_OK; i++) {
        const hn_resample_axis axis = {x->dim[1 + i], out->dim[1 + i], 1.0f, 0.0f, 1.0f};
        status =
            hn_resample_fill_tflite(L->env, rule, &axis, &table[i], is_fixed ? &fixed[i] : NULL);
    }
    p->row = &table[0];
    p->column = &table[1];
    for (int32_t i = 0; i < 2; i++) p->fixed[i] = fixed[i];
    hn_operand in;
    if (status == HONE_OK) status = hn_lower_operand(L, node->in[0], &in);
    if (status == HONE_OK) status = hn_resample_emit(L, p, in, hn_operand_value(node->out[0]));
    for (int32_t i = 0; i < 2; i++) {
        hn_resample_free(L->env, &table[i]);
        hn_free(L->env, fixed[i]);
    }
    return status;
}

static hone_status image_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_resample_rule rule = {.coordinates = ""};
    if (!hn_resample_mode_of(hn_attr_string(node, "mode", ""), &rule.mode)) {
        return hn_fail(L->env, HONE_E_SHAPE, "unknown mode");
    }
    if (hn_attr_int(node, "align_corners", 0) != 0) {
        rule.coordinates = "tf_align_corners";
    } else if (hn_attr_int(node, "half_pixel_centers", 0) != 0) {
        rule.coordinates = "tf_half_pixel";
    }
    hn_resample_pass p = {.n = x->shape.dim[0],
                          .c = x->shape.dim[3],
                          .in_h = x->shape.dim[1],
                          .in_w = x->shape.dim[2],
                          .out_h = out->shape.dim[1],
                          .out_w = out->shape.dim[2]};
    const bool has_types = rule.mode == HN_RESAMPLE_NEAREST ? hn_types_of_size(x->dtype, &p.types)
                                                            : hn_types_of(x->dtype, &p.types);
    if (!has_types) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "resizing %s", hn_dtype_name(x->dtype));
    }
    return image_step(L, node, &rule, &p);
}

const hn_op_hooks hn_hooks_resize_image = {
    .shape = image_shape, .lower = image_lower, .quantized = hn_resize_quantized};
