/* SPDX-License-Identifier: Apache-2.0
 * Steps and lists for operators that only move elements. */
#include "ops/moves.h"

#include <string.h>

#include "core/indices.h"
#include "kernels/move/move.h"

enum { WIDE_STEPS = 4096 }; /* of one wide move: far more than real models need */

/* Drops dimensions of 1 and merges neighbours that are contiguous in both views. */
static void collapse_wide(hn_wide *b) {
    int32_t kept = 0;
    for (int32_t d = 0; d < b->rank; d++) {
        if (b->dim[d] == 1) continue;
        const bool merges = kept > 0 && b->stride[0][kept - 1] == b->stride[0][d] * b->dim[d] &&
                            b->stride[1][kept - 1] == b->stride[1][d] * b->dim[d];
        const int32_t to = merges ? kept - 1 : kept++;
        b->dim[to] = merges ? b->dim[to] * b->dim[d] : b->dim[d];
        for (uint32_t i = 0; i < 2; i++) b->stride[i][to] = b->stride[i][d];
    }
    b->rank = kept;
}

void hn_wide_add(hn_wide *box, int64_t dim, int64_t stride_in, int64_t stride_out) {
    const int32_t d = box->rank++;
    box->dim[d] = dim;
    box->stride[0][d] = stride_in;
    box->stride[1][d] = stride_out;
}

/* The inner dimensions of b, for the outer index number `at`. */
static hn_box inner_box(const hn_wide *b, int32_t outer, int64_t at) {
    hn_box box = {.rank = b->rank - outer, .offset = {b->offset[0], b->offset[1]}};
    for (int32_t d = outer - 1; d >= 0; d--) {
        const int64_t index = at % b->dim[d];
        at /= b->dim[d];
        for (uint32_t i = 0; i < 2; i++) box.offset[i] += index * b->stride[i][d];
    }
    for (int32_t d = 0; d < box.rank; d++) {
        box.dim[d] = b->dim[outer + d];
        for (uint32_t i = 0; i < 2; i++) box.stride[i][d] = b->stride[i][outer + d];
    }
    return box;
}

hone_status hn_lower_wide(hn_lower *L, hn_dtype dtype, const hn_wide *box, hn_operand in,
                          hn_operand out) {
    hn_wide b = *box;
    for (int32_t d = 0; d < b.rank; d++) {
        if (b.dim[d] == 0) return HONE_OK;
    }
    collapse_wide(&b);
    const int32_t outer = b.rank > HN_MAX_RANK ? b.rank - HN_MAX_RANK : 0;
    int64_t n = 1;
    for (int32_t d = 0; d < outer; d++) {
        if (b.dim[d] > WIDE_STEPS / n) {
            return hn_fail(L->env, HONE_E_LIMIT, "a move of more than %d boxes", (int)WIDE_STEPS);
        }
        n *= b.dim[d];
    }
    for (int64_t i = 0; i < n; i++) {
        const hn_box inner = inner_box(&b, outer, i);
        HN_TRY(hn_lower_move(L, dtype, &inner, in, out));
    }
    return HONE_OK;
}

hone_status hn_lower_size_types(hn_lower *L, hn_dtype dtype, hn_types *types) {
    if (hn_types_of_size(dtype, types)) return HONE_OK;
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s elements cannot be moved", hn_dtype_name(dtype));
}

hone_status hn_lower_fill(hn_lower *L, hn_dtype dtype, int64_t n, uint64_t bits, hn_operand out) {
    hn_types types;
    HN_TRY(hn_lower_size_types(L, dtype, &types));
    const hn_fill_args args = {(int32_t)n, (uint32_t)bits, (uint32_t)(bits >> 32)};
    return hn_lower_step(L, HN_FAMILY_fill, types, &args, &out, HN_FILL_OPERANDS);
}

hone_status hn_lower_copy(hn_lower *L, const hn_value *x, hn_operand out) {
    const int64_t n = hn_shape_product(&x->shape, 0, x->shape.rank);
    const hn_box box = {.rank = 1, .dim = {n}, .stride = {{1}, {1}}};
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    return hn_lower_move(L, x->dtype, &box, in, out);
}

hone_status hn_lower_known(hn_lower *L, const void *bytes, const hn_value *out) {
    const int64_t n = hn_shape_product(&out->shape, 0, out->shape.rank);
    const hn_box box = {.rank = 1, .dim = {n}, .stride = {{1}, {1}}};
    uint64_t n_bytes;
    if (!hn_value_bytes(out, &n_bytes)) {
        return hn_fail(L->env, HONE_E_SHAPE, "the size of '%.64s' is not known", out->name);
    }
    hn_operand in;
    HN_TRY(L->constant(L, bytes, n_bytes, &in));
    return hn_lower_move(L, out->dtype, &box, in, hn_operand_value(out));
}

hone_status hn_lower_indices(hn_lower *L, const hn_value *v, hn_operand *out, int32_t *type) {
    static const struct {
        hn_dtype dtype;
        int32_t type;
    } known[] = {{HN_DTYPE_S64, HN_INDEX_S64}, {HN_DTYPE_S32, HN_INDEX_S32},
                 {HN_DTYPE_S16, HN_INDEX_S16}, {HN_DTYPE_U16, HN_INDEX_U16},
                 {HN_DTYPE_S8, HN_INDEX_S8},   {HN_DTYPE_U8, HN_INDEX_U8},
                 {HN_DTYPE_U32, HN_INDEX_U32}, {HN_DTYPE_F32, HN_INDEX_F32}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (known[i].dtype != v->dtype) continue;
        *type = known[i].type;
        return hn_lower_operand(L, v, out);
    }
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "indices of type %s", hn_dtype_name(v->dtype));
}

hone_status hn_lower_ints(hn_lower *L, const hn_node *node, uint32_t operand, const char *name,
                          hn_ints *out) {
    if (hn_node_ints(node, operand, name, out) == HN_INTS_KNOWN) return HONE_OK;
    return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s is not constant", name);
}

hone_status hn_node_fix_ints(hn_graph *g, hn_node *node, uint32_t operand, const char *name,
                             const int64_t *v, uint32_t n) {
    if (!hn_attr_set_ints(g, node, name, v, n)) return hn_no_memory(g->env);
    if (operand < node->n_in) node->in[operand] = NULL;
    return HONE_OK;
}

uint64_t hn_constant_bits(const hn_value *v, uint64_t at) {
    const size_t item = hn_dtype_bits(v->dtype) / 8;
    uint64_t bits = 0;
    hn_constant_need(v);
    memcpy(&bits, v->constant->bytes + at * item, item);
    return bits;
}
