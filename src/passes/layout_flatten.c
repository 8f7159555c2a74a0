/* SPDX-License-Identifier: Apache-2.0
 * Flatten before a constant matrix: see layout_flatten.h. The matrix is copied in the new order of
 * its reduced dimension; a strided view cannot say it once the dimensions are merged. */
#include "passes/layout_flatten.h"

#include <string.h>

/* The matrix operand is [n, k] (reduced dimension last) rather than [k, n]. */
static bool reduces_last(const hn_node *node) {
    return node->op == hn_op_at(HN_OP_fully_connected) || hn_attr_int(node, "trans_b", 0) != 0;
}

static bool is_product(const hn_node *node, const hn_value *x, int64_t k) {
    if (node->op->access != HN_ACCESS_GEMM || node->in[0] != x || node->provider != NULL ||
        hn_attr_int(node, "trans_a", 0) != 0) {
        return false;
    }
    const hn_value *w = node->in[1];
    return w != NULL && w->constant != NULL && w->shape.rank == 2 && hn_dtype_bits(w->dtype) >= 8 &&
           w->shape.dim[reduces_last(node) ? 1 : 0] == k;
}

static bool applies(const hn_layout *L, const hn_node *reshape, const hn_perm *p) {
    const hn_value *out = reshape->out[0];
    const hn_value *in = reshape->in[0];
    if (out->shape.rank != 2 || p->to[0] != 0 || out->shape.dim[0] != in->shape.dim[0])
        return false;
    if (hn_is_graph_output(L->g, out)) return false;
    for (uint32_t i = L->uses.start[out->id]; i < L->uses.start[out->id + 1]; i++) {
        if (!is_product(L->uses.list[i], out, out->shape.dim[1])) return false;
    }
    return L->uses.start[out->id] < L->uses.start[out->id + 1];
}

/* order[j]: the file's flat index of the element at flat index j as it is stored. */
static int64_t *stored_order(hn_layout *L, const hn_value *in, const hn_perm *p, int64_t k) {
    int64_t *order = HN_NEW_N(L->g->arena, int64_t, (uint64_t)k);
    int64_t stride[HN_MAX_RANK] = {0}, at[HN_MAX_RANK] = {0}, logical[HN_MAX_RANK] = {0};
    if (order == NULL) return NULL;
    for (int32_t i = 0; i < p->rank; i++) logical[p->to[i]] = in->shape.dim[i];
    stride[p->rank - 1] = 1;
    for (int32_t d = p->rank - 1; d > 1; d--) stride[d - 1] = stride[d] * logical[d];
    for (int64_t j = 0; j < k; j++) {
        int64_t flat = 0;
        for (int32_t i = 1; i < p->rank; i++) flat += at[i] * stride[p->to[i]];
        order[j] = flat;
        for (int32_t i = p->rank - 1; i >= 1; i--) {
            if (++at[i] < in->shape.dim[i]) break;
            at[i] = 0;
        }
    }
    return order;
}

static hone_status reorder_matrix(hn_layout *L, hn_node *node, const int64_t *order) {
    hn_value *w = node->in[1];
    const size_t item = hn_dtype_bits(w->dtype) / 8;
    const bool last = reduces_last(node);
    const int64_t n = w->shape.dim[last ? 0 : 1], k = w->shape.dim[last ? 1 : 0];
    const int64_t step_n = w->constant->stride[last ? 0 : 1];
    const int64_t step_k = w->constant->stride[last ? 1 : 0];
    uint8_t *bytes = hn_arena_array(L->g->arena, (uint64_t)n * (uint64_t)k, item);
    if (bytes == NULL) return hn_no_memory(L->g->env);
    hn_constant_need(w);
    for (int64_t i = 0; i < n; i++) {
        for (int64_t j = 0; j < k; j++) {
            const int64_t from = i * step_n + order[j] * step_k;
            const int64_t to = last ? i * k + j : j * n + i;
            memcpy(bytes + (size_t)to * item, w->constant->bytes + (size_t)from * item, item);
        }
    }
    hn_value *copy = hn_graph_constant_borrowed(L->g, w->name, w->dtype, &w->shape, bytes);
    if (copy == NULL) return hn_no_memory(L->g->env);
    copy->constant->is_borrowed = false;
    copy->quant = w->quant;
    copy->origin = w->origin;
    node->in[1] = copy;
    return HONE_OK;
}

/* One pixel, as after global pooling, is in order however it is stored. */
static bool is_in_order(const int64_t *order, int64_t k) {
    for (int64_t j = 0; j < k; j++) {
        if (order[j] != j) return false;
    }
    return true;
}

hone_status hn_layout_flatten(hn_layout *L, hn_node *reshape, const hn_perm *p, bool *done) {
    hn_value *out = reshape->out[0];
    *done = false;
    if (!applies(L, reshape, p)) return HONE_OK;
    int64_t *order = stored_order(L, reshape->in[0], p, out->shape.dim[1]);
    if (order == NULL) return hn_no_memory(L->g->env);
    const bool is_kept = is_in_order(order, out->shape.dim[1]);
    for (uint32_t i = L->uses.start[out->id]; i < L->uses.start[out->id + 1]; i++) {
        if (!is_kept) HN_TRY(reorder_matrix(L, L->uses.list[i], order));
    }
    reshape->op = hn_op_at(HN_OP_reshape);
    reshape->n_in = 1;
    reshape->n_attrs = 0;
    if (!hn_attr_set_ints(L->g, reshape, "shape", out->shape.dim, 2) ||
        !hn_attr_set_int(L->g, reshape, "allow_zero", 1)) {
        return hn_no_memory(L->g->env);
    }
    *done = true;
    return HONE_OK;
}
