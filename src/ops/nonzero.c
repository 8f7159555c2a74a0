/* SPDX-License-Identifier: Apache-2.0
 * Operators whose result is as long as the data says: the places of elements that are not zero
 * (NonZero; TensorFlow's Where has them in rows: attribute `rows` 1), and the slices that a mask
 * lets through (Compress). They run on the host. */
#include <string.h>

#include "ops/hooks.h"
#include "ops/infer.h"
#include "ops/lower.h"

/* Bytes of one element, and the bits of it that are not a sign of zero. */
static bool read_element(const hn_value *v, uint32_t *n_bytes, uint64_t *mask) {
    const uint32_t bits = hn_dtype_bits(v->dtype);
    if (bits < 8 || bits > 64 || v->dtype == HN_DTYPE_STRING) return false;
    *n_bytes = bits / 8;
    const uint64_t all = bits == 64 ? UINT64_MAX : ((uint64_t)1 << bits) - 1;
    *mask = hn_dtype_is_float(v->dtype) ? all >> 1 : all;
    return true;
}

static bool is_zero(const uint8_t *at, uint32_t n_bytes, uint64_t mask) {
    uint64_t bits = 0;
    memcpy(&bits, at, n_bytes);
    return (bits & mask) == 0;
}

static hone_status nonzero_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    const int32_t rank = x->shape.rank > 0 ? x->shape.rank : x->shape.rank == 0 ? 1 : -1;
    hn_shape out = hn_shape_unknown(2);
    out.dim[hn_attr_int(node, "rows", 0) != 0 ? 1 : 0] = rank;
    return hn_node_set_shape(g, node, HN_DTYPE_S64, &out);
}

/* Writes index of each dimension of element `at`, `step` apart. */
static void write_place(const hn_shape *s, uint64_t at, uint64_t step, int64_t *out) {
    for (int32_t d = s->rank; d-- > 0;) {
        out[(uint64_t)d * step] = (int64_t)(at % (uint64_t)s->dim[d]);
        at /= (uint64_t)s->dim[d];
    }
}

static hone_status nonzero_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = node->in[0];
    const bool is_rows = hn_attr_int(node, "rows", 0) != 0;
    const hn_shape s = x->shape.rank == 0 ? hn_shape_of(1, (const int64_t[]){1}) : x->shape;
    const void *data = NULL;
    void *memory = NULL;
    uint32_t n_bytes;
    uint64_t mask, n, n_found = 0;
    if (!read_element(x, &n_bytes, &mask) || !hn_shape_count(&s, &n)) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "elements of type %s", hn_dtype_name(x->dtype));
    }
    HN_TRY(H->input(H, x, &data));
    const uint8_t *bytes = data;
    for (uint64_t i = 0; i < n; i++) n_found += !is_zero(bytes + i * n_bytes, n_bytes, mask);
    const int64_t dim[2] = {is_rows ? (int64_t)n_found : s.rank,
                            is_rows ? s.rank : (int64_t)n_found};
    const hn_shape out = hn_shape_of(2, dim);
    HN_TRY(H->output(H, node, 0, &out, &memory));
    int64_t *places = memory;
    for (uint64_t i = 0; i < n; i++) {
        if (is_zero(bytes + i * n_bytes, n_bytes, mask)) continue;
        write_place(&s, i, is_rows ? 1 : n_found, places);
        places += is_rows ? s.rank : 1;
    }
    return HONE_OK;
}

/* ---- compress ---- */

static hone_status compress_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    hn_shape out = hn_shape_unknown(1);
    if (hn_attr_find(node, "axis") != NULL) {
        int32_t axis;
        out = x->shape;
        if (out.rank >= 0) {
            HN_TRY(hn_node_axis(g->env, node, 0, out.rank, &axis));
            out.dim[axis] = -1;
            out.sym[axis] = NULL;
        }
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

static hone_status compress_host(hn_host_eval *H, hn_node *node) {
    const hn_value *x = node->in[0], *mask = node->in[1];
    const bool has_axis = hn_attr_find(node, "axis") != NULL;
    const uint32_t item = hn_dtype_bits(x->dtype) / 8;
    uint64_t n = 0, n_mask = 0;
    if (item == 0 || !hn_shape_count(&x->shape, &n) || mask->dtype != HN_DTYPE_BOOL ||
        !hn_shape_count(&mask->shape, &n_mask)) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "elements of type %s", hn_dtype_name(x->dtype));
    }
    hn_shape s = has_axis ? x->shape : hn_shape_of(1, (const int64_t[]){(int64_t)n});
    int32_t axis = 0;
    if (has_axis) HN_TRY(hn_node_axis(H->env, node, 0, s.rank, &axis));
    const uint64_t length = (uint64_t)s.dim[axis];
    const uint64_t outer = (uint64_t)hn_shape_product(&s, 0, axis);
    const uint64_t piece = (uint64_t)hn_shape_product(&s, axis + 1, s.rank) * item;
    const void *data = NULL, *flags = NULL;
    void *memory = NULL;
    HN_TRY(H->input(H, x, &data));
    HN_TRY(H->input(H, mask, &flags));
    const uint8_t *from = data, *keep = flags;
    if (n_mask > length) n_mask = length;
    s.dim[axis] = 0;
    for (uint64_t i = 0; i < n_mask; i++) s.dim[axis] += keep[i] != 0;
    HN_TRY(H->output(H, node, 0, &s, &memory));
    uint8_t *to = memory;
    for (uint64_t o = 0; o < outer && piece > 0; o++) {
        for (uint64_t i = 0; i < n_mask; i++) {
            if (keep[i] == 0) continue;
            memcpy(to, from + (o * length + i) * piece, (size_t)piece);
            to += piece;
        }
    }
    return HONE_OK;
}

const hn_op_hooks hn_hooks_nonzero = {
    .shape = nonzero_shape, .host = nonzero_host, .is_of_bytes = true};
const hn_op_hooks hn_hooks_compress = {
    .shape = compress_shape, .host = compress_host, .is_of_bytes = true};
