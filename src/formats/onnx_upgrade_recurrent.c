/* SPDX-License-Identifier: Apache-2.0
 * Upgrades of recurrent operators, loops and others with bodies: see onnx_upgrade.c. */
#include "formats/onnx_reader.h"

/* Before version 9 a Scan had lengths and batches: an operator of its own. */
hone_status hn_onnx_upgrade_scan(hn_graph *g, hn_node *node) {
    (void)g;
    if (node->version < 9) node->op = hn_op_at(HN_OP_scan_batches);
    return HONE_OK;
}

/* Outputs that nobody asked for are made all the same: the first must be there. */
hone_status hn_onnx_upgrade_recurrent(hn_graph *g, hn_node *node) {
    const uint32_t n = node->op == hn_op_at(HN_OP_lstm) ? 3 : 2;
    hn_value **out = HN_NEW_N(g->arena, hn_value *, n);
    if (out == NULL) return hn_no_memory(g->env);
    if (node->n_out > n) return hn_fail(g->env, HONE_E_FORMAT, "it has %u outputs", node->n_out);
    for (uint32_t i = 0; i < n; i++) {
        out[i] = i < node->n_out ? node->out[i] : NULL;
        if (out[i] == NULL) out[i] = hn_graph_value(g, NULL, HN_DTYPE_NONE, NULL);
        if (out[i] == NULL) return g->env->status;
        out[i]->producer = node;
    }
    node->out = out;
    node->n_out = n;
    return HONE_OK;
}

/* The precision of the softmax, a number, becomes the name of its type. */
hone_status hn_onnx_upgrade_flex_attention(hn_graph *g, hn_node *node) {
    const int64_t number = hn_attr_int(node, "softmax_precision", 0);
    const hn_onnx_type *type =
        number > 0 && number <= INT32_MAX ? hn_onnx_type_of((int32_t)number) : NULL;
    if (number == 0) return HONE_OK;
    if (type == NULL) return hn_fail(g->env, HONE_E_FORMAT, "no type %lld", (long long)number);
    const char *name = hn_dtype_name(type->dtype);
    return hn_attr_set_string(g, node, "softmax_type", name) ? HONE_OK : g->env->status;
}
