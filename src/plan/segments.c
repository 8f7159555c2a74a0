/* SPDX-License-Identifier: Apache-2.0
 * Host segments: nodes whose shapes depend on data leave the plan's steps. They wait until a node
 * that stays reads what they make (or until the end), so that a segment is as large as the order
 * allows; then all that wait become one CALL. The segment is a graph of its own: its inputs are
 * what the nodes read from outside, its outputs what others read of them. A value of known shape
 * lies in the plan as any other; one whose shape depends on data belongs to the session. */
#include <string.h>

#include "graph/list.h"
#include "ops/control.h"
#include "plan/build.h"

/* Its bytes are not known before it is computed. */
static bool is_open(const hn_value *v) {
    return v != NULL && v->constant == NULL &&
           (hn_value_is_block(v) || (v->kind == HN_VALUE_TENSOR && !hn_shape_is_known(&v->shape)));
}

bool hn_node_is_host(const hn_node *node) {
    if ((node->op->effects & HN_EFFECT_HOST) != 0 || node->op->hooks->host != NULL) return true;
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (is_open(node->out[i])) return true;
    }
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (is_open(node->in[i])) return true;
        if (node->in[i] != NULL && node->in[i]->constant == NULL &&
            hn_op_needs_elements(node->op, i)) {
            return true;
        }
    }
    if (hn_node_is_control(node) && !hn_scan_is_plain(node)) return true;
    for (uint32_t b = 0; hn_node_is_control(node) && b < node->n_bodies; b++) {
        const hn_graph *body = node->bodies[b];
        if (body->broken != NULL) continue;
        for (uint32_t i = 0; i < body->n_inputs; i++) {
            if (is_open(body->inputs[i])) return true;
        }
        for (uint32_t i = 0; i < body->n_outputs; i++) {
            if (is_open(body->outputs[i])) return true;
        }
    }
    return false;
}

hone_status hn_host_add(hn_build *b, const hn_node *node) {
    if (hn_node_has_writes(node) || (node->op->effects & HN_EFFECT_STATE_READ) != 0) {
        return hn_fail(b->env, HONE_E_UNSUPPORTED, "state whose shape depends on data");
    }
    if (b->pending == NULL) {
        b->pending = HN_NEW_N(&b->plan->arena, const hn_node *, b->graph->n_nodes);
        b->is_pending = HN_NEW_N(&b->plan->arena, uint8_t, b->graph->n_values);
        if (b->pending == NULL || b->is_pending == NULL) return hn_no_memory(b->env);
    }
    b->pending[b->n_pending++] = node;
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] != NULL) b->is_pending[node->out[i]->id] = 1;
    }
    return HONE_OK;
}

bool hn_host_blocks(const hn_build *b, const hn_node *node) {
    if (b->n_pending == 0) return false;
    if (node->provider != NULL) return true;
    for (uint32_t i = 0; i < node->n_in; i++) {
        if (node->in[i] != NULL && b->is_pending[node->in[i]->id] != 0) return true;
    }
    return false;
}

/* ---- the segment's graph ---- */

typedef struct maker {
    hn_build *b;
    hn_graph *g;
    hn_value **copy_of; /* by value id of the plan's graph */
    uint32_t *uses;     /* of the values that the segment makes, by its nodes */
    uint32_t *operands; /* storages: inputs, then outputs */
    uint32_t n_operands, capacity_operands, capacity_inputs, capacity_outputs;
} maker;

static hone_status add_port(maker *m, hn_value *copy, uint32_t storage, bool is_input) {
    hn_graph *g = m->g;
    hn_arena *arena = &m->b->plan->arena;
    hn_value **list = is_input ? g->inputs : g->outputs;
    const uint32_t n = is_input ? g->n_inputs : g->n_outputs;
    uint32_t *capacity = is_input ? &m->capacity_inputs : &m->capacity_outputs;
    uint32_t *operands =
        hn_arena_grow(arena, m->operands, m->n_operands, &m->capacity_operands, sizeof *operands);
    list = hn_arena_grow(arena, list, n, capacity, sizeof(hn_value *));
    if (operands == NULL || list == NULL) return hn_no_memory(m->b->env);
    m->operands = operands;
    m->operands[m->n_operands++] = storage;
    list[n] = copy;
    if (is_input) {
        g->inputs = list;
        g->n_inputs++;
    } else {
        g->outputs = list;
        g->n_outputs++;
    }
    return HONE_OK;
}

/* Where a value of the border lies: in the plan, or with the session. */
static hone_status border_storage(hn_build *b, const hn_value *v, uint32_t *storage) {
    if (!is_open(v)) return hn_build_value(b, v, storage);
    if (b->storage_of[v->id] == HN_NO_STORAGE) {
        HN_TRY(hn_build_storage(b, HN_SPACE_DYNAMIC, 0, storage));
        b->storages[*storage].index = b->plan->n_dynamic++;
        b->storages[*storage].name = v->name;
        b->storage_of[v->id] = *storage;
    }
    *storage = b->storage_of[v->id];
    return HONE_OK;
}

static hone_status copy_value(maker *m, const hn_value *v, hn_value **out);

static hone_status copy_quant(maker *m, const hn_value *v, hn_value *copy) {
    if (v->quant == NULL) return HONE_OK;
    copy->quant = hn_arena_copy(&m->b->plan->arena, v->quant, sizeof *v->quant);
    if (copy->quant == NULL) return hn_no_memory(m->b->env);
    HN_TRY(copy_value(m, v->quant->scale, &copy->quant->scale));
    return copy_value(m, v->quant->zero_point, &copy->quant->zero_point);
}

/* The segment's value for v; one from outside becomes an input. */
static hone_status copy_value(maker *m, const hn_value *v, hn_value **out) {
    *out = v != NULL ? m->copy_of[v->id] : NULL;
    if (v == NULL || *out != NULL) return HONE_OK;
    hn_value *copy = hn_graph_value(m->g, v->name, v->dtype, &v->shape);
    if (copy == NULL) return m->g->env->status;
    m->copy_of[v->id] = *out = copy;
    copy->kind = v->kind;
    copy->holds_lists = v->holds_lists;
    copy->constant = v->constant;
    HN_TRY(copy_quant(m, v, copy));
    if (v->constant != NULL || m->b->is_pending[v->id] != 0) return HONE_OK;
    uint32_t storage = 0;
    const bool is_movable = v->kind == HN_VALUE_TENSOR || hn_value_is_block(v);
    if (!is_movable || v->is_state) {
        return hn_fail(m->b->env, HONE_E_UNSUPPORTED, "state whose shape depends on data");
    }
    HN_TRY(border_storage(m->b, v, &storage));
    return add_port(m, copy, storage, true);
}

static hone_status copy_attrs(maker *m, const hn_node *node, hn_node *copy) {
    if (node->n_attrs == 0) return HONE_OK;
    copy->attrs =
        hn_arena_copy(&m->b->plan->arena, node->attrs, node->n_attrs * sizeof *node->attrs);
    if (copy->attrs == NULL) return hn_no_memory(m->b->env);
    for (uint32_t i = 0; i < node->n_attrs; i++) {
        if (node->attrs[i].kind != HN_ATTR_TENSOR) continue;
        HN_TRY(copy_value(m, node->attrs[i].v.tensor, &copy->attrs[i].v.tensor));
    }
    return HONE_OK;
}

static hone_status copy_node(maker *m, const hn_node *node) {
    hn_node *copy = hn_graph_node_like(m->g, node);
    if (copy == NULL) return m->g->env->status;
    copy->origin = node->origin;
    for (uint32_t i = 0; i < node->n_in; i++) {
        HN_TRY(copy_value(m, node->in[i], &copy->in[i]));
        if (node->in[i] != NULL) m->uses[node->in[i]->id]++;
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        hn_value *out = NULL;
        HN_TRY(copy_value(m, node->out[i], &out));
        hn_node_set_out(copy, i, out);
    }
    return copy_attrs(m, node, copy);
}

/* What others read, or what the graph gives. */
static hone_status add_outputs(maker *m) {
    hn_build *b = m->b;
    for (uint32_t i = 0; i < b->n_pending; i++) {
        for (uint32_t k = 0; k < b->pending[i]->n_out; k++) {
            const hn_value *v = b->pending[i]->out[k];
            uint32_t storage = 0;
            if (v == NULL || v->n_uses == m->uses[v->id]) continue;
            if (v->kind != HN_VALUE_TENSOR && !hn_value_is_block(v)) {
                return hn_fail(b->env, HONE_E_UNSUPPORTED, "'%.64s' is no tensor", v->name);
            }
            HN_TRY(border_storage(b, v, &storage));
            HN_TRY(add_port(m, m->copy_of[v->id], storage, false));
        }
    }
    return HONE_OK;
}

static hone_status make_graph(maker *m) {
    hn_build *b = m->b;
    m->g = hn_graph_new(b->env, &b->plan->arena);
    m->copy_of = HN_NEW_N(&b->plan->arena, hn_value *, b->graph->n_values);
    m->uses = HN_NEW_N(&b->plan->arena, uint32_t, b->graph->n_values);
    if (m->g == NULL || m->copy_of == NULL || m->uses == NULL) return hn_no_memory(b->env);
    m->g->format = b->graph->format;
    for (uint32_t i = 0; i < b->n_pending; i++) HN_TRY(copy_node(m, b->pending[i]));
    HN_TRY(add_outputs(m));
    hn_graph_count_uses(m->g);
    return HONE_OK;
}

static hone_status add_step(maker *m) {
    hn_build *b = m->b;
    hn_plan_host *host = HN_NEW(&b->plan->arena, hn_plan_host);
    const hn_node *first = b->pending[0];
    hn_call call = {.kind = HN_CALL_HOST, .name = "host", .host = host};
    uint32_t index = 0;
    hn_raw_step *s = NULL;
    if (host == NULL) return hn_no_memory(b->env);
    *host =
        (hn_plan_host){m->g, first->name[0] != 0 ? first->name : first->op->name, b->options->isa};
    if (b->state->plan->dynamic_node == NULL) b->state->plan->dynamic_node = host->why;
    HN_TRY(hn_build_call(b, &call, &index));
    HN_TRY(hn_build_origin(b, &first->origin));
    HN_TRY(hn_build_step(b, &s));
    s->step.kind = HN_STEP_CALL;
    s->step.call = index;
    s->step.units = 1;
    s->step.n_buf = m->n_operands;
    s->many = m->operands;
    s->n_out = m->g->n_outputs;
    return HONE_OK;
}

hone_status hn_host_flush(hn_build *b) {
    if (b->n_pending == 0) return HONE_OK;
    maker m = {.b = b};
    HN_TRY(make_graph(&m));
    if (m.g->n_outputs > 0) HN_TRY(add_step(&m));
    for (uint32_t i = 0; i < b->n_pending; i++) {
        const hn_node *node = b->pending[i];
        for (uint32_t k = 0; k < node->n_out; k++) {
            if (node->out[k] != NULL) b->is_pending[node->out[k]->id] = 0;
        }
    }
    b->n_pending = 0;
    return HONE_OK;
}
