/* SPDX-License-Identifier: Apache-2.0
 * Making nodes one after the other, and expansions in a graph of their own: see compose.h. */
#include "ops/compose.h"

#include <string.h>

#include "core/half.h"
#include "ops/infer.h"

hn_compose hn_compose_begin(hn_graph *g) {
    const hn_compose c = {.g = g, .status = HONE_OK, .first = g->next_node_id, .n_out = 1};
    return c;
}

hn_value *hn_compose_fail(hn_compose *c, hone_status status, const char *why) {
    if (c->status == HONE_OK) c->status = hn_fail(c->g->env, status, "%s", why);
    return NULL;
}

static hn_value *out_of_memory(hn_compose *c) {
    if (c->status == HONE_OK) c->status = c->g->env->status;
    if (c->status == HONE_OK) c->status = hn_no_memory(c->g->env);
    return NULL;
}

/* ---- attributes ---- */

static hn_attr *next_attr(hn_compose *c, const char *name, hn_attr_kind kind) {
    if (c->n_attrs == HN_COMPOSE_ATTRS) {
        (void)hn_compose_fail(c, HONE_E_INTERNAL, "too many attributes");
        c->n_attrs = 0;
    }
    hn_attr *attr = &c->attrs[c->n_attrs++];
    memset(attr, 0, sizeof *attr);
    attr->name = name;
    attr->kind = kind;
    return attr;
}

void hn_with_int(hn_compose *c, const char *name, int64_t v) {
    next_attr(c, name, HN_ATTR_INT)->v.i = v;
}

void hn_with_float(hn_compose *c, const char *name, float v) {
    next_attr(c, name, HN_ATTR_FLOAT)->v.f = v;
}

void hn_with_text(hn_compose *c, const char *name, const char *v) {
    hn_attr *attr = next_attr(c, name, HN_ATTR_STRING);
    attr->v.s = v;
    attr->n = (uint32_t)strlen(v);
}

void hn_with_ints(hn_compose *c, const char *name, const int64_t *v, uint32_t n) {
    hn_attr *attr = next_attr(c, name, HN_ATTR_INTS);
    attr->v.ints = hn_arena_copy(c->g->arena, v, (n > 0 ? n : 1) * sizeof *v);
    attr->n = n;
    if (attr->v.ints == NULL) (void)out_of_memory(c);
}

void hn_with_attr(hn_compose *c, const hn_attr *attr) {
    *next_attr(c, attr->name, attr->kind) = *attr;
}

void hn_with_node(hn_compose *c, const hn_node *node, const char *but) {
    c->n_attrs = 0;
    for (uint32_t i = 0; i < node->n_attrs; i++) {
        if (strcmp(node->attrs[i].name, but) == 0) continue;
        hn_with_attr(c, &node->attrs[i]);
    }
}

void hn_with_outputs(hn_compose *c, uint32_t n) {
    c->n_out = n;
}

void hn_with_bodies(hn_compose *c, hn_graph **bodies, uint32_t n) {
    c->bodies = bodies;
    c->n_bodies = n;
}

/* ---- nodes ---- */

static bool take_attrs(hn_compose *c, hn_node *node) {
    node->arith = c->arith;
    node->n_attrs = c->n_attrs;
    node->bodies = c->bodies;
    node->n_bodies = c->n_bodies;
    c->n_attrs = c->n_bodies = 0;
    if (node->n_attrs == 0) return true;
    node->attrs = hn_arena_copy(c->g->arena, c->attrs, node->n_attrs * sizeof *node->attrs);
    return node->attrs != NULL;
}

hn_value *hn_make(hn_compose *c, hn_op_id op, hn_value *const *in, uint32_t n) {
    if (c->status != HONE_OK) return NULL;
    hn_node *node = hn_graph_node(c->g, hn_op_at(op), n, c->n_out);
    if (node == NULL || !take_attrs(c, node)) return out_of_memory(c);
    for (uint32_t i = 0; i < n; i++) {
        node->in[i] = in[i];
        if (in[i] != NULL) in[i]->n_uses++;
    }
    for (uint32_t i = 0; i < c->n_out; i++) {
        hn_value *out = hn_graph_value(c->g, "", HN_DTYPE_F32, NULL);
        if (out == NULL) return out_of_memory(c);
        hn_node_set_out(node, i, out);
    }
    c->n_out = 1;
    c->node = node;
    c->status = hn_node_infer(c->g, node);
    return c->status == HONE_OK ? node->out[0] : NULL;
}

hn_value *hn_make_output(const hn_compose *c, uint32_t port) {
    return c->status == HONE_OK ? c->node->out[port] : NULL;
}

/* ---- constants ---- */

/* The bytes of v in that type: at most 8. */
static void encode(hn_dtype dtype, double v, uint8_t bytes[8]) {
    const float single = (float)v;
    const uint16_t half = dtype == HN_DTYPE_F16 ? hn_f16_of_f32(single) : hn_bf16_of_f32(single);
    const int64_t whole = v >= 0x1p63   ? INT64_MAX
                          : v > -0x1p63 ? (int64_t)v
                                        : INT64_MIN; /* NaN: least */
    memcpy(bytes, &whole, sizeof whole);
    if (dtype == HN_DTYPE_F32) memcpy(bytes, &single, sizeof single);
    if (dtype == HN_DTYPE_F64) memcpy(bytes, &v, sizeof v);
    if (dtype == HN_DTYPE_F16 || dtype == HN_DTYPE_BF16) memcpy(bytes, &half, sizeof half);
}

hn_value *hn_make_number(hn_compose *c, hn_dtype dtype, double v) {
    uint8_t bytes[8];
    const hn_shape shape = hn_shape_of(0, NULL);
    if (c->status != HONE_OK) return NULL;
    encode(dtype, v, bytes);
    hn_value *made = hn_graph_constant(c->g, "", dtype, &shape, bytes);
    return made != NULL ? made : out_of_memory(c);
}

hn_value *hn_make_vector(hn_compose *c, const int64_t *v, uint32_t n) {
    if (c->status != HONE_OK) return NULL;
    hn_value *made = hn_graph_vector_s64(c->g, v, n);
    return made != NULL ? made : out_of_memory(c);
}

hn_value *hn_make_floats(hn_compose *c, const hn_shape *shape, const float *v) {
    if (c->status != HONE_OK) return NULL;
    hn_value *made = hn_graph_constant(c->g, "", HN_DTYPE_F32, shape, v);
    return made != NULL ? made : out_of_memory(c);
}

/* ---- common forms ---- */

hn_value *hn_make_reshape(hn_compose *c, hn_value *v, const int64_t *dim, int32_t rank) {
    hn_with_int(c, "allow_zero", 1);
    return HN_MAKE(c, reshape, v, hn_make_vector(c, dim, (uint32_t)rank));
}

hn_value *hn_make_transpose(hn_compose *c, hn_value *v, const int64_t *perm, int32_t rank) {
    hn_with_ints(c, "perm", perm, (uint32_t)rank);
    return HN_MAKE(c, transpose, v);
}

hn_value *hn_make_cast(hn_compose *c, hn_value *v, hn_dtype dtype) {
    if (c->status != HONE_OK || v->dtype == dtype) return v;
    hn_with_text(c, "to", hn_dtype_name(dtype));
    return HN_MAKE(c, cast, v);
}

hn_value *hn_make_slice(hn_compose *c, hn_value *v, int32_t axis, const int64_t range[2]) {
    const int64_t at = axis;
    return HN_MAKE(c, slice, v, hn_make_vector(c, &range[0], 1), hn_make_vector(c, &range[1], 1),
                   hn_make_vector(c, &at, 1));
}

/* ---- bodies ---- */

static hone_status place_node(hn_graph *g, hn_node *node) {
    hn_node **nodes =
        hn_arena_grow(g->arena, g->nodes, g->n_nodes, &g->capacity_nodes, sizeof *nodes);
    if (nodes == NULL) return hn_no_memory(g->env);
    if (g->n_nodes >= HN_MAX_NODES) return hn_fail(g->env, HONE_E_LIMIT, "too many nodes");
    g->nodes = nodes;
    nodes[g->n_nodes++] = node;
    return hn_node_infer(g, node);
}

const hn_graph *hn_make_body(hn_compose *c, const hn_graph *body, hn_value *const *operands) {
    hn_graph *copy = NULL;
    if (c->status != HONE_OK) return NULL;
    c->status = hn_graph_clone(c->g->env, c->g->arena, body, false, &copy);
    if (c->status == HONE_OK) c->status = hn_graph_splice(c->g, copy, operands);
    for (uint32_t i = 0; c->status == HONE_OK && i < copy->n_nodes; i++) {
        c->status = place_node(c->g, copy->nodes[i]);
    }
    return c->status == HONE_OK ? copy : NULL;
}

/* ---- the result ---- */

void hn_compose_give(hn_compose *c, hn_value *v, hn_node *node, uint32_t port) {
    if (c->status != HONE_OK || port >= node->n_out || node->out[port] == NULL) return;
    hn_node *from = v->producer;
    uint32_t at = 0;
    const bool is_own = from != NULL && from->id >= c->first && v->n_uses == 0;
    if (!is_own) {
        if (HN_MAKE(c, identity, v) == NULL) return;
        from = c->node;
    }
    while (is_own && from->out[at] != v) at++;
    hn_value *out = node->out[port];
    out->dtype = v->dtype;
    out->shape = v->shape;
    hn_node_set_out(from, at, out);
}

hone_status hn_compose_end(hn_compose *c, hn_value *v, hn_node *node) {
    hn_compose_give(c, v, node, 0);
    return c->status;
}

/* ---- expansions apart from the graph ---- */

bool hn_compose_is_ready(const hn_node *node) {
    for (uint32_t i = 0; i < node->n_in; i++) {
        const hn_value *v = node->in[i];
        if (v == NULL || v->kind == HN_VALUE_RESOURCE) continue;
        if (v->kind != HN_VALUE_TENSOR || !hn_shape_is_known(&v->shape)) return false;
        if (v->constant == NULL && hn_op_needs_elements(node->op, i)) return false;
    }
    return true;
}

static hn_value *copy_value(hn_graph *g, const hn_value *v) {
    hn_value *copy = hn_graph_value(g, v->name, v->dtype, &v->shape);
    if (copy == NULL) return NULL;
    copy->quant = v->quant;
    copy->constant = v->constant;
    return copy;
}

/* A value that is read twice is one copy. */
hone_status hn_node_copy_apart(hn_graph *g, const hn_node *node, hn_node **out) {
    hn_node *copy = hn_graph_node_like(g, node);
    if (copy == NULL) return g->env->status;
    for (uint32_t i = 0; i < node->n_in; i++) {
        uint32_t k = 0;
        while (k < i && node->in[k] != node->in[i]) k++;
        if (node->in[i] == NULL) continue;
        copy->in[i] = k < i ? copy->in[k] : copy_value(g, node->in[i]);
        if (copy->in[i] == NULL) return g->env->status;
        copy->in[i]->n_uses++;
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        if (node->out[i] == NULL) continue;
        hn_value *v = copy_value(g, node->out[i]);
        if (v == NULL) return g->env->status;
        hn_node_set_out(copy, i, v);
    }
    *out = copy;
    return HONE_OK;
}

/* A graph in `arena` that holds the expansion of a copy of node. */
static hone_status expand_apart(hn_arena *arena, const hn_graph *of, const hn_node *node,
                                hn_node **copy, hn_graph **out) {
    hn_graph *g = hn_graph_new(of->env, arena);
    if (g == NULL) return of->env->status;
    g->format = of->format;
    HN_TRY(hn_node_copy_apart(g, node, copy));
    HN_TRY(node->op->hooks->expand(g, *copy));
    *out = g;
    return HONE_OK;
}

hone_status hn_compose_shape(hn_graph *g, hn_node *node) {
    const hn_shape unknown = hn_shape_unknown(-1);
    hn_arena arena;
    hn_graph *apart = NULL;
    hn_node *copy = NULL;
    if (!hn_compose_is_ready(node)) {
        const hn_value *x = node->n_in > 0 ? node->in[0] : NULL;
        for (uint32_t i = 0; i < node->n_out; i++) {
            if (node->out[i] == NULL) continue;
            const hn_dtype dtype = x != NULL && i == 0 ? x->dtype : node->out[i]->dtype;
            HN_TRY(hn_node_set_output(g, node, i, dtype, &unknown));
        }
        return HONE_OK;
    }
    hn_arena_init(&arena, g->env, g->env->limits.memory_bytes);
    hone_status status = expand_apart(&arena, g, node, &copy, &apart);
    for (uint32_t i = 0; i < node->n_out && status == HONE_OK; i++) {
        if (node->out[i] == NULL) continue;
        hn_shape shape = copy->out[i]->shape;
        memset(shape.sym, 0, sizeof shape.sym);
        status = hn_node_set_output(g, node, i, copy->out[i]->dtype, &shape);
    }
    hn_arena_fini(&arena);
    return status;
}

/* ---- on the host ---- */

static hone_status keep_output(void *user, const hn_value *v, uint64_t n_bytes, hn_constant **out) {
    const hn_graph *g = user;
    hn_constant *constant = HN_NEW(g->arena, hn_constant);
    uint8_t *bytes = hn_arena_bulk(g->arena, n_bytes);
    (void)v;
    if (constant == NULL || bytes == NULL) return hn_no_memory(g->env);
    constant->bytes = bytes;
    constant->n_bytes = n_bytes;
    *out = constant;
    return HONE_OK;
}

hn_eval_target hn_target_apart(hn_graph *g, const hn_eval_target *of) {
    return (hn_eval_target){of->isa, of->max_macs, keep_output, g};
}

static hone_status run_apart(hn_host_eval *H, hn_node *node, const hn_graph *of, hn_arena *arena) {
    hn_graph *g = NULL;
    hn_node *copy = NULL;
    HN_TRY(expand_apart(arena, of, node, &copy, &g));
    const hn_eval_target target = hn_target_apart(g, H->target);
    for (uint32_t i = 1; i < g->n_nodes; i++) {
        HN_TRY(hn_node_infer(g, g->nodes[i]));
        HN_TRY(hn_node_eval_to(g, g->nodes[i], &target));
    }
    for (uint32_t i = 0; i < node->n_out; i++) {
        void *bytes = NULL;
        if (node->out[i] == NULL) continue;
        node->out[i]->dtype = copy->out[i]->dtype;
        HN_TRY(H->output(H, node, i, &copy->out[i]->shape, &bytes));
        hn_constant_copy(copy->out[i], bytes);
    }
    return HONE_OK;
}

hone_status hn_compose_host(hn_host_eval *H, hn_node *node) {
    hn_arena arena;
    if (!hn_compose_is_ready(node)) {
        return hn_fail(H->env, HONE_E_UNSUPPORTED, "an operand that is not known");
    }
    hn_arena_init(&arena, H->env, H->env->limits.memory_bytes);
    const hone_status status = run_apart(H, node, H->graph, &arena);
    hn_arena_fini(&arena);
    return status;
}
