/* SPDX-License-Identifier: Apache-2.0
 * f16, bf16 and f64 tensors of operators that have no kernel for them are converted: the operator
 * computes in float32, between casts. A value that one such operator makes and another takes stays
 * float32 in between, as it does in engines that run such models on a CPU; it is rounded only where
 * it is moved, chosen or given out. So the storage of a file is kept, and f64 is computed in
 * float32 but for the operators that the ewise family knows. Constants of less than 8 bits are
 * unpacked to 8 where an operator has no kernel for them; their scales stay. */
#include "ops/lower.h"
#include "passes/pass.h"

typedef struct widening {
    hn_graph *g;
    hn_value **wide; /* by value id: the float32 form, or NULL */
    uint32_t n;      /* of the table: the values that the graph had */
} widening;

static bool is_narrow(const hn_value *v) {
    return v != NULL && v->kind == HN_VALUE_TENSOR &&
           (v->dtype == HN_DTYPE_F16 || v->dtype == HN_DTYPE_BF16 || v->dtype == HN_DTYPE_F64);
}

static bool is_packed(const hn_value *v) {
    return v != NULL && v->constant != NULL &&
           (v->dtype == HN_DTYPE_S4 || v->dtype == HN_DTYPE_U4 || v->dtype == HN_DTYPE_S2 ||
            v->dtype == HN_DTYPE_U2);
}

/* LiteRT computes on the numbers themselves; a float step would take what they stand for. */
static bool is_packed_tflite(const hn_node *node) {
    bool is_any = false;
    for (uint32_t i = 0; i < node->n_in; i++) is_any = is_any || is_packed(node->in[i]);
    return is_any && node->arith == HN_ARITH_TFLITE;
}

static bool has_narrow(const hn_node *node) {
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (is_narrow(node->in[i]) || is_packed(node->in[i])) return true;
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (is_narrow(node->out[i])) return true;
    }
    return false;
}

/* A cast from one value to another, made where `origin` comes from. */
static hone_status add_cast(hn_graph *g, hn_value *from, hn_value *to, const hn_origin *origin) {
    hn_node *node = hn_graph_node(g, hn_op_at(HN_OP_cast), 1, 1);
    if (node == NULL) return hn_no_memory(g->env);
    if (!hn_attr_set_string(g, node, "to", hn_dtype_name(to->dtype))) return hn_no_memory(g->env);
    node->name = to->name;
    node->foreign = "cast";
    node->in[0] = from;
    if (origin != NULL) node->origin = *origin;
    hn_node_set_out(node, 0, to);
    return HONE_OK;
}

/* A packed constant as bytes. */
static hone_status unpack_operand(widening *w, hn_value **operand) {
    hn_value *v = *operand;
    hn_graph *g = w->g;
    uint64_t n;
    if (v->id < w->n && w->wide[v->id] != NULL) {
        *operand = w->wide[v->id];
        return HONE_OK;
    }
    if (!hn_shape_count(&v->shape, &n)) return hn_fail(g->env, HONE_E_SHAPE, "of unknown size");
    int64_t *wide = hn_alloc(g->env, (size_t)n * sizeof *wide);
    uint8_t *bytes = HN_NEW_N(g->arena, uint8_t, n);
    hone_status status =
        wide != NULL && bytes != NULL ? hn_constant_read_s64(g, v, wide, n) : hn_no_memory(g->env);
    for (uint64_t i = 0; status == HONE_OK && i < n; i++) bytes[i] = (uint8_t)wide[i];
    hn_free(g->env, wide);
    HN_TRY(status);
    const hn_dtype dtype = hn_dtype_is_signed(v->dtype) ? HN_DTYPE_S8 : HN_DTYPE_U8;
    hn_value *made = hn_graph_constant_borrowed(g, v->name, dtype, &v->shape, bytes);
    if (made == NULL) return hn_no_memory(g->env);
    made->constant->is_borrowed = false;
    made->quant = v->quant;
    made->origin = v->origin;
    if (v->id < w->n) w->wide[v->id] = made;
    *operand = made;
    return HONE_OK;
}

static hone_status widen_operand(widening *w, hn_value **operand) {
    hn_value *v = *operand;
    if (is_packed(v)) return unpack_operand(w, operand);
    if (!is_narrow(v) || v->id >= w->n) return HONE_OK;
    if (w->wide[v->id] == NULL) {
        hn_value *wide = hn_graph_value(w->g, v->name, HN_DTYPE_F32, &v->shape);
        if (wide == NULL) return hn_no_memory(w->g->env);
        wide->origin = v->origin;
        HN_TRY(add_cast(w->g, v, wide, v->producer != NULL ? &v->producer->origin : NULL));
        w->wide[v->id] = wide;
    }
    *operand = w->wide[v->id];
    return HONE_OK;
}

/* The node computes in float32; what it made has no producer until restore() gives it a cast. */
static hone_status widen_node(widening *w, hn_node *node) {
    hn_graph *g = w->g;
    for (uint32_t i = 0; i < node->n_in; i++) HN_TRY(widen_operand(w, &node->in[i]));
    for (uint32_t i = 0; i < node->n_out; i++) {
        hn_value *v = node->out[i];
        if (!is_narrow(v) || v->id >= w->n) continue;
        hn_value *wide = hn_graph_value(g, v->name, HN_DTYPE_F32, &v->shape);
        if (wide == NULL) return hn_no_memory(g->env);
        wide->origin = v->origin;
        hn_node_set_out(node, i, wide);
        v->producer = NULL;
        w->wide[v->id] = wide;
    }
    return hn_node_infer(g, node);
}

/* A cast for each value that lost its producer and is read all the same. */
static hone_status restore(widening *w) {
    hn_graph *g = w->g;
    hn_graph_count_uses(g);
    for (uint32_t i = 0; i < w->n; i++) {
        hn_value *v = g->values[i], *wide = w->wide[i];
        if (wide == NULL || v->producer != NULL || v->n_uses == 0) continue;
        if (v->constant != NULL) continue;
        if (wide->producer == NULL || wide->producer->op == hn_op_at(HN_OP_cast)) continue;
        HN_TRY(add_cast(g, wide, v, &wide->producer->origin));
    }
    return HONE_OK;
}

/* Lowering knows these in every type; asking it would convert all the weights. */
static bool is_dequantized_constant(const hn_node *node) {
    return node->op == hn_op_at(HN_OP_dequantize) && node->in[0] != NULL &&
           node->in[0]->constant != NULL;
}

hone_status hn_pass_widen(hn_graph *g, const hn_lower_options *options) {
    (void)options;
    widening w = {g, NULL, g->n_values};
    const uint32_t n = g->n_nodes;
    for (uint32_t i = 0; i < n; i++) {
        hn_node *node = g->nodes[i];
        if (node->is_dead || node->op == hn_op_at(HN_OP_cast) || node->n_bodies > 0) continue;
        if (!has_narrow(node) || is_dequantized_constant(node)) continue;
        if (node->op->hooks->is_of_bytes) continue;
        if (hn_node_can_lower(g, node) && !is_packed_tflite(node)) continue;
        if (w.wide == NULL) w.wide = HN_NEW_N(g->arena, hn_value *, w.n);
        if (w.wide == NULL) return hn_no_memory(g->env);
        HN_TRY(widen_node(&w, node));
    }
    return w.wide != NULL ? restore(&w) : HONE_OK;
}
