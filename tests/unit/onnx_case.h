/* SPDX-License-Identifier: Apache-2.0
 * For the tests of the ONNX reader: a file read with a counting allocator, from tests/data/onnx
 * ($HONE_TEST_DATA is its parent, else tests/data) or from a folder, and looks into the graph. */
#ifndef HN_TESTS_ONNX_CASE_H
#define HN_TESTS_ONNX_CASE_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formats/format.h"
#include "formats/onnx_reader.h"

/* An allocator that counts live blocks, and fails the n-th request. */
typedef struct counting {
    long n_left; /* requests until the failure; negative: never */
    long n_live;
} counting;

static inline void *counting_alloc(void *user, size_t n_bytes) {
    counting *c = user;
    if (c->n_left == 0) return NULL;
    if (c->n_left > 0) c->n_left--;
    void *block = aligned_alloc(64, (n_bytes + 63) / 64 * 64);
    if (block != NULL) c->n_live++;
    return block;
}

static inline void counting_free(void *user, void *block) {
    counting *c = user;
    c->n_live--;
    free(block);
}

typedef struct fixture {
    hn_env env;
    hn_arena arena;
    hn_map map;
    hn_graph *g;
    hone_status status;
    counting counts;
} fixture;

static inline void init_fixture(fixture *f) {
    memset(f, 0, sizeof *f);
    hn_env_init(&f->env);
    const hn_allocator allocator = {counting_alloc, counting_free, &f->counts};
    f->env.allocator = allocator;
    f->counts.n_left = -1;
    hn_arena_init(&f->arena, &f->env, 0);
}

static inline void read_file(fixture *f, const char *folder, const char *name) {
    char path[512];
    init_fixture(f);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    cr_assert_eq(hn_map_open(&f->env, path, &f->map), HONE_OK, "%s", f->env.message);
    f->status = hn_onnx_read(&f->env, &f->arena, f->map.bytes, f->map.size, folder, &f->g);
}

static inline const char *case_folder(void) {
    static char path[512];
    const char *base = getenv("HONE_TEST_DATA");
    snprintf(path, sizeof path, "%.480s/onnx", base != NULL ? base : "tests/data");
    return path;
}

static inline void read_case(fixture *f, const char *name) {
    read_file(f, case_folder(), name);
}

static inline void open_case(fixture *f, const char *name) {
    read_case(f, name);
    cr_assert_eq(f->status, HONE_OK, "%s: %s", name, f->env.message);
}

static inline void close_fixture(fixture *f) {
    for (uint32_t i = 0; f->g != NULL && i < f->g->n_maps; i++) hn_map_close(&f->g->maps[i]);
    hn_arena_fini(&f->arena);
    hn_map_close(&f->map);
    cr_assert_eq(f->counts.n_live, 0);
}

static inline void expect_failure(const char *name, hone_status status, const char *part) {
    fixture f;
    read_case(&f, name);
    cr_assert_eq(f.status, status, "%s: %d %s", name, (int)f.status, f.env.message);
    cr_assert_null(f.g);
    cr_assert_eq(strncmp(f.env.message, "onnx: ", 6), 0, "%s", f.env.message);
    cr_assert_not_null(strstr(f.env.message, part), "%s: %s", name, f.env.message);
    close_fixture(&f);
}

static inline const hn_value *value_named(const hn_graph *g, const char *name) {
    for (uint32_t i = 0; i < g->n_values; i++) {
        if (strcmp(g->values[i]->name, name) == 0) return g->values[i];
    }
    cr_assert_fail("no value %s", name);
    return NULL;
}

static inline const hn_node *node_named(const hn_graph *g, const char *name) {
    for (uint32_t i = 0; i < g->n_nodes; i++) {
        if (strcmp(g->nodes[i]->name, name) == 0) return g->nodes[i];
    }
    cr_assert_fail("no node %s", name);
    return NULL;
}

static inline void expect_op(const hn_graph *g, const char *name, hn_op_id op, int32_t version) {
    const hn_node *node = node_named(g, name);
    cr_assert_eq(node->op, hn_op_at(op), "%s", name);
    cr_assert_eq(node->version, version, "%s: %d", name, (int)node->version);
}

static inline void expect_ints(const hn_graph *g, const char *name, hn_dtype dtype, uint64_t n,
                               const int64_t *expected) {
    const hn_value *v = value_named(g, name);
    int64_t found[8];
    cr_assert_eq(v->dtype, dtype, "%s", name);
    cr_assert_eq(hn_constant_read_s64(g, v, found, n), HONE_OK, "%s", g->env->message);
    cr_assert_eq(memcmp(found, expected, n * sizeof *found), 0, "%s", name);
}

static inline void expect_floats(const hn_graph *g, const char *name, hn_dtype dtype, uint64_t n,
                                 const float *expected) {
    const hn_value *v = value_named(g, name);
    float found[8];
    cr_assert_eq(v->dtype, dtype, "%s", name);
    cr_assert_eq(hn_constant_read_f32(g, v, found, n), HONE_OK, "%s", g->env->message);
    cr_assert_eq(memcmp(found, expected, n * sizeof *found), 0, "%s", name);
}

#endif
