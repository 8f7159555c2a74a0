/* SPDX-License-Identifier: Apache-2.0
 * Optionals: lists of one item or none. A tensor or sequence stands for an optional that has it. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lists.h"

static hone_status optional_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = hn_node_in(node, 0);
    const char *type = hn_attr_string(node, "type", "f32");
    const bool is_list = strncmp(type, "list ", 5) == 0;
    const hn_dtype stated = hn_dtype_of_name(is_list ? type + 5 : type);
    if (x == NULL && stated == HN_DTYPE_NONE) {
        return hn_fail(g->env, HONE_E_SHAPE, "an optional of no type");
    }
    hn_node_set_list(node, HN_VALUE_OPTIONAL, x != NULL ? x->dtype : stated);
    node->out[0]->holds_lists = x != NULL ? x->kind == HN_VALUE_SEQUENCE : is_list;
    return HONE_OK;
}

static hone_status optional_host(hn_host_eval *H, hn_node *node) {
    hn_item item;
    if (hn_node_in(node, 0) == NULL) return hn_host_give_list(H, node, NULL, 0);
    HN_TRY(hn_host_item(H, node->in[0], &item));
    return hn_host_give_list(H, node, &item, 1);
}

static hone_status get_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const hn_shape unknown = hn_shape_unknown(-1);
    const bool is_list =
        x->kind == HN_VALUE_OPTIONAL ? x->holds_lists : x->kind == HN_VALUE_SEQUENCE;
    if (is_list) {
        hn_node_set_list(node, HN_VALUE_SEQUENCE, x->dtype);
        return HONE_OK;
    }
    return hn_node_set_shape(g, node, x->dtype, x->kind == HN_VALUE_TENSOR ? &x->shape : &unknown);
}

static hone_status get_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = node->in[0];
    const void *block = NULL;
    hn_item item;
    if (x->kind != HN_VALUE_OPTIONAL) {
        HN_TRY(hn_host_item(H, x, &item));
        return hn_host_give_item(H, node, &item);
    }
    HN_TRY(hn_host_list(H, x, &block));
    if (hn_list_count(block) == 0) return hn_fail(H->env, HONE_E_DATA, "the optional is empty");
    item = hn_list_item(block, 0);
    return hn_host_give_item(H, node, &item);
}

static hone_status has_shape(hn_graph *g, hn_node *node) {
    const hn_shape scalar = hn_shape_of(0, NULL);
    return hn_node_set_shape(g, node, HN_DTYPE_BOOL, &scalar);
}

static hone_status has_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = hn_node_in(node, 0);
    const hn_shape scalar = hn_shape_of(0, NULL);
    const void *block = NULL;
    void *out = NULL;
    if (x != NULL && x->kind == HN_VALUE_OPTIONAL) HN_TRY(hn_host_list(H, x, &block));
    HN_TRY(H->output(H, node, 0, &scalar, &out));
    const uint8_t has = x != NULL && (block == NULL || hn_list_count(block) > 0);
    memcpy(out, &has, 1);
    return HONE_OK;
}

const hn_op_hooks hn_hooks_optional = {.shape = optional_shape, .host = optional_host};
const hn_op_hooks hn_hooks_optional_get = {.shape = get_shape, .host = get_host};
const hn_op_hooks hn_hooks_optional_has = {.shape = has_shape, .host = has_host};
