/* SPDX-License-Identifier: Apache-2.0
 * Building, changing, ordering, cloning, verifying and printing graphs; large chains; and every
 * allocation failed in turn. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "graph/dump.h"

/* An allocator that counts live blocks and fails the n-th request. */
typedef struct failing {
    long n_left; /* requests until the failure; negative: never */
    long n_live;
} failing;

static void *failing_alloc(void *user, size_t n_bytes) {
    failing *f = user;
    if (f->n_left == 0) return NULL;
    if (f->n_left > 0) f->n_left--;
    void *block = aligned_alloc(64, (n_bytes + 63) / 64 * 64);
    if (block != NULL) f->n_live++;
    return block;
}

static void failing_free(void *user, void *block) {
    failing *f = user;
    f->n_live--;
    free(block);
}

typedef struct fixture {
    hn_env env;
    hn_arena arena;
    hn_graph *g;
} fixture;

static void open_fixture(fixture *f) {
    hn_env_init(&f->env);
    hn_arena_init(&f->arena, &f->env, 0);
    f->g = hn_graph_new(&f->env, &f->arena);
    cr_assert_not_null(f->g);
}

static void close_fixture(fixture *f) {
    hn_arena_fini(&f->arena);
}

static bool set_ends(hn_graph *g, hn_value *in, hn_value *out) {
    g->inputs = HN_NEW(g->arena, hn_value *);
    g->outputs = HN_NEW(g->arena, hn_value *);
    if (g->inputs == NULL || g->outputs == NULL) return false;
    g->inputs[0] = in;
    g->outputs[0] = out;
    g->n_inputs = g->n_outputs = 1;
    return true;
}

/* in -> f -> value; the value, or NULL. */
static hn_value *apply(hn_graph *g, hn_value *in, const char *name) {
    hn_node *node = hn_graph_node(g, NULL, 1, 1);
    hn_value *out = hn_graph_value(g, name, HN_DTYPE_F32, &in->shape);
    if (node == NULL || out == NULL) return NULL;
    node->foreign = "F";
    node->name = name;
    node->in[0] = in;
    hn_node_set_out(node, 0, out);
    return out;
}

static hn_value *chain(hn_graph *g, uint32_t n) {
    const int64_t dim[2] = {1, 4};
    const hn_shape shape = hn_shape_of(2, dim);
    hn_value *first = hn_graph_value(g, "x", HN_DTYPE_F32, &shape), *v = first;
    for (uint32_t i = 0; i < n && v != NULL; i++) v = apply(g, v, "f");
    if (v == NULL || !set_ends(g, first, v)) return NULL;
    return v;
}

static hn_node *last_node(const hn_graph *g) {
    return g->nodes[g->n_nodes - 1];
}

Test(graph, verifies_a_chain) {
    fixture f;
    open_fixture(&f);
    cr_assert_not_null(chain(f.g, 3));
    cr_assert_eq(hn_graph_verify(f.g), HONE_OK, "%s", f.env.message);
    hn_graph_count_uses(f.g);
    cr_assert_eq(f.g->values[0]->n_uses, 1);
    cr_assert_eq(f.g->outputs[0]->n_uses, 1);
    close_fixture(&f);
}

Test(graph, keeps_attributes_and_replaces_them) {
    fixture f;
    open_fixture(&f);
    hn_node *node = hn_graph_node(f.g, NULL, 0, 0);
    const int64_t pair[2] = {3, -4};
    int64_t got[2] = {0, 0};
    cr_assert(hn_attr_set_int(f.g, node, "axis", 7));
    cr_assert(hn_attr_set_float(f.g, node, "beta", 0.5f));
    cr_assert(hn_attr_set_string(f.g, node, "mode", "edge"));
    cr_assert(hn_attr_set_ints(f.g, node, "pads", pair, 2));
    cr_assert(hn_attr_set_int(f.g, node, "axis", -1));
    cr_assert_eq(node->n_attrs, 4);
    cr_assert_eq(hn_attr_int(node, "axis", 0), -1);
    cr_assert_eq(hn_attr_float(node, "beta", 0), 0.5f);
    cr_assert_str_eq(hn_attr_string(node, "mode", ""), "edge");
    cr_assert(!hn_attr_ints(node, "pads", got, 3));
    cr_assert(hn_attr_ints(node, "pads", got, 2));
    cr_assert_eq(got[1], -4);
    cr_assert_eq(hn_attr_int(node, "mode", 9), 9, "another kind counts as absent");
    cr_assert_eq(hn_attr_int(node, "none", 5), 5);
    close_fixture(&f);
}

Test(graph, puts_an_appended_node_before_its_user) {
    fixture f;
    open_fixture(&f);
    chain(f.g, 5);
    hn_node *user = f.g->nodes[2];
    hn_value *extra = apply(f.g, user->in[0], "extra");
    user->in[0] = extra;
    cr_assert_eq(hn_graph_verify(f.g), HONE_E_FORMAT);
    cr_assert_eq(hn_graph_compact(f.g), HONE_OK);
    cr_assert_eq(hn_graph_verify(f.g), HONE_OK, "%s", f.env.message);
    cr_assert_eq(f.g->nodes[2], extra->producer);
    cr_assert_eq(f.g->nodes[3], user);
    close_fixture(&f);
}

Test(graph, sweeps_dead_nodes_after_replacing) {
    fixture f;
    open_fixture(&f);
    chain(f.g, 4);
    hn_node *dead = f.g->nodes[1];
    hn_graph_replace(f.g, dead->out[0], dead->in[0]);
    hn_node_kill(dead);
    cr_assert_eq(hn_graph_compact(f.g), HONE_OK);
    cr_assert_eq(f.g->n_nodes, 3);
    cr_assert_eq(hn_graph_verify(f.g), HONE_OK, "%s", f.env.message);
    close_fixture(&f);
}

Test(graph, follows_chains_of_replacements) {
    fixture f;
    open_fixture(&f);
    const uint32_t n = 40000;
    hn_value *end = chain(f.g, n);
    hn_value **map = calloc(f.g->n_values, sizeof *map);
    for (uint32_t i = 0; i < n; i++) {
        hn_node *node = f.g->nodes[i];
        map[node->out[0]->id] = node->in[0];
    }
    hn_graph_replace_all(f.g, map);
    for (uint32_t i = 0; i < n; i++) hn_node_kill(f.g->nodes[i]);
    cr_assert_eq(hn_graph_compact(f.g), HONE_OK);
    cr_assert_eq(f.g->outputs[0], f.g->inputs[0]);
    cr_assert_eq(f.g->n_nodes, 0);
    map[end->id] = f.g->values[0];
    map[0] = end;
    f.g->outputs[0] = end;
    hn_graph_replace_all(f.g, map); /* a circle ends */
    free(map);
    close_fixture(&f);
}

Test(graph, orders_a_long_chain_given_backwards) {
    fixture f;
    open_fixture(&f);
    const uint32_t n = 40000;
    chain(f.g, n);
    for (uint32_t i = 0; i < n / 2; i++) {
        hn_node *node = f.g->nodes[i];
        f.g->nodes[i] = f.g->nodes[n - 1 - i];
        f.g->nodes[n - 1 - i] = node;
    }
    cr_assert_eq(hn_graph_compact(f.g), HONE_OK);
    cr_assert_eq(hn_graph_verify(f.g), HONE_OK, "%s", f.env.message);
    cr_assert_eq(last_node(f.g)->id, n - 1);
    close_fixture(&f);
}

Test(graph, refuses_a_cycle) {
    fixture f;
    open_fixture(&f);
    hn_value *end = chain(f.g, 3);
    f.g->nodes[0]->in[0] = end;
    cr_assert_eq(hn_graph_compact(f.g), HONE_E_FORMAT);
    cr_assert_not_null(strstr(f.env.message, "cycle"));
    cr_assert_eq(f.g->n_nodes, 3);
    close_fixture(&f);
}

Test(graph, unites_origins) {
    fixture f;
    open_fixture(&f);
    const uint32_t a[] = {1, 3, 5}, b[] = {2, 3, 9}, c[] = {1, 2, 3, 5, 9};
    hn_origin into = {a, 3};
    const hn_origin from = {b, 3}, none = {NULL, 0};
    cr_assert(hn_origin_add(f.g, &into, &from));
    cr_assert_eq(into.n, 5);
    cr_assert_eq(memcmp(into.ids, c, sizeof c), 0);
    cr_assert(hn_origin_add(f.g, &into, &none));
    cr_assert_eq(into.n, 5);
    close_fixture(&f);
}

/* A graph with every kind of part: constants, quantization, attributes, symbols, a body. */
static bool build_all(hn_graph *g) {
    const int64_t dim[2] = {-1, 2};
    const float scale[2] = {0.5f, 0.25f};
    const int32_t zero[2] = {1, 2};
    hn_value *end = chain(g, 2);
    if (end == NULL) return false;
    hn_shape shape = hn_shape_of(2, dim);
    shape.sym[0] = "batch";
    const hn_shape pair = hn_shape_of(1, dim + 1);
    hn_value *v = hn_graph_value(g, "q", HN_DTYPE_S8, &shape);
    hn_quant *q = HN_NEW(g->arena, hn_quant);
    if (v == NULL || q == NULL) return false;
    q->scale = hn_graph_constant(g, "s", HN_DTYPE_F32, &pair, scale);
    q->zero_point = hn_graph_constant(g, "z", HN_DTYPE_S32, &pair, zero);
    q->axis = 1;
    hn_node *node = hn_graph_node(g, NULL, 2, 1);
    hn_graph *body = hn_graph_new(g->env, g->arena);
    if (q->scale == NULL || q->zero_point == NULL || node == NULL || body == NULL) return false;
    v->quant = q;
    node->foreign = "CUSTOM:Loop";
    node->in[0] = end;
    hn_node_set_out(node, 0, v);
    body->parent = g;
    node->bodies = HN_NEW(g->arena, hn_graph *);
    if (node->bodies == NULL || chain(body, 1) == NULL) return false;
    node->bodies[0] = body;
    node->n_bodies = 1;
    const int64_t ints[3] = {1, 2, 3};
    hn_value *scalar = hn_graph_scalar_f32(g, 2.0f);
    hn_value *vector = hn_graph_vector_s64(g, ints, 3);
    if (scalar == NULL || vector == NULL) return false;
    node->in[1] = scalar;
    return hn_attr_set_ints(g, node, "pads", ints, 3) && hn_attr_set_string(g, node, "m", "x") &&
           hn_attr_set_float(g, node, "f", 1.5f) && hn_attr_set_int(g, node, "i", 4);
}

static const char *no_op_name(const hn_op *op) {
    (void)op;
    return "op";
}

Test(graph, clones_everything) {
    fixture f;
    open_fixture(&f);
    cr_assert(build_all(f.g));
    cr_assert_eq(hn_graph_verify(f.g), HONE_OK, "%s", f.env.message);
    hn_arena arena;
    hn_arena_init(&arena, &f.env, 0);
    hn_graph *copy = NULL;
    cr_assert_eq(hn_graph_clone(&f.env, &arena, f.g, true, &copy), HONE_OK);
    hn_text a, b;
    hn_text_init(&a, &f.env);
    hn_text_init(&b, &f.env);
    cr_assert_eq(hn_graph_dump(f.g, no_op_name, &a), HONE_OK);
    f.g->values[0]->constant = NULL;
    cr_assert_eq(hn_graph_verify(copy), HONE_OK, "%s", f.env.message);
    cr_assert_eq(hn_graph_dump(copy, no_op_name, &b), HONE_OK);
    cr_assert_str_eq(hn_text_string(&a), hn_text_string(&b));
    cr_assert_not_null(strstr(hn_text_string(&a), "batchx2 q(2@1)"));
    cr_assert_eq(last_node(copy)->origin.n, 1);
    cr_assert_eq(last_node(copy)->origin.ids[0], last_node(f.g)->id);
    cr_assert_eq(last_node(copy)->bodies[0]->parent, copy);
    hn_text_free(&a);
    hn_text_free(&b);
    hn_arena_fini(&arena);
    close_fixture(&f);
}

Test(graph, refuses_what_is_wrong) {
    fixture f;
    open_fixture(&f);
    cr_assert(build_all(f.g));
    hn_node *node = last_node(f.g);
    hn_value *v = node->out[0];
    v->quant->axis = 5;
    cr_assert_eq(hn_graph_verify(f.g), HONE_E_FORMAT);
    v->quant->axis = -1;
    cr_assert_eq(hn_graph_verify(f.g), HONE_E_FORMAT);
    v->quant->axis = 1;
    v->quant->scale->constant->n_bytes = 4;
    cr_assert_eq(hn_graph_verify(f.g), HONE_E_FORMAT);
    v->quant->scale->constant->n_bytes = 8;
    v->producer = f.g->nodes[0];
    cr_assert_eq(hn_graph_verify(f.g), HONE_E_FORMAT);
    v->producer = node;
    node->bodies[0]->parent = NULL;
    cr_assert_eq(hn_graph_verify(f.g), HONE_E_FORMAT);
    node->bodies[0]->parent = f.g;
    v->shape.dim[1] = -2;
    cr_assert_eq(hn_graph_verify(f.g), HONE_E_FORMAT);
    v->shape.dim[1] = 2;
    cr_assert_eq(hn_graph_verify(f.g), HONE_OK, "%s", f.env.message);
    node->id = 0;
    cr_assert_eq(hn_graph_verify(f.g), HONE_E_FORMAT);
    close_fixture(&f);
}

/* Build, clone, compact and print with one allocation failing. */
static hone_status all_steps(hn_env *env, hn_arena *arena, hn_text *text) {
    hn_graph *g = hn_graph_new(env, arena), *copy = NULL;
    if (g == NULL || !build_all(g)) return HONE_E_MEMORY;
    for (uint32_t i = 0; i < 200; i++) {
        if (hn_graph_constant(g, "fill", HN_DTYPE_F32, &g->values[1]->shape, NULL) == NULL) {
            return HONE_E_MEMORY;
        }
    }
    HN_TRY(hn_graph_clone(env, arena, g, true, &copy));
    HN_TRY(hn_graph_compact(copy));
    HN_TRY(hn_graph_verify(copy));
    return hn_graph_dump(copy, NULL, text);
}

Test(graph, survives_every_failed_allocation) {
    hone_status status = HONE_E_MEMORY;
    long n = 0;
    for (; n < 1000 && status != HONE_OK; n++) {
        failing f = {n, 0};
        const hn_allocator allocator = {failing_alloc, failing_free, &f};
        hn_env env;
        hn_env_init(&env);
        env.allocator = allocator;
        hn_arena arena;
        hn_arena_init(&arena, &env, 0);
        hn_text text;
        hn_text_init(&text, &env);
        status = all_steps(&env, &arena, &text);
        cr_assert(status == HONE_OK || status == HONE_E_MEMORY, "%ld: %s", n, env.message);
        if (status != HONE_OK) cr_assert_eq(env.status, HONE_E_MEMORY);
        hn_text_free(&text);
        hn_arena_fini(&arena);
        cr_assert_eq(f.n_live, 0);
    }
    cr_assert_eq(status, HONE_OK);
    cr_assert_gt(n, 5);
}
