/* SPDX-License-Identifier: Apache-2.0
 * Upgrades of elementwise operators: attributes that choose between operators, and types that are
 * numbers. See onnx_upgrade.c. */
#include <string.h>

#include "formats/onnx_reader.h"

/* fmod 1 takes the sign of the dividend, as C does; else it is that of the divisor. */
hone_status hn_onnx_upgrade_mod(hn_graph *g, hn_node *node) {
    (void)g;
    if (hn_attr_int(node, "fmod", 0) != 0) node->op = hn_op_at(HN_OP_mod);
    return HONE_OK;
}

hone_status hn_onnx_upgrade_bit_shift(hn_graph *g, hn_node *node) {
    (void)g;
    const char *direction = hn_attr_string(node, "direction", "");
    if (strcmp(direction, "RIGHT") == 0) {
        node->op = hn_op_at(HN_OP_shift_right);
    } else if (strcmp(direction, "LEFT") != 0) {
        node->op = NULL;
    }
    return HONE_OK;
}

/* Before version 7 a slope of one dimension belonged to the channels. */
hone_status hn_onnx_upgrade_prelu(hn_graph *g, hn_node *node) {
    if (node->version >= 7 || node->n_in < 2 || node->in[1] == NULL) return HONE_OK;
    uint64_t n = 0;
    if (hn_shape_count(&node->in[1]->shape, &n) && n == 1) return HONE_OK;
    return hn_onnx_place_operand(g, node, 1);
}

/* The target is a number, or, before version 6, a name such as "FLOAT16". */
static const hn_onnx_type *target_of(const hn_node *node) {
    const hn_attr *to = hn_attr_find(node, "to");
    if (to == NULL) return NULL;
    if (to->kind == HN_ATTR_INT && to->v.i > 0 && to->v.i <= INT32_MAX) {
        return hn_onnx_type_of((int32_t)to->v.i);
    }
    return NULL;
}

hone_status hn_onnx_upgrade_cast(hn_graph *g, hn_node *node) {
    const hn_onnx_type *type = target_of(node);
    if (type == NULL || type->dtype == HN_DTYPE_NONE) {
        node->op = NULL;
        return HONE_OK;
    }
    const char *name = hn_dtype_name(type->dtype);
    return hn_attr_set_string(g, node, "to", name) ? HONE_OK : g->env->status;
}

/* ONNX casts bits between types of one width only. */
hone_status hn_onnx_upgrade_bit_cast(hn_graph *g, hn_node *node) {
    const hn_onnx_type *type = target_of(node);
    const hn_value *x = node->in[0];
    if (type != NULL && x->dtype != HN_DTYPE_NONE &&
        hn_dtype_bits(type->dtype) != hn_dtype_bits(x->dtype)) {
        return hn_fail(g->env, HONE_E_FORMAT, "%s and %s differ in size", hn_dtype_name(x->dtype),
                       hn_dtype_name(type->dtype));
    }
    return hn_onnx_upgrade_cast(g, node);
}

/* Version 1 had names alone, whose places are the numbers. */
hone_status hn_onnx_upgrade_label_encoder(hn_graph *g, hn_node *node) {
    (void)g;
    if (hn_attr_find(node, "classes_strings") != NULL) node->op = hn_op_at(HN_OP_category_mapper);
    return HONE_OK;
}
