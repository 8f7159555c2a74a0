/* SPDX-License-Identifier: Apache-2.0
 * Half precision, when it was asked for: operators that multiply get halves in place of float32
 * where a kernel computes so, and what follows them takes halves as far as it has kernels for them,
 * or only moves elements. All else (softmax, norms, reductions, functions) stays float32, between
 * casts, and so do inputs, outputs and state. Constants are rounded once, here; a node whose
 * constants have numbers that no half holds stays float32.
 *
 *      input -> cast -> conv -> conv -> cast -> softmax -> output
 *       f32       f16       f16     f16      f32         f32
 *
 * A value has one float32 form and one of halves; the second is made when a node first wants it. So
 * the pass is linear, and what it gives depends on the graph and the level alone. */
#include "core/half.h"
#include "ops/lower.h"
#include "passes/pass.h"

typedef struct halving {
    hn_graph *g;
    hn_isa isa;
    hn_value **half;  /* by value id: its form of halves, or NULL */
    bool *is_refused; /* by value id: a constant that has none */
    bool *is_asked;   /* by value id: it is called halves while a node is tried */
    uint32_t n;       /* of the tables: the values that the graph had */
} halving;

static bool is_wide(const halving *h, const hn_value *v) {
    return v != NULL && v->id < h->n && v->kind == HN_VALUE_TENSOR && v->dtype == HN_DTYPE_F32;
}

static hone_status add_cast(hn_graph *g, hn_value *from, hn_value *to, const hn_node *origin) {
    hn_node *node = hn_graph_node(g, hn_op_at(HN_OP_cast), 1, 1);
    if (node == NULL || !hn_attr_set_string(g, node, "to", hn_dtype_name(to->dtype))) {
        return hn_no_memory(g->env);
    }
    node->name = to->name;
    node->foreign = "cast";
    node->in[0] = from;
    if (origin != NULL) node->origin = origin->origin;
    hn_node_set_out(node, 0, to);
    return HONE_OK;
}

/* Rounds n floats; false when a finite one has no half. */
static bool round_all(const float *wide, uint64_t n, uint16_t *halves) {
    bool fits = true;
    for (uint64_t i = 0; i < n; i++) {
        halves[i] = hn_f16_of_f32(wide[i]);
        const bool is_finite = wide[i] - wide[i] == 0.0f;
        fits = fits && (!is_finite || (halves[i] & 0x7fffu) != 0x7c00u);
    }
    return fits;
}

/* The form of a constant; NULL where it has none. */
static hone_status halve_constant(halving *h, const hn_value *v, hn_value **out) {
    hn_graph *g = h->g;
    uint64_t n;
    *out = NULL;
    if (h->is_refused[v->id] || !hn_shape_count(&v->shape, &n)) return HONE_OK;
    float *wide = hn_alloc(g->env, (size_t)n * sizeof *wide);
    uint16_t *halves = hn_arena_bulk(g->arena, n * sizeof *halves);
    bool fits = false;
    if (wide != NULL && halves != NULL) {
        hn_constant_read_floats(v, wide, n);
        fits = round_all(wide, n, halves);
    }
    hn_free(g->env, wide);
    if (wide == NULL || halves == NULL) return hn_no_memory(g->env);
    h->is_refused[v->id] = !fits;
    if (!fits) return HONE_OK;
    *out = hn_graph_constant_borrowed(g, v->name, HN_DTYPE_F16, &v->shape, halves);
    if (*out == NULL) return hn_no_memory(g->env);
    (*out)->constant->is_borrowed = false;
    return HONE_OK;
}

/* The form of an operand, made when there is none yet; NULL where there can be none. */
static hone_status halve_operand(halving *h, hn_value *v, hn_value **out) {
    hn_graph *g = h->g;
    *out = h->half[v->id];
    if (*out != NULL) return HONE_OK;
    const hn_node *cast = hn_producer_of(v, HN_OP_cast);
    hn_value *made = NULL;
    if (v->constant != NULL) {
        HN_TRY(halve_constant(h, v, &made));
        if (made == NULL) return HONE_OK;
    } else if (cast != NULL && cast->in[0]->dtype == HN_DTYPE_F16) {
        made = cast->in[0];
    } else {
        made = hn_graph_value(g, v->name, HN_DTYPE_F16, &v->shape);
        if (made == NULL) return hn_no_memory(g->env);
        HN_TRY(add_cast(g, v, made, v->producer));
    }
    if (made->origin.n == 0) made->origin = v->origin;
    h->half[v->id] = *out = made;
    return HONE_OK;
}

/* ---- one node ---- */

/* Does it multiply, or follow what is halved? */
static bool is_wanted(const halving *h, const hn_node *node) {
    if (node->is_dead || node->provider != NULL || node->n_bodies > 0) return false;
    if (node->op->effects != HN_EFFECT_NONE || node->arith != HN_ARITH_NONE) return false;
    if (node->n_in == 0 || node->n_out == 0 || node->op == hn_op_at(HN_OP_cast)) return false;
    if (!is_wide(h, node->out[0])) return false;
    if (node->op->hooks->macs != NULL && is_wide(h, node->in[0])) return true;
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *v = node->in[i];
        if (is_wide(h, v) && v->constant == NULL && h->half[v->id] != NULL) return true;
    }
    return false;
}

/* Constants in their other form. `kept`: the operands as they were; *can false: one has no half. */
static hone_status halve_constants(halving *h, hn_node *node, hn_value **kept, bool *can) {
    for (uint32_t i = 0; i < node->n_in; i++) kept[i] = node->in[i];
    for (uint32_t i = 0; i < node->n_in && *can; i++) {
        hn_value *made;
        if (!is_wide(h, node->in[i]) || node->in[i]->constant == NULL) continue;
        HN_TRY(halve_operand(h, node->in[i], &made));
        *can = made != NULL;
        if (*can) node->in[i] = made;
    }
    return HONE_OK;
}

/* Float32 values of the node are called halves, and back. */
static void set_types(halving *h, hn_value *const *values, uint32_t n, bool is_back) {
    for (uint32_t i = 0; i < n; i++) {
        hn_value *v = values[i];
        if (is_back && v != NULL && v->id < h->n && h->is_asked[v->id]) {
            v->dtype = HN_DTYPE_F32;
            h->is_asked[v->id] = false;
        } else if (!is_back && is_wide(h, v)) {
            v->dtype = HN_DTYPE_F16;
            h->is_asked[v->id] = true;
        }
    }
}

/* Would it run on halves? Elements are only moved, or the arithmetic is said to be that. */
static bool can_run(halving *h, hn_node *node) {
    bool can = false;
    set_types(h, node->in, node->n_in, false);
    set_types(h, node->out, node->n_out, false);
    for (int32_t i = 0; i < 2 && !can; i++) {
        node->arith = i == 0 ? HN_ARITH_NONE : HN_ARITH_HALF;
        can = hn_node_can_halve(h->g, node, h->isa);
    }
    set_types(h, node->in, node->n_in, true);
    set_types(h, node->out, node->n_out, true);
    if (!can) node->arith = HN_ARITH_NONE;
    return can;
}

/* What it made has no producer until restore() gives it a cast. */
static hone_status halve_node(halving *h, hn_node *node) {
    hn_graph *g = h->g;
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (is_wide(h, node->in[i])) HN_TRY(halve_operand(h, node->in[i], &node->in[i]));
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        hn_value *v = node->out[i];
        if (!is_wide(h, v)) continue;
        hn_value *made = hn_graph_value(g, v->name, HN_DTYPE_F16, &v->shape);
        if (made == NULL) return hn_no_memory(g->env);
        made->origin = v->origin;
        hn_node_set_out(node, i, made);
        v->producer = NULL;
        h->half[v->id] = made;
    }
    return HONE_OK;
}

static hone_status try_node(halving *h, hn_node *node) {
    bool can = true;
    hn_value **kept = hn_alloc(h->g->env, node->n_in * sizeof *kept);
    if (kept == NULL) return hn_no_memory(h->g->env);
    hone_status status = halve_constants(h, node, kept, &can);
    can = can && status == HONE_OK && can_run(h, node);
    for (uint32_t i = 0; i < node->n_in && !can; i++) node->in[i] = kept[i];
    hn_free(h->g->env, kept);
    return can ? halve_node(h, node) : status;
}

/* A cast for each value that lost its producer and is read all the same. */
static hone_status restore(halving *h) {
    hn_graph *g = h->g;
    hn_graph_count_uses(g);
    for (uint32_t i = 0; i < h->n; i++) {
        hn_value *v = g->values[i], *half = h->half[i];
        if (half == NULL || v->producer != NULL || v->constant != NULL || v->n_uses == 0) continue;
        const hn_node *cast = hn_producer_of(half, HN_OP_cast);
        if (half->producer == NULL || (cast != NULL && cast->in[0] == v)) continue;
        HN_TRY(add_cast(g, half, v, half->producer));
    }
    return HONE_OK;
}

hone_status hn_pass_halve(hn_graph *g, const hn_lower_options *options) {
    if (!options->is_half) return HONE_OK;
    const uint32_t n = g->n_values, n_nodes = g->n_nodes;
    halving h = {g,
                 options->isa,
                 HN_NEW_N(g->arena, hn_value *, n),
                 HN_NEW_N(g->arena, bool, n),
                 HN_NEW_N(g->arena, bool, n),
                 n};
    if (h.half == NULL || h.is_refused == NULL || h.is_asked == NULL) return hn_no_memory(g->env);
    for (uint32_t i = 0; i < n_nodes; i++) {
        if (is_wanted(&h, g->nodes[i])) HN_TRY(try_node(&h, g->nodes[i]));
    }
    return restore(&h);
}
