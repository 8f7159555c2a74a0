/* SPDX-License-Identifier: Apache-2.0
 * Strings in and out of host hooks: see texts.h. */
#include "ops/texts.h"

#include <string.h>

hone_status hn_host_texts(hn_host_eval *H, const hn_value *v, hn_texts *out) {
    if (v->kind != HN_VALUE_TENSOR || v->dtype != HN_DTYPE_STRING) {
        return hn_fail(H->env, HONE_E_SHAPE, "'%.64s' holds no strings", v->name);
    }
    HN_TRY(H->input(H, v, &out->block));
    out->n = hn_list_count(out->block);
    return HONE_OK;
}

hn_chars hn_text_at(const hn_texts *t, uint64_t i) {
    hn_chars c;
    c.at = hn_string_at(t->block, i, &c.length);
    return c;
}

hone_status hn_host_give_texts(hn_host_eval *H, hn_node *node, uint32_t port, const hn_shape *shape,
                               const hn_chars *chars) {
    uint64_t n = 0, n_chars = 0, n_bytes = 0;
    void *block = NULL;
    if (!hn_shape_count(shape, &n)) return hn_fail(H->env, HONE_E_SHAPE, "an open shape");
    for (uint64_t i = 0; i < n; i++) {
        if (!hn_add_u64(n_chars, chars[i].length, &n_chars)) n_chars = UINT64_MAX / 2;
    }
    if (!hn_strings_bytes(n, n_chars, &n_bytes)) {
        return hn_fail(H->env, HONE_E_LIMIT, "the strings are too long");
    }
    node->out[port]->dtype = HN_DTYPE_STRING;
    HN_TRY(H->block(H, node, port, shape, n_bytes, &block));
    hn_strings_begin(block, n);
    for (uint64_t i = 0; i < n; i++) hn_strings_put(block, i, chars[i].at, chars[i].length);
    return HONE_OK;
}

hone_status hn_host_chars(hn_host_eval *H, uint64_t n, hn_chars **out) {
    uint64_t n_bytes;
    void *memory = NULL;
    if (!hn_mul_u64(n, sizeof **out, &n_bytes) || !hn_add_u64(n_bytes, 1, &n_bytes)) {
        return hn_fail(H->env, HONE_E_LIMIT, "too many strings");
    }
    HN_TRY(H->temp(H, n_bytes, &memory));
    *out = memory;
    return HONE_OK;
}

bool hn_chars_equal(hn_chars a, hn_chars b) {
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, (size_t)a.length) == 0);
}

hone_status hn_node_check_texts(hn_graph *g, const hn_node *node, uint32_t port) {
    const hn_value *v = node->in[port];
    if (v->kind == HN_VALUE_TENSOR && v->dtype == HN_DTYPE_STRING) return HONE_OK;
    return hn_fail(g->env, HONE_E_SHAPE, "operand %u is not of strings", port);
}
