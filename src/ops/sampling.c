/* SPDX-License-Identifier: Apache-2.0
 * GridSample and RoiAlign of ONNX, on pictures, channels first. */
#include <string.h>

#include "kernels/sample/sample.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

/* The place of an attribute's text in a list that ends with NULL; -1: none. */
static int32_t choice(const hn_node *node, const char *name, const char *const *list) {
    const char *text = hn_attr_string(node, name, list[0]);
    for (int32_t i = 0; list[i] != NULL; i++) {
        if (strcmp(text, list[i]) == 0) return i;
    }
    return -1;
}

/* Operands of one rank, with extents that agree or are not known. */
static bool is_same(int64_t a, int64_t b) {
    return a < 0 || b < 0 || a == b;
}

/* ---- GridSample ---- */

static hone_status grid_shape(hn_graph *g, hn_node *node) {
    const hn_shape *x = &node->in[0]->shape, *grid = &node->in[1]->shape;
    hn_shape out = hn_shape_unknown(4);
    if (x->rank == 5) { /* another operator, from now on */
        node->op = hn_op_at(HN_OP_volume_sample);
        return node->op->hooks->shape(g, node);
    }
    if (x->rank < 0 || grid->rank < 0) {
        return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
    }
    if (x->rank != 4 || grid->rank != 4) {
        return hn_fail(g->env, HONE_E_UNSUPPORTED, "grids over other than two dimensions");
    }
    if (!is_same(grid->dim[3], 2) || !is_same(grid->dim[0], x->dim[0])) {
        return hn_fail(g->env, HONE_E_SHAPE, "the grid does not fit the input");
    }
    hn_shape_take(&out, 0, x, 0);
    hn_shape_take(&out, 1, x, 1);
    hn_shape_take(&out, 2, grid, 1);
    hn_shape_take(&out, 3, grid, 2);
    return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
}

static hone_status grid_lower(hn_lower *L, const hn_node *node) {
    static const char *const modes[] = {"linear", "nearest", "cubic", NULL};
    static const char *const paddings[] = {"zeros", "border", "reflection", NULL};
    const hn_value *x = node->in[0], *grid = node->in[1];
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const int32_t mode = choice(node, "mode", modes);
    const int32_t padding = choice(node, "padding_mode", paddings);
    if (mode < 0 || padding < 0) return hn_fail(L->env, HONE_E_SHAPE, "the mode is unknown");
    if (x->dtype != HN_DTYPE_F32 || grid->dtype != HN_DTYPE_F32) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "other numbers than f32");
    }
    const hn_gridsample_args args = {.n = (int32_t)x->shape.dim[0],
                                     .c = (int32_t)x->shape.dim[1],
                                     .in_h = (int32_t)x->shape.dim[2],
                                     .in_w = (int32_t)x->shape.dim[3],
                                     .out_h = (int32_t)grid->shape.dim[1],
                                     .out_w = (int32_t)grid->shape.dim[2],
                                     .mode = mode,
                                     .padding = padding,
                                     .aligns = hn_attr_int(node, "align_corners", 0) != 0};
    hn_operand operands[HN_GRIDSAMPLE_OPERANDS];
    HN_TRY(hn_lower_operand(L, x, &operands[HN_GRIDSAMPLE_IN]));
    HN_TRY(hn_lower_operand(L, grid, &operands[HN_GRIDSAMPLE_GRID]));
    operands[HN_GRIDSAMPLE_OUT] = hn_operand_value(node->out[0]);
    return hn_lower_step(L, HN_FAMILY_gridsample, HN_TYPES_f32, &args, operands,
                         HN_GRIDSAMPLE_OPERANDS);
}

/* ---- RoiAlign ---- */

static hone_status roi_shape(hn_graph *g, hn_node *node) {
    const hn_shape *x = &node->in[0]->shape, *rois = &node->in[1]->shape;
    const hn_shape *images = &node->in[2]->shape;
    hn_shape out = hn_shape_unknown(4);
    out.dim[2] = hn_attr_int(node, "output_height", 1);
    out.dim[3] = hn_attr_int(node, "output_width", 1);
    if (out.dim[2] < 1 || out.dim[2] > INT32_MAX || out.dim[3] < 1 || out.dim[3] > INT32_MAX) {
        return hn_fail(g->env, HONE_E_SHAPE, "the output would be empty or too large");
    }
    if (x->rank < 0 || rois->rank < 0 || images->rank < 0) {
        return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
    }
    if (x->rank != 4 || rois->rank != 2 || images->rank != 1 || !is_same(rois->dim[1], 4) ||
        !is_same(rois->dim[0], images->dim[0])) {
        return hn_fail(g->env, HONE_E_SHAPE, "the operands do not fit each other");
    }
    hn_shape_take(&out, 0, rois, 0);
    hn_shape_take(&out, 1, x, 1);
    return hn_node_set_shape(g, node, node->in[0]->dtype, &out);
}

static hone_status roi_lower(hn_lower *L, const hn_node *node) {
    static const char *const modes[] = {"avg", "max", NULL};
    static const char *const rules[] = {"half_pixel", "output_half_pixel", NULL};
    const hn_value *x = node->in[0], *out = node->out[0];
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    const int32_t mode = choice(node, "mode", modes);
    const int32_t rule = choice(node, "coordinate_transformation_mode", rules);
    const int64_t ratio = hn_attr_int(node, "sampling_ratio", 0);
    if (mode < 0 || rule < 0) return hn_fail(L->env, HONE_E_SHAPE, "the mode is unknown");
    if (ratio < 0 || ratio > HN_ROI_GRID) return hn_fail(L->env, HONE_E_LIMIT, "sampling_ratio");
    if (x->dtype != HN_DTYPE_F32 || node->in[1]->dtype != HN_DTYPE_F32 ||
        node->in[2]->dtype != HN_DTYPE_S64) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "other numbers than f32");
    }
    const hn_roialign_args args = {.n = (int32_t)x->shape.dim[0],
                                   .c = (int32_t)x->shape.dim[1],
                                   .in_h = (int32_t)x->shape.dim[2],
                                   .in_w = (int32_t)x->shape.dim[3],
                                   .rois = (int32_t)out->shape.dim[0],
                                   .out_h = (int32_t)out->shape.dim[2],
                                   .out_w = (int32_t)out->shape.dim[3],
                                   .ratio = (int32_t)ratio,
                                   .is_max = mode,
                                   .is_half_pixel = rule == 0,
                                   .scale = hn_attr_float(node, "spatial_scale", 1.0f)};
    hn_operand operands[HN_ROIALIGN_OPERANDS];
    for (uint32_t i = 0; i < 3; i++) HN_TRY(hn_lower_operand(L, node->in[i], &operands[i]));
    operands[HN_ROIALIGN_OUT] = hn_operand_value(out);
    return hn_lower_step(L, HN_FAMILY_roialign, HN_TYPES_f32, &args, operands,
                         HN_ROIALIGN_OPERANDS);
}

const hn_op_hooks hn_hooks_grid_sample = {.shape = grid_shape, .lower = grid_lower};
const hn_op_hooks hn_hooks_roi_align = {.shape = roi_shape, .lower = roi_lower};
