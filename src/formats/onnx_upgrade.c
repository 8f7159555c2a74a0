/* SPDX-License-Identifier: Apache-2.0
 * Upgrades: what the older versions and the rarer forms of operators need to become canonical. They
 * work on the file's attribute names. A form that has no canonical operator gets op NULL; it stays
 * in the graph as it was, and lowering refuses it by name. */
#include "formats/onnx_reader.h"

#include <float.h>
#include <string.h>

hone_status hn_onnx_upgrade_none(hn_graph *g, hn_node *node) {
    (void)g;
    (void)node;
    return HONE_OK;
}

static hone_status set_int(hn_graph *g, hn_node *node, const char *name, int64_t value) {
    return hn_attr_set_int(g, node, name, value) ? HONE_OK : g->env->status;
}

static hone_status set_float(hn_graph *g, hn_node *node, const char *name, float value) {
    return hn_attr_set_float(g, node, name, value) ? HONE_OK : g->env->status;
}

/* Outputs after the first that nothing reads are dropped; false when one is read. */
static bool drop_outputs(hn_node *node) {
    for (uint32_t i = 1; i < node->n_out; i++) {
        if (node->out[i] != NULL && node->out[i]->n_uses > 0) return false;
    }
    while (node->n_out > 1) hn_node_set_out(node, --node->n_out, NULL);
    return true;
}

/* Convolution and pooling: the names of automatic padding. */
hone_status hn_onnx_upgrade_window(hn_graph *g, hn_node *node) {
    static const char *const names[][2] = {{"NOTSET", ""},
                                           {"SAME_UPPER", "same_upper"},
                                           {"SAME_LOWER", "same_lower"},
                                           {"VALID", "valid"}};
    (void)drop_outputs(node); /* the positions of MaxPool, where nothing reads them */
    const char *mode = hn_attr_string(node, "auto_pad", NULL);
    for (uint32_t i = 0; mode != NULL && node->op != NULL && i < 4; i++) {
        if (strcmp(mode, names[i][0]) != 0) continue;
        return hn_attr_set_string(g, node, "auto_pad", names[i][1]) ? HONE_OK : g->env->status;
    }
    return HONE_OK;
}

/* A constant with trailing dimensions of 1, so that it has `rank` of them. */
static hn_value *pad_rank(hn_graph *g, const hn_value *v, int32_t rank) {
    hn_shape shape = v->shape;
    while (shape.rank < rank) {
        shape.sym[shape.rank] = NULL;
        shape.dim[shape.rank++] = 1;
    }
    hn_value *made = hn_graph_value(g, v->name, v->dtype, &shape);
    hn_constant *constant = hn_arena_copy(g->arena, v->constant, sizeof *constant);
    if (made == NULL || constant == NULL) return NULL;
    for (int32_t d = v->shape.rank; d < rank; d++) constant->stride[d] = 1;
    made->constant = constant;
    return made;
}

/* Before version 7 an axis could place the second operand, as NumPy does only at the end: there it
 * is left out; a constant elsewhere gets dimensions of 1 behind its own. */
hone_status hn_onnx_place_operand(hn_graph *g, hn_node *node, int64_t axis) {
    hn_value *a = node->n_in > 1 ? node->in[0] : NULL, *b = a != NULL ? node->in[1] : NULL;
    const bool is_known = b != NULL && a->shape.rank >= 0 && b->shape.rank >= 0;
    const int64_t behind = is_known ? a->shape.rank - b->shape.rank - axis : -1;
    if (axis < 0 || behind < 0 || (behind > 0 && b->constant == NULL)) {
        node->op = NULL;
        return HONE_OK;
    }
    if (behind == 0) return HONE_OK;
    hn_value *placed = pad_rank(g, b, b->shape.rank + (int32_t)behind);
    if (placed == NULL) return hn_no_memory(g->env);
    b->n_uses--;
    placed->n_uses = 1;
    node->in[1] = placed;
    return HONE_OK;
}

hone_status hn_onnx_upgrade_binary(hn_graph *g, hn_node *node) {
    const hn_attr *axis = hn_attr_find(node, "axis");
    if (node->version >= 7 || axis == NULL) return HONE_OK;
    return hn_onnx_place_operand(g, node, axis->kind == HN_ATTR_INT ? axis->v.i : -1);
}

/* Sum, Mean, Min and Max of any number of operands: one is nothing to do, two have an operator. */
hone_status hn_onnx_upgrade_variadic(hn_graph *g, hn_node *node) {
    static const struct {
        hn_op_id two, many;
    } rows[] = {
        {HN_OP_add, HN_OP_sum_of}, {HN_OP_maximum, HN_OP_max_of}, {HN_OP_minimum, HN_OP_min_of}};
    (void)g;
    if (node->n_in == 0) node->op = NULL;
    if (node->n_in == 1) node->op = hn_op_at(HN_OP_identity);
    for (uint32_t i = 0; i < 3 && node->n_in > 2; i++) {
        if (node->op == hn_op_at(rows[i].two)) node->op = hn_op_at(rows[i].many);
    }
    return HONE_OK;
}

hone_status hn_onnx_upgrade_softmax(hn_graph *g, hn_node *node) {
    if (node->version >= 13) return HONE_OK;
    HN_TRY(set_int(g, node, "axis", hn_attr_int(node, "axis", 1)));
    return set_int(g, node, "coerce_2d", 1);
}

/* Before version 11 the bounds were attributes, and those of a float when absent. */
hone_status hn_onnx_upgrade_clip(hn_graph *g, hn_node *node) {
    if (node->version >= 11) return HONE_OK;
    HN_TRY(set_float(g, node, "min", hn_attr_float(node, "min", -FLT_MAX)));
    return set_float(g, node, "max", hn_attr_float(node, "max", FLT_MAX));
}

hone_status hn_onnx_upgrade_concat(hn_graph *g, hn_node *node) {
    if (node->version >= 4) return HONE_OK;
    return set_int(g, node, "axis", hn_attr_int(node, "axis", 1));
}

/* Operand `port` of a node that may have fewer operands. */
static hone_status set_operand(hn_graph *g, hn_node *node, uint32_t port, hn_value *value) {
    if (value == NULL) return g->env->status;
    if (port >= node->n_in) {
        hn_value **in = HN_NEW_N(g->arena, hn_value *, (uint64_t)port + 1);
        if (in == NULL) return hn_no_memory(g->env);
        for (uint32_t i = 0; i < node->n_in; i++) in[i] = node->in[i];
        node->in = in;
        node->n_in = port + 1;
    }
    node->in[port] = value;
    value->n_uses++;
    return HONE_OK;
}

/* Before version 11 pads and value were attributes; pads may stay one, the value becomes operand 2.
 */
hone_status hn_onnx_upgrade_pad(hn_graph *g, hn_node *node) {
    const hn_attr *value = hn_attr_find(node, "value");
    if (node->version >= 11 || value == NULL || value->kind != HN_ATTR_FLOAT) return HONE_OK;
    return set_operand(g, node, 2, hn_graph_scalar_f32(g, value->v.f));
}

/* At inference the data passes unchanged, and the ratio is kept as an attribute where it was an
 * operand. Where the mask is read, training_mode is on or not known, or the ratio is computed (and
 * may be no scalar), it is an operator. */
hone_status hn_onnx_upgrade_dropout(hn_graph *g, hn_node *node) {
    hn_value *ratio = node->n_in > 1 ? node->in[1] : NULL;
    const hn_value *mode = node->n_in > 2 ? node->in[2] : NULL;
    int64_t is_training = 0;
    float part = 0.0f;
    bool is_known = ratio == NULL || ratio->shape.rank == 0;
    if (mode != NULL) {
        is_known = is_known && mode->constant != NULL &&
                   hn_constant_read_s64(g, mode, &is_training, 1) == HONE_OK;
    }
    if (!is_known || is_training != 0 || node->n_in == 0 || !drop_outputs(node)) {
        node->op = hn_op_at(HN_OP_dropout);
        return HONE_OK;
    }
    if (ratio != NULL && ratio->constant != NULL &&
        hn_constant_read_f32(g, ratio, &part, 1) == HONE_OK) {
        HN_TRY(set_float(g, node, "ratio", part));
    }
    for (uint32_t i = 1; i < node->n_in; i++) {
        if (node->in[i] != NULL) node->in[i]->n_uses--;
    }
    node->n_in = 1;
    return HONE_OK;
}

/* Zeros of that type, as many as there are scales. */
static hn_value *zeros(hn_graph *g, hn_dtype dtype, const hn_shape *shape) {
    return hn_graph_constant(g, "", dtype, shape, NULL);
}

/* Without a zero point the output is u8, or what output_dtype says. */
hone_status hn_onnx_upgrade_quantize(hn_graph *g, hn_node *node) {
    const hn_value *scale = node->n_in > 1 ? node->in[1] : NULL;
    const bool has_zero = node->n_in > 2 && node->in[2] != NULL;
    if (has_zero) return HONE_OK;
    const int64_t number = hn_attr_int(node, "output_dtype", 0);
    const hn_onnx_type *type =
        number > 0 && number <= INT32_MAX ? hn_onnx_type_of((int32_t)number) : NULL;
    const hn_dtype dtype = type != NULL ? type->dtype : HN_DTYPE_U8;
    if (!hn_attr_set_string(g, node, "to", hn_dtype_name(dtype))) return g->env->status;
    if (!hn_dtype_is_integer(dtype) || scale == NULL || scale->constant == NULL) return HONE_OK;
    return set_operand(g, node, 2, zeros(g, dtype, &scale->shape));
}

/* The type's number becomes its name. */
hone_status hn_onnx_upgrade_out_type(hn_graph *g, hn_node *node) {
    const int64_t number = hn_attr_int(node, "dtype", hn_attr_int(node, "output_datatype", 0));
    if (number <= 0 || number > INT32_MAX) return HONE_OK;
    const hn_onnx_type *type = hn_onnx_type_of((int32_t)number);
    if (type == NULL) return hn_fail(g->env, HONE_E_FORMAT, "no type %d", (int)number);
    const char *name = hn_dtype_name(type->dtype);
    return hn_attr_set_string(g, node, "out_type", name) ? HONE_OK : g->env->status;
}

/* Before version 20 the axis was an attribute, and that of a signal of one dimension. */
hone_status hn_onnx_upgrade_dft(hn_graph *g, hn_node *node) {
    return node->version >= 20 ? HONE_OK : set_int(g, node, "axis", hn_attr_int(node, "axis", 1));
}
