/* SPDX-License-Identifier: Apache-2.0
 * Upgrades of recurrent operators, loops and others with bodies: see onnx_upgrade.c. */
#include "formats/onnx_reader.h"

/* Before version 9 a Scan had lengths and batches: an operator of its own. Later ones keep the
 * shape of what they carry, and give slices of one dimension less: what the body states of its
 * inputs must be so. */
hone_status hn_onnx_upgrade_scan(hn_graph *g, hn_node *node) {
    if (node->version < 9) node->op = hn_op_at(HN_OP_scan_batches);
    if (node->version < 9 || node->n_bodies == 0) return HONE_OK;
    const hn_graph *body = node->bodies[0];
    const int64_t n = (int64_t)node->n_in - hn_attr_int(node, "captures", 0);
    const int64_t n_carried = n - hn_attr_int(node, "num_scan_inputs", 0);
    for (int64_t i = 0; i < n && i < body->n_inputs; i++) {
        const hn_value *from = node->in[i], *to = body->inputs[i];
        if (from == NULL || from->shape.rank < 0 || to->shape.rank < 0) continue;
        if (from->shape.rank == to->shape.rank + (i < n_carried ? 0 : 1)) continue;
        return hn_fail(g->env, HONE_E_SHAPE, "operand %d is of another rank than in the body",
                       (int)i);
    }
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
