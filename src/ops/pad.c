/* SPDX-License-Identifier: Apache-2.0
 * Padding with a constant value, or cropping where a pad is negative: the output is filled, then
 * the input's box is moved into it. A quantized tensor is padded with its zero point. The other
 * modes (edge, reflect, symmetric, wrap) repeat what the input holds: axis by axis, rows are
 * gathered by a table of indices. */
#include <string.h>

#include "kernels/gather/gather.h"
#include "ops/hooks.h"
#include "ops/moves.h"

enum { VALUE = 2 }; /* operand: what to pad with */

/* TensorFlow Lite (pads in pairs) neither crops nor mirrors more than there is. */
static bool is_pad_allowed(const hn_node *node, const hn_padding *p, const hn_shape *x, int32_t d) {
    const char *mode = hn_attr_string(node, "mode", "constant");
    if (strcmp(hn_attr_string(node, "pads_order", ""), "pairs") != 0) return true;
    if (p->begin[d] < 0 || p->end[d] < 0) return false;
    const bool is_reflect = strcmp(mode, "reflect") == 0;
    if ((!is_reflect && strcmp(mode, "symmetric") != 0) || x->dim[d] < 0) return true;
    const int64_t most = x->dim[d] - (is_reflect ? 1 : 0);
    return p->begin[d] <= most && p->end[d] <= most;
}

static hone_status pad_shape(hn_graph *g, hn_node *node) {
    const hn_value *x = node->in[0];
    if (x->shape.rank < 0) return hn_node_set_shape(g, node, x->dtype, &x->shape);
    hn_padding p;
    const char *problem = hn_padding_read(node, &p);
    if (problem != NULL) return hn_fail(g->env, HONE_E_SHAPE, "%s", problem);
    hn_shape out = hn_shape_unknown(x->shape.rank);
    for (int32_t d = 0; p.is_known && d < out.rank; d++) {
        hn_shape_take(&out, d, &x->shape, d);
        if (!is_pad_allowed(node, &p, &x->shape, d)) {
            return hn_fail(g->env, HONE_E_SHAPE, "pads of dimension %d are not possible", (int)d);
        }
        const int64_t grown = p.begin[d] + p.end[d];
        if (p.begin[d] == 0 && p.end[d] == 0) continue;
        out.sym[d] = NULL;
        if (out.dim[d] < 0) continue;
        const int64_t cropped = (p.begin[d] < 0 ? p.begin[d] : 0) + (p.end[d] < 0 ? p.end[d] : 0);
        if (out.dim[d] > INT64_MAX / 2 || out.dim[d] + cropped < 0) {
            return hn_fail(g->env, HONE_E_SHAPE, "too large, or more is cropped than there is");
        }
        out.dim[d] += grown;
    }
    return hn_node_set_shape(g, node, x->dtype, &out);
}

/* The bits of the constant padding value. */
static hone_status value_bits(hn_lower *L, const hn_node *node, uint64_t *bits) {
    const hn_value *x = node->in[0], *v = hn_node_in(node, VALUE);
    const bool is_quantized = hn_value_is_q8(x);
    int32_t low = 0, high = 0, q = 0;
    *bits = 0;
    if (v == NULL) {
        if (is_quantized) *bits = (uint64_t)(uint32_t)hn_quant_zero(x, 0);
        return HONE_OK;
    }
    uint64_t n;
    if (!hn_shape_count(&v->shape, &n) || n != 1) {
        return hn_fail(L->env, HONE_E_SHAPE, "the padding value must be one number");
    }
    if (v->dtype == x->dtype && hn_dtype_bits(v->dtype) >= 8 && hn_dtype_bits(v->dtype) <= 64) {
        hn_constant_copy(v, bits);
        return HONE_OK;
    }
    if (!is_quantized || !hn_integer_range(x->dtype, &low, &high)) {
        return hn_fail(L->env, HONE_E_UNSUPPORTED, "the padding value has another type");
    }
    float real;
    HN_TRY(hn_constant_read_f32(L->graph, v, &real, 1));
    q = hn_quantize_f32(node->arith, real, x, low, high);
    *bits = (uint64_t)(uint32_t)q;
    return HONE_OK;
}

static hone_status fill_output(hn_lower *L, const hn_node *node) {
    const hn_value *out = node->out[0], *v = hn_node_in(node, VALUE);
    const hn_operand to = hn_operand_value(out);
    const int64_t n = hn_shape_product(&out->shape, 0, out->shape.rank);
    if (v != NULL && v->constant == NULL) {
        if (v->dtype != out->dtype) {
            return hn_fail(L->env, HONE_E_UNSUPPORTED, "the padding value has another type");
        }
        const hn_box spread = {.rank = 1, .dim = {n}, .stride = {{0}, {1}}};
        return hn_lower_move(L, out->dtype, &spread, hn_operand_value(v), to);
    }
    uint64_t bits;
    HN_TRY(value_bits(L, node, &bits));
    return hn_lower_fill(L, out->dtype, n, bits, to);
}

static hone_status constant_lower(hn_lower *L, const hn_node *node, const hn_padding *p) {
    const hn_value *x = node->in[0], *out = node->out[0];
    hn_box box = {.rank = x->shape.rank};
    hn_shape_strides(&x->shape, box.stride[0]);
    hn_shape_strides(&out->shape, box.stride[1]);
    bool has_box = true, grows = false;
    for (int32_t d = 0; d < box.rank; d++) {
        const int64_t begin = p->begin[d], end = p->end[d];
        box.dim[d] = x->shape.dim[d] + (begin < 0 ? begin : 0) + (end < 0 ? end : 0);
        box.offset[0] += begin < 0 ? -begin * box.stride[0][d] : 0;
        box.offset[1] += begin > 0 ? begin * box.stride[1][d] : 0;
        grows = grows || begin > 0 || end > 0;
        has_box = has_box && box.dim[d] > 0;
    }
    if (grows) HN_TRY(fill_output(L, node));
    if (!has_box) return HONE_OK;
    hn_operand in;
    HN_TRY(hn_lower_operand(L, x, &in));
    return hn_lower_move(L, x->dtype, &box, in, hn_operand_value(out));
}

/* ---- modes that repeat the input ---- */

typedef enum pad_mode { PAD_CONSTANT, PAD_EDGE, PAD_REFLECT, PAD_SYMMETRIC, PAD_WRAP } pad_mode;

static hone_status mode_of(hn_env *env, const hn_node *node, pad_mode *mode) {
    static const char *const names[] = {"constant", "edge", "reflect", "symmetric", "wrap"};
    const char *name = hn_attr_string(node, "mode", "constant");
    for (int i = 0; i < 5; i++) {
        if (strcmp(name, names[i]) != 0) continue;
        *mode = (pad_mode)i;
        return HONE_OK;
    }
    return hn_fail(env, HONE_E_UNSUPPORTED, "padding mode %.40s", name);
}

/* The place in 0..n-1 that stands at `at`, which may lie outside. */
static int64_t repeated(pad_mode mode, int64_t at, int64_t n) {
    if (mode == PAD_EDGE) return at < 0 ? 0 : at >= n ? n - 1 : at;
    const int64_t turn = mode == PAD_REFLECT ? n - 1 : n; /* where a mirror stands */
    const int64_t period = mode == PAD_WRAP ? n : turn > 0 ? 2 * turn : 1;
    const int64_t m = (at % period + period) % period;
    if (m < n) return m;
    return mode == PAD_REFLECT ? period - m : period - 1 - m;
}

/* Gathers `from`, of the shape `now`, along d into `to`. */
static hone_status repeat_axis(hn_lower *L, const hn_node *node, const hn_padding *p,
                               const hn_shape *now, int32_t d, hn_operand from, hn_operand to) {
    const hn_value *out = node->out[0];
    const int64_t n = now->dim[d], n_out = out->shape.dim[d];
    pad_mode mode = PAD_CONSTANT;
    hn_types types;
    HN_TRY(mode_of(L->env, node, &mode));
    HN_TRY(hn_lower_size_types(L, out->dtype, &types));
    if (n == 0) return hn_fail(L->env, HONE_E_SHAPE, "there is nothing to repeat");
    if ((uint64_t)n_out > L->env->limits.memory_bytes / sizeof(int32_t)) {
        return hn_fail(L->env, HONE_E_LIMIT, "a padded dimension of %lld", (long long)n_out);
    }
    int32_t *table = hn_alloc(L->env, (size_t)n_out * sizeof *table);
    if (table == NULL) return hn_no_memory(L->env);
    for (int64_t i = 0; i < n_out; i++) table[i] = (int32_t)repeated(mode, i - p->begin[d], n);
    hn_operand operands[HN_GATHER_OPERANDS] = {from, HN_NO_OPERAND, to};
    const hone_status status =
        L->constant(L, table, (uint64_t)n_out * sizeof *table, &operands[HN_GATHER_INDICES]);
    hn_free(L->env, table);
    HN_TRY(status);
    const hn_gather_args args = {.n_batches = 1,
                                 .n_outer = (int32_t)hn_shape_product(now, 0, d),
                                 .n_index = (int32_t)n_out,
                                 .n_parts = 1,
                                 .dim = {(int32_t)n},
                                 .inner = (int32_t)hn_shape_product(now, d + 1, now->rank),
                                 .index_type = HN_INDEX_S32};
    return hn_lower_step(L, HN_FAMILY_gather, types, &args, operands, HN_GATHER_OPERANDS);
}

static hone_status repeat_lower(hn_lower *L, const hn_node *node, const hn_padding *p) {
    const hn_value *x = node->in[0], *out = node->out[0];
    int32_t left = 0; /* axes to go */
    for (int32_t d = 0; d < x->shape.rank; d++) left += p->begin[d] != 0 || p->end[d] != 0;
    hn_shape now = x->shape;
    hn_operand from;
    HN_TRY(hn_lower_operand(L, x, &from));
    for (int32_t d = 0; d < x->shape.rank; d++) {
        if (p->begin[d] == 0 && p->end[d] == 0) continue;
        hn_shape next = now;
        hn_operand to = hn_operand_value(out);
        next.dim[d] = out->shape.dim[d];
        if (--left > 0) HN_TRY(hn_lower_temp(L, out->dtype, &next, &to));
        HN_TRY(repeat_axis(L, node, p, &now, d, from, to));
        now = next;
        from = to;
    }
    return HONE_OK;
}

static hone_status pad_lower(hn_lower *L, const hn_node *node) {
    bool is_empty;
    HN_TRY(hn_lower_begin(L, node, &is_empty));
    if (is_empty) return HONE_OK;
    pad_mode mode = PAD_CONSTANT;
    HN_TRY(mode_of(L->env, node, &mode));
    hn_padding p;
    const char *problem = hn_padding_read(node, &p);
    if (problem == NULL && !p.is_known) problem = "the pads are not constant";
    if (problem != NULL) return hn_fail(L->env, HONE_E_UNSUPPORTED, "%s", problem);
    bool is_whole = true;
    for (int32_t d = 0; d < node->in[0]->shape.rank; d++) {
        is_whole = is_whole && p.begin[d] == 0 && p.end[d] == 0;
    }
    if (is_whole) return L->alias(L, node->in[0], node->out[0]);
    return mode == PAD_CONSTANT ? constant_lower(L, node, &p) : repeat_lower(L, node, &p);
}

/* The pads become a full list in attribute `pads`, in the new order. */
static hone_status pad_permute(hn_graph *g, hn_node *node, const int32_t *perm, int32_t rank) {
    hn_padding p;
    const char *problem =
        rank == node->in[0]->shape.rank ? hn_padding_read(node, &p) : "another rank";
    if (problem == NULL && !p.is_known) problem = "the pads are not constant";
    if (problem != NULL) return hn_fail(g->env, HONE_E_UNSUPPORTED, "%s", problem);
    int64_t pads[2 * HN_MAX_RANK], axes[HN_MAX_RANK];
    for (int32_t i = 0; i < rank; i++) {
        pads[i] = p.begin[perm[i]];
        pads[i + rank] = p.end[perm[i]];
        axes[i] = i;
    }
    const uint32_t n = (uint32_t)rank;
    if (!hn_attr_set_ints(g, node, "pads", pads, 2 * n) ||
        !hn_attr_set_ints(g, node, "axes", axes, n) ||
        !hn_attr_set_string(g, node, "pads_order", "begins_ends")) {
        return hn_no_memory(g->env);
    }
    if (node->n_in > 1) node->in[1] = NULL;
    if (node->n_in > 3) node->in[3] = NULL;
    return HONE_OK;
}

const hn_op_hooks hn_hooks_pad = {
    .shape = pad_shape, .lower = pad_lower, .permute = pad_permute, .quantized = hn_quantized_move};
