/* SPDX-License-Identifier: Apache-2.0
 * Sequences: made, read, changed and measured. A list is not changed in place: each operator makes
 * the block of its result. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lists.h"

enum { LIST, POSITION, ITEM = 1, ITEM_POSITION = 2 }; /* operands */

/* Memory for n items. */
static hone_status new_items(hn_host_eval *H, uint64_t n, hn_item **items) {
    uint64_t n_bytes;
    void *memory = NULL;
    if (!hn_mul_u64(n + 1, sizeof **items, &n_bytes)) {
        return hn_fail(H->env, HONE_E_LIMIT, "too many items");
    }
    HN_TRY(H->temp(H, n_bytes, &memory));
    *items = memory;
    return HONE_OK;
}

/* ---- construct, empty ---- */

static hone_status construct_shape(hn_graph *g, hn_node *node) {
    if (node->n_in == 0 || node->in[0] == NULL) {
        return hn_fail(g->env, HONE_E_SHAPE, "there are no tensors");
    }
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *v = node->in[i];
        const bool fits = v != NULL && v->kind == HN_VALUE_TENSOR && v->dtype == node->in[0]->dtype;
        if (!fits) return hn_fail(g->env, HONE_E_SHAPE, "operand %u is of another type", i);
    }
    hn_node_set_list(node, HN_VALUE_SEQUENCE, node->in[0]->dtype);
    return HONE_OK;
}

static hone_status construct_host(hn_host_eval *H, hn_node *node) {
    hn_item *items = NULL;
    HN_TRY(new_items(H, node->n_in, &items));
    for (uint32_t i = 0; i < node->n_in; i++) HN_TRY(hn_host_item(H, node->in[i], &items[i]));
    return hn_host_give_list(H, node, items, node->n_in);
}

static hone_status empty_shape(hn_graph *g, hn_node *node) {
    const char *type = hn_attr_string(node, "out_type", "f32");
    (void)g;
    hn_node_set_list(node, HN_VALUE_SEQUENCE, hn_dtype_of_name(type));
    return HONE_OK;
}

static hone_status empty_host(hn_host_eval *H, hn_node *node) {
    return hn_host_give_list(H, node, NULL, 0);
}

/* ---- at, length ---- */

static hone_status at_shape(hn_graph *g, hn_node *node) {
    const hn_shape unknown = hn_shape_unknown(-1);
    HN_TRY(hn_node_check_list(g, node, LIST, HN_VALUE_SEQUENCE));
    return hn_node_set_shape(g, node, node->in[LIST]->dtype, &unknown);
}

static hone_status at_host(hn_host_eval *H, hn_node *node) {
    const hn_place place = {POSITION, 0, false};
    const void *block = NULL;
    uint64_t at = 0;
    HN_TRY(hn_host_list(H, node->in[LIST], &block));
    HN_TRY(hn_host_place(H, node, &place, hn_list_count(block), &at));
    const hn_item item = hn_list_item(block, at);
    return hn_host_give_item(H, node, &item);
}

static hone_status length_shape(hn_graph *g, hn_node *node) {
    const hn_shape scalar = hn_shape_of(0, NULL);
    HN_TRY(hn_node_check_list(g, node, LIST, HN_VALUE_SEQUENCE));
    return hn_node_set_shape(g, node, HN_DTYPE_S64, &scalar);
}

static hone_status length_host(hn_host_eval *H, hn_node *node) {
    const hn_shape scalar = hn_shape_of(0, NULL);
    const void *block = NULL;
    void *out = NULL;
    HN_TRY(hn_host_list(H, node->in[LIST], &block));
    HN_TRY(H->output(H, node, 0, &scalar, &out));
    const int64_t n = (int64_t)hn_list_count(block);
    memcpy(out, &n, sizeof n);
    return HONE_OK;
}

/* ---- insert, erase ---- */

static hone_status insert_shape(hn_graph *g, hn_node *node) {
    HN_TRY(hn_node_check_list(g, node, LIST, HN_VALUE_SEQUENCE));
    if (node->in[ITEM]->kind != HN_VALUE_TENSOR || node->in[ITEM]->dtype != node->in[LIST]->dtype) {
        return hn_fail(g->env, HONE_E_SHAPE, "the tensor has another type than the sequence");
    }
    hn_node_set_list(node, HN_VALUE_SEQUENCE, node->in[LIST]->dtype);
    return HONE_OK;
}

static hone_status insert_host(hn_host_eval *H, hn_node *node) {
    const void *block = NULL;
    hn_item *items = NULL;
    uint64_t at = 0;
    HN_TRY(hn_host_list(H, node->in[LIST], &block));
    const uint64_t n = hn_list_count(block);
    const hn_place place = {ITEM_POSITION, (int64_t)n, true};
    HN_TRY(hn_host_place(H, node, &place, n, &at));
    HN_TRY(new_items(H, n + 1, &items));
    for (uint64_t i = 0; i < n; i++) items[i < at ? i : i + 1] = hn_list_item(block, i);
    HN_TRY(hn_host_item(H, node->in[ITEM], &items[at]));
    return hn_host_give_list(H, node, items, n + 1);
}

static hone_status erase_shape(hn_graph *g, hn_node *node) {
    HN_TRY(hn_node_check_list(g, node, LIST, HN_VALUE_SEQUENCE));
    hn_node_set_list(node, HN_VALUE_SEQUENCE, node->in[LIST]->dtype);
    return HONE_OK;
}

static hone_status erase_host(hn_host_eval *H, hn_node *node) {
    const hn_place place = {POSITION, -1, false};
    const void *block = NULL;
    hn_item *items = NULL;
    uint64_t at = 0;
    HN_TRY(hn_host_list(H, node->in[LIST], &block));
    const uint64_t n = hn_list_count(block);
    HN_TRY(hn_host_place(H, node, &place, n, &at));
    HN_TRY(new_items(H, n, &items));
    for (uint64_t i = 0; i + 1 < n; i++) items[i] = hn_list_item(block, i < at ? i : i + 1);
    return hn_host_give_list(H, node, items, n - 1);
}

const hn_op_hooks hn_hooks_sequence_construct = {.shape = construct_shape, .host = construct_host};
const hn_op_hooks hn_hooks_sequence_empty = {.shape = empty_shape, .host = empty_host};
const hn_op_hooks hn_hooks_sequence_at = {.shape = at_shape, .host = at_host};
const hn_op_hooks hn_hooks_sequence_length = {.shape = length_shape, .host = length_host};
const hn_op_hooks hn_hooks_sequence_insert = {.shape = insert_shape, .host = insert_host};
const hn_op_hooks hn_hooks_sequence_erase = {.shape = erase_shape, .host = erase_host};
