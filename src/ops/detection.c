/* SPDX-License-Identifier: Apache-2.0
 * TFLite_Detection_PostProcess: encodings, scores and anchors to boxes, classes, scores and their
 * number. The kernel writes one block of memory, of which the outputs are parts. Integer operands
 * are dequantized first, as LiteRT does. */
#include "kernels/detect/detect.h"
#include "kernels/quant/quant.h"
#include "ops/emit.h"
#include "ops/hooks.h"
#include "ops/infer.h"

enum { ENCODINGS, SCORES, ANCHORS };       /* operands */
enum { BOXES, CLASSES, VALUES, COUNT, N }; /* outputs */
enum { MOST = 1 << 20 };

static const char *read_count(const hn_node *node, const char *name, int64_t absent, int32_t *out) {
    const int64_t v = hn_attr_int(node, name, absent);
    if (v < 1 || v > MOST) return "a number of detections or classes is not possible";
    *out = (int32_t)v;
    return NULL;
}

/* The options; the operands' extents where they are known. */
static const char *read_detection(const hn_node *node, hn_detect_args *a) {
    const hn_shape *boxes = &node->in[ENCODINGS]->shape, *scores = &node->in[SCORES]->shape;
    const hn_shape *anchors = &node->in[ANCHORS]->shape;
    const char *problem = read_count(node, "max_detections", 0, &a->max_detections);
    if (problem == NULL) problem = read_count(node, "num_classes", 0, &a->classes);
    if (problem == NULL) {
        problem = read_count(node, "max_classes_per_detection", 1, &a->max_classes);
    }
    if (problem == NULL) problem = read_count(node, "detections_per_class", 100, &a->per_class);
    if (problem != NULL) return problem;
    if ((int64_t)a->max_detections * a->max_classes > MOST) return "too many detections";
    if (boxes->rank != 3 || scores->rank != 3 || anchors->rank != 2) {
        return "the operands must have ranks 3, 3 and 2";
    }
    if (boxes->dim[0] != 1 || scores->dim[0] != 1) return "more than one picture";
    if (boxes->dim[1] < 1 || boxes->dim[1] > MOST || scores->dim[1] != boxes->dim[1] ||
        anchors->dim[0] != boxes->dim[1] || anchors->dim[1] != 4) {
        return "the operands have different numbers of anchors";
    }
    if (boxes->dim[2] < 4 || boxes->dim[2] > MOST) return "an encoding has less than four numbers";
    if (scores->dim[2] < a->classes || scores->dim[2] > (int64_t)a->classes + 1) {
        return "the scores have another number of classes";
    }
    a->n = (int32_t)boxes->dim[1];
    a->box_len = (int32_t)boxes->dim[2];
    a->columns = (int32_t)scores->dim[2];
    a->regular = hn_attr_int(node, "use_regular_nms", 0) != 0 ? 1 : 0;
    a->y_scale = hn_attr_float(node, "y_scale", 0.0f);
    a->x_scale = hn_attr_float(node, "x_scale", 0.0f);
    a->h_scale = hn_attr_float(node, "h_scale", 0.0f);
    a->w_scale = hn_attr_float(node, "w_scale", 0.0f);
    a->score_threshold = hn_attr_float(node, "nms_score_threshold", 0.0f);
    a->iou_threshold = hn_attr_float(node, "nms_iou_threshold", 0.0f);
    const bool is_scaled = a->y_scale != 0.0f && a->x_scale != 0.0f && a->h_scale != 0.0f &&
                           a->w_scale != 0.0f && a->iou_threshold > 0.0f;
    return is_scaled ? NULL : "scales or thresholds are missing";
}

static hone_status detection_shape(hn_graph *g, hn_node *node) {
    hn_detect_args a = {0};
    const char *problem = read_detection(node, &a);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    if (node->n_out > N) return hn_fail(g->env, HONE_E_SHAPE, "it has four outputs");
    const int64_t most = (int64_t)a.max_detections * a.max_classes;
    const hn_shape list = hn_shape_of(2, (const int64_t[]){1, most});
    const hn_shape boxes = hn_shape_of(3, (const int64_t[]){1, most, 4});
    const hn_shape one = hn_shape_of(1, (const int64_t[]){1});
    for (uint32_t k = 0; k < node->n_out; k++) {
        const hn_shape *shape = k == BOXES ? &boxes : k == COUNT ? &one : &list;
        HN_TRY(hn_node_set_output(g, node, k, HN_DTYPE_F32, shape));
    }
    return HONE_OK;
}

/* A float operand, dequantized into a temporary where it holds bytes. */
static hone_status float_operand(hn_lower *L, const hn_value *v, hn_operand *out) {
    const hn_weights_form form = hn_weights_as_is(HN_TYPES_f32);
    int32_t zero = 0;
    if (v->dtype == HN_DTYPE_F32 || v->constant != NULL) {
        return hn_lower_weights(L, v, &form, out, &zero);
    }
    if (!hn_value_is_q8(v)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "operands of %s", hn_dtype_name(v->dtype));
    }
    const int64_t n = hn_shape_product(&v->shape, 0, v->shape.rank);
    const float scale = hn_quant_scale(v, 0);
    zero = hn_quant_zero(v, 0);
    const hn_quant_args args = {
        .outer = 1, .channels = 1, .inner = (int32_t)n, .arith = HN_ARITH_TFLITE};
    hn_operand operands[HN_QUANT_OPERANDS];
    operands[HN_QUANT_IN] = hn_operand_value(v);
    HN_TRY(L->constant(L, &scale, sizeof scale, &operands[HN_QUANT_SCALE]));
    HN_TRY(L->constant(L, &zero, sizeof zero, &operands[HN_QUANT_ZERO]));
    HN_TRY(L->temp(L, (uint64_t)n * sizeof(float), &operands[HN_QUANT_OUT]));
    *out = operands[HN_QUANT_OUT];
    const hn_types types = v->dtype == HN_DTYPE_S8 ? HN_TYPES_s8_f32 : HN_TYPES_u8_f32;
    return hn_lower_step(L, HN_FAMILY_quant, types, &args, operands, HN_QUANT_OPERANDS);
}

static hone_status detection_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    hn_detect_args args = {0};
    const char *problem = read_detection(node, &args);
    if (problem != NULL) return hn_fail(L->env, HONE_E_SHAPE, "%s", problem);
    hn_operand operands[HN_DETECT_OPERANDS];
    HN_TRY(float_operand(L, node->in[ENCODINGS], &operands[HN_DETECT_BOXES]));
    HN_TRY(float_operand(L, node->in[SCORES], &operands[HN_DETECT_SCORES]));
    HN_TRY(float_operand(L, node->in[ANCHORS], &operands[HN_DETECT_ANCHORS]));
    const int64_t most = (int64_t)args.max_detections * args.max_classes;
    HN_TRY(L->temp(L, (uint64_t)(6 * most + 1) * sizeof(float), &operands[HN_DETECT_OUT]));
    HN_TRY(hn_lower_step(L, HN_FAMILY_detect, HN_TYPES_f32, &args, operands, HN_DETECT_OPERANDS));
    const int64_t starts[N + 1] = {0, 4 * most, 5 * most, 6 * most, 6 * most + 1};
    for (uint32_t k = 0; k < node->n_out; k++) {
        if (node->out[k] == NULL) continue;
        const hn_box box = {.rank = 1,
                            .dim = {starts[k + 1] - starts[k]},
                            .stride = {{1}, {1}},
                            .offset = {starts[k], 0}};
        const hn_operand out = hn_operand_value(node->out[k]);
        HN_TRY(hn_lower_move(L, HN_DTYPE_F32, &box, operands[HN_DETECT_OUT], out));
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_detection = {
    .shape = detection_shape, .lower = detection_lower, .max_outputs = N};
