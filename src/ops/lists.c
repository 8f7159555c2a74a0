/* SPDX-License-Identifier: Apache-2.0
 * Items in and out of lists on the host: see lists.h. */
#include "ops/lists.h"

#include <string.h>

#include "ops/infer.h"

void hn_node_set_list(hn_node *node, hn_value_kind kind, hn_dtype dtype) {
    hn_value *out = node->out[0];
    out->kind = kind;
    out->dtype = dtype;
    out->shape = hn_shape_unknown(-1);
}

hone_status hn_node_check_list(hn_graph *g, const hn_node *node, uint32_t port,
                               hn_value_kind kind) {
    if (node->in[port]->kind == kind) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "operand %u is no %s", port,
                   kind == HN_VALUE_SEQUENCE ? "sequence" : "optional");
}

hone_status hn_host_list(hn_host_eval *H, const hn_value *v, const void **block) {
    if (v->kind != HN_VALUE_SEQUENCE && v->kind != HN_VALUE_OPTIONAL) {
        return hn_fail(H->env, HONE_E_SHAPE, "'%.64s' is no list", v->name);
    }
    return H->input(H, v, block);
}

hone_status hn_host_item(hn_host_eval *H, const hn_value *v, hn_item *item) {
    const void *bytes = NULL;
    HN_TRY(H->input(H, v, &bytes));
    const bool is_list = v->kind == HN_VALUE_SEQUENCE;
    *item = (hn_item){.kind = is_list ? HN_VALUE_SEQUENCE : HN_VALUE_TENSOR, .dtype = v->dtype};
    item->shape = is_list ? hn_shape_unknown(-1) : v->shape;
    item->bytes = bytes;
    if (hn_value_bytes(v, &item->n_bytes)) return HONE_OK;
    return hn_fail(H->env, HONE_E_SHAPE, "'%.64s' has no size", v->name);
}

hone_status hn_host_give_list(hn_host_eval *H, hn_node *node, const hn_item *items, uint64_t n) {
    const hn_shape unknown = hn_shape_unknown(-1);
    void *block = NULL;
    uint64_t n_bytes;
    if (!hn_list_bytes(items, n, &n_bytes)) {
        return hn_fail(H->env, HONE_E_LIMIT, "the list is too large");
    }
    HN_TRY(H->block(H, node, 0, &unknown, n_bytes, &block));
    hn_list_write(items, n, block);
    return HONE_OK;
}

hone_status hn_host_give_item(hn_host_eval *H, hn_node *node, const hn_item *item) {
    void *bytes = NULL;
    hn_value *out = node->out[0];
    out->kind = item->kind;
    if (item->dtype != HN_DTYPE_NONE) out->dtype = item->dtype; /* an empty list may have none */
    HN_TRY(H->block(H, node, 0, &item->shape, item->n_bytes, &bytes));
    if (item->n_bytes > 0) memcpy(bytes, item->bytes, (size_t)item->n_bytes);
    return HONE_OK;
}

hone_status hn_host_place(hn_host_eval *H, const hn_node *node, const hn_place *p, uint64_t n,
                          uint64_t *out) {
    const hn_value *v = hn_node_in(node, p->port);
    const void *bytes = NULL;
    int64_t at = p->absent;
    int32_t narrow;
    if (v != NULL) {
        uint64_t count = 0;
        const bool is_number = (v->dtype == HN_DTYPE_S32 || v->dtype == HN_DTYPE_S64) &&
                               hn_shape_count(&v->shape, &count) && count == 1;
        if (!is_number) return hn_fail(H->env, HONE_E_SHAPE, "the position is no number");
        HN_TRY(H->input(H, v, &bytes));
        if (v->dtype == HN_DTYPE_S64) {
            memcpy(&at, bytes, sizeof at);
        } else {
            memcpy(&narrow, bytes, sizeof narrow);
            at = narrow;
        }
    }
    if (at < 0) at += (int64_t)n;
    if (at < 0 || at > (int64_t)n || (at == (int64_t)n && !p->is_end)) {
        return hn_fail(H->env, HONE_E_DATA, "position %lld of a list of %llu", (long long)at,
                       (unsigned long long)n);
    }
    *out = (uint64_t)at;
    return HONE_OK;
}
